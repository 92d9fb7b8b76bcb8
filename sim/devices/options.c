/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices/options.h"

#include <stdio.h>
#include <string.h>

#include "kernel/parse.h"

#define SKEW_LIMIT 0x10000

static int node_option(struct sim_node *node, char const *word)
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

int sim_skew_option(char const *text, uint64_t *skew)
{
	uint64_t value;

	if (!sim_parse_size(text, &value))
		return -1;
	if (value >= SKEW_LIMIT) {
		sim_complain("skew must be less than 64K");
		return -1;
	}
	*skew = value;
	return 1;
}

bool sim_apply_option(struct sim_node *node, char const *word)
{
	struct sim_device const *device = node->device;
	int known = node_option(node, word);

	if (known == 0 && device->has_pool)
		known = sim_pool_option(node->data, word);
	if (known == 0 && device->option)
		known = device->option(node, word);
	if (known == 0)
		sim_complain("%s does not accept \"%s\"", device->keyword, word);
	return known > 0;
}

bool sim_apply_options(struct sim_node *node, char **words)
{
	while (*words && sim_apply_option(node, *words))
		words++;
	return *words == NULL;
}

struct sim_node *sim_turn_on(struct sim_device const *device, char const *path)
{
	struct sim_node *node = sim_node_by_path(path);

	if (node)
		return node;
	node = sim_node_add(device, path);
	if (node && device->has_pool) {
		struct sim_pool *pool = node->data;

		snprintf(pool->name, sizeof(pool->name), "%s", path);
		pool->limit = SIM_DEFAULT_LIMIT;
	}
	return node;
}

bool sim_turn_off(struct sim_device const *device, char **words)
{
	struct sim_node *node = sim_node_by_path(device->path);

	if (words[2])
		return sim_complain("%s off takes no options", device->keyword);
	if (node)
		sim_node_remove(node);
	return true;
}

bool sim_configure_switch(struct sim_device const *device, char **words)
{
	struct sim_node *node;

	if (words[1] && strcmp(words[1], "off") == 0)
		return sim_turn_off(device, words);
	if (!words[1] || strcmp(words[1], "on") != 0)
		return sim_complain("%s must be on or off", device->keyword);
	node = sim_turn_on(device, device->path);
	return node && sim_apply_options(node, words + 2);
}
