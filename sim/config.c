/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 32

struct statement {
	char const *keyword;
	bool (*apply)(char **words);
};

static struct sim_settings const defaults = {
	.phys = SIM_PHYS_NATIVE,
	.pagemap = SIM_PAGEMAP_UNPRIVILEGED,
	.base = 0x4c000000,
	.cma_alignment = 1 << 20,
	.huge_base = 0x80000000,
};

struct sim_settings sim_settings = {
	.phys = SIM_PHYS_NATIVE,
	.pagemap = SIM_PAGEMAP_UNPRIVILEGED,
	.base = 0x4c000000,
	.cma_alignment = 1 << 20,
	.huge_base = 0x80000000,
};

static _Thread_local char message[256];

bool sim_complain(char const *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return false;
}

char const *sim_message(void)
{
	return message;
}

char const *sim_value(char const *word, char const *key)
{
	size_t length = strlen(key);

	return (strncmp(word, key, length) == 0 && word[length] == '=') ? word + length + 1 : NULL;
}

static bool parse_number(char const *text, int base, uint64_t *number, char const **rest)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*number = strtoull(text, &end, base);
	*rest = end;
	return errno == 0;
}

bool sim_parse_size(char const *text, uint64_t *size)
{
	static char const suffixes[] = "KMG";
	char const *rest, *suffix;
	uint64_t factor = 1;

	if (!parse_number(text, 0, size, &rest))
		return sim_complain("\"%s\" is no number", text);
	suffix = (*rest != '\0') ? strchr(suffixes, *rest) : NULL;
	if (suffix) {
		factor = UINT64_C(1024) << (10 * (suffix - suffixes));
		rest++;
	}
	if (*rest != '\0' || __builtin_mul_overflow(*size, factor, size))
		return sim_complain("\"%s\" is no size", text);
	return true;
}

bool sim_parse_alignment(char const *text, uint64_t *alignment)
{
	uint64_t value;

	if (!sim_parse_size(text, &value))
		return false;
	if (value < sim_page_size() || (value & (value - 1)) != 0)
		return sim_complain("%s: an alignment is a power of two, at least a page", text);
	*alignment = value;
	return true;
}

bool sim_parse_errno(char const *text, int *code)
{
	*code = 0;
	if (strcmp(text, "none") == 0)
		return true;
	for (int i = 1; i < 134; i++) {
		char const *name = strerrorname_np(i);

		if (name && strcmp(name, text) == 0)
			*code = i;
	}
	return *code != 0 || sim_complain("\"%s\" is no name of an errno code", text);
}

static int parse_owner(struct sim_node *node, char const *text)
{
	uint64_t uid, gid;
	char const *rest;

	if (!parse_number(text, 10, &uid, &rest) || *rest != ':' || !parse_number(rest + 1, 10, &gid, &rest) || *rest) {
		sim_complain("\"%s\" is not UID:GID", text);
		return -1;
	}
	node->uid = (uid_t)uid;
	node->gid = (gid_t)gid;
	return 1;
}

static int parse_mode(struct sim_node *node, char const *text)
{
	uint64_t mode;
	char const *rest;

	if (!parse_number(text, 8, &mode, &rest) || *rest || mode > 07777) {
		sim_complain("\"%s\" is no file mode in octal", text);
		return -1;
	}
	node->mode = (mode_t)mode;
	return 1;
}

int sim_node_option(struct sim_node *node, char const *word)
{
	char const *value;

	if ((value = sim_value(word, "owner")))
		return parse_owner(node, value);
	if ((value = sim_value(word, "mode")))
		return parse_mode(node, value);
	if ((value = sim_value(word, "open")))
		return sim_parse_errno(value, &node->open_error) ? 1 : -1;
	if ((value = sim_value(word, "open-write")))
		return sim_parse_errno(value, &node->open_write_error) ? 1 : -1;
	return 0;
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

/* Sets *choice to the place of the only word after the keyword in the list. */
static bool choose(char **words, char const *const *list, unsigned int *choice)
{
	for (unsigned int i = 0; words[1] && !words[2] && list[i]; i++)
		if (strcmp(words[1], list[i]) == 0) {
			*choice = i;
			return true;
		}
	return sim_complain("%s does not take \"%s\"%s", words[0], words[1] ? words[1] : "",
		(words[1] && words[2]) ? " and more" : "");
}

static bool apply_phys(char **words)
{
	static char const *const moods[] = {"absent", "native", "u64", "zero", "fault", "old", NULL};
	unsigned int mood = sim_settings.phys;
	bool good = choose(words, moods, &mood);

	sim_settings.phys = mood;
	return good;
}

static bool apply_names(char **words)
{
	static char const *const moods[] = {"any", "attached", "native", "phys", NULL};
	unsigned int mood = sim_settings.names;
	bool good = choose(words, moods, &mood);

	sim_settings.names = mood;
	return good;
}

static bool apply_pagemap(char **words)
{
	static char const *const moods[] = {"privileged", "unprivileged", "pfnmap", NULL};
	unsigned int mood = sim_settings.pagemap;
	bool good = choose(words, moods, &mood);

	sim_settings.pagemap = mood;
	return good;
}

static bool apply_exporter(char **words)
{
	static char const *const moods[] = {"heap", "module", NULL};
	unsigned int mood = sim_settings.exporter_is_module;
	bool good = choose(words, moods, &mood);

	sim_settings.exporter_is_module = (mood == 1);
	return good;
}

static bool parse_only(char **words, uint64_t *value)
{
	if (!words[1] || words[2])
		return sim_complain("%s takes one value", words[0]);
	return sim_parse_size(words[1], value);
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

	if (!parse_only(words, &group))
		return false;
	sim_settings.member = (gid_t)group;
	return true;
}

static bool apply_base(char **words)
{
	uint64_t base;

	if (!parse_only(words, &base))
		return false;
	if (base == 0 || base % sim_page_size() != 0)
		return sim_complain("%s must be a multiple of the page size other than 0", words[0]);
	sim_settings.base = base;
	return true;
}

static bool apply_alignment(char **words)
{
	if (!words[1] || words[2])
		return sim_complain("%s takes one value", words[0]);
	return sim_parse_alignment(words[1], &sim_settings.cma_alignment);
}

static bool apply_mapping_offset(char **words)
{
	uint64_t offset = 0;
	bool any = words[1] && strcmp(words[1], "any") == 0;

	if (any && words[2])
		return sim_complain("mapping-offset takes one value");
	if (!any && !parse_only(words, &offset))
		return false;
	if (offset >= SIM_MAPPING_UNIT || offset % sim_page_size() != 0)
		return sim_complain("mapping-offset is less than 1M, in whole pages");
	sim_settings.places_mappings = !any;
	sim_settings.mapping_offset = offset;
	return true;
}

static bool apply_hugepages(char **words)
{
	struct sim_settings settings = sim_settings;

	if (!words[1] || !sim_parse_size(words[1], &settings.huge_pages))
		return words[1] ? false : sim_complain("hugepages takes a number");
	for (char **word = words + 2; *word; word++) {
		char const *base = sim_value(*word, "base");

		if (strcmp(*word, "contiguous") == 0)
			settings.huge_apart = false;
		else if (strcmp(*word, "apart") == 0)
			settings.huge_apart = true;
		else if (!base)
			return sim_complain("hugepages does not take \"%s\"", *word);
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
		return sim_complain("fail takes CALL NTH ERRNO and perhaps TIMES");
	while (call < SIM_CALLS && strcmp(words[1], sim_call_name(call)) != 0)
		call++;
	if (call == SIM_CALLS)
		return sim_complain("fail: no call is named \"%s\"", words[1]);
	if (!sim_parse_size(words[2], &nth) || !sim_parse_errno(words[3], &code) ||
		(words[4] && !sim_parse_size(words[4], &times)))
		return false;
	if (nth > UINT32_MAX || times > UINT32_MAX || sim_script(call, (unsigned int)nth, code, (unsigned int)times) < 0)
		return sim_complain("fail: NTH counts from 1, ERRNO is not none, and there is room for some 100 failures");
	return true;
}

static struct statement const statements[] = {
	{"release", apply_release},
	{"member", apply_member},
	{"phys", apply_phys},
	{"names", apply_names},
	{"pagemap", apply_pagemap},
	{"exporter", apply_exporter},
	{"base", apply_base},
	{"cma-alignment", apply_alignment},
	{"mapping-offset", apply_mapping_offset},
	{"hugepages", apply_hugepages},
	{"fail", apply_fail},
};

static bool apply(char **words)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (strcmp(words[0], statements[i].keyword) == 0)
			return statements[i].apply(words);
	for (size_t i = 0; sim_devices[i]; i++)
		if (strcmp(words[0], sim_devices[i]->keyword) == 0)
			return sim_devices[i]->configure(sim_devices[i], words);
	return sim_complain("no statement begins with \"%s\"", words[0]);
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

int sim_configure(char const *text)
{
	char *copy = strdup(text), *rest;
	bool good = copy || sim_complain("no memory");

	if (good)
		message[0] = '\0';
	sim_lock();
	for (char *part = good ? strtok_r(copy, ";\n", &rest) : NULL; part && good; part = strtok_r(NULL, ";\n", &rest))
		good = apply_text(part);
	sim_unlock();
	free(copy);
	return good ? 0 : -1;
}

void sim_reset(void)
{
	sim_lock();
	while (sim_nodes())
		sim_node_remove(sim_nodes());
	for (size_t i = 0; sim_devices[i]; i++)
		if (sim_devices[i]->reset)
			sim_devices[i]->reset();
	sim_vendor_reset();
	sim_memory_reset();
	sim_settings = defaults;
	sim_reset_calls();
	sim_misuse_reset();
	sim_unlock();
}
