/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the findings of the simulator mean. Their names are in sim/check/finding.c.
 */
#include "sim_report.h"

struct sim_text const sim_texts[] = {
	{"device-read-old", false, "a device read old data: what the CPU had written was still in its cache",
		"end the session before the device starts: imx_dma_buffer_stop_sync_session(), imx_dma_buffer_unmap() or "
		"DMA_BUF_IOCTL_SYNC"},
	{"device-write-lost", false,
		"a device wrote to lines that the CPU had written and not handed over: the cache may write them back later, "
		"over the data of the device",
		"end the CPU's session before the device starts, and start the next one after it has finished"},
	{"line-shared", false, "the CPU and a device wrote parts of the same cache line: one of them loses its data",
		"let devices write whole lines that the CPU does not write: see the property sync_granule"},
	{"cpu-write-lost", false, "what the CPU had written was discarded", "write during sessions only"},
	{"cpu-wrote-outside", false, "the CPU wrote outside of a session, before this call",
		"start a session before the CPU writes"},
	{"cpu-read-old", false, "the CPU read old data: a device had written, and no session had started since",
		"start a session after the device has finished, and before the CPU reads"},
	{"cpu-outside", false, "the CPU accessed the memory outside of a session",
		"start a session before, or hand ranges over with imx_dma_buffer_sync_for_device()"},
	{"session-ineffective", false,
		"a session started, and the CPU still sees old data: nothing maintained the cache for the device that wrote",
		"DMA_BUF_IOCTL_SYNC serves attached devices only: for devices that use addresses, start a session of "
		"libimxdmabuffer, or use uncached memory"},
	{"session-left-open", false, "a session was still open when the buffer was unmapped or freed",
		"stop each session: libimxdmabuffer 1.x leaves the data in the cache"},
	{"session-not-started", false, "a session was stopped that nobody had started",
		"start it before the CPU accesses the memory: what it has read may be old, and the stop may have done nothing"},
	{"used-after-free", false, "a device used the address of memory that had been freed",
		"wait for the device before the memory is freed"},
	{"freed-in-use", false, "memory was freed while a device was at work on it", "wait for the fence of the device"},
	{"leaked", false, "memory was still allocated at the end; it was allocated here",
		"free the buffers and close the descriptors"},
	{"misused", false, "a call succeeded that no program should make", "see the text above"},
	{"session-needless", true,
		"a session did nothing: neither the CPU nor a device had written since the session before",
		"leave it out, or map with OVERWRITE: a session walks over the whole buffer"},
	{NULL, false, NULL, NULL},
};
