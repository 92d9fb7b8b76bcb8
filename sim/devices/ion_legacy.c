/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION before Linux 4.12: an open file has handles, and descriptors are made of handles. See drivers/staging/android/ion
 * of NXP's 4.9.
 */
#include "devices/ion_legacy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "devices/ion_heap.h"
#include "kernel/calls.h"
#include "kernel/coherency.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/uapi.h"

#define LARGEST_ARGUMENT 32

/* The driver ignores the alignment. */
static int allocate(struct sim_file *client, void *argument)
{
	struct kernel_ion_old_alloc data;
	struct sim_block *block;

	memcpy(&data, argument, sizeof(data));
	block = sim_ion_take_block(client->node, data.heap_id_mask, data.len, data.flags & KERNEL_ION_CACHED);
	if (!block)
		return -1;
	sim_block_add_handle(block, client);
	data.handle = (int32_t)block->handle;
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static int free_handle(struct sim_file *client, void *argument)
{
	struct sim_block *block;
	int32_t handle;

	memcpy(&handle, argument, sizeof(handle));
	block = sim_block_by_handle(client, (uint32_t)handle);
	if (!block) {
		/* Programs free handle 0 to find out which interface this is. */
		if (handle != 0)
			sim_note_misuse("/dev/ion: free of the unknown handle %d", (int)handle);
		return sim_error(EINVAL);
	}
	if (--block->references == 0)
		sim_block_free(block);
	return 0;
}

static int share(struct sim_file *client, void *argument)
{
	struct kernel_ion_fd data;
	struct sim_block *block;

	memcpy(&data, argument, sizeof(data));
	block = sim_block_by_handle(client, (uint32_t)data.handle);
	if (!block)
		return sim_error(EINVAL);
	data.fd = sim_block_open(block->memory, O_RDWR | O_CLOEXEC);
	if (data.fd < 0)
		return -1;
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static int find_buffer(int fd, struct sim_target *target)
{
	struct sim_identity identity;

	if (sim_find(fd, target) == SIM_IS_DMABUF)
		return 0;
	return sim_error(sim_identify(fd, &identity) ? EINVAL : EBADF);
}

/* A client has one handle for a buffer, and each import adds a reference. */
static int import(struct sim_file *client, void *argument)
{
	struct kernel_ion_fd data;
	struct sim_target target;
	struct sim_block *block = NULL;

	memcpy(&data, argument, sizeof(data));
	if (find_buffer(data.fd, &target) < 0)
		return -1;
	/* Only buffers of ION can be imported. */
	if (target.slice || strcmp(target.memory->header->exporter, "ion") != 0)
		return sim_error(EINVAL);
	while ((block = sim_block_next(client->node, block)))
		if (block->file == client->id && block->memory == target.memory) {
			block->references++;
			data.handle = (int32_t)block->handle;
			break;
		}
	if (!block) {
		block = sim_block_share(target.memory, client->node);
		if (!block)
			return sim_error(ENOMEM);
		sim_block_add_handle(block, client);
		data.handle = (int32_t)block->handle;
	}
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static int sync_for_device(struct sim_file *client, void *argument)
{
	struct kernel_ion_fd data;
	struct sim_target target;

	memcpy(&data, argument, sizeof(data));
	if (find_buffer(data.fd, &target) < 0)
		return -1;
	if (target.slice || strcmp(target.memory->header->exporter, "ion") != 0)
		return sim_error(EINVAL);
	sim_clean(target.memory, 0, target.size);
	return 0;
}

/* The driver does not check that the descriptor is a DMA-BUF, and dereferences an error code. */
static int get_address(struct sim_ion const *ion, void *argument)
{
	struct kernel_ion_phys_dma data;
	struct sim_target target;

	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&data, argument, sizeof(data));
	if (sim_find(data.fd, &target) != SIM_IS_DMABUF) {
		sim_note_misuse("/dev/ion: PHYS_DMA crashes the kernel: descriptor %d is not a DMA-BUF", (int)data.fd);
		return sim_error(EFAULT);
	}
	if (ion->unattached || target.slice || target.memory->layout.stride != target.memory->layout.unit)
		return 0;
	data.phys = (unsigned long)sim_dmabuf_map_for_device(&target);
	data.size = ion->piece ? sim_page_size() : (unsigned long)target.size;
	memcpy(argument, &data, sizeof(data));
	return 0;
}

/* PHYS by handle and by pointer never work on arm64. */
static int custom(struct sim_file *client, void *argument)
{
	struct kernel_ion_custom data;

	memcpy(&data, argument, sizeof(data));
	switch (data.command) {
	case KERNEL_ION_PHYS_DMA:
		return get_address(client->node->data, (void *)data.argument);
	case KERNEL_ION_PHYS:
	case KERNEL_ION_PHYS_VIRT:
		return sim_error(EFAULT);
	default:
		return sim_error(ENOTTY);
	}
}

static int query(struct sim_file *client, void *argument)
{
	struct sim_ion const *ion = client->node->data;

	return ion->query ? sim_ion_query(client->node, argument) : sim_error(ENOTTY);
}

static struct {
	unsigned long request;
	enum sim_call call;
	int (*work)(struct sim_file *client, void *argument);
} const commands[] = {
	{KERNEL_ION_OLD_ALLOC, SIM_CALL_ION_ALLOC, allocate},
	{KERNEL_ION_FREE, SIM_CALL_ION_FREE, free_handle},
	{KERNEL_ION_MAP, SIM_CALL_ION_MAP, share},
	{KERNEL_ION_SHARE, SIM_CALL_ION_SHARE, share},
	{KERNEL_ION_IMPORT, SIM_CALL_ION_IMPORT, import},
	{KERNEL_ION_SYNC, SIM_CALL_ION_SYNC, sync_for_device},
	{KERNEL_ION_CUSTOM, SIM_CALL_ION_CUSTOM, custom},
	{KERNEL_ION_QUERY, SIM_CALL_ION_QUERY, query},
};

int sim_ion_legacy(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	struct sim_file *client;
	size_t i = 0;

	while (i < sizeof(commands) / sizeof(commands[0]) && commands[i].request != request)
		i++;
	if (i == sizeof(commands) / sizeof(commands[0])) {
		if (!sim_admit_ioctl((request == KERNEL_ION_ALLOC) ? SIM_CALL_ION_ALLOC : SIM_CALL_IOCTL))
			return -1;
		return sim_error((((request >> 16) & 0x3fff) > LARGEST_ARGUMENT) ? EINVAL : ENOTTY);
	}
	if (!sim_admit_ioctl(commands[i].call))
		return -1;
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	sim_sweep();
	client = sim_file_find(node, fd);
	return client ? commands[i].work(client, argument) : sim_error(ENOMEM);
}
