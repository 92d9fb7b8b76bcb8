// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ion of NXP's kernels before 4.12: an allocation returns a handle, valid for one open file. MAP and SHARE turn
 * it into a DMA-BUF. There is one heap: id 0, contiguous.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "imx_devices.h"

#define HEAP_MASK 1
#define FLAG_CACHED 1

struct allocation_data {
	size_t len;
	size_t align;
	unsigned int heap_id_mask;
	unsigned int flags;
	int handle;
};

struct fd_data {
	int handle;
	int fd;
};

struct handle_data {
	int handle;
};

struct custom_data {
	unsigned int cmd;
	unsigned long arg;
};

struct phys_dma_data {
	unsigned long phys;
	size_t size;
	int dmafd;
};

union argument {
	struct allocation_data allocation;
	struct fd_data fd;
	struct handle_data handle;
	struct custom_data custom;
};

#define IOC_ALLOC _IOWR('I', 0, struct allocation_data)
#define IOC_FREE _IOWR('I', 1, struct handle_data)
#define IOC_MAP _IOWR('I', 2, struct fd_data)
#define IOC_SHARE _IOWR('I', 4, struct fd_data)
#define IOC_IMPORT _IOWR('I', 5, struct fd_data)
#define IOC_CUSTOM _IOWR('I', 6, struct custom_data)
#define IOC_SYNC _IOWR('I', 7, struct fd_data)
#define CUSTOM_PHYS _IOWR('I', 8, struct custom_data)
#define CUSTOM_PHYS_DMA _IOWR('I', 9, struct phys_dma_data)
#define CUSTOM_PHYS_VIRT _IOWR('I', 10, struct phys_dma_data)

/* State of one open file: handles, each with a reference to a DMA-BUF. */
struct client {
	struct mutex lock;
	struct idr handles;
};

static int add_handle(struct client *client, struct dma_buf *dmabuf)
{
	int handle;

	mutex_lock(&client->lock);
	handle = idr_alloc(&client->handles, dmabuf, 1, 0, GFP_KERNEL);
	mutex_unlock(&client->lock);
	if (handle < 0)
		dma_buf_put(dmabuf);
	return handle;
}

static int allocate(struct client *client, struct allocation_data *data)
{
	struct dma_buf *dmabuf;

	if (data->len == 0)
		return -EINVAL;
	if (!(data->heap_id_mask & HEAP_MASK))
		return -ENODEV;
	dmabuf = imx_export(IMX_ION_4_9, data->len, IMX_CONTIGUOUS, data->flags & FLAG_CACHED);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	data->handle = add_handle(client, dmabuf);
	return data->handle < 0 ? data->handle : 0;
}

static int free_handle(struct client *client, int handle)
{
	struct dma_buf *dmabuf;

	mutex_lock(&client->lock);
	dmabuf = idr_remove(&client->handles, handle);
	mutex_unlock(&client->lock);
	if (!dmabuf)
		return -EINVAL;
	dma_buf_put(dmabuf);
	return 0;
}

static int share(struct client *client, struct fd_data *data)
{
	struct dma_buf *dmabuf;

	mutex_lock(&client->lock);
	dmabuf = idr_find(&client->handles, data->handle);
	if (dmabuf)
		get_dma_buf(dmabuf);
	mutex_unlock(&client->lock);
	if (!dmabuf)
		return -EINVAL;
	data->fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (data->fd < 0)
		dma_buf_put(dmabuf);
	return data->fd < 0 ? data->fd : 0;
}

static int import(struct client *client, struct fd_data *data)
{
	struct dma_buf *dmabuf = dma_buf_get(data->fd);

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	if (!imx_exported(dmabuf)) {
		dma_buf_put(dmabuf);
		return -EINVAL;
	}
	data->handle = add_handle(client, dmabuf);
	return data->handle < 0 ? data->handle : 0;
}

static int sync(struct fd_data *data)
{
	struct dma_buf *dmabuf = dma_buf_get(data->fd);
	int ret;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ret = imx_exported(dmabuf) ? dma_buf_end_cpu_access(dmabuf, DMA_BIDIRECTIONAL) : -EINVAL;
	dma_buf_put(dmabuf);
	return ret;
}

/*
 * If the descriptor is not a DMA-BUF, the vendor's driver dereferences an error pointer, which kills the caller. Kill
 * the caller here too. If the buffer cannot be attached or is scattered, succeed and write nothing.
 */
static int phys_dma(void __user *arg)
{
	struct phys_dma_data data;
	struct dma_buf *dmabuf;
	unsigned int segments;
	dma_addr_t phys;
	int ret;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	dmabuf = dma_buf_get(data.dmafd);
	if (IS_ERR(dmabuf)) {
		pr_err("imx_devices: descriptor %d is not a DMA-BUF\n", data.dmafd);
		send_sig(SIGKILL, current, 1);
		return -EFAULT;
	}
	ret = imx_get_phys_addr(dmabuf, &phys, &segments);
	data.size = dmabuf->size;
	dma_buf_put(dmabuf);
	if (ret || segments != 1)
		return 0;
	data.phys = phys;
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}

static int custom(struct custom_data *data)
{
	switch (data->cmd) {
	case CUSTOM_PHYS_DMA:
		return phys_dma((void __user *)data->arg);
	case CUSTOM_PHYS:
	case CUSTOM_PHYS_VIRT:
		return -EFAULT;
	default:
		return -ENOTTY;
	}
}

static int run(struct client *client, unsigned int cmd, union argument *argument)
{
	switch (cmd) {
	case IOC_ALLOC:
		return allocate(client, &argument->allocation);
	case IOC_FREE:
		return free_handle(client, argument->handle.handle);
	case IOC_MAP:
	case IOC_SHARE:
		return share(client, &argument->fd);
	case IOC_IMPORT:
		return import(client, &argument->fd);
	case IOC_CUSTOM:
		return custom(&argument->custom);
	case IOC_SYNC:
		return sync(&argument->fd);
	default:
		return -ENOTTY;
	}
}

static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	union argument argument = {};
	int ret;

	/* On 32-bit kernels the new interface's allocation is larger than the union; it fails with ENOTTY all the same. */
	if (_IOC_SIZE(cmd) > sizeof(argument))
		return _IOC_NR(cmd) == 0 ? -ENOTTY : -EINVAL;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(&argument, (void __user *)arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	ret = run(file->private_data, cmd, &argument);
	if (ret == 0 && (_IOC_DIR(cmd) & _IOC_READ) && copy_to_user((void __user *)arg, &argument, _IOC_SIZE(cmd)))
		return -EFAULT;
	return ret;
}

#ifdef CONFIG_COMPAT
struct compat_allocation_data {
	compat_size_t len;
	compat_size_t align;
	compat_uint_t heap_id_mask;
	compat_uint_t flags;
	compat_int_t handle;
};

struct compat_custom_data {
	compat_uint_t cmd;
	compat_ulong_t arg;
};

#define COMPAT_IOC_ALLOC _IOWR('I', 0, struct compat_allocation_data)
#define COMPAT_IOC_CUSTOM _IOWR('I', 6, struct compat_custom_data)

static long compat_allocate(struct client *client, struct compat_allocation_data __user *arg)
{
	struct compat_allocation_data narrow;
	struct allocation_data wide;
	int ret;

	if (copy_from_user(&narrow, arg, sizeof(narrow)))
		return -EFAULT;
	wide = (struct allocation_data){ narrow.len, narrow.align, narrow.heap_id_mask, narrow.flags, 0 };
	ret = allocate(client, &wide);
	if (ret)
		return ret;
	return put_user(wide.handle, &arg->handle) ? -EFAULT : 0;
}

/* The argument of the custom command is not translated: 32-bit programs must use the 64-bit layout. */
static long compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct compat_custom_data narrow;
	struct custom_data wide;

	if (cmd == COMPAT_IOC_ALLOC)
		return compat_allocate(file->private_data, compat_ptr(arg));
	if (cmd != COMPAT_IOC_CUSTOM)
		return ioctl(file, cmd, (unsigned long)compat_ptr(arg));
	if (copy_from_user(&narrow, compat_ptr(arg), sizeof(narrow)))
		return -EFAULT;
	wide = (struct custom_data){ narrow.cmd, (unsigned long)compat_ptr(narrow.arg) };
	return custom(&wide);
}
#endif

static int open(struct inode *inode, struct file *file)
{
	struct client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return -ENOMEM;
	mutex_init(&client->lock);
	idr_init(&client->handles);
	file->private_data = client;
	return 0;
}

static int put_dmabuf(int handle, void *dmabuf, void *unused)
{
	dma_buf_put(dmabuf);
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;

	idr_for_each(&client->handles, put_dmabuf, NULL);
	idr_destroy(&client->handles);
	kfree(client);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.unlocked_ioctl = ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = compat_ioctl,
#endif
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ion",
	.fops = &fops,
};

int ion_legacy_start(void)
{
	return ion_is_legacy() ? misc_register(&device) : 0;
}

void ion_legacy_stop(void)
{
	if (ion_is_legacy())
		misc_deregister(&device);
}
