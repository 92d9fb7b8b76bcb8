// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mxc_ipu: the memory ioctls of the image processing unit of i.MX 5 and 6.
 */
#include <linux/atomic.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "imx_devices.h"

static char *ipu = "";
module_param(ipu, charp, 0444);
MODULE_PARM_DESC(ipu, "/dev/mxc_ipu: leak (closing frees nothing), index (closing frees by index); default: none");

#define IOC_ALLOC _IOWR('I', 3, int)
#define IOC_FREE _IOW('I', 4, int)

struct buffer {
	struct list_head node;
	struct imx_memory memory;
	int file_index;
};

/* Buffers have no owner: any process with the address may map or free one. */
static LIST_HEAD(buffers);
static DEFINE_MUTEX(lock);

/* Number of open files, used as an index. After a close, the next open may reuse the index of a file still open. */
static atomic_t file_index;

static struct buffer *find(u32 phys)
{
	struct buffer *buffer;

	list_for_each_entry(buffer, &buffers, node)
		if (buffer->memory.phys == phys)
			return buffer;
	return NULL;
}

static void drop(struct buffer *buffer)
{
	list_del(&buffer->node);
	imx_memory_free(&buffer->memory);
	kfree(buffer);
}

static int allocate(struct file *file, int __user *arg)
{
	struct buffer *buffer;
	int size;

	if (get_user(size, arg))
		return -EFAULT;
	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	if (size <= 0 || imx_memory_allocate(&buffer->memory, size)) {
		kfree(buffer);
		return -ENOMEM;
	}
	buffer->file_index = (long)file->private_data;
	mutex_lock(&lock);
	list_add(&buffer->node, &buffers);
	mutex_unlock(&lock);
	/* If put_user() fails, the buffer stays on the list. */
	return put_user((int)buffer->memory.phys, arg) ? -EFAULT : 0;
}

static int free_buffer(int __user *arg)
{
	struct buffer *buffer;
	int phys;

	if (get_user(phys, arg))
		return -EFAULT;
	mutex_lock(&lock);
	buffer = find((u32)phys);
	if (buffer)
		drop(buffer);
	mutex_unlock(&lock);
	return buffer ? 0 : -EINVAL;
}

/* Unknown ioctls succeed and do nothing, as in the vendor's driver. */
static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case IOC_ALLOC:
		return allocate(file, (int __user *)arg);
	case IOC_FREE:
		return free_buffer((int __user *)arg);
	default:
		return 0;
	}
}

/* The offset must be the exact physical address of a buffer. A sign-extended address fails with EINVAL. */
static int mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct buffer *buffer;
	int ret = -EINVAL;

	mutex_lock(&lock);
	buffer = offset <= U32_MAX ? find(offset) : NULL;
	if (buffer && vma->vm_end - vma->vm_start <= buffer->memory.size)
		ret = imx_memory_map(offset, vma, IMX_WRITE_COMBINED) ? -ENOBUFS : 0;
	mutex_unlock(&lock);
	return ret;
}

static bool by_index(void)
{
	return !strcmp(ipu, "index");
}

static int open(struct inode *inode, struct file *file)
{
	file->private_data = (void *)(long)atomic_inc_return(&file_index);
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	struct buffer *buffer, *next;

	if (by_index()) {
		mutex_lock(&lock);
		list_for_each_entry_safe(buffer, next, &buffers, node)
			if (buffer->file_index == (long)file->private_data)
				drop(buffer);
		mutex_unlock(&lock);
	}
	atomic_dec(&file_index);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.unlocked_ioctl = ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mxc_ipu",
	.fops = &fops,
};

int ipu_start(void)
{
	if (*ipu && !by_index() && strcmp(ipu, "leak")) {
		pr_err("imx_devices: ipu=%s is unknown\n", ipu);
		return -EINVAL;
	}
	return *ipu ? misc_register(&device) : 0;
}

void ipu_stop(void)
{
	struct buffer *buffer, *next;

	if (!*ipu)
		return;
	misc_deregister(&device);
	list_for_each_entry_safe(buffer, next, &buffers, node)
		drop(buffer);
}
