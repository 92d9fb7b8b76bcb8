/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ends of buffers and allocators, ownership of descriptors, and threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"
#include "imxdmabuffer/imxdmabuffer_config.h"
#ifdef IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#endif
#ifdef IMXDMABUFFER_ION_ALLOCATOR_ENABLED
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"
#endif
#ifdef IMXDMABUFFER_IPU_ALLOCATOR_ENABLED
#include "imxdmabuffer/imxdmabuffer_ipu_allocator.h"
#endif
#ifdef IMXDMABUFFER_PXP_ALLOCATOR_ENABLED
#include "imxdmabuffer/imxdmabuffer_pxp_allocator.h"
#endif

#define SIZE 20000

static void test_c59_deallocate_unmaps(void **state)
{
	for (unsigned int times = 1; times < 4; times++) {
		ImxDmaBuffer *buffer = allocate(SIZE, 1);
		uint8_t *address = map(buffer, (times == 3) ? MANUAL : 0);

		for (unsigned int i = 1; i < times; i++)
			map(buffer, READ);
		imx_dma_buffer_start_sync_session(buffer);
		imx_dma_buffer_deallocate(buffer);
		settle();
		if (subject_is("dwl") || subject_is("g2d"))
			SKIP_BECAUSE(SKIP_VENDOR_MAPS);
		assert_false(is_mapped(address));
		assert_false(is_mapped(address + SIZE - 1));
	}
}

static void test_c60_deallocate_gives_the_memory_back(void **state)
{
	/*
	 * Without freeing, this is more memory than any simulated board has. Fewer rounds on real kernels, which clear all
	 * of it.
	 */
	int const rounds = (count_calls() < 0) ? 30 : 80;
	size_t descriptors;

	imx_dma_buffer_deallocate(allocate(4 << 20, 1));
	settle();
	descriptors = count_descriptors();
	for (int i = 0; i < rounds; i++) {
		ImxDmaBuffer *buffer = allocate(4 << 20, (i & 1) ? 4096 : 1);

		if ((i & 7) == 0)
			map(buffer, 0)[i] = 1;
		imx_dma_buffer_deallocate(buffer);
	}
	/* A pool is emptied before the count that is compared, too. */
	settle();
	assert_int_equal(count_descriptors(), descriptors);
}

static void test_c61_destroy_frees_live_buffers(void **state)
{
	uint8_t *addresses[10];

	for (int i = 0; i < 10; i++)
		addresses[i] = map(allocate(SIZE, 1), (i & 1) ? 0 : MANUAL);
	allocate(1, 1);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	assert_int_equal(check_board(), 0);
	assert_int_equal(count_descriptors(), subject.descriptors);
	for (int i = 0; i < 10 && !subject_is("dwl") && !subject_is("g2d"); i++)
		assert_false(is_mapped(addresses[i]));
}

static void test_c62_destroy_leaves_other_allocators_alone(void **state)
{
	ImxDmaBufferAllocator *other = new_allocator(NULL);
	ImxDmaBuffer *going = imx_dma_buffer_allocate(other, SIZE, 1, NULL), *staying = allocate(SIZE, 1);
	uint8_t *address = map(staying, 0);

	assert_non_null(going);
	map(going, 0);
	fill_pattern(address, SIZE, 1);
	imx_dma_buffer_allocator_destroy(other);
	assert_int_equal(check_pattern(address, SIZE, 1), SIZE);
	imx_dma_buffer_unmap(staying);
	assert_int_equal(check_pattern(map(staying, READ), SIZE, 1), SIZE);
	fill_pattern(map(allocate(SIZE, 1), 0), SIZE, 2);
	assert_int_equal(check_pattern(map(staying, READ), SIZE, 1), SIZE);
	/* The other way round: destroy the older allocator first. */
	other = new_allocator(NULL);
	staying = imx_dma_buffer_allocate(other, SIZE, 1, NULL);
	assert_non_null(staying);
	fill_pattern(map(staying, 0), SIZE, 3);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = other;
	fill_pattern(map(allocate(SIZE, 1), 0), SIZE, 4);
	assert_int_equal(check_pattern(map(staying, READ), SIZE, 3), SIZE);
}

/* Create an allocator on the caller's descriptor. Returns NULL if the mechanism takes no descriptor. */
static ImxDmaBufferAllocator *new_on_descriptor(int fd)
{
#ifdef IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED
	if (subject_is("dma-heap"))
		return imx_dma_buffer_dma_heap_allocator_new(fd, IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS,
			IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS, NULL);
#endif
#ifdef IMXDMABUFFER_ION_ALLOCATOR_ENABLED
	if (subject_is("ion"))
		return imx_dma_buffer_ion_allocator_new(fd, IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK,
			IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_FLAGS, NULL);
#endif
#ifdef IMXDMABUFFER_IPU_ALLOCATOR_ENABLED
	if (subject_is("ipu"))
		return imx_dma_buffer_ipu_allocator_new(fd, NULL);
#endif
#ifdef IMXDMABUFFER_PXP_ALLOCATOR_ENABLED
	if (subject_is("pxp"))
		return imx_dma_buffer_pxp_allocator_new(fd, NULL);
#endif
	return NULL;
}

/* Return the allocator's descriptor, or -1 if the interface does not return it. */
static int get_node_fd(ImxDmaBufferAllocator *allocator)
{
#ifdef IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED
	if (subject_is("dma-heap"))
		return imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator);
#endif
#ifdef IMXDMABUFFER_ION_ALLOCATOR_ENABLED
	if (subject_is("ion"))
		return imx_dma_buffer_ion_allocator_get_ion_fd(allocator);
#endif
	return -1;
}

/* Open the node that the allocator under test uses. Returns -1 on failure. */
static int open_node(void)
{
	return (subject.info.node[0] != '\0') ? open(subject.info.node, O_RDWR | O_CLOEXEC) : -1;
}

static void test_c63_callers_descriptor_stays_the_callers(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	size_t descriptors;
	int fd;

	/* Close the library's own descriptor, unless it is shared by the whole process. */
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	fd = open_node();
	descriptors = count_descriptors();
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", subject.policy, 1);
	allocator = (fd >= 0) ? new_on_descriptor(fd) : NULL;
	if (!allocator) {
		unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
		close(fd);
		SKIP_BECAUSE("the mechanism takes no descriptor from the caller");
	}
	assert_int_equal(count_descriptors(), descriptors);
	if (get_node_fd(allocator) >= 0)
		assert_int_equal(get_node_fd(allocator), fd);
	buffer = imx_dma_buffer_allocate(allocator, SIZE, 1, NULL);
	assert_non_null(buffer);
	map(buffer, 0)[SIZE - 1] = 1;
	imx_dma_buffer_allocator_destroy(allocator);
	assert_true(is_open(fd));
	allocator = new_on_descriptor(fd);
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
	assert_non_null(imx_dma_buffer_allocate(allocator, SIZE, 1, NULL));
	imx_dma_buffer_allocator_destroy(allocator);
	assert_true(is_open(fd));
	close(fd);
}

static void test_c64_librarys_descriptors_are_closed_by_destroy(void **state)
{
	int fd = get_node_fd(subject.allocator);

	assert_true(fd == -1 || (fd > 0 && is_open(fd)));
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	assert_int_equal(count_descriptors(), subject.descriptors);
	for (int i = 0; i < 20; i++)
		imx_dma_buffer_allocator_destroy(new_allocator(NULL));
	assert_int_equal(count_descriptors(), subject.descriptors);
}

static void *work(void *shared)
{
	for (unsigned int i = 0; i < 40; i++) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, 1 + i * 1000, 1, NULL);
		uint8_t *address = imx_dma_buffer_map(buffer, 0, NULL);

		if (!address || !imx_dma_buffer_map(shared, READ, NULL))
			return shared;
		fill_pattern(address, 1 + i * 1000, i);
		imx_dma_buffer_get_physical_address(shared);
		imx_dma_buffer_unmap(shared);
		if (check_pattern(address, 1 + i * 1000, i) != 1 + i * 1000)
			return shared;
		imx_dma_buffer_unmap(buffer);
		imx_dma_buffer_deallocate(buffer);
	}
	return NULL;
}

static void run_threads(void *(*function)(void *), ImxDmaBuffer *buffer)
{
	pthread_t threads[8];

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, function, buffer), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
}

static void test_c65_threads_may_use_one_allocator(void **state)
{
	run_threads(work, allocate(10000, 1));
}

/* Return a value other than NULL on failure: the map failed or moved. */
static void *map_and_unmap(void *shared)
{
	for (unsigned int i = 0; i < 500; i++) {
		uint8_t *address = imx_dma_buffer_map(shared, READ, NULL);

		if (!address || address[i] != 0x5a)
			return shared;
		imx_dma_buffer_start_sync_session(shared);
		if (imx_dma_buffer_map(shared, MANUAL | READ, NULL) != address)
			return shared;
		imx_dma_buffer_unmap(shared);
		imx_dma_buffer_stop_sync_session(shared);
		imx_dma_buffer_unmap(shared);
	}
	return NULL;
}

static void test_c66_threads_may_use_one_buffer(void **state)
{
	ImxDmaBuffer *buffer = allocate(10000, 1);

	memset(map(buffer, WRITE), 0x5a, 10000);
	imx_dma_buffer_unmap(buffer);
	run_threads(map_and_unmap, buffer);
	/* Every map had its unmap, so the buffer is not mapped any more. */
	map(buffer, WRITE);
}

struct CMUnitTest const lifetime_tests[MAX_TESTS] = {
	conformance_test(test_c59_deallocate_unmaps),
	conformance_test(test_c60_deallocate_gives_the_memory_back),
	conformance_test(test_c61_destroy_frees_live_buffers),
	conformance_test(test_c62_destroy_leaves_other_allocators_alone),
	conformance_test(test_c63_callers_descriptor_stays_the_callers),
	conformance_test(test_c64_librarys_descriptors_are_closed_by_destroy),
	conformance_test(test_c65_threads_may_use_one_allocator),
	conformance_test(test_c66_threads_may_use_one_buffer),
};
