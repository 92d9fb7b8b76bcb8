/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stand-ins for libhantro. The loader finds them through LD_LIBRARY_PATH.
 *
 * usage: test_sim_dwl hantro|hantro-no-flush
 */
#include "raw.h"

#include <dlfcn.h>

#define H264 1
#define JPEG 3
#define HEVC 12

#define BOARD "dwl on; heap linux,cma-uncached"
#define HEAP "linux,cma-uncached"

/* Larger than the library's structure, as a careful program passes it. */
struct linear {
	uint32_t *pointer;
	unsigned long address;
	uint32_t size, logical_size;
	int fd;
	uint32_t type;
	char room[128];
};

static bool has_flush;

static void const *(*init)(unsigned int *client);
static int (*release)(void const *instance);
static int (*take)(void const *instance, uint32_t size, struct linear *memory);
static void (*give)(void const *instance, struct linear *memory);
static void (*flush)(void const *instance, struct linear *memory);

/* The library needs libm without linking it. A sanitizer may have loaded libm already. */
static int load(void **state)
{
	bool there = dlsym(RTLD_DEFAULT, "pow") != NULL;
	void *library = dlopen("libhantro.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!there && library) {
		fprintf(stderr, "libhantro could be loaded without libm\n");
		return -1;
	}
	if (!dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE))
		return -1;
	library = dlopen("libhantro.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	find_symbol(library, "DWLInit", &init);
	find_symbol(library, "DWLRelease", &release);
	find_symbol(library, "DWLMallocLinear", &take);
	find_symbol(library, "DWLFreeLinear", &give);
	find_symbol(library, "DWLFlushCache", &flush);
	return 0;
}

static void const *start(unsigned int client)
{
	return init(&client);
}

static void test_symbols(void **state)
{
	assert_int_equal(flush != NULL, has_flush);
	assert_non_null(give);
}

static void test_memory(void **state)
{
	static uint8_t zeros[8192];
	struct linear memory = {.type = 5};
	void const *instance;
	uint8_t byte = 0;

	configure(BOARD);
	instance = start(H264);
	assert_non_null(instance);
	assert_int_equal(take(instance, 5000, &memory), 0);
	assert_int_equal(memory.address, 0x4c000000);
	assert_int_equal(memory.size, 8192);
	assert_int_equal(memory.logical_size, 5000);
	assert_int_equal(memory.type, 5);
	assert_memory_equal(memory.pointer, zeros, sizeof(zeros));
	memory.pointer[2047] = 0x01020304;
	assert_int_equal(sim_device_read(0x4c000000 + 8188, &byte, 1), 0);
	assert_int_not_equal(byte, 0);
	/* The descriptor is a DMA-BUF. */
	assert_int_equal(lseek(memory.fd, 0, SEEK_END), 8192);
	assert_int_equal(get_phys(memory.fd), 0x4c000000);
	assert_int_equal(sim_heap_used(HEAP), 8192);
	give(instance, &memory);
	assert_fails(EBADF, fcntl(memory.fd, F_GETFD));
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_live_handles(), 1);
	assert_int_equal(release(instance), 0);
	assert_int_equal(sim_live_handles(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void test_memory_outlives_instances(void **state)
{
	struct linear memory;
	void const *instance;

	configure(BOARD);
	instance = start(H264);
	assert_int_equal(take(instance, 4096, &memory), 0);
	release(instance);
	assert_int_equal(sim_live_buffers(), 1);
	memory.pointer[0] = 1;
	instance = start(HEVC);
	give(instance, &memory);
	release(instance);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void test_misuse(void **state)
{
	struct linear memory, copy;
	void const *instance;

	configure(BOARD);
	instance = start(H264);
	take(instance, 4096, &memory);
	copy = memory;
	give(instance, &memory);
	assert_int_equal(sim_misuses(), 0);
	give(instance, &copy);
	assert_int_equal(sim_misuses(), 1);
	assert_non_null(strstr(sim_misuse(), "DWL"));
	take(instance, 4096, &memory);
	release(instance);
	assert_int_equal(release(instance), -1);
	assert_int_equal(sim_misuses(), 2);
	give(instance, &memory);
	assert_int_equal(take(instance, 4096, &copy), -1);
	assert_int_equal(sim_misuses(), 4);
	assert_int_equal(sim_live_buffers(), 1);
	instance = start(H264);
	close(memory.fd);
	give(instance, &memory);
	assert_int_equal(sim_misuses(), 5);
	release(instance);
	assert_int_equal(sim_live_buffers(), 0);
}

static void expect_clients(bool h264, bool hevc)
{
	void const *instance = start(H264);

	assert_int_equal(instance != NULL, h264);
	if (instance)
		release(instance);
	instance = start(HEVC);
	assert_int_equal(instance != NULL, hevc);
	if (instance)
		release(instance);
	assert_int_equal(release(start(JPEG)), 0);
}

static void test_client_types(void **state)
{
	configure(BOARD);
	expect_clients(true, true);
	configure("dwl on client=h264");
	expect_clients(true, false);
	configure("dwl on client=hevc");
	expect_clients(false, true);
	configure("dwl on client=any");
	expect_clients(true, true);
	assert_null(start(0));
	assert_null(start(13));
	assert_null(init(NULL));
}

static void test_missing_nodes(void **state)
{
	struct linear memory;
	void const *instance;

	configure("heap " HEAP);
	assert_null(start(H264));
	configure("dwl on; heap " HEAP " remove");
	instance = start(H264);
	assert_int_equal(take(instance, 4096, &memory), -1);
	release(instance);
	configure("dwl on missing=init");
	assert_null(start(H264));
	configure("heap " HEAP " open=EACCES limit=4K");
	instance = start(H264);
	assert_int_equal(take(instance, 4096, &memory), -1);
	configure("heap " HEAP " open=none");
	assert_int_equal(take(instance, 8192, &memory), -1);
	assert_int_equal(take(instance, 0, &memory), -1);
	assert_int_equal(take(instance, 4096, NULL), -1);
	assert_int_equal(take(instance, 4096, &memory), 0);
	give(instance, &memory);
	release(instance);
	configure("dwl on open=EPERM");
	assert_null(start(H264));
	assert_int_equal(sim_misuses(), 0);
}

static void test_memory_of_ion(void **state)
{
	static char const *const boards[] = {"dwl on memory=/dev/ion; ion new heap a base=0x90000000",
		"dwl on memory=/dev/ion; ion legacy heap a base=0x90000000"};

	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		struct linear memory;
		void const *instance;

		sim_reset();
		configure(boards[i]);
		instance = start(HEVC);
		assert_int_equal(take(instance, 4096, &memory), 0);
		assert_int_equal(memory.address, 0x90000000);
		assert_int_equal(sim_heap_used("/dev/ion/a"), 4096);
		/* The node may be removed before the memory. */
		configure("ion off");
		assert_int_equal(sim_live_buffers(), 1);
		memory.pointer[0] = 1;
		give(instance, &memory);
		assert_int_equal(sim_live_buffers(), 0);
		assert_int_equal(take(instance, 4096, &memory), -1);
		release(instance);
		assert_int_equal(sim_misuses(), 0);
	}
}

static void test_cached_memory(void **state)
{
	struct linear memory;
	void const *instance;
	uint8_t byte = 1;

	configure(BOARD "; dwl on cached");
	instance = start(H264);
	take(instance, 4096, &memory);
	memory.pointer[0] = 0x05050505;
	assert_int_equal(sim_device_read(memory.address, &byte, 1), 0);
	assert_int_equal(byte, 0);
	if (flush) {
		flush(instance, &memory);
		assert_int_equal(sim_device_read(memory.address, &byte, 1), 0);
		assert_int_equal(byte, 5);
		assert_int_equal(sim_count(SIM_CALL_DWL_FLUSH), 1);
	}
	give(instance, &memory);
	release(instance);
}

static void test_skew_and_high_addresses(void **state)
{
	struct linear memory;
	void const *instance;
	uint8_t byte = 0;

	configure("dwl on skew=40; heap " HEAP " base=0x8000000");
	if (sizeof(long) == 8)
		configure("heap " HEAP " base=0x123456000");
	instance = start(H264);
	take(instance, 4096, &memory);
	assert_int_equal(memory.address % page_size(), 40);
	assert_int_equal((uintptr_t)memory.pointer % page_size(), 40);
	assert_int_equal(memory.size, 4096);
	if (sizeof(long) == 8)
		assert_true(memory.address == 0x123456000 + 40);
	memory.pointer[1023] = 0x07070707;
	assert_int_equal(sim_device_read(memory.address + 4095, &byte, 1), 0);
	assert_int_equal(byte, 7);
	give(instance, &memory);
	/* A skew of more than two pages. */
	configure("dwl on skew=9000");
	take(instance, 4096, &memory);
	assert_int_equal(memory.address - sim_physical_address(memory.fd, 0), 9000);
	memory.pointer[1023] = 0x09090909;
	assert_int_equal(sim_device_read(memory.address + 4095, &byte, 1), 0);
	assert_int_equal(byte, 9);
	give(instance, &memory);
	release(instance);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void test_calls_are_counted_and_fail(void **state)
{
	struct linear memory;
	void const *instance;

	configure(BOARD "; fail dwl-init 1 EIO; fail dwl-malloc 1 EIO; fail dwl-free 1 EIO; fail dwl-release 1 EIO");
	assert_null(start(H264));
	instance = start(H264);
	assert_int_equal(take(instance, 4096, &memory), -1);
	assert_int_equal(take(instance, 4096, &memory), 0);
	give(instance, &memory);
	assert_int_equal(sim_live_buffers(), 1);
	give(instance, &memory);
	assert_int_equal(release(instance), -1);
	assert_int_equal(release(instance), 0);
	assert_int_equal(sim_count(SIM_CALL_DWL_INIT), 2);
	assert_int_equal(sim_count(SIM_CALL_DWL_MALLOC), 2);
	assert_int_equal(sim_count(SIM_CALL_DWL_FREE), 2);
	assert_int_equal(sim_count(SIM_CALL_DWL_RELEASE), 2);
	assert_int_equal(sim_count(SIM_CALL_ANY), 8);
	assert_int_equal(sim_count(SIM_CALL_OPEN) + sim_count(SIM_CALL_IOCTL) + sim_count(SIM_CALL_MMAP), 0);
}

static void test_bad_statements(void **state)
{
	static char const *const texts[] = {"dwl", "dwl maybe", "dwl on skew=64K", "dwl on skew=x", "dwl on memory=ion",
		"dwl on client=vp9", "dwl on missing=always", "g2d", "g2d on skew=64K", "g2d on blue", "g2d on cache-op=maybe"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(sim_configure(texts[i]), -1);
		assert_string_not_equal(sim_message(), "");
	}
}

int main(int count, char **arguments)
{
	struct CMUnitTest const tests[] = {
		TEST(test_symbols),
		TEST(test_memory),
		TEST(test_memory_outlives_instances),
		TEST(test_misuse),
		TEST(test_client_types),
		TEST(test_missing_nodes),
		TEST(test_memory_of_ion),
		TEST(test_cached_memory),
		TEST(test_skew_and_high_addresses),
		TEST(test_calls_are_counted_and_fail),
		TEST(test_bad_statements),
	};

	if (count != 2) {
		fprintf(stderr, "usage: %s hantro|hantro-no-flush\n", arguments[0]);
		return 2;
	}
	has_flush = strcmp(arguments[1], "hantro") == 0;
	return cmocka_run_group_tests(tests, load, NULL);
}
