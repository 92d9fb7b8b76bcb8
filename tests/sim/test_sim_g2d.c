/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stand-ins for libg2d. The loader finds them through LD_LIBRARY_PATH.
 *
 * usage: test_sim_g2d VARIANT
 */
#include "raw.h"

#include <dlfcn.h>
#include <malloc.h>

/* The older and the newer layout. They differ if long has 64 bits. */
struct narrow {
	void *handle, *pointer;
	int address, size;
};

struct wide {
	void *handle, *pointer;
	unsigned long address;
	int size;
};

static struct variant {
	char const *name, *file, *version;
	bool wide, must_open, must_open_for_caches, has_descriptors;
	char const *board, *memory; /* the machine that the library needs, and the heap that its memory comes from */
} const variants[] = {
	{"g2d-old", "libg2d.so.2", "6.4.3:398061", false, false, false, true, "g2d on", "/dev/galcore"},
	{"g2d-old-1", "libg2d.so.1", "6.4.3:398061", false, false, false, false, "g2d on", "/dev/galcore"},
	{"g2d-wide", "libg2d.so.2", "6.4.11:1049711", true, false, false, true, "g2d on", "/dev/galcore"},
	{"g2d-wide-silent", "libg2d.so.2", NULL, true, false, false, true, "g2d on", "/dev/galcore"},
	{"g2d-pxp", "libg2d.so.2", NULL, false, false, true, true, "pxp 3; heap linux,cma; heap linux,cma-uncached",
		"linux,cma-uncached"},
	{"g2d-open", "libg2d.so.2", NULL, false, true, true, true, "pxp 2", "/dev/pxp_device"},
};

static struct variant const *variant;

static int (*open_g2d)(void **handle);
static int (*close_g2d)(void *handle);
static void *(*alloc)(int size, int cacheable);
static int (*free_g2d)(void *buffer);
static int (*cache_op)(void *buffer, int operation);
static int (*export_fd)(void *buffer);
static void *(*from_fd)(int fd);
static void *handle;

static int load(void **state)
{
	void *library = dlopen(variant->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	find_symbol(library, "g2d_open", &open_g2d);
	find_symbol(library, "g2d_close", &close_g2d);
	find_symbol(library, "g2d_alloc", &alloc);
	find_symbol(library, "g2d_free", &free_g2d);
	find_symbol(library, "g2d_cache_op", &cache_op);
	find_symbol(library, "g2d_buf_export_fd", &export_fd);
	find_symbol(library, "g2d_buf_from_fd", &from_fd);
	*state = library;
	return 0;
}

static int begin_opened(void **state)
{
	sim_reset();
	configure(variant->board);
	return open_g2d(&handle);
}

static int end_opened(void **state)
{
	return close_g2d(handle);
}

static uint64_t address_of(void *buffer)
{
	struct narrow *narrow = buffer;
	struct wide *wide = buffer;

	return variant->wide ? wide->address : (uint32_t)narrow->address;
}

static int size_of(void *buffer)
{
	struct narrow *narrow = buffer;
	struct wide *wide = buffer;

	return variant->wide ? wide->size : narrow->size;
}

static uint8_t *pointer_of(void *buffer)
{
	return ((struct narrow *)buffer)->pointer;
}

static void test_symbols(void **state)
{
	char const *const *version = dlsym(*state, "_G2D_VERSION");

	assert_int_equal(version != NULL, variant->version != NULL);
	assert_int_equal(export_fd != NULL, variant->has_descriptors);
	assert_int_equal(from_fd != NULL, variant->has_descriptors);
	if (!version)
		return;
	assert_memory_equal(*version, "\n\0$VERSION$", 11);
	assert_memory_equal(*version + 11, variant->version, strlen(variant->version));
}

static void test_memory(void **state)
{
	void *buffer = alloc(70000, 0);
	uint8_t byte = 0;

	assert_non_null(buffer);
	assert_int_equal(address_of(buffer), 0x4c000000);
	assert_int_equal(size_of(buffer), 73728);
	/* The older layout ends before the members of the newer one. */
	if (!variant->wide && sizeof(long) == 8)
		assert_int_equal(malloc_usable_size(buffer), sizeof(struct narrow));
	pointer_of(buffer)[73727] = 5;
	assert_int_equal(sim_device_read(0x4c000000 + 73727, &byte, 1), 0);
	assert_int_equal(byte, 5);
	assert_int_equal(sim_device_write(0x4c000000, "x", 1), 0);
	assert_int_equal(pointer_of(buffer)[0], 'x');
	assert_int_equal(pointer_of(buffer)[1], strcmp(variant->memory, "/dev/galcore") == 0 ? SIM_GARBAGE : 0);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_heap_used(variant->memory), 73728);
	assert_int_equal(free_g2d(buffer), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void test_open_comes_first_or_not(void **state)
{
	void *buffer;

	assert_int_equal(sim_live_handles(), 1);
	assert_int_equal(close_g2d(handle), 0);
	assert_int_equal(sim_live_handles(), 0);
	buffer = alloc(4096, 0);
	assert_int_equal(buffer == NULL, variant->must_open);
	if (buffer) {
		assert_int_equal(cache_op(buffer, 0), variant->must_open_for_caches ? -1 : 0);
		assert_int_equal(free_g2d(buffer), 0);
	}
	assert_int_equal(open_g2d(&handle), 0);
	/* Buffers outlive handles. */
	buffer = alloc(4096, 0);
	assert_int_equal(close_g2d(handle), 0);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(open_g2d(&handle), 0);
	assert_int_equal(free_g2d(buffer), 0);
}

static void test_cacheable_memory(void **state)
{
	void *buffer = alloc(4096, 1);
	uint64_t address = address_of(buffer);
	uint8_t byte = 0, old = pointer_of(buffer)[0];

	assert_int_equal(sim_device_read(address, &byte, 1), 0);
	assert_int_equal(byte, old);
	pointer_of(buffer)[0] = 5;
	sim_device_read(address, &byte, 1);
	assert_int_equal(byte, old);
	assert_int_equal(cache_op(buffer, 0), 0);
	sim_device_read(address, &byte, 1);
	assert_int_equal(byte, 5);
	sim_device_write(address, "a", 1);
	assert_int_equal(cache_op(buffer, 0), 0);
	assert_int_equal(pointer_of(buffer)[0], 5);
	assert_int_equal(cache_op(buffer, 2), 0);
	assert_int_equal(pointer_of(buffer)[0], 'a');
	/* Invalidating drops data that was not cleaned. */
	pointer_of(buffer)[0] = 9;
	assert_int_equal(cache_op(buffer, 2), 0);
	assert_int_equal(pointer_of(buffer)[0], 'a');
	pointer_of(buffer)[64] = 6;
	sim_device_write(address, "b", 1);
	assert_int_equal(cache_op(buffer, 1), 0);
	assert_int_equal(pointer_of(buffer)[0], 'b');
	sim_device_read(address + 64, &byte, 1);
	assert_int_equal(byte, 6);
	assert_int_equal(cache_op(buffer, 3), -1);
	configure("g2d on cache-op=unsupported");
	assert_int_not_equal(cache_op(buffer, 0), 0);
	assert_int_equal(free_g2d(buffer), 0);
}

static void test_misuse(void **state)
{
	void *buffer = alloc(4096, 0), *other = alloc(4096, 0);
	int nothing;

	assert_int_equal(free_g2d(buffer), 0);
	assert_int_equal(free_g2d(buffer), -1);
	assert_int_equal(sim_misuses(), 1);
	assert_non_null(strstr(sim_misuse(), "G2D"));
	assert_int_equal(free_g2d(NULL), -1);
	assert_int_equal(free_g2d(&nothing), -1);
	assert_int_equal(cache_op(buffer, 0), -1);
	assert_int_equal(close_g2d(&nothing), -1);
	assert_int_equal(sim_misuses(), 5);
	munmap(pointer_of(other), 4096);
	assert_int_equal(free_g2d(other), 0);
	assert_int_equal(sim_misuses(), 6);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_calls_count_under_their_own_names_only(void **state)
{
	unsigned long all = sim_count(SIM_CALL_ANY), ioctls = sim_count(SIM_CALL_IOCTL);
	void *buffer = alloc(4096, 0);

	cache_op(buffer, 0);
	free_g2d(buffer);
	assert_int_equal(sim_count(SIM_CALL_G2D_ALLOC), 1);
	assert_int_equal(sim_count(SIM_CALL_G2D_CACHE_OP), 1);
	assert_int_equal(sim_count(SIM_CALL_G2D_FREE), 1);
	assert_int_equal(sim_count(SIM_CALL_G2D_OPEN), 1);
	assert_int_equal(sim_count(SIM_CALL_ANY), all + 3);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), ioctls);
	assert_int_equal(sim_count(SIM_CALL_OPEN) + sim_count(SIM_CALL_MMAP) + sim_count(SIM_CALL_CLOSE), 0);
	assert_int_equal(sim_fail(SIM_CALL_G2D_ALLOC, 2, EIO, 1), 0);
	buffer = alloc(4096, 0);
	assert_non_null(buffer);
	assert_null(alloc(4096, 0));
	assert_int_equal(sim_fail(SIM_CALL_G2D_FREE, 1, EIO, 1), 0);
	assert_int_equal(free_g2d(buffer), -1);
	assert_int_equal(free_g2d(buffer), 0);
}

static void test_failures(void **state)
{
	char text[128];

	assert_null(alloc(0, 0));
	assert_null(alloc(-4096, 0));
	assert_null(alloc(INT32_MAX, 0));
	assert_int_equal(open_g2d(NULL), -1);
	configure("g2d off; pxp off; heap linux,cma-uncached remove");
	assert_null(alloc(4096, 0));
	assert_int_equal(open_g2d((void **)text), -1);
	configure(variant->board);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

/* Addresses of the GPU's libraries: above 2 GiB the older integer is negative, above 4 GiB it has no meaning. */
static void test_high_addresses(void **state)
{
	void *buffer;

	if (strcmp(variant->memory, "/dev/galcore") != 0)
		return;
	configure("g2d on base=0xfffff000 alignment=4K");
	buffer = alloc(4096, 0);
	assert_int_equal(address_of(buffer), 0xfffff000);
	assert_int_equal(free_g2d(buffer), 0);
	configure("g2d on base=0x123456000");
	buffer = alloc(4096, 0);
	assert_int_equal(buffer != NULL, variant->wide && sizeof(long) == 8);
	if (!buffer)
		return;
	assert_true(address_of(buffer) == 0x123456000);
	assert_int_equal(free_g2d(buffer), 0);
}

static void test_skew(void **state)
{
	void *buffer;
	uint8_t byte = 0;

	configure("g2d on skew=72");
	buffer = alloc(4096, 0);
	assert_int_equal(address_of(buffer) % page_size(), 72);
	assert_int_equal((uintptr_t)pointer_of(buffer) % page_size(), 72);
	assert_int_equal(size_of(buffer), 4096);
	pointer_of(buffer)[4095] = 7;
	assert_int_equal(sim_device_read(address_of(buffer) + 4095, &byte, 1), 0);
	assert_int_equal(byte, 7);
	assert_int_equal(free_g2d(buffer), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
	configure("g2d on skew=0");
}

/* The CPU's address may be aligned although the device's is not. */
static void test_shift(void **state)
{
	void *buffer, *second;
	uint8_t byte = 0;

	if (strcmp(variant->memory, "/dev/galcore") != 0)
		return;
	configure("g2d on shift=72");
	buffer = alloc(4096, 0);
	second = alloc(4096, 0);
	assert_int_equal(address_of(buffer) % page_size(), 72);
	assert_int_equal((uintptr_t)pointer_of(buffer) % page_size(), 0);
	assert_int_equal(address_of(second), address_of(buffer) + 2 * 4096);
	pointer_of(buffer)[4095] = 7;
	assert_int_equal(sim_device_read(address_of(buffer) + 4095, &byte, 1), 0);
	assert_int_equal(byte, 7);
	assert_int_equal(sim_device_read(address_of(buffer) + 4096, &byte, 1), -1);
	assert_int_equal(sim_device_read(address_of(buffer) - 1, &byte, 1), -1);
	assert_int_equal(free_g2d(second), 0);
	assert_int_equal(free_g2d(buffer), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void test_descriptors(void **state)
{
	void *buffer, *second;
	int fd;

	if (!variant->has_descriptors)
		return;
	buffer = alloc(8192, 0);
	fd = export_fd(buffer);
	assert_int_equal(lseek(fd, 0, SEEK_END), 8192);
	assert_int_equal(get_phys(fd), address_of(buffer));
	assert_int_equal(export_fd(buffer), fd);
	second = from_fd(fd);
	assert_int_equal(address_of(second), address_of(buffer));
	assert_null(pointer_of(second));
	assert_int_equal(size_of(second), 0);
	assert_int_equal(free_g2d(second), 0);
	assert_null(from_fd(0));
	assert_int_equal(free_g2d(buffer), 0);
	assert_fails(EBADF, fcntl(fd, F_GETFD));
	assert_int_equal(sim_live_buffers(), 0);
	buffer = alloc(8192, 0);
	close(export_fd(buffer));
	assert_int_equal(free_g2d(buffer), 0);
	assert_int_equal(sim_misuses(), 1);
}

#define OPENED(function) cmocka_unit_test_setup_teardown(function, begin_opened, end_opened)

int main(int count, char **arguments)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_symbols),
		OPENED(test_memory),
		OPENED(test_open_comes_first_or_not),
		OPENED(test_cacheable_memory),
		OPENED(test_misuse),
		OPENED(test_calls_count_under_their_own_names_only),
		OPENED(test_failures),
		OPENED(test_high_addresses),
		OPENED(test_skew),
		OPENED(test_shift),
		OPENED(test_descriptors),
	};

	for (size_t i = 0; count == 2 && i < sizeof(variants) / sizeof(variants[0]); i++)
		if (strcmp(variants[i].name, arguments[1]) == 0)
			variant = &variants[i];
	if (!variant) {
		fprintf(stderr, "usage: %s VARIANT\n", arguments[0]);
		return 2;
	}
	return cmocka_run_group_tests(tests, load, NULL);
}
