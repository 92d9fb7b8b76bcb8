// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA_BUF_IOCTL_PHYS for test guests: returns the physical address of a DMA-BUF, as NXP's kernels do.
 *
 * Off by default. dma_buf_phys.enable=1 on the command line enables it for the DMA-BUFs of every exporter.
 */
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/err.h>
#include <linux/ioctl.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "dma-buf-phys.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define dma_buf_map_attachment_unlocked dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked dma_buf_unmap_attachment
#endif

static bool enable;
module_param(enable, bool, 0444);
MODULE_PARM_DESC(enable, "support DMA_BUF_IOCTL_PHYS");

static bool wide;
module_param(wide, bool, 0444);
MODULE_PARM_DESC(wide, "the argument has eight bytes on 32-bit kernels too, as in one vendor branch");

static bool zero;
module_param(zero, bool, 0444);
MODULE_PARM_DESC(zero, "return address 0 with success, as for buffers that cannot be mapped");

static bool leak;
module_param(leak, bool, 0444);
MODULE_PARM_DESC(leak, "lose 256 bytes of slab in each call, as NXP's 5.15 does");

static unsigned int calls;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "number of calls since the start");

/* NXP's kernels serialise these calls since 5.15. */
static DEFINE_MUTEX(phys_lock);

static void free_device(struct device *dev)
{
	kfree(dev);
}

/* The device does not snoop the CPU's caches. */
static void make_incoherent(struct device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	arch_setup_dma_ops(dev, 0, 0, NULL, false);
#else
	arch_setup_dma_ops(dev, false);
#endif
}

/* Make a device for one call. It reaches all memory, in segments of any size. */
static struct device *make_device(void)
{
	static struct device_dma_parameters parameters = { .max_segment_size = UINT_MAX };
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	device_initialize(dev);
	dev->release = free_device;
	dev->dma_mask = &dev->coherent_dma_mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(64);
	dev->dma_parms = &parameters;
	if (dev_set_name(dev, "dma_phy")) {
		put_device(dev);
		return NULL;
	}
	make_incoherent(dev);
	return dev;
}

/*
 * Mapping and unmapping with DMA_BIDIRECTIONAL cleans and then invalidates the whole buffer in the CPU's caches.
 * Callers rely on it. As in NXP's kernels, a buffer that cannot be mapped has address 0 without an error, and
 * scattered memory has the address of its first segment.
 */
static int first_address(struct dma_buf *dmabuf, struct device *dev, u64 *phys)
{
	struct dma_buf_attachment *attachment = dma_buf_attach(dmabuf, dev);
	struct sg_table *table;

	if (IS_ERR(attachment))
		return -EFAULT;
	table = dma_buf_map_attachment_unlocked(attachment, DMA_BIDIRECTIONAL);
	if (!IS_ERR_OR_NULL(table)) {
		*phys = sg_dma_address(table->sgl);
		dma_buf_unmap_attachment_unlocked(attachment, table, DMA_BIDIRECTIONAL);
	}
	dma_buf_detach(dmabuf, attachment);
	return 0;
}

static int get_phys_addr(struct dma_buf *dmabuf, u64 *phys)
{
	struct device *dev = make_device();
	int ret;

	if (!dev)
		return -ENOMEM;
	mutex_lock(&phys_lock);
	calls++;
	/* The pointer is dropped on purpose. */
	if (leak && !kmalloc(256, GFP_KERNEL))
		pr_warn_once("dma_buf_phys: no memory to lose\n");
	ret = first_address(dmabuf, dev, phys);
	mutex_unlock(&phys_lock);
	put_device(dev);
	if (zero)
		*phys = 0;
	return ret;
}

/*
 * The argument is an unsigned long of the kernel. A 32-bit program on a 64-bit kernel must use the 64-bit ioctl
 * number; the 32-bit number is not supported.
 */
long dma_buf_phys_ioctl(struct dma_buf *dmabuf, unsigned int cmd, void __user *arg)
{
	u64 phys = 0;
	unsigned long word;
	int ret;

	if (!enable || cmd != (wide ? _IOW('b', 10, u64) : _IOW('b', 10, unsigned long)))
		return -ENOTTY;
	ret = get_phys_addr(dmabuf, &phys);
	if (ret)
		return ret;
	word = phys;
	if (wide)
		return copy_to_user(arg, &phys, sizeof(phys)) ? -EFAULT : 0;
	return copy_to_user(arg, &word, sizeof(word)) ? -EFAULT : 0;
}
