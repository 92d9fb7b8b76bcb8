/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/mxc_hantro, the decoder's driver. It only exists, and has the options of libhantro.
 */
#include "devices/hantro.h"

#include <stdio.h>
#include <string.h>

#include "devices/options.h"
#include "kernel/parse.h"

#define CLIENT_H264 1
#define CLIENT_HEVC 12

#define DEFAULT_MEMORY "/dev/dma_heap/linux,cma-uncached"

static struct {
	uint64_t skew;
	bool cached, at_init, no_h264, no_hevc;
	char memory[128];
} dwl;

uint64_t sim_hantro_skew(void)
{
	return dwl.skew;
}

bool sim_hantro_is_cached(void)
{
	return dwl.cached;
}

char const *sim_hantro_memory(uint32_t client, bool at_init)
{
	char const *path = dwl.memory[0] ? dwl.memory : DEFAULT_MEMORY;

	if ((client == CLIENT_H264 && dwl.no_h264) || (client == CLIENT_HEVC && dwl.no_hevc))
		return NULL;
	return (at_init && dwl.at_init && !sim_node_by_path(path)) ? NULL : path;
}

static int set_memory(char const *path)
{
	if (path[0] != '/' || strlen(path) >= sizeof(dwl.memory)) {
		sim_complain("memory must be the path of a node");
		return -1;
	}
	strcpy(dwl.memory, path);
	return 1;
}

static int set_option(struct sim_node *node, char const *word)
{
	char const *value;

	if ((value = sim_value(word, "skew")))
		return sim_skew_option(value, &dwl.skew);
	if ((value = sim_value(word, "memory")))
		return set_memory(value);
	if (strcmp(word, "cached") == 0 || strcmp(word, "uncached") == 0)
		dwl.cached = (word[0] == 'c');
	else if (strcmp(word, "missing=init") == 0 || strcmp(word, "missing=malloc") == 0)
		dwl.at_init = (word[8] == 'i');
	else if (strcmp(word, "client=h264") == 0 || strcmp(word, "client=hevc") == 0 || strcmp(word, "client=any") == 0) {
		dwl.no_h264 = strcmp(word, "client=hevc") == 0;
		dwl.no_hevc = strcmp(word, "client=h264") == 0;
	} else {
		return 0;
	}
	return 1;
}

static void reset(void)
{
	memset(&dwl, 0, sizeof(dwl));
}

struct sim_device const sim_hantro = {
	.keyword = "dwl",
	.path = "/dev/mxc_hantro",
	.configure = sim_configure_switch,
	.option = set_option,
	.reset = reset,
};
