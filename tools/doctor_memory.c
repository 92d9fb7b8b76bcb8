/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CMA areas, limits of the process, and control groups.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cma.h"
#include "doctor.h"
#include "files.h"
#include "size.h"

#define MIB (UINT64_C(1) << 20)

/* Below this size, a decoder for 1080p does not get its reference pictures. */
#define SMALL_CMA (64 * MIB)
/* A picture of 1920 x 1080 in RGBA fits into this. */
#define LARGE_BUFFER (8 * MIB)
#define FEW_DESCRIPTORS 256
#define LITTLE_MEMORY (64 * MIB)
#define SMALL_SPACE (1024 * MIB)

static void judge_area(struct report *report, struct cma_area const *area)
{
	char size[2][SIZE_TEXT];

	doctor_fact(report, "CMA", "%s: %s free in %" PRIu64 " run%s, the largest %s", area->name,
		size_text(area->free, size[0]), area->runs, area->runs == 1 ? "" : "s", size_text(area->largest, size[1]));
	if (area->size < SMALL_CMA)
		return;
	if (area->free < LARGE_BUFFER)
		doctor_finding(report, DOCTOR_CMA_FULL, "/sys/kernel/debug/cma/%s/bitmap: %s of %s free", area->directory,
			size_text(area->free, size[0]), size_text(area->size, size[1]));
	else if (area->free >= 2 * LARGE_BUFFER && area->largest < LARGE_BUFFER)
		doctor_finding(report, DOCTOR_CMA_FRAGMENTED,
			"/sys/kernel/debug/cma/%s/bitmap: %s free, but the largest run has %s", area->directory,
			size_text(area->free, size[0]), size_text(area->largest, size[1]));
}

/* CmaFree says little: pages that are lent to page cache are not in it, although they can be had. */
static void judge_total(struct report *report, struct cma const *cma)
{
	char size[SIZE_TEXT];

	doctor_fact(report, "CMA", "%s", cma->has_total ? size_text(cma->total, size) : "none");
	if (!cma->has_total && !report->has_default)
		doctor_finding(report, DOCTOR_NO_CMA, "/proc/meminfo: no CmaTotal, or 0 kB");
	else if (cma->has_total && cma->total < SMALL_CMA)
		doctor_finding(report, DOCTOR_CMA_SMALL, "/proc/meminfo: CmaTotal: %" PRIu64 " kB", cma->total / 1024);
}

static void look_at_cma(struct report *report)
{
	struct cma cma;
	bool drawn = false;

	cma_read(&cma);
	judge_total(report, &cma);
	for (size_t i = 0; i < cma.count; i++) {
		if (!cma.areas[i].bitmap)
			continue;
		judge_area(report, &cma.areas[i]);
		drawn = true;
	}
	if (cma.has_total && !drawn)
		doctor_gap(report, "free memory of CMA: /sys/kernel/debug/cma: %s; root sees it if debugfs is mounted",
			cma.error ? strerror(cma.error) : "no bitmap");
	cma_free(&cma);
}

/* What a control group leaves: its limit without what it uses, but for memory that the kernel can take back. */
static bool read_room(char const *path, uint64_t *limit, uint64_t *room)
{
	char text[32], *statistics;
	uint64_t used = 0, inactive = 0;
	char const *line;

	/* "max", or the number of bytes. */
	if (files_read(text, sizeof(text), "/sys/fs/cgroup%s/memory.max", path) <= 0 || text[0] < '0' || text[0] > '9')
		return false;
	*limit = strtoull(text, NULL, 10);
	if (files_read_number(&used, "/sys/fs/cgroup%s/memory.current", path) != 0)
		return false;
	statistics = files_read_all("/sys/fs/cgroup%s/memory.stat", path);
	line = statistics ? strstr(statistics, "\ninactive_file ") : NULL;
	if (line)
		sscanf(line, "\ninactive_file %" SCNu64, &inactive);
	free(statistics);
	used -= (inactive < used) ? inactive : used;
	*room = (*limit > used) ? *limit - used : 0;
	return true;
}

/* Look at the group of the process and all groups above; each of them limits. Version 2 only. */
static void look_at_groups(struct report *report)
{
	char text[FILES_PATH], *path, size[2][SIZE_TEXT];
	uint64_t limit, room;

	if (files_read(text, sizeof(text), "/proc/self/cgroup") <= 0)
		return;
	path = strstr(text, "0::/");
	if (!path) {
		doctor_gap(report, "limits of control groups of version 1");
		return;
	}
	path += 3;
	path[strcspn(path, "\n")] = '\0';
	/* The group of a container that sees no other one. */
	if (strcmp(path, "/") == 0)
		path[0] = '\0';
	for (;;) {
		char *slash = strrchr(path, '/');

		if (read_room(path, &limit, &room)) {
			doctor_fact(report, "limits", "control group %s: %s of memory, %s left", path[0] ? path : "/",
				size_text(limit, size[0]), size_text(room, size[1]));
			if (room < LITTLE_MEMORY)
				doctor_finding(report, DOCTOR_MEMORY_LIMIT, "/sys/fs/cgroup%s/memory.max: %s, %s left", path,
					size_text(limit, size[0]), size_text(room, size[1]));
		}
		if (!slash)
			return;
		*slash = '\0';
	}
}

static void look_at_limits(struct report *report)
{
	struct rlimit descriptors, space;
	char size[SIZE_TEXT];

	if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || getrlimit(RLIMIT_AS, &space) != 0)
		return;
	doctor_fact(report, "limits", "%ju descriptors; address space: %s", (uintmax_t)descriptors.rlim_cur,
		(space.rlim_cur == RLIM_INFINITY) ? "unlimited" : size_text(space.rlim_cur, size));
	if (descriptors.rlim_cur < FEW_DESCRIPTORS)
		doctor_finding(report, DOCTOR_DESCRIPTORS, "RLIMIT_NOFILE is %ju", (uintmax_t)descriptors.rlim_cur);
	if (space.rlim_cur < SMALL_SPACE)
		doctor_finding(report, DOCTOR_ADDRESS_SPACE, "RLIMIT_AS is %s", size_text(space.rlim_cur, size));
}

void doctor_look_at_memory(struct report *report)
{
	look_at_cma(report);
	look_at_limits(report);
	look_at_groups(report);
}
