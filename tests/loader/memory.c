/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that opens the library with dlopen(), and a thread without memory: the call fails, and the program goes on.
 * Also the stack that the library needs. The functions of malloc() are those of this program (glibc).
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "support.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool fails;

void *malloc(size_t size)
{
	return fails ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails ? NULL : __libc_calloc(count, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails ? NULL : __libc_memalign(alignment, size);
}

static struct {
	ImxDmaBufferAllocator *(*new_by_name)(char const *name, unsigned int flags, int *error);
	ImxDmaBuffer *(*allocate)(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error);
	void (*deallocate)(ImxDmaBuffer *buffer);
	uint8_t *(*map)(ImxDmaBuffer *buffer, unsigned int flags, int *error);
	int (*query_physical_address)(ImxDmaBuffer *buffer, ImxDmaBufferAddress *address, int *error);
	char const *(*get_last_error)(void);
	int (*query_allocator)(char const *name, ImxDmaBufferAllocatorInfo *info, int *error);
} library;

static ImxDmaBufferAllocator *allocator;
static int error;

static int open_library(void **state)
{
	static char const *const names[] = {"allocator_new_by_name", "allocate", "deallocate", "map",
		"query_physical_address", "get_last_error", "query_allocator"};
	void *handle = dlopen("libimxdmabuffer.so.1", RTLD_NOW);
	char name[80];

	for (size_t i = 0; handle && i < sizeof(names) / sizeof(names[0]); i++) {
		void *function;

		snprintf(name, sizeof(name), "imx_dma_buffer_%s", names[i]);
		function = dlsym(handle, name);
		memcpy((char *)&library + i * sizeof(function), &function, sizeof(function));
		if (!function)
			return -1;
	}
	allocator = handle ? library.new_by_name("host:memfd", 0, NULL) : NULL;
	return allocator ? 0 : -1;
}

static void *fail_to_allocate(void *result)
{
	fails = true;
	if (!library.allocate(allocator, 4096, 1, &error))
		*(bool *)result = library.get_last_error()[0] == '\0';
	fails = false;
	return NULL;
}

static void test_thread_without_memory(void **state)
{
	bool is_silent = false;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, fail_to_allocate, &is_silent), 0);
	pthread_join(thread, NULL);
	assert_int_equal(error, ENOMEM);
	assert_true(is_silent);
	/* With memory, the next failure has a message. */
	assert_null(library.allocate(allocator, 0, 1, &error));
	assert_int_equal(error, EINVAL);
	assert_true(library.get_last_error()[0] != '\0');
}

/* Successes and failures, those of a search for all mechanisms too. */
static void *use_stack(void *good)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer = library.allocate(allocator, 65536, 1, NULL);

	library.new_by_name("pxp", 0, NULL);
	library.new_by_name("dma-heap", 0, NULL);
	library.new_by_name("no such allocator", 0, NULL);
	library.query_allocator("ion", &info, NULL);
	library.allocate(allocator, SIZE_MAX / 4, 1, NULL);
	if (!buffer || !library.map(buffer, 0, NULL))
		return NULL;
	library.query_physical_address(buffer, &address, NULL);
	library.deallocate(buffer);
	return good;
}

/* The stack also has the thread's descriptor and variables, and the C library's share. */
static void test_small_stack(void **state)
{
	size_t size = 32768 + PTHREAD_STACK_MIN;
	pthread_attr_t attributes;
	pthread_t thread;
	void *result = NULL;

	pthread_attr_init(&attributes);
	assert_int_equal(pthread_attr_setstacksize(&attributes, size), 0);
	assert_int_equal(pthread_create(&thread, &attributes, use_stack, &error), 0);
	pthread_join(thread, &result);
	pthread_attr_destroy(&attributes);
	assert_ptr_equal(result, &error);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_thread_without_memory),
		cmocka_unit_test(test_small_stack),
	};

	return cmocka_run_group_tests(tests, open_library, NULL);
}
