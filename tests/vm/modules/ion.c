// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ion of NXP's kernels 4.14 to 5.10: an allocation returns a DMA-BUF. The heap with the lowest id gives scattered
 * memory, the other heaps give contiguous memory.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "imx_devices.h"

static char *ion = "";
module_param(ion, charp, 0444);
MODULE_PARM_DESC(ion, "/dev/ion: new, abi (NXP's Android 5.4), gki (numbers of Android's 5.4), legacy; default: none");

static unsigned int ion_dma_heaps = 1;
module_param(ion_dma_heaps, uint, 0444);
MODULE_PARM_DESC(ion_dma_heaps, "number of contiguous heaps of the new interface");

#define MAX_DMA_HEAPS 8
#define FLAG_CACHED 1
#define TYPE_SYSTEM 0
#define TYPE_DMA 4
#define TYPE_DMA_GKI 2
#define ABI_VERSION 2
/* The first id of a contiguous heap. */
#define FIRST_ID 1
#define FIRST_ID_ABI 8

struct allocation_data {
	__u64 len;
	__u32 heap_id_mask;
	__u32 flags;
	__u32 fd;
	__u32 unused;
};

struct heap_query {
	__u32 count;
	__u32 reserved0;
	__u64 heaps;
	__u32 reserved1;
	__u32 reserved2;
};

struct heap_data {
	char name[32];
	__u32 type;
	__u32 heap_id;
	__u32 reserved[3];
};

union argument {
	struct allocation_data allocation;
	struct heap_query query;
	__u32 abi_version;
};

#define IOC_ALLOC _IOWR('I', 0, struct allocation_data)
#define IOC_HEAP_QUERY _IOWR('I', 8, struct heap_query)
#define IOC_ABI_VERSION _IOR('I', 9, __u32)

static bool is_gki(void)
{
	return !strcmp(ion, "gki");
}

/* NXP's Android 5.4: it has the ioctl of the newer interface with the old types. */
static bool is_abi(void)
{
	return !strcmp(ion, "abi");
}

/* Id of the heap with this number. Heap 0 is the scattered one. */
static u32 heap_id(u32 number)
{
	return number ? number - 1 + (is_abi() ? FIRST_ID_ABI : FIRST_ID) : 0;
}

/* Try the heaps from the highest id down. */
static struct dma_buf *allocate_from(u32 mask, size_t size, bool cached)
{
	struct dma_buf *dmabuf = ERR_PTR(-ENODEV);
	int number;

	for (number = ion_dma_heaps; number >= 0 && IS_ERR(dmabuf); number--)
		if (mask & (1U << heap_id(number)))
			dmabuf = imx_export(IMX_ION_5_10, size, number ? IMX_CONTIGUOUS : IMX_SCATTERED, cached);
	return dmabuf;
}

static int allocate(struct allocation_data *data)
{
	struct dma_buf *dmabuf;
	int fd;

	if (data->len == 0)
		return -EINVAL;
	if (data->len > SIZE_MAX - PAGE_SIZE)
		return -ENOMEM;
	dmabuf = allocate_from(data->heap_id_mask, data->len, data->flags & FLAG_CACHED);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0) {
		dma_buf_put(dmabuf);
		return fd;
	}
	data->fd = fd;
	return 0;
}

static void describe(struct heap_data *heap, u32 number)
{
	memset(heap, 0, sizeof(*heap));
	heap->heap_id = heap_id(number);
	if (number == 0) {
		strscpy(heap->name, "ion_system_heap", sizeof(heap->name));
		heap->type = TYPE_SYSTEM;
		return;
	}
	if (number == 1)
		strscpy(heap->name, "linux,cma", sizeof(heap->name));
	else
		snprintf(heap->name, sizeof(heap->name), "cma%u", number);
	heap->type = is_gki() ? TYPE_DMA_GKI : TYPE_DMA;
}

/* The heap with the highest id comes first. */
static int query(struct heap_query *query)
{
	struct heap_data __user *to = u64_to_user_ptr(query->heaps);
	u32 count = ion_dma_heaps + 1;
	u32 i;

	if (query->reserved0 || query->reserved1 || query->reserved2)
		return -EINVAL;
	if (!query->heaps) {
		query->count = count;
		return 0;
	}
	if (query->count == 0)
		return -EINVAL;
	query->count = min(query->count, count);
	for (i = 0; i < query->count; i++) {
		struct heap_data heap;

		describe(&heap, count - 1 - i);
		if (copy_to_user(&to[i], &heap, sizeof(heap)))
			return -EFAULT;
	}
	return 0;
}

static int run(unsigned int cmd, union argument *argument)
{
	switch (cmd) {
	case IOC_ALLOC:
		return allocate(&argument->allocation);
	case IOC_HEAP_QUERY:
		return query(&argument->query);
	case IOC_ABI_VERSION:
		if (!is_gki() && !is_abi())
			return -ENOTTY;
		argument->abi_version = ABI_VERSION;
		return 0;
	default:
		return -ENOTTY;
	}
}

static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	union argument argument = {};
	int ret;

	if (_IOC_SIZE(cmd) > sizeof(argument))
		return -EINVAL;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(&argument, (void __user *)arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	ret = run(cmd, &argument);
	if (ret == 0 && (_IOC_DIR(cmd) & _IOC_READ) && copy_to_user((void __user *)arg, &argument, _IOC_SIZE(cmd)))
		return -EFAULT;
	return ret;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ion",
	.fops = &fops,
};

static bool wanted(void)
{
	return is_gki() || is_abi() || !strcmp(ion, "new");
}

int ion_start(void)
{
	if (*ion && !wanted() && strcmp(ion, "legacy")) {
		pr_err("imx_devices: ion=%s is unknown\n", ion);
		return -EINVAL;
	}
	if (!wanted())
		return 0;
	if (ion_dma_heaps > MAX_DMA_HEAPS)
		return -EINVAL;
	return misc_register(&device);
}

void ion_stop(void)
{
	if (wanted())
		misc_deregister(&device);
}

bool ion_is_legacy(void)
{
	return !strcmp(ion, "legacy");
}
