/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Both interfaces of /dev/ion, by plain system calls.
 */
#ifndef TESTS_SIM_ION_H
#define TESTS_SIM_ION_H

#include "raw.h"

struct raw_ion_alloc {
	uint64_t len;
	uint32_t mask, flags, fd, unused;
};

struct raw_ion_query {
	uint32_t count, reserved0;
	uint64_t heaps;
	uint32_t reserved1, reserved2;
};

struct raw_ion_heap {
	char name[32];
	uint32_t type, id, reserved[3];
};

struct raw_ion_old_alloc {
	size_t len, align;
	unsigned int mask, flags;
	int handle;
};

struct raw_ion_fd {
	int handle, fd;
};

struct raw_ion_custom {
	unsigned int command;
	unsigned long argument;
};

struct raw_ion_phys_dma {
	unsigned long phys;
	size_t size;
	int fd;
};

#define RAW_ION_ALLOC _IOWR('I', 0, struct raw_ion_alloc)
#define RAW_ION_OLD_ALLOC _IOWR('I', 0, struct raw_ion_old_alloc)
#define RAW_ION_FREE _IOWR('I', 1, int)
#define RAW_ION_MAP _IOWR('I', 2, struct raw_ion_fd)
#define RAW_ION_SHARE _IOWR('I', 4, struct raw_ion_fd)
#define RAW_ION_IMPORT _IOWR('I', 5, struct raw_ion_fd)
#define RAW_ION_CUSTOM _IOWR('I', 6, struct raw_ion_custom)
#define RAW_ION_SYNC _IOWR('I', 7, struct raw_ion_fd)
#define RAW_ION_QUERY _IOWR('I', 8, struct raw_ion_query)
#define RAW_ION_ABI_VERSION _IOR('I', 9, uint32_t)
#define RAW_ION_PHYS_DMA _IOWR('I', 9, struct raw_ion_phys_dma)

static inline int open_ion(void)
{
	int fd = open("/dev/ion", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* New interface. Returns a DMA-BUF, or -1 with errno. */
static inline int ion_allocate(int ion, uint32_t mask, uint64_t size, uint32_t flags)
{
	struct raw_ion_alloc data = {.len = size, .mask = mask, .flags = flags};

	return (ioctl(ion, RAW_ION_ALLOC, &data) < 0) ? -1 : (int)data.fd;
}

/* Legacy interface. Returns a handle, or -1 with errno. */
static inline int ion_take(int ion, unsigned int mask, size_t size, unsigned int flags)
{
	struct raw_ion_old_alloc data = {.len = size, .mask = mask, .flags = flags};

	return (ioctl(ion, RAW_ION_OLD_ALLOC, &data) < 0) ? -1 : data.handle;
}

static inline int ion_share(int ion, int handle)
{
	struct raw_ion_fd data = {.handle = handle, .fd = -1};

	return (ioctl(ion, RAW_ION_SHARE, &data) < 0) ? -1 : data.fd;
}

static inline int ion_free(int ion, int handle)
{
	return ioctl(ion, RAW_ION_FREE, &handle);
}

static inline int ion_phys(int ion, struct raw_ion_phys_dma *phys)
{
	struct raw_ion_custom data = {.command = RAW_ION_PHYS_DMA, .argument = (unsigned long)phys};

	return ioctl(ion, RAW_ION_CUSTOM, &data);
}

#endif /* TESTS_SIM_ION_H */
