/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Failures to allocate the library's own objects: every call of calloc fails once. Linked with --wrap.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake.h"

static int countdown;

static bool fails(void)
{
	return countdown > 0 && --countdown == 0;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

/* Make the next call of malloc and its relatives fail, once. */
#define with_failure(expression)                                                                                       \
	do {                                                                                                               \
		countdown = 1;                                                                                                 \
		expression;                                                                                                    \
		assert_int_equal(countdown, 0);                                                                                \
		assert_int_equal(error, ENOMEM);                                                                               \
		assert_sentence("out of memory");                                                                              \
		error = 0;                                                                                                     \
	} while (0)

static void test_every_object(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_NOT_WANTED);
	ImxWrappedDmaBuffer wrapped;
	int error = 0, memory = imxd_memory_file("memory", 0, 4096, 0);

	with_failure(assert_null(imx_dma_buffer_allocator_new_by_name("host", 0, &error)));
	with_failure(assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error)));
	assert_int_equal(fake.blocks, 0);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = memory;
	wrapped.size = 4096;
	with_failure(assert_null(imx_dma_buffer_map(&wrapped.parent, 0, &error)));
	/* The second allocation of that map: the buffer, after the entry of the list. */
	countdown = 2;
	assert_null(imx_dma_buffer_map(&wrapped.parent, 0, &error));
	assert_int_equal(error, ENOMEM);
	assert_non_null(imx_dma_buffer_map(&wrapped.parent, 0, &error));
	imx_dma_buffer_deallocate(&wrapped.parent);
	close(memory);
	imx_dma_buffer_allocator_destroy(allocator);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		fake_test(test_every_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
