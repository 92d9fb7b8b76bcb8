/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocators that programs bring, to add other memory or to trace calls.
 */
#include <errno.h>
#include <unistd.h>

#include "conformance.h"

#define SIZE 20000

/* A program's allocator that records its calls. */
struct recorder {
	ImxDmaBufferAllocator parent;
	ImxDmaBuffer buffer;
	char const *called;
	ImxDmaBuffer *argument;
	size_t size, alignment;
	unsigned int flags;
	int *error;
	uint8_t memory[16];
};

static struct recorder *note(ImxDmaBufferAllocator *allocator, char const *called, ImxDmaBuffer *argument)
{
	struct recorder *self = (struct recorder *)allocator;

	self->called = called;
	self->argument = argument;
	return self;
}

static void destroy(ImxDmaBufferAllocator *allocator)
{
	note(allocator, "destroy", NULL);
}

static ImxDmaBuffer *allocate_recorded(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	struct recorder *self = note(allocator, "allocate", NULL);

	self->size = size;
	self->alignment = alignment;
	self->error = error;
	self->buffer.allocator = allocator;
	return &self->buffer;
}

static void deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "deallocate", buffer);
}

static uint8_t *map_recorded(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error)
{
	struct recorder *self = note(allocator, "map", buffer);

	self->flags = flags;
	self->error = error;
	return self->memory;
}

static void unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "unmap", buffer);
}

static void start_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "start", buffer);
}

static void stop_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "stop", buffer);
}

static imx_physical_address_t get_physical_address(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "address", buffer);
	return 0x23456000;
}

static int get_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "fd", buffer);
	return 4712;
}

static size_t get_size(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	note(allocator, "size", buffer);
	return 16;
}

static ImxDmaBufferAllocator const recording = {
	destroy,
	allocate_recorded,
	deallocate,
	map_recorded,
	unmap,
	start_session,
	stop_session,
	get_physical_address,
	get_fd,
	get_size,
	{NULL},
};

#define assert_called(name, buffer)                                                                                    \
	do {                                                                                                               \
		assert_non_null(recorder.called);                                                                              \
		assert_string_equal(recorder.called, name);                                                                    \
		assert_ptr_equal(recorder.argument, buffer);                                                                   \
		recorder.called = NULL;                                                                                        \
	} while (0)

static void test_c83_functions_go_through_the_members(void **state)
{
	struct recorder recorder = {.parent = recording};
	ImxDmaBuffer *buffer;
	int error = 4711;

	buffer = imx_dma_buffer_allocate(&recorder.parent, 12, 34, &error);
	assert_called("allocate", NULL);
	assert_ptr_equal(buffer, &recorder.buffer);
	assert_true(recorder.size == 12 && recorder.alignment == 34 && recorder.error == &error);
	/* Arguments that the library's own allocators refuse are passed through, too. */
	imx_dma_buffer_allocate(&recorder.parent, 0, 0, NULL);
	assert_called("allocate", NULL);
	assert_true(recorder.size == 0 && recorder.error == NULL);
	assert_ptr_equal(imx_dma_buffer_map(buffer, 0x80000007, &error), recorder.memory);
	assert_called("map", buffer);
	assert_true(recorder.flags == 0x80000007 && recorder.error == &error);
	imx_dma_buffer_start_sync_session(buffer);
	assert_called("start", buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_called("stop", buffer);
	imx_dma_buffer_unmap(buffer);
	assert_called("unmap", buffer);
	assert_true(imx_dma_buffer_get_physical_address(buffer) == 0x23456000);
	assert_called("address", buffer);
	assert_int_equal(imx_dma_buffer_get_fd(buffer), 4712);
	assert_called("fd", buffer);
	assert_int_equal(imx_dma_buffer_get_size(buffer), 16);
	assert_called("size", buffer);
	imx_dma_buffer_deallocate(buffer);
	assert_called("deallocate", buffer);
	imx_dma_buffer_allocator_destroy(&recorder.parent);
	assert_called("destroy", NULL);
	assert_int_equal(error, 4711);
}

static void test_c84_members_may_be_missing(void **state)
{
	static ImxDmaBufferAllocator nothing;
	ImxDmaBuffer buffer = {&nothing};
	int error = 0;

	assert_null(imx_dma_buffer_allocate(&nothing, 1, 1, &error));
	assert_int_equal(error, ENOSYS);
	error = 0;
	assert_null(imx_dma_buffer_map(&buffer, READ, &error));
	assert_int_equal(error, ENOSYS);
	imx_dma_buffer_unmap(&buffer);
	assert_sentence("unmap: ");
	imx_dma_buffer_start_sync_session(&buffer);
	assert_sentence("start_sync_session: ");
	imx_dma_buffer_stop_sync_session(&buffer);
	assert_sentence("stop_sync_session: ");
	assert_true(imx_dma_buffer_get_physical_address(&buffer) == 0);
	assert_int_equal(imx_dma_buffer_get_fd(&buffer), -1);
	assert_int_equal(imx_dma_buffer_get_size(&buffer), 0);
	imx_dma_buffer_deallocate(&buffer);
	assert_sentence("deallocate: ");
	imx_dma_buffer_allocator_destroy(&nothing);
	assert_sentence("destroy: ");
	/* A buffer without an allocator is not valid. */
	buffer.allocator = NULL;
	assert_null(imx_dma_buffer_map(&buffer, READ, &error));
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_deallocate(&buffer);
	assert_int_equal(imx_dma_buffer_get_fd(&buffer), -1);
}

/* A program's allocator that wraps one of the library, as tracers do. */
static struct {
	ImxDmaBufferAllocator parent;
	unsigned int allocations, deallocations, maps;
} tracer;

static ImxDmaBuffer *trace_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, size, alignment, error);

	tracer.allocations++;
	if (buffer)
		buffer->allocator = &tracer.parent;
	return buffer;
}

static void trace_deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	tracer.deallocations++;
	subject.allocator->deallocate(subject.allocator, buffer);
}

static uint8_t *trace_map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error)
{
	tracer.maps++;
	return subject.allocator->map(subject.allocator, buffer, flags, error);
}

static void test_c85_programs_may_trace_the_librarys_allocators(void **state)
{
	ImxDmaBuffer *buffer, *other;

	memset(&tracer, 0, sizeof(tracer));
	tracer.parent = *subject.allocator;
	tracer.parent.allocate = trace_allocate;
	tracer.parent.deallocate = trace_deallocate;
	tracer.parent.map = trace_map;
	buffer = imx_dma_buffer_allocate(&tracer.parent, SIZE, 4096, NULL);
	other = imx_dma_buffer_allocate(&tracer.parent, SIZE, 1, NULL);
	assert_true(buffer && other);
	assert_int_equal(imx_dma_buffer_get_size(buffer), SIZE);
	fill_pattern(map(buffer, MANUAL), SIZE, 1);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(buffer, READ), SIZE, 1), SIZE);
	imx_dma_buffer_deallocate(buffer);
	assert_true(tracer.allocations == 2 && tracer.deallocations == 1 && tracer.maps == 2);
	/* The copied structure owns nothing: live buffers stay, and belong to the original. */
	imx_dma_buffer_allocator_destroy(&tracer.parent);
	map(other, 0)[SIZE - 1] = 1;
}

static void test_c86_properties_of_a_programs_memory(void **state)
{
	struct recorder recorder = {.parent = recording};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer;
	int error = 0;

	recorder.parent.get_fd = NULL;
	buffer = imx_dma_buffer_allocate(&recorder.parent, 16, 1, NULL);
	assert_int_equal(get_properties(buffer).is_dmabuf, NO);
	assert_int_equal(get_properties(buffer).cached, UNKNOWN);
	assert_int_equal(get_properties(buffer).contiguous, UNKNOWN);
	assert_int_equal(get_properties(buffer).coherency, IMX_DMA_BUFFER_COHERENCY_UNKNOWN);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	assert_true(address.address == 0x23456000 && address.contiguous_length == 16);
	assert_int_equal(address.source, IMX_DMA_BUFFER_ADDRESS_SOURCE_USER);
	assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_null(imx_dma_buffer_allocator_get_name(&recorder.parent));
}

struct CMUnitTest const program_tests[MAX_TESTS] = {
	conformance_test(test_c83_functions_go_through_the_members),
	conformance_test(test_c84_members_may_be_missing),
	conformance_test(test_c85_programs_may_trace_the_librarys_allocators),
	conformance_test(test_c86_properties_of_a_programs_memory),
};
