/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views of a buffer of the allocator under test.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"
#include "imxdmabuffer/imxdmabuffer_view.h"

#define SIZE 65536
/* Larger than any granule. */
#define OFFSET 8192
#define PART 12288

#define SKIP_NO_VIEWS "the memory of vendors' libraries and of slabs has no views"

/* Return a view, or NULL if the memory has none. */
static ImxDmaBuffer *view_of(ImxDmaBuffer *buffer, size_t offset, size_t size)
{
	int error = 0;
	ImxDmaBuffer *view = imx_dma_buffer_new_view(buffer, offset, size, 0, &error);

	if (!view &&
		(error != ENOTSUP ||
			(get_properties(buffer).coherency != IMX_DMA_BUFFER_COHERENCY_VENDOR && !subject_is_slab())))
		fail_msg("no view: %s", imx_dma_buffer_get_last_error());
	return view;
}

static void test_c122_view_is_a_part_of_the_memory(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *view = view_of(buffer, OFFSET, PART), *inside;
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);

	if (!view)
		SKIP_BECAUSE(SKIP_NO_VIEWS);
	assert_int_equal(imx_dma_buffer_get_size(view), PART);
	if (address != 0)
		assert_true(imx_dma_buffer_get_physical_address(view) == address + OFFSET);
	assert_int_equal(imx_dma_buffer_get_fd(view), -1);
	assert_int_equal(get_properties(view).inode, get_properties(buffer).inode);
	fill_pattern(map(buffer, 0), SIZE, 1);
	imx_dma_buffer_unmap(buffer);
	fill_pattern(map(view, 0), PART, 2);
	imx_dma_buffer_unmap(view);
	assert_int_equal(check_pattern(map(buffer, READ), SIZE, 1), OFFSET);
	assert_int_equal(check_pattern(map(buffer, READ) + OFFSET, PART, 2), PART);
	/* A view of a view, up to its end. */
	inside = view_of(view, 4096, 0);
	assert_int_equal(imx_dma_buffer_get_size(inside), PART - 4096);
	if (address != 0)
		assert_true(imx_dma_buffer_get_physical_address(inside) == address + OFFSET + 4096);
	map(inside, WRITE)[0] = 77;
	imx_dma_buffer_unmap(inside);
	assert_int_equal(map(view, READ)[4096], 77);
	imx_dma_buffer_deallocate(inside);
	assert_int_equal(map(view, READ)[4096], 77);
}

static void test_c123_view_outlives_its_buffer(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *view = view_of(buffer, OFFSET, PART), *second;

	if (!view)
		SKIP_BECAUSE(SKIP_NO_VIEWS);
	second = view_of(buffer, 0, OFFSET);
	fill_pattern(map(buffer, 0) + OFFSET, PART, 3);
	imx_dma_buffer_deallocate(buffer);
	fill_pattern(map(allocate(SIZE, 1), 0), SIZE, 4);
	assert_int_equal(check_pattern(map(view, READ), PART, 3), PART);
	imx_dma_buffer_deallocate(view);
	fill_pattern(map(second, 0), OFFSET, 5);
	imx_dma_buffer_deallocate(buffer);
	assert_sentence("has been deallocated before");
	imx_dma_buffer_deallocate(second);
	/* Others go with the allocator. */
	buffer = allocate(SIZE, 1);
	map(view_of(buffer, OFFSET, PART), 0);
	imx_dma_buffer_deallocate(buffer);
	map(view_of(allocate(SIZE, 1), OFFSET, PART), MANUAL);
}

static void test_c124_view_is_exported_with_its_offset(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *view = view_of(buffer, OFFSET, PART), *import;
	size_t offset = 0, whole = 0;
	int fd;

	if (!view)
		SKIP_BECAUSE(SKIP_NO_VIEWS);
	fd = imx_dma_buffer_export_fd(view, &offset, NULL);
	if (fd < 0)
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	close(imx_dma_buffer_export_fd(buffer, &whole, NULL));
	assert_int_equal(offset, whole + OFFSET);
	fill_pattern(map(view, 0), PART, 6);
	imx_dma_buffer_deallocate(view);
	imx_dma_buffer_deallocate(buffer);
	import = imx_dma_buffer_import_dmabuf(fd, offset, PART, NULL);
	close(fd);
	if (!import)
		SKIP_BECAUSE(SKIP_NO_DMABUF);
	assert_int_equal(check_pattern(map(import, READ), PART, 6), PART);
	/* Imports have views, too. */
	view = view_of(import, 4096, 0);
	imx_dma_buffer_deallocate(import);
	map(view, WRITE)[0] = 1;
	imx_dma_buffer_deallocate(view);
}

static void test_c125_impossible_views_are_refused(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	ImxWrappedDmaBuffer wrapped;
	struct {
		size_t offset, size;
		unsigned int flags;
	} const cases[] = {{SIZE, 0, 0}, {SIZE, 1, 0}, {0, SIZE + 1, 0}, {SIZE - 4096, 4097, 0}, {4096, SIZE_MAX, 0},
		{SIZE_MAX, 1, 0}, {0, SIZE, 2}};
	size_t granule = get_properties(buffer).sync_granule;
	int error = 0;

	if (!view_of(buffer, 0, SIZE))
		SKIP_BECAUSE(SKIP_NO_VIEWS);
	for (size_t i = 0; i < COUNT(cases); i++) {
		error = 0;
		assert_null(imx_dma_buffer_new_view(buffer, cases[i].offset, cases[i].size, cases[i].flags, &error));
		assert_int_equal(error, EINVAL);
	}
	assert_null(imx_dma_buffer_new_view(NULL, 0, 1, 0, &error));
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.size = SIZE;
	assert_null(imx_dma_buffer_new_view(&wrapped.parent, 0, 1, 0, &error));
	assert_int_equal(error, ENOTSUP);
	/* The edges of granules, and the end of the buffer. */
	assert_non_null(imx_dma_buffer_new_view(buffer, SIZE - 4096, 4096, 0, &error));
	error = 0;
	assert_int_equal(!imx_dma_buffer_new_view(buffer, 1, 1, 0, &error), granule != 1);
	assert_int_equal(error, granule != 1 ? EINVAL : 0);
	assert_non_null(imx_dma_buffer_new_view(buffer, 1, 1, IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE, &error));
}

static void test_c126_views_are_coherent(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *view = view_of(buffer, OFFSET, PART), *other;
	uint8_t *data = malloc(SIZE), *address;
	struct device device;

	if (!view || !find_device(buffer, &device)) {
		free(data);
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	}
	other = view_of(buffer, OFFSET + PART, PART);
	fill_pattern(map(view, WRITE), PART, 1);
	imx_dma_buffer_unmap(view);
	device_reads(&device, OFFSET, data, PART);
	assert_int_equal(check_pattern(data, PART, 1), PART);
	/* The CPU writes one view while it writes another one. */
	address = map(view, MANUAL);
	imx_dma_buffer_start_sync_session(view);
	fill_pattern(address, PART, 2);
	fill_pattern(map(other, WRITE), PART, 3);
	imx_dma_buffer_unmap(other);
	imx_dma_buffer_stop_sync_session(view);
	device_reads(&device, OFFSET, data, PART);
	assert_int_equal(check_pattern(data, PART, 2), PART);
	device_reads(&device, OFFSET + PART, data, PART);
	assert_int_equal(check_pattern(data, PART, 3), PART);
	fill_pattern(data, PART, 4);
	device_writes(&device, OFFSET, data, PART);
	imx_dma_buffer_start_sync_session(view);
	assert_int_equal(check_pattern(address, PART, 4), PART);
	imx_dma_buffer_stop_sync_session(view);
	free(data);
}

struct CMUnitTest const view_tests[MAX_TESTS] = {
	conformance_test(test_c122_view_is_a_part_of_the_memory),
	conformance_test(test_c123_view_outlives_its_buffer),
	conformance_test(test_c124_view_is_exported_with_its_offset),
	conformance_test(test_c125_impossible_views_are_refused),
	conformance_test(test_c126_views_are_coherent),
};
