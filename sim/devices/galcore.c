/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/galcore, the GPU's driver. It only exists, and libg2d allocates from it.
 */
#include "devices/galcore.h"

#include <string.h>

#include "devices/options.h"
#include "kernel/block.h"
#include "kernel/coherency.h"
#include "kernel/constants.h"
#include "kernel/parse.h"

struct galcore {
	struct sim_pool pool;
	bool zeroed;
};

static uint64_t skew;
static bool cannot_maintain;

uint64_t sim_galcore_skew(void)
{
	return skew;
}

static struct sim_block *take(struct sim_node *node, uint64_t size, bool cached)
{
	struct galcore const *galcore = node->data;
	struct sim_block *block = sim_block_create(&galcore->pool, node, size, cached);

	if (block && !galcore->zeroed) {
		memset(block->memory->view, SIM_GARBAGE, (size_t)block->memory->size);
		sim_clean(block->memory, 0, block->memory->size);
	}
	return block;
}

bool sim_galcore_maintains(void)
{
	return !cannot_maintain;
}

static int set_option(struct sim_node *node, char const *word)
{
	struct galcore *galcore = node->data;
	char const *value = sim_value(word, "skew");

	if (value)
		return sim_skew_option(value, &skew);
	if (strcmp(word, "zeroed") == 0)
		galcore->zeroed = true;
	else if (strcmp(word, "cache-op=works") == 0 || strcmp(word, "cache-op=unsupported") == 0)
		cannot_maintain = (word[9] == 'u');
	else
		return 0;
	return 1;
}

static void reset(void)
{
	skew = 0;
	cannot_maintain = false;
}

struct sim_device const sim_galcore = {
	.keyword = "g2d",
	.path = "/dev/galcore",
	.configure = sim_configure_switch,
	.option = set_option,
	.data_size = sizeof(struct galcore),
	.has_pool = true,
	.take = take,
	.reset = reset,
};
