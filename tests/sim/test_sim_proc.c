/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/meminfo, /proc/self/pagemap and the kernel's release.
 */
#include <sys/utsname.h>

#include "raw.h"

#define PRESENT (UINT64_C(1) << 63)
#define FRAME(word) ((word) & ((UINT64_C(1) << 55) - 1))

/* For programs built with _FILE_OFFSET_BITS=32 or _FORTIFY_SOURCE. */
ssize_t narrow_pread(int fd, void *data, size_t length, long offset) __asm__("pread");
ssize_t fortified_pread(int fd, void *data, size_t length, long offset, size_t room) __asm__("__pread_chk");
ssize_t fortified_pread64(int fd, void *data, size_t length, off_t offset, size_t room) __asm__("__pread64_chk");
ssize_t fortified_read(int fd, void *data, size_t length, size_t room) __asm__("__read_chk");

static long long find(char const *text, char const *key)
{
	char const *line = strstr(text, key);
	long long value = -1;

	if (line)
		sscanf(line + strlen(key), ": %lld kB", &value);
	return value;
}

static long long meminfo(char const *key)
{
	char text[8192];

	read_text("/proc/meminfo", text, sizeof(text));
	return find(text, key);
}

static void test_meminfo_has_the_heaps(void **state)
{
	int fd;

	assert_int_equal(meminfo("CmaTotal"), 0);
	configure("heap a limit=1M; heap b limit=3M; heap system scattered limit=8M");
	assert_int_equal(meminfo("CmaTotal"), 4096);
	assert_int_equal(meminfo("CmaFree"), 4096);
	fd = allocate("b", 65536);
	assert_int_equal(meminfo("CmaFree"), 4096 - 64);
	close(fd);
	fd = allocate("system", 65536);
	assert_int_equal(meminfo("CmaFree"), 4096);
	close(fd);
}

static void test_meminfo_keeps_the_rest(void **state)
{
	char line[256];
	int lines = 0, totals = 0;
	FILE *stream = fopen("/proc/meminfo", "r");

	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		lines++;
		totals += strncmp(line, "CmaTotal:", 9) == 0;
	}
	fclose(stream);
	assert_true(lines > 10);
	assert_int_equal(totals, 1);
	assert_true(meminfo("MemTotal") > 0);
	assert_true(meminfo("MemAvailable") > 0);
	assert_int_equal(meminfo("Hugepagesize"), 2048);
}

/* Read by both spellings of pread, and by lseek and read. */
static uint64_t get_word(void const *address)
{
	uint64_t word = 1, other = 2;
	off_t offset = (off_t)((uintptr_t)address / page_size() * sizeof(word));
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &word, sizeof(word), offset), sizeof(word));
	assert_int_equal(pread64(fd, &other, sizeof(other), offset), sizeof(other));
	assert_true(word == other);
	assert_int_equal(lseek(fd, offset, SEEK_SET), offset);
	assert_int_equal(read(fd, &other, sizeof(other)), sizeof(other));
	assert_true(word == other);
	close(fd);
	return word;
}

static void test_pagemap_of_a_buffer(void **state)
{
	size_t page = page_size();
	uint8_t *memory;
	int fd;

	configure("heap a base=0x123450000; pagemap privileged");
	fd = allocate("a", 4 * page);
	memory = map_buffer(fd, 4 * page);
	assert_false(get_word(memory) & PRESENT);
	assert_true(FRAME(get_word(memory)) == 0);
	memset(memory, 1, 4 * page);
	for (size_t i = 0; i < 4; i++) {
		assert_true(get_word(memory + i * page) & PRESENT);
		assert_true(FRAME(get_word(memory + i * page)) == (sim_physical_address(fd, 0) / page) + i);
	}
	configure("pagemap unprivileged");
	assert_true(get_word(memory) & PRESENT);
	assert_true(FRAME(get_word(memory)) == 0);
	configure("pagemap pfnmap");
	assert_true(get_word(memory) == 0);
	munmap(memory, 4 * page);
	close(fd);
}

static void test_every_way_to_read_pagemap(void **state)
{
	uint64_t word, wanted;
	uint8_t *memory;
	off_t offset;
	int fd, pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	configure("heap a; pagemap privileged");
	fd = allocate("a", 4096);
	memory = map_buffer(fd, 4096);
	memory[0] = 1;
	wanted = get_word(memory);
	assert_true(FRAME(wanted) == sim_physical_address(fd, 0) / page_size());
	offset = (off_t)((uintptr_t)memory / page_size() * 8);
	assert_int_equal(fortified_pread64(pagemap, &word, 8, offset, 8), 8);
	assert_true(word == wanted);
	if (sizeof(long) == 8) {
		assert_int_equal(narrow_pread(pagemap, &word, 8, (long)offset), 8);
		assert_true(word == wanted);
		word = 0;
		assert_int_equal(fortified_pread(pagemap, &word, 8, (long)offset, 8), 8);
		assert_true(word == wanted);
	}
	word = 0;
	lseek(pagemap, offset, SEEK_SET);
	assert_int_equal(fortified_read(pagemap, &word, 8, 8), 8);
	assert_true(word == wanted);
	munmap(memory, 4096);
	close(fd);
	close(pagemap);
}

static void test_pagemap_follows_the_mapping(void **state)
{
	size_t page = page_size();
	uint64_t words[4];
	uint8_t *memory, *part;
	int fd, pagemap;

	configure("heap system scattered; pagemap privileged");
	fd = allocate("system", 4 * page);
	part = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, (off_t)(2 * page));
	assert_true(FRAME(get_word(part)) == sim_physical_address(fd, 2 * page) / page);
	assert_true(FRAME(get_word(part + page)) == sim_physical_address(fd, 3 * page) / page);
	munmap(part, 2 * page);
	memory = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	/* Unmapping the middle keeps the pages on both sides. */
	munmap(memory + page, page);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	assert_int_equal(pread(pagemap, words, sizeof(words), (off_t)((uintptr_t)memory / page * 8)), sizeof(words));
	assert_true(FRAME(words[0]) == sim_physical_address(fd, 0) / page);
	assert_true(words[1] == 0 || FRAME(words[1]) != sim_physical_address(fd, page) / page);
	assert_true(FRAME(words[2]) == sim_physical_address(fd, 2 * page) / page);
	assert_true(FRAME(words[3]) == sim_physical_address(fd, 3 * page) / page);
	/* Other memory at the same address. */
	part = mmap(memory, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	assert_ptr_equal(part, memory);
	memory[0] = 1;
	assert_true(FRAME(get_word(memory)) != sim_physical_address(fd, 0) / page);
	close(pagemap);
	munmap(memory, page);
	munmap(memory + 2 * page, 2 * page);
	close(fd);
}

static void test_pagemap_of_other_memory_is_real(void **state)
{
	int on_stack = 1;
	uint64_t word, same;
	char path[64];
	int fd;

	configure("heap a; pagemap pfnmap");
	assert_true(get_word(&on_stack) & PRESENT);
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)getpid());
	fd = open(path, O_RDONLY);
	assert_int_equal(pread(fd, &word, sizeof(word), (off_t)((uintptr_t)&on_stack / page_size() * 8)), 8);
	close(fd);
	same = get_word(&on_stack);
	assert_true(FRAME(word) == FRAME(same));
	assert_fails(EINVAL, pread(open("/proc/self/pagemap", O_RDONLY), &word, 3, 0));
}

static void test_pagemap_may_not_open(void **state)
{
	configure("fail open 1 EACCES");
	assert_fails(EACCES, open("/proc/self/pagemap", O_RDONLY));
	assert_int_equal(close(open("/proc/self/pagemap", O_RDONLY)), 0);
}

static void test_release(void **state)
{
	struct utsname real, name;

	configure("");
	assert_int_equal(uname(&real), 0);
	assert_int_equal(sim_configure("release 6.1.0-test"), 0);
	assert_int_equal(uname(&name), 0);
	assert_string_equal(name.release, "6.1.0-test");
	assert_string_equal(name.machine, real.machine);
	assert_int_equal(sim_configure("release"), -1);
	assert_int_equal(sim_configure("release 6 1"), -1);
	sim_reset();
	assert_int_equal(uname(&name), 0);
	assert_string_equal(name.release, real.release);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_meminfo_has_the_heaps),
		TEST(test_meminfo_keeps_the_rest),
		TEST(test_pagemap_of_a_buffer),
		TEST(test_every_way_to_read_pagemap),
		TEST(test_pagemap_follows_the_mapping),
		TEST(test_pagemap_of_other_memory_is_real),
		TEST(test_pagemap_may_not_open),
		TEST(test_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
