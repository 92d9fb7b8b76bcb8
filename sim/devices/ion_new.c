/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION since Linux 4.12: one ioctl returns a DMA-BUF. See drivers/staging/android/ion of NXP's 5.10.
 */
#include "devices/ion_new.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "devices/ion_heap.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/uapi.h"

#define LARGEST_ARGUMENT 24
#define ABI_VERSION 2

static int allocate(struct sim_node *node, void *argument)
{
	struct kernel_ion_alloc data;
	int fd;

	memcpy(&data, argument, sizeof(data));
	fd = sim_ion_take_buffer(node, data.heap_id_mask, data.len, data.flags & KERNEL_ION_CACHED);
	if (fd < 0)
		return -1;
	data.fd = (uint32_t)fd;
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static int get_version(struct sim_node *node, void *argument)
{
	uint32_t version = ABI_VERSION;
	struct sim_ion const *ion = node->data;

	if (!ion->gki && !ion->abi)
		return sim_error(ENOTTY);
	memcpy(argument, &version, sizeof(version));
	return 0;
}

static int get_address(struct sim_node *node, void *argument)
{
	struct sim_ion const *ion = node->data;
	struct kernel_ion_get_phys data;
	struct sim_target target;

	if (!ion->get_phys)
		return sim_error(ENOTTY);
	memcpy(&data, argument, sizeof(data));
	if (sim_find(data.fd, &target) != SIM_IS_DMABUF)
		return sim_error(EINVAL);
	data.phys = (unsigned long)sim_dmabuf_map_for_device(&target);
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static enum sim_call kind_of(unsigned long request)
{
	switch (request) {
	case KERNEL_ION_ALLOC:
		return SIM_CALL_ION_ALLOC;
	case KERNEL_ION_QUERY:
		return SIM_CALL_ION_QUERY;
	case KERNEL_ION_FREE:
		return SIM_CALL_ION_FREE;
	case KERNEL_ION_GET_PHYS:
		return SIM_CALL_ION_GET_PHYS;
	default:
		return SIM_CALL_IOCTL;
	}
}

/* The driver copies the argument before it checks the number. */
int sim_ion_new(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	if (!sim_admit_ioctl(kind_of(request)))
		return -1;
	if (((request >> 16) & 0x3fff) > LARGEST_ARGUMENT)
		return sim_error(EINVAL);
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	switch (request) {
	case KERNEL_ION_ALLOC:
		return allocate(node, argument);
	case KERNEL_ION_QUERY:
		return sim_ion_query(node, argument);
	case KERNEL_ION_GET_PHYS:
		return get_address(node, argument);
	case KERNEL_ION_ABI_VERSION:
		return get_version(node, argument);
	default:
		return sim_error(ENOTTY);
	}
}
