/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/udmabuf: drivers/dma-buf/udmabuf.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/options.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/huge.h"
#include "kernel/parse.h"
#include "kernel/real.h"
#include "kernel/settings.h"
#include "kernel/uapi.h"

#define DEFAULT_LIMIT (UINT64_C(64) << 20)

static uint64_t limit = DEFAULT_LIMIT;
static bool refuses_huge;

static bool has_seals(int fd)
{
	int seals = real()->fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_SHRINK) && !(seals & F_SEAL_WRITE);
}

/* Pages of a plain memfd are allocated on demand. Linux 6.1 does not allocate huge pages, it only finds them. */
static bool has_pages(int fd, struct sim_memory const *memory, uint64_t offset, uint64_t size)
{
	struct sim_identity file;

	if (!sim_identify(fd, &file) || offset > file.size || size > file.size - offset)
		return false;
	return memory->kind != SIM_HUGE || sim_huge_is_present(memory, fd, offset, size);
}

/* A plain memfd gets frames at the first use: single pages, never adjacent. */
static bool show_pages(int fd, struct sim_memory *memory)
{
	size_t page_size = sim_page_size();
	struct sim_layout layout = {.address = sim_settings.base, .unit = page_size, .stride = 2 * page_size};
	struct sim_identity file;

	if (memory->layout.address != 0)
		return true;
	if (!sim_identify(fd, &file) || !sim_memory_look(memory, fd, file.size))
		return false;
	sim_memory_place(memory, &layout, sim_round_up(file.size, page_size), page_size);
	return true;
}

/* Open the memory a second time: the position of the new open file identifies the DMA-BUF. */
static int make(struct sim_memory *memory, struct kernel_udmabuf_create const *create)
{
	static uint64_t last_id;
	struct sim_slice *slice;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)create->memfd);
	fd = real()->open(path, O_RDWR | ((create->flags & KERNEL_UDMABUF_CLOEXEC) ? O_CLOEXEC : 0));
	if (fd < 0)
		return -1;
	slice = calloc(1, sizeof(*slice));
	if (!slice) {
		real()->close(fd);
		return sim_error(ENOMEM);
	}
	slice->id = ++last_id;
	slice->offset = create->offset;
	slice->size = create->size;
	slice->next = memory->slices;
	memory->slices = slice;
	sim_mark_slice(fd, slice);
	return fd;
}

static int create_from(struct kernel_udmabuf_create const *create)
{
	uint64_t page_mask = sim_page_size() - 1;
	struct sim_target target;

	if (((create->offset | create->size) & page_mask) != 0 || create->size == 0 || create->size > limit)
		return sim_error(EINVAL);
	if (sim_find((int)create->memfd, &target) != SIM_IS_FILE)
		return sim_error(EBADF);
	if (target.memory->kind == SIM_HUGE && refuses_huge)
		return sim_error(EBADF);
	if (!has_seals((int)create->memfd) || !has_pages((int)create->memfd, target.memory, create->offset, create->size))
		return sim_error(EINVAL);
	if (!show_pages((int)create->memfd, target.memory))
		return sim_error(ENOMEM);
	return make(target.memory, create);
}

static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	struct kernel_udmabuf_create create;

	if (request != KERNEL_UDMABUF_CREATE)
		return sim_admit_ioctl(SIM_CALL_IOCTL) ? sim_error(ENOTTY) : -1;
	if (!sim_admit_ioctl(SIM_CALL_UDMABUF))
		return -1;
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&create, argument, sizeof(create));
	return create_from(&create);
}

static int set_option(struct sim_node *node, char const *word)
{
	char const *value = sim_value(word, "limit");

	if (value)
		return sim_parse_size(value, &limit) ? 1 : -1;
	if (strcmp(word, "huge=accept") != 0 && strcmp(word, "huge=refuse") != 0)
		return 0;
	refuses_huge = (word[5] == 'r');
	return 1;
}

static void reset(void)
{
	limit = DEFAULT_LIMIT;
	refuses_huge = false;
}

struct sim_device const sim_udmabuf = {
	.keyword = "udmabuf",
	.path = "/dev/udmabuf",
	.configure = sim_configure_switch,
	.option = set_option,
	.ioctl = control,
	.reset = reset,
};
