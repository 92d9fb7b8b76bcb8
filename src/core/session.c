/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <errno.h>
#include <string.h>

#include "../base/cache.h"
#include "../base/env.h"
#include "../base/error.h"
#include "../base/log.h"

static enum imxd_sync_choice choice_of_environment(void)
{
	char const *text = imxd_env(IMXD_ENV_SYNC);

	if (text && strcmp(text, "user") == 0)
		return IMXD_SYNC_USER;
	if (text && strcmp(text, "kernel") == 0)
		return IMXD_SYNC_KERNEL;
	if (text && strcmp(text, "auto") != 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"IMXDMABUFFER_SYNC=%s: neither auto nor user nor kernel; auto is used", text);
	return IMXD_SYNC_AUTO;
}

int imxd_session_check_choice(enum imxd_sync_choice *choice)
{
	if (*choice == IMXD_SYNC_FROM_ENVIRONMENT)
		*choice = choice_of_environment();
	if (*choice == IMXD_SYNC_USER && imxd_cache()->line == 0)
		return imxd_fail(-ENOTSUP, "cache maintenance by the process was asked for, and is not possible: %s",
			imxd_cache()->why);
	return 0;
}

static bool may_maintain(enum imxd_sync_choice choice)
{
	if (choice == IMXD_SYNC_FROM_ENVIRONMENT)
		choice = choice_of_environment();
	return choice != IMXD_SYNC_KERNEL && imxd_cache()->line != 0;
}

bool imxd_session_may_maintain(void)
{
	return may_maintain(IMXD_SYNC_FROM_ENVIRONMENT);
}

struct imxd_sync const *imxd_session_strategy(struct imxd_buffer *buffer)
{
	if (!buffer->mapping.sync)
		buffer->mapping.sync = imxd_sync_choose(&buffer->block, buffer->owner->device.sync, buffer->address.phys,
			may_maintain(buffer->owner->sync));
	return buffer->mapping.sync;
}

static struct imxd_sync_target target_of(struct imxd_buffer *buffer)
{
	return (struct imxd_sync_target){
		.device = &buffer->owner->device,
		.block = &buffer->block,
		.address = buffer->mapping.address,
		.size = buffer->size,
		.access = buffer->mapping.flags,
	};
}

int imxd_session_start(struct imxd_buffer *buffer)
{
	struct imxd_sync const *sync = imxd_session_strategy(buffer);
	struct imxd_sync_target target = target_of(buffer);
	int code = sync->start ? sync->start(&target) : 0;

	buffer->mapping.in_session = (code == 0);
	return code;
}

int imxd_session_stop(struct imxd_buffer *buffer)
{
	struct imxd_sync_target target = target_of(buffer);
	int code = 0;

	if (buffer->mapping.in_session && buffer->mapping.sync->stop)
		code = buffer->mapping.sync->stop(&target);
	buffer->mapping.in_session = false;
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
	return (call->for_device ? sync->for_device : sync->for_cpu)(&target, ranges, count, call->direction);
}
