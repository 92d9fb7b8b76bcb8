/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of a user of libimxdmabuffer, with one mistake: that of its argument, or none with a second argument
 * "mended". Its devices are those of imxdmabuffer_sim.h. Not compiled for optimisation: each mistake has a function of
 * its own, whose name the report shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_pool.h>
#include <imxdmabuffer/imxdmabuffer_sim.h>
#include <imxdmabuffer/imxdmabuffer_sync.h>
#include <imxdmabuffer/imxdmabuffer_view.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 16384
#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define OVERWRITE IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE

/* DMA_BUF_IOCTL_SYNC, as programs without the library call it. */
#define SYNC_IOCTL _IOW('b', 0, uint64_t)
#define SYNC_READ 1
#define SYNC_WRITE 2
#define SYNC_END 4

/* The report shows the names of dynamic symbols. */
void write_without_start(void);
void read_without_start(void);
void read_without_stop(void);
void unmap_without_stop(void);
void write_beside_device(void);
void write_under_device(void);
void free_in_use(void);
void free_before_fence(void);
void forget_to_free(void);
void sync_only_reads(void);
void sync_too_late(void);
void detach_dirty(void);
void sync_for_nothing(void);
void overwrite(void);
void hand_over_ranges(void);
void use_views(void);
void use_pool(void);
void use_threads(void);
void transfer(void);
void pass_pointer(void);
void use_own_handler(void);
void crash(void);
void mistake_in_child(void);
void mistake_after_exec(void);

static bool mended;
static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;
static unsigned int sum;

static void device_writes(int value)
{
	imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), (uint8_t)value, SIZE);
}

static void device_reads(void)
{
	char data[SIZE];

	imxdmabuffer_sim_read(imx_dma_buffer_get_physical_address(buffer), data, sizeof(data));
}

static void add(uint8_t const *bytes)
{
	for (size_t i = 0; i < SIZE; i++)
		sum += bytes[i];
}

/* Programs of 1.x. */

void write_without_start(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	if (mended)
		imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 1, SIZE);
	imx_dma_buffer_stop_sync_session(buffer);
	device_reads();
	imx_dma_buffer_unmap(buffer);
}

void read_without_start(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	add(bytes);
	imx_dma_buffer_stop_sync_session(buffer);
	device_writes(1);
	if (mended)
		imx_dma_buffer_start_sync_session(buffer);
	add(bytes);
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
}

void read_without_stop(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 1, SIZE);
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	device_reads();
	if (!mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
}

void unmap_without_stop(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 1, SIZE);
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	device_reads();
}

void write_beside_device(void)
{
	uint64_t address = imx_dma_buffer_get_physical_address(buffer);
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

	/* A header of the CPU, and data of the device behind it. */
	memset(bytes, 1, 16);
	imxdmabuffer_sim_fill(address + (mended ? 64 : 16), 2, 4096);
	imx_dma_buffer_unmap(buffer);
}

void write_under_device(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

	memset(bytes, 1, SIZE);
	if (mended)
		imx_dma_buffer_unmap(buffer);
	device_writes(2);
	if (!mended)
		imx_dma_buffer_unmap(buffer);
}

void free_in_use(void)
{
	uint64_t address = imx_dma_buffer_get_physical_address(buffer);

	if (mended)
		device_writes(1);
	imx_dma_buffer_deallocate(buffer);
	buffer = NULL;
	if (!mended)
		imxdmabuffer_sim_fill(address, 1, SIZE);
}

void free_before_fence(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);

	imxdmabuffer_sim_set_fences(fd, 0, 1);
	if (mended)
		imxdmabuffer_sim_set_fences(fd, 0, 0);
	imx_dma_buffer_deallocate(buffer);
	buffer = NULL;
}

void forget_to_free(void)
{
	if (!mended)
		imx_dma_buffer_export_fd(buffer, NULL, NULL);
}

/* Programs that call the kernel themselves. */

static void sync_dmabuf(uint64_t flags)
{
	ioctl(imx_dma_buffer_get_fd(buffer), SYNC_IOCTL, &flags);
}

void sync_only_reads(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	char data[SIZE];
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	imxdmabuffer_sim_attach(fd);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | (mended ? SYNC_WRITE : 0) | SYNC_END);
	imxdmabuffer_sim_read_fd(fd, 0, data, sizeof(data));
	munmap(bytes, SIZE);
	imxdmabuffer_sim_detach(fd);
}

void sync_too_late(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	imxdmabuffer_sim_attach(fd);
	if (!mended)
		memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 2, SIZE);
	sync_dmabuf(SYNC_READ | SYNC_WRITE | SYNC_END);
	munmap(bytes, SIZE);
	imxdmabuffer_sim_detach(fd);
}

void detach_dirty(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	imxdmabuffer_sim_attach(fd);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | (mended ? SYNC_WRITE : 0) | SYNC_END);
	imxdmabuffer_sim_detach(fd);
	munmap(bytes, SIZE);
}

void sync_for_nothing(void)
{
	for (int i = 0; i < 3; i++) {
		add(imx_dma_buffer_map(buffer, READ, NULL));
		imx_dma_buffer_unmap(buffer);
		if (mended)
			device_writes(i);
	}
}

/* Nothing is wrong here, though it looks so. */

void overwrite(void)
{
	for (int i = 0; i < 3; i++) {
		memset(imx_dma_buffer_map(buffer, WRITE | OVERWRITE, NULL), i, SIZE);
		imx_dma_buffer_unmap(buffer);
		device_reads();
		device_writes(7);
	}
}

void hand_over_ranges(void)
{
	ImxDmaBufferRange range = {.offset = 0, .length = 4096};
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	for (int i = 0; i < 3; i++) {
		memset(bytes, i, range.length);
		imx_dma_buffer_sync_for_device(buffer, &range, 1, IMX_DMA_BUFFER_BIDIRECTIONAL, NULL);
		imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), 7, range.length);
		imx_dma_buffer_sync_for_cpu(buffer, &range, 1, IMX_DMA_BUFFER_BIDIRECTIONAL, NULL);
		sum += bytes[0];
	}
	imx_dma_buffer_unmap(buffer);
}

void use_views(void)
{
	ImxDmaBuffer *views[2];
	uint8_t *bytes[2];

	for (int i = 0; i < 2; i++)
		views[i] = imx_dma_buffer_new_view(buffer, (size_t)i * 8192, 8192, 0, NULL);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++)
			bytes[i] = imx_dma_buffer_map(views[i], READ | WRITE, NULL);
		memset(bytes[0], round + 1, 8192);
		imx_dma_buffer_unmap(views[0]);
		memset(bytes[1], round + 1, 8192);
		imx_dma_buffer_unmap(views[1]);
		device_reads();
	}
	imx_dma_buffer_deallocate(views[1]);
	imx_dma_buffer_deallocate(views[0]);
}

void use_pool(void)
{
	ImxDmaBufferAllocator *pool = imx_dma_buffer_pool_new(allocator, NULL, NULL);

	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *frame = imx_dma_buffer_allocate(pool, SIZE, 0, NULL);

		memset(imx_dma_buffer_map(frame, READ | WRITE, NULL), i, SIZE);
		imx_dma_buffer_unmap(frame);
		imx_dma_buffer_deallocate(frame);
	}
	imx_dma_buffer_allocator_destroy(pool);
}

/* In the session of one thread, another one accesses the memory as well. */
static void *read_in_thread(void *bytes)
{
	add(bytes);
	return NULL;
}

void use_threads(void)
{
	pthread_t thread;
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

	pthread_create(&thread, NULL, read_in_thread, bytes);
	add(bytes);
	pthread_join(thread, NULL);
	imx_dma_buffer_unmap(buffer);
}

/* Closed pages must not change what a program does. */

static bool transfer_all(int in, int out, uint8_t *bytes)
{
	struct iovec vector = {.iov_base = bytes, .iov_len = 512};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	FILE *from = fdopen(dup(in), "r"), *to = fdopen(dup(out), "w");
	bool good = write(out, bytes, 512) == 512 && read(in, bytes, 512) == 512;

	good = good && send(out, bytes, 512, 0) == 512 && recv(in, bytes, 512, 0) == 512;
	good = good && writev(out, &vector, 1) == 512 && readv(in, &vector, 1) == 512;
	good = good && sendmsg(out, &message, 0) == 512 && recvmsg(in, &message, 0) == 512;
	good = good && fwrite(bytes, 1, 512, to) == 512 && fflush(to) == 0 && fread(bytes, 1, 512, from) == 512;
	good = good && sendto(out, bytes, 512, 0, NULL, 0) == 512 && recvfrom(in, bytes, 512, 0, NULL, NULL) == 512;
	fclose(from);
	fclose(to);
	return good;
}

void transfer(void)
{
	int sockets[2];
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

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

static void handle(int signal)
{
	siglongjmp(back, signal);
}

void use_own_handler(void)
{
	struct sigaction action = {.sa_handler = handle}, old;
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);
	uint8_t *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

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

void crash(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | MANUAL, NULL);

	device_writes(1);
	sum += bytes[0];
	*(volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
}

void mistake_in_child(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		read_without_stop();
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

void mistake_after_exec(void)
{
	char *const arguments[] = {
		(char[]){"mistakes"}, (char[]){"read_without_stop"}, mended ? (char[]){"mended"} : NULL, NULL};

	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	execv("/proc/self/exe", arguments);
}

#define ENTRY(function)                                                                                                \
	{                                                                                                                  \
#function, function                                                                                            \
	}

static struct {
	char const *name;
	void (*run)(void);
} const mistakes[] = {ENTRY(write_without_start), ENTRY(read_without_start), ENTRY(read_without_stop),
	ENTRY(unmap_without_stop), ENTRY(write_beside_device), ENTRY(write_under_device), ENTRY(free_in_use),
	ENTRY(free_before_fence), ENTRY(forget_to_free), ENTRY(sync_only_reads), ENTRY(sync_too_late), ENTRY(detach_dirty),
	ENTRY(sync_for_nothing), ENTRY(overwrite), ENTRY(hand_over_ranges), ENTRY(use_views), ENTRY(use_pool),
	ENTRY(use_threads), ENTRY(transfer), ENTRY(pass_pointer), ENTRY(use_own_handler), ENTRY(crash),
	ENTRY(mistake_in_child), ENTRY(mistake_after_exec)};

int main(int argc, char **argv)
{
	size_t i = 0;

	mended = argc > 2;
	while (i < sizeof(mistakes) / sizeof(mistakes[0]) && strcmp(mistakes[i].name, argv[1]) != 0)
		i++;
	allocator = imx_dma_buffer_allocator_new(NULL);
	buffer = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	imx_dma_buffer_set_name(buffer, "frame", NULL);
	mistakes[i].run();
	if (buffer)
		imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	return 0;
}
