/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks when the kernel maintains the caches of a cached heap: never without an attached device, except in
 * DMA_BUF_IOCTL_PHYS. Needs the module with count_syncs=1, and mode nxp.
 */
#include <errno.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "heap.h"
#include "prime.h"
#include "syncs.h"
#include "tap.h"

#define SIZE 262144

static struct syncs before;

static void begin(void)
{
	tap(syncs_read(&before) == 0, "the kernel counts");
}

/* The counts since begin(), of calls that each cover the whole buffer. */
static void expect(long device_calls, long cpu_calls, char const *what)
{
	struct syncs added = before;

	tap(syncs_since(&added) == 0 && added.device_calls == device_calls && added.device_bytes == device_calls * SIZE &&
			added.cpu_calls == cpu_calls && added.cpu_bytes == cpu_calls * SIZE,
		"%s: %ld calls for the device, %ld for the CPU", what, added.device_calls, added.cpu_calls);
}

static void sync_dmabuf(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = {flags | DMA_BUF_SYNC_RW};

	if (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0)
		tap(false, "DMA_BUF_IOCTL_SYNC: %s", strerror(errno));
}

static void check(int fd)
{
	int attached = -1, code;
	uint64_t phys = 0;

	begin();
	sync_dmabuf(fd, DMA_BUF_SYNC_START);
	sync_dmabuf(fd, DMA_BUF_SYNC_END);
	expect(0, 0, "a CPU access without an attached device");
	begin();
	tap(heap_phys(fd, &phys) == 0 && phys != 0, "DMA_BUF_IOCTL_PHYS returns an address");
	expect(1, 1, "DMA_BUF_IOCTL_PHYS");
	begin();
	code = prime_import("vgem", fd, &attached);
	tap(code == 0, "vgem imports the buffer: %s", strerror(-code));
	expect(1, 0, "the import");
	begin();
	sync_dmabuf(fd, DMA_BUF_SYNC_START);
	expect(0, 1, "the start of a CPU access with vgem attached");
	begin();
	sync_dmabuf(fd, DMA_BUF_SYNC_END);
	expect(1, 0, "its end");
	begin();
	close(attached);
	expect(0, 1, "the end of the attachment");
}

int main(void)
{
	struct heap_buffer buffer;
	int code = heap_allocate("reserved", SIZE, &buffer);

	if (tap(code == 0, "a buffer of the cached heap: %s", strerror(-code))) {
		check(buffer.fd);
		heap_free(&buffer);
	}
	return tap_done();
}
