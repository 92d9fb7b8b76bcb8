/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of any bytes with any descriptors, for imx_dma_buffer_receive().
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#include "imxdmabuffer/imxdmabuffer_ipc.h"
#include "sim.h"

static int make_descriptor(struct input *input)
{
	int heap, fd;

	switch (pick(input, 5)) {
	case 0:
		return memfd_create("fuzz", MFD_CLOEXEC);
	case 1:
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case 2:
		return open("/proc/self", O_RDONLY | O_CLOEXEC);
	default:
		heap = open("/dev/dma_heap/linux,cma", O_RDONLY | O_CLOEXEC);
		fd = imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 8192, 0, O_RDWR | O_CLOEXEC, NULL);
		close(heap);
		return fd;
	}
}

static void send_any(int socket_fd, struct input *input)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	/* As the library's own: magic, version, size, offset, name. */
	uint8_t bytes[96] = "imxdmabf\1\0\0\0\0\0\0\0\0\40";
	struct iovec part = {bytes, 0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	unsigned int count = pick(input, 5), changes = pick(input, 16);
	int fds[4];

	part.iov_len = (take(input) & 1) ? 64 : pick(input, sizeof(bytes) + 1);
	for (unsigned int i = 0; i < changes; i++)
		bytes[pick(input, sizeof(bytes))] = (uint8_t)take(input);
	for (unsigned int i = 0; i < count; i++)
		fds[i] = make_descriptor(input);
	if (count > 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	sendmsg(socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
	static int const types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	struct input input = {data, size};
	unsigned int before;
	int pair[2];

	sim_reset();
	REQUIRE(sim_configure("heap linux,cma; phys native") == 0, "%s", sim_message());
	before = count_descriptors();
	REQUIRE(socketpair(AF_UNIX, types[pick(&input, 3)] | SOCK_CLOEXEC, 0, pair) == 0, "no sockets");
	while (input.size > 0) {
		ImxDmaBuffer *buffer;
		int error = 0;

		send_any(pair[0], &input);
		fcntl(pair[1], F_SETFL, O_NONBLOCK);
		buffer = imx_dma_buffer_receive(pair[1], &error);
		REQUIRE((buffer != NULL) == (error == 0), "code %d", error);
		if (!buffer)
			continue;
		REQUIRE(imx_dma_buffer_get_size(buffer) > 0 && imx_dma_buffer_get_size(buffer) <= 8192, "a wrong size");
		if (imx_dma_buffer_map(buffer, 0, NULL))
			imx_dma_buffer_unmap(buffer);
		imx_dma_buffer_deallocate(buffer);
	}
	close(pair[0]);
	close(pair[1]);
	REQUIRE(count_descriptors() == before, "descriptors are left");
	REQUIRE(sim_live_buffers() == 0, "buffers are left");
	return 0;
}
