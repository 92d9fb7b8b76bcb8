/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/galcore, the GPU's driver: only that it is there, and where libg2d has its memory from.
 */
#include "vendor_devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "vendor.h"

struct galcore {
	struct sim_pool pool;
	bool zeroed;
};

static uint64_t skew;
static bool cannot_maintain;

static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	return sim_admit_ioctl(SIM_CALL_IOCTL) ? sim_error(ENOTTY) : -1;
}

uint64_t sim_g2d_skew(void)
{
	return skew;
}

void sim_galcore_fill(struct sim_block *block)
{
	struct sim_node *node = sim_node_by_path(sim_galcore.path);
	struct galcore const *galcore = node ? node->data : NULL;

	if (!galcore || galcore->zeroed)
		return;
	memset(block->memory->view, SIM_GARBAGE, (size_t)block->memory->size);
	sim_clean(block->memory, 0, block->memory->size);
}

bool sim_vendor_g2d_maintains(void)
{
	bool works;

	sim_lock();
	works = !cannot_maintain;
	sim_unlock();
	return works;
}

static bool set_option(struct sim_node *node, char const *word)
{
	struct galcore *galcore = node->data;
	char const *value;
	int known = sim_node_option(node, word);

	if (known == 0)
		known = sim_pool_option(&galcore->pool, word);
	if (known != 0)
		return known > 0;
	if ((value = sim_value(word, "skew")))
		return sim_parse_skew(value, &skew);
	if (strcmp(word, "zeroed") == 0)
		galcore->zeroed = true;
	else if (strcmp(word, "cache-op=works") == 0 || strcmp(word, "cache-op=unsupported") == 0)
		cannot_maintain = (word[9] == 'u');
	else
		return sim_complain("g2d does not take \"%s\"", word);
	return true;
}

static bool configure(struct sim_device const *device, char **words)
{
	struct sim_node *node;
	char **option;

	if (!sim_switch(device, words, &node, &option))
		return false;
	if (node && !node->data) {
		struct galcore *galcore = sim_pool_add(sizeof(*galcore), device->path);

		if (!galcore) {
			sim_node_remove(node);
			return false;
		}
		galcore->pool.reach = 0;
		node->data = galcore;
	}
	for (; node && *option; option++)
		if (!set_option(node, *option))
			return false;
	return true;
}

static void release(struct sim_node *node)
{
	free(node->data);
}

static void reset(void)
{
	skew = 0;
	cannot_maintain = false;
}

struct sim_device const sim_galcore = {
	.keyword = "g2d",
	.path = "/dev/galcore",
	.configure = configure,
	.ioctl = control,
	.release = release,
	.reset = reset,
};
