/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices/table.h"

#define DEVICES(X) X(dma_heap) X(udmabuf) X(dmabuf_imx) X(ion) X(ipu) X(pxp) X(render) X(galcore) X(hantro)

#define DECLARE(name) extern struct sim_device const sim_##name;
#define ENTRY(name) &sim_##name,

DEVICES(DECLARE)

struct sim_device const *const sim_devices[] = {DEVICES(ENTRY) NULL};
