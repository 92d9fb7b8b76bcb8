/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "sys.h"

/* Documentation/admin-guide/mm/pagemap.rst of Linux 6.1: one 64-bit word a page. */
#define PRESENT (UINT64_C(1) << 63)
#define FRAME_MASK ((UINT64_C(1) << 55) - 1)

/*
 * Reads all pages and returns how many of them follow each other, 0 with errno code in *code where there is no answer.
 */
static size_t count_frames(int fd, uint8_t const *address, size_t pages, uint64_t *first, int *code)
{
	size_t page_size = imxd_sys_page_size(), run = 0;
	uint64_t words[128];

	*code = 0;
	while (run < pages) {
		size_t want = (pages - run < 128) ? pages - run : 128;
		off_t offset = (off_t)(((uintptr_t)address / page_size + run) * sizeof(uint64_t));
		ssize_t count = imxd_sys_pread(fd, words, want * sizeof(uint64_t), offset);

		if (count != (ssize_t)(want * sizeof(uint64_t))) {
			*code = (count < 0) ? (int)-count : EIO;
			return 0;
		}
		for (size_t i = 0; i < want; i++, run++) {
			if (!(words[i] & PRESENT) || (words[i] & FRAME_MASK) == 0)
				return run;
			if (run == 0)
				*first = words[0] & FRAME_MASK;
			else if ((words[i] & FRAME_MASK) != *first + run)
				return run;
		}
	}
	return run;
}

static bool read_frames(uint8_t const *mapping, size_t size, struct imxd_address *address, char *reason,
	size_t reason_size)
{
	size_t page_size = imxd_sys_page_size(), pages;
	uint64_t first = 0;
	int code, fd = imxd_sys_open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0) {
		snprintf(reason, reason_size, "/proc/self/pagemap: %s", imxd_errno_text(-fd));
		return false;
	}
	pages = count_frames(fd, mapping, (size + page_size - 1) / page_size, &first, &code);
	imxd_sys_close(fd);
	if (pages == 0) {
		snprintf(reason, reason_size, "/proc/self/pagemap: %s",
			(code != 0) ? imxd_errno_text(code)
						: "shows no page frame (needs CAP_SYS_ADMIN, and for CMA heaps a kernel before 6.8)");
		return false;
	}
	if (first > (imx_physical_address_t)-1 / page_size) {
		snprintf(reason, reason_size, "/proc/self/pagemap: the address does not fit into %zu bytes",
			sizeof(imx_physical_address_t));
		return false;
	}
	address->value = (imx_physical_address_t)(first * page_size);
	address->length = pages * page_size;
	address->source = IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP;
	return true;
}

bool imxd_pagemap_resolve(struct imxd_block const *block, struct imxd_address *address, char *reason,
	size_t reason_size)
{
	void *mapping = NULL;
	int result;
	bool known;

	if (imxd_block_map_fd(block) < 0)
		return false;
	result = imxd_sys_mmap(block->size, PROT_READ, true, imxd_block_map_fd(block), block->map_offset, &mapping);
	if (result < 0) {
		snprintf(reason, reason_size, "/proc/self/pagemap: the memory cannot be mapped to look (%s)",
			imxd_errno_text(-result));
		return false;
	}
	known = read_frames(mapping, block->size, address, reason, reason_size);
	imxd_sys_munmap(mapping, block->size);
	return known;
}
