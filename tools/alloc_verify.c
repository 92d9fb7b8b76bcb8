/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Write through the library's mapping, and read back through another one.
 */
#include "alloc.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "output.h"
#include "watch.h"

/* DMA_BUF_IOCTL_SYNC, as in uapi/linux/dma-buf.h since Linux 4.6. */
struct dmabuf_sync {
	uint64_t flags;
};

#define DMABUF_SYNC _IOW('b', 0, struct dmabuf_sync)
#define DMABUF_SYNC_READ 1u
#define DMABUF_SYNC_START 0u
#define DMABUF_SYNC_END 4u

/* Return a word that differs between runs, buffers and offsets: old contents and mixed-up buffers are found. */
static uint64_t word_at(uint64_t seed, size_t buffer, size_t offset)
{
	uint64_t word = seed;

	word += (uint64_t)buffer * UINT64_C(0xd1b54a32d192ed03);
	word += (uint64_t)offset * UINT64_C(0x9e3779b97f4a7c15);
	word ^= word >> 32;
	word *= UINT64_C(0xbf58476d1ce4e5b9);
	return word ^ (word >> 29);
}

static void fill(uint8_t *bytes, size_t size, uint64_t seed, size_t buffer)
{
	uint64_t word;
	size_t offset = 0;

	for (; size - offset >= sizeof(word); offset += sizeof(word)) {
		word = word_at(seed, buffer, offset);
		memcpy(bytes + offset, &word, sizeof(word));
	}
	word = word_at(seed, buffer, offset);
	memcpy(bytes + offset, &word, size - offset);
}

/* Return the first offset that differs, or size; *expected is the right byte at this offset. */
static size_t compare(uint8_t const *bytes, size_t size, uint64_t seed, size_t buffer, uint8_t *expected)
{
	for (size_t offset = 0; offset < size; offset += sizeof(uint64_t)) {
		size_t length = (size - offset < sizeof(uint64_t)) ? size - offset : sizeof(uint64_t);
		uint64_t word = word_at(seed, buffer, offset);
		uint8_t wanted[sizeof(word)];

		memcpy(wanted, &word, sizeof(word));
		if (memcmp(bytes + offset, wanted, length) == 0)
			continue;
		for (size_t i = 0; i < length; i++) {
			*expected = wanted[i];
			if (bytes[offset + i] != wanted[i])
				return offset + i;
		}
	}
	return size;
}

static int check(uint8_t const *bytes, size_t size, uint64_t seed, size_t buffer)
{
	uint8_t expected = 0;
	size_t offset = compare(bytes, size, seed, buffer, &expected);

	if (offset == size)
		return EXIT_DONE;
	return output_fail(EXIT_FAILED,
		"buffer %zu: verification failed: byte %zu of %zu reads 0x%02x, but 0x%02x was written; do not use "
		"this memory",
		buffer, offset, size, bytes[offset], expected);
}

static int sync_fd(int fd, size_t buffer, uint64_t flags)
{
	struct dmabuf_sync sync = {.flags = flags | DMABUF_SYNC_READ};
	int result;

	do {
		result = ioctl(fd, DMABUF_SYNC, &sync);
	} while (result < 0 && (errno == EINTR || errno == EAGAIN));
	if (result == 0)
		return EXIT_DONE;
	return output_fail(EXIT_FAILED, "buffer %zu: DMA_BUF_IOCTL_SYNC on descriptor %d failed: %s", buffer, fd,
		strerror(errno));
}

static int check_mapping(struct piece const *piece, int fd, uint8_t const *bytes, uint64_t seed, size_t buffer)
{
	bool is_dmabuf = piece->properties.is_dmabuf == IMX_DMA_BUFFER_TRISTATE_YES;
	size_t size = imx_dma_buffer_get_size(piece->buffer);
	int code = EXIT_DONE, end_code = EXIT_DONE;

	if (is_dmabuf)
		code = sync_fd(fd, buffer, DMABUF_SYNC_START);
	if (code != EXIT_DONE)
		return code;
	code = check(bytes, size, seed, buffer);
	if (is_dmabuf)
		end_code = sync_fd(fd, buffer, DMABUF_SYNC_END);
	return (code != EXIT_DONE) ? code : end_code;
}

/* Map the reserved size: files of huge pages can only be unmapped in whole huge pages. */
static int check_through_fd(struct piece const *piece, int fd, uint64_t seed, size_t buffer)
{
	size_t length = piece->properties.reserved_size;
	void *bytes = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	int code;

	if (bytes == MAP_FAILED)
		return output_fail(EXIT_FAILED, "buffer %zu: descriptor %d cannot be mapped a second time: %s", buffer, fd,
			strerror(errno));
	code = check_mapping(piece, fd, bytes, seed, buffer);
	munmap(bytes, length);
	return code;
}

static int unmap(ImxDmaBuffer *mapped, size_t buffer)
{
	char const *message;

	imx_dma_buffer_unmap(mapped);
	message = watch_take_error();
	return message ? output_fail(EXIT_FAILED, "buffer %zu: unmapping failed: %s", buffer, message) : EXIT_DONE;
}

static int check_through_library(struct piece const *piece, uint64_t seed, size_t buffer)
{
	uint8_t const *bytes = imx_dma_buffer_map(piece->buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	int code;

	if (!bytes)
		return output_fail(EXIT_FAILED, "buffer %zu: %s", buffer, imx_dma_buffer_get_last_error());
	code = check(bytes, imx_dma_buffer_get_size(piece->buffer), seed, buffer);
	if (code == EXIT_DONE)
		return unmap(piece->buffer, buffer);
	imx_dma_buffer_unmap(piece->buffer);
	return code;
}

static int write_pattern(struct piece const *piece, uint64_t seed, size_t buffer)
{
	uint8_t *bytes = imx_dma_buffer_map(piece->buffer, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL);

	if (!bytes)
		return output_fail(EXIT_FAILED, "buffer %zu: %s", buffer, imx_dma_buffer_get_last_error());
	fill(bytes, imx_dma_buffer_get_size(piece->buffer), seed, buffer);
	return unmap(piece->buffer, buffer);
}

int map_buffers(struct allocation const *allocation)
{
	int code = EXIT_DONE;

	watch_begin();
	for (size_t i = 0; i < allocation->count && code == EXIT_DONE; i++) {
		ImxDmaBuffer *buffer = allocation->pieces[i].buffer;

		if (imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL))
			code = unmap(buffer, i);
		else
			code = output_fail(EXIT_FAILED, "buffer %zu: %s", i, imx_dma_buffer_get_last_error());
	}
	watch_end();
	return code;
}

/* Write all buffers before reading the first one: this finds buffers that share memory. */
int verify_buffers(struct allocation const *allocation)
{
	struct timespec now;
	uint64_t seed;
	int code = EXIT_DONE;

	watch_begin();
	clock_gettime(CLOCK_REALTIME, &now);
	seed = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	for (size_t i = 0; i < allocation->count && code == EXIT_DONE; i++)
		code = write_pattern(&allocation->pieces[i], seed, i);
	for (size_t i = 0; i < allocation->count && code == EXIT_DONE; i++) {
		struct piece const *piece = &allocation->pieces[i];
		int fd = imx_dma_buffer_get_fd(piece->buffer);

		code = (fd >= 0) ? check_through_fd(piece, fd, seed, i) : check_through_library(piece, seed, i);
	}
	watch_end();
	return code;
}
