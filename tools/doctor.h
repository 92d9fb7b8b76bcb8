/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of imxdmabuffer doctor. The functions that look add facts, findings, and gaps: what they could not see.
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* What can be wrong, the most severe first. doctor_kinds.c has the texts. */
enum doctor_kind {
	DOCTOR_ENVIRONMENT,
	DOCTOR_KERNEL_CONFIG,
	DOCTOR_NO_CMA,
	DOCTOR_UDEV_RULE,
	DOCTOR_DENIED,
	DOCTOR_CLOSED,
	DOCTOR_NO_ALLOCATOR,
	DOCTOR_INCOHERENT,
	DOCTOR_NO_ADDRESS,
	DOCTOR_CMA_SMALL,
	DOCTOR_CMA_FULL,
	DOCTOR_CMA_FRAGMENTED,
	DOCTOR_HANTRO_HEAP,
	DOCTOR_MEMORY_LIMIT,
	DOCTOR_DESCRIPTORS,
	DOCTOR_ADDRESS_SPACE,
	DOCTOR_WORLD,
	DOCTOR_PHYS_LOSES,
	DOCTOR_KINDS
};

/* doctor_kinds.c: the texts of a kind. */
struct doctor_text {
	/* For programs that read the JSON document. */
	char const *name;
	bool is_error;
	char const *title, *remedy;
};

extern struct doctor_text const doctor_texts[DOCTOR_KINDS];

#define DOCTOR_FACTS 128
#define DOCTOR_FINDINGS 128
#define DOCTOR_GAPS 16
#define DOCTOR_TEXT 1024

struct report {
	struct {
		char const *name;
		char text[DOCTOR_TEXT];
	} facts[DOCTOR_FACTS];
	struct finding {
		enum doctor_kind kind;
		/* The order of findings of one kind. */
		size_t number;
		char evidence[DOCTOR_TEXT];
	} findings[DOCTOR_FINDINGS];
	char gaps[DOCTOR_GAPS][DOCTOR_TEXT];
	size_t fact_count, finding_count, gap_count;
	/* Is there a default allocator? */
	bool has_default;
};

#define DOCTOR_PRINTF __attribute__((format(printf, 3, 4)))

/* doctor.c: add a fact, a finding with its evidence (file and value), or a gap. What does not fit is left out. */
void doctor_fact(struct report *report, char const *name, char const *format, ...) DOCTOR_PRINTF;
void doctor_finding(struct report *report, enum doctor_kind kind, char const *format, ...) DOCTOR_PRINTF;
void doctor_gap(struct report *report, char const *format, ...) __attribute__((format(printf, 2, 3)));

/* doctor_board.c: processor and kernel. */
void doctor_look_at_board(struct report *report);

/* doctor_iommu.c: the groups of IOMMUs. */
void doctor_look_at_iommu(struct report *report);

/* doctor_config.c: the configuration of the kernel. */
void doctor_look_at_configuration(struct report *report);

/* doctor_allocators.c: the allocators of the library, and the default one. */
void doctor_look_at_allocators(struct report *report);

/* doctor_heaps.c: the nodes of heaps, and udev's rules for them. */
void doctor_look_at_heaps(struct report *report);

/* doctor_memory.c: CMA, limits, control groups. */
void doctor_look_at_memory(struct report *report);

/* doctor_report.c: print the report, with the findings sorted. Returns an exit code. */
int doctor_print(struct report const *report, bool json);

#endif /* TOOLS_DOCTOR_H */
