/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The 2D accelerator, through the vendors' libg2d: g2d_copy() copies by physical address. The functions and structures
 * are those of g2d.h of NXP's g2d 2.1 and 2.5.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "witness.h"

/*
 * More than the first cache, less than the second one: what a session forgets is still in the cache then. Also large
 * enough to tell the layouts apart: the older one has the size where the newer one has the upper half of an address.
 */
#define SIZE (128 * 1024)

/* From 2.3 on, addresses are wider. Both layouts are the same up to the lower half of the address. */
struct narrow {
	void *handle;
	void *cpu;
	int32_t address;
	int32_t size;
};

struct wide {
	void *handle;
	void *cpu;
	unsigned long address;
	int32_t size;
};

union description {
	struct narrow narrow;
	struct wide wide;
};

struct functions {
	int (*open)(void **handle);
	int (*close)(void *handle);
	void *(*alloc)(int size, int cacheable);
	int (*free)(void *buffer);
	int (*copy)(void *handle, void *destination, void *source, int size);
	int (*finish)(void *handle);
};

static char const *const names[] = {"g2d_open", "g2d_close", "g2d_alloc", "g2d_free", "g2d_copy", "g2d_finish"};

static union {
	struct functions call;
	void *pointers[sizeof(names) / sizeof(names[0])];
} library;
static void *device;
/* Memory of the library, and the tested buffer as the library knows buffers. */
static union description *own;
static bool is_wide;
static union description tested;

static int load(struct witness_facts *facts)
{
	static char const *const sonames[] = {"libg2d.so.2", "libg2d.so.1"};
	void *loaded = NULL;

	for (size_t i = 0; i < sizeof(sonames) / sizeof(sonames[0]) && !loaded; i++) {
		loaded = dlopen(sonames[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
		snprintf(facts->device, sizeof(facts->device), "%s", sonames[i]);
	}
	if (!loaded)
		return witness_fail("neither libg2d.so.2 nor libg2d.so.1 can be loaded: %s", dlerror());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		library.pointers[i] = dlsym(loaded, names[i]);
		if (!library.pointers[i])
			return witness_fail("%s has no function %s", facts->device, names[i]);
	}
	return 0;
}

static union description describe(uint64_t address, size_t size)
{
	union description result = {.narrow = {.cpu = NULL}};

	if (is_wide) {
		result.wide.address = (unsigned long)address;
		result.wide.size = (int32_t)size;
	} else {
		result.narrow.address = (int32_t)(uint32_t)address;
		result.narrow.size = (int32_t)size;
	}
	return result;
}

static uint64_t address_of(union description const *description)
{
	return is_wide ? description->wide.address : (uint32_t)description->narrow.address;
}

static int copy(union description *destination, union description *source, size_t size)
{
	int code;

	witness_barrier();
	code = library.call.copy(device, destination, source, (int)size);
	if (code == 0)
		code = library.call.finish(device);
	witness_barrier();
	return (code == 0) ? 0 : witness_fail("g2d_copy or g2d_finish failed (%d)", code);
}

/* Copy one half of the own memory to the other one. */
static int prove(void)
{
	union description first = describe(address_of(own), SIZE / 2),
					  last = describe(address_of(own) + SIZE / 2, SIZE / 2);
	uint8_t *bytes = own->narrow.cpu;

	if (!bytes)
		return witness_fail("g2d_alloc gives memory without a mapping");
	for (size_t i = 0; i < SIZE / 2; i++)
		bytes[i] = (uint8_t)(i * 7 + (i >> 8) * 31 + 1);
	memset(bytes + SIZE / 2, 0, SIZE / 2);
	if (copy(&last, &first, SIZE / 2) != 0)
		return -1;
	return (memcmp(bytes, bytes + SIZE / 2, SIZE / 2) == 0)
		? 0
		: witness_fail("g2d_copy does not copy memory of g2d_alloc");
}

static void close_g2d(void)
{
	if (own)
		library.call.free(own);
	own = NULL;
	library.call.close(device);
}

static int open_g2d(ImxDmaBufferAllocator *allocator, struct witness_facts *facts)
{
	(void)allocator;
	if (load(facts) != 0)
		return -1;
	if (library.call.open(&device) != 0)
		return witness_fail("g2d_open of %s fails: is there /dev/galcore or /dev/pxp_device, and may this process open "
							"it?",
			facts->device);
	own = library.call.alloc(SIZE, 0);
	if (!own)
		witness_fail("g2d_alloc of %s has no memory for %d bytes", facts->device, SIZE);
	else
		is_wide = sizeof(long) == sizeof(int32_t) || own->narrow.size < SIZE;
	if (!own || prove() != 0) {
		close_g2d();
		return -1;
	}
	facts->size = facts->room = facts->result_size = SIZE;
	return 0;
}

static int take(struct witness_target const *target)
{
	if (!is_wide && target->address + target->size > UINT64_C(0x100000000))
		return witness_fail("this libg2d has addresses of 32 bits, and the buffer is above");
	tested = describe(target->address, target->size);
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
	memset(own->narrow.cpu, 0, SIZE);
	if (copy(own, &tested, SIZE) != 0)
		return -1;
	memcpy(result, own->narrow.cpu, SIZE);
	*length = SIZE;
	return 0;
}

static int write_tested(uint8_t const *image)
{
	memcpy(own->narrow.cpu, image, SIZE);
	return copy(&tested, own, SIZE);
}

struct witness const witness_g2d = {
	.name = "libg2d",
	.by_address = true,
	.open = open_g2d,
	.close = close_g2d,
	.take = take,
	.drop = drop,
	.expect = expect,
	.read = read_tested,
	.write = write_tested,
};
