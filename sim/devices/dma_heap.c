/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/dma_heap/NAME: drivers/dma-buf/dma-heap.c with the CMA heap or the system heap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "devices/options.h"
#include "kernel/block.h"
#include "kernel/buffer.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/parse.h"
#include "kernel/uapi.h"

#define DIRECTORY "/dev/dma_heap/"

struct heap {
	struct sim_pool pool;
	bool uncached;
};

static int allocate(struct heap const *heap, struct kernel_heap_alloc *data)
{
	struct sim_header header;
	uint64_t size;
	int fd;

	if (data->fd != 0 || (data->fd_flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE)) != 0 || data->heap_flags != 0)
		return sim_error(EINVAL);
	size = sim_round_up(data->len, sim_page_size());
	if (data->len == 0 || size < data->len)
		return sim_error(EINVAL);
	if (!sim_pool_has_room(&heap->pool, size))
		return sim_error(ENOMEM);
	sim_pool_describe(&heap->pool, size, !heap->uncached, &header);
	fd = sim_buffer_create(&header, sim_pool_alignment(&heap->pool, size), (int)data->fd_flags);
	if (fd < 0)
		return -1;
	data->fd = (uint32_t)fd;
	return 0;
}

/*
 * The driver only looks at the number of the request. It copies as many bytes as the size in the request gives, in and
 * out; the rest of the structure is zero.
 */
static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	struct kernel_heap_alloc data = {.len = 0};
	size_t size = (request >> 16) & 0x3fff;
	bool alloc = (request & 0xff) == 0;

	if (!sim_admit_ioctl(alloc ? SIM_CALL_HEAP_ALLOC : SIM_CALL_IOCTL))
		return -1;
	if (!alloc)
		return sim_error(EINVAL);
	if (size > sizeof(data))
		size = sizeof(data);
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&data, argument, size);
	if (allocate(node->data, &data) < 0)
		return -1;
	memcpy(argument, &data, size);
	return 0;
}

static bool is_good_name(char const *name)
{
	return strlen(name) < SIM_NAME_SIZE - 16 && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static struct sim_node *add(struct sim_device const *device, char const *name)
{
	static char const uncached[] = "-uncached";
	char path[128];
	struct heap *heap;
	struct sim_node *node;
	size_t length = strlen(name);

	snprintf(path, sizeof(path), DIRECTORY "%s", name);
	node = sim_node_by_path(path);
	if (node || !(node = sim_turn_on(device, path)))
		return node;
	heap = node->data;
	snprintf(heap->pool.name, sizeof(heap->pool.name), "%s", name);
	heap->uncached = length >= sizeof(uncached) && strcmp(name + length - (sizeof(uncached) - 1), uncached) == 0;
	return node;
}

static char const *own_name(struct sim_node const *node)
{
	struct heap const *heap = node->data;

	return heap->pool.own_name[0] ? heap->pool.own_name : heap->pool.name;
}

static int set_name(char field[SIM_NAME_SIZE], char const *name)
{
	if (strlen(name) >= SIM_NAME_SIZE) {
		sim_complain("\"%s\" is too long", name);
		return -1;
	}
	strcpy(field, name);
	return 1;
}

static int set_option(struct sim_node *node, char const *word)
{
	struct heap *heap = node->data;

	if (sim_value(word, "exporter"))
		return set_name(heap->pool.exporter, sim_value(word, "exporter"));
	if (sim_value(word, "name"))
		return set_name(heap->pool.own_name, sim_value(word, "name"));
	if (strcmp(word, "cached") == 0 || strcmp(word, "uncached") == 0)
		heap->uncached = (word[0] == 'u');
	else if (strcmp(word, "cma") == 0 || strcmp(word, "scattered") == 0)
		heap->pool.scattered = (word[0] == 's');
	else
		return 0;
	return 1;
}

static bool configure(struct sim_device const *device, char **words)
{
	struct sim_node *node;

	if (!words[1] || !is_good_name(words[1]))
		return sim_complain("heap needs a valid name%s%s", words[1] ? ", not " : "", words[1] ? words[1] : "");
	node = add(device, words[1]);
	for (char **word = words + 2; node && *word; word++) {
		if (strcmp(*word, "remove") == 0 && !word[1]) {
			sim_node_remove(node);
			return true;
		}
		if (!sim_apply_option(node, *word))
			return false;
	}
	return node != NULL;
}

struct sim_device const sim_dma_heap = {
	.keyword = "heap",
	.class = "dma_heap",
	.own_name = own_name,
	.path = DIRECTORY,
	.configure = configure,
	.option = set_option,
	.data_size = sizeof(struct heap),
	.has_pool = true,
	.ioctl = control,
	.take = sim_block_take,
	.account = sim_pool_account_node,
};
