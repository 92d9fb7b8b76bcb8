/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Helpers for the tests of the simulator: the kernel's interfaces by plain system calls, with numbers and structures of
 * their own.
 */
#ifndef TESTS_SIM_RAW_H
#define TESTS_SIM_RAW_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim.h"

struct raw_alloc {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

struct raw_udmabuf {
	uint32_t memfd, flags;
	uint64_t offset, size;
};

#define RAW_ALLOC _IOWR('H', 0, struct raw_alloc)
#define RAW_SYNC _IOW('b', 0, uint64_t)
#define RAW_SET_NAME _IOW('b', 1, uint64_t)
#define RAW_PHYS _IOW('b', 10, unsigned long)
#define RAW_PHYS_32 _IOW('b', 10, uint32_t)
#define RAW_PHYS_64 _IOW('b', 10, uint64_t)
#define RAW_UDMABUF _IOW('u', 0x42, struct raw_udmabuf)

#define RAW_READ UINT64_C(1)
#define RAW_WRITE UINT64_C(2)
#define RAW_END UINT64_C(4)

#define MIB (UINT64_C(1) << 20)
#define HUGE_PAGE ((size_t)2 << 20)

/* Assert that the call fails with this errno code. */
#define assert_fails(code, call)                                                                                       \
	do {                                                                                                               \
		errno = 0;                                                                                                     \
		assert_int_equal((call), -1);                                                                                  \
		assert_int_equal(errno, code);                                                                                 \
	} while (0)

#define assert_map_fails(code, call)                                                                                   \
	do {                                                                                                               \
		errno = 0;                                                                                                     \
		assert_ptr_equal((call), MAP_FAILED);                                                                          \
		assert_int_equal(errno, code);                                                                                 \
	} while (0)

static inline size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static inline void configure(char const *text)
{
	if (sim_configure(text) != 0)
		fail_msg("%s: %s", text, sim_message());
}

static inline int open_heap(char const *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Returns a DMA-BUF, or -1 with errno. */
static inline int allocate_flags(char const *name, uint64_t size, uint32_t flags)
{
	struct raw_alloc data = {.len = size, .fd_flags = flags};
	int heap = open_heap(name), result = ioctl(heap, RAW_ALLOC, &data), code = errno;

	close(heap);
	errno = code;
	return (result < 0) ? -1 : (int)data.fd;
}

static inline int allocate(char const *name, uint64_t size)
{
	return allocate_flags(name, size, O_RDWR | O_CLOEXEC);
}

static inline uint8_t *map_buffer(int fd, size_t size)
{
	void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(address, MAP_FAILED);
	return address;
}

static inline uint64_t get_phys(int fd)
{
	unsigned long address = 0;

	assert_int_equal(ioctl(fd, RAW_PHYS, &address), 0);
	return address;
}

static inline int sync_buffer(int fd, uint64_t flags)
{
	return ioctl(fd, RAW_SYNC, &flags);
}

static inline void read_text(char const *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	assert_true(fd >= 0);
	length = read(fd, text, size - 1);
	assert_true(length >= 0);
	text[length] = '\0';
	close(fd);
}

/* Every test begins with a machine without devices. */
static inline int begin(void **state)
{
	sim_reset();
	return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

/* ISO C does not convert an object pointer to a function pointer. */
static inline void find_symbol(void *library, char const *name, void *function)
{
	void *symbol = dlsym(library, name);

	memcpy(function, &symbol, sizeof(symbol));
}

#endif /* TESTS_SIM_RAW_H */
