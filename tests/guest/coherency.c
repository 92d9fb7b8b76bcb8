/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check what sessions and range calls make the kernel do to the caches. The module counts (count_syncs=1), with
 * mode nxp and the cached heap. With "bytes", the guest runs with swiotlb=force: a device that is attached has a bounce
 * buffer, so that the kernel copies where it would maintain caches, and a missing call loses bytes.
 *
 * usage: coherency counts user|phys
 *        coherency attachment
 *        coherency bytes
 */
#include "guest.h"
#include "prime.h"
#include "syncs.h"

/* The largest bounce buffer. */
#define SIZE ((size_t)256 << 10)
#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

static struct syncs before;

static void begin(void)
{
	if (syncs_read(&before) != 0)
		tap(false, "the kernel counts: load the module with count_syncs=1");
}

static void expect(char const *what, long device_calls, long cpu_calls)
{
	struct syncs added = before;

	tap(syncs_since(&added) == 0 && added.device_calls == device_calls && added.cpu_calls == cpu_calls,
		"%s: the kernel cleans %ld times, expected %ld, and invalidates %ld times, expected %ld", what,
		added.device_calls, device_calls, added.cpu_calls, cpu_calls);
}

static void run_session(ImxDmaBuffer *buffer, unsigned int flags)
{
	begin();
	if (imx_dma_buffer_map(buffer, flags, NULL))
		imx_dma_buffer_unmap(buffer);
	else
		tap(false, "mapping: %s", imx_dma_buffer_get_last_error());
}

/* walks: of DMA_BUF_IOCTL_PHYS, one at the start and one at the stop of a session that writes. */
static void check_counts(ImxDmaBuffer *buffer, char const *strategy, long walks)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferRange const range = {100, 100};
	int attached = -1;

	imx_dma_buffer_query_properties(buffer, &properties, NULL);
	tap(strcmp(imx_dma_buffer_coherency_name(properties.coherency), strategy) == 0, "the strategy is %s, expected %s",
		imx_dma_buffer_coherency_name(properties.coherency), strategy);
	run_session(buffer, READ);
	expect("a session that reads", walks, walks);
	run_session(buffer, WRITE);
	expect("a session that writes", 2 * walks, 2 * walks);
	imx_dma_buffer_map(buffer, MANUAL, NULL);
	begin();
	imx_dma_buffer_sync_for_device(buffer, &range, 1, IMX_DMA_BUFFER_TO_DEVICE, NULL);
	expect("a range for the device", walks, walks);
	begin();
	imx_dma_buffer_sync_for_cpu(buffer, &range, 1, IMX_DMA_BUFFER_FROM_DEVICE, NULL);
	expect("a range for the CPU", walks, walks);
	imx_dma_buffer_unmap(buffer);
	tap(prime_import("vgem", imx_dma_buffer_get_fd(buffer), &attached) == 0, "vgem attaches");
	run_session(buffer, WRITE);
	expect("a session that writes, with vgem attached", 2 * walks + 1, 2 * walks + 1);
	close(attached);
}

static bool holds(uint8_t const *bytes, uint8_t value)
{
	for (size_t i = 0; bytes && i < SIZE; i++)
		if (bytes[i] != value)
			return false;
	return bytes != NULL;
}

static void fill(ImxDmaBuffer *buffer, uint8_t value)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, WRITE, NULL);

	if (bytes)
		memset(bytes, value, SIZE);
	imx_dma_buffer_unmap(buffer);
}

/* A session of one buffer on a DMA-BUF, in the middle of a session of another one. */
static void check_bytes_of_two(ImxDmaBuffer *buffer)
{
	ImxDmaBuffer *import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);
	uint8_t *bytes = imx_dma_buffer_map(buffer, WRITE, NULL);

	memset(bytes, 0x41, SIZE);
	tap(holds(imx_dma_buffer_map(import, READ, NULL), 0x41), "an import reads what is being written");
	imx_dma_buffer_unmap(import);
	fill(import, 0x42);
	tap(holds(bytes, 0x42), "the session of an import changes nothing else");
	memset(bytes, 0x43, SIZE);
	imx_dma_buffer_unmap(buffer);
	tap(holds(imx_dma_buffer_map(import, READ, NULL), 0x43), "the last session hands everything over");
	imx_dma_buffer_deallocate(import);
}

/* START copies the bounce buffer into the memory. Without the END before, that is the data of the attachment. */
static void check_bytes(ImxDmaBuffer *buffer)
{
	int attached = -1;
	uint8_t *bytes;

	fill(buffer, 0x11);
	tap(prime_import("vgem", imx_dma_buffer_get_fd(buffer), &attached) == 0, "vgem attaches");
	bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, imx_dma_buffer_get_fd(buffer), 0);
	memset(bytes, 0x22, SIZE);
	tap(holds(imx_dma_buffer_map(buffer, READ, NULL), 0x11), "writes outside of sessions are lost: the device bounces");
	imx_dma_buffer_unmap(buffer);
	munmap(bytes, SIZE);
	for (uint8_t value = 0x31; value < 0x34; value++) {
		fill(buffer, value);
		tap(holds(imx_dma_buffer_map(buffer, READ, NULL), value), "the next session reads what the last one wrote");
		imx_dma_buffer_unmap(buffer);
	}
	check_bytes_of_two(buffer);
	close(attached);
}

/*
 * vgem maps at import: SYNC cleans or invalidates once for it, as the import and its end do. A session begins with
 * both, since programs may have written before.
 */
static void check_attachment(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferRange const range = {100, 100};

	begin();
	run_session(buffer, 0);
	expect("the first session, which attaches", 3, 1);
	imx_dma_buffer_query_properties(buffer, &properties, NULL);
	tap(properties.coherency == IMX_DMA_BUFFER_COHERENCY_ATTACHMENT && strcmp(properties.attached_driver, "vgem") == 0,
		"the strategy is %s by %s, expected attachment by vgem", imx_dma_buffer_coherency_name(properties.coherency),
		properties.attached_driver);
	run_session(buffer, READ);
	expect("a session that reads", 2, 1);
	run_session(buffer, WRITE);
	expect("a session that writes", 2, 1);
	imx_dma_buffer_map(buffer, MANUAL, NULL);
	begin();
	imx_dma_buffer_sync_for_device(buffer, &range, 1, IMX_DMA_BUFFER_TO_DEVICE, NULL);
	expect("a range for the device", 1, 0);
	begin();
	imx_dma_buffer_sync_for_cpu(buffer, &range, 1, IMX_DMA_BUFFER_FROM_DEVICE, NULL);
	expect("a range for the CPU", 1, 1);
	begin();
	imx_dma_buffer_deallocate(buffer);
	expect("deallocate, which cleans and detaches", 1, 1);
}

static unsigned int allocator_flags(char const *check)
{
	return (strcmp(check, "attachment") == 0) ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS : 0;
}

int main(int argc, char **argv)
{
	ImxDmaBufferAllocator *allocator = need_allocator("dma-heap:reserved", allocator_flags((argc > 1) ? argv[1] : ""));
	ImxDmaBuffer *buffer = need_buffer(allocator, SIZE, 1);

	if (argc < 2 || !buffer)
		return 2;
	if (strcmp(argv[1], "bytes") == 0)
		check_bytes(buffer);
	else if (strcmp(argv[1], "attachment") == 0)
		check_attachment(buffer);
	else
		check_counts(buffer, argv[2], strcmp(argv[2], "phys") == 0);
	imx_dma_buffer_allocator_destroy(allocator);
	return tap_done();
}
