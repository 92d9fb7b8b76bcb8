/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Closed pages must not change what a program does.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mistakes.h"

/* Each call has a closed page of its own. */
#define PAGE(number) (bytes + (number) * (size_t)4096)
#define LENGTH 512

static bool transfer_all(int in, int out, uint8_t *bytes)
{
	struct iovec vectors[4];
	struct msghdr messages[2];
	FILE *from = fdopen(dup(in), "r"), *to = fdopen(dup(out), "w");
	bool good;

	for (int i = 0; i < 4; i++)
		vectors[i] = (struct iovec){.iov_base = PAGE(12 + i), .iov_len = LENGTH};
	for (int i = 0; i < 2; i++)
		messages[i] = (struct msghdr){.msg_iov = &vectors[2 + i], .msg_iovlen = 1};
	good = write(out, PAGE(0), LENGTH) == LENGTH && read(in, PAGE(1), LENGTH) == LENGTH;
	good = good && send(out, PAGE(2), LENGTH, 0) == LENGTH && recv(in, PAGE(3), LENGTH, 0) == LENGTH;
	good = good && fwrite(PAGE(4), 1, LENGTH, to) == LENGTH && fflush(to) == 0;
	good = good && fread(PAGE(5), 1, LENGTH, from) == LENGTH;
	good = good && sendto(out, PAGE(6), LENGTH, 0, NULL, 0) == LENGTH;
	good = good && recvfrom(in, PAGE(7), LENGTH, 0, NULL, NULL) == LENGTH;
	good = good && writev(out, &vectors[0], 1) == LENGTH && readv(in, &vectors[1], 1) == LENGTH;
	good = good && sendmsg(out, &messages[0], 0) == LENGTH && recvmsg(in, &messages[1], 0) == LENGTH;
	fclose(from);
	fclose(to);
	return good;
}

void transfer(void)
{
	int sockets[2];
	uint8_t *bytes;

	imx_dma_buffer_deallocate(buffer);
	buffer = imx_dma_buffer_allocate(allocator, 16 * (size_t)4096, 0, NULL);
	bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);
	socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
	if (mended)
		imx_dma_buffer_start_sync_session(buffer);
	printf("transfers: %s\n", transfer_all(sockets[0], sockets[1], bytes) ? "good" : strerror(errno));
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
}

void pass_pointer(void)
{
	struct {
		uint64_t number;
		void *pointer;
	} argument = {.pointer = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL)};

	/* A driver of which the simulator knows nothing. */
	ioctl(STDIN_FILENO, _IOWR('X', 1, argument), &argument);
	printf("read: %s\n", pread(open("/dev/zero", O_RDONLY), argument.pointer, 16, 0) == 16 ? "good" : "bad");
	imx_dma_buffer_unmap(buffer);
}

static sigjmp_buf back;
static uint8_t *seen;

static void handle(int signal)
{
	if (seen)
		sum += seen[4096];
	siglongjmp(back, signal);
}

void use_own_handler(void)
{
	struct sigaction action = {.sa_handler = handle}, old;
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);
	uint8_t *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* The handler itself accesses a closed page. */
	seen = bytes;
	sigfillset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGSEGV, NULL, &old);
	if (sigsetjmp(back, 1) == 0) {
		bytes[0] = 1;
		nothing[0] = 1;
	} else {
		printf("handler: %s\n", (old.sa_handler == handle) ? "called" : "unknown");
	}
	imx_dma_buffer_unmap(buffer);
}

void protect_part(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	mprotect(bytes + SIZE - 4096, 4096, PROT_READ);
	for (int i = 1; i < 3; i++) {
		imx_dma_buffer_start_sync_session(buffer);
		memset(bytes, i, SIZE - 4096);
		imx_dma_buffer_stop_sync_session(buffer);
	}
	mprotect(bytes + SIZE - 4096, 4096, PROT_READ | PROT_WRITE);
	imx_dma_buffer_unmap(buffer);
}

static void read_byte(int signal)
{
	(void)signal;
	sum += seen[0];
}

/* In the handler all signals are blocked. */
void mask_all(void)
{
	struct sigaction action = {.sa_handler = read_byte};

	sigfillset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	seen = imx_dma_buffer_map(buffer, READ | MANUAL, NULL);
	raise(SIGUSR1);
	printf("handler: called\n");
	imx_dma_buffer_unmap(buffer);
}

void ignore_fault(void)
{
	signal(SIGSEGV, SIG_IGN);
	raise(SIGSEGV);
	raise(SIGSEGV);
	printf("ignored: good\n");
}

void raise_fault(void)
{
	raise(SIGSEGV);
}

/* The instruction itself cannot be read. */
void jump_nowhere(void)
{
	void (*nowhere)(void) = (void (*)(void))0x123;
	struct sigaction action = {.sa_handler = handle};

	sigaction(SIGSEGV, &action, NULL);
	if (sigsetjmp(back, 1) == 0)
		nowhere();
	else
		printf("handler: called\n");
}

void crash(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | MANUAL, NULL);

	device_writes(1);
	sum += bytes[0];
	*(volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
}
