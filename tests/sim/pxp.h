/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/pxp_device by plain system calls.
 */
#ifndef TESTS_SIM_PXP_H
#define TESTS_SIM_PXP_H

#include "raw.h"

struct raw_pxp_1 {
	unsigned int size;
	unsigned long phys;
	unsigned int cpu_addr, virt;
};

struct raw_pxp_2 {
	unsigned int handle, size;
	unsigned long phys;
	unsigned int virt, mode;
};

struct raw_pxp_3 {
	unsigned int handle, size;
	unsigned long phys;
	void *virt;
	unsigned int mode;
	uint32_t flags;
	int32_t fd;
};

struct raw_flush_2 {
	unsigned int handle, type;
};

struct raw_flush_3 {
	unsigned int handle;
	int fd;
	unsigned int type;
};

#define GET(version) _IOWR('P', 4, struct raw_pxp_##version)
#define PUT(version) _IOW('P', 5, struct raw_pxp_##version)
#define FLUSH(version) _IOR('P', 7, struct raw_flush_##version)
#define EXPBUF _IOR('P', 8, struct raw_pxp_3)

#define CACHED 2
#define CLEAN 1
#define INVALIDATE 2
#define BOTH 4

static inline int open_pxp(void)
{
	int fd = open("/dev/pxp_device", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static inline void *map_block(int pxp, unsigned long address, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, pxp, (off_t)address);
}

static inline struct raw_pxp_2 take_2(int pxp, unsigned int size, unsigned int mode)
{
	struct raw_pxp_2 data = {.size = size, .mode = mode};

	assert_int_equal(ioctl(pxp, GET(2), &data), 0);
	assert_int_not_equal(data.handle, 0);
	return data;
}

#endif /* TESTS_SIM_PXP_H */
