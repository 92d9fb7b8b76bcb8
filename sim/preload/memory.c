/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions that create memory and map it.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/guard.h"
#include "kernel/block.h"
#include "kernel/buffer.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/huge.h"
#include "kernel/life.h"
#include "kernel/mapping.h"
#include "kernel/observer.h"
#include "kernel/real.h"
#include "kernel/target.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

void *wrap_mmap(void *address, size_t length, int protection, int flags, int fd, long offset) __asm__("mmap");
void *wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) __asm__("mmap64");
int wrap_munmap(void *address, size_t length) __asm__("munmap");
void *wrap_mremap(void *address, size_t old_length, size_t length, int flags, ...) __asm__("mremap");
int wrap_mprotect(void *address, size_t length, int protection) __asm__("mprotect");
int wrap_memfd_create(char const *name, unsigned int flags) __asm__("memfd_create");
int wrap_fallocate(int fd, int mode, long offset, long length) __asm__("fallocate");
int wrap_fallocate64(int fd, int mode, off_t offset, off_t length) __asm__("fallocate64");
int wrap_ftruncate(int fd, long length) __asm__("ftruncate");
int wrap_ftruncate64(int fd, off_t length) __asm__("ftruncate64");

static void note_mapping(struct sim_target const *target, void *address, size_t length, uint64_t offset, int protection)
{
	uintptr_t start = (uintptr_t)address;
	struct sim_mapping mapping = {
		.start = start,
		.end = start + (uintptr_t)sim_round_up(length, sim_page_size()),
		.offset = target->offset + offset,
		.dmabuf = target->kind == SIM_IS_DMABUF,
		.huge = target->kind == SIM_IS_FILE && target->memory->kind == SIM_HUGE,
		.device = target->memory->device,
		.inode = target->memory->inode,
		.slice = target->slice ? target->slice->id : 0,
		.protection = protection,
	};

	sim_mapping_add(&mapping);
	if (sim_observer)
		sim_observer->mapped(target->memory);
}

static void *map_target(struct sim_target *target, void *address, size_t length, int protection, int flags, int fd,
	uint64_t offset)
{
	bool fine = true;

	if (!sim_admit(SIM_CALL_MMAP))
		return MAP_FAILED;
	if (target->kind == SIM_IS_NODE) {
		struct sim_request request = {
			.address = address, .length = length, .protection = protection, .flags = flags, .fd = fd, .offset = offset};

		return sim_node_map(target->node, &request);
	}
	if (target->kind == SIM_IS_DMABUF)
		fine = sim_dmabuf_may_map(target, length, flags, offset);
	else if (target->kind == SIM_IS_FILE && target->memory->kind == SIM_HUGE)
		fine = sim_huge_may_map(target->memory, &length, offset);
	if (!fine)
		return MAP_FAILED;
	address = sim_mapping_place(address, length);
	if (target->kind == SIM_IS_DMABUF)
		offset += sim_buffer_nothing(target->memory);
	address = real()->mmap(address, length, protection, flags, fd, (int64_t)(target->offset + offset));
	if (address != MAP_FAILED && target->memory)
		note_mapping(target, address, length, offset, protection);
	return address;
}

static void *map(void *address, size_t length, int protection, int flags, int fd, int64_t offset)
{
	struct sim_target target = {.kind = SIM_NOTHING};
	void *result;

	/* Only MAP_FIXED replaces mappings. It is rare, and can wait for the lock. */
	if (!sim_enter() || ((flags & MAP_ANONYMOUS) && !(flags & MAP_FIXED)))
		return real()->mmap(address, length, protection, flags, fd, offset);
	sim_lock();
	if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == MAP_FIXED)
		sim_mapping_cut((uintptr_t)address, (uintptr_t)address + length);
	if (!(flags & MAP_ANONYMOUS))
		sim_find(fd, &target);
	if (target.kind == SIM_NOTHING)
		result = real()->mmap(address, length, protection, flags, fd, offset);
	else
		result = map_target(&target, address, length, protection, flags, fd, (uint64_t)offset);
	sim_unlock();
	return result;
}

void *wrap_mmap(void *address, size_t length, int protection, int flags, int fd, long offset)
{
	return map(address, length, protection, flags, fd, offset);
}

void *wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return map(address, length, protection, flags, fd, offset);
}

static void tell_unmap(uintptr_t start)
{
	struct sim_mapping const *mapping = sim_observer ? sim_mapping_find(start) : NULL;
	struct sim_memory *memory = mapping ? sim_memory_find(mapping->device, mapping->inode) : NULL;

	if (memory)
		sim_observer->unmapped(memory);
}

/* hugetlbfs does not split a huge page: EINVAL, and everything stays mapped. */
static int unmap(void *address, size_t length)
{
	uintptr_t start = (uintptr_t)address, end = start + (uintptr_t)sim_round_up(length, sim_page_size());
	int result;

	if (sim_mapping_overlaps(start, end)) {
		if (!sim_admit(SIM_CALL_MUNMAP))
			return -1;
		if (sim_mapping_splits_huge(start, end))
			return sim_error(EINVAL);
		tell_unmap(start);
	}
	result = real()->munmap(address, length);
	if (result == 0 && sim_mapping_cut(start, end))
		sim_sweep_due = true;
	return result;
}

int wrap_munmap(void *address, size_t length)
{
	if (!sim_enter())
		return real()->munmap(address, length);
	return SIM_LOCKED(unmap(address, length));
}

static int protect(void *address, size_t length, int protection)
{
	uintptr_t start = (uintptr_t)address, end = start + (uintptr_t)sim_round_up(length, sim_page_size());

	int result;

	if (!sim_mapping_overlaps(start, end))
		return real()->mprotect(address, length, protection);
	if (!sim_admit(SIM_CALL_MPROTECT))
		return -1;
	sim_guard_lift(start, end);
	result = real()->mprotect(address, length, protection);
	if (result == 0)
		sim_mapping_protect(start, end, protection);
	return result;
}

int wrap_mprotect(void *address, size_t length, int protection)
{
	if (!sim_enter())
		return real()->mprotect(address, length, protection);
	return SIM_LOCKED(protect(address, length, protection));
}

static void *remap(void *address, size_t old_length, size_t length, int flags, void *to)
{
	uintptr_t start = (uintptr_t)address, end = start + (uintptr_t)sim_round_up(old_length, sim_page_size());
	bool is_known = sim_mapping_overlaps(start, end);
	void *result;

	/* Pages with several protections cannot be moved at once. */
	if (is_known)
		sim_guard_lift(start, end);
	result = real()->mremap(address, old_length, length, flags, to);
	if (is_known && result != MAP_FAILED)
		sim_mapping_move(start, end, (uintptr_t)result, (size_t)sim_round_up(length, sim_page_size()));
	return result;
}

void *wrap_mremap(void *address, size_t old_length, size_t length, int flags, ...)
{
	va_list arguments;
	void *to;

	va_start(arguments, flags);
	to = va_arg(arguments, void *);
	va_end(arguments);
	if (!sim_enter())
		return real()->mremap(address, old_length, length, flags, to);
	return SIM_LOCKED(remap(address, old_length, length, flags, to));
}

static int create(char const *name, unsigned int flags)
{
	int fd;

	if (!sim_admit(SIM_CALL_MEMFD_CREATE))
		return -1;
	if (flags & MFD_HUGETLB)
		return sim_huge_create(name, flags);
	fd = real()->memfd_create(name, flags);
	if (fd >= 0)
		sim_memory_add(fd, SIM_PLAIN);
	return fd;
}

/* Sweep first, so that the list has only live files if a program creates many. */
int wrap_memfd_create(char const *name, unsigned int flags)
{
	int fd;

	if (!sim_enter())
		return real()->memfd_create(name, flags);
	sim_lock();
	sim_sweep();
	fd = create(name, flags);
	sim_unlock();
	return fd;
}

static int allocate(int fd, int mode, int64_t offset, int64_t length)
{
	struct sim_target target;

	if (sim_find(fd, &target) == SIM_NOTHING)
		return real()->fallocate(fd, mode, offset, length);
	if (!sim_admit(SIM_CALL_FALLOCATE))
		return -1;
	if (target.kind == SIM_IS_FILE && target.memory->kind == SIM_HUGE)
		return sim_huge_allocate(target.memory, fd, mode, offset, length);
	return (target.kind == SIM_IS_FILE) ? real()->fallocate(fd, mode, offset, length) : sim_error(EOPNOTSUPP);
}

static int fallocate_any(int fd, int mode, int64_t offset, int64_t length)
{
	if (!sim_enter())
		return real()->fallocate(fd, mode, offset, length);
	return SIM_LOCKED(allocate(fd, mode, offset, length));
}

int wrap_fallocate(int fd, int mode, long offset, long length)
{
	return fallocate_any(fd, mode, offset, length);
}

int wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
	return fallocate_any(fd, mode, offset, length);
}

static int truncate_file(int fd, int64_t length)
{
	struct sim_target target;

	if (sim_find(fd, &target) == SIM_NOTHING)
		return real()->ftruncate(fd, length);
	if (!sim_admit(SIM_CALL_FTRUNCATE))
		return -1;
	if (target.kind == SIM_IS_FILE && target.memory->kind == SIM_HUGE)
		return sim_huge_truncate(target.memory, fd, length);
	return (target.kind == SIM_IS_FILE) ? real()->ftruncate(fd, length) : sim_error(EINVAL);
}

static int ftruncate_any(int fd, int64_t length)
{
	if (!sim_enter())
		return real()->ftruncate(fd, length);
	return SIM_LOCKED(truncate_file(fd, length));
}

int wrap_ftruncate(int fd, long length)
{
	return ftruncate_any(fd, length);
}

int wrap_ftruncate64(int fd, off_t length)
{
	return ftruncate_any(fd, length);
}
