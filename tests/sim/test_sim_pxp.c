/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/pxp_device in its three variants.
 */
#include "pxp.h"

static void test_numbers(void **state)
{
	bool wide = sizeof(long) == 8;

	assert_int_equal(GET(1), wide ? 0xC0185004u : 0xC0105004u);
	assert_int_equal(GET(2), wide ? 0xC0185004u : 0xC0145004u);
	assert_int_equal(GET(3), wide ? 0xC0285004u : 0xC01C5004u);
	assert_int_equal(PUT(1), wide ? 0x40185005u : 0x40105005u);
	assert_int_equal(PUT(2), wide ? 0x40185005u : 0x40145005u);
	assert_int_equal(PUT(3), wide ? 0x40285005u : 0x401C5005u);
	assert_int_equal(FLUSH(2), 0x80085007u);
	assert_int_equal(FLUSH(3), 0x800C5007u);
	assert_int_equal(EXPBUF, wide ? 0x80285008u : 0x801C5008u);
	assert_fails(ENOENT, open("/dev/pxp_device", O_RDWR));
}

static void test_first_descriptor(void **state)
{
	struct raw_pxp_1 data = {.size = 5000, .virt = 77}, second = {.size = 4096};
	uint8_t *memory;
	int pxp;

	configure("pxp 1 base=0x90000000");
	pxp = open_pxp();
	assert_int_equal(ioctl(pxp, GET(1), &data), 0);
	assert_int_equal(data.phys, 0x90000000);
	assert_int_equal(data.size, 5000);
	assert_int_not_equal(data.cpu_addr, 0);
	assert_int_equal(data.virt, 77);
	assert_int_equal(ioctl(pxp, GET(1), &second), 0);
	memory = map_block(pxp, data.phys, 8192);
	assert_ptr_not_equal(memory, MAP_FAILED);
	memory[8191] = 5;
	assert_int_equal(sim_device_write(data.phys, "z", 1), 0);
	assert_int_equal(memory[0], 'z');
	munmap(memory, 8192);
	/* This driver rejects lengths that are too short. */
	assert_map_fails(ENOMEM, map_block(pxp, data.phys, 4096));
	assert_map_fails(ENOMEM, map_block(pxp, data.phys + 4096, 4096));
	assert_int_equal(ioctl(pxp, PUT(1), &data), 0);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_misuses(), 0);
	assert_fails(EINVAL, ioctl(pxp, PUT(1), &data));
	assert_int_equal(sim_misuses(), 1);
	close(pxp);
}

static void test_second_descriptor(void **state)
{
	struct raw_pxp_2 data, second;
	uint8_t *memory, byte = 1;
	int pxp;

	configure("pxp 2");
	pxp = open_pxp();
	data = take_2(pxp, 5000, 1);
	assert_int_equal(data.handle, 1);
	assert_int_equal(data.size, 5000);
	second = take_2(pxp, 4096, 0);
	assert_int_equal(second.handle, 2);
	memory = map_block(pxp, data.phys, 8192);
	assert_int_equal(memory[8191], 0);
	memory[0] = 4;
	assert_int_equal(sim_device_read(data.phys, &byte, 1), 0);
	assert_int_equal(byte, 4);
	munmap(memory, 8192);
	assert_int_equal(sim_heap_used("/dev/pxp_device"), 8192 + 4096);
	/* The handle counts, not the address. */
	second.phys = data.phys;
	assert_int_equal(ioctl(pxp, PUT(2), &second), 0);
	assert_int_equal(sim_device_read(data.phys, &byte, 1), 0);
	assert_int_equal(ioctl(pxp, PUT(2), &data), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
	close(pxp);
}

static void test_third_descriptor(void **state)
{
	struct raw_pxp_3 data = {.size = 4096, .fd = -5, .flags = 3};
	uint8_t *memory;
	int pxp;

	configure("pxp 3");
	pxp = open_pxp();
	assert_int_equal(ioctl(pxp, GET(3), &data), 0);
	assert_int_equal(data.handle, 1);
	assert_int_equal(data.phys, 0x4c000000);
	assert_int_equal(data.fd, -5);
	memory = map_block(pxp, data.phys, 4096);
	assert_ptr_not_equal(memory, MAP_FAILED);
	munmap(memory, 4096);
	assert_int_equal(ioctl(pxp, PUT(3), &data), 0);
	assert_int_equal(sim_live_buffers(), 0);
	close(pxp);
}

/* A request of another size or variant succeeds and has no effect. */
static void test_unknown_requests_succeed(void **state)
{
	struct raw_pxp_3 long_data = {.size = 4096};
	struct raw_pxp_2 data = {.handle = 0, .size = 4096};
	int pxp;

	configure("pxp 3");
	pxp = open_pxp();
	assert_int_equal(ioctl(pxp, GET(2), &data), 0);
	assert_int_equal(data.handle, 0);
	assert_int_equal(data.phys, 0);
	assert_int_equal(ioctl(pxp, GET(1), &data), 0);
	assert_int_equal(ioctl(pxp, PUT(2), &data), 0);
	assert_int_equal(ioctl(pxp, FLUSH(2), &data), 0);
	assert_int_equal(ioctl(pxp, _IOR('Z', 99, int), &data), 0);
	configure("pxp 2");
	assert_int_equal(ioctl(pxp, GET(3), &long_data), 0);
	assert_int_equal(long_data.handle, 0);
	assert_int_equal(ioctl(pxp, EXPBUF, &long_data), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
	assert_int_equal(sim_count(SIM_CALL_PXP_GET), 3);
	assert_int_equal(sim_count(SIM_CALL_PXP_PUT), 1);
	assert_int_equal(sim_count(SIM_CALL_PXP_FLUSH), 1);
	assert_int_equal(sim_count(SIM_CALL_PXP_EXPBUF), 1);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 7);
	close(pxp);
}

static void test_errors(void **state)
{
	struct raw_pxp_2 data = {.size = 65537};
	int pxp;

	configure("pxp 2 limit=64K; fail pxp-put 1 EIO");
	pxp = open_pxp();
	/* Without memory the driver returns -1. */
	assert_fails(EPERM, ioctl(pxp, GET(2), &data));
	data.size = 0;
	assert_fails(EPERM, ioctl(pxp, GET(2), &data));
	assert_int_equal(data.handle, 0);
	assert_fails(EFAULT, ioctl(pxp, GET(2), NULL));
	assert_fails(EIO, ioctl(pxp, PUT(2), NULL));
	assert_fails(EACCES, ioctl(pxp, PUT(2), NULL));
	configure("pxp 2 base=0xfffff000");
	assert_int_equal(take_2(pxp, 4096, 0).phys, 0xfffff000);
	data.size = 4096;
	assert_fails(EPERM, ioctl(pxp, GET(2), &data));
	close(pxp);
}

static void test_bad_statements(void **state)
{
	static char const *const texts[] = {
		"pxp", "pxp on", "pxp 4", "pxp 12", "pxp off now", "pxp 2 base=1", "pxp 2 blue"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(sim_configure(texts[i]), -1);
		assert_string_not_equal(sim_message(), "");
	}
	configure("pxp 2; pxp off");
	assert_fails(ENOENT, open("/dev/pxp_device", O_RDWR));
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_numbers),
		TEST(test_first_descriptor),
		TEST(test_second_descriptor),
		TEST(test_third_descriptor),
		TEST(test_unknown_requests_succeed),
		TEST(test_errors),
		TEST(test_bad_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
