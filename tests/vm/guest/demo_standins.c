/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the stand-ins for libg2d and libhantro work as the real libraries do.
 * usage: demo_standins old|wide     the layout of struct g2d_buf
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../standins/hantro.h"
#include "heap.h"
#include "tap.h"

#define SIZE 100000

struct old_buf {
	void *handle, *vaddr;
	int paddr, size;
};

struct wide_buf {
	void *handle, *vaddr;
	unsigned long paddr;
	int size;
};

/* Linux 6.8 and newer do not show the frames. */
static bool is_at(void *map, uint64_t phys)
{
	uint64_t frames;
	size_t contiguous;
	int code = heap_frames(map, SIZE, &frames, &contiguous);

	return code == -ENODATA ? phys != 0 : code == 0 && frames == phys && contiguous >= SIZE;
}

static void check_buffer(void *buffer, bool wide)
{
	struct old_buf old;
	struct wide_buf new;

	memcpy(&old, buffer, sizeof(old));
	memcpy(&new, buffer, wide ? sizeof(new) : sizeof(old));
	if (wide)
		tap(new.size == 102400 && is_at(new.vaddr, new.paddr), "g2d: %d bytes at 0x%lx", new.size, new.paddr);
	else
		tap(old.size == 102400 && is_at(old.vaddr, (uint32_t)old.paddr), "g2d: %d bytes at 0x%x", old.size,
			(unsigned int)old.paddr);
}

static void check_g2d(bool wide)
{
	void *library = dlopen("libg2d.so.2", RTLD_NOW | RTLD_LOCAL);
	void *(*alloc)(int, int);
	int (*free_buffer)(void *), (*cache_op)(void *, int);
	void *buffer;

	if (!tap(library != NULL, "libg2d.so.2 can be opened: %s", library != NULL ? "yes" : dlerror()))
		return;
	*(void **)&alloc = dlsym(library, "g2d_alloc");
	*(void **)&free_buffer = dlsym(library, "g2d_free");
	*(void **)&cache_op = dlsym(library, "g2d_cache_op");
	for (int cached = 0; cached < 2; cached++) {
		buffer = alloc(SIZE, cached);
		if (!tap(buffer != NULL, "g2d: allocation, %s", cached ? "cached" : "uncached"))
			continue;
		check_buffer(buffer, wide);
		tap(cache_op(buffer, 1) == 0 && cache_op(buffer, 3) == -1, "g2d: cache operations");
		tap(free_buffer(buffer) == 0, "g2d: freed");
	}
	tap(alloc(1 << 30, 0) == NULL, "g2d: too large a size is refused");
}

static void use_hantro(void *library)
{
	void const *(*init)(struct DWLInitParam *);
	int (*release)(void const *), (*malloc_linear)(void const *, uint32_t, struct DWLLinearMem *);
	void (*free_linear)(void const *, struct DWLLinearMem *);
	struct DWLInitParam param = {1};
	struct DWLLinearMem memory = {.mem_type = 3};
	void const *instance;

	*(void **)&init = dlsym(library, "DWLInit");
	*(void **)&release = dlsym(library, "DWLRelease");
	*(void **)&malloc_linear = dlsym(library, "DWLMallocLinear");
	*(void **)&free_linear = dlsym(library, "DWLFreeLinear");
	instance = init(&param);
	if (!tap(instance != NULL && malloc_linear(instance, SIZE, &memory) == 0, "hantro: allocation"))
		return;
	release(instance);
	tap(memory.size == 102400 && memory.logical_size == SIZE && is_at(memory.virtual_address, memory.bus_address),
		"hantro: %u bytes at 0x%lx, also after the instance is released", memory.size, memory.bus_address);
	instance = init(&param);
	free_linear(instance, &memory);
	tap(malloc_linear(instance, UINT32_C(1) << 30, &memory) == -1, "hantro: too large a size is refused");
	release(instance);
}

static void check_hantro(void)
{
	void *library = dlopen("libhantro.so.1", RTLD_NOW | RTLD_LOCAL);

	tap(library == NULL, "libhantro.so.1 cannot be opened without libm");
	dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL);
	library = dlopen("libhantro.so.1", RTLD_NOW | RTLD_LOCAL);
	if (tap(library != NULL, "libhantro.so.1 can be opened with libm: %s", library != NULL ? "yes" : dlerror()))
		use_hantro(library);
}

int main(int argc, char **argv)
{
	long before = heap_pages_used();

	check_g2d(argc > 1 && strcmp(argv[1], "wide") == 0);
	check_hantro();
	tap(before >= 0 && heap_pages_used() == before, "all memory is freed: %ld pages, before %ld", heap_pages_used(),
		before);
	return tap_done();
}
