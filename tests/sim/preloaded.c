/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that knows nothing of the simulator: lists the heaps, allocates from linux,cma and tells what it got.
 * usage: preloaded alloc|exec|kill; exit status: 0, or the errno code of what failed
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct alloc {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

static int list(void)
{
	DIR *folder = opendir("/dev/dma_heap");
	struct dirent *entry;

	if (!folder)
		return errno;
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			printf("%s\n", entry->d_name);
	closedir(folder);
	return 0;
}

static void print_link(int fd)
{
	char path[40], link[128];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link));
	printf("%.*s\n", (length < 0) ? 0 : (int)length, link);
}

static void print_exporter(int fd)
{
	char path[40], line[128];
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	stream = fopen(path, "r");
	while (stream && fgets(line, sizeof(line), stream))
		if (strncmp(line, "exp_name:", strlen("exp_name:")) == 0)
			fputs(line, stdout);
	if (stream)
		fclose(stream);
}

static int allocate(void)
{
	struct alloc data = {.len = 4096, .fd_flags = O_RDWR | O_CLOEXEC};
	unsigned long address;
	int heap = open("/dev/dma_heap/linux,cma", O_RDONLY | O_CLOEXEC);

	if (heap < 0 || ioctl(heap, _IOWR('H', 0, struct alloc), &data) < 0)
		return errno;
	print_link(heap);
	if (ioctl((int)data.fd, _IOW('b', 10, unsigned long), &address) < 0)
		return errno;
	printf("0x%lx\n", address);
	print_exporter((int)data.fd);
	close((int)data.fd);
	close(heap);
	return 0;
}

int main(int count, char **arguments)
{
	int code;

	if (count == 2 && strcmp(arguments[1], "kill") == 0)
		raise(SIGKILL);
	if (count == 2 && strcmp(arguments[1], "exec") == 0)
		execl(arguments[0], arguments[0], "alloc", (char *)NULL);
	code = list();
	return (code != 0) ? code : allocate();
}
