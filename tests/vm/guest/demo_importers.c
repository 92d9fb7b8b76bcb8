/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the importers work: all accept contiguous buffers, and vivid, which requires contiguous memory, refuses
 * a scattered one. Also checks that a fence of sw_sync delays the users of a DMA-BUF.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "fence.h"
#include "heap.h"
#include "prime.h"
#include "tap.h"
#include "v4l2.h"

static size_t count(uint8_t const *map, size_t size, uint8_t value)
{
	size_t found = 0;

	for (size_t i = 0; i < size; i++)
		found += map[i] == value;
	return found;
}

/* The system heap allocates large blocks first, so the last pages are not contiguous with the first. */
#define SCATTERED_SIZE (V4L2_BUFFER_SIZE + 15 * 4096)

static void check_vivid(char const *heap, size_t size, bool accepted)
{
	struct heap_buffer buffer;
	size_t length = 0;
	int code = heap_allocate(heap, size, &buffer);

	if (!tap(code == 0, "a buffer of %s: %s", heap, strerror(-code)))
		return;
	memset(buffer.map, 0xa5, buffer.size);
	code = vivid_capture(buffer.fd, &length);
	if (code == -ENODEV)
		tap_skip("vivid", "no vivid here");
	else if (!accepted)
		tap(code < 0, "vivid refuses the buffer of %s: %s", heap, strerror(-code));
	else
		tap(code == 0 && length > 0 && count(buffer.map, length, 0xa5) < length / 2 &&
				count(buffer.map + length, buffer.size - length, 0xa5) == buffer.size - length,
			"vivid fills the buffer of %s, %zu bytes and no more: %s", heap, length, strerror(-code));
	heap_free(&buffer);
}

static void check_vim2m(struct heap_buffer *source, struct heap_buffer *destination)
{
	size_t length = 0;
	int code;

	for (size_t i = 0; i < source->size; i++)
		source->map[i] = (uint8_t)(i * 13 + (i >> 8));
	memset(destination->map, 0, destination->size);
	code = vim2m_copy(source->fd, destination->fd, &length);
	if (code == -ENODEV)
		tap_skip("vim2m", "no vim2m here");
	else
		tap(code == 0 && length > 0 && memcmp(source->map, destination->map, length) == 0,
			"vim2m copies %zu bytes from buffer to buffer: %s", length, strerror(-code));
}

static void check_pair(char const *heap)
{
	struct heap_buffer source, destination;

	if (heap_allocate(heap, V4L2_BUFFER_SIZE, &source) < 0)
		return;
	if (heap_allocate(heap, V4L2_BUFFER_SIZE, &destination) == 0) {
		check_vim2m(&source, &destination);
		heap_free(&destination);
	}
	heap_free(&source);
}

static void check_prime(char const *driver, char const *heap)
{
	struct heap_buffer buffer;
	int code;

	if (heap_allocate(heap, 65536, &buffer) < 0)
		return;
	code = prime_import(driver, buffer.fd, NULL);
	if (code == -ENODEV)
		tap_skip(driver, "no such driver here");
	else
		tap(code == 0, "%s imports the buffer of %s: %s", driver, heap, strerror(-code));
	heap_free(&buffer);
}

/* True if a reader of the buffer need not wait. */
static bool is_idle(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};

	return poll(&polled, 1, 0) == 1;
}

static void check_fence(char const *heap)
{
	int timeline = fence_timeline(), fence = fence_create(timeline, 1);
	struct heap_buffer buffer;

	if (!tap(fence >= 0, "a fence of sw_sync: %s", strerror(fence < 0 ? -fence : 0)))
		return;
	if (heap_allocate(heap, 4096, &buffer) == 0) {
		tap(is_idle(buffer.fd) && fence_attach(buffer.fd, fence, true) == 0 && !is_idle(buffer.fd),
			"a reader of the buffer waits for the fence");
		tap(fence_advance(timeline, 1) == 0 && is_idle(buffer.fd), "it waits no longer after the signal");
		heap_free(&buffer);
	}
	close(fence);
	close(timeline);
}

int main(void)
{
	char const *heap = heap_contiguous();

	if (heap == NULL) {
		tap_skip("importers", "no contiguous heap");
		return tap_done();
	}
	check_vivid(heap, V4L2_BUFFER_SIZE, true);
	check_vivid("system", SCATTERED_SIZE, false);
	check_pair(heap);
	check_prime("vgem", heap);
	check_prime("vkms", heap);
	check_fence(heap);
	return tap_done();
}
