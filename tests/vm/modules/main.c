// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: one platform device that owns the memory, and the devices enabled by parameters.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "imx_devices.h"

struct device *imx_device;
static struct platform_device *platform;

static const struct {
	int (*start)(void);
	void (*stop)(void);
} parts[] = {
	{ ion_start, ion_stop },
	{ ion_legacy_start, ion_legacy_stop },
	{ ipu_start, ipu_stop },
	{ pxp_start, pxp_stop },
	{ dmabuf_imx_start, dmabuf_imx_stop },
	{ count_syncs_start, count_syncs_stop },
};

static void stop(size_t count)
{
	while (count-- > 0)
		parts[count].stop();
	platform_device_unregister(platform);
}

static int __init start(void)
{
	size_t i;
	int ret;

	platform = platform_device_register_simple("imx_devices", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(platform))
		return PTR_ERR(platform);
	imx_device = &platform->dev;
	ret = dma_coerce_mask_and_coherent(imx_device, DMA_BIT_MASK(32));
	if (ret) {
		stop(0);
		return ret;
	}
	/* A buffer is one segment of any size. */
	dma_set_max_seg_size(imx_device, UINT_MAX);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		ret = parts[i].start();
		if (ret) {
			stop(i);
			return ret;
		}
	}
	return 0;
}
module_init(start);

static void __exit finish(void)
{
	stop(ARRAY_SIZE(parts));
}
module_exit(finish);

MODULE_DESCRIPTION("Memory devices of the i.MX vendor kernels, for test guests");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
