/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "../base/error.h"
#include "../base/sys.h"

#define FILE_NAME "/proc/self/pagemap"

/* Documentation/admin-guide/mm/pagemap.rst of Linux 6.1: one 64-bit word a page. */
#define PRESENT (UINT64_C(1) << 63)
#define FRAME_MASK ((UINT64_C(1) << 55) - 1)

/* Count how many of the pages follow each other. Returns 0 or a negative errno code. Sets no message. */
static int count_frames(int fd, uint8_t const *address, size_t pages, uint64_t *first, size_t *run)
{
	size_t page_size = imxd_sys_page_size();
	uint64_t words[128];

	*run = 0;
	while (*run < pages) {
		size_t want = (pages - *run < 128) ? pages - *run : 128;
		off_t offset = (off_t)(((uintptr_t)address / page_size + *run) * sizeof(uint64_t));
		ssize_t count = imxd_sys_pread(fd, words, want * sizeof(uint64_t), offset);

		if (count != (ssize_t)(want * sizeof(uint64_t)))
			return (count < 0) ? (int)count : -EIO;
		for (size_t i = 0; i < want; i++, (*run)++) {
			if (!(words[i] & PRESENT) || (words[i] & FRAME_MASK) == 0)
				return 0;
			if (*run == 0)
				*first = words[0] & FRAME_MASK;
			else if ((words[i] & FRAME_MASK) != *first + *run)
				return 0;
		}
	}
	return 0;
}

static int read_frames(uint8_t const *mapping, size_t size, imx_physical_address_t *address, size_t *length)
{
	size_t page_size = imxd_sys_page_size(), run = 0;
	uint64_t first = 0;
	int result, fd = imxd_sys_open(FILE_NAME, O_RDONLY);

	if (fd < 0)
		return imxd_fail(fd, FILE_NAME ": %s", imxd_errno_text(fd));
	result = count_frames(fd, mapping, (size + page_size - 1) / page_size, &first, &run);
	imxd_sys_close(fd);
	if (result < 0)
		return imxd_fail(result, FILE_NAME ": %s", imxd_errno_text(result));
	if (run == 0)
		return imxd_fail(-EPERM,
			FILE_NAME ": no page frame numbers (needs CAP_SYS_ADMIN, and for CMA heaps a kernel before 6.8)");
	if (first > (imx_physical_address_t)-1 / page_size)
		return imxd_fail(-EOVERFLOW, FILE_NAME ": the address does not fit into %zu bytes",
			sizeof(imx_physical_address_t));
	*address = (imx_physical_address_t)(first * page_size);
	*length = run * page_size;
	return 0;
}

int imxd_pagemap_resolve(struct imxd_block const *block, imx_physical_address_t *address, size_t *length)
{
	int fd = imxd_block_map_fd(block);
	void *mapping = NULL;
	int result;

	if (fd < 0)
		return imxd_fail(-ENOTSUP, "the memory has no descriptor");
	result = imxd_sys_mmap(block->size, PROT_READ, true, fd, block->map_offset, &mapping);
	if (result < 0)
		return imxd_fail(result, FILE_NAME ": the memory cannot be mapped (%s)", imxd_errno_text(result));
	result = read_frames(mapping, block->size, address, length);
	imxd_sys_munmap(mapping, block->size);
	return result;
}
