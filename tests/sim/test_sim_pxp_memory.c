/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of /dev/pxp_device: mappings, caches, lifetime.
 */
#include "pxp.h"

#include <signal.h>
#include <sys/wait.h>

static void test_too_long_mappings_succeed(void **state)
{
	struct raw_pxp_2 data, next;
	uint8_t *memory, byte = 1;
	int pxp;

	configure("pxp 2");
	pxp = open_pxp();
	data = take_2(pxp, 4096, 0);
	next = take_2(pxp, 4096, 0);
	memory = map_block(pxp, data.phys, 4096);
	munmap(memory, 4096);
	assert_int_equal(sim_misuses(), 0);
	memory = map_block(pxp, data.phys, 3 * 4096);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(sim_misuses(), 1);
	assert_non_null(strstr(sim_misuse(), "12288"));
	memory[0] = 1;
	memory[4096] = 7;
	assert_int_equal(sim_device_read(data.phys, &byte, 1), 0);
	assert_int_equal(byte, 1);
	assert_int_equal(sim_device_read(next.phys, &byte, 1), 0);
	assert_int_equal(byte, 0);
	munmap(memory, 3 * 4096);
	assert_map_fails(EINVAL, map_block(pxp, data.phys + 1 * 8192, 4096));
	close(pxp);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_modes_of_memory(void **state)
{
	struct raw_pxp_2 data, other;
	struct raw_flush_2 flush = {.type = CLEAN};
	uint8_t *memory, byte = 9;
	int pxp;

	configure("pxp 2");
	pxp = open_pxp();
	other = take_2(pxp, 4096, 3);
	assert_map_fails(EINVAL, map_block(pxp, other.phys, 4096));
	data = take_2(pxp, 4096, CACHED);
	memory = map_block(pxp, data.phys, 4096);
	assert_int_equal(sim_device_read(data.phys, &byte, 1), 0);
	assert_int_equal(byte, 0);
	memory[0] = 5;
	assert_int_equal(sim_device_read(data.phys, &byte, 1), 0);
	assert_int_equal(byte, 0);
	flush.handle = data.handle;
	assert_int_equal(ioctl(pxp, FLUSH(2), &flush), 0);
	assert_int_equal(sim_device_read(data.phys, &byte, 1), 0);
	assert_int_equal(byte, 5);
	assert_int_equal(sim_device_write(data.phys, "a", 1), 0);
	assert_int_equal(ioctl(pxp, FLUSH(2), &flush), 0);
	assert_int_equal(memory[0], 5);
	flush.type = INVALIDATE;
	assert_int_equal(ioctl(pxp, FLUSH(2), &flush), 0);
	assert_int_equal(memory[0], 'a');
	flush = (struct raw_flush_2){.handle = 99, .type = CLEAN};
	assert_fails(EINVAL, ioctl(pxp, FLUSH(2), &flush));
	munmap(memory, 4096);
	close(pxp);
}

static void test_flush_of_the_third(void **state)
{
	struct raw_pxp_3 data = {.size = 4096, .mode = CACHED};
	struct raw_flush_3 flush = {.type = BOTH};
	uint8_t *memory, byte;
	int pxp, fd;

	configure("pxp 3; heap a");
	pxp = open_pxp();
	assert_int_equal(ioctl(pxp, GET(3), &data), 0);
	memory = map_block(pxp, data.phys, 4096);
	memory[64] = 5;
	assert_int_equal(sim_device_write(data.phys, "b", 1), 0);
	flush.handle = data.handle;
	assert_int_equal(ioctl(pxp, FLUSH(3), &flush), 0);
	assert_int_equal(memory[0], 'b');
	assert_int_equal(sim_device_read(data.phys + 64, &byte, 1), 0);
	assert_int_equal(byte, 5);
	munmap(memory, 4096);
	fd = allocate("a", 4096);
	memory = map_buffer(fd, 4096);
	memory[0] = 6;
	flush = (struct raw_flush_3){.fd = fd, .type = CLEAN};
	assert_int_equal(ioctl(pxp, FLUSH(3), &flush), 0);
	assert_int_equal(sim_device_read_fd(fd, 0, &byte, 1), 0);
	assert_int_equal(byte, 6);
	flush.fd = pxp;
	assert_fails(EINVAL, ioctl(pxp, FLUSH(3), &flush));
	munmap(memory, 4096);
	close(fd);
	close(pxp);
}

static void test_close(void **state)
{
	struct raw_pxp_1 first = {.size = 4096};
	struct raw_pxp_2 data;
	void *memory;
	int pxp, other;

	configure("pxp 2");
	pxp = open_pxp();
	other = open_pxp();
	data = take_2(pxp, 4096, 0);
	take_2(other, 4096, 0);
	/* A handle belongs to its file, an address to all files. */
	data.handle = 5;
	assert_fails(EINVAL, ioctl(other, PUT(2), &data));
	memory = map_block(other, data.phys, 4096);
	assert_ptr_not_equal(memory, MAP_FAILED);
	close(other);
	assert_int_equal(sim_live_buffers(), 2);
	munmap(memory, 4096);
	assert_int_equal(sim_live_buffers(), 1);
	close(pxp);
	assert_int_equal(sim_live_buffers(), 0);
	configure("pxp 1");
	pxp = open_pxp();
	other = open_pxp();
	assert_int_equal(ioctl(pxp, GET(1), &first), 0);
	close(pxp);
	assert_int_equal(sim_live_buffers(), 1);
	close(other);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_put_while_mapped(void **state)
{
	struct raw_pxp_2 data;
	void *memory;
	int pxp;

	configure("pxp 2");
	pxp = open_pxp();
	data = take_2(pxp, 4096, 0);
	memory = map_block(pxp, data.phys, 4096);
	assert_int_equal(ioctl(pxp, PUT(2), &data), 0);
	assert_int_equal(sim_misuses(), 1);
	munmap(memory, 4096);
	assert_int_equal(sim_live_buffers(), 0);
	close(pxp);
}

/* The DMA-BUF of EXPBUF only has the size and the address. */
static void test_exported_buffers_are_hollow(void **state)
{
	struct raw_pxp_3 data = {.size = 5000};
	uint8_t *memory;
	int pxp, status;
	pid_t process;

	configure("pxp 3");
	pxp = open_pxp();
	assert_int_equal(ioctl(pxp, GET(3), &data), 0);
	assert_int_equal(ioctl(pxp, EXPBUF, &data), 0);
	assert_int_equal(lseek(data.fd, 0, SEEK_END), 5000);
	assert_int_equal(get_phys(data.fd), data.phys);
	assert_int_equal(sync_buffer(data.fd, RAW_READ), 0);
	memory = map_buffer(data.fd, 8192);
	assert_map_fails(EINVAL, mmap(NULL, 8193, PROT_READ, MAP_SHARED, data.fd, 0));
	process = fork();
	if (process == 0) {
		signal(SIGBUS, SIG_DFL);
		*(volatile uint8_t *)memory = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS : WEXITSTATUS(status) != 0);
	munmap(memory, 8192);
	assert_int_equal(sim_live_buffers(), 2);
	assert_int_equal(ioctl(pxp, PUT(3), &data), 0);
	assert_int_equal(sim_device_write(data.phys, "x", 1), -1);
	assert_int_equal(sim_live_buffers(), 1);
	close(data.fd);
	assert_int_equal(sim_live_buffers(), 0);
	close(pxp);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_too_long_mappings_succeed),
		TEST(test_modes_of_memory),
		TEST(test_flush_of_the_third),
		TEST(test_close),
		TEST(test_put_while_mapped),
		TEST(test_exported_buffers_are_hollow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
