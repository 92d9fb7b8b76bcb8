/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu_map.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../base/env.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "live.h"
#include "shared_map.h"

/* A small part of the kernel's limit, vm.max_map_count (65,530 by default). */
#define MAX_KEPT 1024u

/* The largest default on 32 bits, where the address space is short. */
#define SMALL_LIMIT ((size_t)64 << 20)

/* Counts the mappings that were kept: 0 in a mapping says that it is not kept. */
static _Atomic unsigned long turns;
static _Atomic size_t kept_bytes, max_bytes;
static _Atomic unsigned int kept_number;

static size_t default_limit(void)
{
	size_t limit = imxd_sys_memory_size() / 8, space = imxd_sys_address_space() / 16;

	if (sizeof(void *) < 8)
		limit = SMALL_LIMIT;
	return (space < limit) ? space : limit;
}

/* A number of bytes, or of the unit behind it. */
static bool parse_size(char const *text, size_t *size)
{
	static char const units[] = "KMG";
	unsigned long long value;
	unsigned int shift = 0;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	value = strtoull(text, &end, 10);
	for (unsigned int i = 0; units[i] && shift == 0; i++)
		if (*end == units[i])
			shift = 10 * (i + 1);
	if (shift != 0)
		end++;
	*size = (value > (SIZE_MAX >> shift)) ? SIZE_MAX : (size_t)value << shift;
	return *end == '\0';
}

void imxd_cpu_map_configure(void)
{
	char const *text = imxd_env(IMXD_ENV_KEEP_MAPPINGS);
	size_t limit = 0;
	bool is_set = text && parse_size(text, &limit);

	if (!is_set)
		limit = default_limit();
	if (text && !is_set)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"IMXDMABUFFER_KEEP_MAPPINGS=%s: no size such as 0, 65536, 64K, 256M or 1G; the default is used", text);
	atomic_store_explicit(&max_bytes, limit, memory_order_relaxed);
}

static int protection_of(unsigned int access)
{
	return ((access & IMX_DMA_BUFFER_MAPPING_FLAG_READ) ? PROT_READ : 0) |
		((access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) ? PROT_WRITE : 0);
}

static bool is_kept(struct imxd_mapping const *mapping)
{
	return atomic_load_explicit(&mapping->kept, memory_order_relaxed) != 0;
}

/* A forked child must not take a mapping for kept that is being changed: call this first. */
static void count_off(struct imxd_buffer *buffer)
{
	atomic_store_explicit(&buffer->mapping.kept, 0, memory_order_relaxed);
	atomic_fetch_sub_explicit(&kept_bytes, buffer->block.size, memory_order_relaxed);
	atomic_fetch_sub_explicit(&kept_number, 1, memory_order_relaxed);
}

/* Unmap all of the block: huge pages can be unmapped only as a whole (munmap(2)). */
static int unmap_block(struct imxd_buffer *buffer)
{
	uint8_t *begin = buffer->mapping.address - buffer->offset;
	int result = 0;

	/* A child that is forked meanwhile must not unmap it again. */
	buffer->mapping.address = NULL;
	if (!buffer->block.cpu && !buffer->whole)
		result = imxd_sys_munmap(begin, buffer->block.size);
	buffer->mapping.is_lost |= result < 0;
	if (result < 0)
		return imxd_fail(result, "unmapping %zu bytes failed (%s)", buffer->block.size, imxd_errno_text(result));
	return 0;
}

int imxd_cpu_map_drop(struct imxd_buffer *buffer)
{
	if (is_kept(&buffer->mapping))
		count_off(buffer);
	return buffer->mapping.address ? unmap_block(buffer) : 0;
}

/* How many turns ago a mapping was kept. */
static unsigned long age_of(struct imxd_mapping const *mapping)
{
	unsigned long kept = atomic_load_explicit(&mapping->kept, memory_order_relaxed);

	return (kept == 0) ? 0 : atomic_load_explicit(&turns, memory_order_relaxed) - kept + 1;
}

static void find_oldest(struct imxd_buffer *buffer, void *data)
{
	unsigned long *oldest = data, age = age_of(&buffer->mapping);

	if (age > *oldest)
		*oldest = age;
}

struct eviction {
	unsigned long age;
	bool has_dropped;
};

/* A buffer that another thread is using stays. */
static void drop_old(struct imxd_buffer *buffer, void *data)
{
	struct eviction *eviction = data;
	unsigned long age = age_of(&buffer->mapping);

	if (age == 0 || age < eviction->age || pthread_mutex_trylock(&buffer->mapping.lock) != 0)
		return;
	if (is_kept(&buffer->mapping)) {
		imxd_cpu_map_drop(buffer);
		eviction->has_dropped = true;
	}
	pthread_mutex_unlock(&buffer->mapping.lock);
}

static bool evict(unsigned long age)
{
	struct eviction eviction = {.age = age};

	imxd_live_visit(drop_old, &eviction);
	return eviction.has_dropped;
}

bool imxd_cpu_map_evict(void)
{
	return evict(1);
}

/* The oldest eighth of the turns at once: a program with many buffers would look through all of them each time. */
static bool evict_some(void)
{
	unsigned long oldest = 0, span = atomic_load_explicit(&kept_number, memory_order_relaxed) / 8;

	imxd_live_visit(find_oldest, &oldest);
	return oldest != 0 && evict((oldest > span) ? oldest - span : 1);
}

static bool is_too_much(void)
{
	return atomic_load_explicit(&kept_bytes, memory_order_relaxed) >
		atomic_load_explicit(&max_bytes, memory_order_relaxed) ||
		atomic_load_explicit(&kept_number, memory_order_relaxed) > MAX_KEPT;
}

/* The last unmap of a wrapped buffer frees its state, and must not evict other mappings for it. */
static bool may_keep(struct imxd_buffer const *buffer)
{
	return !buffer->block.cpu && !buffer->whole && !buffer->owner->drops_mappings &&
		buffer->block.size <= atomic_load_explicit(&max_bytes, memory_order_relaxed);
}

static bool keep(struct imxd_buffer *buffer)
{
	unsigned long turn;

	if (!may_keep(buffer))
		return false;
	atomic_fetch_add_explicit(&kept_bytes, buffer->block.size, memory_order_relaxed);
	atomic_fetch_add_explicit(&kept_number, 1, memory_order_relaxed);
	while (is_too_much())
		if (!evict_some()) {
			count_off(buffer);
			return false;
		}
	do
		turn = atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed) + 1;
	while (turn == 0);
	atomic_store_explicit(&buffer->mapping.kept, turn, memory_order_relaxed);
	return true;
}

int imxd_cpu_unmap(struct imxd_buffer *buffer)
{
	return keep(buffer) ? 0 : unmap_block(buffer);
}

static int fail_mmap(struct imxd_buffer const *buffer, int code)
{
	int fd = imxd_block_map_fd(&buffer->block);

	if (code == -EACCES || code == -EPERM)
		return imxd_fail(-EACCES,
			"descriptor %d cannot be mapped with this access (%s): to write, it must have been made with O_RDWR", fd,
			imxd_errno_text(code));
	return imxd_fail(code, "mapping %zu bytes of descriptor %d failed (%s)", buffer->block.size, fd,
		imxd_errno_text(code));
}

/* Give a kept mapping exactly this protection: a stray write through a mapping for reading must still fault. */
static bool take_kept(struct imxd_buffer *buffer, int protection)
{
	struct imxd_mapping *mapping = &buffer->mapping;

	if (!is_kept(mapping))
		return false;
	count_off(buffer);
	if (mapping->protection == protection ||
		imxd_sys_mprotect(mapping->address - buffer->offset, buffer->block.size, protection) == 0) {
		mapping->protection = protection;
		return true;
	}
	unmap_block(buffer);
	return false;
}

/* All views of a buffer share a mapping. */
static int map_view(struct imxd_buffer *view, unsigned int access)
{
	uint8_t *base;
	int code = imxd_shared_map(view, access, &base);

	if (code == -ENOMEM && imxd_cpu_map_evict())
		code = imxd_shared_map(view, access, &base);
	if (code != 0)
		return fail_mmap(view, code);
	view->mapping.address = base + view->offset;
	return 0;
}

int imxd_cpu_map(struct imxd_buffer *buffer, unsigned int access)
{
	struct imxd_block const *block = &buffer->block;
	int code = 0, protection = protection_of(access);
	void *address = block->cpu;

	if (buffer->whole && !block->cpu)
		return map_view(buffer, access);
	if (take_kept(buffer, protection))
		return 0;
	if (!address) {
		code = imxd_sys_mmap(block->size, protection, false, imxd_block_map_fd(block), block->map_offset, &address);
		if (code == -ENOMEM && imxd_cpu_map_evict())
			code = imxd_sys_mmap(block->size, protection, false, imxd_block_map_fd(block), block->map_offset, &address);
	}
	if (code < 0)
		return fail_mmap(buffer, code);
	buffer->mapping.address = (uint8_t *)address + buffer->offset;
	buffer->mapping.protection = protection;
	return 0;
}
