/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/directory.h"
#include "kernel/parse.h"
#include "kernel/real.h"

static struct sim_node *nodes;
static struct sim_file *files;

struct sim_node *sim_nodes(void)
{
	return nodes;
}

/* The node's own directory: made with the first node, removed with the last one. */
static void own_directory(struct sim_device const *device, char *path, size_t size)
{
	sim_private_path(device->path, path, size);
	path[strlen(path) - 1] = '\0';
}

static bool is_directory(struct sim_device const *device)
{
	return device->path[strlen(device->path) - 1] == '/';
}

static bool make_own_directory(struct sim_device const *device)
{
	char path[PATH_MAX];

	if (!is_directory(device))
		return true;
	own_directory(device, path, sizeof(path));
	return sim_directory_make(path);
}

static bool make_file(struct sim_node *node)
{
	char path[PATH_MAX];
	struct stat status;
	int fd;

	sim_private_path(node->path, path, sizeof(path));
	fd = make_own_directory(node->device) ? real()->open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
	if (fd < 0)
		return false;
	if (fchmod(fd, 0666) < 0 || real()->fstat64(fd, &status) < 0) {
		real()->close(fd);
		return false;
	}
	node->dev = status.st_dev;
	node->ino = status.st_ino;
	return real()->close(fd) == 0;
}

/* Keep the files, so that descriptors from before the fork still stand for their nodes. */
static bool link_nodes(char const *old_directory)
{
	char old_path[PATH_MAX], path[PATH_MAX];

	for (struct sim_node *node = nodes; node; node = node->next) {
		snprintf(old_path, sizeof(old_path), "%s%s", old_directory, node->path);
		sim_private_path(node->path, path, sizeof(path));
		if (!make_own_directory(node->device) || (link(old_path, path) < 0 && !make_file(node)))
			return sim_complain("%s: %s", path, strerror(errno));
	}
	return true;
}

/* After fork, the child shares its parent's directory until a node is added or removed. */
bool sim_own_directory(void)
{
	char old_directory[SIM_DIRECTORY_SIZE];

	return sim_directory_is_own() || (sim_directory_create(old_directory) && link_nodes(old_directory));
}

struct sim_node *sim_node_add(struct sim_device const *device, char const *path)
{
	struct sim_node **end = &nodes;
	struct sim_node *node;

	if (!sim_own_directory())
		return NULL;
	node = calloc(1, sizeof(*node));
	if (node && device->data_size > 0)
		node->data = calloc(1, device->data_size);
	if (!node || (device->data_size > 0 && !node->data)) {
		sim_complain("no memory");
		free(node);
		return NULL;
	}
	node->device = device;
	node->mode = 0600;
	snprintf(node->path, sizeof(node->path), "%s", path);
	if (!make_file(node)) {
		sim_complain("%s: %s", path, strerror(errno));
		free(node->data);
		free(node);
		return NULL;
	}
	while (*end)
		end = &(*end)->next;
	*end = node;
	return node;
}

struct sim_node *sim_node_by_path(char const *path)
{
	struct sim_node *node = nodes;

	while (node && strcmp(node->path, path) != 0)
		node = node->next;
	return node;
}

unsigned int sim_node_minor(struct sim_node const *node)
{
	unsigned int minor = 0;

	for (struct sim_node *other = nodes; other != node; other = other->next)
		minor++;
	return minor;
}

bool sim_node_link(unsigned int minor, char *link, size_t size)
{
	struct sim_node *node = nodes;

	while (node && sim_node_minor(node) != minor)
		node = node->next;
	if (!node)
		return false;
	snprintf(link, size, "../../devices/virtual/%s/%s", node->device->class ? node->device->class : "misc",
		node->device->own_name ? node->device->own_name(node) : strrchr(node->path, '/') + 1);
	return true;
}

struct sim_node *sim_node_by_inode(uint64_t dev, uint64_t ino)
{
	struct sim_node *node = nodes;

	while (node && (node->ino != ino || node->dev != dev))
		node = node->next;
	return node;
}

struct sim_file *sim_files(void)
{
	return files;
}

static struct sim_file *find_file(struct sim_node const *node, int64_t id)
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
	return files ? find_file(node, real()->lseek(fd, 0, SEEK_CUR)) : NULL;
}

static void drop_file(struct sim_file **place)
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
			drop_file(place);
		else
			place = &(*place)->next;
}

void sim_file_drop_node(struct sim_node const *node)
{
	struct sim_file **place = &files;

	while (*place)
		if ((*place)->node == node)
			drop_file(place);
		else
			place = &(*place)->next;
}

static void remove_file(struct sim_node const *node)
{
	char path[PATH_MAX];

	sim_private_path(node->path, path, sizeof(path));
	unlink(path);
	if (is_directory(node->device)) {
		own_directory(node->device, path, sizeof(path));
		rmdir(path);
	}
}

void sim_node_remove(struct sim_node *node)
{
	struct sim_node **place = &nodes;

	if (sim_own_directory())
		remove_file(node);
	while (*place != node)
		place = &(*place)->next;
	*place = node->next;
	sim_file_drop_node(node);
	if (node->device->release)
		node->device->release(node);
	free(node->data);
	free(node);
}

/* Forked processes that share the directory do not remove it. */
__attribute__((destructor)) static void remove_directory(void)
{
	if (!sim_directory_is_own())
		return;
	while (nodes)
		sim_node_remove(nodes);
	sim_directory_remove();
}
