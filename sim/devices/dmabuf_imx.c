/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/dmabuf_imx: drivers/dma-buf/dma-buf-imx.c of NXP's Android kernels.
 */
#include <errno.h>
#include <string.h>

#include "devices/options.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/uapi.h"

static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	struct kernel_dmabuf_imx data;
	struct sim_target target;

	if (request != KERNEL_DMABUF_IMX_PHYS)
		return sim_admit_ioctl(SIM_CALL_IOCTL) ? sim_error(ENOTTY) : -1;
	if (!sim_admit_ioctl(SIM_CALL_DMABUF_IMX))
		return -1;
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&data, argument, sizeof(data));
	if (sim_find((int)data.fd, &target) != SIM_IS_DMABUF)
		return sim_error(EFAULT);
	data.phys = sim_dmabuf_map_for_device(&target);
	memcpy(argument, &data, sizeof(data));
	return 0;
}

struct sim_device const sim_dmabuf_imx = {
	.keyword = "dmabuf-imx",
	.path = "/dev/dmabuf_imx",
	.configure = sim_configure_switch,
	.ioctl = control,
};
