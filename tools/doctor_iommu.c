/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The groups of IOMMUs: which devices get translated addresses, and what a physical address is worth then.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "files.h"
#include "output.h"

#define GROUPS "/sys/kernel/iommu_groups"

struct groups {
	size_t count, translated, unknown;
	/* The devices of groups that are translated or unknown, and the number of those that do not fit. */
	char devices[512];
	size_t more;
};

static int is_entry(struct dirent const *entry)
{
	return entry->d_name[0] != '.';
}

static void add_device(struct groups *groups, char const *name)
{
	size_t used = strlen(groups->devices);

	if (used + strlen(name) + sizeof(", ") > sizeof(groups->devices))
		groups->more++;
	else
		snprintf(groups->devices + used, sizeof(groups->devices) - used, "%s%s", used ? ", " : "", name);
}

/* An IOMMU does not translate for groups of the type "identity". The file `type` is there since Linux 4.19. */
static void add_group(struct groups *groups, char const *name, struct dirent **devices, int count)
{
	char type[32];
	bool is_known = files_read(type, sizeof(type), GROUPS "/%.200s/type", name) > 0;

	groups->count++;
	if (is_known && strncmp(type, "identity", strlen("identity")) == 0)
		return;
	groups->translated += is_known;
	groups->unknown += !is_known;
	for (int i = 0; i < count; i++)
		add_device(groups, devices[i]->d_name);
}

/* Returns the number of entries, sorted by name, or -1. The caller frees them. */
static int list(struct dirent ***entries, char const *group)
{
	char path[FILES_PATH];

	*entries = NULL;
	if (files_path(path, "%s%s%.200s%s", GROUPS, group ? "/" : "", group ? group : "", group ? "/devices" : "") != 0)
		return -1;
	return scandir(path, entries, is_entry, alphasort);
}

static void free_entries(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

/* Groups without a device are no use to anybody, and the property iommu of buffers does not count them either. */
static void read_groups(struct groups *groups)
{
	struct dirent **names, **devices;
	int count = list(&names, NULL);

	for (int i = 0; i < count; i++) {
		int found = list(&devices, names[i]->d_name);

		if (found > 0)
			add_group(groups, names[i]->d_name, devices, found);
		free_entries(devices, found);
	}
	free_entries(names, count);
	output_printable(groups->devices);
}

static void report_groups(struct report *report, struct groups const *groups)
{
	char unknown[80] = "", more[40] = "";

	if (groups->unknown > 0)
		snprintf(unknown, sizeof(unknown), ", %zu of unknown type (Linux before 4.19)", groups->unknown);
	if (groups->more > 0)
		snprintf(more, sizeof(more), " and %zu more", groups->more);
	doctor_fact(report, "IOMMU", "groups: %zu of %zu translated%s, with the devices %s%s", groups->translated,
		groups->count, unknown, groups->devices, more);
	doctor_fact(report, "IOMMU",
		"this is no fault. A device whose addresses are translated cannot use a physical address: pass it the "
		"DMA-BUF, which its driver maps for it. Other devices can use physical addresses");
}

void doctor_look_at_iommu(struct report *report)
{
	struct groups groups = {.count = 0};

	read_groups(&groups);
	if (groups.count == 0)
		doctor_fact(report, "IOMMU", "none: devices use physical addresses");
	else if (groups.translated + groups.unknown == 0)
		doctor_fact(report, "IOMMU", "groups: %zu, none translated: devices use physical addresses", groups.count);
	else
		report_groups(report, &groups);
}
