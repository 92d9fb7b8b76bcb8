/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check that all memory is freed after cycles, after the death of a process and after exhaustion: the number of used
 * pages of the CMA area must be as before.
 */
#include <signal.h>
#include <sys/wait.h>

#include "guest.h"

#define SIZE 131072

static void cycle(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);
	bool good = true;

	for (int i = 0; i < 1000 && good; i++) {
		ImxDmaBuffer *buffer = need_buffer(allocator, 1 + (size_t)i * 997, 1);

		good = buffer && imx_dma_buffer_map(buffer, 0, NULL);
		imx_dma_buffer_deallocate(buffer);
	}
	tap(good, "1000 buffers are allocated, mapped and freed");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* In the child: allocate 100 buffers, notify the parent, and wait to be killed. */
static void hold(int out)
{
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);
	char state = 'y';

	for (int i = 0; i < 100; i++) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, SIZE, 1, NULL);

		if (!buffer || !imx_dma_buffer_map(buffer, 0, NULL))
			state = 'n';
	}
	if (write(out, &state, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void kill_holder(long before)
{
	int channel[2], status;
	char state = 'n';
	pid_t child;

	if (pipe(channel) < 0 || (child = fork()) < 0) {
		tap(false, "a child process: %s", strerror(errno));
		return;
	}
	if (child == 0)
		hold(channel[1]);
	tap(read(channel[0], &state, 1) == 1 && state == 'y' && heap_pages_used() >= before + 100 * SIZE / 4096,
		"the child holds 100 buffers, %ld pages", heap_pages_used() - before);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	tap(WIFSIGNALED(status), "the child is killed");
	close(channel[0]);
	close(channel[1]);
}

static void exhaust(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);
	ImxDmaBuffer *last = NULL, *buffer;
	size_t count = 0;
	int error = 0;

	while ((buffer = imx_dma_buffer_allocate(allocator, 1 << 20, 1, &error))) {
		last = buffer;
		count++;
	}
	tap(count > 16 && error == ENOMEM, "after %zu MiB: %s", count, imx_dma_buffer_get_last_error());
	tap(strstr(imx_dma_buffer_get_last_error(), "CmaTotal ") &&
			strstr(imx_dma_buffer_get_last_error(), "1048576 bytes"),
		"the message contains the size and the state of the area");
	imx_dma_buffer_deallocate(last);
	tap(imx_dma_buffer_allocate(allocator, 1 << 20, 1, &error) != NULL,
		"after one buffer is freed, one can be allocated");
	imx_dma_buffer_allocator_destroy(allocator);
}

static void check_use(long before, char const *after)
{
	long now = heap_pages_used();

	/* The kernel frees the files of a dead process with a delay. */
	for (int i = 0; i < 50 && now != before; i++) {
		usleep(20000);
		now = heap_pages_used();
	}
	tap(now == before, "after %s %ld pages are in use, before: %ld", after, now, before);
}

int main(void)
{
	long before = heap_pages_used();

	if (before < 0) {
		tap_skip("lifetime", "this kernel does not show the used pages of its CMA area");
		return tap_done();
	}
	cycle();
	check_use(before, "the cycles");
	kill_holder(before);
	check_use(before, "the kill");
	exhaust();
	check_use(before, "the exhaustion");
	return tap_done();
}
