/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Test the built-in allocators on the machine that it runs on, with the calls of an ordinary program. Distributions
 * install it as a ptest for boards. It includes installed headers only.
 *
 * usage: test-alloc [ALLOCATOR...]
 * Without arguments, allocators that are not usable on this machine are skipped; named ones must be usable.
 * Output: a line for each check: "PASS: name", "FAIL: name: reason" or "SKIP: name: reason".
 * Exit code: 0 if no check failed, 1 if one failed, 2 for an allocator that is not built in.
 */
#include <imxdmabuffer/imxdmabuffer_ext.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

/* One byte, a page and one byte, a picture of 1280x720 in NV12. */
static struct {
	size_t size, alignment;
} const sizes[] = {{1, 1}, {4097, 4096}, {1382400, 64}};

/* The current allocator and size, for the names of the lines. */
static struct {
	ImxDmaBufferAllocatorInfo const *info;
	size_t size;
} now;

static int failures;

static void print_line(char const *word, char const *check, char const *reason)
{
	printf("%s: %s", word, now.info->name);
	if (now.size)
		printf(" %zu bytes", now.size);
	printf("%s%s%s%s\n", check ? " " : "", check ? check : "", reason ? ": " : "", reason ? reason : "");
	fflush(stdout);
}

__attribute__((format(printf, 3, 4))) static int passed(int good, char const *check, char const *format, ...)
{
	char reason[768];
	va_list arguments;

	if (good) {
		print_line("PASS", check, NULL);
		return 1;
	}
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	print_line("FAIL", check, reason);
	failures++;
	return 0;
}

/* Return a byte that differs between neighbours and between seeds. */
static uint8_t byte_at(size_t place, unsigned int seed)
{
	return (uint8_t)(place * 7 + (place >> 8) * 13 + seed * 101);
}

static size_t first_difference(uint8_t const *bytes, size_t size, unsigned int seed)
{
	size_t place = 0;

	while (place < size && bytes[place] == byte_at(place, seed))
		place++;
	return place;
}

static int check_write(ImxDmaBuffer *buffer, char const *check, unsigned int flags, unsigned int seed)
{
	size_t size = imx_dma_buffer_get_size(buffer);
	uint8_t *bytes = imx_dma_buffer_map(buffer, flags, NULL);

	if (!passed(bytes != NULL, check, "%s", imx_dma_buffer_get_last_error()))
		return 0;
	if (flags & MANUAL)
		imx_dma_buffer_start_sync_session(buffer);
	for (size_t place = 0; place < size; place++)
		bytes[place] = byte_at(place, seed);
	if (flags & MANUAL)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	return 1;
}

static void check_read(ImxDmaBuffer *buffer, char const *check, unsigned int flags, unsigned int seed)
{
	size_t size = imx_dma_buffer_get_size(buffer), place;
	uint8_t *bytes = imx_dma_buffer_map(buffer, flags, NULL);

	if (!bytes) {
		passed(0, check, "%s", imx_dma_buffer_get_last_error());
		return;
	}
	if (flags & MANUAL)
		imx_dma_buffer_start_sync_session(buffer);
	place = first_difference(bytes, size, seed);
	passed(place == size, check, "byte %zu reads 0x%02x, but 0x%02x was written", place,
		(place < size) ? bytes[place] : 0u, byte_at(place, seed));
	if (flags & MANUAL)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
}

/* Map the memory again through its descriptor, as another process would do. */
static void check_descriptor(ImxDmaBuffer *buffer, unsigned int seed)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	ImxWrappedDmaBuffer wrapped;

	if (now.info->is_dmabuf != IMX_DMA_BUFFER_TRISTATE_YES) {
		print_line("SKIP", "descriptor", "this allocator has no DMA-BUF descriptors");
		return;
	}
	if (!passed(fd >= 0 && fcntl(fd, F_GETFD) >= 0, "descriptor", "descriptor %d is not open", fd))
		return;
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = imx_dma_buffer_get_size(buffer);
	check_read(&wrapped.parent, "read through the descriptor", READ, seed);
	imx_dma_buffer_deallocate(&wrapped.parent);
}

/* Return the reason why this buffer need not have an address; NULL if it must. */
static char const *address_excuse(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	if (now.info->has_physical_address != IMX_DMA_BUFFER_TRISTATE_YES)
		return now.info->message[0] ? now.info->message : "it is unknown on this machine";
	if (now.info->contiguous == IMX_DMA_BUFFER_TRISTATE_YES)
		return NULL;
	imx_dma_buffer_query_properties(buffer, &properties, NULL);
	return (properties.contiguous == IMX_DMA_BUFFER_TRISTATE_YES) ? NULL
																  : "this allocator's memory is not always contiguous";
}

static void check_address(ImxDmaBuffer *buffer, size_t alignment)
{
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);
	char const *excuse = address_excuse(buffer);

	if (address == 0 && excuse)
		print_line("SKIP", "physical address", excuse);
	else
		passed(address != 0 && address % alignment == 0, "physical address",
			"%" IMX_PHYSICAL_ADDRESS_FORMAT " is not an address, or not a multiple of %zu", address, alignment);
}

static void check_buffers(ImxDmaBuffer *buffer, ImxDmaBuffer *other, size_t alignment)
{
	passed(imx_dma_buffer_get_size(buffer) == now.size, "size", "%zu", imx_dma_buffer_get_size(buffer));
	check_address(buffer, alignment);
	if (!check_write(buffer, "map and write", WRITE, 1))
		return;
	check_read(buffer, "map and read", READ, 1);
	if (check_write(other, "map and write a second buffer", WRITE, 2))
		check_read(buffer, "read after a write to the second buffer", READ, 1);
	check_descriptor(buffer, 1);
	if (check_write(buffer, "write in a sync session", READ | WRITE | MANUAL, 3))
		check_read(buffer, "read in a sync session", READ | MANUAL, 3);
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static void check_size(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment)
{
	ImxDmaBuffer *buffer, *other;
	int before = count_descriptors(), left;

	now.size = size;
	buffer = imx_dma_buffer_allocate(allocator, size, alignment, NULL);
	if (passed(buffer != NULL, "allocate", "%s", imx_dma_buffer_get_last_error())) {
		other = imx_dma_buffer_allocate(allocator, size, alignment, NULL);
		if (passed(other != NULL, "allocate a second buffer", "%s", imx_dma_buffer_get_last_error()))
			check_buffers(buffer, other, alignment);
		imx_dma_buffer_deallocate(other);
		imx_dma_buffer_deallocate(buffer);
		left = count_descriptors() - before;
		passed(left == 0, "free", "%d more descriptors are open than before", left);
	}
	now.size = 0;
}

static void check_allocator(void)
{
	int has_address = now.info->has_physical_address == IMX_DMA_BUFFER_TRISTATE_YES;
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(now.info->name,
		has_address ? 0 : IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, NULL);

	if (!passed(allocator != NULL, "open", "%s", imx_dma_buffer_get_last_error()))
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_size(allocator, sizes[i].size, sizes[i].alignment);
	imx_dma_buffer_allocator_destroy(allocator);
}

static int is_named(char const *name, char **names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static int is_built_in(char const *name)
{
	char const *known;

	for (size_t i = 0; (known = imx_dma_buffer_builtin_allocator_name(i)); i++)
		if (strcmp(known, name) == 0)
			return 1;
	fprintf(stderr, "test-alloc: \"%s\": no such allocator; this library has:", name);
	for (size_t i = 0; (known = imx_dma_buffer_builtin_allocator_name(i)); i++)
		fprintf(stderr, " %s", known);
	fprintf(stderr, "\n");
	return 0;
}

static void check_name(char const *name, int must_be_usable)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info), .name = name};

	now.info = &info;
	if (imx_dma_buffer_query_allocator(name, &info, NULL) != 0)
		passed(0, "query", "%s", imx_dma_buffer_get_last_error());
	else if (!info.error)
		check_allocator();
	else if (must_be_usable)
		passed(0, NULL, "%s", info.message);
	else
		print_line("SKIP", NULL, info.message);
	now.info = NULL;
}

int main(int argc, char **argv)
{
	char const *name;

	for (int i = 1; i < argc; i++)
		if (!is_built_in(argv[i]))
			return 2;
	for (size_t i = 0; (name = imx_dma_buffer_builtin_allocator_name(i)); i++)
		if (argc == 1 || is_named(name, argv + 1))
			check_name(name, argc > 1);
	return failures ? 1 : 0;
}
