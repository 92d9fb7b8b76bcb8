/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drivers that return 0 for every ioctl and have no effect, as NXP's IPU and PxP drivers do for unknown ioctls. Linked
 * with --wrap.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#include "support.h"

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	return 0;
}

static void test_nothing_is_taken_for_a_descriptor(void **state)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC), error = 0;
	int stdin_before = fcntl(0, F_GETFD), next = dup(fd);

	close(next);
	assert_null(imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, &error));
	assert_int_equal(error, ENOTTY);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(fd, 4096, 0, O_RDWR | O_CLOEXEC, &error), -1);
	assert_int_equal(error, ENOTTY);
	assert_null(imx_dma_buffer_import_dmabuf(fd, 0, 0, &error));
	assert_int_equal(error, EINVAL);
	/* Standard input was not taken for a DMA-BUF and closed, and nothing is left open. */
	assert_int_equal(fcntl(0, F_GETFD), stdin_before);
	assert_int_equal(dup(fd), next);
	close(next);
	close(fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {cmocka_unit_test(test_nothing_is_taken_for_a_descriptor)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
