/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Send a buffer to another process, which inherits only a socket. Compare size, contents, name, inode and address in
 * both processes.
 *
 * usage: passing [none]      none: addresses are unknown here
 *        passing child SOCKET INODE ADDRESS
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guest.h"
#include "imxdmabuffer/imxdmabuffer_ipc.h"
#include "prime.h"

#define SIZE 70001
#define NAME "a camera's, exactly 31 bytes ..."
#define SHORT_NAME "camera's picture 0"

static void fill(uint8_t *map, unsigned int seed)
{
	for (size_t i = 0; i < SIZE; i++)
		map[i] = (uint8_t)(i * 13 + i / 4096 + seed);
}

static size_t count_wrong(uint8_t const *map, unsigned int seed)
{
	size_t wrong = 0;

	for (size_t i = 0; i < SIZE; i++)
		wrong += map[i] != (uint8_t)(i * 13 + i / 4096 + seed);
	return wrong;
}

static bool file_has(char const *path, char const *text)
{
	static char content[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t count;

	while (fd >= 0 && used < sizeof(content) - 1 && (count = read(fd, content + used, sizeof(content) - 1 - used)) > 0)
		used += (size_t)count;
	content[used] = '\0';
	close(fd);
	return strstr(content, text) != NULL;
}

/* True if fdinfo of a descriptor of the process contains the line. */
static bool shows(pid_t process, char const *line)
{
	char path[320];
	DIR *directory;
	struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)process);
	directory = opendir(path);
	while (directory && !found && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)process, entry->d_name);
		found = entry->d_name[0] != '.' && file_has(path, line);
	}
	if (directory)
		closedir(directory);
	return found;
}

/* Check the buffer in the other process. Return 0, or the number of the failed check. */
static int check_received(int socket_fd, unsigned long inode, unsigned long address)
{
	ImxDmaBuffer *received = imx_dma_buffer_receive(socket_fd, NULL);
	uint8_t *map = imx_dma_buffer_map(received, 0, NULL);
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	struct stat status;
	uint64_t phys = 0;
	char state = 'r';

	if (!map || imx_dma_buffer_query_properties(received, &properties, NULL) != 0) {
		fprintf(stderr, "# in the child: %s\n", imx_dma_buffer_get_last_error());
		return 1;
	}
	if (imx_dma_buffer_get_size(received) != SIZE || count_wrong(map, 1) != 0)
		return 2;
	if (fstat(imx_dma_buffer_get_fd(received), &status) < 0 || status.st_ino != inode || properties.inode != inode)
		return 3;
	if (imx_dma_buffer_get_physical_address(received) != address)
		return 4;
	if (heap_phys(imx_dma_buffer_get_fd(received), &phys) == 0 && address != 0 && phys != address)
		return 5;
	fill(map, 2);
	imx_dma_buffer_unmap(received);
	/* Wait until the parent has inspected this process. */
	if (write(socket_fd, &state, 1) != 1 || read(socket_fd, &state, 1) != 1)
		return 6;
	imx_dma_buffer_deallocate(received);
	return 0;
}

/* Start a new program, which inherits only the socket. */
static pid_t start_child(int socket_fd, unsigned long inode, imx_physical_address_t address)
{
	char number[3][32];
	pid_t child;

	snprintf(number[0], sizeof(number[0]), "%d", socket_fd);
	snprintf(number[1], sizeof(number[1]), "%lu", inode);
	snprintf(number[2], sizeof(number[2]), "%lu", address);
	child = fork();
	if (child != 0)
		return child;
	fcntl(socket_fd, F_SETFD, 0);
	execl("/proc/self/exe", "passing", "child", number[0], number[1], number[2], (char *)NULL);
	_exit(127);
}

static void pass(ImxDmaBuffer *buffer, unsigned long inode, int type)
{
	int pair[2], status = -1;
	char state = 'n';
	pid_t child;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0) {
		tap(false, "socketpair: %s", strerror(errno));
		return;
	}
	fill(imx_dma_buffer_map(buffer, 0, NULL), 1);
	imx_dma_buffer_unmap(buffer);
	child = start_child(pair[1], inode, imx_dma_buffer_get_physical_address(buffer));
	close(pair[1]);
	if (!tap(imx_dma_buffer_send(buffer, pair[0], NULL) == 0, "type %d: the buffer is sent", type))
		tap_note("%s", imx_dma_buffer_get_last_error());
	if (read(pair[0], &state, 1) == 1)
		tap(shows(child, "\nname:\t" SHORT_NAME "\n"), "type %d: /proc/%d/fdinfo shows the name", type, (int)child);
	if (write(pair[0], &state, 1) != 1)
		state = 'n';
	waitpid(child, &status, 0);
	tap(state == 'r' && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"type %d: the other process finds size, contents, inode and address: status 0x%x", type, (unsigned int)status);
	tap(count_wrong(imx_dma_buffer_map(buffer, 0, NULL), 2) == 0, "type %d: its changes are visible here", type);
	imx_dma_buffer_unmap(buffer);
	close(pair[0]);
}

static void check_names(ImxDmaBuffer *buffer)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE] = "";
	int error = 0;

	_Static_assert(sizeof(NAME) == 33, "one too long");
	tap(imx_dma_buffer_set_name(buffer, NAME, &error) != 0 && error == EINVAL, "a name of 32 bytes is too long: %s",
		imx_dma_buffer_get_last_error());
	tap(imx_dma_buffer_set_name(buffer, &NAME[1], NULL) == 0 &&
			imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL) == 0 && strcmp(name, &NAME[1]) == 0,
		"a name of 31 bytes is accepted: %s", name);
	tap(imx_dma_buffer_set_name(buffer, "", NULL) == 0 &&
			imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL) == 0 && name[0] == '\0',
		"the name can be removed");
	tap(imx_dma_buffer_set_name(buffer, SHORT_NAME, NULL) == 0, "another name can be set");
	if (geteuid() == 0)
		tap(file_has("/sys/kernel/debug/dma_buf/bufinfo", SHORT_NAME), "debugfs shows the name");
}

/* Some kernels refuse to rename an attached buffer. In that case the library must return EBUSY. */
static void check_attached(ImxDmaBuffer *buffer)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE] = "";
	int driver = -1, error = 0, code = prime_import("vgem", imx_dma_buffer_get_fd(buffer), &driver);

	if (code < 0) {
		tap_skip("attached", "cannot attach: %s", strerror(-code));
		return;
	}
	code = imx_dma_buffer_set_name(buffer, "attached", &error);
	tap(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL) == 0 &&
			strcmp(name, (code == 0) ? "attached" : SHORT_NAME) == 0 && (code == 0 || error == EBUSY),
		"while a device is attached the name is %s: %s", name,
		(code == 0) ? "accepted" : imx_dma_buffer_get_last_error());
	close(driver);
}

static void check_identity(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned long inode)
{
	ImxDmaBuffer *other = need_buffer(allocator, SIZE, 1);
	ImxDmaBuffer *import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	struct stat status = {.st_ino = 0};

	fstat(imx_dma_buffer_get_fd(buffer), &status);
	tap(inode != 0 && status.st_ino == inode, "the inode is %lu, as in fstat", inode);
	tap(imx_dma_buffer_query_properties(import, &properties, NULL) == 0 && properties.inode == inode,
		"an import has the same inode");
	tap(imx_dma_buffer_query_properties(other, &properties, NULL) == 0 && properties.inode != inode,
		"another buffer has inode %lu", properties.inode);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_deallocate(other);
}

int main(int argc, char **argv)
{
	static int const types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	if (argc == 5)
		return check_received(atoi(argv[2]), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	allocator = need_allocator(NULL, (argc > 1) ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS : 0);
	buffer = need_buffer(allocator, SIZE, 1);
	if (!buffer)
		return tap_done();
	imx_dma_buffer_query_properties(buffer, &properties, NULL);
	check_identity(allocator, buffer, properties.inode);
	check_names(buffer);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		pass(buffer, properties.inode, types[i]);
	check_attached(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	return tap_done();
}
