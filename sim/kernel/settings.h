/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Settings of the machine that belong to no device.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SIM_PHYS_ABSENT, SIM_PHYS_NATIVE, SIM_PHYS_U64, SIM_PHYS_ZERO, SIM_PHYS_FAULT, SIM_PHYS_OLD };
enum { SIM_NAMES_ANY, SIM_NAMES_ATTACHED, SIM_NAMES_NATIVE, SIM_NAMES_PHYS };
enum { SIM_PAGEMAP_PRIVILEGED, SIM_PAGEMAP_UNPRIVILEGED, SIM_PAGEMAP_PFNMAP };
enum { SIM_EXPORTER_HEAP, SIM_EXPORTER_MODULE };

struct sim_settings {
	unsigned int phys, names, pagemap, exporter, sysfs_off;
	bool huge_apart;
	uint64_t base, cma_alignment, huge_base, huge_pages;
	bool places_mappings; /* mapping_offset bytes above a multiple of SIM_MAPPING_UNIT */
	uint64_t mapping_offset;
	char release[32]; /* "": the release of the real kernel */
	uint64_t cache_register; /* CTR_EL0; 0: the process cannot maintain caches */
	char midr[24]; /* MIDR_EL1 of the second processor, "": /sys shows the real processors */
	gid_t member; /* a supplementary group of this process; 0: none */
};

extern struct sim_settings sim_settings;

void sim_settings_reset(void);

#endif /* SIM_SETTINGS_H */
