/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/pxp_device: the memory functions of drivers/dma/pxp/pxp_device.c in NXP's kernels, in three variants. A request
 * with another number or size than the variant's succeeds and has no effect.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "devices/options.h"
#include "kernel/block.h"
#include "kernel/buffer.h"
#include "kernel/calls.h"
#include "kernel/coherency.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/parse.h"
#include "kernel/uapi.h"

#define MODES 3 /* memory types: uncached, write-combined, cached */
#define MODE_CACHED 2

#define FLUSH_CLEAN 1u
#define FLUSH_INVALIDATE 2u
#define FLUSH_BOTH 4u

struct pxp {
	struct sim_pool pool;
	int variant;
};

/* The requests of a variant, and the size of its descriptor. */
struct layout {
	unsigned long get, put, flush, export;
	size_t size;
};

static struct layout const layouts[] = {
	{0, 0, 0, 0, 0},
	{KERNEL_PXP_GET_1, KERNEL_PXP_PUT_1, 0, 0, sizeof(struct kernel_pxp_1)},
	{KERNEL_PXP_GET_2, KERNEL_PXP_PUT_2, KERNEL_PXP_FLUSH_2, 0, sizeof(struct kernel_pxp_2)},
	{KERNEL_PXP_GET_3, KERNEL_PXP_PUT_3, KERNEL_PXP_FLUSH_3, KERNEL_PXP_EXPBUF, sizeof(struct kernel_pxp_3)},
};

union descriptor {
	struct kernel_pxp_1 v1;
	struct kernel_pxp_2 v2;
	struct kernel_pxp_3 v3;
};

static void fill_descriptor(int variant, struct sim_block const *block, union descriptor *data)
{
	unsigned long address = (unsigned long)block->memory->layout.address;

	if (variant == 1) {
		data->v1.phys_addr = address;
		/* The kernel's own address, useless for the program. */
		data->v1.cpu_addr = 0xc0000000u | (uint32_t)address;
	} else if (variant == 2) {
		data->v2.handle = block->handle;
		data->v2.phys_addr = address;
	} else {
		data->v3.handle = block->handle;
		data->v3.phys_addr = address;
	}
}

static int get(struct sim_file *file, void *argument)
{
	struct pxp const *pxp = file->node->data;
	union descriptor data;
	uint32_t size, mode;
	struct sim_block *block;

	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&data, argument, layouts[pxp->variant].size);
	size = (pxp->variant == 1) ? data.v1.size : (pxp->variant == 2) ? data.v2.size : data.v3.size;
	mode = (pxp->variant == 1) ? 0 : (pxp->variant == 2) ? data.v2.mtype : data.v3.mtype;
	block = sim_block_create(&pxp->pool, file->node, size, mode == MODE_CACHED);
	/* The driver returns -1, which is EPERM. */
	if (!block)
		return sim_error(EPERM);
	sim_block_add_handle(block, file);
	block->kind = mode;
	fill_descriptor(pxp->variant, block, &data);
	memcpy(argument, &data, layouts[pxp->variant].size);
	return 0;
}

static int put(struct sim_file *file, void *argument)
{
	struct pxp const *pxp = file->node->data;
	union descriptor data;
	struct sim_block *block;

	if (!sim_is_readable(argument))
		return sim_error(EACCES);
	memcpy(&data, argument, layouts[pxp->variant].size);
	if (pxp->variant == 1)
		block = sim_block_by_address(file->node, data.v1.phys_addr);
	else
		block = sim_block_by_handle(file, (pxp->variant == 2) ? data.v2.handle : data.v3.handle);
	if (!block) {
		sim_note_misuse("PXP_IOC_PUT_PHYMEM of an unknown block");
		return sim_error(EINVAL);
	}
	sim_block_give_back(block);
	return 0;
}

static int flush_buffer(int fd)
{
	struct sim_target target;

	if (sim_find(fd, &target) != SIM_IS_DMABUF)
		return sim_error(EINVAL);
	sim_dmabuf_map_for_device(&target);
	return 0;
}

static int flush(struct sim_file *file, void *argument)
{
	struct pxp const *pxp = file->node->data;
	struct kernel_pxp_flush_2 short_data;
	struct kernel_pxp_flush_3 data;
	struct sim_block *block;

	if (!sim_is_readable(argument))
		return sim_error(EACCES);
	memcpy(&short_data, argument, sizeof(short_data));
	data = (struct kernel_pxp_flush_3){.handle = short_data.handle, .type = short_data.type};
	if (pxp->variant == 3)
		memcpy(&data, argument, sizeof(data));
	if (pxp->variant == 3 && data.handle == 0)
		return flush_buffer(data.fd);
	block = sim_block_by_handle(file, data.handle);
	if (!block) {
		sim_note_misuse("PXP_IOC_FLUSH_PHYMEM of the unknown handle %u", (unsigned int)data.handle);
		return sim_error(EINVAL);
	}
	if (data.type == FLUSH_CLEAN || data.type == FLUSH_BOTH)
		sim_clean(block->memory, 0, block->memory->size);
	if (data.type == FLUSH_INVALIDATE || data.type == FLUSH_BOTH)
		sim_invalidate(block->memory, 0, block->memory->size);
	return 0;
}

/* The DMA-BUF does not keep the block alive, and a mapping of it has no memory. */
static int export_block(struct sim_file *file, void *argument)
{
	struct sim_header header = {.size = sim_page_size(), .exporter = "pxp_device"};
	struct kernel_pxp_3 data;
	struct sim_block *block;

	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&data, argument, sizeof(data));
	block = sim_block_by_handle(file, data.handle);
	if (!block)
		return sim_error(EINVAL);
	header.layout = (struct sim_layout){.unit = sim_page_size(), .stride = sim_page_size()};
	header.hollow_size = block->size;
	header.hollow_address = block->memory->layout.address;
	data.fd = sim_buffer_create(&header, sim_page_size(), O_RDWR | O_CLOEXEC);
	if (data.fd < 0)
		return -1;
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static enum sim_call kind_of(unsigned long request)
{
	switch (request & 0xffff) {
	case KERNEL_PXP_GET_1 & 0xffff:
		return SIM_CALL_PXP_GET;
	case KERNEL_PXP_PUT_1 & 0xffff:
		return SIM_CALL_PXP_PUT;
	case KERNEL_PXP_FLUSH_2 & 0xffff:
		return SIM_CALL_PXP_FLUSH;
	case KERNEL_PXP_EXPBUF & 0xffff:
		return SIM_CALL_PXP_EXPBUF;
	default:
		return SIM_CALL_IOCTL;
	}
}

static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	struct pxp const *pxp = node->data;
	struct layout const *layout = &layouts[pxp->variant];
	struct sim_file *file;

	if (!sim_admit_ioctl(kind_of(request)))
		return -1;
	sim_sweep();
	file = sim_file_find(node, fd);
	if (!file)
		return sim_error(ENOMEM);
	if (request == layout->get)
		return get(file, argument);
	if (request == layout->put)
		return put(file, argument);
	if (request == layout->flush)
		return flush(file, argument);
	return (request == layout->export) ? export_block(file, argument) : 0;
}

/* The drivers accept lengths that are too long. The oldest driver rejects shorter ones. */
static struct sim_memory *map(struct sim_file *file, struct sim_request const *request)
{
	struct pxp const *pxp = file->node->data;
	struct sim_block *block = sim_block_by_address(file->node, request->offset);
	uint64_t length = sim_round_up(request->length, sim_page_size());

	if (pxp->variant == 1) {
		errno = ENOMEM;
		return (block && block->size <= length) ? block->memory : NULL;
	}
	errno = EINVAL;
	return (block && block->kind < MODES) ? block->memory : NULL;
}

/* The oldest driver frees all blocks when the last file closes, the others free those of the file. */
static void closed(struct sim_file *file)
{
	struct pxp const *pxp = file->node->data;
	struct sim_file *other = sim_files();

	while (other && other->node != file->node)
		other = other->next;
	if (pxp->variant > 1)
		sim_block_free_file(file);
	else if (!other)
		sim_block_free_all(file->node);
}

static bool configure(struct sim_device const *device, char **words)
{
	struct sim_node *node;
	char const *word = words[1];

	if (word && strcmp(word, "off") == 0)
		return sim_turn_off(device, words);
	if (!word || word[0] < '1' || word[0] > '3' || word[1] != '\0')
		return sim_complain("pxp must be 1, 2, 3 or off");
	node = sim_turn_on(device, device->path);
	if (node)
		((struct pxp *)node->data)->variant = word[0] - '0';
	return node && sim_apply_options(node, words + 2);
}

struct sim_device const sim_pxp = {
	.keyword = "pxp",
	.path = "/dev/pxp_device",
	.configure = configure,
	.data_size = sizeof(struct pxp),
	.has_pool = true,
	.reach = UINT64_C(1) << 32,
	.ioctl = control,
	.mmap = map,
	.closed = closed,
	.take = sim_block_take,
	.account = sim_pool_account_node,
	.release = sim_block_free_all,
};
