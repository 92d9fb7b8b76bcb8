/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the guest's heaps behave as those of the emulated kernel.
 * usage: demo_heaps HEAP-NAME|none [phys] [uncached] [frames] [high] [denied]
 *   phys: the kernel has DMA_BUF_IOCTL_PHYS; uncached: there is a second heap HEAP-NAME-uncached; frames: pagemap shows
 *   page frames; high: memory is at 2 GiB or above; denied: this user may not open the heap
 * Each feature must be absent if it is not named.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "heap.h"
#include "tap.h"

#define SIZE (3 * 1024 * 1024)

static char **words;

static bool expected(char const *word)
{
	for (char **each = words; *each != NULL; each++)
		if (strcmp(*each, word) == 0)
			return true;
	return false;
}

static void check_names(char const *heap)
{
	char sibling[128];
	char const *found = heap_contiguous();

	snprintf(sibling, sizeof(sibling), "%s-uncached", heap);
	tap(found != NULL && heap_exists(heap), "a contiguous heap is named %s (found %s)", heap,
		found != NULL ? found : "none");
	tap(heap_exists(sibling) == expected("uncached"), "%s %s", sibling, expected("uncached") ? "exists" : "is absent");
}

static void check_exporter(int fd, char const *heap)
{
	char path[64], line[256], name[128] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "exp_name: %127s", name) == 1)
			break;
	if (file != NULL)
		fclose(file);
	tap(strcmp(name, heap) == 0, "the exporter is named %s (found %s)", heap, name);
}

static void check_phys(struct heap_buffer *buffer, uint64_t *phys)
{
	int code = heap_phys(buffer->fd, phys);

	if (expected("phys"))
		tap(code == 0 && *phys != 0, "the kernel returns the address: 0x%" PRIx64, *phys);
	else
		tap(code == -ENOTTY, "the kernel has no DMA_BUF_IOCTL_PHYS: %s", strerror(-code));
}

/* 64-bit kernels do not have the 4-byte ioctl number. */
static void check_encoding(struct heap_buffer *buffer)
{
	struct utsname name;
	uint64_t phys = 0;
	int code = ioctl(buffer->fd, _IOW('b', 10, uint32_t), &phys) < 0 ? errno : 0;
	bool is_64bit;

	uname(&name);
	is_64bit = strcmp(name.machine, "aarch64") == 0 || strcmp(name.machine, "armv8l") == 0;
	tap(code == (expected("phys") && !is_64bit ? 0 : ENOTTY), "the 4-byte encoding on %s: %s", name.machine,
		strerror(code));
}

static void check_frames(struct heap_buffer *buffer, uint64_t phys)
{
	uint64_t frames = 0;
	size_t contiguous;
	int code = heap_frames(buffer->map, buffer->size, &frames, &contiguous);

	if (!expected("frames")) {
		tap(code == -ENODATA, "pagemap shows no frames: %s", strerror(-code));
		return;
	}
	tap(code == 0 && contiguous == buffer->size, "%zu of %zu bytes are contiguous", contiguous, buffer->size);
	if (phys != 0)
		tap(phys == frames, "ioctl and pagemap agree on 0x%" PRIx64, frames);
	phys = frames;
	tap((phys >= UINT64_C(0x80000000)) == expected("high"), "0x%" PRIx64 " is %s 2 GiB", phys,
		expected("high") ? "above" : "below");
}

static void check_sync(int fd)
{
	struct dma_buf_sync sync = {0};
	int code = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 ? errno : 0;

	tap(code == EINVAL, "DMA_BUF_IOCTL_SYNC without flags: %s", strerror(code));
	sync.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW;
	code = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 ? errno : 0;
	tap(code == 0, "DMA_BUF_IOCTL_SYNC: %s", strerror(code));
}

/* True if the memory is zeroed and keeps its contents, also in a write-combined heap. */
static bool is_usable(struct heap_buffer *buffer)
{
	for (size_t i = 0; i < buffer->size; i += 997)
		if (buffer->map[i] != 0)
			return false;
	for (size_t i = 0; i < buffer->size; i++)
		buffer->map[i] = (uint8_t)(i * 3);
	for (size_t i = 0; i < buffer->size; i++)
		if (buffer->map[i] != (uint8_t)(i * 3))
			return false;
	return true;
}

static void check_buffer(char const *heap)
{
	struct heap_buffer buffer;
	uint64_t phys = 0;
	int code = heap_allocate(heap, SIZE, &buffer);

	if (!tap(code == 0, "allocation from %s: %s", heap, strerror(-code)))
		return;
	check_exporter(buffer.fd, heap);
	check_phys(&buffer, &phys);
	check_encoding(&buffer);
	check_frames(&buffer, phys);
	check_sync(buffer.fd);
	tap(is_usable(&buffer), "memory of %s is zeroed and keeps its contents", heap);
	heap_free(&buffer);
}

/* For scattered memory NXP's ioctl returns the address of the first segment. */
static void check_scattered(void)
{
	struct heap_buffer buffer;
	uint64_t phys = 0;
	int code = heap_allocate("system", SIZE, &buffer);

	if (!tap(code == 0, "allocation from system: %s", strerror(-code)))
		return;
	check_phys(&buffer, &phys);
	heap_free(&buffer);
}

static void check_leaks(char const *heap)
{
	long before = heap_pages_used();
	bool good = before >= 0;

	for (int i = 0; i < 200 && good; i++) {
		struct heap_buffer buffer;

		good = heap_allocate(heap, 65536, &buffer) == 0;
		if (good)
			heap_free(&buffer);
	}
	tap(good && heap_pages_used() == before, "after 200 buffers %ld pages are in use, before: %ld", heap_pages_used(),
		before);
}

int main(int argc, char **argv)
{
	struct heap_buffer buffer;
	char sibling[128];

	if (argc < 2)
		return 2;
	words = argv + 2;
	if (strcmp(argv[1], "none") == 0) {
		tap(heap_contiguous() == NULL, "there is no contiguous heap");
		return tap_done();
	}
	if (expected("denied")) {
		tap(heap_allocate(argv[1], SIZE, &buffer) == -EACCES, "this user may not open %s", argv[1]);
		return tap_done();
	}
	check_names(argv[1]);
	check_buffer(argv[1]);
	snprintf(sibling, sizeof(sibling), "%s-uncached", argv[1]);
	if (expected("uncached"))
		check_buffer(sibling);
	if (heap_pages_used() >= 0)
		check_leaks(argv[1]);
	if (heap_exists("system") && expected("frames"))
		check_scattered();
	return tap_done();
}
