/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/buffer.h"
#include "kernel/directory.h"
#include "kernel/real.h"

/*
 * The file position belongs to the open file, so that duplicated, inherited and passed descriptors share it. No driver
 * of a DMA-BUF uses it. Position SLICE_MARK + id identifies a slice. 32-bit kernels allow positions up to 2^44.
 */
#define SLICE_MARK (INT64_C(1) << 42)

/* The devices of memfds and of /proc. Only the link of a descriptor distinguishes their files. */
static uint64_t memfd_device, proc_device;

static void find_devices(void)
{
	static bool found;
	struct sim_identity identity;
	struct stat status;
	int fd;

	if (found)
		return;
	found = true;
	if (real()->fstatat64(AT_FDCWD, "/proc/self/status", &status, 0) == 0)
		proc_device = status.st_dev;
	fd = real()->memfd_create(SIM_TEXT_NAME, MFD_CLOEXEC);
	if (fd >= 0 && sim_identify(fd, &identity))
		memfd_device = identity.device;
	/* Without a free descriptor, try again at the next call. */
	found = (fd >= 0);
	if (fd >= 0)
		real()->close(fd);
}

static void get_link(int fd, char *link, size_t size)
{
	char path[32];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = real()->readlink(path, link, size - 1);
	link[(length < 0) ? 0 : length] = '\0';
}

void sim_find_slice(int fd, struct sim_memory *memory, struct sim_target *target)
{
	int64_t position = memory->slices ? real()->lseek(fd, 0, SEEK_CUR) : 0;

	memset(target, 0, sizeof(*target));
	target->kind = SIM_IS_FILE;
	target->memory = memory;
	if (memory->kind == SIM_BUFFER) {
		target->kind = SIM_IS_DMABUF;
		target->size = memory->size;
		return;
	}
	for (struct sim_slice *slice = memory->slices; slice && position > SLICE_MARK; slice = slice->next)
		if (slice->id == (uint64_t)(position - SLICE_MARK)) {
			target->kind = SIM_IS_DMABUF;
			target->slice = slice;
			target->offset = slice->offset;
			target->size = slice->size;
		}
}

void sim_mark_slice(int fd, struct sim_slice const *slice)
{
	real()->lseek(fd, SLICE_MARK + (int64_t)slice->id, SEEK_SET);
}

static void find_memfd(int fd, struct sim_target *target)
{
	char link[64];

	get_link(fd, link, sizeof(link));
	if (strncmp(link, "/memfd:" SIM_TEXT_NAME, strlen("/memfd:" SIM_TEXT_NAME)) == 0)
		target->kind = SIM_IS_TEXT;
	else if (strncmp(link, "/memfd:" SIM_BUFFER_NAME, strlen("/memfd:" SIM_BUFFER_NAME)) == 0) {
		struct sim_memory *memory = sim_buffer_adopt(fd);

		if (memory)
			sim_find_slice(fd, memory, target);
	}
}

/*
 * A DMA-BUF that another process made of a block. The path of the file identifies it, even after the file is removed.
 */
static void find_block(int fd, struct sim_target *target)
{
	char link[PATH_MAX];
	struct sim_memory *memory = NULL;

	get_link(fd, link, sizeof(link));
	if (sim_directory_is_block(link))
		memory = sim_buffer_adopt(fd);
	if (!memory)
		return;
	memory->in_file = true;
	sim_find_slice(fd, memory, target);
}

static bool is_own_pagemap(int fd)
{
	char link[64], own[64];

	get_link(fd, link, sizeof(link));
	snprintf(own, sizeof(own), "/proc/%d/", (int)getpid());
	return strncmp(link, own, strlen(own)) == 0 && strcmp(link + strlen(link) - strlen("/pagemap"), "/pagemap") == 0;
}

static void find(int fd, struct sim_identity const *file, struct sim_target *target)
{
	struct sim_memory *memory = sim_memory_find(file->device, file->inode);

	if (memory) {
		sim_find_slice(fd, memory, target);
	} else if (file->device == memfd_device) {
		find_memfd(fd, target);
	} else if (file->device == proc_device) {
		if (S_ISREG(file->mode) && is_own_pagemap(fd))
			target->kind = SIM_IS_PAGEMAP;
	} else if (S_ISDIR(file->mode)) {
		if (sim_directory_is_device(file->device)) {
			char link[PATH_MAX], path[PATH_MAX];

			get_link(fd, link, sizeof(link));
			if (sim_public_path(link, path, sizeof(path)))
				target->kind = SIM_IS_DIRECTORY;
		}
	} else if (S_ISREG(file->mode)) {
		target->node = sim_node_by_inode(file->device, file->inode);
		if (target->node)
			target->kind = SIM_IS_NODE;
		else if (file->size > sim_page_size() && file->size % sim_page_size() == 0)
			find_block(fd, target);
	}
}

enum sim_kind sim_find(int fd, struct sim_target *target)
{
	int code = errno;
	struct sim_identity file;

	memset(target, 0, sizeof(*target));
	if (fd >= 0 && sim_identify(fd, &file)) {
		find_devices();
		find(fd, &file, target);
	}
	errno = code;
	return target->kind;
}
