/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "devices/table.h"
#include "devices/vendor.h"
#include "kernel/cache.h"
#include "kernel/calls.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/parse.h"
#include "kernel/settings.h"
#include "kernel/sysfs.h"

#define MAX_WORDS 32

/* Statements with one word of a list. The setting is the index of the word. */
static struct {
	char const *keyword;
	unsigned int *setting;
	char const *words[7];
} const choices[] = {
	{"phys", &sim_settings.phys, {"absent", "native", "u64", "zero", "fault", "old"}},
	{"names", &sim_settings.names, {"any", "attached", "native", "phys"}},
	{"pagemap", &sim_settings.pagemap, {"privileged", "unprivileged", "pfnmap"}},
	{"exporter", &sim_settings.exporter, {"heap", "module"}},
	{"sysfs", &sim_settings.sysfs_off, {"on", "off"}},
};

static bool choose(char **words, char const *const *list, unsigned int *setting)
{
	for (unsigned int i = 0; words[1] && !words[2] && list[i]; i++)
		if (strcmp(words[1], list[i]) == 0) {
			*setting = i;
			return true;
		}
	return sim_complain("%s does not accept \"%s\"%s", words[0], words[1] ? words[1] : "",
		(words[1] && words[2]) ? " and more" : "");
}

static bool has_one_value(char **words)
{
	return (words[1] && !words[2]) || sim_complain("%s takes one value", words[0]);
}

static bool apply_release(char **words)
{
	if (!words[1] || words[2] || strlen(words[1]) >= sizeof(sim_settings.release))
		return sim_complain("%s takes one version, such as 6.1.0", words[0]);
	snprintf(sim_settings.release, sizeof(sim_settings.release), "%s", words[1]);
	return true;
}

static bool apply_member(char **words)
{
	uint64_t group;

	if (!has_one_value(words) || !sim_parse_size(words[1], &group))
		return false;
	sim_settings.member = (gid_t)group;
	return true;
}

static bool apply_base(char **words)
{
	return has_one_value(words) && sim_parse_base(words[1], &sim_settings.base);
}

static bool apply_alignment(char **words)
{
	return has_one_value(words) && sim_parse_alignment(words[1], &sim_settings.cma_alignment);
}

static bool apply_mapping_offset(char **words)
{
	uint64_t offset = 0;
	bool any = words[1] && strcmp(words[1], "any") == 0;

	if (!has_one_value(words) || (!any && !sim_parse_size(words[1], &offset)))
		return false;
	if (offset >= SIM_MAPPING_UNIT || offset % sim_page_size() != 0)
		return sim_complain("mapping-offset must be less than 1M, in whole pages");
	sim_settings.places_mappings = !any;
	sim_settings.mapping_offset = offset;
	return true;
}

/* A size of the cache: a power of two that CTR_EL0 can express. */
static bool parse_cache_size(char const *text, uint64_t *size)
{
	if (!sim_parse_size(text, size))
		return false;
	return (*size >= SIM_LINE_SIZE && *size <= 2048 && (*size & (*size - 1)) == 0) ||
		sim_complain("cpu: %s is not a power of two from 64 to 2K", text);
}

static bool apply_cpu_option(char const *word, uint64_t *line, uint64_t *granule)
{
	char const *value = sim_value(word, "line");

	if (value)
		return parse_cache_size(value, line);
	value = sim_value(word, "granule");
	if (value)
		return parse_cache_size(value, granule);
	value = sim_value(word, "midr");
	if (!value || strlen(value) >= sizeof(sim_settings.midr))
		return sim_complain("cpu does not accept \"%s\"", word);
	snprintf(sim_settings.midr, sizeof(sim_settings.midr), "%s", value);
	return true;
}

static bool apply_cpu(char **words)
{
	uint64_t line = SIM_LINE_SIZE, granule = 4; /* 4: not told */

	if (!words[1] || (strcmp(words[1], "arm64") != 0 && (strcmp(words[1], "other") != 0 || words[2])))
		return sim_complain("cpu is arm64, with options, or other");
	sim_settings.cache_register = 0;
	for (char **word = words + 2; *word; word++)
		if (!apply_cpu_option(*word, &line, &granule))
			return false;
	if (words[1][0] == 'a')
		sim_settings.cache_register = sim_cache_register(line, granule);
	return true;
}

static bool apply_iommu(char **words)
{
	bool is_empty = words[1] && strcmp(words[1], "empty") == 0;
	bool is_told = words[1] && strcmp(words[1], "untold") != 0;

	return has_one_value(words) && (is_empty || sim_sysfs_add(SIM_IOMMU_GROUPS "/0/devices/gpu", "")) &&
		(!is_told || sim_sysfs_add(SIM_IOMMU_GROUPS "/0/type", is_empty ? "DMA" : words[1]));
}

static bool apply_hugepages(char **words)
{
	struct sim_settings settings = sim_settings;

	if (!words[1] || !sim_parse_size(words[1], &settings.huge_pages))
		return words[1] ? false : sim_complain("hugepages needs a number");
	for (char **word = words + 2; *word; word++) {
		char const *base = sim_value(*word, "base");

		if (strcmp(*word, "contiguous") == 0)
			settings.huge_apart = false;
		else if (strcmp(*word, "apart") == 0)
			settings.huge_apart = true;
		else if (!base)
			return sim_complain("hugepages does not accept \"%s\"", *word);
		else if (!sim_parse_size(base, &settings.huge_base))
			return false;
	}
	if (settings.huge_base == 0 || settings.huge_base % SIM_HUGE_PAGE != 0)
		return sim_complain("hugepages: base must be a multiple of 2M other than 0");
	sim_settings = settings;
	return true;
}

static bool apply_fail(char **words)
{
	uint64_t nth, times = 1;
	int code;
	enum sim_call call = SIM_CALL_ANY;

	if (!words[1] || !words[2] || !words[3] || (words[4] && words[5]))
		return sim_complain("fail takes CALL NTH ERRNO and optionally TIMES");
	while (call < SIM_CALLS && strcmp(words[1], sim_call_names[call]) != 0)
		call++;
	if (call == SIM_CALLS)
		return sim_complain("fail: there is no call \"%s\"", words[1]);
	if (!sim_parse_size(words[2], &nth) || !sim_parse_errno(words[3], &code) ||
		(words[4] && !sim_parse_size(words[4], &times)))
		return false;
	if (nth > UINT32_MAX || times > UINT32_MAX || sim_call_fail(call, (unsigned int)nth, code, (unsigned int)times) < 0)
		return sim_complain("fail: NTH counts from 1, ERRNO must not be none, and at most 128 failures may be "
							"scripted");
	return true;
}

static struct {
	char const *keyword;
	bool (*apply)(char **words);
} const statements[] = {
	{"release", apply_release},
	{"member", apply_member},
	{"base", apply_base},
	{"cma-alignment", apply_alignment},
	{"mapping-offset", apply_mapping_offset},
	{"cpu", apply_cpu},
	{"iommu", apply_iommu},
	{"hugepages", apply_hugepages},
	{"fail", apply_fail},
};

static bool apply(char **words)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (strcmp(words[0], statements[i].keyword) == 0)
			return statements[i].apply(words);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (strcmp(words[0], choices[i].keyword) == 0)
			return choose(words, choices[i].words, choices[i].setting);
	for (size_t i = 0; sim_devices[i]; i++)
		if (strcmp(words[0], sim_devices[i]->keyword) == 0)
			return sim_devices[i]->configure(sim_devices[i], words);
	return sim_complain("unknown statement \"%s\"", words[0]);
}

static bool apply_text(char *statement)
{
	char *words[MAX_WORDS + 1], *rest;
	size_t count = 0;

	for (char *word = strtok_r(statement, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		if (count == MAX_WORDS)
			return sim_complain("more than %d words", MAX_WORDS);
		words[count++] = word;
	}
	words[count] = NULL;
	return count == 0 || apply(words);
}

bool sim_config_apply(char *text)
{
	char *rest;
	bool good = true;

	for (char *part = strtok_r(text, ";\n", &rest); part && good; part = strtok_r(NULL, ";\n", &rest))
		good = apply_text(part);
	return good;
}

void sim_config_reset(void)
{
	while (sim_nodes())
		sim_node_remove(sim_nodes());
	for (size_t i = 0; sim_devices[i]; i++)
		if (sim_devices[i]->reset)
			sim_devices[i]->reset();
	sim_sysfs_reset();
	sim_vendor_reset();
	sim_memory_reset();
	sim_settings_reset();
	sim_call_reset_counts();
	sim_cache_reset_counts();
	sim_call_forget_failures();
	sim_misuse_reset();
}
