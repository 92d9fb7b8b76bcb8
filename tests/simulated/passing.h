/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the tests of imx_dma_buffer_send() and imx_dma_buffer_receive(). Defines the message a second time, so that
 * a change of its format is found.
 */
#ifndef TESTS_SIMULATED_PASSING_H
#define TESTS_SIMULATED_PASSING_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board.h"

struct raw_message {
	char magic[8];
	uint32_t version, reserved;
	uint64_t size, offset;
	char name[32];
};

#define RAW_MESSAGE(bytes, begin)                                                                                      \
	((struct raw_message){.magic = "imxdmabf", .version = 1, .size = (bytes), .offset = (begin)})

#define RAW_MAX_FDS 253

static int const socket_types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

#define SOCKET_TYPES (sizeof(socket_types) / sizeof(socket_types[0]))

static inline size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static inline void connect_pair(int type, int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
}

static inline void close_pair(int const pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* Send bytes with any number of descriptors, as other programs could. */
static inline void send_raw(int socket_fd, void *data, size_t length, int const *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(RAW_MAX_FDS * sizeof(int))];
	} control;
	struct iovec bytes = {.iov_base = data, .iov_len = length};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};

	memset(&control, 0, sizeof(control));
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(socket_fd, &message, MSG_NOSIGNAL), length);
}

static struct {
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	size_t descriptors;
} sender;

/* Allocate a buffer of 5000 bytes to send. */
static inline int start_sender(void **state)
{
	start_board("release 6.1.0; heap reserved; phys native; udmabuf on; pagemap privileged");
	sender.descriptors = count_descriptors();
	sender.allocator = new_allocator("dma-heap:reserved", 0);
	sender.buffer = new_buffer(sender.allocator, 5000);
	return 0;
}

/* Nothing stays behind. */
static inline int end_sender(void **state)
{
	imx_dma_buffer_allocator_destroy(sender.allocator);
	return (sim_live_buffers() == 0 && count_descriptors() == sender.descriptors) ? 0 : -1;
}

#define passing_test(function) cmocka_unit_test_setup_teardown(function, start_sender, end_sender)

static inline ImxDmaBuffer *receive(int socket_fd)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_receive(socket_fd, NULL);

	if (!buffer)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(buffer);
	return buffer;
}

static inline unsigned long inode_of(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	return properties.inode;
}

#define assert_receive_fails(socket_fd, code, sentence)                                                                \
	do {                                                                                                               \
		int error_code = 0;                                                                                            \
		assert_null(imx_dma_buffer_receive(socket_fd, &error_code));                                                   \
		assert_int_equal(error_code, code);                                                                            \
		assert_sentence(sentence);                                                                                     \
	} while (0)

#define assert_send_fails(buffer, socket_fd, code, sentence)                                                           \
	do {                                                                                                               \
		int error_code = 0;                                                                                            \
		assert_int_equal(imx_dma_buffer_send(buffer, socket_fd, &error_code), -1);                                     \
		assert_int_equal(error_code, code);                                                                            \
		assert_sentence(sentence);                                                                                     \
	} while (0)

#endif /* TESTS_SIMULATED_PASSING_H */
