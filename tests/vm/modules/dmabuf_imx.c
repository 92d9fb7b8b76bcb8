// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/dmabuf_imx of NXP's Android kernels: returns the physical address of a DMA-BUF.
 */
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "imx_devices.h"

static bool dmabuf_imx;
module_param(dmabuf_imx, bool, 0444);
MODULE_PARM_DESC(dmabuf_imx, "/dev/dmabuf_imx");

struct phys_data {
	__u32 fd;
	__u64 phys;
};

struct heap_name {
	__u32 fd;
	char name[16];
};

#define IOC_GET_PHYS _IOWR('M', 32, struct phys_data)
#define IOC_GET_HEAP_NAME _IOWR('M', 33, struct heap_name)

/* If the buffer cannot be mapped, succeed with address 0, as the vendor's driver does. */
static int get_phys(struct phys_data __user *arg)
{
	struct phys_data data;
	struct dma_buf *dmabuf;
	unsigned int segments;
	dma_addr_t phys = 0;
	int ret;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	dmabuf = dma_buf_get(data.fd);
	if (IS_ERR(dmabuf))
		return -EFAULT;
	ret = imx_get_phys_addr(dmabuf, &phys, &segments);
	dma_buf_put(dmabuf);
	if (ret)
		return -EFAULT;
	data.phys = phys;
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}

static int get_heap_name(struct heap_name __user *arg)
{
	struct heap_name data;
	struct dma_buf *dmabuf;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	dmabuf = dma_buf_get(data.fd);
	if (IS_ERR(dmabuf))
		return -EFAULT;
	strscpy_pad(data.name, dmabuf->exp_name, sizeof(data.name));
	dma_buf_put(dmabuf);
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}

static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case IOC_GET_PHYS:
		return get_phys((struct phys_data __user *)arg);
	case IOC_GET_HEAP_NAME:
		return get_heap_name((struct heap_name __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dmabuf_imx",
	.fops = &fops,
};

int dmabuf_imx_start(void)
{
	return dmabuf_imx ? misc_register(&device) : 0;
}

void dmabuf_imx_stop(void)
{
	if (dmabuf_imx)
		misc_deregister(&device);
}
