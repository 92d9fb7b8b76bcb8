/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prime.h"

#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_driver(int fd, char const *driver)
{
	char name[32] = "";
	struct drm_version version = {.name_len = sizeof(name) - 1, .name = name};

	return ioctl(fd, DRM_IOCTL_VERSION, &version) == 0 && strcmp(name, driver) == 0;
}

static int open_by_driver(char const *driver)
{
	for (int number = 0; number < 16; number++) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", number);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (is_driver(fd, driver))
			return fd;
		close(fd);
	}
	return -ENODEV;
}

/* Exporting the imported object must return the same DMA-BUF. */
static int check_same(int fd, unsigned int handle, int dmabuf_fd)
{
	struct drm_prime_handle prime = {.handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR, .fd = -1};
	struct stat before, after;
	int code = 0;

	if (ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0)
		return -errno;
	if (fstat(dmabuf_fd, &before) < 0 || fstat(prime.fd, &after) < 0 || before.st_ino != after.st_ino)
		code = -EBADMSG;
	close(prime.fd);
	return code;
}

int prime_import(char const *driver, int dmabuf_fd, int *attached_fd)
{
	struct drm_prime_handle prime = {.fd = dmabuf_fd};
	int fd = open_by_driver(driver), code = 0;

	if (fd < 0)
		return fd;
	if (ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) < 0)
		code = -errno;
	else
		code = check_same(fd, prime.handle, dmabuf_fd);
	if (code == 0 && attached_fd != NULL)
		*attached_fd = fd;
	else
		close(fd);
	return code;
}

/* Allocate a picture with one line of 4096 bytes for each page. */
int prime_export(char const *driver, size_t size)
{
	struct drm_mode_create_dumb picture = {.width = 1024, .height = (unsigned int)(size + 4095) / 4096, .bpp = 32};
	struct drm_prime_handle prime = {.flags = DRM_CLOEXEC | DRM_RDWR, .fd = -1};
	int fd = open_by_driver(driver), code = 0;

	if (fd < 0)
		return fd;
	if (ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &picture) < 0)
		code = -errno;
	prime.handle = picture.handle;
	if (code == 0 && ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0)
		code = -errno;
	close(fd);
	return (code == 0) ? prime.fd : code;
}
