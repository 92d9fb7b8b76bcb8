/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts the simulated board that the environment variable CONFORMANCE_BOARD describes. At the end of each test, checks
 * that all memory was freed and that no harmful call was made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"
#include "sim.h"

#define MAX_ATTACHED 32

/* Attached DMA-BUFs. Devices hold the memory until the test ends. */
static int attached[MAX_ATTACHED];
static size_t attachments;

void start_board(void)
{
	char const *text = getenv("CONFORMANCE_BOARD");

	sim_reset();
	if (text && sim_configure(text) != 0) {
		fprintf(stderr, "CONFORMANCE_BOARD: %s\n", sim_message());
		exit(2);
	}
}

static void attach(int fd)
{
	assert_true(attachments < MAX_ATTACHED);
	assert_int_equal(sim_attach(fd), 0);
	attached[attachments++] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void detach_all(void)
{
	while (attachments > 0) {
		sim_detach(attached[--attachments]);
		close(attached[attachments]);
	}
}

/* DMA-BUFs of heaps are valid in every process, those of udmabuf are not (sim.h). */
bool board_has_one_process(void)
{
	char const *text = getenv("CONFORMANCE_BOARD");

	return text && strstr(text, "udmabuf on");
}

int check_board(void)
{
	detach_all();
	if (sim_misuses() != 0) {
		print_error("%lu harmful calls: %s\n", sim_misuses(), sim_misuse());
		return -1;
	}
	if (sim_live_buffers() == 0 && sim_huge_pages_used() == 0)
		return 0;
	print_error("%u buffers and %u huge pages are left\n", sim_live_buffers(), sim_huge_pages_used());
	return -1;
}

/*
 * Attach a device only if the address alone is not coherent and the memory is a DMA-BUF: every cached DMA-BUF serves
 * attached devices.
 */
bool find_device(ImxDmaBuffer *buffer, struct device *device)
{
	ImxDmaBufferProperties properties = get_properties(buffer);
	uint8_t byte;

	device->address = imx_dma_buffer_get_physical_address(buffer);
	device->fd = imx_dma_buffer_get_fd(buffer);
	if (!serves_addresses(properties.coherency) && properties.is_dmabuf == YES)
		attach(device->fd);
	if (device->address != 0) {
		/* These devices reach all memory, so a failure means that the address is wrong. */
		assert_int_equal(sim_device_read(device->address, &byte, 1), 0);
		return true;
	}
	return device->fd >= 0 && sim_device_read_fd(device->fd, 0, &byte, 1) == 0;
}

void device_writes(struct device const *device, size_t offset, void const *data, size_t length)
{
	if (device->address != 0)
		assert_int_equal(sim_device_write(device->address + offset, data, length), 0);
	else
		assert_int_equal(sim_device_write_fd(device->fd, offset, data, length), 0);
}

void device_reads(struct device const *device, size_t offset, void *data, size_t length)
{
	if (device->address != 0)
		assert_int_equal(sim_device_read(device->address + offset, data, length), 0);
	else
		assert_int_equal(sim_device_read_fd(device->fd, offset, data, length), 0);
}

void evict_caches(void)
{
	sim_evict(0, 0);
}

long count_calls(void)
{
	return (long)sim_count(SIM_CALL_ANY);
}

uint64_t true_address(int fd, size_t offset)
{
	uint64_t address = sim_physical_address(fd, offset);

	assert_int_not_equal(address, 0);
	return address;
}

bool fail_next_mmap(void)
{
	assert_int_equal(sim_fail(SIM_CALL_MMAP, 1, ENOMEM, 1), 0);
	return true;
}

void fail_no_more(void)
{
}

bool fail_next_sync(void)
{
	assert_int_equal(sim_fail(SIM_CALL_SYNC, 1, EIO, 1), 0);
	return true;
}
