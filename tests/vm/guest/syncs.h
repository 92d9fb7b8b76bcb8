/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel did to the CPU's caches for devices, counted by the module with count_syncs=1.
 */
#ifndef VM_SYNCS_H
#define VM_SYNCS_H

struct syncs {
	/* Calls of arch_sync_dma_for_device() and arch_sync_dma_for_cpu(), and the sums of their sizes. */
	long device_calls, device_bytes, cpu_calls, cpu_bytes;
};

/* Read the counts since the module was loaded. Return 0, or -ENOENT if nothing counts. */
int syncs_read(struct syncs *syncs);
/* Replace the counts of an earlier time by what has been added since. Return as syncs_read(). */
int syncs_since(struct syncs *syncs);

#endif
