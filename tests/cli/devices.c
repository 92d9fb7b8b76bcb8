/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program as users of imxdmabuffer_sim.h write it: without the simulator inside, run by "imxdmabuffer sim". It uses
 * every function of the header on the default allocator, and on a small cached heap that it adds to the board.
 *
 * exit status: 0, also without the simulator, or 1 with a line for each failed check
 */
#include <errno.h>
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_sim.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define SIZE 10000

static int failures;

#define CHECK(condition)                                                                                               \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			printf("line %d: %s; errno %d; %s; %s\n", __LINE__, #condition, errno, imxdmabuffer_sim_get_last_error(),  \
				imx_dma_buffer_get_last_error());                                                                      \
			failures++;                                                                                                \
		}                                                                                                              \
	} while (0)
#define FAILS(code, call) CHECK((call) == -1 && errno == (code) && imxdmabuffer_sim_get_last_error()[0] != '\0')

static void cpu_fill(ImxDmaBuffer *buffer, int value)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL);

	CHECK(bytes != NULL);
	if (bytes)
		memset(bytes, value, SIZE);
	imx_dma_buffer_unmap(buffer);
}

/* Returns whether the CPU reads only this value, in a session. */
static int cpu_sees(ImxDmaBuffer *buffer, int value)
{
	uint8_t const *bytes = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	size_t i = 0;

	while (bytes && i < SIZE && bytes[i] == value)
		i++;
	imx_dma_buffer_unmap(buffer);
	return i == SIZE;
}

static int all(uint8_t const *data, int value)
{
	return data[0] == value && memcmp(data, data + 1, SIZE - 1) == 0;
}

static void check_addresses(ImxDmaBuffer *buffer, ImxDmaBuffer *other)
{
	uint64_t address = imx_dma_buffer_get_physical_address(buffer);
	uint64_t target = imx_dma_buffer_get_physical_address(other);
	uint8_t data[SIZE];

	cpu_fill(buffer, 1);
	CHECK(imxdmabuffer_sim_read(address, data, SIZE) == 0 && all(data, 1));
	CHECK(imxdmabuffer_sim_fill(address, 2, SIZE) == 0 && cpu_sees(buffer, 2));
	CHECK(imxdmabuffer_sim_fill(target, 9, SIZE) == 0);
	CHECK(imxdmabuffer_sim_copy(target, address, SIZE) == 0 && cpu_sees(other, 2));
	memset(data, 3, SIZE);
	CHECK(imxdmabuffer_sim_write(address, data, SIZE) == 0 && cpu_sees(buffer, 3));
	CHECK(imxdmabuffer_sim_read(address, data, 0) == 0 && imxdmabuffer_sim_fill(address, 9, 0) == 0);
	CHECK(cpu_sees(buffer, 3));
	FAILS(EFAULT, imxdmabuffer_sim_read(1, data, SIZE));
	FAILS(EFAULT, imxdmabuffer_sim_fill(UINT64_MAX, 0, 1));
	FAILS(EFAULT, imxdmabuffer_sim_copy(address, 1, 1));
	FAILS(EINVAL, imxdmabuffer_sim_read(address, NULL, 1));
	FAILS(EINVAL, imxdmabuffer_sim_write(address, NULL, 1));
}

/* Only devices that are attached are served on every board. */
static void check_descriptors(ImxDmaBuffer *buffer, ImxDmaBuffer *other)
{
	int fd = imx_dma_buffer_get_fd(buffer), target = imx_dma_buffer_get_fd(other);
	uint8_t data[SIZE];

	/* The library itself attaches a device on some boards, when the CPU maps. */
	FAILS(EINVAL, imxdmabuffer_sim_read_fd(fd, 0, data, 1));
	FAILS(EINVAL, imxdmabuffer_sim_fill_fd(target, 0, 0, 1));
	CHECK(imxdmabuffer_sim_attach(fd) == 0 && imxdmabuffer_sim_attach(target) == 0);
	cpu_fill(buffer, 4);
	CHECK(imxdmabuffer_sim_read_fd(fd, 0, data, SIZE) == 0 && all(data, 4));
	CHECK(imxdmabuffer_sim_fill_fd(fd, 0, 5, SIZE) == 0 && cpu_sees(buffer, 5));
	CHECK(imxdmabuffer_sim_fill_fd(target, 0, 0, SIZE) == 0);
	CHECK(imxdmabuffer_sim_copy_fd(target, 100, fd, 0, SIZE - 100) == 0 && !cpu_sees(other, 5));
	CHECK(imxdmabuffer_sim_copy_fd(target, 0, fd, 0, 100) == 0 && cpu_sees(other, 5));
	memset(data, 6, SIZE);
	CHECK(imxdmabuffer_sim_write_fd(fd, 0, data, SIZE) == 0 && cpu_sees(buffer, 6));
	FAILS(EBADF, imxdmabuffer_sim_read_fd(0, 0, data, 1));
	FAILS(EFAULT, imxdmabuffer_sim_read_fd(fd, 1 << 20, data, 1));
	FAILS(EFAULT, imxdmabuffer_sim_fill_fd(fd, UINT64_MAX, 0, 2));
	FAILS(EINVAL, imxdmabuffer_sim_read_fd(fd, 0, NULL, 1));
	FAILS(EINVAL, imxdmabuffer_sim_write_fd(fd, 0, NULL, 1));
	CHECK(imxdmabuffer_sim_detach(fd) == 0 && imxdmabuffer_sim_detach(target) == 0);
	FAILS(EBADF, imxdmabuffer_sim_detach(0));
	FAILS(EBADF, imxdmabuffer_sim_attach(-1));
}

static short events(ImxDmaBuffer *buffer)
{
	struct pollfd file = {.fd = imx_dma_buffer_get_fd(buffer), .events = POLLIN | POLLOUT};

	return (poll(&file, 1, 0) >= 0) ? file.revents : -1;
}

static void check_fences(ImxDmaBuffer *buffer)
{
	int fd = imx_dma_buffer_get_fd(buffer);

	CHECK(events(buffer) == (POLLIN | POLLOUT));
	CHECK(imxdmabuffer_sim_set_fences(fd, 1, 0) == 0 && events(buffer) == POLLIN);
	CHECK(imxdmabuffer_sim_set_fences(fd, 0, 1) == 0 && events(buffer) == 0);
	CHECK(imxdmabuffer_sim_set_fences(fd, 0, 0) == 0 && events(buffer) == (POLLIN | POLLOUT));
	FAILS(EBADF, imxdmabuffer_sim_set_fences(0, 0, 0));
}

static void check_failures(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBuffer *buffer;
	int error = 0;

	imxdmabuffer_sim_reset_counts();
	CHECK(imxdmabuffer_sim_count("ioctl") == 0);
	CHECK(imxdmabuffer_sim_fail("ioctl", 1, ENOMEM, 0) == 0);
	CHECK(!imx_dma_buffer_allocate(allocator, SIZE, 0, &error) && error == ENOMEM);
	CHECK(imxdmabuffer_sim_count("ioctl") > 0 && imxdmabuffer_sim_count("any") > 0);
	imxdmabuffer_sim_forget_failures();
	buffer = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	CHECK(buffer != NULL);
	imx_dma_buffer_deallocate(buffer);
	FAILS(EINVAL, imxdmabuffer_sim_count("no-call"));
	FAILS(EINVAL, imxdmabuffer_sim_count(NULL));
	FAILS(EINVAL, imxdmabuffer_sim_fail("no-call", 1, EIO, 1));
	FAILS(EINVAL, imxdmabuffer_sim_fail("sync", 0, EIO, 1));
	FAILS(EINVAL, imxdmabuffer_sim_fail("sync", 1, 0, 1));
	for (int i = 0; i < 128; i++)
		CHECK(imxdmabuffer_sim_fail("dwl-flush", 1000, EIO, 1) == 0);
	FAILS(ENOSPC, imxdmabuffer_sim_fail("dwl-flush", 1000, EIO, 1));
	imxdmabuffer_sim_forget_failures();
}

/* A heap of 1 MiB, cached: what a device writes during a session stays hidden until the next one. */
static void check_small_heap(void)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	uint8_t const *bytes;
	int error = 0;

	CHECK(imxdmabuffer_sim_configure("heap small cached limit=1M; phys native") == 0);
	CHECK(imxdmabuffer_sim_get_last_error()[0] == '\0');
	allocator = imx_dma_buffer_allocator_new_by_name("dma-heap:/dev/dma_heap/small", 0, NULL);
	CHECK(!imx_dma_buffer_allocate(allocator, 2 << 20, 0, &error) && error == ENOMEM);
	buffer = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	CHECK(imxdmabuffer_sim_memory_used("small") == 12288 && imxdmabuffer_sim_memory_used("none") == 0);
	CHECK(imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), 7, SIZE) == 0);
	FAILS(EINVAL, imxdmabuffer_sim_detach(imx_dma_buffer_get_fd(buffer)));
	bytes = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	CHECK(imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), 8, SIZE) == 0);
	CHECK(bytes && bytes[0] == 7);
	imx_dma_buffer_unmap(buffer);
	CHECK(cpu_sees(buffer, 8));
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	FAILS(EINVAL, imxdmabuffer_sim_configure("heap small limit=lots"));
	CHECK(strstr(imxdmabuffer_sim_get_last_error(), "lots") != NULL);
	FAILS(EINVAL, imxdmabuffer_sim_configure(NULL));
}

int main(void)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer, *other;

	if (!imxdmabuffer_sim_is_present()) {
		printf("skipped: no simulator\n");
		return imxdmabuffer_sim_read != NULL;
	}
	allocator = imx_dma_buffer_allocator_new(NULL);
	CHECK(imxdmabuffer_sim_live_buffers() == 0);
	buffer = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	other = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	if (!buffer || !other) {
		printf("%s\n", imx_dma_buffer_get_last_error());
		return 1;
	}
	CHECK(imxdmabuffer_sim_live_buffers() == 2);
	if (imx_dma_buffer_get_physical_address(buffer) != 0)
		check_addresses(buffer, other);
	check_descriptors(buffer, other);
	check_fences(buffer);
	check_failures(allocator);
	check_small_heap();
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_deallocate(other);
	imx_dma_buffer_allocator_destroy(allocator);
	CHECK(imxdmabuffer_sim_live_buffers() == 0);
	CHECK(imxdmabuffer_sim_misuses() == 0 && imxdmabuffer_sim_misuse()[0] == '\0');
	if (failures == 0)
		printf("passed\n");
	return failures != 0;
}
