/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "../base/cache.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "sync.h"

#define FILE_NAME "/proc/self/pagemap"

/* Documentation/admin-guide/mm/pagemap.rst of Linux 6.1: one 64-bit word a page. */
#define PRESENT (UINT64_C(1) << 63)
#define FRAME_MASK ((UINT64_C(1) << 55) - 1)

/*
 * Count how many of the pages follow each other. Returns 0 or a negative errno code; -ENODATA: the first page is there,
 * but its number is hidden. Sets no message.
 */
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
			if (!(words[i] & PRESENT))
				return 0;
			if ((words[i] & FRAME_MASK) == 0)
				return (*run == 0) ? -ENODATA : 0;
			if (*run == 0)
				*first = words[0] & FRAME_MASK;
			else if ((words[i] & FRAME_MASK) != *first + *run)
				return 0;
		}
	}
	return 0;
}

/*
 * The kernel leaves the zeros of new memory in the cache. Written back later, they would destroy what a device has
 * written to the address. Kernels with DMA_BUF_IOCTL_PHYS have cleaned them by then; on others, only a process that
 * maintains caches can.
 */
static bool needs_cleaning(struct imxd_block const *block)
{
	return block->traits.cached != IMX_DMA_BUFFER_TRISTATE_NO && imxd_cache()->line != 0 && imxd_sync_may_touch(block);
}

static void clean_once(struct imxd_block const *block, void const *mapping, size_t size)
{
	if (!needs_cleaning(block))
		return;
	imxd_cache_clean(mapping, size);
	imxd_barrier_done();
}

/* Pages that follow each other. */
struct run {
	uint64_t first;
	size_t pages;
};

int imxd_pagemap_fail_hidden(void)
{
	return imxd_fail(-ENODATA, FILE_NAME ": no page frame numbers: they are hidden without CAP_SYS_ADMIN");
}

/* Map a piece of the block, and add its pages to the run. Returns 0, 1 at the end of the run, or a negative code. */
static int add_piece(int pagemap, struct imxd_block const *block, size_t offset, size_t size, struct run *run)
{
	size_t page_size = imxd_sys_page_size(), pages = (size + page_size - 1) / page_size, found = 0;
	void *mapping = NULL;
	uint64_t first = 0;
	int result = imxd_sys_mmap(size, PROT_READ, true, imxd_block_map_fd(block), block->map_offset + (off_t)offset,
		&mapping);

	if (result < 0)
		return imxd_fail(result, FILE_NAME ": the memory cannot be mapped (%s)", imxd_errno_text(result));
	result = count_frames(pagemap, mapping, pages, &first, &found);
	if (result == 0 && found > 0)
		clean_once(block, mapping, (found * page_size < size) ? found * page_size : size);
	imxd_sys_munmap(mapping, size);
	if (result == -ENODATA)
		return imxd_pagemap_fail_hidden();
	if (result < 0)
		return imxd_fail(result, FILE_NAME ": %s", imxd_errno_text(result));
	if (run->pages == 0)
		run->first = first;
	if (first != run->first + run->pages)
		return 1;
	run->pages += found;
	return found < pages;
}

static bool is_contiguous_dmabuf(struct imxd_block const *block)
{
	return (block->traits.caps & IMXD_CAP_DMABUF) && block->traits.contiguous == IMX_DMA_BUFFER_TRISTATE_YES;
}

/* Files may be sparse. */
static bool cleans_whole_block(struct imxd_block const *block)
{
	return is_contiguous_dmabuf(block) && needs_cleaning(block);
}

/* The first page tells the address of memory that is known to be contiguous. */
static bool is_told_by_one_page(struct imxd_block const *block)
{
	return is_contiguous_dmabuf(block) && !needs_cleaning(block);
}

/*
 * Each page that is mapped is a page fault, and a sparse file would get all of its memory: pieces begin with one page
 * (or huge page, which can be mapped only as a whole), and grow as long as the memory is contiguous.
 */
static size_t first_piece(struct imxd_block const *block)
{
	size_t page_size = imxd_sys_page_size();
	struct stat status;

	if (block->traits.caps & IMXD_CAP_DMABUF)
		return cleans_whole_block(block) ? block->size : page_size;
	if (imxd_sys_fstat(imxd_block_map_fd(block), &status) < 0)
		return block->size;
	return (status.st_blksize > (long)page_size) ? (size_t)status.st_blksize : page_size;
}

static int find_run(struct imxd_block const *block, struct run *run)
{
	int result = 0, fd = imxd_sys_open(FILE_NAME, O_RDONLY);
	size_t piece = first_piece(block), end = is_told_by_one_page(block) ? piece : block->size;

	if (end > block->size)
		end = block->size;
	if (fd < 0)
		return imxd_fail(fd, FILE_NAME ": %s", imxd_errno_text(fd));
	for (size_t offset = 0; result == 0 && offset < end; offset += piece) {
		if (offset >= 2 * piece)
			piece *= 2;
		if (piece > end - offset)
			piece = end - offset;
		result = add_piece(fd, block, offset, piece, run);
	}
	imxd_sys_close(fd);
	return (result < 0) ? result : 0;
}

int imxd_pagemap_resolve(struct imxd_block const *block, imx_physical_address_t *address, size_t *length)
{
	size_t page_size = imxd_sys_page_size();
	struct run run = {.pages = 0};
	int code;

	if (imxd_block_map_fd(block) < 0)
		return imxd_fail(-ENOTSUP, "the memory has no descriptor");
	code = find_run(block, &run);
	if (code != 0)
		return code;
	if (run.pages == 0)
		return imxd_fail(-EPERM,
			FILE_NAME ": no page frame numbers: the driver maps this memory without pages (CMA heaps do so since Linux "
					  "6.8, udmabuf since about 6.11)");
	if (run.first > (imx_physical_address_t)-1 / page_size)
		return imxd_fail(-EOVERFLOW, FILE_NAME ": the address does not fit into %zu bytes",
			sizeof(imx_physical_address_t));
	*address = (imx_physical_address_t)(run.first * page_size);
	*length = is_told_by_one_page(block) ? block->size : run.pages * page_size;
	return 0;
}
