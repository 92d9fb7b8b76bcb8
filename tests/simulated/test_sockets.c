/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sockets for passing buffers: of each type, full, empty, closed, shared, wrong; signals.
 */
#include "passing.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

#if !defined(SO_PASSPIDFD)
#define SO_PASSPIDFD 76
#endif

static void test_other_descriptors_than_unix_sockets(void **state)
{
	int file = open("/dev/null", O_RDWR | O_CLOEXEC), inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_send_fails(sender.buffer, file, ENOTSOCK, "ENOTSOCK");
	assert_receive_fails(file, ENOTSOCK, "ENOTSOCK");
	assert_send_fails(sender.buffer, -1, EBADF, "descriptor -1");
	assert_receive_fails(-1, EBADF, "descriptor -1");
	close(file);
	if (inet < 0)
		SKIP_BECAUSE("this machine has no IPv4");
	assert_send_fails(sender.buffer, inet, EAFNOSUPPORT, "not a Unix socket");
	assert_receive_fails(inet, EAFNOSUPPORT, "not a Unix socket");
	close(inet);
}

static void test_other_side_is_gone(void **state)
{
	int pair[2];

	for (size_t i = 0; i < SOCKET_TYPES; i++) {
		connect_pair(socket_types[i], pair);
		close(pair[0]);
		if (socket_types[i] == SOCK_DGRAM) {
			assert_send_fails(sender.buffer, pair[1], ECONNREFUSED, "ECONNREFUSED");
		} else {
			assert_send_fails(sender.buffer, pair[1], EPIPE, "closed the connection");
			assert_receive_fails(pair[1], ECONNRESET, "closed the connection");
		}
		close(pair[1]);
	}
	/* The peer closed before it read all data, so the kernel itself reports ECONNRESET. */
	connect_pair(SOCK_STREAM, pair);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[1], NULL), 0);
	close(pair[0]);
	assert_receive_fails(pair[1], ECONNRESET, "closed the connection");
	close(pair[1]);
}

/* An empty packet is malformed, and does not hide the message behind it, even if the peer has closed. */
static void test_empty_packets(void **state)
{
	static int const types[] = {SOCK_SEQPACKET, SOCK_DGRAM};
	int pair[2];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		connect_pair(types[i], pair);
		assert_int_equal(send(pair[0], "", 0, 0), 0);
		assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
		close(pair[0]);
		assert_receive_fails(pair[1], EBADMSG, "0 bytes");
		imx_dma_buffer_deallocate(receive(pair[1]));
		close(pair[1]);
	}
}

/* With full and empty sockets, no message is cut in two, and all arrive once and in order. */
static void assert_stays_in_step(int type)
{
	ImxWrappedDmaBuffer wrapped;
	size_t sent = 0, error_count = 0;
	int pair[2], error;

	connect_pair(type | SOCK_NONBLOCK, pair);
	/* The smallest size that the kernel allows: a few messages fill it. */
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int));
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(sender.buffer);
	for (size_t next = 0; next < 60;) {
		ImxDmaBuffer *arrived;

		wrapped.size = 1 + sent;
		error = 0;
		while (sent < 60 && imx_dma_buffer_send(&wrapped.parent, pair[0], &error) == 0)
			wrapped.size = 1 + ++sent;
		assert_true(sent == 60 || error == EAGAIN);
		error_count += error == EAGAIN;
		for (size_t i = 0; i < 5 && (arrived = imx_dma_buffer_receive(pair[1], &error)); i++) {
			assert_int_equal(imx_dma_buffer_get_size(arrived), ++next);
			imx_dma_buffer_deallocate(arrived);
		}
	}
	assert_true(error_count > 5);
	assert_receive_fails(pair[1], EAGAIN, "non-blocking and empty");
	close_pair(pair);
}

static void test_sockets_that_do_not_block(void **state)
{
	for (size_t i = 0; i < SOCKET_TYPES; i++)
		assert_stays_in_step(socket_types[i]);
}

static void test_bytes_around_it(void **state)
{
	char text[6] = "";
	int pair[2], yes = 1;

	connect_pair(SOCK_STREAM, pair);
	/* Credentials are sent along, and from Linux 6.5 on a descriptor of the sending process. The library closes it. */
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_PASSPIDFD, &yes, sizeof(yes));
	assert_int_equal(write(pair[0], "hello", 5), 5);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	assert_int_equal(write(pair[0], "world", 5), 5);
	assert_int_equal(read(pair[1], text, 5), 5);
	assert_string_equal(text, "hello");
	imx_dma_buffer_deallocate(receive(pair[1]));
	assert_int_equal(read(pair[1], text, 5), 5);
	assert_string_equal(text, "world");
	close_pair(pair);
}

static atomic_int signals;

static void count_signal(int number)
{
	signals++;
}

static void *send_later(void *socket_fd)
{
	while (signals < 20)
		usleep(1000);
	return (imx_dma_buffer_send(sender.buffer, *(int *)socket_fd, NULL) == 0) ? NULL : socket_fd;
}

static void test_signals_do_not_end_it(void **state)
{
	struct sigaction action = {.sa_handler = count_signal};
	struct itimerval often = {{0, 5000}, {0, 5000}}, never = {{0, 0}, {0, 0}};
	sigset_t set;
	pthread_t thread;
	void *failed = &often;
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	/* The waiting thread gets the signals. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(pthread_create(&thread, NULL, send_later, &pair[0]), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	imx_dma_buffer_deallocate(receive(pair[1]));
	/* The handler stays: a signal may still be pending. */
	setitimer(ITIMER_REAL, &never, NULL);
	pthread_join(thread, &failed);
	assert_null(failed);
	close_pair(pair);
}

static void test_descriptor_0_is_not_handed_out(void **state)
{
	int kept = fcntl(0, F_DUPFD_CLOEXEC, 3), pair[2];
	ImxDmaBuffer *arrived;

	connect_pair(SOCK_STREAM, pair);
	assert_int_equal(imx_dma_buffer_send(sender.buffer, pair[0], NULL), 0);
	close(0);
	arrived = imx_dma_buffer_receive(pair[1], NULL);
	if (kept >= 0)
		dup2(kept, 0);
	close(kept);
	assert_non_null(arrived);
	assert_true(imx_dma_buffer_get_fd(arrived) > 0);
	imx_dma_buffer_deallocate(arrived);
	close_pair(pair);
}

#define ROUNDS 30

static void *send_often(void *socket_fd)
{
	for (size_t i = 0; i < ROUNDS; i++)
		if (imx_dma_buffer_send(sender.buffer, *(int *)socket_fd, NULL) != 0)
			return socket_fd;
	return NULL;
}

static void *receive_often(void *socket_fd)
{
	for (size_t i = 0; i < ROUNDS; i++) {
		ImxDmaBuffer *arrived = imx_dma_buffer_receive(*(int *)socket_fd, NULL);

		if (imx_dma_buffer_get_size(arrived) != 5000)
			return socket_fd;
		imx_dma_buffer_deallocate(arrived);
	}
	return NULL;
}

static void test_threads_share_a_socket(void **state)
{
	pthread_t threads[6];
	int pair[2];

	connect_pair(SOCK_STREAM, pair);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, (i % 2) ? receive_often : send_often, &pair[i % 2]), 0);
	for (size_t i = 0; i < 6; i++) {
		void *failed = pair;

		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	close_pair(pair);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		passing_test(test_other_descriptors_than_unix_sockets),
		passing_test(test_other_side_is_gone),
		passing_test(test_empty_packets),
		passing_test(test_sockets_that_do_not_block),
		passing_test(test_bytes_around_it),
		passing_test(test_signals_do_not_end_it),
		passing_test(test_descriptor_0_is_not_handed_out),
		passing_test(test_threads_share_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
