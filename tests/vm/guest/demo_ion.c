/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the guest's /dev/ion and /dev/dmabuf_imx behave as those of NXP's kernels.
 * usage: demo_ion new|abi|gki|legacy [dmabuf_imx]
 *        demo_ion unbalanced     end a CPU access that was not started: the kernel complains
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "heap.h"
#include "prime.h"
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

/* Map a DMA-BUF and access it. Return the mapping, or NULL. */
static uint8_t *check_mapping(int fd, size_t size)
{
	uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (!tap(map != MAP_FAILED, "the DMA-BUF can be mapped: %s", tap_why(map != MAP_FAILED)))
		return NULL;
	tap(map[0] == 0 && map[size - 1] == 0 && lseek(fd, 0, SEEK_END) == (off_t)size,
		"it is zeroed and has the requested size");
	memset(map, 0xa5, size);
	return map;
}

/* vivid attaches, and writes a picture through a mapping of the kernel. */
static void check_legacy_dmabuf(int fd, size_t size)
{
	uint8_t *map = check_mapping(fd, size);
	size_t length = 0;
	int code;

	if (map == NULL)
		return;
	code = vivid_capture(fd, &length);
	tap(code == 0 && memchr(map, 0x10, length) != NULL && map[size - 1] == 0xa5, "vivid writes a picture: %s",
		strerror(-code));
	munmap(map, size);
}

/* Return the address space of the kernel's own mappings in KiB. Lines are "0xBEGIN-0xEND SIZE CALLER vmap ...". */
static long mapped_by_kernel(void)
{
	char line[256];
	FILE *file = fopen("/proc/vmallocinfo", "re");
	long sum = 0, size;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strstr(line, " vmap") != NULL && sscanf(line, "%*s %ld", &size) == 1)
			sum += size / 1024;
	if (file != NULL)
		fclose(file);
	return sum;
}

static int sync_access(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = {flags | DMA_BUF_SYNC_RW};

	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 ? errno : 0;
}

/* The kernel has mapped the buffer from the first start to the last end. */
static void check_access(int fd, size_t size)
{
	long before = mapped_by_kernel(), within, after;
	int codes = sync_access(fd, DMA_BUF_SYNC_START) | sync_access(fd, DMA_BUF_SYNC_START) |
		sync_access(fd, DMA_BUF_SYNC_END);

	within = mapped_by_kernel();
	codes |= sync_access(fd, DMA_BUF_SYNC_END);
	after = mapped_by_kernel();
	tap(codes == 0 && within >= before + (long)(size / 1024) && after < within - (long)(size / 2048),
		"the kernel maps it during a CPU access: %ld kB before, %ld within, %ld after", before, within, after);
}

/* vivid must not get contiguous memory: it would need a mapping of the kernel, which this ION does not give. */
static void check_new_dmabuf(int fd, size_t size, bool contiguous)
{
	uint8_t *map = check_mapping(fd, size);
	size_t length = 0;
	int code;

	if (map == NULL)
		return;
	check_access(fd, size);
	if (contiguous) {
		code = prime_import("vgem", fd, NULL);
		tap(code == 0, "vgem imports it: %s", strerror(-code));
		code = vim2m_copy(fd, fd, &length);
		tap(code < 0, "vim2m, which needs a mapping of the kernel, refuses it: %s", strerror(-code));
	} else {
		code = vivid_capture(fd, &length);
		tap(code < 0, "vivid refuses it: %s", strerror(-code));
	}
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
	tap(heaps[0].heap_id > heaps[query.count - 1].heap_id, "the heap with the highest id comes first: %u",
		heaps[0].heap_id);
	return mask;
}

static void allocate_new(uint32_t mask, bool contiguous, bool with_imx)
{
	struct new_allocation data = {.len = V4L2_BUFFER_SIZE, .heap_id_mask = mask};
	int code = call(NEW_ALLOC, &data);

	if (!tap(code == 0, "allocation with mask 0x%x: %s", mask, strerror(code)))
		return;
	check_new_dmabuf((int)data.fd, V4L2_BUFFER_SIZE, contiguous);
	if (with_imx)
		check_imx((int)data.fd);
	close((int)data.fd);
}

static void check_new(char const *kind, bool with_imx)
{
	bool gki = strcmp(kind, "gki") == 0, abi = strcmp(kind, "abi") == 0;
	struct new_allocation data = {0};
	uint32_t version = 0, mask;
	int handle = 0;

	tap(call(LEGACY_FREE, &handle) == ENOTTY, "there are no handles");
	if (sizeof(struct legacy_allocation) > sizeof(data))
		tap(call(LEGACY_ALLOC, &data) == EINVAL, "the legacy allocation is too large");
	tap(call(ABI_VERSION, &version) == ((gki || abi) ? 0 : ENOTTY), "ABI version: %u", version);
	mask = query_heaps(gki ? 2 : 4);
	tap(abi == ((mask & 0xff) == 0), "ids of contiguous heaps begin at %d", ffs((int)mask) - 1);
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
	check_legacy_dmabuf(shared.fd, V4L2_BUFFER_SIZE);
	tap(call(LEGACY_IMPORT, &shared) == 0 && shared.handle > 0, "the DMA-BUF can be imported again");
	close(shared.fd);
	data.heap_id_mask = 2;
	tap(call(LEGACY_ALLOC, &data) == ENODEV, "there is no other heap");
}

static void end_without_start(void)
{
	struct new_allocation data = {.len = 4096, .heap_id_mask = 1};

	if (tap(call(NEW_ALLOC, &data) == 0, "allocation"))
		tap(sync_access((int)data.fd, DMA_BUF_SYNC_END) == 0, "an end without a start");
}

int main(int argc, char **argv)
{
	char const *kind = argc > 1 ? argv[1] : "";

	ion = open("/dev/ion", O_RDONLY | O_CLOEXEC);
	if (!tap(ion >= 0, "/dev/ion can be opened: %s", tap_why(ion >= 0)))
		return tap_done();
	if (strcmp(kind, "legacy") == 0)
		check_legacy();
	else if (strcmp(kind, "unbalanced") == 0)
		end_without_start();
	else
		check_new(kind, argc > 2 && strcmp(argv[2], "dmabuf_imx") == 0);
	close(ion);
	return tap_done();
}
