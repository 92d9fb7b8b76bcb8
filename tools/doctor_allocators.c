/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocators of the library, and the default one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "doctor.h"
#include "files.h"
#include "listing.h"
#include "output.h"
#include "variables.h"

static void add_variables(struct report *report)
{
	char text[DOCTOR_TEXT] = "";

	for (size_t i = 0; variables[i].name; i++) {
		char const *value = variable_value(variables[i].name);
		size_t used = strlen(text);

		if (value)
			snprintf(text + used, sizeof(text) - used, "%s%s=%.200s", used ? ", " : "", variables[i].name, value);
	}
	output_printable(text);
	doctor_fact(report, "environment", "%s", text[0] ? text : "no variable of the library is set");
}

static void add_allocator(struct report *report, struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	if (info->error) {
		doctor_fact(report, "allocators", "%s: not usable (%s)", info->name, strerror(info->error));
		return;
	}
	doctor_fact(report, "allocators", "%s%s: %s%s%s, addresses %s, coherency %s", info->name,
		listing_is_default(listing, info) ? " (default)" : "", info->node, info->node[0] ? ", " : "",
		(info->cached == IMX_DMA_BUFFER_TRISTATE_NO) ? "uncached" : "cached",
		output_tristate(info->has_physical_address), imx_dma_buffer_coherency_name(info->coherency));
}

/* Owner, mode and access control list give EACCES; control groups and filters of system calls EPERM. */
static bool is_denied(ImxDmaBufferAllocatorInfo const *info)
{
	return info->error == EPERM ||
		(info->node[0] == '/' && faccessat(AT_FDCWD, info->node, R_OK | W_OK, AT_EACCESS) == 0);
}

/* A mechanism that is there, but closed. The first two are those that boards of today need. */
static void judge_closed(struct report *report, struct listing const *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		ImxDmaBufferAllocatorInfo const *info = &listing->infos[i];
		bool matters = !listing->default_name || i < 2;

		if (!matters || (info->error != EACCES && info->error != EPERM))
			continue;
		doctor_finding(report, is_denied(info) ? DOCTOR_DENIED : DOCTOR_CLOSED, "%s: %s", info->name, info->message);
	}
}

/* Linux 5.15 of NXP, see docs/boards.md. */
static bool loses_memory(ImxDmaBufferAllocatorInfo const *info)
{
	struct utsname kernel;

	return info->coherency == IMX_DMA_BUFFER_COHERENCY_PHYS && uname(&kernel) == 0 &&
		strncmp(kernel.release, "5.15.", 5) == 0;
}

static void judge_default(struct report *report, ImxDmaBufferAllocatorInfo const *info)
{
	if (listing_needs_option(info))
		doctor_finding(report, DOCTOR_NO_ADDRESS, "%s, %s: %s", info->name, info->node, info->message);
	/* Nothing can be given an address that is unknown. */
	else if (info->coherency == IMX_DMA_BUFFER_COHERENCY_IMPORTER &&
		info->has_physical_address != IMX_DMA_BUFFER_TRISTATE_NO)
		doctor_finding(report, DOCTOR_INCOHERENT, "%s, %s: cached, coherency \"importer\"", info->name, info->node);
	if (loses_memory(info))
		doctor_finding(report, DOCTOR_PHYS_LOSES, "%s, %s: coherency \"phys\" on Linux 5.15", info->name, info->node);
}

static bool has_closed(struct report const *report)
{
	for (size_t i = 0; i < report->finding_count; i++)
		if (report->findings[i].kind == DOCTOR_CLOSED || report->findings[i].kind == DOCTOR_DENIED)
			return true;
	return false;
}

/* libhantro allocates from this heap, whatever the library does. */
static void judge_hantro(struct report *report)
{
	static char const *const places[] = {"/usr/lib", "/usr/lib64", "/usr/lib/aarch64-linux-gnu"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!files_exist("%s/libhantro.so.1", places[i]))
			continue;
		if (access("/dev/dma_heap", F_OK) == 0 && access("/dev/dma_heap/linux,cma-uncached", F_OK) != 0)
			doctor_finding(report, DOCTOR_HANTRO_HEAP,
				"%s/libhantro.so.1 is there, /dev/dma_heap/linux,cma-uncached is not", places[i]);
		return;
	}
}

void doctor_look_at_allocators(struct report *report)
{
	static struct listing listing;
	ImxDmaBufferAllocatorInfo const *found = NULL;

	if (listing_fill(&listing) != EXIT_DONE)
		return;
	for (size_t i = 0; i < listing.count; i++) {
		add_allocator(report, &listing, &listing.infos[i]);
		if (listing_is_default(&listing, &listing.infos[i]))
			found = &listing.infos[i];
	}
	add_variables(report);
	report->has_default = found != NULL;
	judge_closed(report, &listing);
	if (found)
		judge_default(report, found);
	else if (!listing.default_name && variable_value("IMXDMABUFFER_ALLOCATOR"))
		doctor_finding(report, DOCTOR_ENVIRONMENT, "IMXDMABUFFER_ALLOCATOR=%.200s: %s",
			variable_value("IMXDMABUFFER_ALLOCATOR"), listing.default_error);
	else if (!listing.default_name && !has_closed(report))
		doctor_finding(report, DOCTOR_NO_ALLOCATOR, "%s", listing.infos[0].message);
	judge_hantro(report);
}
