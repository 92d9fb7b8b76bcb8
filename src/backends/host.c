/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real memory for machines that have none of the i.MX mechanisms: for development, tests and demonstrations on a PC.
 * The best kind that works here, and each block says truthfully what it is.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "../backend.h"
#include "../sys.h"
#include "../uapi/udmabuf.h"

#define CAPS (IMX_DMA_BUFFER_CAPABILITY_CACHED | IMX_DMA_BUFFER_CAPABILITY_ZEROED | IMXD_CAP_DESCRIPTOR)

/* self->state: the size of a huge page, and the name of the kind that was asked for, 0: any. */
enum { HUGE_PAGE, KIND };

static int round_up(size_t size, size_t unit, size_t *rounded)
{
	if (unit == 0 || __builtin_add_overflow(size, unit - 1, rounded))
		return imxd_fail(ENOMEM, "host: %zu bytes cannot be rounded up to pages of %zu bytes", size, unit);
	*rounded -= *rounded % unit;
	return 0;
}

/* A huge page is contiguous, and aligned to its size; the next one may be anywhere. */
static unsigned int huge_caps(struct imxd_instance const *self, size_t size)
{
	if (size <= self->state[HUGE_PAGE])
		return CAPS | IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMXD_CAP_ALIGNED_BY_SIZE;
	return CAPS | IMXD_CAP_MAYBE_CONTIGUOUS;
}

/* A memory file in huge pages that are there: a shortage shows now, and udmabuf of Linux 6.1 needs them touched. */
static int huge_file(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	int code = round_up(size, self->state[HUGE_PAGE], &block->size);
	int fd;

	if (code != 0)
		return code;
	fd = imxd_sys_memory_file("imxdmabuffer", MFD_HUGETLB, block->size, F_SEAL_SHRINK);
	if (fd < 0)
		return imxd_fail(-fd, "host: no huge pages for %zu bytes (%s); /proc/sys/vm/nr_hugepages sets their number",
			size, imxd_errno_text(-fd));
	block->fd = fd;
	block->caps = huge_caps(self, size);
	return 0;
}

/* The kernel would rather end other programs than refuse this memory: what is not there is refused here. */
static int check_available(size_t size)
{
	long long available = imxd_meminfo("MemAvailable");

	if (available < 0 || size / 1024 <= (size_t)available)
		return 0;
	return imxd_fail(ENOMEM, "host: no memory left for %zu bytes (ENOMEM): MemAvailable %lld kB", size, available);
}

static int memfd(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	int fd, code = round_up(size, imxd_sys_page_size(), &block->size);

	if (code == 0)
		code = check_available(block->size);
	if (code != 0)
		return code;
	fd = imxd_sys_memory_file("imxdmabuffer", 0, block->size, F_SEAL_SHRINK);
	if (fd < 0)
		return imxd_fail(-fd, "host: no memory file of %zu bytes (%s)", size, imxd_errno_text(-fd));
	block->fd = fd;
	block->caps = CAPS | IMXD_CAP_MAYBE_CONTIGUOUS;
	return 0;
}

/* Makes a DMA-BUF of the memory file in the block, which is closed then. */
static int wrap_udmabuf(struct imxd_instance *self, struct imxd_block *block)
{
	struct imxd_udmabuf_create create = {
		.memfd = (uint32_t)block->fd, .flags = IMXD_UDMABUF_FLAGS_CLOEXEC, .size = block->size};
	int result = imxd_sys_ioctl(self->fd, IMXD_UDMABUF_CREATE, &create);

	imxd_sys_close(block->fd);
	if (result >= 0)
		result = imxd_claim_dmabuf(result);
	block->fd = (result < 0) ? -1 : result;
	if (result < 0)
		return imxd_fail(-result,
			"host: " IMXD_UDMABUF_NODE
			" makes no DMA-BUF of %zu bytes (%s); its limit is the parameter size_limit_mb, and "
			"some kernels refuse huge pages",
			block->size, imxd_errno_text(-result));
	block->caps |= IMX_DMA_BUFFER_CAPABILITY_DMABUF | IMXD_CAP_PINNED | IMXD_CAP_ASK_PHYS;
	return 0;
}

static int fail_no_udmabuf(void)
{
	return imxd_fail(ENODEV, "host: " IMXD_UDMABUF_NODE " is not there or not open to this process");
}

static int huge_udmabuf(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	int code;

	if (self->fd < 0)
		return fail_no_udmabuf();
	/*
	 * Nothing but the version tells: these kernels take huge pages, and lose count of them when the DMA-BUF is mapped.
	 * Linux 6.1 panics (tests/vm), 6.5 refuses huge pages, later ones do it right.
	 */
	if (imxd_sys_kernel_before(6, 5))
		return imxd_fail(ENOTSUP, "host: kernels before 6.5 fail when a DMA-BUF of huge pages is mapped: none is made");
	code = huge_file(self, size, block);
	return (code == 0) ? wrap_udmabuf(self, block) : code;
}

static int plain_udmabuf(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	int code;

	if (self->fd < 0)
		return fail_no_udmabuf();
	code = memfd(self, size, block);
	return (code == 0) ? wrap_udmabuf(self, block) : code;
}

/* The kinds of memory, best first. */
static struct {
	char const *name;
	int (*allocate)(struct imxd_instance *self, size_t size, struct imxd_block *block);
} const kinds[] = {
	{"udmabuf", huge_udmabuf},
	{"hugetlb", huge_file},
	{"udmabuf", plain_udmabuf},
	{"memfd", memfd},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is_wanted(struct imxd_instance const *self, char const *name)
{
	return self->state[KIND] == 0 || strcmp((char const *)self->state[KIND], name) == 0;
}

static int choose_kind(struct imxd_instance *self, char const *target)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(target, kinds[i].name) == 0)
			self->state[KIND] = (uintptr_t)kinds[i].name;
	if (self->state[KIND] == 0)
		return imxd_fail(EINVAL, "host:%.40s: no such kind of memory; there are udmabuf, hugetlb and memfd", target);
	return 0;
}

static int open_host(struct imxd_instance *self, struct imxd_options const *options)
{
	long long huge_page = imxd_meminfo("Hugepagesize");
	int code = options->target ? choose_kind(self, options->target) : 0;
	bool needs_udmabuf = options->target && strcmp(options->target, "udmabuf") == 0;

	if (code != 0)
		return code;
	self->state[HUGE_PAGE] = (huge_page > 0) ? (size_t)huge_page * 1024 : 0;
	self->caps = CAPS | IMXD_CAP_MAYBE_CONTIGUOUS;
	code = is_wanted(self, "udmabuf") ? imxd_node_open(IMXD_UDMABUF_NODE, O_RDWR, &self->fd) : ENOENT;
	self->owns_fd = (code == 0);
	if (self->owns_fd || needs_udmabuf)
		memcpy(self->node, IMXD_UDMABUF_NODE, sizeof(IMXD_UDMABUF_NODE));
	return needs_udmabuf ? code : 0;
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	int code = ENOMEM;

	for (size_t i = 0; i < KINDS; i++) {
		if (!is_wanted(self, kinds[i].name))
			continue;
		code = kinds[i].allocate(self, size, block);
		if (code == 0)
			return 0;
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "host: no %s: %s", kinds[i].name, imxd_sentence());
	}
	return code;
}

struct imxd_backend const imxd_host_backend = {
	.name = "host",
	.description = "memory of a PC: udmabuf, huge pages or a memory file",
	.by_name_only = true,
	.address_optional = true,
	.open = open_host,
	.allocate = allocate,
};
