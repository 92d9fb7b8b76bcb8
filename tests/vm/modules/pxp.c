// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/pxp_device: the memory ioctls of the pixel pipeline, in three generations. There is no compat_ioctl: 64-bit
 * kernels do not support 32-bit programs.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "imx_devices.h"
#include "pxp.h"

static unsigned int pxp;
module_param(pxp, uint, 0444);
MODULE_PARM_DESC(pxp, "/dev/pxp_device with descriptors of generation 1, 2 or 3; default: none");

/* State of one open file. In generation 1 all files share one client, freed when the last file is closed. */
struct client {
	struct mutex lock;
	struct idr buffers;
};

static struct client shared;
static unsigned int shared_users;
static DEFINE_MUTEX(shared_lock);

static void drop(struct client *client, int handle, struct pxp_buffer *buffer)
{
	idr_remove(&client->buffers, handle);
	imx_memory_free(&buffer->memory);
	kfree(buffer);
}

static void drop_all(struct client *client)
{
	struct pxp_buffer *buffer;
	int handle;

	idr_for_each_entry(&client->buffers, buffer, handle)
		drop(client, handle, buffer);
	idr_destroy(&client->buffers);
}

static struct pxp_buffer *find_by_address(struct client *client, u64 phys, int *handle)
{
	struct pxp_buffer *buffer;

	idr_for_each_entry(&client->buffers, buffer, *handle)
		if (buffer->memory.phys == phys)
			return buffer;
	return NULL;
}

/* Return the handle, or -1 for every failure, as the vendor's driver does. */
static int get(struct client *client, u32 size, u32 mtype, struct pxp_buffer **result)
{
	struct pxp_buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	int handle;

	if (!buffer)
		return -1;
	buffer->size = size;
	buffer->mtype = mtype;
	if (imx_memory_allocate(&buffer->memory, size)) {
		kfree(buffer);
		return -1;
	}
	handle = idr_alloc(&client->buffers, buffer, 1, 0, GFP_KERNEL);
	if (handle < 0) {
		imx_memory_free(&buffer->memory);
		kfree(buffer);
		return -1;
	}
	*result = buffer;
	return handle;
}

static int put(struct client *client, int handle)
{
	struct pxp_buffer *buffer = idr_find(&client->buffers, handle);

	if (!buffer)
		return -EINVAL;
	drop(client, handle, buffer);
	return 0;
}

/* The argument of an ioctl. It is copied without the lock: copying takes mmap_lock, under which mmap() takes it. */
union argument {
	struct pxp_desc_v1 v1;
	struct pxp_desc_v2 v2;
	struct pxp_desc_v3 v3;
	struct pxp_flush_v2 flush_v2;
	struct pxp_flush_v3 flush_v3;
};

static int run_v1(struct client *client, unsigned int cmd, union argument *argument)
{
	struct pxp_desc_v1 *desc = &argument->v1;
	struct pxp_buffer *buffer;
	int handle;

	if (cmd == PXP_PUT(*desc))
		return find_by_address(client, desc->phys_addr, &handle) ? put(client, handle) : -EINVAL;
	handle = get(client, desc->size, IMX_UNCACHED, &buffer);
	if (handle < 0)
		return handle;
	desc->phys_addr = buffer->memory.phys;
	desc->cpu_addr = (u32)(unsigned long)buffer->memory.cpu;
	return 0;
}

static int flush_handle(struct client *client, u32 handle)
{
	/* The kernel's own mapping is uncached, so there is nothing to flush. */
	return idr_find(&client->buffers, handle) ? 0 : -EINVAL;
}

static int run_v2(struct client *client, unsigned int cmd, union argument *argument)
{
	struct pxp_desc_v2 *desc = &argument->v2;
	struct pxp_buffer *buffer;
	int handle;

	if (cmd == PXP_FLUSH(struct pxp_flush_v2))
		return flush_handle(client, argument->flush_v2.handle);
	if (cmd == PXP_PUT(*desc))
		return put(client, desc->handle);
	handle = get(client, desc->size, desc->mtype, &buffer);
	if (handle < 0)
		return handle;
	desc->handle = handle;
	desc->phys_addr = buffer->memory.phys;
	return 0;
}

static int flush_v3(struct client *client, const struct pxp_flush_v3 *flush)
{
	struct dma_buf *dmabuf;
	unsigned int segments;
	dma_addr_t phys;
	int ret;

	if (flush->handle)
		return flush_handle(client, flush->handle);
	dmabuf = dma_buf_get(flush->dmabuf_fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ret = imx_get_phys_addr(dmabuf, &phys, &segments);
	dma_buf_put(dmabuf);
	return ret;
}

static int export_v3(struct client *client, struct pxp_desc_v3 *desc)
{
	struct pxp_buffer *buffer = idr_find(&client->buffers, desc->handle);

	if (!buffer)
		return -EINVAL;
	desc->fd = pxp_export(buffer, desc->flags);
	return desc->fd < 0 ? desc->fd : 0;
}

static int run_v3(struct client *client, unsigned int cmd, union argument *argument)
{
	struct pxp_desc_v3 *desc = &argument->v3;
	struct pxp_buffer *buffer;
	int handle;

	if (cmd == PXP_FLUSH(struct pxp_flush_v3))
		return flush_v3(client, &argument->flush_v3);
	if (cmd == PXP_EXPBUF)
		return export_v3(client, desc);
	if (cmd == PXP_PUT(*desc))
		return put(client, desc->handle);
	handle = get(client, desc->size, desc->mtype, &buffer);
	if (handle < 0)
		return handle;
	desc->handle = handle;
	desc->phys_addr = buffer->memory.phys;
	return 0;
}

/* The ioctls of each generation, and whether they write their argument. */
static const struct {
	unsigned int cmd;
	unsigned int generation;
	bool writes;
} calls[] = {
	{ PXP_GET(struct pxp_desc_v1), 1, true },
	{ PXP_PUT(struct pxp_desc_v1), 1, false },
	{ PXP_GET(struct pxp_desc_v2), 2, true },
	{ PXP_PUT(struct pxp_desc_v2), 2, false },
	{ PXP_FLUSH(struct pxp_flush_v2), 2, false },
	{ PXP_GET(struct pxp_desc_v3), 3, true },
	{ PXP_PUT(struct pxp_desc_v3), 3, false },
	{ PXP_FLUSH(struct pxp_flush_v3), 3, false },
	{ PXP_EXPBUF, 3, true },
};

/* Unknown ioctl numbers and sizes succeed and do nothing. */
static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	static int (*const runs[])(struct client *, unsigned int, union argument *) = { run_v1, run_v2, run_v3 };
	struct client *client = file->private_data;
	union argument argument;
	size_t i = 0;
	int ret;

	while (i < ARRAY_SIZE(calls) && (calls[i].cmd != cmd || calls[i].generation != pxp))
		i++;
	if (i == ARRAY_SIZE(calls))
		return 0;
	if (copy_from_user(&argument, (void __user *)arg, _IOC_SIZE(cmd)))
		return -EACCES;
	mutex_lock(&client->lock);
	ret = runs[pxp - 1](client, cmd, &argument);
	mutex_unlock(&client->lock);
	if (ret == 0 && calls[i].writes && copy_to_user((void __user *)arg, &argument, _IOC_SIZE(cmd)))
		return -EACCES;
	return ret;
}

/* The length is not limited: a caller may map more than the buffer, as with the vendor's driver. */
static int mmap(struct file *file, struct vm_area_struct *vma)
{
	struct client *client = file->private_data;
	u64 phys = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct pxp_buffer *buffer;
	int handle, ret;

	mutex_lock(&client->lock);
	buffer = find_by_address(client, phys, &handle);
	if (pxp == 1 && (!buffer || buffer->size > vma->vm_end - vma->vm_start))
		ret = -ENOMEM;
	else if (!buffer || buffer->mtype > IMX_CACHED)
		ret = -EINVAL;
	else
		ret = imx_memory_map(phys, vma, buffer->mtype);
	mutex_unlock(&client->lock);
	return ret;
}

static void prepare(struct client *client)
{
	mutex_init(&client->lock);
	idr_init(&client->buffers);
}

static int open_shared(struct file *file)
{
	mutex_lock(&shared_lock);
	if (shared_users++ == 0)
		prepare(&shared);
	mutex_unlock(&shared_lock);
	file->private_data = &shared;
	return 0;
}

static int open(struct inode *inode, struct file *file)
{
	struct client *client;

	if (pxp == 1)
		return open_shared(file);
	client = kzalloc(sizeof(*client), GFP_KERNEL);
	if (!client)
		return -ENOMEM;
	prepare(client);
	file->private_data = client;
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;

	if (client != &shared) {
		drop_all(client);
		kfree(client);
		return 0;
	}
	mutex_lock(&shared_lock);
	if (--shared_users == 0)
		drop_all(&shared);
	mutex_unlock(&shared_lock);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.unlocked_ioctl = ioctl,
	.mmap = mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pxp_device",
	.fops = &fops,
};

int pxp_start(void)
{
	if (pxp > 3) {
		pr_err("imx_devices: pxp=%u is unknown\n", pxp);
		return -EINVAL;
	}
	return pxp ? misc_register(&device) : 0;
}

void pxp_stop(void)
{
	if (pxp)
		misc_deregister(&device);
}
