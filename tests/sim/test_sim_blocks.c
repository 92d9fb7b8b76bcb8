/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks of all drivers: threads, forked processes, mappings, files left over.
 */
#include "ion.h"
#include "pxp.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/wait.h>

#define RAW_IPU_ALLOC _IOWR('I', 3, int)
#define RAW_IPU_FREE _IOW('I', 4, int)

static int open_ipu(void)
{
	int fd = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Write to a block as the CPU, and check it as the device. */
static bool use(int fd, uint32_t address)
{
	uint8_t *memory = map_block(fd, address, 4096), byte = 0;
	bool good = memory != MAP_FAILED && memory[7] == 0;

	if (!good)
		return false;
	memory[7] = 5;
	good = sim_device_read(address + 7, &byte, 1) == 0 && byte == 5;
	return munmap(memory, 4096) == 0 && good;
}

static bool use_ipu(void)
{
	int value = 4096, fd = open("/dev/mxc_ipu", O_RDWR);
	bool good = ioctl(fd, RAW_IPU_ALLOC, &value) == 0 && use(fd, (uint32_t)value);

	good = good && ioctl(fd, RAW_IPU_FREE, &value) == 0;
	close(fd);
	return good;
}

static bool use_pxp(void)
{
	struct raw_pxp_2 data = {.size = 4096};
	int fd = open("/dev/pxp_device", O_RDWR);
	bool good = ioctl(fd, GET(2), &data) == 0 && use(fd, (uint32_t)data.phys);

	/* Closing the file frees the block. */
	close(fd);
	return good;
}

static bool use_ion(void)
{
	int ion = open("/dev/ion", O_RDONLY), handle = ion_take(ion, 1, 4096, 1), fd = ion_share(ion, handle);
	struct raw_ion_phys_dma phys = {.phys = 0, .fd = fd};
	bool good = ion_free(ion, handle) == 0 && ion_phys(ion, &phys) == 0 && phys.phys >= 0x4c000000;

	close(fd);
	close(ion);
	return good;
}

static void *work(void *data)
{
	bool *failed = data;

	for (int i = 0; i < 50; i++)
		*failed = !(use_ipu() && use_pxp() && use_ion()) || *failed;
	return NULL;
}

static void test_threads(void **state)
{
	bool failed[4] = {false};
	pthread_t threads[4];

	configure("ipu on limit=16K; pxp 2 limit=16K; ion legacy heap a limit=16K");
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_false(failed[i]);
	}
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void expect_success(pid_t process)
{
	int status;

	assert_true(waitpid(process, &status, 0) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A forked process has its parent's blocks and its own. Neither process frees blocks of the other. */
static void test_forks(void **state)
{
	int value = 4096, ipu;
	uint8_t *memory;
	pid_t process;

	configure("ipu on; ion legacy heap a");
	ipu = open_ipu();
	assert_int_equal(ioctl(ipu, RAW_IPU_ALLOC, &value), 0);
	process = fork();
	if (process == 0) {
		bool good = use(ipu, (uint32_t)value) && use_ipu() && ioctl(ipu, RAW_IPU_FREE, &value) == 0 &&
			sim_live_buffers() == 0;

		sim_reset();
		exit(good ? 0 : 1);
	}
	expect_success(process);
	assert_int_equal(sim_live_buffers(), 1);
	memory = map_block(ipu, (uint32_t)value, 4096);
	assert_ptr_not_equal(memory, MAP_FAILED);
	/* Both mappings are the same memory. */
	assert_int_equal(memory[7], 5);
	munmap(memory, 4096);
	close(ipu);
}

/* A process that did not make the block recognises its DMA-BUF. */
static void test_shared_blocks_are_recognised_everywhere(void **state)
{
	struct raw_ion_phys_dma phys = {.phys = 0};
	uint8_t *memory, byte = 0;
	int ion;

	configure("ion legacy heap a base=0x90000000");
	ion = open_ion();
	phys.fd = ion_share(ion, ion_take(ion, 1, 8192, 1));
	memory = map_buffer(phys.fd, 8192);
	memory[0] = 4;
	close(ion);
	sim_reset();
	assert_int_equal(lseek(phys.fd, 0, SEEK_END), 8192);
	assert_int_equal(get_phys(phys.fd), 0x90000000);
	assert_int_equal(sim_device_read(0x90000000, &byte, 1), 0);
	assert_int_equal(byte, 4);
	assert_int_equal(sim_live_buffers(), 1);
	munmap(memory, 8192);
	close(phys.fd);
	assert_int_equal(sim_live_buffers(), 0);
}

static int count_files(char const *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		char below[1024];

		if (entry->d_name[0] == '.' || snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= 1024)
			continue;
		count += (entry->d_type == DT_DIR) ? count_files(below) : 1;
	}
	closedir(directory);
	return count;
}

static void test_files_are_removed_with_their_blocks(void **state)
{
	char directory[] = "/tmp/test-sim-XXXXXX";
	int value = 4096, ipu;

	assert_non_null(mkdtemp(directory));
	setenv("TMPDIR", directory, 1);
	/* The child makes its own directory there. */
	if (fork() == 0) {
		int before;

		sim_reset();
		configure("ipu on");
		before = count_files(directory);
		ipu = open_ipu();
		if (ioctl(ipu, RAW_IPU_ALLOC, &value) != 0 || count_files(directory) != before + 1)
			_exit(1);
		if (ioctl(ipu, RAW_IPU_FREE, &value) != 0 || sim_live_buffers() != 0 || count_files(directory) != before)
			_exit(2);
		value = 4096;
		ioctl(ipu, RAW_IPU_ALLOC, &value);
		exit(0);
	}
	expect_success(-1);
	unsetenv("TMPDIR");
	assert_int_equal(rmdir(directory), 0);
}

static void expect_place(void const *memory, uint64_t offset)
{
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal((uintptr_t)memory % (1 << 20), offset);
}

static void test_mapping_offset(void **state)
{
	struct raw_pxp_2 block;
	void *first, *second, *third, *fixed;
	int pxp, fd;

	configure("mapping-offset 0x5000; pxp 2; heap a");
	pxp = open_pxp();
	block = take_2(pxp, 4096, 0);
	fd = allocate("a", 2 << 20);
	first = map_block(pxp, block.phys, 4096);
	expect_place(first, 0x5000);
	second = map_buffer(fd, 2 << 20);
	expect_place(second, 0x5000);
	configure("mapping-offset 0");
	third = map_buffer(fd, 4096);
	expect_place(third, 0);
	fixed = mmap(third, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, pxp, (off_t)block.phys);
	assert_ptr_equal(fixed, third);
	assert_int_equal(munmap(first, 4096), 0);
	assert_int_equal(munmap(second, 2 << 20), 0);
	assert_int_equal(munmap(third, 4096), 0);
	configure("mapping-offset any");
	close(fd);
	close(pxp);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_bad_statements(void **state)
{
	static char const *const texts[] = {
		"mapping-offset", "mapping-offset 5", "mapping-offset 1M", "mapping-offset any 0", "mapping-offset 0 0"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(sim_configure(texts[i]), -1);
		assert_string_not_equal(sim_message(), "");
	}
}

/* CmaTotal in kB. */
static long long total(void)
{
	char text[8192], *line;

	read_text("/proc/meminfo", text, sizeof(text));
	line = strstr(text, "CmaTotal:");
	assert_non_null(line);
	return strtoll(line + strlen("CmaTotal:"), NULL, 10);
}

static void test_meminfo_has_all_contiguous_memory(void **state)
{
	configure("ipu on limit=1M");
	assert_int_equal(total(), 1024);
	configure("pxp 3 limit=2M; ion new heap a limit=4M heap b type=system; heap c limit=8M; g2d on limit=16M");
	assert_int_equal(total(), 1024 * 15);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_threads),
		TEST(test_forks),
		TEST(test_shared_blocks_are_recognised_everywhere),
		TEST(test_files_are_removed_with_their_blocks),
		TEST(test_mapping_offset),
		TEST(test_bad_statements),
		TEST(test_meminfo_has_all_contiguous_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
