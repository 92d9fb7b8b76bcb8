/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device.h"

struct sim_device const *const sim_devices[] = {
	&sim_dma_heap,
	&sim_udmabuf,
	&sim_dmabuf_imx,
	&sim_ion,
	&sim_ipu,
	&sim_pxp,
	&sim_galcore,
	&sim_hantro,
	NULL,
};
