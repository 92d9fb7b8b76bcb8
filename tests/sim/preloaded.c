/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program built without the simulator. It lists the heaps, allocates from linux,cma and prints the result. With
 * "drivers" or "libraries" it allocates from IPU and PxP, or from libg2d and libhantro.
 *
 * usage: preloaded alloc|exec|kill|drivers|libraries; exit status: 0, or the errno code of the failing call
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct alloc {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

static int list(void)
{
	DIR *directory = opendir("/dev/dma_heap");
	struct dirent *entry;

	if (!directory)
		return errno;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			printf("%s\n", entry->d_name);
	closedir(directory);
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

static int map_block(int fd, unsigned long address)
{
	uint32_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)address);

	if (memory == MAP_FAILED)
		return errno;
	memory[0] = 1;
	printf("0x%lx\n", address);
	munmap(memory, 4096);
	return 0;
}

static int use_drivers(void)
{
	struct {
		unsigned int handle, size;
		unsigned long address;
		unsigned int virt, mode;
	} block = {.size = 4096};
	int value = 4096, code, ipu = open("/dev/mxc_ipu", O_RDWR), pxp = open("/dev/pxp_device", O_RDWR);

	if (ioctl(ipu, _IOWR('I', 3, int), &value) < 0 || ioctl(pxp, _IOWR('P', 4, block), &block) < 0)
		return errno;
	code = map_block(ipu, (uint32_t)value);
	if (code == 0)
		code = map_block(pxp, block.address);
	close(ipu);
	close(pxp);
	return code;
}

struct linear {
	uint32_t *pointer;
	unsigned long address;
	uint32_t size, logical_size;
	int fd;
	uint32_t type;
};

/* ISO C does not convert an object pointer to a function pointer. */
static void find(void *library, char const *name, void *function)
{
	void *symbol = dlsym(library, name);

	memcpy(function, &symbol, sizeof(symbol));
}

static int use_libraries(void)
{
	void *g2d = dlopen("libg2d.so.2", RTLD_NOW | RTLD_LOCAL), *math = dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL);
	void *hantro = math ? dlopen("libhantro.so.1", RTLD_NOW | RTLD_LOCAL) : NULL;
	void *(*alloc)(int size, int cacheable);
	void const *(*init)(unsigned int *client), *instance;
	int (*take)(void const *instance, uint32_t size, struct linear *memory);
	struct linear memory;
	unsigned int client = 1;
	uint8_t *buffer;
	int address;

	if (!g2d || !hantro) {
		printf("%s\n", dlerror());
		return ENOENT;
	}
	find(g2d, "g2d_alloc", &alloc);
	find(hantro, "DWLInit", &init);
	find(hantro, "DWLMallocLinear", &take);
	buffer = alloc(4096, 0);
	instance = init(&client);
	if (!buffer || !instance || take(instance, 4096, &memory) != 0)
		return ENOMEM;
	memcpy(&address, buffer + 2 * sizeof(void *), sizeof(address));
	printf("0x%x\n0x%lx\n", (unsigned int)address, memory.address);
	return 0;
}

int main(int count, char **arguments)
{
	int code;

	if (count == 2 && strcmp(arguments[1], "drivers") == 0)
		return use_drivers();
	if (count == 2 && strcmp(arguments[1], "libraries") == 0)
		return use_libraries();

	if (count == 2 && strcmp(arguments[1], "kill") == 0)
		raise(SIGKILL);
	if (count == 2 && strcmp(arguments[1], "exec") == 0)
		execl(arguments[0], arguments[0], "alloc", (char *)NULL);
	code = list();
	return (code != 0) ? code : allocate();
}
