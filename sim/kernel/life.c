/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory lives as long as descriptors and mappings of it. They change without the simulator's functions (fork,
 * SCM_RIGHTS, exec), so they are not counted: sweeps read /proc/self/fd and /proc/self/maps.
 */
#include "kernel/life.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/mapping.h"
#include "kernel/node.h"
#include "kernel/real.h"
#include "kernel/target.h"

/* Mappings of a block's file are counted from the calls: some file systems have other numbers in /proc/self/maps. */
static void clear_counts(void)
{
	for (struct sim_file *file = sim_files(); file; file = file->next)
		file->references = sim_mapping_of_file(file->id);
	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next) {
		memory->references = memory->in_file ? sim_mapping_of_slice(memory, 0) : 0;
		for (struct sim_slice *slice = memory->slices; slice; slice = slice->next)
			slice->references = sim_mapping_of_slice(memory, slice->id);
	}
}

static void count_file(int fd, struct sim_identity const *identity)
{
	struct sim_node *node = sim_files() ? sim_node_by_inode(identity->device, identity->inode) : NULL;
	struct sim_file *file = node ? sim_file_look(node, fd) : NULL;

	if (file)
		file->references++;
}

static void count_descriptor(int fd)
{
	struct sim_target target;
	struct sim_identity identity;
	struct sim_memory *memory;

	if (!sim_identify(fd, &identity))
		return;
	memory = sim_memory_find(identity.device, identity.inode);
	if (!memory) {
		count_file(fd, &identity);
		return;
	}
	memory->references++;
	sim_find_slice(fd, memory, &target);
	if (target.slice)
		target.slice->references++;
}

static bool count_descriptors(void)
{
	DIR *directory = real()->opendir("/proc/self/fd");
	struct dirent64 *entry;
	unsigned int count = 0;

	if (!directory)
		return false;
	while ((entry = real()->readdir64(directory)))
		if (entry->d_name[0] != '.') {
			count_descriptor(atoi(entry->d_name));
			count++;
		}
	closedir(directory);
	/* It contains at least its own descriptor, unless a filter denies getdents64(). */
	return count > 0;
}

static void count_mapping(char const *line)
{
	unsigned long start, end, inode;
	unsigned int major, minor;
	struct sim_memory *memory;

	if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &start, &end, &major, &minor, &inode) != 5 || inode == 0)
		return;
	memory = sim_memory_find(makedev(major, minor), inode);
	if (!memory || memory->in_file)
		return;
	/* The simulator's own view does not keep memory alive. */
	if (start != (uintptr_t)memory->view || end - start != sim_round_up(memory->view_size, sim_page_size()))
		memory->references++;
}

static bool count_mappings(void)
{
	char block[16384];
	size_t used = 0;
	ssize_t count;
	int fd = real()->open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while ((count = real()->read(fd, block + used, sizeof(block) - 1 - used)) > 0) {
		char *line = block, *end;

		used += (size_t)count;
		block[used] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			count_mapping(line);
			line = end + 1;
		}
		used = strlen(line);
		memmove(block, line, used);
	}
	real()->close(fd);
	return count == 0;
}

static void drop_slices(struct sim_memory *memory)
{
	struct sim_slice **place = &memory->slices;

	while (*place) {
		struct sim_slice *slice = *place;

		/* An attached slice keeps the file's memory too: only the file has the frames. */
		if (slice->references > 0 || slice->attached > 0) {
			place = &slice->next;
			continue;
		}
		*place = slice->next;
		free(slice);
	}
}

static void drop_dead(void)
{
	struct sim_memory *memory = sim_memories();

	while (memory) {
		struct sim_memory *next = memory->next;

		drop_slices(memory);
		if (memory->references == 0 && memory->holds == 0 && !memory->slices &&
			!(memory->header && memory->header->attached > 0))
			sim_memory_remove(memory);
		memory = next;
	}
}

void sim_sweep_now(void)
{
	clear_counts();
	/* Without a free descriptor, or with a filter, /proc cannot be read: everything counts as alive. */
	if ((!sim_memories() && !sim_files()) || !count_descriptors() || !count_mappings())
		return;
	sim_sweep_due = false;
	/* First the files: closing them frees memory of the driver. */
	sim_file_drop_dead();
	drop_dead();
}

void sim_sweep(void)
{
	if (sim_sweep_due)
		sim_sweep_now();
}
