/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wrapped buffers: memory that the program brings.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/import.h"
#include "support.h"
#include "base/memory_file.h"
#include "base/sys.h"

static int setup(void **state)
{
	static ImxWrappedDmaBuffer wrapped;

	memset(&wrapped, 0xee, sizeof(wrapped));
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	*state = &wrapped;
	return 0;
}

static void use_memory(ImxWrappedDmaBuffer *wrapped, size_t size)
{
	wrapped->fd = imxd_memory_file("wrapped", 0, size, 0);
	wrapped->size = size;
	assert_true(wrapped->fd > 0);
}

/* A further map that cannot be made leaves the mapping that the program uses. */
static void test_refused_map_keeps_the_mapping(void **state)
{
	ImxWrappedDmaBuffer *wrapped = *state;
	uint8_t *first;
	int error = 0;

	use_memory(wrapped, 4096);
	first = imx_dma_buffer_map(&wrapped->parent, 0, NULL);
	first[4095] = 1;
	wrapped->size = 8192;
	assert_null(imx_dma_buffer_map(&wrapped->parent, 0, &error));
	assert_int_equal(error, EINVAL);
	first[4095] = 2;
	wrapped->size = 4096;
	assert_ptr_equal(imx_dma_buffer_map(&wrapped->parent, 0, NULL), first);
	imx_dma_buffer_deallocate(&wrapped->parent);
	close(wrapped->fd);
}

/* Programs may free wrapped buffers while they are mapped, and malloc returns the same address again. */
static void test_reused_address_is_not_fooled(void **state)
{
	ImxWrappedDmaBuffer *wrapped = *state;
	uint8_t *first, *second;
	unsigned char resident;

	use_memory(wrapped, 4096);
	first = imx_dma_buffer_map(&wrapped->parent, 0, NULL);
	memset(first, 1, 4096);
	close(wrapped->fd);
	/* The next one at this address: initialised, ... */
	imx_dma_buffer_init_wrapped_buffer(wrapped);
	/* The old mapping, which could not be undone any more, is gone. */
	assert_int_equal(mincore(first, 4096, &resident), -1);
	use_memory(wrapped, 4096);
	second = imx_dma_buffer_map(&wrapped->parent, 0, NULL);
	assert_int_equal(second[0], 0);
	memset(second, 2, 4096);
	close(wrapped->fd);
	/* ... or filled by hand, even with the same number for its descriptor. */
	use_memory(wrapped, 4096);
	second = imx_dma_buffer_map(&wrapped->parent, 0, NULL);
	assert_int_equal(second[0], 0);
	imx_dma_buffer_deallocate(&wrapped->parent);
	close(wrapped->fd);
}

/* Many at once: each keeps its mapping and its count while others come and go. */
static void test_many_are_mapped_at_once(void **state)
{
	enum { MANY = 200 };
	static ImxWrappedDmaBuffer many[MANY];
	uint8_t *addresses[MANY];
	int fd = imxd_memory_file("wrapped", 0, 4096, 0);

	for (size_t i = 0; i < MANY; i++) {
		imx_dma_buffer_init_wrapped_buffer(&many[i]);
		many[i].fd = fd;
		many[i].size = 4096;
		addresses[i] = imx_dma_buffer_map(&many[i].parent, 0, NULL);
		assert_non_null(addresses[i]);
		if (i % 3 == 0)
			imx_dma_buffer_unmap(&many[i].parent);
	}
	for (size_t i = 0; i < MANY; i++) {
		if (i % 3 == 0)
			continue;
		assert_ptr_equal(imx_dma_buffer_map(&many[i].parent, 0, NULL), addresses[i]);
		imx_dma_buffer_unmap(&many[i].parent);
		addresses[i][4095] = (uint8_t)i;
		imx_dma_buffer_unmap(&many[i].parent);
	}
	close(fd);
}

static unsigned int unmap_calls;

static void unmap_memory(ImxWrappedDmaBuffer *wrapped)
{
	unmap_calls++;
}

static void test_file_position_stays_the_programs(void **state)
{
	ImxWrappedDmaBuffer *wrapped = *state;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	use_memory(wrapped, 8192);
	assert_int_equal(lseek(wrapped->fd, 5, SEEK_SET), 5);
	assert_int_equal(imx_dma_buffer_query_properties(&wrapped->parent, &properties, NULL), 0);
	assert_non_null(imx_dma_buffer_map(&wrapped->parent, 0, NULL));
	assert_int_equal(lseek(wrapped->fd, 0, SEEK_CUR), 5);
	imx_dma_buffer_deallocate(&wrapped->parent);
	close(wrapped->fd);
}

/* A mapping beyond the end of a file would be SIGBUS at the first touch. */
static void test_empty_file_is_refused(void **state)
{
	ImxWrappedDmaBuffer *wrapped = *state;
	int error = 0;

	wrapped->fd = memfd_create("empty", MFD_CLOEXEC);
	wrapped->size = 4096;
	assert_null(imx_dma_buffer_map(&wrapped->parent, 0, &error));
	assert_int_equal(error, EINVAL);
	close(wrapped->fd);
}

static void test_unmap_function_alone_is_not_called(void **state)
{
	ImxWrappedDmaBuffer *wrapped = *state;
	unsigned int calls = unmap_calls;

	use_memory(wrapped, 4096);
	wrapped->unmap = unmap_memory;
	assert_non_null(imx_dma_buffer_map(&wrapped->parent, 0, NULL));
	imx_dma_buffer_unmap(&wrapped->parent);
	assert_int_equal(unmap_calls, calls);
	close(wrapped->fd);
}

static void *map_own(void *data)
{
	ImxWrappedDmaBuffer wrapped;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = *(int *)data;
	wrapped.size = 4096;
	for (int i = 0; i < 200; i++) {
		if (!imx_dma_buffer_map(&wrapped.parent, 0, NULL))
			return data;
		imx_dma_buffer_unmap(&wrapped.parent);
	}
	imx_dma_buffer_deallocate(&wrapped.parent);
	return NULL;
}

static void test_threads(void **state)
{
	int fd = imxd_memory_file("wrapped", 0, 4096, 0);
	pthread_t threads[8];

	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, map_own, &fd), 0);
	for (size_t i = 0; i < 8; i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
	close(fd);
}

/* A file of holes: the query touches as many pages as it looks at. Only root sees addresses, and then few follow. */
static void test_address_query_leaves_a_file_sparse(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxWrappedDmaBuffer *wrapped = *state;
	struct stat status;

	wrapped->fd = memfd_create("sparse", MFD_CLOEXEC);
	wrapped->size = (size_t)1 << 30;
	assert_int_equal(ftruncate(wrapped->fd, (off_t)wrapped->size), 0);
	imx_dma_buffer_query_physical_address(&wrapped->parent, &address, NULL);
	assert_int_equal(fstat(wrapped->fd, &status), 0);
	if (status.st_blocks > 2048 * 64 && address.contiguous_length < (size_t)32 << 20)
		fail_msg("the file has %lld blocks of 512 bytes", (long long)status.st_blocks);
	close(wrapped->fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test_setup(test_refused_map_keeps_the_mapping, setup),
		cmocka_unit_test_setup(test_reused_address_is_not_fooled, setup),
		cmocka_unit_test_setup(test_many_are_mapped_at_once, setup),
		cmocka_unit_test_setup(test_threads, setup),
		cmocka_unit_test_setup(test_file_position_stays_the_programs, setup),
		cmocka_unit_test_setup(test_empty_file_is_refused, setup),
		cmocka_unit_test_setup(test_unmap_function_alone_is_not_called, setup),
		cmocka_unit_test_setup(test_address_query_leaves_a_file_sparse, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
