/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/mxc_ipu: the memory functions of drivers/mxc/ipu3/ipu_device.c in NXP's kernels for i.MX5 and i.MX6.
 */
#include <errno.h>
#include <string.h>

#include "devices/options.h"
#include "kernel/block.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/uapi.h"

struct ipu {
	struct sim_pool pool;
	bool index; /* closing a file frees the blocks of its index, which is not unique */
	unsigned int open; /* open files; the next index is one more */
};

/* Addresses and sizes are signed 32-bit integers. */
static int allocate(struct sim_file *file, void *argument)
{
	struct ipu const *ipu = file->node->data;
	struct sim_block *block;
	int32_t value;
	uint32_t address;

	memcpy(&value, argument, sizeof(value));
	block = (value > 0) ? sim_block_create(&ipu->pool, file->node, (uint64_t)value, false) : NULL;
	if (!block)
		return sim_error(ENOMEM);
	block->kind = file->number;
	address = (uint32_t)block->memory->layout.address;
	memcpy(argument, &address, sizeof(address));
	return 0;
}

/* Any file may free the blocks of any other. */
static int free_address(struct sim_file *file, void *argument)
{
	struct sim_block *block;
	uint32_t address;

	memcpy(&address, argument, sizeof(address));
	block = sim_block_by_address(file->node, address);
	if (!block) {
		sim_note_misuse("IPU_FREE of address 0x%x, which is not a block", (unsigned int)address);
		return sim_error(EINVAL);
	}
	sim_block_give_back(block);
	return 0;
}

/* Unknown requests succeed. */
static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	enum sim_call call = SIM_CALL_IOCTL;
	struct sim_file *file;

	if (request == KERNEL_IPU_ALLOC || request == KERNEL_IPU_FREE)
		call = (request == KERNEL_IPU_ALLOC) ? SIM_CALL_IPU_ALLOC : SIM_CALL_IPU_FREE;
	if (!sim_admit_ioctl(call))
		return -1;
	if (call == SIM_CALL_IOCTL)
		return 0;
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	sim_sweep();
	file = sim_file_find(node, fd);
	if (!file)
		return sim_error(ENOMEM);
	return (call == SIM_CALL_IPU_ALLOC) ? allocate(file, argument) : free_address(file, argument);
}

static struct sim_memory *map(struct sim_file *file, struct sim_request const *request)
{
	struct sim_block *block = sim_block_by_address(file->node, request->offset);

	if (block && request->length <= block->memory->size)
		return block->memory;
	errno = EINVAL;
	return NULL;
}

static void opened(struct sim_file *file)
{
	struct ipu *ipu = file->node->data;

	file->number = ++ipu->open;
}

static void closed(struct sim_file *file)
{
	struct ipu *ipu = file->node->data;
	struct sim_block *block = sim_block_next(file->node, NULL);

	ipu->open--;
	while (block && ipu->index) {
		struct sim_block *next = sim_block_next(file->node, block);

		if (block->kind == file->number)
			sim_block_free(block);
		block = next;
	}
}

static int set_option(struct sim_node *node, char const *word)
{
	struct ipu *ipu = node->data;

	if (strcmp(word, "close=leak") != 0 && strcmp(word, "close=index") != 0)
		return 0;
	ipu->index = (word[6] == 'i');
	return 1;
}

struct sim_device const sim_ipu = {
	.keyword = "ipu",
	.path = "/dev/mxc_ipu",
	.configure = sim_configure_switch,
	.option = set_option,
	.data_size = sizeof(struct ipu),
	.has_pool = true,
	.reach = UINT64_C(1) << 32,
	.ioctl = control,
	.mmap = map,
	.opened = opened,
	.closed = closed,
	.account = sim_pool_account_node,
	.release = sim_block_free_all,
};
