/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the guest's /dev/ion and /dev/dmabuf_imx behave as those of NXP's kernels.
 * usage: demo_ion new|gki|legacy [dmabuf_imx]
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "heap.h"
#include "tap.h"
#include "v4l2.h"

struct new_allocation {
	uint64_t len;
	uint32_t heap_id_mask, flags, fd, unused;
};

struct heap_query {
	uint32_t count, reserved0;
	uint64_t heaps;
	uint32_t reserved1, reserved2;
};

struct heap_data {
	char name[32];
	uint32_t type, heap_id, reserved[3];
};

struct legacy_allocation {
	size_t len, align;
	unsigned int heap_id_mask, flags;
	int handle;
};

struct fd_data {
	int handle, fd;
};

struct custom_data {
	unsigned int cmd;
	unsigned long arg;
};

struct phys_dma {
	unsigned long phys;
	size_t size;
	int dmafd;
};

struct dmabuf_phys {
	uint32_t fd;
	uint64_t phys;
};

#define NEW_ALLOC _IOWR('I', 0, struct new_allocation)
#define HEAP_QUERY _IOWR('I', 8, struct heap_query)
#define ABI_VERSION _IOR('I', 9, uint32_t)
#define LEGACY_ALLOC _IOWR('I', 0, struct legacy_allocation)
#define LEGACY_FREE _IOWR('I', 1, int)
#define LEGACY_SHARE _IOWR('I', 4, struct fd_data)
#define LEGACY_IMPORT _IOWR('I', 5, struct fd_data)
#define LEGACY_CUSTOM _IOWR('I', 6, struct custom_data)
#define CUSTOM_PHYS_DMA _IOWR('I', 9, struct phys_dma)
#define DMABUF_GET_PHYS _IOWR('M', 32, struct dmabuf_phys)

static int ion = -1;

static int call(unsigned long request, void *argument)
{
	return ioctl(ion, request, argument) < 0 ? errno : 0;
}

/* Map a DMA-BUF, access it, and write a picture into it with vivid, which attaches. */
static void check_dmabuf(int fd, size_t size, bool contiguous)
{
	size_t length = 0;
	uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int code;

	if (!tap(map != MAP_FAILED, "the DMA-BUF can be mapped: %s", tap_why(map != MAP_FAILED)))
		return;
	tap(map[0] == 0 && map[size - 1] == 0 && lseek(fd, 0, SEEK_END) == (off_t)size,
		"it is zeroed and has the requested size");
	memset(map, 0xa5, size);
	code = vivid_capture(fd, &length);
	if (contiguous)
		tap(code == 0 && memchr(map, 0x10, length) != NULL && map[size - 1] == 0xa5, "vivid writes a picture: %s",
			strerror(-code));
	else
		tap(code < 0, "vivid refuses it: %s", strerror(-code));
	munmap(map, size);
}

static void check_imx(int fd)
{
	struct dmabuf_phys data = {.fd = (uint32_t)fd};
	int node = open("/dev/dmabuf_imx", O_RDWR | O_CLOEXEC);

	tap(node >= 0 && ioctl(node, DMABUF_GET_PHYS, &data) == 0 && data.phys != 0,
		"/dev/dmabuf_imx returns its address: 0x%" PRIx64, data.phys);
	data.fd = (uint32_t)node;
	tap(ioctl(node, DMABUF_GET_PHYS, &data) < 0 && errno == EFAULT, "/dev/dmabuf_imx refuses another descriptor: %s",
		strerror(errno));
	close(node);
}

static uint32_t query_heaps(uint32_t dma_type)
{
	struct heap_data heaps[16];
	struct heap_query query = {0};
	uint32_t mask = 0;

	tap(call(HEAP_QUERY, &query) == 0 && query.count >= 2, "there are %u heaps", query.count);
	query = (struct heap_query){.heaps = (uintptr_t)heaps};
	tap(call(HEAP_QUERY, &query) == EINVAL, "a query with count 0 is refused");
	query = (struct heap_query){.reserved2 = 1};
	tap(call(HEAP_QUERY, &query) == EINVAL, "a query with a reserved field is refused");
	query = (struct heap_query){.count = 16, .heaps = (uintptr_t)heaps};
	if (!tap(call(HEAP_QUERY, &query) == 0 && query.count >= 2 && query.count < 16, "the heaps can be listed"))
		return 0;
	for (uint32_t i = 0; i < query.count; i++)
		if (heaps[i].type == dma_type)
			mask |= UINT32_C(1) << heaps[i].heap_id;
	tap(mask != 0 && (mask & 1) == 0, "contiguous heaps: mask 0x%x", mask);
	return mask;
}

static void allocate_new(uint32_t mask, bool contiguous, bool with_imx)
{
	struct new_allocation data = {.len = V4L2_BUFFER_SIZE, .heap_id_mask = mask};
	int code = call(NEW_ALLOC, &data);

	if (!tap(code == 0, "allocation with mask 0x%x: %s", mask, strerror(code)))
		return;
	check_dmabuf((int)data.fd, V4L2_BUFFER_SIZE, contiguous);
	if (with_imx)
		check_imx((int)data.fd);
	close((int)data.fd);
}

static void check_new(bool gki, bool with_imx)
{
	struct new_allocation data = {0};
	uint32_t abi = 0, mask;
	int handle = 0;

	tap(call(LEGACY_FREE, &handle) == ENOTTY, "there are no handles");
	if (sizeof(struct legacy_allocation) > sizeof(data))
		tap(call(LEGACY_ALLOC, &data) == EINVAL, "the legacy allocation is too large");
	tap(call(ABI_VERSION, &abi) == (gki ? 0 : ENOTTY), "ABI version: %u", abi);
	mask = query_heaps(gki ? 2 : 4);
	tap(call(NEW_ALLOC, &data) == EINVAL, "length 0 is refused");
	data = (struct new_allocation){.len = 4096, .heap_id_mask = UINT32_C(1) << 31};
	tap(call(NEW_ALLOC, &data) == ENODEV, "a mask without an existing heap is refused");
	data = (struct new_allocation){.len = UINT64_C(1) << 40, .heap_id_mask = mask};
	tap(call(NEW_ALLOC, &data) == ENOMEM, "a length larger than all memory is refused");
	allocate_new(mask, true, with_imx);
	allocate_new(1, false, false);
}

static int custom_phys(struct phys_dma *data)
{
	struct custom_data custom = {CUSTOM_PHYS_DMA, (unsigned long)data};

	return call(LEGACY_CUSTOM, &custom);
}

/* 64-bit kernels do not support the 32-bit command. */
static void check_legacy_phys(int fd)
{
	struct phys_dma data = {.dmafd = fd};
	struct utsname name;
	int code = custom_phys(&data);

	uname(&name);
	if (sizeof(long) == 4 && strncmp(name.machine, "armv7", 5) != 0)
		tap(code == ENOTTY, "the 32-bit PHYS_DMA on %s: %s", name.machine, strerror(code));
	else
		tap(code == 0 && data.phys != 0 && data.size == V4L2_BUFFER_SIZE, "its address: 0x%lx", data.phys);
}

static void check_legacy(void)
{
	struct legacy_allocation data = {.len = V4L2_BUFFER_SIZE, .heap_id_mask = 1};
	struct new_allocation new_data = {.len = 4096, .heap_id_mask = 1};
	struct custom_data custom = {0x12345678, 0};
	struct fd_data shared;
	int handle = 0;

	tap(call(LEGACY_FREE, &handle) == EINVAL, "handle 0 cannot be freed");
	tap(call(NEW_ALLOC, &new_data) == ENOTTY, "the new allocation is not supported");
	tap(call(LEGACY_CUSTOM, &custom) == ENOTTY, "an unknown custom command is refused");
	if (!tap(call(LEGACY_ALLOC, &data) == 0 && data.handle > 0, "allocation: handle %d", data.handle))
		return;
	shared = (struct fd_data){data.handle, -1};
	tap(call(LEGACY_SHARE, &shared) == 0 && shared.fd > 0, "the handle can be shared");
	handle = data.handle;
	tap(call(LEGACY_FREE, &handle) == 0 && call(LEGACY_FREE, &handle) == EINVAL, "the handle can be freed once");
	check_legacy_phys(shared.fd);
	check_dmabuf(shared.fd, V4L2_BUFFER_SIZE, true);
	tap(call(LEGACY_IMPORT, &shared) == 0 && shared.handle > 0, "the DMA-BUF can be imported again");
	close(shared.fd);
	data.heap_id_mask = 2;
	tap(call(LEGACY_ALLOC, &data) == ENODEV, "there is no other heap");
}

int main(int argc, char **argv)
{
	char const *kind = argc > 1 ? argv[1] : "";

	ion = open("/dev/ion", O_RDONLY | O_CLOEXEC);
	if (!tap(ion >= 0, "/dev/ion can be opened: %s", tap_why(ion >= 0)))
		return tap_done();
	if (strcmp(kind, "legacy") == 0)
		check_legacy();
	else
		check_new(strcmp(kind, "gki") == 0, argc > 2 && strcmp(argv[2], "dmabuf_imx") == 0);
	close(ion);
	return tap_done();
}
