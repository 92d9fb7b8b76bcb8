/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's descriptors in drivers that nobody here wrote: vivid, which demands contiguous memory, vim2m, vgem,
 * vkms. And theirs in the library: of vgem and udmabuf, which gather pages, and of vivid, whose memory is contiguous.
 */
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>

#include "guest.h"
#include "prime.h"
#include "v4l2.h"

/* The system heap takes large blocks first: the pages at the end come from elsewhere. */
#define SCATTERED_SIZE (V4L2_BUFFER_SIZE + 15 * 4096)

static size_t count(uint8_t const *map, size_t size, uint8_t value)
{
	size_t found = 0;

	for (size_t i = 0; i < size; i++)
		found += map[i] == value;
	return found;
}

/* vivid writes through its attachment; what it wrote must be there after a map, which starts a sync session. */
static void check_vivid(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBuffer *buffer = need_buffer(allocator, V4L2_BUFFER_SIZE, 1);
	size_t length = 0;
	uint8_t *map;
	int code;

	if (!buffer)
		return;
	memset(imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL), 0xa5, V4L2_BUFFER_SIZE);
	imx_dma_buffer_unmap(buffer);
	code = vivid_capture(imx_dma_buffer_get_fd(buffer), &length);
	map = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	if (code == -ENODEV)
		tap_skip("vivid", "no vivid here");
	else
		tap(code == 0 && length > 0 && count(map, length, 0xa5) < length / 2 &&
				count(map + length, V4L2_BUFFER_SIZE - length, 0xa5) == V4L2_BUFFER_SIZE - length,
			"vivid writes %zu bytes into the buffer and no more: %s", length, strerror(-code));
	imx_dma_buffer_deallocate(buffer);
}

static void check_scattered(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator("dma-heap:system",
		IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	ImxDmaBuffer *buffer = need_buffer(allocator, SCATTERED_SIZE, 1);
	ImxDmaBufferAddress address;
	size_t length;
	int code = buffer ? vivid_capture(imx_dma_buffer_get_fd(buffer), &length) : -ENOMEM;

	if (code == -ENODEV)
		tap_skip("vivid", "no vivid here");
	else
		tap(code < 0, "vivid refuses a buffer of the system heap: %s", strerror(-code));
	tap(buffer && imx_dma_buffer_query_physical_address(buffer, &address, NULL) != 0,
		"and the library tells no address for it: %s", imx_dma_buffer_get_last_error());
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = need_allocator("dma-heap:system", 0);
	tap(!imx_dma_buffer_allocate(allocator, SCATTERED_SIZE, 1, NULL), "nor allocates where one is needed: %s",
		imx_dma_buffer_get_last_error());
	imx_dma_buffer_allocator_destroy(allocator);
}

static void check_vim2m(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBuffer *source = need_buffer(allocator, V4L2_BUFFER_SIZE, 1);
	ImxDmaBuffer *destination = need_buffer(allocator, V4L2_BUFFER_SIZE, 1);
	uint8_t *from = imx_dma_buffer_map(source, 0, NULL), *to = imx_dma_buffer_map(destination, 0, NULL);
	size_t length = 0;
	int code = -ENOMEM;

	if (from && to) {
		for (size_t i = 0; i < V4L2_BUFFER_SIZE; i++)
			from[i] = (uint8_t)(i * 13 + (i >> 8));
		memset(to, 0, V4L2_BUFFER_SIZE);
		code = vim2m_copy(imx_dma_buffer_get_fd(source), imx_dma_buffer_get_fd(destination), &length);
	}
	if (code == -ENODEV)
		tap_skip("vim2m", "no vim2m here");
	else
		tap(code == 0 && length > 0 && memcmp(from, to, length) == 0, "vim2m copies %zu bytes: %s", length,
			strerror(-code));
	imx_dma_buffer_deallocate(source);
	imx_dma_buffer_deallocate(destination);
}

static void check_prime(ImxDmaBufferAllocator *allocator, char const *driver)
{
	ImxDmaBuffer *buffer = need_buffer(allocator, 65536, 1);
	int code = buffer ? prime_import(driver, imx_dma_buffer_get_fd(buffer), NULL) : -ENOMEM;

	if (code == -ENODEV)
		tap_skip(driver, "no such driver here");
	else
		tap(code == 0, "%s imports the buffer: %s", driver, strerror(-code));
	imx_dma_buffer_deallocate(buffer);
}

static int udmabuf_export(size_t size)
{
	struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
	int node = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), file, fd;

	if (node < 0)
		return -ENODEV;
	file = memfd_create("pages", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ftruncate(file, (off_t)size) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -errno;
	create.memfd = (unsigned int)file;
	fd = ioctl(node, UDMABUF_CREATE, &create);
	fd = (fd < 0) ? -errno : fd;
	close(file);
	close(node);
	return fd;
}

/* What an import's address may be: whatever the page frames say, where these are seen; otherwise as it is known. */
static void check_import_address(ImxDmaBuffer *import, char const *driver, ImxDmaBufferAnswer contiguous)
{
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(import);
	size_t size = imx_dma_buffer_get_size(import), length = 0;
	ImxDmaBufferAddress asked = {.address = 0};
	int error = 0, code = imx_dma_buffer_query_physical_address(import, &asked, &error);
	char const *reason = (contiguous == IMX_DMA_BUFFER_NO) ? "the memory is not contiguous" : "cannot be known";
	uint64_t phys = 0;

	if (heap_frames(imx_dma_buffer_map(import, 0, NULL), size, &phys, &length) == 0)
		tap(code == 0 && asked.address == phys && asked.contiguous_length <= length &&
				address == ((length >= size) ? phys : 0),
			"%s: the library says 0x%lx and %zu bytes, the page frames 0x%llx and %zu of %zu", driver, asked.address,
			asked.contiguous_length, (unsigned long long)phys, length, size);
	else if (code == 0)
		tap(contiguous == IMX_DMA_BUFFER_YES && address == asked.address && asked.contiguous_length == size,
			"%s: at 0x%lx, known by %s", driver, address, imx_dma_buffer_address_source_name(asked.source));
	else
		tap(address == 0 && error == ENOTSUP && strstr(imx_dma_buffer_get_last_error(), reason), "%s: no address: %s",
			driver, imx_dma_buffer_get_last_error());
	imx_dma_buffer_unmap(import);
}

/* Takes the descriptor, or the negative errno code in its place. */
static void check_import(char const *driver, int fd, ImxDmaBufferAnswer contiguous)
{
	off_t size = (fd >= 0) ? lseek(fd, 0, SEEK_END) : -1;
	ImxDmaBufferProperties properties;
	ImxDmaBuffer *import;

	if (fd == -ENODEV) {
		tap_skip(driver, "no such driver here");
		return;
	}
	import = imx_dma_buffer_import_dmabuf(fd, NULL);
	if (!tap(import != NULL, "%s: its DMA-BUF is imported: %s", driver,
			import       ? "yes"
				: fd < 0 ? strerror(-fd)
						 : imx_dma_buffer_get_last_error()))
		return;
	tap(imx_dma_buffer_get_properties(import, &properties, NULL) == 0 && (off_t)imx_dma_buffer_get_size(import) == size,
		"%s: %zu bytes as the kernel says, of the exporter %s", driver, imx_dma_buffer_get_size(import),
		properties.exporter);
	/* Pages may happen to be neighbours: the page frames show that. */
	tap(contiguous == IMX_DMA_BUFFER_YES
			? properties.contiguous == contiguous
			: properties.contiguous != IMX_DMA_BUFFER_YES || imx_dma_buffer_get_physical_address(import) != 0,
		"%s: contiguous, 1 yes, 0 no, -1 unknown: %d", driver, properties.contiguous);
	close(fd);
	check_import_address(import, driver, contiguous);
	imx_dma_buffer_deallocate(import);
}

int main(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);

	check_vivid(allocator);
	check_vim2m(allocator);
	check_prime(allocator, "vgem");
	check_prime(allocator, "vkms");
	/* All of DRM is exported under one name, contiguous memory too. */
	check_import("vgem", prime_export("vgem", 40 * 4096), IMX_DMA_BUFFER_UNKNOWN);
	check_import("vivid", vivid_export(), IMX_DMA_BUFFER_YES);
	check_import("udmabuf", udmabuf_export(40 * 4096), IMX_DMA_BUFFER_NO);
	imx_dma_buffer_allocator_destroy(allocator);
	/* Page frames would tell where scattered memory begins: only kernels that show none are asked. */
	if (getenv("CHECK_SCATTERED"))
		check_scattered();
	return tap_done();
}
