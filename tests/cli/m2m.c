/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A driver of V4L2 from memory to memory, /dev/video0, for tests of imxdmabuffer check. It is preloaded behind the
 * simulator. Its device sees the simulated memory as devices do. The environment variable M2M has these words:
 *   planes      the interface with several planes, of which there is one
 *   encode      the result is no copy, and shorter
 *   unattached  the driver forgets to attach, so that no session maintains caches for it
 *   same        the result does not depend on the picture
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim.h"

#define NODE "/dev/video0"
#define SIZE (320 * 240 * 2)
#define PLACE (1 << 20)
#define FILES 64

/* The sides of an open file: 0 is OUTPUT, 1 is CAPTURE. A DMA-BUF, or a part of the memory file. */
static struct {
	bool is_open;
	int dmabuf[2];
	bool is_attached[2];
} files[FILES];

static bool has(char const *word)
{
	char const *text = getenv("M2M");

	return text && strstr(text, word);
}

static int open_node(void)
{
	int fd = (int)syscall(SYS_memfd_create, "m2m", 0);

	if (fd < 0 || fd >= FILES || syscall(SYS_ftruncate, fd, 2 * PLACE) != 0)
		abort();
	memset(&files[fd], 0, sizeof(files[fd]));
	files[fd].is_open = true;
	return fd;
}

/* The simulator looks with this one. */
int faccessat(int directory, char const *path, int mode, int flags)
{
	int (*real)(int, char const *, int, int) = (int (*)(int, char const *, int, int))dlsym(RTLD_NEXT, "faccessat");

	return (strcmp(path, NODE) == 0) ? 0 : real(directory, path, mode, flags);
}

int open(char const *path, int flags, ...)
{
	int (*real)(char const *, int, ...) = (int (*)(char const *, int, ...))dlsym(RTLD_NEXT, "open");
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return (strcmp(path, NODE) == 0) ? open_node() : real(path, flags, mode);
}

static int side_of(uint32_t type)
{
	return type == V4L2_BUF_TYPE_VIDEO_CAPTURE || type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

static uint32_t result_size(void)
{
	return has("encode") ? SIZE / 2 : SIZE;
}

static int describe(struct v4l2_capability *found)
{
	memset(found, 0, sizeof(*found));
	strcpy((char *)found->driver, "test-m2m");
	found->capabilities = V4L2_CAP_DEVICE_CAPS;
	found->device_caps = V4L2_CAP_STREAMING | (has("planes") ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M);
	return 0;
}

/* The first format is none of pictures. */
static int offer(struct v4l2_fmtdesc *found)
{
	found->flags = (found->index == 0) ? V4L2_FMT_FLAG_COMPRESSED : 0;
	found->pixelformat = (found->index == 0) ? V4L2_PIX_FMT_H264 : V4L2_PIX_FMT_YUYV;
	return (found->index < 2) ? 0 : -1;
}

static int set_format(struct v4l2_format *format)
{
	uint32_t size = side_of(format->type) ? result_size() : SIZE;

	if (has("planes")) {
		format->fmt.pix_mp.pixelformat = V4L2_PIX_FMT_YUYV;
		format->fmt.pix_mp.num_planes = 1;
		format->fmt.pix_mp.plane_fmt[0].sizeimage = size;
	} else {
		format->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
		format->fmt.pix.sizeimage = size;
	}
	return 0;
}

static int locate(struct v4l2_buffer *buffer)
{
	if (has("planes")) {
		buffer->m.planes->length = PLACE;
		buffer->m.planes->m.mem_offset = side_of(buffer->type) * PLACE;
	} else {
		buffer->length = PLACE;
		buffer->m.offset = side_of(buffer->type) * PLACE;
	}
	return 0;
}

static int queue(int fd, struct v4l2_buffer const *buffer)
{
	int side = side_of(buffer->type);

	files[fd].dmabuf[side] = -1;
	if (buffer->memory == V4L2_MEMORY_DMABUF) {
		files[fd].dmabuf[side] = has("planes") ? buffer->m.planes->m.fd : buffer->m.fd;
		if (!files[fd].is_attached[side] && !has("unattached") && sim_attach(files[fd].dmabuf[side]) != 0)
			return -1;
		files[fd].is_attached[side] = true;
	}
	return 0;
}

static void work(int fd)
{
	static uint8_t picture[SIZE];
	uint32_t size = result_size();

	if (files[fd].dmabuf[0] >= 0)
		sim_device_read_fd(files[fd].dmabuf[0], 0, picture, SIZE);
	else if (pread(fd, picture, SIZE, 0) != SIZE)
		abort();
	for (size_t i = 0; has("encode") && i < size; i++)
		picture[i] = (uint8_t)(picture[2 * i] ^ (picture[2 * i + 1] * 3));
	if (has("same"))
		memset(picture, 1, SIZE);
	if (files[fd].dmabuf[1] >= 0)
		sim_device_write_fd(files[fd].dmabuf[1], 0, picture, size);
	else if (pwrite(fd, picture, size, PLACE) != (ssize_t)size)
		abort();
}

static int dequeue(int fd, struct v4l2_buffer *buffer)
{
	uint32_t size = side_of(buffer->type) ? result_size() : SIZE;

	if (side_of(buffer->type))
		work(fd);
	buffer->flags = 0;
	if (has("planes"))
		buffer->m.planes->bytesused = size;
	else
		buffer->bytesused = size;
	return 0;
}

static int control(int fd, unsigned long request, void *argument)
{
	switch (request) {
	case VIDIOC_QUERYCAP:
		return describe(argument);
	case VIDIOC_ENUM_FMT:
		return offer(argument);
	case VIDIOC_S_FMT:
	case VIDIOC_G_FMT:
		return set_format(argument);
	case VIDIOC_QUERYBUF:
		return locate(argument);
	case VIDIOC_QBUF:
		return queue(fd, argument);
	case VIDIOC_DQBUF:
		return dequeue(fd, argument);
	default:
		return 0;
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fd < 0 || fd >= FILES || !files[fd].is_open || _IOC_TYPE(request) != 'V')
		return real(fd, request, argument);
	errno = EINVAL;
	return control(fd, request, argument);
}
