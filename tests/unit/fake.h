/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A back end for tests of the core: blocks of any kind, addresses and failures as the test sets them, and a count of
 * live blocks.
 */
#ifndef TESTS_UNIT_FAKE_H
#define TESTS_UNIT_FAKE_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory_file.h"
#include "base/sys.h"
#include "core/allocator.h"
#include "support.h"

static struct {
	unsigned int caps;
	ImxDmaBufferTristate cached; /* UNKNOWN: uncached */
	bool with_memory; /* blocks are memory files that can be mapped */
	bool vendor_mapped; /* blocks are mapped already */
	imx_physical_address_t address; /* of the next block */
	int open_code;
	int allocate_code;
	size_t asked;
	size_t max_size;
	bool no_dmabuf; /* exports another descriptor */
	imx_physical_address_t phys_addr; /* of get_phys_addr, 0: it fails */
	int sessions;
	int opened;
	int blocks;
} fake;

static int fake_start(struct imxd_sync_target const *target)
{
	fake.sessions++;
	return 0;
}

static int fake_stop(struct imxd_sync_target const *target)
{
	fake.sessions--;
	return 0;
}

static int fake_ranges(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection direction)
{
	return 0;
}

static struct imxd_sync const fake_sync = {
	.start = fake_start,
	.stop = fake_stop,
	.for_device = fake_ranges,
	.for_cpu = fake_ranges,
	.coherency = IMX_DMA_BUFFER_COHERENCY_VENDOR,
};

static int fake_open(struct imxd_device *device, struct imxd_options const *options)
{
	if (fake.open_code != 0)
		return imxd_fail(-fake.open_code, "fake: told to fail");
	device->traits.cached = (fake.cached != UNKNOWN) ? fake.cached : NO;
	device->traits.caps = fake.caps;
	device->max_size = fake.max_size;
	device->sync = &fake_sync;
	fake.opened++;
	return 0;
}

static void fake_close(struct imxd_device *device)
{
	fake.opened--;
}

static int fake_allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	fake.asked = size;
	if (fake.allocate_code != 0)
		return imxd_fail(-fake.allocate_code, "fake: told to fail");
	block->size = size;
	block->address = fake.address;
	if (fake.with_memory)
		block->map_fd = imxd_memory_file("fake", 0, size + 4096, 0);
	if (fake.with_memory && (fake.caps & IMXD_CAP_DESCRIPTOR))
		block->fd = block->map_fd;
	if (fake.vendor_mapped)
		block->cpu = calloc(1, size);
	fake.blocks++;
	return 0;
}

static void fake_free(struct imxd_device *device, struct imxd_block *block)
{
	free(block->cpu);
	imxd_sys_close(block->map_fd);
	fake.blocks--;
}

/* Return the memory of a block as a vendor's library exports it: the block has an offset in it. */
static int fake_export(struct imxd_device *device, struct imxd_block const *block)
{
	return fake.with_memory ? block->map_fd : imxd_fail(-ENOTSUP, "fake: told to have no memory");
}

static int fake_get_phys_addr(struct imxd_device *device, struct imxd_block const *block,
	imx_physical_address_t *address)
{
	*address = fake.phys_addr;
	return (fake.phys_addr != 0) ? 0 : imxd_fail(-ENOTSUP, "fake: told to have no address");
}

static struct imxd_backend const fake_backend = {
	.name = "fake",
	.description = "blocks at will",
	.open = fake_open,
	.close = fake_close,
	.allocate = fake_allocate,
	.free = fake_free,
	.get_dmabuf = fake_export,
	.get_phys_addr = fake_get_phys_addr,
};

static inline ImxDmaBufferAllocator *fake_allocator(enum imxd_address_policy policy)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_allocator *allocator = NULL;

	imxd_allocator_new(&fake_backend, &options, policy, NULL, &allocator);
	return (ImxDmaBufferAllocator *)allocator;
}

/* Setup of every test: clear the state of the test before. */
static inline int fake_reset(void **state)
{
	memset(&fake, 0, sizeof(fake));
	return 0;
}

/* Teardown: everything was freed. */
static inline int fake_check(void **state)
{
	return (fake.opened == 0 && fake.blocks == 0) ? 0 : -1;
}

#define fake_test(function) cmocka_unit_test_setup_teardown(function, fake_reset, fake_check)

#endif /* TESTS_UNIT_FAKE_H */
