/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/calls.h"
#include "kernel/cache.h"
#include "kernel/coherency.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/observer.h"
#include "kernel/real.h"
#include "kernel/settings.h"
#include "kernel/uapi.h"

bool sim_is_readable(void const *pointer)
{
	return (uintptr_t)pointer >= 4096;
}

static char *get_name(struct sim_target const *target)
{
	return target->slice ? target->slice->name : target->memory->header->name;
}

static uint32_t *get_attached(struct sim_target const *target)
{
	return target->slice ? &target->slice->attached : &target->memory->header->attached;
}

/* Is the statement release older? */
static bool is_before(unsigned int major, unsigned int minor)
{
	unsigned int is_major, is_minor;

	return sscanf(sim_settings.release, "%u.%u", &is_major, &is_minor) == 2 &&
		(is_major < major || (is_major == major && is_minor < minor));
}

static void note_sync(uint64_t flags)
{
	static char const *const steps[] = {"start", "start-r", "start-w", "start-rw", "end", "end-r", "end-w", "end-rw"};

	sim_trace_add(steps[flags & (KERNEL_SYNC_READ | KERNEL_SYNC_WRITE | KERNEL_SYNC_END)]);
}

/*
 * Only attachments that are mapped are synchronised. On arm64 the kernel does nothing before the CPU only writes:
 * arch_sync_dma_for_cpu() of Linux 6.1. After the CPU only read it has nothing to clean; before 5.19 it invalidates:
 * arch_sync_dma_for_device() of Linux 5.15.
 */
static void maintain(struct sim_target *target, uint64_t flags)
{
	if (*get_attached(target) == 0 || target->slice)
		return;
	if ((flags & KERNEL_SYNC_END) && (flags & KERNEL_SYNC_WRITE))
		sim_clean(target->memory, 0, target->size);
	else if ((flags & KERNEL_SYNC_END) ? is_before(5, 19) : (flags & KERNEL_SYNC_READ))
		sim_invalidate(target->memory, 0, target->size);
}

static int sync_caches(struct sim_target *target, void const *argument)
{
	uint64_t flags;

	if (!sim_admit_ioctl(SIM_CALL_SYNC))
		return -1;
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	memcpy(&flags, argument, sizeof(flags));
	if ((flags & ~(uint64_t)(KERNEL_SYNC_READ | KERNEL_SYNC_WRITE | KERNEL_SYNC_END)) != 0 ||
		(flags & (KERNEL_SYNC_READ | KERNEL_SYNC_WRITE)) == 0)
		return sim_error(EINVAL);
	note_sync(flags);
	if (target->slice && (flags & KERNEL_SYNC_END) && !target->slice->started)
		return sim_error(EINVAL);
	if (target->slice)
		target->slice->started = true;
	if (!target->slice)
		target->memory->header->accesses += (flags & KERNEL_SYNC_END) ? -1 : 1;
	if (sim_observer)
		sim_observer->syncs(target->memory, !(flags & KERNEL_SYNC_END), flags == KERNEL_SYNC_WRITE);
	maintain(target, flags);
	if (sim_observer)
		sim_observer->synced(target->memory, !(flags & KERNEL_SYNC_END), flags == KERNEL_SYNC_WRITE);
	return 0;
}

static uint64_t hollow_size(struct sim_target const *target)
{
	return target->slice ? 0 : target->memory->header->hollow_size;
}

uint64_t sim_dmabuf_map_for_device(struct sim_target const *target)
{
	sim_trace_add("phys");
	if (hollow_size(target) > 0)
		return target->memory->header->hollow_address;
	if (!target->slice) {
		sim_clean(target->memory, 0, target->size);
		sim_invalidate(target->memory, 0, target->size);
	}
	return sim_memory_address(target->memory, target->offset);
}

static int set_name(struct sim_target *target, unsigned long request, void *argument)
{
	bool native = request == ((sizeof(long) == 8) ? KERNEL_DMABUF_SET_NAME_B : KERNEL_DMABUF_SET_NAME_A);
	unsigned long address;
	char const *name = argument;
	size_t length;

	if (!sim_admit_ioctl(SIM_CALL_IOCTL))
		return -1;
	if (sim_settings.names >= SIM_NAMES_NATIVE && !native)
		return sim_error(ENOTTY);
	if (!sim_is_readable(name))
		return sim_error(EFAULT);
	if (sim_settings.names == SIM_NAMES_PHYS) {
		address = (unsigned long)sim_dmabuf_map_for_device(target);
		memcpy(argument, &address, sizeof(address));
		return 0;
	}
	if (sim_settings.names != SIM_NAMES_ANY && *get_attached(target) > 0)
		return sim_error(EBUSY);
	length = strnlen(name, sizeof(target->slice->name));
	if (length == sizeof(target->slice->name))
		return sim_error(EINVAL);
	memcpy(get_name(target), name, length + 1);
	return 0;
}

/* The size of the request must match the kernel's own argument, and the kernel writes that many bytes. */
static int get_address(struct sim_target *target, unsigned long request, void *argument)
{
	bool is_old = sim_settings.phys == SIM_PHYS_OLD;
	bool native = request == (is_old ? KERNEL_DMABUF_PHYS_OLD : KERNEL_DMABUF_PHYS);
	uint64_t address = 0;
	unsigned long word;

	if (!sim_admit_ioctl(SIM_CALL_PHYS))
		return -1;
	if (sim_settings.phys == SIM_PHYS_ABSENT ||
		(sim_settings.phys == SIM_PHYS_U64 ? request != KERNEL_DMABUF_PHYS_64 : !native))
		return sim_error(ENOTTY);
	if (sim_settings.phys == SIM_PHYS_FAULT)
		return sim_error(EFAULT);
	if (sim_settings.phys != SIM_PHYS_ZERO)
		address = sim_dmabuf_map_for_device(target);
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	word = (unsigned long)address;
	if (sim_settings.phys == SIM_PHYS_U64)
		memcpy(argument, &address, sizeof(address));
	else
		memcpy(argument, &word, sizeof(word));
	return 0;
}

static uint32_t pending(struct sim_target const *target, bool readers)
{
	struct sim_header const *header = target->memory->header;

	if (target->slice)
		return readers ? target->slice->readers : target->slice->writers;
	return readers ? header->readers : header->writers;
}

void sim_dmabuf_set_fences(struct sim_target *target, unsigned int readers, unsigned int writers)
{
	if (target->slice) {
		target->slice->readers = readers;
		target->slice->writers = writers;
	} else {
		target->memory->header->readers = readers;
		target->memory->header->writers = writers;
	}
}

/* dma_buf_poll(): the CPU may read (POLLIN) after the writers, and write (POLLOUT) after all. */
short sim_dmabuf_events(struct sim_target const *target)
{
	bool writers = pending(target, false) > 0;

	return (short)((writers ? 0 : POLLIN) | ((writers || pending(target, true) > 0) ? 0 : POLLOUT));
}

/* A sync file that is ready, or never: it does not follow the fences. */
static int export_sync_file(struct sim_target const *target, struct kernel_sync_file *argument)
{
	short wanted;
	int fd;

	if (!sim_admit_ioctl(SIM_CALL_EXPORT_SYNC_FILE))
		return -1;
	if (is_before(6, 0))
		return sim_error(ENOTTY);
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	if (argument->flags == 0 || argument->flags > (KERNEL_SYNC_READ | KERNEL_SYNC_WRITE))
		return sim_error(EINVAL);
	wanted = (argument->flags & KERNEL_SYNC_WRITE) ? POLLOUT : POLLIN;
	fd = eventfd((sim_dmabuf_events(target) & wanted) ? 1 : 0, EFD_CLOEXEC);
	if (fd < 0)
		return -1;
	argument->fd = fd;
	return 0;
}

/* A sync file is an eventfd here. One that is not ready counts as a device at work until sim_set_fences(). */
static int import_sync_file(struct sim_target *target, struct kernel_sync_file const *argument)
{
	struct pollfd file;
	char path[64], link[64];
	ssize_t length;
	bool writes;

	if (!sim_admit_ioctl(SIM_CALL_IMPORT_SYNC_FILE))
		return -1;
	if (is_before(6, 0))
		return sim_error(ENOTTY);
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", argument->fd);
	length = real()->readlink(path, link, sizeof(link));
	if (argument->flags == 0 || argument->flags > (KERNEL_SYNC_READ | KERNEL_SYNC_WRITE) || length < 0 ||
		strncmp(link, "anon_inode:[eventfd]", (size_t)length) != 0)
		return sim_error(EINVAL);
	file = (struct pollfd){.fd = argument->fd, .events = POLLIN};
	if (real()->poll(&file, 1, 0) > 0)
		return 0;
	writes = argument->flags & KERNEL_SYNC_WRITE;
	sim_dmabuf_set_fences(target, pending(target, true) + !writes, pending(target, false) + writes);
	return 0;
}

int sim_dmabuf_ioctl(struct sim_target *target, unsigned long request, void *argument)
{
	switch (request) {
	case KERNEL_DMABUF_SYNC:
		return sync_caches(target, argument);
	case KERNEL_DMABUF_SET_NAME_A:
	case KERNEL_DMABUF_SET_NAME_B:
		if (sim_settings.phys == SIM_PHYS_OLD)
			return get_address(target, request, argument);
		return set_name(target, request, argument);
	case KERNEL_DMABUF_EXPORT_SYNC_FILE:
		return export_sync_file(target, argument);
	case KERNEL_DMABUF_IMPORT_SYNC_FILE:
		return import_sync_file(target, argument);
	case KERNEL_DMABUF_PHYS_32:
	case KERNEL_DMABUF_PHYS_64:
		return get_address(target, request, argument);
	default:
		return sim_admit_ioctl(SIM_CALL_IOCTL) ? sim_error(ENOTTY) : -1;
	}
}

bool sim_dmabuf_may_map(struct sim_target const *target, size_t length, int flags, uint64_t offset)
{
	uint64_t size = sim_round_up(length, sim_page_size()), limit = target->size;

	if (hollow_size(target) > 0)
		limit = sim_round_up(hollow_size(target), sim_page_size());
	if ((flags & MAP_TYPE) != MAP_PRIVATE && size >= length && offset <= limit && size <= limit - offset)
		return true;
	errno = EINVAL;
	return false;
}

int64_t sim_dmabuf_lseek(struct sim_target const *target, int64_t offset, int whence)
{
	if (offset != 0 || (whence != SEEK_SET && whence != SEEK_END))
		return sim_error(EINVAL);
	if (whence == SEEK_SET)
		return 0;
	return hollow_size(target) ? (int64_t)hollow_size(target) : (int64_t)target->size;
}

bool sim_dmabuf_is_anonymous(void)
{
	return sim_settings.names == SIM_NAMES_PHYS || is_before(5, 3);
}

void sim_dmabuf_info(struct sim_target const *target, char *text, size_t size)
{
	char const *name = get_name(target);
	unsigned int count;

	text[0] = '\0';
	if (sim_settings.names == SIM_NAMES_PHYS)
		return;
	sim_sweep_now();
	count = *get_attached(target) + (target->slice ? target->slice->references : target->memory->references);
	snprintf(text, size, "size:\t%llu\ncount:\t%u\nexp_name:\t%s\n%s%s%s", (unsigned long long)target->size, count,
		target->slice ? "udmabuf" : target->memory->header->exporter, name[0] ? "name:\t" : "", name,
		name[0] ? "\n" : "");
}

void sim_dmabuf_link(struct sim_target const *target, char *text, size_t size)
{
	if (sim_dmabuf_is_anonymous())
		snprintf(text, size, "anon_inode:dmabuf");
	else
		snprintf(text, size, "/dmabuf:%s", get_name(target));
}

/* Mapping for a device that is not coherent cleans: arch_sync_dma_for_device() of Linux 6.1. */
bool sim_dmabuf_attach(struct sim_target const *target)
{
	++*get_attached(target);
	if (!target->slice)
		sim_clean(target->memory, 0, target->size);
	return true;
}

unsigned int sim_dmabuf_attachments(struct sim_target const *target)
{
	return *get_attached(target);
}

/* Unmapping for a device that is not coherent invalidates: arch_sync_dma_for_cpu(). */
bool sim_dmabuf_detach(struct sim_target const *target)
{
	if (*get_attached(target) == 0)
		return false;
	--*get_attached(target);
	if (!target->slice)
		sim_invalidate(target->memory, 0, target->size);
	sim_sweep_due = true;
	return true;
}
