/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors: codes and messages.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"

static bool allocate_from_nothing(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_allocate(NULL, 1, 1, error);
}

static bool allocate_nothing(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_allocate(subject.allocator, 0, 1, error);
}

static bool map_nothing(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_map(NULL, READ, error);
}

static bool map_unknown(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_map(buffer, 1 << 30, error);
}

static bool map_more(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_map(buffer, WRITE, error);
}

static bool locate_nothing(ImxDmaBuffer *buffer, int *error)
{
	return imx_dma_buffer_get_physical_address_from_dmabuf_fd(-1, error) == 0;
}

static bool name_nothing(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_allocator_new_by_name("no-such-allocator", 0, error);
}

static bool flag_unknown(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_allocator_new_by_name(subject.name, 1 << 30, error);
}

static bool default_nothing(ImxDmaBuffer *buffer, int *error)
{
	ImxDmaBufferAllocator *allocator;

	setenv("IMXDMABUFFER_ALLOCATOR", "no-such-allocator", 1);
	allocator = imx_dma_buffer_allocator_new(error);
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	return !allocator;
}

static bool import_nothing(ImxDmaBuffer *buffer, int *error)
{
	return !imx_dma_buffer_import_dmabuf(-1, 0, 0, error);
}

static bool export_nothing(ImxDmaBuffer *buffer, int *error)
{
	return imx_dma_buffer_export_fd(NULL, NULL, error) == -1;
}

static bool ask_nothing(ImxDmaBuffer *buffer, int *error)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	return imx_dma_buffer_query_properties(NULL, &properties, error) == -1;
}

static bool ask_for_nothing(ImxDmaBuffer *buffer, int *error)
{
	return imx_dma_buffer_query_physical_address(buffer, NULL, error) == -1;
}

static bool query_no_allocator(ImxDmaBuffer *buffer, int *error)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	return imx_dma_buffer_query_allocator(NULL, &info, error) == -1;
}

static bool describe_nowhere(ImxDmaBuffer *buffer, int *error)
{
	return imx_dma_buffer_allocator_get_info(buffer->allocator, NULL, error) == -1;
}

static bool forget_the_size(ImxDmaBuffer *buffer, int *error)
{
	ImxDmaBufferProperties properties = {.struct_size = 0};

	return imx_dma_buffer_query_properties(buffer, &properties, error) == -1;
}

static bool map_an_empty_wrap(ImxDmaBuffer *buffer, int *error)
{
	ImxWrappedDmaBuffer wrapped;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	return !imx_dma_buffer_map(&wrapped.parent, READ, error);
}

/* Each function with an `error` argument, and a call of it that must fail. The buffer is mapped for reading. */
static struct {
	bool (*fails)(ImxDmaBuffer *buffer, int *error);
	int code;
} const failures[] = {
	{allocate_from_nothing, EINVAL},
	{allocate_nothing, EINVAL},
	{map_nothing, EINVAL},
	{map_unknown, EINVAL},
	{map_more, EACCES},
	{locate_nothing, EBADF},
	{name_nothing, EINVAL},
	{flag_unknown, EINVAL},
	{default_nothing, EINVAL},
	{import_nothing, EBADF},
	{export_nothing, EINVAL},
	{ask_nothing, EINVAL},
	{ask_for_nothing, EINVAL},
	{query_no_allocator, EINVAL},
	{describe_nowhere, EINVAL},
	{forget_the_size, EINVAL},
	{map_an_empty_wrap, ENOTSUP},
};

static void test_c1_failure_has_a_code_and_a_message(void **state)
{
	ImxDmaBuffer *buffer = allocate(1000, 1);

	map(buffer, READ);
	for (size_t i = 0; i < COUNT(failures); i++) {
		char before[1000];
		int error = -1;

		assert_true(failures[(i + 5) % COUNT(failures)].fails(buffer, &error));
		snprintf(before, sizeof(before), "%s", imx_dma_buffer_get_last_error());
		error = -1;
		assert_true(failures[i].fails(buffer, &error));
		assert_int_equal(error, failures[i].code);
		assert_true(imx_dma_buffer_get_last_error()[0] != '\0');
		assert_string_not_equal(imx_dma_buffer_get_last_error(), before);
	}
}

static void test_c2_error_may_be_null(void **state)
{
	ImxDmaBuffer *buffer = allocate(1000, 1);

	map(buffer, READ);
	for (size_t i = 0; i < COUNT(failures); i++) {
		char with[1000];
		int error = -1;

		assert_true(failures[i].fails(buffer, &error));
		snprintf(with, sizeof(with), "%s", imx_dma_buffer_get_last_error());
		/* Fail in another way in between, so that the message is the second call's. */
		assert_true(failures[(i + 5) % COUNT(failures)].fails(buffer, &error));
		assert_string_not_equal(imx_dma_buffer_get_last_error(), with);
		assert_true(failures[i].fails(buffer, NULL));
		assert_string_equal(imx_dma_buffer_get_last_error(), with);
	}
}

/*
 * Call each function that has an `error` argument so that it succeeds. Functions that the mechanism lacks may fail,
 * with their own code.
 */
static void succeed(int *error)
{
	ImxDmaBufferAllocator *allocator = new_allocator(error);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 1000, 16, error), *import = NULL;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	int fd;

	assert_non_null(buffer);
	assert_non_null(imx_dma_buffer_map(buffer, MANUAL, error));
	assert_non_null(imx_dma_buffer_map(buffer, READ, error));
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, error), 0);
	assert_int_equal(imx_dma_buffer_query_allocator(subject.info.name, &info, error), 0);
	assert_int_equal(imx_dma_buffer_allocator_get_info(allocator, &info, error), 0);
	fd = properties.is_dmabuf == YES ? imx_dma_buffer_export_fd(buffer, NULL, error) : -1;
	if (fd >= 0)
		import = imx_dma_buffer_import_dmabuf(fd, 0, 0, error);
	assert_int_equal(import != NULL, properties.is_dmabuf == YES);
	if (import && imx_dma_buffer_get_physical_address(import) != 0)
		assert_true(imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, error) != 0);
	imx_dma_buffer_deallocate(import);
	close(fd);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_c3_success_leaves_error_alone(void **state)
{
	int error = 4711;

	succeed(&error);
	assert_int_equal(error, 4711);
}

static void test_c4_null_does_nothing(void **state)
{
	imx_dma_buffer_allocator_destroy(NULL);
	imx_dma_buffer_deallocate(NULL);
	imx_dma_buffer_unmap(NULL);
	imx_dma_buffer_start_sync_session(NULL);
	imx_dma_buffer_stop_sync_session(NULL);
	imx_dma_buffer_init_wrapped_buffer(NULL);
	assert_true(imx_dma_buffer_get_physical_address(NULL) == 0);
	assert_int_equal(imx_dma_buffer_get_fd(NULL), -1);
	assert_int_equal(imx_dma_buffer_get_size(NULL), 0);
	assert_null(imx_dma_buffer_allocator_get_name(NULL));
}

static void *fail_elsewhere(void *buffer)
{
	return failures[0].fails(buffer, NULL) ? buffer : NULL;
}

static void test_c5_message_stays_until_the_next_failure_of_its_thread(void **state)
{
	ImxDmaBuffer *buffer = allocate(1000, 1);
	void *result = NULL;
	pthread_t thread;
	char before[1000];

	assert_true(name_nothing(buffer, NULL));
	snprintf(before, sizeof(before), "%s", imx_dma_buffer_get_last_error());
	succeed(NULL);
	assert_string_equal(imx_dma_buffer_get_last_error(), before);
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, buffer), 0);
	pthread_join(thread, &result);
	assert_ptr_equal(result, buffer);
	assert_string_equal(imx_dma_buffer_get_last_error(), before);
	assert_true(allocate_nothing(buffer, NULL));
	assert_string_not_equal(imx_dma_buffer_get_last_error(), before);
}

struct CMUnitTest const error_tests[MAX_TESTS] = {
	conformance_test(test_c1_failure_has_a_code_and_a_message),
	conformance_test(test_c2_error_may_be_null),
	conformance_test(test_c3_success_leaves_error_alone),
	conformance_test(test_c4_null_does_nothing),
	conformance_test(test_c5_message_stays_until_the_next_failure_of_its_thread),
};
