/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names, identity, and passing to other processes, for memory with a DMA-BUF. Other memory is refused.
 */
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 70000

static int const types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

static bool has_dmabuf(void)
{
	/* Of this size, buffers of a slab are those of the allocator behind it. */
	if (subject_is_slab())
		return get_properties(allocate(SIZE, 1)).is_dmabuf == YES;
	return subject.info.is_dmabuf == YES;
}

/* Before Linux 5.3, DMA-BUFs have no names and share one inode. */
static bool has_names(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname kernel;

	assert_int_equal(uname(&kernel), 0);
	assert_int_equal(sscanf(kernel.release, "%u.%u", &major, &minor), 2);
	return has_dmabuf() && (major > 5 || (major == 5 && minor >= 3));
}

/* A DMA-BUF that is exported on request can be sent, too. A buffer's own descriptor that is no DMA-BUF cannot. */
static bool is_sendable(ImxDmaBuffer *buffer)
{
	size_t offset;
	int fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);

	if (fd >= 0)
		close(fd);
	return has_dmabuf() || (fd >= 0 && imx_dma_buffer_get_fd(buffer) < 0);
}

static unsigned long get_inode(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	return properties.inode;
}

static void test_c96_dmabufs_have_names(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *import;
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int error = 0;

	if (!has_names()) {
		assert_int_equal(imx_dma_buffer_set_name(buffer, "conformance", &error), -1);
		assert_int_equal(error, ENOTSUP);
		return;
	}
	import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "");
	assert_int_equal(imx_dma_buffer_set_name(buffer, "a name of conformance's, the 1st", &error), -1);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "a name of conformance's, a 2nd.", NULL), 0);
	assert_int_equal(imx_dma_buffer_get_name(import, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "a name of conformance's, a 2nd.");
	assert_int_equal(imx_dma_buffer_set_name(import, "", NULL), 0);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "");
	imx_dma_buffer_deallocate(import);
}

static void test_c97_inode_identifies_memory(void **state)
{
	ImxDmaBuffer *one = allocate(SIZE, 1), *other = allocate(SIZE, 1), *import;

	if (!has_names()) {
		assert_int_equal(get_inode(one), 0);
		return;
	}
	import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(one), 0, 0, NULL);
	assert_int_not_equal(get_inode(one), 0);
	assert_int_equal(get_inode(import), get_inode(one));
	assert_int_not_equal(get_inode(other), get_inode(one));
	imx_dma_buffer_deallocate(import);
}

static void test_c98_memory_without_a_dmabuf_is_not_sent(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	int pair[2], error = 0;

	if (is_sendable(buffer))
		SKIP_BECAUSE("the allocator's memory has DMA-BUFs");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(imx_dma_buffer_send(buffer, pair[0], &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_null(imx_dma_buffer_receive(pair[1], &error));
	assert_int_equal(error, EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

static void test_c99_received_buffer_is_the_sent_one(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);

	if (!is_sendable(buffer))
		SKIP_BECAUSE(SKIP_NO_DMABUF);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ImxDmaBuffer *arrived;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, pair), 0);
		assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
		arrived = imx_dma_buffer_receive(pair[1], NULL);
		assert_non_null(arrived);
		close(pair[0]);
		close(pair[1]);
		assert_int_equal(imx_dma_buffer_get_size(arrived), SIZE);
		if (has_names())
			assert_int_equal(get_inode(arrived), get_inode(buffer));
		if (imx_dma_buffer_get_physical_address(arrived) != 0)
			assert_int_equal(imx_dma_buffer_get_physical_address(arrived), imx_dma_buffer_get_physical_address(buffer));
		fill_pattern(map(buffer, 0), SIZE, (unsigned int)i);
		imx_dma_buffer_unmap(buffer);
		assert_int_equal(check_pattern(map(arrived, 0), SIZE, (unsigned int)i), SIZE);
		imx_dma_buffer_deallocate(arrived);
	}
}

/* valgrind has descriptor limits of its own, and does not apply them to received descriptors. */
static void test_c100_receiver_without_descriptors_loses_one_message_only(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *arrived;
	struct rlimit before, none;
	int pair[2], lowest, error = 0;

	if (!is_sendable(buffer))
		SKIP_BECAUSE(SKIP_NO_DMABUF);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
	assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
	getrlimit(RLIMIT_NOFILE, &before);
	lowest = fcntl(pair[0], F_DUPFD_CLOEXEC, 0);
	close(lowest);
	none = (struct rlimit){.rlim_cur = (rlim_t)lowest, .rlim_max = before.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	arrived = imx_dma_buffer_receive(pair[1], &error);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_null(arrived);
	assert_int_equal(error, EMFILE);
	assert_sentence("ulimit -n");
	/* The next message arrives intact. */
	arrived = imx_dma_buffer_receive(pair[1], NULL);
	assert_non_null(arrived);
	imx_dma_buffer_deallocate(arrived);
	close(pair[0]);
	close(pair[1]);
}

/* Run in the child, which gets the parent's buffer through the socket only. Returns an error message, or NULL. */
static char const *answer(int socket_fd, unsigned long inode, imx_physical_address_t address)
{
	ImxDmaBuffer *arrived = imx_dma_buffer_receive(socket_fd, NULL);
	uint8_t *memory = imx_dma_buffer_map(arrived, 0, NULL);
	char name[IMX_DMA_BUFFER_NAME_SIZE] = "";
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	if (!memory)
		return imx_dma_buffer_get_last_error();
	if (imx_dma_buffer_get_size(arrived) != SIZE || check_pattern(memory, SIZE, 1) != SIZE)
		return "size or contents are wrong";
	if (imx_dma_buffer_query_properties(arrived, &properties, NULL) != 0 || properties.inode != inode)
		return "the inode is another one";
	if (imx_dma_buffer_get_name(arrived, name, sizeof(name), NULL) != 0 || strcmp(name, "to the child") != 0)
		return "the name differs";
	if (imx_dma_buffer_get_physical_address(arrived) != 0 && imx_dma_buffer_get_physical_address(arrived) != address)
		return "the physical address differs";
	fill_pattern(memory, SIZE, 2);
	imx_dma_buffer_unmap(arrived);
	/* Send it back, under the child's name. */
	if (imx_dma_buffer_set_name(arrived, "to the parent", NULL) != 0 ||
		imx_dma_buffer_send(arrived, socket_fd, NULL) != 0)
		return imx_dma_buffer_get_last_error();
	imx_dma_buffer_deallocate(arrived);
	return NULL;
}

static pid_t start_child(int const pair[2], ImxDmaBuffer *buffer)
{
	unsigned long inode = get_inode(buffer);
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);
	char const *wrong;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child != 0)
		return child;
	/* Close the inherited descriptor, so that only the received one is tested. */
	close(imx_dma_buffer_get_fd(buffer));
	close(pair[0]);
	wrong = answer(pair[1], inode, address);
	if (wrong)
		fprintf(stderr, "in the child: %s\n", wrong);
	_exit(wrong ? 1 : 0);
}

static void test_c101_buffers_go_to_another_process_and_back(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *back;
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int pair[2], status = -1, error = 0;
	pid_t child;

	if (!has_names())
		SKIP_BECAUSE("the allocator's memory has no DMA-BUF with a name");
	if (board_has_one_process())
		SKIP_BECAUSE(SKIP_ONE_PROCESS);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "to the child", NULL), 0);
	fill_pattern(map(buffer, 0), SIZE, 1);
	imx_dma_buffer_unmap(buffer);
	child = start_child(pair, buffer);
	close(pair[1]);
	assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
	back = imx_dma_buffer_receive(pair[0], NULL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_non_null(back);
	assert_int_equal(get_inode(back), get_inode(buffer));
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "to the parent");
	assert_int_equal(check_pattern(map(buffer, 0), SIZE, 2), SIZE);
	assert_null(imx_dma_buffer_receive(pair[0], &error));
	assert_int_equal(error, ECONNRESET);
	imx_dma_buffer_deallocate(back);
	close(pair[0]);
}

struct CMUnitTest const passing_tests[MAX_TESTS] = {
	conformance_test(test_c96_dmabufs_have_names),
	conformance_test(test_c97_inode_identifies_memory),
	conformance_test(test_c98_memory_without_a_dmabuf_is_not_sent),
	conformance_test(test_c99_received_buffer_is_the_sent_one),
	conformance_test(test_c100_receiver_without_descriptors_loses_one_message_only),
	conformance_test(test_c101_buffers_go_to_another_process_and_back),
};
