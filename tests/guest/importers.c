/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Import the library's DMA-BUFs into independent drivers: vivid, which requires contiguous memory, vim2m, vgem and
 * vkms. Import DMA-BUFs of drivers into the library: of vgem and udmabuf, which gather pages, and of vivid, whose
 * memory is contiguous.
 */
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>

#include "guest.h"
#include "prime.h"
#include "v4l2.h"

/* The system heap allocates large blocks first, so the last pages are not contiguous with the first. */
#define SCATTERED_SIZE (V4L2_BUFFER_SIZE + 15 * 4096)

static size_t count(uint8_t const *map, size_t size, uint8_t value)
{
	size_t found = 0;

	for (size_t i = 0; i < size; i++)
		found += map[i] == value;
	return found;
}

/* vivid writes through its attachment. Its data must be visible after a map, which begins a sync session. */
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
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	size_t length;
	int code = buffer ? vivid_capture(imx_dma_buffer_get_fd(buffer), &length) : -ENOMEM;

	if (code == -ENODEV)
		tap_skip("vivid", "no vivid here");
	else
		tap(code < 0, "vivid refuses a buffer of the system heap: %s", strerror(-code));
	tap(buffer && imx_dma_buffer_query_physical_address(buffer, &address, NULL) != 0,
		"the library returns no address for it: %s", imx_dma_buffer_get_last_error());
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = need_allocator("dma-heap:system", 0);
	tap(!imx_dma_buffer_allocate(allocator, SCATTERED_SIZE, 1, NULL), "allocation fails if an address is required: %s",
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

/* Compare the address of an import with the page frames if pagemap shows them, otherwise with its properties. */
static void check_import_address(ImxDmaBuffer *import, char const *driver, ImxDmaBufferTristate contiguous)
{
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(import);
	size_t size = imx_dma_buffer_get_size(import), length = 0;
	ImxDmaBufferAddress queried = {.struct_size = sizeof(queried)};
	int error = 0, code = imx_dma_buffer_query_physical_address(import, &queried, &error);
	char const *reason = (contiguous == IMX_DMA_BUFFER_TRISTATE_NO) ? "the memory is not contiguous" : "is unknown";
	uint64_t phys = 0;

	if (heap_frames(imx_dma_buffer_map(import, 0, NULL), size, &phys, &length) == 0)
		tap(code == 0 && queried.address == phys && queried.contiguous_length <= length &&
				address == ((length >= size) ? phys : 0),
			"%s: library 0x%lx and %zu bytes, page frames 0x%llx and %zu of %zu bytes", driver, queried.address,
			queried.contiguous_length, (unsigned long long)phys, length, size);
	else if (code == 0)
		tap(contiguous == IMX_DMA_BUFFER_TRISTATE_YES && address == queried.address &&
				queried.contiguous_length == size,
			"%s: address 0x%lx from %s", driver, address, imx_dma_buffer_address_source_name(queried.source));
	else
		tap(address == 0 && error == ENOTSUP && strstr(imx_dma_buffer_get_last_error(), reason), "%s: no address: %s",
			driver, imx_dma_buffer_get_last_error());
	imx_dma_buffer_unmap(import);
}

/* Check an import. Closes fd, which may be a negative errno code instead of a descriptor. */
static void check_import(char const *driver, int fd, ImxDmaBufferTristate contiguous)
{
	off_t size = (fd >= 0) ? lseek(fd, 0, SEEK_END) : -1;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *import;

	if (fd == -ENODEV) {
		tap_skip(driver, "no such driver here");
		return;
	}
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	if (!tap(import != NULL, "%s: the DMA-BUF is imported: %s", driver,
			import       ? "yes"
				: fd < 0 ? strerror(-fd)
						 : imx_dma_buffer_get_last_error()))
		return;
	tap(imx_dma_buffer_query_properties(import, &properties, NULL) == 0 &&
			(off_t)imx_dma_buffer_get_size(import) == size,
		"%s: %zu bytes as in the kernel, exporter %s", driver, imx_dma_buffer_get_size(import), properties.exporter);
	/* Pages may be contiguous by chance, and the page frames show that. */
	tap(contiguous == IMX_DMA_BUFFER_TRISTATE_YES
			? properties.contiguous == contiguous
			: properties.contiguous != IMX_DMA_BUFFER_TRISTATE_YES || imx_dma_buffer_get_physical_address(import) != 0,
		"%s: contiguous, 2 yes, 1 no, 0 unknown: %d", driver, properties.contiguous);
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
	/* All DRM drivers export under the same name, also contiguous memory. */
	check_import("vgem", prime_export("vgem", 40 * 4096), IMX_DMA_BUFFER_TRISTATE_UNKNOWN);
	check_import("vivid", vivid_export(), IMX_DMA_BUFFER_TRISTATE_YES);
	check_import("udmabuf", udmabuf_export(40 * 4096), IMX_DMA_BUFFER_TRISTATE_NO);
	imx_dma_buffer_allocator_destroy(allocator);
	/* With page frames, scattered memory has an address. Check it only on kernels without them. */
	if (getenv("CHECK_SCATTERED"))
		check_scattered();
	return tap_done();
}
