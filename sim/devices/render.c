/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/dri/renderDN: the render node of a DRM driver that attaches and maps a DMA-BUF when it is imported.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/options.h"
#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/parse.h"
#include "kernel/sysfs.h"
#include "kernel/target.h"
#include "kernel/uapi.h"

#define DIRECTORY "/dev/dri/"
#define FIRST_NUMBER 128
#define LAST_NUMBER 191

/* A handle of an open file. */
struct handle {
	struct handle *next;
	struct sim_file const *file;
	uint32_t number;
	/* The process that attached: a forked child that closes its descriptor leaves the open file to the parent. */
	pid_t maker;
	struct sim_target target;
};

struct render {
	char driver[32];
	struct handle *handles;
};

static int get_version(struct render const *render, void *argument)
{
	struct kernel_drm_version version;
	size_t length = strlen(render->driver);

	memcpy(&version, argument, sizeof(version));
	if (version.name && version.name_len > 0)
		memcpy(version.name, render->driver, (version.name_len < length) ? version.name_len : length);
	version.name_len = length;
	version.date_len = version.desc_len = 0;
	version.version_major = 1;
	memcpy(argument, &version, sizeof(version));
	return 0;
}

static bool is_same(struct sim_target const *one, struct sim_target const *other)
{
	return one->memory == other->memory && one->slice == other->slice;
}

/* The next number of an open file, and its handle of this memory or NULL. */
static struct handle *look(struct render const *render, struct sim_file const *file, struct sim_target const *target,
	uint32_t *next)
{
	struct handle *found = NULL;

	*next = 1;
	for (struct handle *handle = render->handles; handle; handle = handle->next) {
		if (handle->file != file)
			continue;
		if (handle->number >= *next)
			*next = handle->number + 1;
		if (is_same(&handle->target, target))
			found = handle;
	}
	return found;
}

static int import(struct render *render, struct sim_file const *file, struct kernel_prime_handle *data)
{
	struct sim_target target;
	struct handle *handle;
	uint32_t number;

	if (sim_find(data->fd, &target) != SIM_IS_DMABUF)
		return sim_error((target.kind == SIM_NOTHING) ? EBADF : EINVAL);
	handle = look(render, file, &target, &number);
	if (!handle) {
		handle = calloc(1, sizeof(*handle));
		if (!handle)
			return sim_error(ENOMEM);
		*handle = (struct handle){render->handles, file, number, getpid(), target};
		render->handles = handle;
		sim_dmabuf_attach(&target);
	}
	data->handle = handle->number;
	return 0;
}

/* Close one handle of an open file, or all with number 0. Returns false if there is none. */
static bool close_handles(struct render *render, struct sim_file const *file, uint32_t number)
{
	struct handle **link = &render->handles;
	bool found = false;

	while (*link) {
		struct handle *handle = *link;

		if (handle->file != file || (number != 0 && handle->number != number)) {
			link = &handle->next;
			continue;
		}
		if (handle->maker == getpid())
			sim_dmabuf_detach(&handle->target);
		*link = handle->next;
		free(handle);
		found = true;
	}
	return found;
}

static int work(struct sim_node *node, int fd, enum sim_call call, void *argument)
{
	struct render *render = node->data;
	struct sim_file *file = sim_file_find(node, fd);
	struct kernel_prime_handle data;

	if (!file)
		return sim_error(ENOMEM);
	if (call == SIM_CALL_DRM_VERSION)
		return get_version(render, argument);
	if (call == SIM_CALL_GEM_CLOSE) {
		uint32_t number;

		memcpy(&number, argument, sizeof(number));
		return (number != 0 && close_handles(render, file, number)) ? 0 : sim_error(EINVAL);
	}
	memcpy(&data, argument, sizeof(data));
	if (import(render, file, &data) < 0)
		return -1;
	memcpy(argument, &data, sizeof(data));
	return 0;
}

static int control(struct sim_node *node, int fd, unsigned long request, void *argument)
{
	enum sim_call call = SIM_CALL_IOCTL;

	if (request == KERNEL_DRM_VERSION)
		call = SIM_CALL_DRM_VERSION;
	else if (request == KERNEL_PRIME_FD_TO_HANDLE)
		call = SIM_CALL_PRIME_IMPORT;
	else if (request == KERNEL_GEM_CLOSE)
		call = SIM_CALL_GEM_CLOSE;
	if (!sim_admit_ioctl(call))
		return -1;
	if (call == SIM_CALL_IOCTL)
		return sim_error(EINVAL);
	if (!sim_is_readable(argument))
		return sim_error(EFAULT);
	return work(node, fd, call, argument);
}

static void closed(struct sim_file *file)
{
	close_handles(file->node->data, file, 0);
}

static bool configure(struct sim_device const *device, char **words)
{
	uint64_t number = FIRST_NUMBER;
	char path[64];
	struct sim_node *node;
	struct render *render;

	if (!words[1] || strlen(words[1]) >= sizeof(render->driver))
		return sim_complain("render needs the name of a driver");
	if (words[2] && sim_value(words[2], "number") && !sim_parse_size(sim_value(words[2], "number"), &number))
		return false;
	if (number < FIRST_NUMBER || number > LAST_NUMBER)
		return sim_complain("render: numbers are 128 to 191");
	snprintf(path, sizeof(path), DIRECTORY "renderD%u", (unsigned int)number);
	node = sim_turn_on(device, path);
	if (!node)
		return false;
	render = node->data;
	snprintf(render->driver, sizeof(render->driver), "%s", words[1]);
	return sim_apply_options(node, words + 2 + (words[2] && sim_value(words[2], "number")));
}

/* The property is in the device tree's node above that of the device. */
static int set_option(struct sim_node *node, char const *word)
{
	if (strcmp(word, "coherent") != 0)
		return 0;
	return sim_sysfs_add(SIM_DEVICE_TREE "/soc/dma-coherent", "") ? 1 : -1;
}

struct sim_device const sim_render = {
	.keyword = "render",
	.class = "drm",
	.path = DIRECTORY,
	.configure = configure,
	.option = set_option,
	.data_size = sizeof(struct render),
	.ioctl = control,
	.closed = closed,
};
