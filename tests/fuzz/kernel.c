/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hostile kernel: any text in /proc and /sys, any result and any bytes from ioctls. Linked with --wrap. The calls may
 * fail as they like, but must not crash, leak descriptors or return a buffer that cannot be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"
#include "fuzz.h"
#include "sim.h"

static struct input *source;

static bool lies(void)
{
	return source && source->size > 0 && take(source) % 4 != 0;
}

static int take_code(void)
{
	return -(int)(1 + take(source) % 130);
}

ssize_t __real_imxd_sys_read_text(char const *path, char *text, size_t size);
ssize_t __wrap_imxd_sys_read_text(char const *path, char *text, size_t size);
ssize_t __wrap_imxd_sys_read_text(char const *path, char *text, size_t size)
{
	size_t length;

	if (!lies())
		return __real_imxd_sys_read_text(path, text, size);
	text[0] = '\0';
	if (take(source) % 4 == 0)
		return take_code();
	length = take(source) * 4u;
	length = take_bytes(source, text, (length < size) ? length : size - 1);
	text[length] = '\0';
	return (ssize_t)length;
}

ssize_t __real_imxd_sys_read_link(char const *path, char *target, size_t size);
ssize_t __wrap_imxd_sys_read_link(char const *path, char *target, size_t size);
ssize_t __wrap_imxd_sys_read_link(char const *path, char *target, size_t size)
{
	size_t length;

	if (!lies())
		return __real_imxd_sys_read_link(path, target, size);
	target[0] = '\0';
	if (take(source) % 4 == 0)
		return take_code();
	length = take(source);
	length = take_bytes(source, target, (length < size) ? length : size - 1);
	target[length] = '\0';
	return (ssize_t)length;
}

ssize_t __real_imxd_sys_pread(int fd, void *data, size_t length, off_t offset);
ssize_t __wrap_imxd_sys_pread(int fd, void *data, size_t length, off_t offset);
ssize_t __wrap_imxd_sys_pread(int fd, void *data, size_t length, off_t offset)
{
	if (!lies())
		return __real_imxd_sys_pread(fd, data, length, offset);
	if (take(source) % 4 == 0)
		return take_code();
	return (ssize_t)take_bytes(source, data, length);
}

/* An argument with room for its result is filled. Descriptors in it are new ones: a kernel does not name old ones. */
int __real_imxd_sys_ioctl(int fd, unsigned long request, void *argument);
int __wrap_imxd_sys_ioctl(int fd, unsigned long request, void *argument);
int __wrap_imxd_sys_ioctl(int fd, unsigned long request, void *argument)
{
	bool returns_descriptor = ((request >> 8) & 0xff) == 'H' || ((request >> 8) & 0xff) == 'I' ||
		((request >> 8) & 0xff) == 'u';

	if (!lies() || returns_descriptor)
		return (source && source->size > 0 && take(source) % 8 == 0) ? take_code()
																	 : __real_imxd_sys_ioctl(fd, request, argument);
	if (take(source) % 2 == 0)
		return take_code();
	if (request & (2ul << 30))
		take_bytes(source, argument, (request >> 16) & 0x3fff);
	return (int)take(source) % 3;
}

int64_t __real_imxd_sys_size(int fd);
int64_t __wrap_imxd_sys_size(int fd);
int64_t __wrap_imxd_sys_size(int fd)
{
	return lies() ? ((take(source) & 1) ? (int64_t)(take_number(source) >> 1) : take_code()) : __real_imxd_sys_size(fd);
}

int64_t __real_imxd_sys_file_system(int fd);
int64_t __wrap_imxd_sys_file_system(int fd);
int64_t __wrap_imxd_sys_file_system(int fd)
{
	return lies() ? ((take(source) & 1) ? (int64_t)(uint32_t)take_number(source) : take_code())
				  : __real_imxd_sys_file_system(fd);
}

static void use_allocator(char const *name, struct input *input)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer = NULL;
	char text[IMX_DMA_BUFFER_NAME_SIZE];

	imx_dma_buffer_query_allocator(name, &info, NULL);
	allocator = imx_dma_buffer_allocator_new_by_name(name, pick(input, 2), NULL);
	if (allocator)
		buffer = imx_dma_buffer_allocate(allocator, 1 + take(input) * 16u, 1, NULL);
	if (buffer) {
		uint8_t *map = imx_dma_buffer_map(buffer, pick(input, 8), NULL);

		if (map)
			(void)*(uint8_t volatile *)map;
		imx_dma_buffer_query_properties(buffer, &properties, NULL);
		imx_dma_buffer_query_physical_address(buffer, &address, NULL);
		imx_dma_buffer_set_name(buffer, "fuzz", NULL);
		imx_dma_buffer_get_name(buffer, text, sizeof(text), NULL);
	}
	imx_dma_buffer_allocator_destroy(allocator);
}

/* A file that the kernel calls a DMA-BUF, of a size that the kernel makes up. */
static void import_file(struct input *input)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	ImxDmaBuffer *buffer;

	if (ftruncate(fd, 8192) != 0)
		abort();
	imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, NULL);
	buffer = imx_dma_buffer_import_dmabuf(fd, take_number(input) % 8192, take_number(input) % 8192, NULL);
	if (buffer)
		imx_dma_buffer_deallocate(buffer);
	close(fd);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
	static char const *const names[] = {"dma-heap", "dma-heap:linux,cma", "ion", "ipu", "pxp", "host", "host:udmabuf"};
	struct input input = {data, size};
	unsigned int before;

	sim_reset();
	REQUIRE(sim_configure("heap linux,cma; heap system scattered; ion new heap linux,cma; ipu on; pxp 3; udmabuf on; "
						  "hugepages 4; phys native") == 0,
		"%s", sim_message());
	source = NULL;
	before = count_descriptors();
	source = &input;
	while (input.size > 0)
		if (take(&input) % 4 == 0)
			import_file(&input);
		else
			use_allocator(names[pick(&input, sizeof(names) / sizeof(names[0]))], &input);
	source = NULL;
	/* The IPU's node stays open. */
	REQUIRE(count_descriptors() <= before + 1, "descriptors are left");
	return 0;
}
