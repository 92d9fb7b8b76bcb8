/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lane.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "witness.h"

#define WIDTH 320
#define HEIGHT 240
#define WAIT_MS 3000

/* A buffer with the plane that the interface with planes needs. */
struct descriptor {
	struct v4l2_buffer buffer;
	struct v4l2_plane plane;
};

static int control(struct lane const *lane, unsigned long request, void *argument, char const *name)
{
	int result;

	do {
		result = ioctl(lane->fd, request, argument);
	} while (result < 0 && errno == EINTR);
	return (result < 0) ? witness_fail("%s: %s", name, strerror(errno)) : 0;
}

void lane_init(struct lane *lane)
{
	*lane = (struct lane){.fd = -1, .output = {.dmabuf = -1}, .capture = {.dmabuf = -1}};
}

static int check_capabilities(struct lane *lane, char driver[17])
{
	struct v4l2_capability found = {.driver = ""};
	unsigned int abilities;

	if (control(lane, VIDIOC_QUERYCAP, &found, "VIDIOC_QUERYCAP") != 0)
		return -1;
	memcpy(driver, found.driver, 16);
	driver[16] = '\0';
	abilities = (found.capabilities & V4L2_CAP_DEVICE_CAPS) ? found.device_caps : found.capabilities;
	if (!(abilities & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) || !(abilities & V4L2_CAP_STREAMING))
		return witness_fail("the driver %s is none from memory to memory", driver);
	lane->is_planar = !(abilities & V4L2_CAP_VIDEO_M2M);
	lane->output.type = lane->is_planar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	lane->capture.type = lane->is_planar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	return 0;
}

int lane_open(struct lane *lane, char const *node, char driver[17])
{
	lane_init(lane);
	lane->fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (lane->fd < 0)
		return witness_fail("open: %s", strerror(errno));
	if (check_capabilities(lane, driver) == 0)
		return 0;
	lane_close(lane);
	return -1;
}

int lane_offer(struct lane const *lane, unsigned int index, uint32_t *format)
{
	struct v4l2_fmtdesc description = {.index = index, .type = lane->output.type};

	if (ioctl(lane->fd, VIDIOC_ENUM_FMT, &description) != 0)
		return -1;
	*format = (description.flags & V4L2_FMT_FLAG_COMPRESSED) ? 0 : description.pixelformat;
	return 0;
}

static int set(struct lane const *lane, struct lane_side const *side, uint32_t pixels)
{
	struct v4l2_format format = {.type = side->type};

	if (lane->is_planar) {
		format.fmt.pix_mp.width = WIDTH;
		format.fmt.pix_mp.height = HEIGHT;
		format.fmt.pix_mp.pixelformat = pixels;
		format.fmt.pix_mp.num_planes = 1;
	} else {
		format.fmt.pix.width = WIDTH;
		format.fmt.pix.height = HEIGHT;
		format.fmt.pix.pixelformat = pixels;
	}
	return control(lane, VIDIOC_S_FMT, &format, "VIDIOC_S_FMT");
}

/* Ask for the size of the picture, and for the format that the driver has set. */
static int get(struct lane const *lane, struct lane_side *side, uint32_t *pixels)
{
	struct v4l2_format format = {.type = side->type};
	bool has_planes;

	if (control(lane, VIDIOC_G_FMT, &format, "VIDIOC_G_FMT") != 0)
		return -1;
	has_planes = lane->is_planar && format.fmt.pix_mp.num_planes != 1;
	side->picture = lane->is_planar ? format.fmt.pix_mp.plane_fmt[0].sizeimage : format.fmt.pix.sizeimage;
	*pixels = lane->is_planar ? format.fmt.pix_mp.pixelformat : format.fmt.pix.pixelformat;
	return (has_planes || side->picture == 0) ? witness_fail("the format has several planes") : 0;
}

/* The result first: encoders choose the raw format anew when it changes. */
int lane_set_format(struct lane *lane, uint32_t format)
{
	uint32_t read, written;

	if (set(lane, &lane->capture, format) != 0 || set(lane, &lane->output, format) != 0 ||
		get(lane, &lane->output, &read) != 0 || get(lane, &lane->capture, &written) != 0)
		return -1;
	return (read == format) ? 0 : witness_fail("the driver takes another format than it offers");
}

static void describe(struct lane const *lane, struct lane_side const *side, struct descriptor *descriptor)
{
	memset(descriptor, 0, sizeof(*descriptor));
	descriptor->buffer.type = side->type;
	descriptor->buffer.memory = (side->dmabuf < 0) ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
	if (lane->is_planar) {
		descriptor->buffer.m.planes = &descriptor->plane;
		descriptor->buffer.length = 1;
	}
}

static int map(struct lane const *lane, struct lane_side *side)
{
	struct descriptor found;
	void *bytes;
	off_t offset;

	describe(lane, side, &found);
	if (control(lane, VIDIOC_QUERYBUF, &found.buffer, "VIDIOC_QUERYBUF") != 0)
		return -1;
	side->map_length = lane->is_planar ? found.plane.length : found.buffer.length;
	offset = (off_t)(lane->is_planar ? found.plane.m.mem_offset : found.buffer.m.offset);
	if (side->map_length < side->picture)
		return witness_fail("a buffer of the driver is too small");
	bytes = mmap(NULL, side->map_length, PROT_READ | PROT_WRITE, MAP_SHARED, lane->fd, offset);
	if (bytes == MAP_FAILED)
		return witness_fail("a buffer of the driver cannot be mapped: %s", strerror(errno));
	side->map = bytes;
	return 0;
}

static int prepare(struct lane const *lane, struct lane_side *side, int dmabuf)
{
	struct v4l2_requestbuffers request = {.count = 1, .type = side->type};

	side->dmabuf = dmabuf;
	request.memory = (dmabuf < 0) ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
	if (control(lane, VIDIOC_REQBUFS, &request, "VIDIOC_REQBUFS") != 0)
		return -1;
	return (dmabuf < 0) ? map(lane, side) : 0;
}

int lane_start(struct lane *lane, int output_dmabuf, int capture_dmabuf)
{
	if (prepare(lane, &lane->output, output_dmabuf) != 0)
		return -1;
	return prepare(lane, &lane->capture, capture_dmabuf);
}

static int queue(struct lane const *lane, struct lane_side const *side, size_t bytes)
{
	off_t size = (side->dmabuf >= 0) ? lseek(side->dmabuf, 0, SEEK_END) : (off_t)side->map_length;
	struct descriptor given;

	describe(lane, side, &given);
	given.buffer.field = V4L2_FIELD_NONE;
	if (lane->is_planar) {
		given.plane.m.fd = side->dmabuf;
		given.plane.length = (uint32_t)size;
		given.plane.bytesused = (uint32_t)bytes;
	} else {
		if (side->dmabuf >= 0)
			given.buffer.m.fd = side->dmabuf;
		given.buffer.length = (uint32_t)size;
		given.buffer.bytesused = (uint32_t)bytes;
	}
	return control(lane, VIDIOC_QBUF, &given.buffer, "VIDIOC_QBUF");
}

static int dequeue(struct lane const *lane, struct lane_side const *side, short event, size_t *bytes)
{
	struct pollfd polled = {.fd = lane->fd, .events = event};
	struct descriptor found;
	int ready;

	do {
		ready = poll(&polled, 1, WAIT_MS);
	} while (ready < 0 && errno == EINTR);
	if (ready != 1)
		return witness_fail("the driver gives no result within %d s", WAIT_MS / 1000);
	describe(lane, side, &found);
	if (control(lane, VIDIOC_DQBUF, &found.buffer, "VIDIOC_DQBUF") != 0)
		return -1;
	if (found.buffer.flags & V4L2_BUF_FLAG_ERROR)
		return witness_fail("the driver reports a failure of its device");
	*bytes = lane->is_planar ? found.plane.bytesused : found.buffer.bytesused;
	return 0;
}

static int stream(struct lane *lane)
{
	int output = (int)lane->output.type, capture = (int)lane->capture.type;

	if (lane->is_streaming)
		return 0;
	lane->is_streaming = true;
	if (control(lane, VIDIOC_STREAMON, &output, "VIDIOC_STREAMON") != 0)
		return -1;
	return control(lane, VIDIOC_STREAMON, &capture, "VIDIOC_STREAMON");
}

int lane_run(struct lane *lane, size_t *length)
{
	size_t ignored;

	/* What the device leaves out shows as zeros, not as the last result. */
	if (lane->capture.map)
		memset(lane->capture.map, 0, lane->capture.picture);
	if (queue(lane, &lane->capture, 0) != 0 || queue(lane, &lane->output, lane->output.picture) != 0 ||
		stream(lane) != 0 || dequeue(lane, &lane->capture, POLLIN, length) != 0)
		return -1;
	return dequeue(lane, &lane->output, POLLOUT, &ignored);
}

void lane_close(struct lane *lane)
{
	if (lane->output.map)
		munmap(lane->output.map, lane->output.map_length);
	if (lane->capture.map)
		munmap(lane->capture.map, lane->capture.map_length);
	if (lane->fd >= 0)
		close(lane->fd);
	lane_init(lane);
}
