/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attachment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../base/env.h"
#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "../uapi/drm.h"

/* Linux 6.12, Documentation/admin-guide/devices.txt. Whoever opens another node may become the master of a display. */
#define DRM_MAJOR 226
#define FIRST_RENDER_NODE 128

#define DEVICE_TREE "/sys/firmware/devicetree/base"

/* An imported DMA-BUF. */
struct import {
	uint32_t handle;
	unsigned int count;
	struct import *next;
};

/* The render node, open while there are imports. Guarded by IMXD_LOCK_ATTACHMENT. */
static struct {
	int fd;
	dev_t device;
	char driver[IMXD_DRIVER_SIZE];
	struct import *imports;
	/* Handles belong to the open file: each one has another number, the upper half of an attachment. */
	uint32_t number;
} keeper = {.fd = -1};

/*
 * Drivers that attach and map at import. Others wait until the memory is used: nothing would be synchronised. The shmem
 * helpers of vgem wait since Linux 6.17.
 */
static bool maps_at_import(char const *driver)
{
	static char const *const drivers[] = {
		"etnaviv", "galcore", "vivante", "imx95-dpu", "lima", "panfrost", "panthor", "vgem"};

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(driver, drivers[i]) == 0)
			return strcmp(driver, "vgem") != 0 || imxd_sys_kernel_before(6, 17);
	return false;
}

static int get_driver(int fd, char name[IMXD_DRIVER_SIZE])
{
	struct imxd_drm_version version = {.name_size = IMXD_DRIVER_SIZE - 1, .name = name};

	memset(name, 0, IMXD_DRIVER_SIZE);
	return imxd_sys_ioctl(fd, IMXD_DRM_VERSION, &version);
}

/*
 * The property of the device tree counts for all devices below (of_dma_is_coherent() in drivers/of/address.c). Devices
 * without a node in the tree, such as that of etnaviv, are taken for not coherent, as all GPUs of i.MX are.
 */
static bool is_coherent(dev_t device)
{
	char link[512], path[600], text[1], *base, *end;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/of_node", major(device), minor(device));
	if (imxd_sys_read_link(path, link, sizeof(link)) < 0)
		return false;
	base = strstr(link, "devicetree/base");
	if (!base)
		return false;
	base += strlen("devicetree/base");
	do {
		snprintf(path, sizeof(path), DEVICE_TREE "%s/dma-coherent", base);
		if (imxd_sys_read_text(path, text, sizeof(text)) >= 0)
			return true;
		end = strrchr(base, '/');
		if (end)
			*end = '\0';
	} while (end);
	return false;
}

/* A program may have closed the descriptor: the number may belong to another file. */
static bool is_open(void)
{
	struct stat status;
	int result = (keeper.fd >= 0) ? imxd_sys_fstat(keeper.fd, &status) : -EBADF;

	return result != -EBADF && (result < 0 || (S_ISCHR(status.st_mode) && status.st_rdev == keeper.device));
}

static void forget(void)
{
	if (is_open())
		imxd_sys_close(keeper.fd);
	keeper.fd = -1;
	keeper.number++;
	keeper.driver[0] = '\0';
	while (keeper.imports) {
		struct import *import = keeper.imports;

		keeper.imports = import->next;
		free(import);
	}
}

/* Open a node for imports. any_driver: the user chose the node. Returns 0 or a negative errno code. */
static int open_node(char const *path, bool any_driver)
{
	struct stat status;
	int result = imxd_sys_open_node(path, O_RDWR);

	if (result < 0)
		return result;
	keeper.fd = result;
	result = imxd_sys_fstat(keeper.fd, &status);
	keeper.device = (result < 0) ? 0 : status.st_rdev;
	if (result >= 0 && major(keeper.device) == DRM_MAJOR && minor(keeper.device) < FIRST_RENDER_NODE)
		result = -ENOTTY;
	if (result >= 0)
		result = get_driver(keeper.fd, keeper.driver);
	if (result >= 0 && ((!any_driver && !maps_at_import(keeper.driver)) || is_coherent(keeper.device)))
		result = -ENODEV;
	if (result >= 0)
		return 0;
	imxd_sys_close(keeper.fd);
	keeper.fd = -1;
	keeper.driver[0] = '\0';
	return result;
}

/* Returns false at the first node that serves. */
static bool visit_node(char const *name, void *data)
{
	char path[300];

	if (strncmp(name, IMXD_DRM_RENDER_PREFIX, strlen(IMXD_DRM_RENDER_PREFIX)) != 0)
		return true;
	snprintf(path, sizeof(path), IMXD_DRM_DIRECTORY "/%s", name);
	return open_node(path, false) != 0;
}

static int find_node(void)
{
	char const *choice = imxd_env(IMXD_ENV_ATTACH);
	int code;

	if (choice && strcmp(choice, "off") == 0)
		return imxd_fail(-ENOTSUP, "no device is attached: IMXDMABUFFER_ATTACH=off");
	if (choice && choice[0] == '/') {
		code = open_node(choice, true);
		return (code == 0) ? 0
						   : imxd_fail(code, "%s, from IMXDMABUFFER_ATTACH: %s", choice,
								 (code == -ENODEV) ? "its device is coherent: it would synchronise nothing"
												   : imxd_errno_text(code));
	}
	imxd_sys_list(IMXD_DRM_DIRECTORY, visit_node, NULL);
	if (keeper.fd >= 0)
		return 0;
	return imxd_fail(-ENODEV,
		"no device is attached: " IMXD_DRM_DIRECTORY " has no render node that this process may open, whose driver "
		"maps at import, and whose device is not coherent");
}

/* Count one more import of a handle. Returns 0, or -ENOMEM. */
static int count_up(uint32_t handle)
{
	struct import *import = keeper.imports;

	while (import && import->handle != handle)
		import = import->next;
	if (!import) {
		import = calloc(1, sizeof(*import));
		if (!import)
			return imxd_fail_memory();
		import->handle = handle;
		import->next = keeper.imports;
		keeper.imports = import;
	}
	import->count++;
	return 0;
}

static void close_handle(uint32_t handle)
{
	struct imxd_drm_gem_close data = {.handle = handle};

	imxd_sys_ioctl(keeper.fd, IMXD_DRM_GEM_CLOSE, &data);
}

static int import(int dmabuf_fd, uint64_t *attachment)
{
	struct imxd_drm_prime_handle data = {.fd = dmabuf_fd};
	int code = imxd_sys_ioctl(keeper.fd, IMXD_DRM_PRIME_FD_TO_HANDLE, &data);

	if (code < 0)
		return imxd_fail(code, "the DRM driver %s does not import descriptor %d (%s)", keeper.driver, dmabuf_fd,
			imxd_errno_text(code));
	code = count_up(data.handle);
	if (code != 0)
		close_handle(data.handle);
	*attachment = (uint64_t)keeper.number << 32 | data.handle;
	return code;
}

/* In a forked child the imports are the parent's: handles belong to the open file, which both have. */
int imxd_attachment_add(int dmabuf_fd, uint64_t *attachment)
{
	int code = 0;

	imxd_on_fork(IMXD_LOCK_ATTACHMENT, forget);
	imxd_lock(IMXD_LOCK_ATTACHMENT);
	if (!is_open()) {
		forget();
		code = find_node();
	}
	if (code == 0)
		code = import(dmabuf_fd, attachment);
	if (code != 0 && keeper.fd >= 0 && !keeper.imports)
		forget();
	imxd_unlock(IMXD_LOCK_ATTACHMENT);
	return code;
}

static void count_down(uint32_t handle)
{
	struct import **link = &keeper.imports, *import;

	while (*link && (*link)->handle != handle)
		link = &(*link)->next;
	import = *link;
	if (!import || --import->count > 0)
		return;
	*link = import->next;
	free(import);
	close_handle(handle);
	if (!keeper.imports)
		forget();
}

bool imxd_attachment_is_valid(uint64_t attachment)
{
	bool is_valid;

	imxd_lock(IMXD_LOCK_ATTACHMENT);
	is_valid = attachment >> 32 == keeper.number && is_open();
	imxd_unlock(IMXD_LOCK_ATTACHMENT);
	return is_valid;
}

void imxd_attachment_drop(uint64_t attachment)
{
	imxd_lock(IMXD_LOCK_ATTACHMENT);
	if (is_open() && attachment >> 32 == keeper.number)
		count_down((uint32_t)attachment);
	imxd_unlock(IMXD_LOCK_ATTACHMENT);
}

void imxd_attachment_driver(char name[IMXD_DRIVER_SIZE])
{
	imxd_lock(IMXD_LOCK_ATTACHMENT);
	memcpy(name, keeper.driver, IMXD_DRIVER_SIZE);
	imxd_unlock(IMXD_LOCK_ATTACHMENT);
}
