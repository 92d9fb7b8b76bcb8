/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/cache.h"
#include "../base/env.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/exporter.h"
#include "../dmabuf/sync_kernel.h"
#include "sharing.h"

/* NXP's kernels 5.15 never put the device that DMA_BUF_IOCTL_PHYS makes. One warning a process: due, and given. */
static atomic_bool phys_loses_memory, loss_is_due, loss_was_told;

static enum imxd_sync_choice choice_of_environment(bool warns)
{
	char const *text = imxd_env(IMXD_ENV_SYNC);

	if (text && strcmp(text, "user") == 0)
		return IMXD_SYNC_USER;
	if (text && strcmp(text, "kernel") == 0)
		return IMXD_SYNC_KERNEL;
	if (warns && text && strcmp(text, "auto") != 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"IMXDMABUFFER_SYNC=%s: neither auto nor user nor kernel; auto is used", text);
	return IMXD_SYNC_AUTO;
}

static void check_attach(void)
{
	char const *text = imxd_env(IMXD_ENV_ATTACH);
	struct stat status;

	if (!text || strcmp(text, "auto") == 0 || strcmp(text, "off") == 0)
		return;
	if (text[0] != '/')
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"IMXDMABUFFER_ATTACH=%s: neither auto nor off nor the path of a render node; auto is used", text);
	else if (imxd_sys_stat(text, &status) < 0 || !S_ISCHR(status.st_mode))
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING, "IMXDMABUFFER_ATTACH=%s: no such node; no device is attached", text);
}

int imxd_session_check_choice(enum imxd_sync_choice *choice)
{
	if (*choice == IMXD_SYNC_FROM_ENVIRONMENT)
		*choice = choice_of_environment(true);
	check_attach();
	/* The facts are looked up here: a sandbox may close /sys before the first session. */
	atomic_store(&phys_loses_memory, !imxd_sys_kernel_before(5, 15) && imxd_sys_kernel_before(5, 16));
	if (imxd_cache()->line == 0 && *choice == IMXD_SYNC_USER)
		return imxd_fail(-ENOTSUP, "IMXDMABUFFER_SYNC=user or USER_SYNC: this process cannot maintain caches: %s",
			imxd_cache()->why);
	return 0;
}

static bool may_maintain(enum imxd_sync_choice choice)
{
	/* Without a warning: a buffer's lock may be held. */
	if (choice == IMXD_SYNC_FROM_ENVIRONMENT)
		choice = choice_of_environment(false);
	return choice != IMXD_SYNC_KERNEL && imxd_cache()->line != 0;
}

bool imxd_session_may_maintain(void)
{
	return may_maintain(IMXD_SYNC_FROM_ENVIRONMENT);
}

void imxd_session_warn(void)
{
	if (!atomic_load(&loss_is_due) || atomic_exchange(&loss_was_told, true))
		return;
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
		"kernel 5.15: each DMA_BUF_IOCTL_PHYS loses 256 bytes of kernel memory, and sync sessions of cached memory "
		"call it; use uncached memory, or a newer kernel");
}

static int find_sharing(struct imxd_buffer *buffer);

/* A view takes part in its buffer's sharing, also where inodes do not tell. */
static int join_sharing(struct imxd_buffer *view)
{
	struct imxd_mapping *whole = &view->whole->mapping;
	int code;

	pthread_mutex_lock(&whole->lock);
	code = find_sharing(view->whole);
	if (code == 0 && whole->sharing) {
		imxd_sharing_join(whole->sharing);
		view->mapping.sharing = whole->sharing;
	}
	pthread_mutex_unlock(&whole->lock);
	return code;
}

/* Look for other buffers on the same DMA-BUF, once a buffer. */
static int find_sharing(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;

	if (mapping->sharing || !mapping->sync->calls_kernel || !(buffer->block.traits.caps & IMXD_CAP_DMABUF))
		return 0;
	if (buffer->whole)
		return join_sharing(buffer);
	return imxd_sharing_get(buffer->block.fd, buffer->is_import, &mapping->sharing);
}

/* The references of a device, the least number that was ever seen: another thread's fork() has more for a moment. */
static _Atomic int attached_references = INT_MAX;

/* In a pool: count the references of the device, while nobody else knows the DMA-BUF. */
static void count_attached(struct imxd_buffer *buffer)
{
	struct imxd_dmabuf_use use, again;
	int seen, known = atomic_load(&attached_references);

	if (buffer->references == 0 || atomic_load_explicit(&buffer->is_known, memory_order_relaxed) ||
		imxd_dmabuf_use(buffer->block.fd, &use) != 0 || imxd_dmabuf_use(buffer->block.fd, &again) != 0 ||
		use.references != again.references)
		return;
	seen = use.references - buffer->references - (buffer->mapping.address ? 1 : 0);
	if (seen <= 0)
		return;
	while (seen < known && !atomic_compare_exchange_weak(&attached_references, &known, seen))
		;
	buffer->attached_references = seen;
}

int imxd_session_attached_references(struct imxd_buffer const *buffer)
{
	int least = atomic_load(&attached_references);

	return (buffer->attached_references < least) ? buffer->attached_references : least;
}

/* Only exporters that maintain caches for attached devices are made coherent by an attachment. */
static int attach(struct imxd_buffer *buffer)
{
	int code;

	if (!(buffer->block.traits.caps & IMXD_CAP_SYNCS_ATTACHED))
		return imxd_fail(-ENOTSUP,
			"a device is of no use here: the exporter of the DMA-BUF does not maintain caches for attached devices");
	code = find_sharing(buffer);
	if (code == 0)
		code = imxd_sharing_attach(buffer->mapping.sharing, &buffer->block);
	if (code == 0)
		buffer->mapping.sync = &imxd_sync_attached;
	if (code == 0)
		count_attached(buffer);
	return code;
}

/* Only contiguous memory has an address for devices. The owners of imported memory may not expect an attachment. */
static bool attaches_itself(struct imxd_buffer const *buffer)
{
	return !buffer->is_import && buffer->block.traits.contiguous == IMX_DMA_BUFFER_TRISTATE_YES;
}

/* A device may have been attached since the view was made. */
static struct imxd_sync const *strategy_of_whole(struct imxd_buffer *whole)
{
	struct imxd_sync const *sync;

	pthread_mutex_lock(&whole->mapping.lock);
	sync = whole->mapping.sync;
	pthread_mutex_unlock(&whole->mapping.lock);
	return sync;
}

struct imxd_sync const *imxd_session_strategy(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;

	if (buffer->whole && mapping->sync == &imxd_sync_importer && !mapping->in_session)
		mapping->sync = strategy_of_whole(buffer->whole);
	if (mapping->sync)
		return mapping->sync;
	mapping->sync = imxd_sync_choose(&buffer->block, buffer->owner->device.sync, buffer->address.phys,
		may_maintain(buffer->owner->sync));
	if (mapping->sync->coherency == IMX_DMA_BUFFER_COHERENCY_PHYS)
		atomic_store(&loss_is_due, atomic_load(&phys_loses_memory));
	if (mapping->sync == &imxd_sync_importer && attaches_itself(buffer))
		attach(buffer);
	mapping->sync_is_new = true;
	return mapping->sync;
}

int imxd_session_attach(struct imxd_buffer *buffer)
{
	int code;

	if (!(buffer->block.traits.caps & IMXD_CAP_DMABUF))
		return imxd_fail(-ENOTSUP, "a device cannot be attached: the memory is no DMA-BUF");
	if (imxd_session_strategy(buffer) == &imxd_sync_attached) {
		code = find_sharing(buffer);
		return (code == 0) ? imxd_sharing_attach(buffer->mapping.sharing, &buffer->block) : code;
	}
	if (buffer->mapping.sync != &imxd_sync_importer)
		return 0;
	if (buffer->mapping.in_session)
		return imxd_fail(-EBUSY, "a device cannot be attached while a session is open");
	return attach(buffer);
}

/*
 * The library's mappings have whole pages. Programs of 1.x use the rest of the last one as the padding of codecs.
 * Behind a view is other memory.
 */
static size_t whole_pages(struct imxd_buffer const *buffer)
{
	size_t page = imxd_sys_page_size(), rest = (buffer->offset + buffer->size) % page;

	return (buffer->block.cpu || buffer->whole || rest == 0) ? buffer->size : buffer->size + page - rest;
}

/* Constant while the buffer is mapped: range calls read it without the lock. */
static struct imxd_sync_target target_of(struct imxd_buffer *buffer)
{
	return (struct imxd_sync_target){
		.device = &buffer->owner->device,
		.block = &buffer->block,
		.address = buffer->mapping.address,
		.size = whole_pages(buffer),
		.access = buffer->mapping.flags,
	};
}

/*
 * If sessions maintain the whole DMA-BUF, only the first one that writes invalidates it, for the sessions of other
 * parts as well. A part must do so even if it is overwritten.
 */
static bool is_part(struct imxd_buffer const *buffer)
{
	struct imxd_buffer const *whole = buffer->whole ? buffer->whole : buffer;

	return buffer->size < whole->size ||
		(whole->is_import && (whole->offset != 0 || whole_pages(whole) < whole->block.size));
}

static struct imxd_sync_target target_of_session(struct imxd_buffer *buffer)
{
	struct imxd_sync_target target = target_of(buffer);

	if (!buffer->mapping.overwrites || (is_part(buffer) && !buffer->mapping.sync->is_ranged))
		target.access &= ~(unsigned int)IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	return target;
}

static bool writes(struct imxd_sync_target const *target)
{
	return target->access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE;
}

/*
 * In a forked child, and if the program has closed the render node, the device is attached anew. Without success the
 * device of the parent may still be attached.
 */
static int prepare(struct imxd_buffer *buffer)
{
	int code = find_sharing(buffer);

	if (code == 0 && buffer->mapping.sync == &imxd_sync_attached)
		imxd_sharing_attach(buffer->mapping.sharing, &buffer->block);
	return code;
}

int imxd_session_start(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	struct imxd_sync const *sync = imxd_session_strategy(buffer);
	struct imxd_sync_target target = target_of_session(buffer);
	int code = prepare(buffer);

	if (code != 0)
		return code;
	target.others_write = imxd_sharing_begin_start(mapping->sharing);
	code = sync->start ? sync->start(&target) : 0;
	imxd_sharing_end_start(mapping->sharing, code == 0 && writes(&target));
	mapping->in_session = (code == 0);
	return code;
}

/* DMA_BUF_IOCTL_PHYS could discard what other sessions are writing. */
static bool leaves_flush(struct imxd_sync const *sync, struct imxd_sync_target const *target)
{
	return sync == &imxd_sync_phys && target->others_write && writes(target);
}

static int stop(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	struct imxd_sync_target target = target_of_session(buffer);
	int code = 0, flushed = 0;

	if (mapping->sync->stop) {
		target.others_write = imxd_sharing_begin_stop(mapping->sharing, writes(&target));
		code = mapping->sync->stop(&target);
		flushed = imxd_sharing_end_stop(mapping->sharing, &buffer->block, leaves_flush(mapping->sync, &target));
	}
	/* A failed write-back has left data in the cache. */
	if (writes(&target))
		atomic_store_explicit(&mapping->is_dirty, code != 0 || flushed != 0, memory_order_relaxed);
	return (code != 0) ? code : flushed;
}

/* A buffer that has had no session yet may have no strategy. */
int imxd_session_stop(struct imxd_buffer *buffer)
{
	int code = buffer->mapping.in_session ? stop(buffer) : 0;

	buffer->mapping.in_session = false;
	buffer->mapping.overwrites = false;
	return code;
}

static int check_range(ImxDmaBufferRange const *range, size_t index, size_t size)
{
	if (range->length == 0)
		return imxd_fail(-EINVAL, "range %zu: its length is 0", index);
	if (range->offset <= size && range->length <= size - range->offset)
		return 0;
	return imxd_fail(-EINVAL, "range %zu: %zu bytes at offset %zu are outside the buffer (%zu bytes)", index,
		range->length, range->offset, size);
}

int imxd_session_check_ranges(struct imxd_range_call const *call, size_t size)
{
	int code = 0;

	if (call->direction < IMX_DMA_BUFFER_TO_DEVICE || call->direction > IMX_DMA_BUFFER_BIDIRECTIONAL)
		return imxd_fail(-EINVAL, "direction %d: unknown", (int)call->direction);
	if (!call->ranges && call->count != 0)
		return imxd_fail(-EINVAL, "the ranges are NULL, and their number is %zu", call->count);
	for (size_t i = 0; i < call->count && code == 0; i++)
		code = check_range(&call->ranges[i], i, size);
	return code;
}

int imxd_session_run_ranges(struct imxd_buffer *buffer, struct imxd_range_call const *call)
{
	struct imxd_sync const *sync = imxd_session_strategy(buffer);
	struct imxd_sync_target target = target_of(buffer);
	ImxDmaBufferRange const whole = {0, buffer->size};
	ImxDmaBufferRange const *ranges = call->ranges ? call->ranges : &whole;
	size_t count = call->ranges ? call->count : 1;

	if (count == 0)
		return 0;
	/* What the program writes between such calls, nobody else hands over. */
	if (writes(&target))
		atomic_store_explicit(&buffer->mapping.is_dirty, true, memory_order_relaxed);
	if (!sync->is_ranged)
		prepare(buffer);
	return (call->for_device ? sync->for_device : sync->for_cpu)(&target, ranges, count, call->direction);
}
