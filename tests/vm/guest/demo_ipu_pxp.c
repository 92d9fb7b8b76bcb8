/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the guest's /dev/mxc_ipu and /dev/pxp_device behave as those of NXP's kernels.
 * usage: demo_ipu_pxp leak|index|none 1|2|3|0
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tap.h"

#define IPU_ALLOC _IOWR('I', 3, int)
#define IPU_FREE _IOW('I', 4, int)

struct pxp_v1 {
	unsigned int size;
	unsigned long phys_addr;
	unsigned int cpu_addr, virt_uaddr;
};

struct pxp_v2 {
	unsigned int handle, size;
	unsigned long phys_addr;
	unsigned int virt_uaddr, mtype;
};

struct pxp_v3 {
	unsigned int handle, size;
	unsigned long phys_addr;
	void *virt_uaddr;
	unsigned int mtype, flags;
	int fd;
};

#define PXP_GET(type) _IOWR('P', 4, type)
#define PXP_PUT(type) _IOW('P', 5, type)
#define PXP_EXPBUF _IOR('P', 8, struct pxp_v3)

static int device;

static int call(unsigned long request, void *argument)
{
	return ioctl(device, request, argument) < 0 ? errno : 0;
}

static void *map(size_t size, uint64_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)offset);
}

/* True if two mappings of the same address share memory. */
static bool is_shared(size_t size, uint64_t phys)
{
	uint8_t *first = map(size, phys), *second = map(size, phys);
	bool good = first != MAP_FAILED && second != MAP_FAILED && first[size - 1] == 0;

	if (good) {
		memset(first, 0x5a, size);
		good = second[0] == 0x5a && second[size - 1] == 0x5a;
	}
	if (first != MAP_FAILED)
		munmap(first, size);
	if (second != MAP_FAILED)
		munmap(second, size);
	return good;
}

static void check_ipu_close(int argument, bool by_index)
{
	close(device);
	device = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);
	tap(call(IPU_FREE, &argument) == (by_index ? EINVAL : 0), "after close the memory is %s",
		by_index ? "freed" : "still allocated");
}

static void check_ipu(bool by_index)
{
	int argument = 10000, unknown = 77;
	uint64_t phys;

	device = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);
	if (!tap(device >= 0, "/dev/mxc_ipu can be opened: %s", tap_why(device >= 0)))
		return;
	tap(call(_IOWR('I', 9, int), &unknown) == 0 && unknown == 77, "an unknown ioctl succeeds and does nothing");
	tap(call(IPU_ALLOC, &argument) == 0 && argument != 10000, "allocation at 0x%x", (unsigned int)argument);
	phys = (uint32_t)argument;
	tap(is_shared(12288, phys), "it can be mapped by its address");
	tap(map(4096, phys + 4096) == MAP_FAILED && errno == EINVAL, "it cannot be mapped by an address inside");
	tap(map(16384, phys) == MAP_FAILED && errno == EINVAL, "it cannot be mapped beyond its end");
	unknown = 0x1000;
	tap(call(IPU_FREE, &unknown) == EINVAL, "an unknown address cannot be freed");
	tap(call(IPU_FREE, &argument) == 0 && call(IPU_FREE, &argument) == EINVAL, "a known address can be freed once");
	argument = 1 << 30;
	tap(call(IPU_ALLOC, &argument) == ENOMEM, "too large a size is refused");
	argument = 4096;
	call(IPU_ALLOC, &argument);
	check_ipu_close(argument, by_index);
	close(device);
}

static void check_pxp_map(uint64_t phys, int version)
{
	void *longer;

	tap(is_shared(12288, phys), "it can be mapped by its address");
	tap(map(4096, phys + 4096) == MAP_FAILED && errno == (version == 1 ? ENOMEM : EINVAL),
		"it cannot be mapped by an address inside");
	longer = map(16384, phys);
	tap(longer != MAP_FAILED, "it can be mapped beyond its end");
	if (longer != MAP_FAILED)
		munmap(longer, 16384);
}

static void check_pxp_v1(void)
{
	struct pxp_v1 desc = {.size = 10000}, huge = {.size = 1U << 30};

	tap(call(PXP_GET(struct pxp_v1), &desc) == 0 && desc.phys_addr != 0, "allocation at 0x%lx", desc.phys_addr);
	tap(call(PXP_GET(struct pxp_v1), &huge) == EPERM, "too large a size is refused with EPERM");
	check_pxp_map(desc.phys_addr, 1);
	tap(call(PXP_PUT(struct pxp_v1), &desc) == 0 && call(PXP_PUT(struct pxp_v1), &desc) == EINVAL,
		"it can be freed once");
}

static void check_pxp_v2(void)
{
	struct pxp_v2 desc = {.size = 10000, .mtype = 1}, huge = {.size = 1U << 30};

	tap(call(PXP_GET(struct pxp_v2), &desc) == 0 && desc.phys_addr != 0 && desc.handle > 0, "allocation at 0x%lx",
		desc.phys_addr);
	tap(call(PXP_GET(struct pxp_v2), &huge) == EPERM, "too large a size is refused with EPERM");
	check_pxp_map(desc.phys_addr, 2);
	tap(call(PXP_PUT(struct pxp_v2), &desc) == 0 && call(PXP_PUT(struct pxp_v2), &desc) == EINVAL,
		"it can be freed once");
}

static void check_pxp_v3(void)
{
	struct pxp_v3 desc = {.size = 10000, .mtype = 1, .fd = -1}, huge = {.size = 1U << 30};
	struct pxp_v2 old = {.size = 4096};

	tap(call(PXP_GET(struct pxp_v2), &old) == 0 && old.handle == 0 && old.phys_addr == 0,
		"the older descriptor succeeds and changes nothing");
	tap(call(PXP_GET(struct pxp_v3), &desc) == 0 && desc.phys_addr != 0 && desc.handle > 0, "allocation at 0x%lx",
		desc.phys_addr);
	tap(call(PXP_GET(struct pxp_v3), &huge) == EPERM, "too large a size is refused with EPERM");
	check_pxp_map(desc.phys_addr, 3);
	desc.flags = O_RDWR | O_CLOEXEC;
	tap(call(PXP_EXPBUF, &desc) == 0 && desc.fd > 0 && lseek(desc.fd, 0, SEEK_END) == 10000,
		"its DMA-BUF has the requested size");
	tap((fcntl(desc.fd, F_GETFL) & O_ACCMODE) == O_RDWR && fcntl(desc.fd, F_GETFD) == FD_CLOEXEC,
		"the caller's flags decide: access 0x%x", (unsigned int)fcntl(desc.fd, F_GETFL));
	close(desc.fd);
	desc.flags = 0;
	tap(call(PXP_EXPBUF, &desc) == 0 && (fcntl(desc.fd, F_GETFL) & O_ACCMODE) == O_RDONLY &&
			fcntl(desc.fd, F_GETFD) == 0,
		"without flags it is read-only and inherited");
	close(desc.fd);
	tap(call(PXP_PUT(struct pxp_v3), &desc) == 0 && call(PXP_PUT(struct pxp_v3), &desc) == EINVAL,
		"it can be freed once");
}

static void check_pxp(int version)
{
	struct pxp_v3 desc = {.size = 10000};
	struct utsname name;

	device = open("/dev/pxp_device", O_RDWR | O_CLOEXEC);
	if (!tap(device >= 0, "/dev/pxp_device can be opened: %s", tap_why(device >= 0)))
		return;
	uname(&name);
	if (sizeof(long) == 4 && strncmp(name.machine, "armv7", 5) != 0)
		tap(call(PXP_GET(struct pxp_v3), &desc) == ENOTTY, "32-bit programs are not supported on %s", name.machine);
	else if (version == 1)
		check_pxp_v1();
	else if (version == 2)
		check_pxp_v2();
	else
		check_pxp_v3();
	close(device);
}

int main(int argc, char **argv)
{
	int version = argc > 2 ? atoi(argv[2]) : 0;

	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "none") == 0)
		tap(access("/dev/mxc_ipu", F_OK) < 0, "there is no /dev/mxc_ipu");
	else
		check_ipu(strcmp(argv[1], "index") == 0);
	if (version == 0)
		tap(access("/dev/pxp_device", F_OK) < 0, "there is no /dev/pxp_device");
	else
		check_pxp(version);
	return tap_done();
}
