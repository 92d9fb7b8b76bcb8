/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suite on the real machine: there is no board to start, and no device to look through. What devices see is shown
 * by tests/guest, with devices that the guests really have.
 */
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
	return 0;
}

bool find_device(ImxDmaBuffer *buffer, struct device *device)
{
	return false;
}

void device_writes(struct device const *device, size_t offset, void const *data, size_t length)
{
	fail_msg("there is no device");
}

void device_reads(struct device const *device, size_t offset, void *data, size_t length)
{
	fail_msg("there is no device");
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

bool fail_next_mmap(void)
{
	return false;
}

bool fail_next_sync(void)
{
	return false;
}
