/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/huge.h"
#include "kernel/life.h"
#include "kernel/mapping.h"
#include "kernel/real.h"
#include "kernel/settings.h"

/* Documentation/admin-guide/mm/pagemap.rst of Linux 6.1. */
#define PRESENT (UINT64_C(1) << 63)
#define FRAME_MASK ((UINT64_C(1) << 55) - 1)

/* Read the real file, at most size - 1 bytes. */
static size_t read_real(char const *path, char *text, size_t size)
{
	size_t length = 0;
	ssize_t count = 0;
	int fd = real()->open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (count = real()->read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)count;
	if (fd >= 0)
		real()->close(fd);
	text[length] = '\0';
	return length;
}

/* Return a new open file with the text, read-only and at its beginning. */
static int open_text(char const *text, int flags)
{
	char path[32];
	int result = -1, code, fd = real()->memfd_create(SIM_TEXT_NAME, MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (real()->write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		result = real()->open(path, O_RDONLY | (flags & O_CLOEXEC));
	code = errno;
	/* Use the lowest free number, as if there had been only one descriptor. */
	if (result >= 0)
		result = real()->dup3(result, fd, flags & O_CLOEXEC) < 0 ? -1 : result;
	if (result < 0) {
		real()->close(fd);
		return sim_error(code);
	}
	real()->close(result);
	return fd;
}

/* Copy a text without the lines that begin with one of the keys. */
static void leave_out(char const *text, char const *const *keys, char *result)
{
	while (*text) {
		size_t length = strcspn(text, "\n") + 1;
		bool kept = true;

		if (text[length - 1] == '\0')
			length--;
		for (size_t i = 0; keys[i]; i++)
			kept = kept && strncmp(text, keys[i], strlen(keys[i])) != 0;
		if (kept) {
			memcpy(result, text, length);
			result += length;
		}
		text += length;
	}
	*result = '\0';
}

static unsigned long long kilobytes(uint64_t bytes)
{
	return bytes / 1024;
}

/* The CMA memory of all nodes. */
static void get_cma(uint64_t *total, uint64_t *available)
{
	*total = *available = 0;
	sim_sweep_now();
	for (struct sim_node *node = sim_nodes(); node; node = node->next)
		if (node->device->account)
			node->device->account(node, total, available);
}

int sim_open_meminfo(int flags)
{
	static char const *const emulated[] = {"CmaTotal:", "CmaFree:", "HugePages_Total:", "HugePages_Free:",
		"HugePages_Rsvd:", "HugePages_Surp:", "Hugepagesize:", "Hugetlb:", NULL};
	char text[8192], result[8192 + 512];
	uint64_t total, available;
	size_t length;

	read_real("/proc/meminfo", text, sizeof(text));
	leave_out(text, emulated, result);
	length = strlen(result);
	get_cma(&total, &available);
	snprintf(result + length, sizeof(result) - length,
		"CmaTotal:       %8llu kB\nCmaFree:        %8llu kB\n"
		"HugePages_Total:   %5llu\nHugePages_Free:    %5llu\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n"
		"Hugepagesize:       2048 kB\nHugetlb:        %8llu kB\n",
		kilobytes(total), kilobytes(available), (unsigned long long)sim_settings.huge_pages,
		(unsigned long long)(sim_settings.huge_pages - sim_huge_used()),
		kilobytes(sim_settings.huge_pages * SIM_HUGE_PAGE));
	return open_text(result, flags);
}

int sim_open_release(int flags)
{
	char text[sizeof(sim_settings.release) + 1];

	snprintf(text, sizeof(text), "%s\n", sim_settings.release);
	return open_text(text, flags);
}

int sim_open_processors(int flags)
{
	return open_text("0-1\n", flags);
}

int sim_open_midr(int processor, int flags)
{
	char text[32];

	snprintf(text, sizeof(text), "%s\n", processor ? sim_settings.midr : "0x00000000410fd034");
	return open_text(text, flags);
}

/* The lines of a DMA-BUF replace the position. The real text does not contain the size of the memfd. */
int sim_open_fdinfo(int fd, struct sim_target const *target, int flags)
{
	static char const *const emulated[] = {"pos:", NULL};
	char path[40], text[1024], rest[1024], result[2048], info[512];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	read_real(path, text, sizeof(text));
	leave_out(text, emulated, rest);
	sim_dmabuf_info(target, info, sizeof(info));
	snprintf(result, sizeof(result), "pos:\t0\n%s%s", rest, info);
	return open_text(result, flags);
}

static uint64_t patch(uint64_t word, uintptr_t address)
{
	struct sim_mapping const *mapping = sim_mapping_find(address);
	struct sim_memory *memory = mapping ? sim_memory_find(mapping->device, mapping->inode) : NULL;
	uint64_t frame;

	if (!memory || memory->layout.address == 0)
		return word;
	if (memory->header && memory->header->pfnmap)
		return 0;
	if (mapping->dmabuf && sim_settings.pagemap == SIM_PAGEMAP_PFNMAP)
		return 0;
	if (!(word & PRESENT))
		return word;
	frame = sim_memory_address(memory, mapping->offset + (address - mapping->start)) / sim_page_size();
	if (sim_settings.pagemap == SIM_PAGEMAP_UNPRIVILEGED)
		frame = 0;
	return (word & ~FRAME_MASK) | frame;
}

void sim_patch_pagemap(void *data, size_t length, uint64_t offset)
{
	/* The kernel reads whole words only, otherwise it returns EINVAL. */
	for (size_t i = 0; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, (char *)data + i, sizeof(word));
		word = patch(word, (uintptr_t)((offset + i) / sizeof(word) * sim_page_size()));
		memcpy((char *)data + i, &word, sizeof(word));
	}
}
