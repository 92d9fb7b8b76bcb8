/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pixel pipeline's driver of NXP's kernels (i.MX6SL to 6ULL, 7D, 8ULP, 93): write-combined contiguous memory. Its
 * ioctls have had three layouts. What the driver does not know succeeds and touches nothing, so the newest layout that
 * brings memory is the right one; that is found with the first block.
 */
#include "pxp.h"

#include <errno.h>
#include <fcntl.h>

#include "../backend.h"
#include "../sys.h"
#include "../uapi/pxp.h"

/* What the layouts have in common. */
struct memory {
	uint32_t handle;
	unsigned long address;
};

static int get_1(int fd, uint32_t size, struct memory *memory)
{
	struct imxd_pxp_memory_1 data = {.size = size};
	int result = imxd_sys_ioctl(fd, IMXD_PXP_GET(struct imxd_pxp_memory_1), &data);

	*memory = (struct memory){data.kernel_address, data.address};
	return result;
}

/* Memory is known by its address here; what else the descriptor said goes back as it came. */
static int put_1(int fd, uint32_t size, struct memory const *memory)
{
	struct imxd_pxp_memory_1 data = {.size = size, .address = memory->address, .kernel_address = memory->handle};

	return imxd_sys_ioctl(fd, IMXD_PXP_PUT(struct imxd_pxp_memory_1), &data);
}

static int get_2(int fd, uint32_t size, struct memory *memory)
{
	struct imxd_pxp_memory_2 data = {.size = size, .type = IMXD_PXP_WRITE_COMBINED};
	int result = imxd_sys_ioctl(fd, IMXD_PXP_GET(struct imxd_pxp_memory_2), &data);

	*memory = (struct memory){data.handle, data.handle ? data.address : 0};
	return result;
}

static int put_2(int fd, uint32_t size, struct memory const *memory)
{
	struct imxd_pxp_memory_2 data = {.handle = memory->handle, .size = size, .address = memory->address};

	return imxd_sys_ioctl(fd, IMXD_PXP_PUT(struct imxd_pxp_memory_2), &data);
}

static int get_3(int fd, uint32_t size, struct memory *memory)
{
	struct imxd_pxp_memory_3 data = {.size = size, .type = IMXD_PXP_WRITE_COMBINED, .fd = -1};
	int result = imxd_sys_ioctl(fd, IMXD_PXP_GET(struct imxd_pxp_memory_3), &data);

	*memory = (struct memory){data.handle, data.handle ? data.address : 0};
	return result;
}

static int put_3(int fd, uint32_t size, struct memory const *memory)
{
	struct imxd_pxp_memory_3 data = {.handle = memory->handle, .size = size, .address = memory->address, .fd = -1};

	return imxd_sys_ioctl(fd, IMXD_PXP_PUT(struct imxd_pxp_memory_3), &data);
}

/* Newest first. On 64-bit kernels the first layout has never existed, and has the number of the second. */
static struct {
	int (*get)(int fd, uint32_t size, struct memory *memory);
	int (*put)(int fd, uint32_t size, struct memory const *memory);
} const layouts[] = {{get_3, put_3}, {get_2, put_2}, {get_1, put_1}};

#define LAYOUTS ((sizeof(long) == 8) ? 2u : 3u)

/* self->state: one more than the index of the layout in use, 0 before it is known. */
enum { LAYOUT };

static int fail(struct imxd_instance const *self, int code, size_t size)
{
	if (code == ENOTTY)
		return imxd_fail(code,
			"%s: not the PxP's driver: it knows none of the three ways to allocate (ENOTTY); a 32-bit program on a "
			"64-bit kernel cannot use it",
			self->node);
	/* The driver returns -1 where it means ENOMEM. */
	return imxd_fail_allocation((code == EPERM) ? ENOMEM : code, self->node, size);
}

static int get(struct imxd_instance *self, size_t size, struct memory *memory)
{
	uintptr_t known = __atomic_load_n(&self->state[LAYOUT], __ATOMIC_RELAXED);
	int result = 0;

	for (uintptr_t i = known ? known : 1; i <= (known ? known : LAYOUTS); i++) {
		result = layouts[i - 1].get(self->fd, (uint32_t)size, memory);
		/* A layout that can be out of memory is one that the driver knows. */
		if (result == -EPERM || result == -ENOMEM || (result >= 0 && memory->address != 0))
			__atomic_store_n(&self->state[LAYOUT], i, __ATOMIC_RELAXED);
		if (result < 0 || memory->address != 0)
			return result;
	}
	return -ENOTTY;
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	struct memory memory = {0};
	int result = get(self, size, &memory);

	if (result < 0)
		return fail(self, -result, size);
	imxd_block_at_address(block, self, size, memory.address);
	block->handle = memory.handle;
	return 0;
}

static void free_block(struct imxd_instance *self, struct imxd_block *block)
{
	struct memory memory = {(uint32_t)block->handle, block->address};
	uintptr_t layout = __atomic_load_n(&self->state[LAYOUT], __ATOMIC_RELAXED);

	imxd_log_lost(self, block, layouts[layout - 1].put(self->fd, (uint32_t)block->size, &memory));
}

static int open_pxp(struct imxd_instance *self, struct imxd_options const *options)
{
	self->caps = IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMX_DMA_BUFFER_CAPABILITY_ZEROED |
		IMX_DMA_BUFFER_CAPABILITY_SIZES_32BIT | IMXD_CAP_PINNED;
	self->max_size = imxd_whole_pages(UINT32_MAX);
	return imxd_instance_open(self, options, IMXD_PXP_NODE, O_RDWR);
}

struct imxd_backend const imxd_pxp_backend = {
	.name = "pxp",
	.description = "pixel pipeline of i.MX6SL to 6ULL, 7, 8ULP and 93",
	.open = open_pxp,
	.allocate = allocate,
	.free = free_block,
};
