/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/parse.h"

#define SKEW_LIMIT 0x10000

int sim_node_option(struct sim_node *node, char const *word)
{
	char const *value;

	if ((value = sim_value(word, "owner")))
		return sim_parse_owner(value, &node->uid, &node->gid) ? 1 : -1;
	if ((value = sim_value(word, "mode")))
		return sim_parse_mode(value, &node->mode) ? 1 : -1;
	if ((value = sim_value(word, "open")))
		return sim_parse_errno(value, &node->open_error) ? 1 : -1;
	if ((value = sim_value(word, "open-write")))
		return sim_parse_errno(value, &node->open_write_error) ? 1 : -1;
	return 0;
}

int sim_pool_option(struct sim_pool *pool, char const *word)
{
	char const *value;

	if ((value = sim_value(word, "limit")))
		return sim_parse_size(value, &pool->limit) ? 1 : -1;
	if ((value = sim_value(word, "base")))
		return sim_parse_base(value, &pool->base) ? 1 : -1;
	if ((value = sim_value(word, "shift")))
		return sim_parse_size(value, &pool->shift) ? 1 : -1;
	if ((value = sim_value(word, "alignment")))
		return sim_parse_alignment(value, &pool->alignment) ? 1 : -1;
	return 0;
}

bool sim_parse_skew(char const *text, uint64_t *skew)
{
	uint64_t value;

	if (!sim_parse_size(text, &value))
		return false;
	if (value >= SKEW_LIMIT)
		return sim_complain("skew must be less than 64K");
	*skew = value;
	return true;
}

bool sim_switch(struct sim_device const *device, char **words, struct sim_node **node, char ***options)
{
	*node = sim_node_by_path(device->path);
	*options = words + 2;
	if (words[1] && strcmp(words[1], "off") == 0) {
		if (*node)
			sim_node_remove(*node);
		*node = NULL;
		return !words[2] || sim_complain("%s off takes no options", words[0]);
	}
	if (!words[1] || strcmp(words[1], "on") != 0)
		return sim_complain("%s must be on or off", words[0]);
	if (!*node)
		*node = sim_node_add(device, device->path);
	return *node != NULL;
}

bool sim_switch_pool(struct sim_device const *device, char **words, struct sim_node **node, char ***options,
	size_t size)
{
	struct sim_pool *pool;

	if (!sim_switch(device, words, node, options))
		return false;
	if (!*node || (*node)->data)
		return true;
	pool = calloc(1, size);
	if (!pool) {
		sim_node_remove(*node);
		return sim_complain("no memory");
	}
	snprintf(pool->name, sizeof(pool->name), "%s", device->path);
	pool->limit = SIM_DEFAULT_LIMIT;
	pool->reach = UINT64_C(1) << 32;
	(*node)->data = pool;
	return true;
}
