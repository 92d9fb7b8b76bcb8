/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH 640
#define HEIGHT 360
#define WAIT_MS 10000

static int control(int fd, unsigned long request, void *argument)
{
	int result;

	do
		result = ioctl(fd, request, argument);
	while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : 0;
}

static int open_by_driver(char const *driver, unsigned int capability)
{
	for (int number = 0; number < 64; number++) {
		struct v4l2_capability capabilities;
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/video%d", number);
		fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (control(fd, VIDIOC_QUERYCAP, &capabilities) == 0 &&
			strcmp((char const *)capabilities.driver, driver) == 0 && (capabilities.device_caps & capability) != 0)
			return fd;
		close(fd);
	}
	return -ENODEV;
}

/* Both sides of vim2m have the same format, so that it copies without a conversion. */
static int set_format(int fd, enum v4l2_buf_type type, unsigned int pixel_format, size_t *length)
{
	struct v4l2_format format = {.type = type};
	int code;

	format.fmt.pix.width = WIDTH;
	format.fmt.pix.height = HEIGHT;
	format.fmt.pix.pixelformat = pixel_format;
	format.fmt.pix.field = V4L2_FIELD_ANY;
	code = control(fd, VIDIOC_S_FMT, &format);
	if (code == 0 && format.fmt.pix.sizeimage > V4L2_BUFFER_SIZE)
		code = -EOVERFLOW;
	if (code == 0)
		*length = format.fmt.pix.sizeimage;
	return code;
}

/* Queue the buffer. The driver attaches to the DMA-BUF, and checks all of the given length. */
static int queue(int fd, enum v4l2_buf_type type, int dmabuf_fd, size_t picture)
{
	off_t size = lseek(dmabuf_fd, 0, SEEK_END);
	struct v4l2_requestbuffers request = {.count = 1, .type = type, .memory = V4L2_MEMORY_DMABUF};
	struct v4l2_buffer buffer = {.type = type, .memory = V4L2_MEMORY_DMABUF};
	int code = control(fd, VIDIOC_REQBUFS, &request);

	buffer.m.fd = dmabuf_fd;
	buffer.length = size > 0 ? (unsigned int)size : 0;
	buffer.bytesused = (unsigned int)picture;
	return code < 0 ? code : control(fd, VIDIOC_QBUF, &buffer);
}

static int dequeue(int fd, enum v4l2_buf_type type)
{
	struct v4l2_buffer buffer = {.type = type, .memory = V4L2_MEMORY_DMABUF};
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	int code;

	if (poll(&polled, 1, WAIT_MS) != 1)
		return -ETIMEDOUT;
	code = control(fd, VIDIOC_DQBUF, &buffer);
	return code == 0 && (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 ? -EIO : code;
}

static int stream(int fd, enum v4l2_buf_type type)
{
	return control(fd, VIDIOC_STREAMON, &type);
}

static int capture(int fd, int dmabuf_fd, size_t *length)
{
	enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	int code = set_format(fd, type, V4L2_PIX_FMT_YUYV, length);

	if (code == 0)
		code = queue(fd, type, dmabuf_fd, 0);
	if (code == 0)
		code = stream(fd, type);
	return code == 0 ? dequeue(fd, type) : code;
}

int vivid_capture(int dmabuf_fd, size_t *length)
{
	int fd = open_by_driver("vivid", V4L2_CAP_VIDEO_CAPTURE), code;

	if (fd < 0)
		return fd;
	code = capture(fd, dmabuf_fd, length);
	/* Close ends the stream and the attachment. */
	close(fd);
	return code;
}

static int export_buffer(int fd)
{
	struct v4l2_requestbuffers request = {.count = 1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
	struct v4l2_exportbuffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .flags = O_RDWR | O_CLOEXEC};
	size_t length;
	int code = set_format(fd, V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_PIX_FMT_YUYV, &length);

	if (code == 0)
		code = control(fd, VIDIOC_REQBUFS, &request);
	if (code == 0)
		code = control(fd, VIDIOC_EXPBUF, &buffer);
	return code == 0 ? buffer.fd : code;
}

int vivid_export(void)
{
	int fd = open_by_driver("vivid", V4L2_CAP_VIDEO_CAPTURE), code;

	if (fd < 0)
		return fd;
	code = export_buffer(fd);
	close(fd);
	return code;
}

static int copy(int fd, int source_fd, int destination_fd, size_t *length)
{
	enum v4l2_buf_type source = V4L2_BUF_TYPE_VIDEO_OUTPUT, destination = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	int code = set_format(fd, source, V4L2_PIX_FMT_RGB24, length);

	if (code == 0)
		code = set_format(fd, destination, V4L2_PIX_FMT_RGB24, length);
	if (code == 0)
		code = queue(fd, source, source_fd, *length);
	if (code == 0)
		code = queue(fd, destination, destination_fd, 0);
	if (code == 0)
		code = stream(fd, source);
	if (code == 0)
		code = stream(fd, destination);
	return code == 0 ? dequeue(fd, destination) : code;
}

int vim2m_copy(int source_fd, int destination_fd, size_t *length)
{
	int fd = open_by_driver("vim2m", V4L2_CAP_VIDEO_M2M), code;

	if (fd < 0)
		return fd;
	code = copy(fd, source_fd, destination_fd, length);
	close(fd);
	return code;
}
