/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION before Linux 4.12: handles.
 */
#include "ion.h"

#include <sys/wait.h>

#define BOARD "phys absent; ion legacy heap user limit=1M heap system id=1 type=system"

static void test_numbers(void **state)
{
	bool wide = sizeof(long) == 8;

	assert_int_equal(RAW_ION_OLD_ALLOC, wide ? 0xC0204900u : 0xC0144900u);
	assert_int_equal(RAW_ION_CUSTOM, wide ? 0xC0104906u : 0xC0084906u);
	assert_int_equal(RAW_ION_PHYS_DMA, wide ? 0xC0184909u : 0xC00C4909u);
	assert_int_equal(RAW_ION_FREE, 0xC0044901u);
	assert_int_equal(RAW_ION_MAP, 0xC0084902u);
	assert_int_equal(RAW_ION_SHARE, 0xC0084904u);
	assert_int_equal(RAW_ION_IMPORT, 0xC0084905u);
}

static void test_probe_of_the_interface(void **state)
{
	struct raw_ion_alloc new_alloc = {.len = 4096, .mask = 1};
	struct raw_ion_query query = {.count = 0};
	int ion;

	configure(BOARD);
	ion = open_ion();
	assert_fails(EINVAL, ion_free(ion, 0));
	assert_fails(ENOTTY, ioctl(ion, RAW_ION_ALLOC, &new_alloc));
	assert_fails(ENOTTY, ioctl(ion, RAW_ION_QUERY, &query));
	assert_fails(EINVAL, ioctl(ion, _IOC(_IOC_READ | _IOC_WRITE, 'I', 0, 40), &new_alloc));
	configure("ion legacy query");
	assert_fails(EINVAL, ion_free(ion, 0));
	assert_int_equal(ioctl(ion, RAW_ION_QUERY, &query), 0);
	assert_int_equal(query.count, 2);
	close(ion);
	assert_int_equal(sim_misuses(), 0);
}

static void test_a_descriptor_keeps_the_memory(void **state)
{
	uint8_t *memory, byte = 0;
	int ion, handle, fd;

	configure(BOARD);
	ion = open_ion();
	handle = ion_take(ion, 1, 5000, 0);
	assert_int_equal(handle, 1);
	fd = ion_share(ion, handle);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(ion_free(ion, handle), 0);
	assert_fails(EINVAL, ion_share(ion, handle));
	assert_int_equal(lseek(fd, 0, SEEK_END), 8192);
	memory = map_buffer(fd, 8192);
	memory[8191] = 3;
	assert_int_equal(sim_device_read(0x4c001fff, &byte, 1), 0);
	assert_int_equal(byte, 3);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_heap_used("/dev/ion/user"), 8192);
	close(fd);
	assert_int_equal(sim_live_buffers(), 1);
	munmap(memory, 8192);
	assert_int_equal(sim_live_buffers(), 0);
	close(ion);
}

static void test_a_handle_keeps_the_memory(void **state)
{
	struct raw_ion_fd data;
	int ion, other;

	configure(BOARD);
	ion = open_ion();
	data.handle = ion_take(ion, 1, 4096, 0);
	assert_int_equal(ioctl(ion, RAW_ION_MAP, &data), 0);
	close(data.fd);
	assert_int_equal(sim_live_buffers(), 1);
	/* Handles belong to the open file. */
	other = open_ion();
	assert_fails(EINVAL, ion_free(other, data.handle));
	assert_fails(EINVAL, ion_share(other, data.handle));
	assert_int_equal(sim_misuses(), 1);
	assert_string_not_equal(sim_misuse(), "");
	close(other);
	assert_int_equal(sim_live_buffers(), 1);
	/* A second descriptor of the same file keeps it open. */
	other = dup(ion);
	close(ion);
	assert_int_equal(sim_live_buffers(), 1);
	close(other);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_close_leaves_descriptors(void **state)
{
	int ion, fd;
	uint8_t byte = 1;

	configure(BOARD);
	ion = open_ion();
	fd = ion_share(ion, ion_take(ion, 1, 4096, 0));
	ion_take(ion, 1, 4096, 0);
	assert_int_equal(sim_live_buffers(), 2);
	close(ion);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_device_read_fd(fd, 0, &byte, 1), 0);
	assert_int_equal(byte, 0);
	/* All descriptors of one handle are the same buffer. */
	close(fd);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_import(void **state)
{
	struct raw_ion_fd data;
	int ion, other, handle, null, foreign;

	configure(BOARD "; heap a");
	ion = open_ion();
	other = open_ion();
	handle = ion_take(ion, 1, 4096, 0);
	data.fd = ion_share(ion, handle);
	data.handle = 0;
	assert_int_equal(ioctl(ion, RAW_ION_IMPORT, &data), 0);
	assert_int_equal(data.handle, handle);
	assert_int_equal(ion_free(ion, handle), 0);
	assert_int_equal(ion_free(ion, handle), 0);
	assert_fails(EINVAL, ion_free(ion, handle));
	assert_int_equal(ioctl(other, RAW_ION_IMPORT, &data), 0);
	close(data.fd);
	assert_int_equal(sim_live_buffers(), 1);
	data.fd = ion_share(other, data.handle);
	assert_true(data.fd >= 0);
	close(data.fd);
	assert_int_equal(ion_free(other, data.handle), 0);
	assert_int_equal(sim_live_buffers(), 0);
	data.fd = null = open("/dev/null", O_RDONLY);
	assert_fails(EINVAL, ioctl(ion, RAW_ION_IMPORT, &data));
	data.fd = foreign = allocate("a", 4096);
	assert_fails(EINVAL, ioctl(ion, RAW_ION_IMPORT, &data));
	data.fd = -1;
	assert_fails(EBADF, ioctl(ion, RAW_ION_IMPORT, &data));
	close(foreign);
	close(null);
	close(other);
	close(ion);
}

static void test_address(void **state)
{
	struct raw_ion_phys_dma phys = {.phys = 5};
	unsigned long unused;
	int ion, handle, fd, scattered;

	configure(BOARD);
	ion = open_ion();
	handle = ion_take(ion, 1, 5000, 0);
	fd = phys.fd = ion_share(ion, handle);
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_int_equal(phys.phys, 0x4c000000);
	assert_int_equal(phys.size, 8192);
	assert_fails(ENOTTY, ioctl(fd, RAW_PHYS, &unused));
	configure("ion legacy phys-dma=unattached");
	phys = (struct raw_ion_phys_dma){.phys = 5, .size = 6, .fd = fd};
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_int_equal(phys.phys, 5);
	assert_int_equal(phys.size, 6);
	configure("ion legacy phys-dma=piece");
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_int_equal(phys.phys, 0x4c000000);
	assert_int_equal(phys.size, 4096);
	phys.phys = 5;
	configure("ion legacy phys-dma=native");
	scattered = phys.fd = ion_share(ion, ion_take(ion, 2, 8192, 0));
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_int_equal(phys.phys, 5);
	assert_int_equal(sim_misuses(), 0);
	close(scattered);
	close(fd);
	close(ion);
}

static void test_address_of_other_objects(void **state)
{
	struct raw_ion_phys_dma phys = {.fd = 0};
	int ion;

	configure(BOARD);
	ion = open_ion();
	phys.fd = ion;
	assert_fails(EFAULT, ion_phys(ion, &phys));
	assert_int_equal(sim_misuses(), 1);
	assert_non_null(strstr(sim_misuse(), "not a DMA-BUF"));
	assert_fails(EFAULT, ion_phys(ion, NULL));
	assert_int_equal(sim_misuses(), 1);
	sim_reset();
	assert_int_equal(sim_misuses(), 0);
	assert_string_equal(sim_misuse(), "");
	close(ion);
}

static void test_other_custom_commands(void **state)
{
	struct raw_ion_custom data = {.command = _IOWR('I', 77, int)};
	int ion;

	configure(BOARD);
	ion = open_ion();
	assert_fails(ENOTTY, ioctl(ion, RAW_ION_CUSTOM, &data));
	data.command = (sizeof(long) == 8) ? 0xC0104908u : 0xC0084908u;
	assert_fails(EFAULT, ioctl(ion, RAW_ION_CUSTOM, &data));
	assert_fails(EFAULT, ioctl(ion, RAW_ION_CUSTOM, NULL));
	close(ion);
}

/* PHYS_DMA maps and unmaps the buffer for a device, which cleans and invalidates. SYNC cleans. */
static void test_cached_memory(void **state)
{
	struct raw_ion_phys_dma phys = {.phys = 0};
	struct raw_ion_fd data;
	uint8_t *memory, byte = 9;
	int ion;

	configure(BOARD);
	ion = open_ion();
	data.fd = phys.fd = ion_share(ion, ion_take(ion, 1, 4096, 1));
	memory = map_buffer(data.fd, 4096);
	assert_int_equal(sim_device_read(0x4c000000, &byte, 1), 0);
	assert_int_equal(byte, 0);
	memory[0] = 1;
	assert_int_equal(sim_device_read(0x4c000000, &byte, 1), 0);
	assert_int_equal(byte, 0);
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_int_equal(sim_device_read(0x4c000000, &byte, 1), 0);
	assert_int_equal(byte, 1);
	byte = 5;
	assert_int_equal(sim_device_write(0x4c000000, &byte, 1), 0);
	assert_int_equal(memory[0], 1);
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_int_equal(memory[0], 5);
	memory[0] = 6;
	assert_int_equal(ioctl(ion, RAW_ION_SYNC, &data), 0);
	assert_int_equal(sim_device_read(0x4c000000, &byte, 1), 0);
	assert_int_equal(byte, 6);
	munmap(memory, 4096);
	close(data.fd);
	close(ion);
}

static void test_errors(void **state)
{
	struct raw_ion_old_alloc data = {.len = 4096, .mask = 1};
	int ion;

	configure(BOARD);
	ion = open_ion();
	assert_int_equal(ion_take(ion, 1, 0, 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_fails(ENODEV, ion_take(ion, 1u << 7, 4096, 0));
	assert_fails(ENOMEM, ion_take(ion, 1, 2 << 20, 0));
	assert_fails(EFAULT, ioctl(ion, RAW_ION_OLD_ALLOC, NULL));
	assert_fails(EINVAL, ion_share(ion, 1));
	/* The driver ignores the alignment. */
	assert_int_equal(ioctl(ion, RAW_ION_OLD_ALLOC, &data), 0);
	data.align = 65536;
	assert_int_equal(ioctl(ion, RAW_ION_OLD_ALLOC, &data), 0);
	assert_int_equal(sim_device_write(0x4c001000, "x", 1), 0);
	close(ion);
}

static void test_limited_number_of_clients(void **state)
{
	int ion, copy;

	configure(BOARD "; ion legacy clients=1");
	ion = open_ion();
	assert_fails(EBUSY, open("/dev/ion", O_RDONLY));
	copy = dup(ion);
	close(ion);
	assert_fails(EBUSY, open("/dev/ion", O_RDONLY));
	close(copy);
	close(open_ion());
}

static void test_calls_are_counted_and_fail(void **state)
{
	struct raw_ion_phys_dma phys = {.phys = 0};
	int ion, handle;

	configure(BOARD "; fail ion-share 1 EMFILE; fail ion-custom 1 EIO; fail ion-free 1 EIO");
	ion = open_ion();
	handle = ion_take(ion, 1, 4096, 0);
	assert_fails(EMFILE, ion_share(ion, handle));
	phys.fd = ion_share(ion, handle);
	assert_fails(EIO, ion_phys(ion, &phys));
	assert_int_equal(ion_phys(ion, &phys), 0);
	assert_fails(EIO, ion_free(ion, handle));
	assert_int_equal(ion_free(ion, handle), 0);
	assert_int_equal(sim_count(SIM_CALL_ION_ALLOC), 1);
	assert_int_equal(sim_count(SIM_CALL_ION_SHARE), 2);
	assert_int_equal(sim_count(SIM_CALL_ION_CUSTOM), 2);
	assert_int_equal(sim_count(SIM_CALL_ION_FREE), 2);
	assert_int_equal(sim_count(SIM_CALL_ION_MAP), 0);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 7);
	close(phys.fd);
	close(ion);
}

/* Memory outlives its node, and a forked process does not free its parent's memory. */
static void test_node_and_forks(void **state)
{
	int ion, fd, other, status;
	pid_t process;

	configure(BOARD);
	ion = open_ion();
	fd = ion_share(ion, ion_take(ion, 1, 4096, 0));
	process = fork();
	if (process == 0) {
		sim_reset();
		exit(0);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	other = ion_share(ion, 1);
	assert_true(other >= 0);
	configure("ion off");
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4096);
	close(fd);
	close(other);
	assert_int_equal(sim_live_buffers(), 0);
	close(ion);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_numbers),
		TEST(test_probe_of_the_interface),
		TEST(test_a_descriptor_keeps_the_memory),
		TEST(test_a_handle_keeps_the_memory),
		TEST(test_close_leaves_descriptors),
		TEST(test_import),
		TEST(test_address),
		TEST(test_address_of_other_objects),
		TEST(test_other_custom_commands),
		TEST(test_cached_memory),
		TEST(test_errors),
		TEST(test_limited_number_of_clients),
		TEST(test_calls_are_counted_and_fail),
		TEST(test_node_and_forks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
