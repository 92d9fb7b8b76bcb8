/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each file in huge pages of 2 MiB is a plain memfd, with a count of its pages. Files are taken to be filled from the
 * beginning: all pages up to the last allocated or mapped one are claimed.
 */
#include "kernel/huge.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/real.h"
#include "kernel/settings.h"

#define SIZE_SHIFT 26
#define SIZE_MASK 63u
#define SHIFT_2M 21u

uint64_t sim_huge_used(void)
{
	uint64_t used = 0;

	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next)
		if (memory->kind == SIM_HUGE)
			used += memory->claimed / SIM_HUGE_PAGE;
	return used;
}

static bool claim(struct sim_memory *memory, uint64_t end)
{
	uint64_t more;

	if (end <= memory->claimed)
		return true;
	more = (end - memory->claimed) / SIM_HUGE_PAGE;
	if (sim_huge_used() + more > sim_settings.huge_pages)
		sim_sweep_now();
	if (sim_huge_used() + more > sim_settings.huge_pages)
		return false;
	memory->claimed = end;
	return true;
}

/* The flags may contain the page size. Only 2 MiB is supported. */
int sim_huge_create(char const *name, unsigned int flags)
{
	unsigned int shift = (flags >> SIZE_SHIFT) & SIZE_MASK;
	int fd;

	if (shift != 0 && shift != SHIFT_2M)
		return sim_error(ENODEV);
	fd = real()->memfd_create(name, flags & ~(MFD_HUGETLB | (SIZE_MASK << SIZE_SHIFT)));
	if (fd >= 0 && !sim_memory_add(fd, SIM_HUGE)) {
		real()->close(fd);
		return sim_error(ENOMEM);
	}
	return fd;
}

/* Give frames to all pages up to the size. A file that grows may move. */
static bool place(struct sim_memory *memory, int fd, uint64_t size)
{
	struct sim_layout layout = {.address = sim_settings.huge_base, .unit = SIM_HUGE_PAGE};

	layout.stride = sim_settings.huge_apart ? 2 * SIM_HUGE_PAGE : SIM_HUGE_PAGE;
	if (size <= memory->size)
		return true;
	if (!sim_memory_look(memory, fd, size))
		return false;
	sim_memory_place(memory, &layout, size, SIM_HUGE_PAGE);
	return true;
}

int sim_huge_truncate(struct sim_memory *memory, int fd, int64_t length)
{
	if (length < 0 || (uint64_t)length % SIM_HUGE_PAGE != 0)
		return sim_error(EINVAL);
	if (real()->ftruncate(fd, length) < 0)
		return -1;
	if ((uint64_t)length < memory->claimed)
		memory->claimed = (uint64_t)length;
	if ((uint64_t)length < memory->allocated)
		memory->allocated = (uint64_t)length;
	return place(memory, fd, (uint64_t)length) ? 0 : sim_error(ENOMEM);
}

int sim_huge_allocate(struct sim_memory *memory, int fd, int mode, int64_t offset, int64_t length)
{
	uint64_t begin, end;

	if (offset < 0 || length <= 0)
		return sim_error(EINVAL);
	if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0)
		return real()->fallocate(fd, mode, offset, length);
	begin = (uint64_t)offset - (uint64_t)offset % SIM_HUGE_PAGE;
	end = sim_round_up((uint64_t)offset + (uint64_t)length, SIM_HUGE_PAGE);
	if (!claim(memory, end))
		return sim_error(ENOSPC);
	if (real()->fallocate(fd, mode, (int64_t)begin, (int64_t)(end - begin)) < 0)
		return -1;
	if (memory->allocated < end)
		memory->allocated = end;
	return place(memory, fd, end) ? 0 : sim_error(ENOSPC);
}

bool sim_huge_may_map(struct sim_memory *memory, size_t *length, uint64_t offset)
{
	uint64_t size = sim_round_up(*length, SIM_HUGE_PAGE);

	errno = EINVAL;
	if (offset % SIM_HUGE_PAGE != 0 || *length == 0)
		return false;
	errno = ENOMEM;
	if (size < *length || size > SIZE_MAX || !claim(memory, offset + size))
		return false;
	*length = (size_t)size;
	return true;
}

/*
 * Touching a byte of a huge page allocates the whole page. SEEK_DATA alone is not enough: allocated pages that were not
 * touched are holes in a memfd.
 */
bool sim_huge_is_present(struct sim_memory const *memory, int fd, uint64_t offset, uint64_t size)
{
	int64_t position = real()->lseek(fd, 0, SEEK_CUR);
	bool present = true;

	for (uint64_t page = offset - offset % SIM_HUGE_PAGE; page < offset + size; page += SIM_HUGE_PAGE) {
		int64_t data = real()->lseek(fd, (int64_t)page, SEEK_DATA);
		bool touched = data >= 0 && (uint64_t)data < page + SIM_HUGE_PAGE;

		present = present && (touched || page < memory->allocated);
	}
	real()->lseek(fd, position, SEEK_SET);
	return present;
}
