/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers that are sent over Unix sockets and received again, here by the same process.
 */
#include "passing.h"

#include <sys/ioctl.h>

static void assert_passes(int type)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	ImxDmaBuffer *arrived;
	uint8_t seen[5000];
	int pair[2];

	connect_pair(type, pair);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	arrived = receive(pair[1]);
	close_pair(pair);
	assert_int_equal(imx_dma_buffer_get_size(arrived), 5000);
	assert_int_equal(inode_of(arrived), inode_of(sender.buffer));
	assert_true(imx_dma_buffer_get_fd(arrived) > 0);
	assert_int_not_equal(imx_dma_buffer_get_fd(arrived), imx_dma_buffer_get_fd(sender.buffer));
	assert_int_equal(fcntl(imx_dma_buffer_get_fd(arrived), F_GETFD), FD_CLOEXEC);
	assert_int_equal(imx_dma_buffer_get_physical_address(arrived), imx_dma_buffer_get_physical_address(sender.buffer));
	assert_int_equal(imx_dma_buffer_get_name(arrived, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "camera");
	/* Sync sessions serve devices, like those of the sender. */
	memset(imx_dma_buffer_map(arrived, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL), type, 5000);
	imx_dma_buffer_unmap(arrived);
	assert_int_equal(sim_device_read(imx_dma_buffer_get_physical_address(sender.buffer), seen, sizeof(seen)), 0);
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_equal(seen[i], type);
	imx_dma_buffer_deallocate(arrived);
}

static void test_all_of_it_arrives(void **state)
{
	assert_int_equal(imx_dma_buffer_set_name(sender.buffer, "camera", NULL), 0);
	for (size_t i = 0; i < SOCKET_TYPES; i++)
		assert_passes(socket_types[i]);
}

/* The exact bytes, which other builds of the library rely on. */
static void test_message_as_it_is_sent(void **state)
{
	struct raw_message wanted = RAW_MESSAGE(5000, 0), sent;
	int pair[2];

	connect_pair(SOCK_SEQPACKET, pair);
	strcpy(wanted.name, "c");
	assert_int_equal(imx_dma_buffer_set_name(sender.buffer, "c", NULL), 0);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	assert_int_equal(recv(pair[1], &sent, sizeof(sent), MSG_TRUNC), sizeof(sent));
	assert_memory_equal(&sent, &wanted, sizeof(sent));
	close_pair(pair);
}

/* The memory outlives the sender's buffer and allocator. */
static void test_received_buffer_outlives_the_senders(void **state)
{
	ImxDmaBuffer *arrived;
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	*imx_dma_buffer_map(sender.buffer, 0, NULL) = 42;
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	imx_dma_buffer_deallocate(sender.buffer);
	close(pair[0]);
	arrived = receive(pair[1]);
	assert_receive_fails(pair[1], ECONNRESET, "closed the connection");
	close(pair[1]);
	assert_int_equal(*imx_dma_buffer_map(arrived, 0, NULL), 42);
	imx_dma_buffer_deallocate(arrived);
}

/* Imported, received and wrapped buffers, and those of another allocator. */
static void test_every_dmabuf_can_be_sent(void **state)
{
	ImxDmaBufferAllocator *host = new_allocator("host:udmabuf", 0);
	ImxDmaBuffer *import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(sender.buffer), 0, 0, NULL);
	ImxWrappedDmaBuffer wrapped;
	ImxDmaBuffer *sent[] = {import, &wrapped.parent, new_buffer(host, 9000), NULL};
	int pair[2];

	connect_pair(SOCK_SEQPACKET, pair);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(sender.buffer);
	wrapped.size = 100;
	assert_int_equal(imx_dma_buffer_send(import, pair[0], NULL), 0);
	sent[3] = receive(pair[1]);
	for (size_t i = 0; i < 4; i++) {
		ImxDmaBuffer *arrived;

		assert_int_equal(imx_dma_buffer_send(sent[i], pair[0], NULL), 0);
		arrived = receive(pair[1]);
		assert_int_equal(imx_dma_buffer_get_size(arrived), imx_dma_buffer_get_size(sent[i]));
		assert_int_equal(inode_of(arrived), inode_of(sent[i]));
		imx_dma_buffer_deallocate(arrived);
	}
	close_pair(pair);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_deallocate(sent[3]);
	imx_dma_buffer_allocator_destroy(host);
}

static void test_buffers_that_cannot_be_sent(void **state)
{
	ImxDmaBufferAllocator *host = new_allocator("host:memfd", 0);
	ImxWrappedDmaBuffer wrapped;
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	assert_send_fails(NULL, pair[0], EINVAL, "the buffer is NULL");
	assert_send_fails(new_buffer(host, 4096), pair[0], ENOTSUP, "not a DMA-BUF");
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	assert_send_fails(&wrapped.parent, pair[0], ENOTSUP, "no descriptor");
	wrapped.fd = imx_dma_buffer_get_fd(sender.buffer);
	assert_send_fails(&wrapped.parent, pair[0], EINVAL, "range 0+0 is outside");
	wrapped.size = 8193;
	assert_send_fails(&wrapped.parent, pair[0], EINVAL, "range 0+8193 ");
	sim_fail(SIM_CALL_DUP, 1, EMFILE, 1);
	assert_send_fails(sender.buffer, pair[0], EMFILE, "cannot be duplicated");
	assert_receive_fails(pair[1], EAGAIN, "non-blocking and empty");
	close_pair(pair);
	imx_dma_buffer_allocator_destroy(host);
}

/* If the kernel's name cannot be read, the name in the message is used. */
static void test_name_without_proc(void **state)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	ImxDmaBuffer *arrived;
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	assert_int_equal(imx_dma_buffer_set_name(sender.buffer, "camera", NULL), 0);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	arrived = receive(pair[1]);
	sim_fail(SIM_CALL_OPEN, 1, ENOENT, 1);
	assert_int_equal(imx_dma_buffer_get_name(arrived, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "camera");
	assert_int_equal(imx_dma_buffer_set_name(sender.buffer, "encoder", NULL), 0);
	assert_int_equal(imx_dma_buffer_get_name(arrived, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "encoder");
	imx_dma_buffer_deallocate(arrived);
	close_pair(pair);
}

/* Other programs may use any names for DMA-BUFs. A name that receivers refuse is not sent. */
static void test_names_of_other_programs(void **state)
{
	char bad[32] = "two\nlines";
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	assert_int_equal(ioctl(imx_dma_buffer_get_fd(sender.buffer), 0x40086201, bad), 0);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	imx_dma_buffer_deallocate(receive(pair[1]));
	strcpy(bad, "\x01");
	assert_int_equal(ioctl(imx_dma_buffer_get_fd(sender.buffer), 0x40086201, bad), 0);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	imx_dma_buffer_deallocate(receive(pair[1]));
	close_pair(pair);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		passing_test(test_all_of_it_arrives),
		passing_test(test_message_as_it_is_sent),
		passing_test(test_received_buffer_outlives_the_senders),
		passing_test(test_every_dmabuf_can_be_sent),
		passing_test(test_buffers_that_cannot_be_sent),
		passing_test(test_name_without_proc),
		passing_test(test_names_of_other_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
