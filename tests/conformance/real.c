/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suite on the real machine. With CONFORMANCE_DEVICE=/dev/mem, which allows writes to physical memory (as in the
 * guests of the tests), a mapping by address alone serves as the device's view. Cache effects cannot be tested:
 * emulation has no caches.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance.h"

void start_board(void)
{
}

bool board_has_one_process(void)
{
	return false;
}

int check_board(void)
{
	fail_no_more();
	return 0;
}

/* Return false if the memory cannot be accessed. */
static bool copy(imx_physical_address_t address, void *to, void const *from, size_t length)
{
	char const *path = getenv("CONFORMANCE_DEVICE");
	size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (size_t)address % page;
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	uint8_t *view;

	if (fd < 0)
		return false;
	view = mmap(NULL, before + length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)(address - before));
	close(fd);
	if (view == MAP_FAILED)
		return false;
	memcpy(to ? to : view + before, from ? from : view + before, length);
	munmap(view, before + length);
	return true;
}

/* Memory without an address is visible to drivers only; tests/guest covers that. */
bool find_device(ImxDmaBuffer *buffer, struct device *device)
{
	uint8_t byte;

	device->address = imx_dma_buffer_get_physical_address(buffer);
	device->fd = -1;
	return device->address != 0 && copy(device->address, &byte, NULL, 1);
}

void device_writes(struct device const *device, size_t offset, void const *data, size_t length)
{
	assert_true(device->address != 0 && copy(device->address + offset, NULL, data, length));
}

void device_reads(struct device const *device, size_t offset, void *data, size_t length)
{
	assert_true(device->address != 0 && copy(device->address + offset, data, NULL, length));
}

void evict_caches(void)
{
}

long count_calls(void)
{
	return -1;
}

uint64_t true_address(int fd, size_t offset)
{
	return 0;
}

/* Limit the address space so that no new mapping fits. */
static bool failing;
static struct rlimit address_space;

bool fail_next_mmap(void)
{
	struct rlimit none;

	if (getrlimit(RLIMIT_AS, &address_space) != 0)
		return false;
	none = (struct rlimit){.rlim_cur = 1, .rlim_max = address_space.rlim_max};
	failing = setrlimit(RLIMIT_AS, &none) == 0;
	return failing;
}

void fail_no_more(void)
{
	if (failing)
		setrlimit(RLIMIT_AS, &address_space);
	failing = false;
}

bool fail_next_sync(void)
{
	return false;
}
