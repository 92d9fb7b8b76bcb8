/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/ion: its configuration, and the choice between the two interfaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/ion_heap.h"
#include "devices/ion_legacy.h"
#include "devices/ion_new.h"
#include "devices/options.h"
#include "kernel/block.h"
#include "kernel/life.h"
#include "kernel/node.h"
#include "kernel/parse.h"

static void account(struct sim_node const *node, uint64_t *total, uint64_t *available)
{
	struct sim_ion const *ion = node->data;

	for (struct sim_ion_heap *heap = ion->heaps; heap; heap = heap->next)
		sim_pool_account(&heap->pool, total, available);
}

static struct sim_block *take(struct sim_node *node, uint64_t size, bool cached)
{
	return sim_ion_take_block(node, 1, size, cached);
}

static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	struct sim_ion const *ion = node->data;

	return ion->legacy ? sim_ion_legacy(node, fd, request, argument) : sim_ion_new(node, fd, request, argument);
}

static int may_open(struct sim_node *node)
{
	struct sim_ion const *ion = node->data;
	uint64_t clients = 0;

	if (ion->clients == 0)
		return 0;
	sim_sweep_now();
	for (struct sim_file *file = sim_files(); file; file = file->next)
		clients += file->node == node;
	return (clients < ion->clients) ? 0 : EBUSY;
}

/* Handles end with their client. Memory with descriptors stays. */
static void closed(struct sim_file *file)
{
	sim_block_free_file(file);
}

static struct sim_ion_heap *find_heap(struct sim_ion *ion, char const *name)
{
	struct sim_ion_heap *heap = ion->heaps;

	while (heap && strcmp(heap->name, name) != 0)
		heap = heap->next;
	return heap;
}

static void insert_heap(struct sim_ion *ion, struct sim_ion_heap *heap)
{
	struct sim_ion_heap **place = &ion->heaps;

	while (*place && (*place)->id > heap->id)
		place = &(*place)->next;
	heap->next = *place;
	*place = heap;
}

static struct sim_ion_heap *add_heap(struct sim_ion *ion, char const *name)
{
	struct sim_ion_heap *heap = name ? find_heap(ion, name) : NULL;

	if (heap)
		return heap;
	if (!name || strlen(name) >= sizeof(heap->name)) {
		sim_complain("a heap of ion needs a name of at most 31 characters");
		return NULL;
	}
	heap = calloc(1, sizeof(*heap));
	if (!heap) {
		sim_complain("no memory");
		return NULL;
	}
	snprintf(heap->name, sizeof(heap->name), "%s", name);
	snprintf(heap->pool.name, sizeof(heap->pool.name), "/dev/ion/%s", name);
	snprintf(heap->pool.exporter, sizeof(heap->pool.exporter), "ion");
	heap->pool.limit = SIM_DEFAULT_LIMIT;
	heap->type = SIM_ION_DMA;
	insert_heap(ion, heap);
	return heap;
}

static bool set_id(struct sim_ion *ion, struct sim_ion_heap *heap, char const *text)
{
	struct sim_ion_heap **place = &ion->heaps;
	uint64_t id;

	if (!sim_parse_size(text, &id))
		return false;
	if (id > 31)
		return sim_complain("ion: the id of a heap must be 0 to 31");
	while (*place != heap)
		place = &(*place)->next;
	*place = heap->next;
	heap->id = (uint32_t)id;
	insert_heap(ion, heap);
	return true;
}

static bool set_type(struct sim_ion_heap *heap, char const *text)
{
	static char const *const names[] = {"system", "contig", "carveout", "chunk", "dma", "custom"};
	uint64_t type;

	for (type = 0; type < sizeof(names) / sizeof(names[0]); type++)
		if (strcmp(names[type], text) == 0)
			break;
	if (type == sizeof(names) / sizeof(names[0]) && !sim_parse_size(text, &type))
		return false;
	heap->type = (uint32_t)type;
	heap->pool.scattered = (type == SIM_ION_SYSTEM);
	return true;
}

static bool set_heap_option(struct sim_ion *ion, struct sim_ion_heap *heap, char const *word)
{
	char const *value;
	int known = sim_pool_option(&heap->pool, word);

	if (known != 0)
		return known > 0;
	if ((value = sim_value(word, "id")))
		return set_id(ion, heap, value);
	if ((value = sim_value(word, "type")))
		return set_type(heap, value);
	return sim_complain("a heap of ion does not accept \"%s\"", word);
}

static int set_option(struct sim_node *node, char const *word)
{
	struct sim_ion *ion = node->data;
	char const *value = sim_value(word, "clients");

	if (value)
		return sim_parse_size(value, &ion->clients) ? 1 : -1;
	if (strcmp(word, "gki") == 0)
		ion->gki = true;
	else if (strcmp(word, "abi") == 0)
		ion->abi = true;
	else if (strcmp(word, "get-phys") == 0)
		ion->get_phys = true;
	else if (strcmp(word, "query") == 0)
		ion->query = true;
	else if (strcmp(word, "phys-dma=native") == 0 || strcmp(word, "phys-dma=unattached") == 0 ||
		strcmp(word, "phys-dma=piece") == 0) {
		ion->unattached = (word[9] == 'u');
		ion->piece = (word[9] == 'p');
	} else {
		return 0;
	}
	return 1;
}

static bool configure(struct sim_device const *device, char **words)
{
	struct sim_ion_heap *heap = NULL;
	struct sim_node *node;

	if (words[1] && strcmp(words[1], "off") == 0)
		return sim_turn_off(device, words);
	if (!words[1] || (strcmp(words[1], "new") != 0 && strcmp(words[1], "legacy") != 0))
		return sim_complain("ion must be new, legacy or off");
	node = sim_turn_on(device, device->path);
	if (!node)
		return false;
	((struct sim_ion *)node->data)->legacy = (words[1][0] == 'l');
	for (char **word = words + 2; *word; word++) {
		if (strcmp(*word, "heap") == 0) {
			heap = add_heap(node->data, *++word);
			if (!heap)
				return false;
		} else if (!(heap ? set_heap_option(node->data, heap, *word) : sim_apply_option(node, *word))) {
			return false;
		}
	}
	return true;
}

static void release(struct sim_node const *node)
{
	struct sim_ion *ion = node->data;

	sim_block_free_all(node);
	while (ion->heaps) {
		struct sim_ion_heap *heap = ion->heaps;

		ion->heaps = heap->next;
		free(heap);
	}
}

struct sim_device const sim_ion = {
	.keyword = "ion",
	.path = "/dev/ion",
	.configure = configure,
	.option = set_option,
	.data_size = sizeof(struct sim_ion),
	.ioctl = control,
	.may_open = may_open,
	.closed = closed,
	.take = take,
	.account = account,
	.release = release,
};
