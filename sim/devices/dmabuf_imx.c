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

#define BOUNCE_FIRST 0xfbfff000
#define BOUNCE_STEP 0x1000

/* The bounce buffer of the next call, if all memory is beyond the reach of the driver's 32-bit mask. 0: it is not. */
static uint64_t bounce;

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
	if (bounce != 0) {
		data.phys = bounce;
		bounce += BOUNCE_STEP;
	}
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static int set_option(struct sim_node *node, char const *word)
{
	if (strcmp(word, "bounce") != 0)
		return 0;
	bounce = BOUNCE_FIRST;
	return 1;
}

static void reset(void)
{
	bounce = 0;
}

struct sim_device const sim_dmabuf_imx = {
	.keyword = "dmabuf-imx",
	.path = "/dev/dmabuf_imx",
	.configure = sim_configure_switch,
	.option = set_option,
	.ioctl = control,
	.reset = reset,
};
