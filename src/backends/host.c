/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real memory for machines without any of the i.MX mechanisms: for development, tests and demonstrations on a PC. Uses
 * the best kind of memory that works, and claims only the traits that it has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../backend/backend.h"
#include "../backend/node.h"
#include "../base/available.h"
#include "../base/error.h"
#include "../base/meminfo.h"
#include "../base/memory_file.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "../uapi/udmabuf.h"

struct own {
	/* Size of a huge page, 0 if it is unknown. */
	size_t huge_page;
	/* The machine has huge pages, or may make some on demand. */
	bool has_huge_pages;
	/* Bytes that may be allocated before the next look at the memory that is available, and the time of the last one.
	 */
	_Atomic size_t credit;
	_Atomic unsigned long looked;
	/* The kind that the program asked for; NULL: any. */
	char const *kind;
};

static int round_up(size_t size, size_t unit, size_t *rounded)
{
	if (unit == 0)
		return imxd_fail(-ENOMEM, "host: no huge pages: /proc/meminfo is hidden, or names no size for them");
	if (__builtin_add_overflow(size, unit - 1, rounded))
		return imxd_fail(-ENOMEM, "host: %zu bytes cannot be rounded up to pages of %zu bytes", size, unit);
	*rounded -= *rounded % unit;
	return 0;
}

/* The kernel refuses memory files so only with the sysctl vm.memfd_noexec (since 6.3). */
static bool is_filtered(int result)
{
	return result == -EPERM || result == -EACCES || result == -ENOSYS;
}

static int fail_filter(int code, size_t size)
{
	return imxd_fail(code,
		"host: no memory file of %zu bytes (%s): a filter of system calls (seccomp), a security module or the sysctl "
		"vm.memfd_noexec forbids it",
		size, imxd_errno_text(code));
}

/* A huge page is contiguous, and aligned to its size; the next one may be anywhere. */
static void set_huge_traits(struct imxd_device const *device, size_t size, struct imxd_block *block)
{
	struct own const *own = device->private;

	if (size > own->huge_page)
		return;
	block->traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	block->traits.caps |= IMXD_CAP_ALIGNED_BY_SIZE;
}

/* A memory file in huge pages, allocated now: a shortage shows here, and udmabuf of Linux 6.1 needs them touched. */
static int huge_file(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct own const *own = device->private;
	int fd, code = round_up(size, own->huge_page, &block->size);

	if (code != 0)
		return code;
	fd = imxd_memory_file("imxdmabuffer", MFD_HUGETLB, block->size, F_SEAL_SHRINK);
	if (is_filtered(fd))
		return fail_filter(fd, block->size);
	if (fd < 0)
		return imxd_fail(fd, "host: no huge pages for %zu bytes (%s); /proc/sys/vm/nr_hugepages sets their number",
			size, imxd_errno_text(fd));
	block->fd = fd;
	set_huge_traits(device, size, block);
	return 0;
}

/*
 * The kernel ends other programs rather than refuse this memory: refuse it here if it is not available. A look costs
 * many system calls, and is good for a second and a sixteenth of what was available.
 */
static int check_available(struct own *own, size_t size)
{
	size_t credit = atomic_load_explicit(&own->credit, memory_order_relaxed);
	unsigned long now = (unsigned long)imxd_sys_now();
	struct imxd_available available;

	while (size <= credit && now - atomic_load_explicit(&own->looked, memory_order_relaxed) < 1000)
		if (atomic_compare_exchange_weak_explicit(&own->credit, &credit, credit - size, memory_order_relaxed,
				memory_order_relaxed))
			return 0;
	imxd_available(&available);
	if (size <= available.bytes) {
		atomic_store_explicit(&own->looked, now, memory_order_relaxed);
		atomic_store_explicit(&own->credit, (size_t)(available.bytes / 16), memory_order_relaxed);
		return 0;
	}
	return imxd_fail(-ENOMEM, "host: no memory left for %zu bytes (ENOMEM): %s leaves %llu kB", size, available.limit,
		available.bytes / 1024);
}

typedef int make_file(char const *name, unsigned int flags, size_t size, int seals);

/* A memory file in pages of the usual size. */
static int plain_file(struct own *own, size_t size, make_file *make, struct imxd_block *block)
{
	int fd, code = round_up(size, imxd_sys_page_size(), &block->size);

	if (code == 0)
		code = check_available(own, block->size);
	if (code != 0)
		return code;
	fd = make("imxdmabuffer", 0, block->size, F_SEAL_SHRINK);
	if (is_filtered(fd))
		return fail_filter(fd, block->size);
	if (fd < 0)
		return imxd_fail(fd, "host: no memory file of %zu bytes (%s)", size, imxd_errno_text(fd));
	block->fd = fd;
	return 0;
}

static int memfd(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	return plain_file(device->private, size, imxd_memory_file, block);
}

/* Make a DMA-BUF of the block's memory file, and close the file. */
static int wrap_udmabuf(struct imxd_device *device, struct imxd_block *block)
{
	struct imxd_udmabuf_create create = {
		.memfd = (uint32_t)block->fd, .flags = IMXD_UDMABUF_FLAGS_CLOEXEC, .size = block->size};
	int result = imxd_sys_ioctl(device->fd, IMXD_UDMABUF_CREATE, &create);

	imxd_sys_close(block->fd);
	if (result >= 0)
		result = imxd_dmabuf_validate_fd(result);
	block->fd = (result < 0) ? -1 : result;
	if (result < 0)
		return imxd_fail(result,
			"host: " IMXD_UDMABUF_NODE
			" cannot make a DMA-BUF of %zu bytes (%s); its limit is the parameter size_limit_mb, and "
			"some kernels refuse huge pages",
			block->size, imxd_errno_text(result));
	block->traits.caps |= IMXD_CAP_DMABUF | IMXD_CAP_PINNED | IMXD_CAP_ASK_PHYS;
	return 0;
}

static int fail_no_udmabuf(void)
{
	return imxd_fail(-ENODEV, "host: " IMXD_UDMABUF_NODE " does not exist, or this process may not open it");
}

static int huge_udmabuf(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	int code;

	if (device->fd < 0)
		return fail_no_udmabuf();
	/*
	 * Only the version shows it: these kernels accept huge pages, and lose count of them when the DMA-BUF is mapped.
	 * Linux 6.1 panics (tests/vm), 6.5 refuses huge pages, later ones are right.
	 */
	if (imxd_sys_kernel_before(6, 5))
		return imxd_fail(-ENOTSUP, "host: kernels before 6.5 cannot map a DMA-BUF of huge pages");
	code = huge_file(device, size, block);
	return (code == 0) ? wrap_udmabuf(device, block) : code;
}

/*
 * udmabuf makes the pages. It must not find pages that fallocate() has reserved: since Linux 6.11 it does not clear
 * them (memfd_pin_folios() in mm/gup.c), and the buffer would show old data of other programs.
 */
static int plain_udmabuf(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	int code;

	if (device->fd < 0)
		return fail_no_udmabuf();
	code = plain_file(device->private, size, imxd_memory_file_unreserved, block);
	return (code == 0) ? wrap_udmabuf(device, block) : code;
}

/* The kinds of memory, best first. */
static struct {
	char const *name;
	bool is_huge;
	int (*allocate)(struct imxd_device *device, size_t size, struct imxd_block *block);
} const kinds[] = {
	{"udmabuf", true, huge_udmabuf},
	{"hugetlb", true, huge_file},
	{"udmabuf", false, plain_udmabuf},
	{"memfd", false, memfd},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is_wanted(struct imxd_device const *device, char const *name)
{
	struct own const *own = device->private;

	return !own->kind || strcmp(own->kind, name) == 0;
}

/* Huge pages that nobody asked for are not tried where there are none. */
static bool is_tried(struct imxd_device const *device, size_t kind)
{
	struct own const *own = device->private;

	return is_wanted(device, kinds[kind].name) && (!kinds[kind].is_huge || own->has_huge_pages || own->kind);
}

static int choose_kind(struct own *own, char const *target)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(target, kinds[i].name) == 0)
			own->kind = kinds[i].name;
	if (!own->kind)
		return imxd_fail(-EINVAL, "host:%.40s: no such kind of memory; there are udmabuf, hugetlb and memfd", target);
	return 0;
}

/* Unless both numbers say so, there may be some. */
static bool has_huge_pages(void)
{
	char text[24];
	unsigned long most;

	if (imxd_meminfo("HugePages_Total") != 0)
		return true;
	if (imxd_sys_read_text("/proc/sys/vm/nr_overcommit_hugepages", text, sizeof(text)) <= 0)
		return true;
	return sscanf(text, "%lu", &most) != 1 || most != 0;
}

static int open_host(struct imxd_device *device, struct imxd_options const *options)
{
	struct own *own = device->private;
	long long huge_page = imxd_meminfo("Hugepagesize");
	int code = options->target ? choose_kind(own, options->target) : 0;
	bool needs_udmabuf = own->kind && strcmp(own->kind, "udmabuf") == 0;

	if (code != 0)
		return code;
	own->huge_page = (huge_page > 0) ? (size_t)huge_page * 1024 : 0;
	own->has_huge_pages = has_huge_pages();
	device->traits.cached = IMX_DMA_BUFFER_TRISTATE_YES;
	device->traits.caps = IMXD_CAP_ZEROED | IMXD_CAP_DESCRIPTOR;
	if (is_wanted(device, "udmabuf"))
		code = imxd_node_open(IMXD_UDMABUF_NODE, O_RDWR);
	device->owns_fd = code > 0;
	device->fd = device->owns_fd ? code : -1;
	if (device->owns_fd || needs_udmabuf)
		memcpy(device->node, IMXD_UDMABUF_NODE, sizeof(IMXD_UDMABUF_NODE));
	return (needs_udmabuf && code < 0) ? code : 0;
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct imxd_block empty = *block;
	char const *failed = NULL;
	int code = -ENOMEM;

	for (size_t i = 0; i < KINDS; i++) {
		if (!is_tried(device, i))
			continue;
		/* The last failure is not logged but reported. */
		if (failed)
			imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "host: no %s: %s", failed, imxd_message());
		*block = empty;
		code = kinds[i].allocate(device, size, block);
		if (code == 0)
			return 0;
		failed = kinds[i].name;
	}
	return code;
}

struct imxd_backend const imxd_host_backend = {
	.name = "host",
	.description = "memory of a PC: udmabuf, huge pages or a memory file",
	.private_size = sizeof(struct own),
	.by_name_only = true,
	.address_optional = true,
	.open = open_host,
	.allocate = allocate,
};
