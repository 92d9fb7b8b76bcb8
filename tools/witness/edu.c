/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's PCI device edu (docs/specs/edu.rst of QEMU 7.2): it copies between physical memory and a buffer of 4 KiB
 * inside. A transfer takes 0.1 s.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../watch.h"
#include "witness.h"

#define DEVICES "/sys/bus/pci/devices"
#define VENDOR_DEVICE UINT32_C(0x11e81234)
#define CONFIG_COMMAND 4
#define MEMORY_AND_MASTER 6

#define REGION_SIZE 0x100000
#define SOURCE 0x80
#define DESTINATION 0x88
#define COUNT 0x90
#define COMMAND 0x98
#define RUN 1
#define TO_MEMORY 2
#define INSIDE 0x40000
/* QEMU 7.2 refuses a transfer that fills the buffer inside. */
#define CHUNK 2048
/* Each page takes 0.4 s. */
#define SIZE 8192

static uint8_t volatile *registers;
static ImxDmaBuffer *own;
static uint64_t own_address, tested_address;

static int open_file(char const *device, char const *file, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", device, file);
	return open(path, flags | O_CLOEXEC);
}

static bool is_edu(char const *device)
{
	int config = open_file(device, "config", O_RDONLY);
	uint32_t id = 0;
	bool found = config >= 0 && pread(config, &id, sizeof(id), 0) == sizeof(id) && id == VENDOR_DEVICE;

	if (config >= 0)
		close(config);
	return found;
}

/* No driver has enabled the device. */
static int enable(char const *device)
{
	int config = open_file(device, "config", O_RDWR);
	uint16_t command = 0;
	bool done = config >= 0 && pread(config, &command, sizeof(command), CONFIG_COMMAND) == sizeof(command);

	command |= MEMORY_AND_MASTER;
	done = done && pwrite(config, &command, sizeof(command), CONFIG_COMMAND) == sizeof(command);
	if (config >= 0)
		close(config);
	return done
		? 0
		: witness_fail("edu: " DEVICES "/%s/config cannot be written: %s (needs root)", device, strerror(errno));
}

static int map_registers(char const *device)
{
	int resource = open_file(device, "resource0", O_RDWR | O_SYNC);
	void *map = MAP_FAILED;

	if (resource >= 0)
		map = mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, resource, 0);
	if (map != MAP_FAILED)
		registers = map;
	else
		witness_fail("edu: " DEVICES "/%s/resource0 cannot be mapped: %s (needs root)", device, strerror(errno));
	if (resource >= 0)
		close(resource);
	return registers ? 0 : -1;
}

static int find(struct witness_facts *facts)
{
	DIR *directory = opendir(DEVICES);
	struct dirent *entry;
	int code = witness_fail("edu: no PCI device 1234:11e8 (only QEMU has one)");
	bool found = false;

	while (directory && !found && (entry = readdir(directory))) {
		found = entry->d_name[0] != '.' && is_edu(entry->d_name);
		if (!found)
			continue;
		snprintf(facts->device, sizeof(facts->device), "QEMU's edu at PCI %.60s", entry->d_name);
		code = enable(entry->d_name);
		if (code == 0)
			code = map_registers(entry->d_name);
	}
	if (directory)
		closedir(directory);
	return code;
}

/* The device takes writes of four or eight bytes. Only eight hold every address. */
static void put(size_t offset, uint64_t value)
{
	if (sizeof(void *) == 8)
		*(uint64_t volatile *)(registers + offset) = value;
	else
		*(uint32_t volatile *)(registers + offset) = (uint32_t)value;
}

static int transfer(uint64_t source, uint64_t destination, unsigned int direction)
{
	struct timespec const pause = {.tv_nsec = 5000000};

	witness_barrier();
	put(SOURCE, source);
	put(DESTINATION, destination);
	put(COUNT, CHUNK);
	put(COMMAND, RUN | direction);
	for (int tries = 0; tries < 1000; tries++) {
		if ((*(uint32_t volatile *)(registers + COMMAND) & RUN) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return witness_fail("edu: a transfer does not end");
}

static int copy(uint64_t destination, uint64_t source, size_t length)
{
	int code = 0;

	for (size_t offset = 0; offset < length && code == 0; offset += CHUNK) {
		code = transfer(source + offset, INSIDE, 0);
		if (code == 0)
			code = transfer(INSIDE, destination + offset, TO_MEMORY);
	}
	return code;
}

/* Read or write the own memory as the CPU. */
static int access_own(uint8_t *data, size_t offset, size_t length, bool writes)
{
	unsigned int flags = writes ? IMX_DMA_BUFFER_MAPPING_FLAG_WRITE : IMX_DMA_BUFFER_MAPPING_FLAG_READ;
	uint8_t *bytes = imx_dma_buffer_map(own, flags, NULL);
	char const *message;

	if (!bytes)
		return witness_fail("edu: %s", imx_dma_buffer_get_last_error());
	if (writes)
		memcpy(bytes + offset, data, length);
	else
		memcpy(data, bytes + offset, length);
	imx_dma_buffer_unmap(own);
	message = watch_take_error();
	return message ? witness_fail("edu: %s", message) : 0;
}

static int prove(void)
{
	uint8_t wanted[CHUNK], seen[CHUNK] = {0};

	for (size_t i = 0; i < sizeof(wanted); i++)
		wanted[i] = (uint8_t)(i * 7 + (i >> 8) * 31 + 1);
	if (access_own(wanted, 0, CHUNK, true) != 0 || access_own(seen, CHUNK, CHUNK, true) != 0 ||
		copy(own_address + CHUNK, own_address, CHUNK) != 0 || access_own(seen, CHUNK, CHUNK, false) != 0)
		return -1;
	return (memcmp(wanted, seen, CHUNK) == 0) ? 0 : witness_fail("edu: does not copy this memory");
}

static void close_edu(void)
{
	if (registers)
		munmap((void *)(uintptr_t)registers, REGION_SIZE);
	registers = NULL;
	imx_dma_buffer_deallocate(own);
	own = NULL;
}

static int open_own(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};

	own = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	if (!own || imx_dma_buffer_query_physical_address(own, &address, NULL) != 0)
		return witness_fail("edu: no memory of its own: %s", imx_dma_buffer_get_last_error());
	if (address.contiguous_length < SIZE || address.is_pinned != IMX_DMA_BUFFER_TRISTATE_YES)
		return witness_fail("edu: its own memory is scattered, or may move");
	own_address = address.address;
	if (sizeof(void *) == 4 && own_address + SIZE > UINT32_MAX)
		return witness_fail("edu: 32-bit programs reach addresses of 32 bits only");
	return prove();
}

static int open_edu(ImxDmaBufferAllocator *allocator, struct witness_facts *facts)
{
	if (find(facts) != 0 || open_own(allocator) != 0) {
		close_edu();
		return -1;
	}
	facts->is_emulated = true;
	facts->size = facts->room = facts->result_size = SIZE;
	return 0;
}

static int take(struct witness_target const *target)
{
	if (sizeof(void *) == 4 && target->address + SIZE > UINT32_MAX)
		return witness_fail("edu: 32-bit programs reach addresses of 32 bits only");
	tested_address = target->address;
	return 0;
}

static void drop(void)
{
}

static int expect(uint8_t const *image, uint8_t *result, size_t *length)
{
	memcpy(result, image, SIZE);
	*length = SIZE;
	return 0;
}

static int read_tested(uint8_t *result, size_t *length)
{
	*length = SIZE;
	return (copy(own_address, tested_address, SIZE) == 0) ? access_own(result, 0, SIZE, false) : -1;
}

static int write_tested(uint8_t const *image)
{
	if (access_own((uint8_t *)(uintptr_t)image, 0, SIZE, true) != 0)
		return -1;
	return copy(tested_address, own_address, SIZE);
}

struct witness const witness_edu = {
	.name = "edu",
	.by_address = true,
	.open = open_edu,
	.close = close_edu,
	.take = take,
	.drop = drop,
	.expect = expect,
	.read = read_tested,
	.write = write_tested,
};
