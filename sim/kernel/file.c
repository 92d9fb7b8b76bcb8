/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/file.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/real.h"

static struct sim_file *files;

struct sim_file *sim_files(void)
{
	return files;
}

static struct sim_file *find(struct sim_node const *node, int64_t id)
{
	struct sim_file *file = files;

	while (file && (file->node != node || file->id != (uint64_t)id))
		file = file->next;
	return file;
}

struct sim_file *sim_file_add(struct sim_node *node, int fd)
{
	static uint64_t last_id;
	struct sim_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->node = node;
	file->id = ++last_id;
	file->references = 1;
	file->next = files;
	files = file;
	real()->lseek(fd, (int64_t)file->id, SEEK_SET);
	if (node->device->opened)
		node->device->opened(file);
	return file;
}

/* Add a file that was opened without the simulator, for example through /proc/self/fd. */
struct sim_file *sim_file_find(struct sim_node *node, int fd)
{
	struct sim_file *file = sim_file_look(node, fd);

	return file ? file : sim_file_add(node, fd);
}

struct sim_file *sim_file_look(struct sim_node const *node, int fd)
{
	return files ? find(node, real()->lseek(fd, 0, SEEK_CUR)) : NULL;
}

static void drop(struct sim_file **place)
{
	struct sim_file *file = *place;

	*place = file->next;
	if (file->node->device->closed)
		file->node->device->closed(file);
	free(file);
}

void sim_file_drop_dead(void)
{
	struct sim_file **place = &files;

	while (*place)
		if ((*place)->references == 0)
			drop(place);
		else
			place = &(*place)->next;
}

void sim_file_drop_node(struct sim_node const *node)
{
	struct sim_file **place = &files;

	while (*place)
		if ((*place)->node == node)
			drop(place);
		else
			place = &(*place)->next;
}
