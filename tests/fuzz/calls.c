/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sequences of calls on all simulated boards, with failing system calls. A model has the expected bytes: devices read
 * what the CPU wrote in a session, and the reverse, on memory that is not coherent. At the end nothing is left.
 */
#include <errno.h>
#include <unistd.h>

#include "../allocators.h"
#include "imxdmabuffer/imxdmabuffer_view.h"
#include "boards.h"
#include "fuzz.h"
#include "sim.h"

#define BUFFERS 6
#define MOST ((size_t)20000)

struct model {
	ImxDmaBuffer *buffer;
	size_t size;
	uint8_t *map;
	unsigned int maps;
	/* Of the first map. */
	unsigned int flags;
	/* The CPU may access the mapping. */
	bool in_session;
	/* bytes is what CPU and devices must see. */
	bool is_known;
	/* Devices can access the memory by its address, and sessions serve them. */
	bool is_served;
	uint8_t bytes[MOST];
};

static struct model models[BUFFERS];
static ImxDmaBufferAllocator *allocator;
/* System calls fail, or have failed: contents and leftovers are not those of the model. */
static bool failures, had_failures;

static void forget(struct model *model)
{
	memset(model, 0, offsetof(struct model, bytes));
}

static void compare(struct model *model, uint8_t const *seen, char const *who)
{
	for (size_t i = 0; i < model->size; i++)
		REQUIRE(seen[i] == model->bytes[i], "%s sees 0x%02x in place of 0x%02x at byte %zu of %zu", who, seen[i],
			model->bytes[i], i, model->size);
}

static bool can_read(struct model const *model)
{
	return model->in_session && (model->flags & IMX_DMA_BUFFER_MAPPING_FLAG_READ);
}

static void look_as_cpu(struct model *model)
{
	if (model->is_known && can_read(model))
		compare(model, model->map, "the CPU");
}

static void map(struct model *model, unsigned int flags)
{
	unsigned int access = flags & IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	bool further = model->maps > 0;
	uint8_t *address = imx_dma_buffer_map(model->buffer, flags, NULL);

	access = access ? access : IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	if (further && !(access & ~model->flags))
		REQUIRE(address, "a further map fails: %s", imx_dma_buffer_get_last_error());
	if (!address) {
		REQUIRE(further || failures, "the first map fails: %s", imx_dma_buffer_get_last_error());
		return;
	}
	REQUIRE(!further || address == model->map, "a further map is elsewhere");
	model->map = address;
	model->maps++;
	if (further)
		return;
	model->flags = (flags & ~(unsigned int)IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK) | access;
	model->in_session = !(flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC);
	look_as_cpu(model);
}

static void unmap(struct model *model)
{
	imx_dma_buffer_unmap(model->buffer);
	if (model->maps == 0 || --model->maps > 0)
		return;
	/* Without a session, what the CPU wrote may or may not be written back. It wrote only in sessions. */
	model->in_session = false;
	model->map = NULL;
}

static void write_as_cpu(struct model *model, uint8_t value, size_t offset, size_t length)
{
	if (!model->in_session || !(model->flags & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE))
		return;
	offset %= model->size;
	length %= model->size - offset + 1;
	memset(model->map + offset, value, length);
	memset(model->bytes + offset, value, length);
}

static void use_as_device(struct model *model, bool write, uint8_t value, size_t offset, size_t length)
{
	uint64_t address = imx_dma_buffer_get_physical_address(model->buffer);
	uint8_t seen[MOST];

	if (!model->is_served || !model->is_known || model->in_session || address == 0)
		return;
	offset %= model->size;
	length %= model->size - offset + 1;
	memset(seen, value, length);
	if (write) {
		REQUIRE(sim_device_write(address + offset, seen, length) == 0, "the address is wrong");
		memset(model->bytes + offset, value, length);
	}
	REQUIRE(sim_device_read(address, seen, model->size) == 0, "the address is wrong");
	compare(model, seen, "a device");
}

static void set_session(struct model *model, bool start)
{
	bool manual = model->maps > 0 && (model->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC);

	if (start)
		imx_dma_buffer_start_sync_session(model->buffer);
	else
		imx_dma_buffer_stop_sync_session(model->buffer);
	if (!manual)
		return;
	model->in_session = start;
	look_as_cpu(model);
}

static void allocate(struct model *model, size_t size, size_t alignment)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	int error = 0;

	forget(model);
	model->buffer = imx_dma_buffer_allocate(allocator, size, alignment, &error);
	REQUIRE((model->buffer != NULL) == (error == 0), "code %d", error);
	if (!model->buffer)
		return;
	model->size = size;
	REQUIRE(imx_dma_buffer_get_size(model->buffer) == size, "the size is wrong");
	if (alignment > 1)
		REQUIRE(imx_dma_buffer_get_physical_address(model->buffer) % alignment == 0, "the alignment is wrong");
	REQUIRE(imx_dma_buffer_query_properties(model->buffer, &properties, NULL) == 0, "no properties");
	model->is_served = properties.coherency != IMX_DMA_BUFFER_COHERENCY_UNKNOWN &&
		properties.coherency != IMX_DMA_BUFFER_COHERENCY_IMPORTER;
	map(model, 0);
	if (model->maps == 0)
		return;
	model->is_known = !failures;
	write_as_cpu(model, 0x5a, 0, size);
	memset(model->map, 0x5a, size);
	memset(model->bytes, 0x5a, size);
	unmap(model);
}

static void deallocate(struct model *model)
{
	imx_dma_buffer_deallocate(model->buffer);
	forget(model);
}

/* The same memory as another buffer, for a moment. */
static void import(struct model *model)
{
	size_t offset = 0;
	int fd = imx_dma_buffer_export_fd(model->buffer, &offset, NULL);
	ImxDmaBuffer *copy = (fd >= 0) ? imx_dma_buffer_import_dmabuf(fd, offset, model->size, NULL) : NULL;
	ImxWrappedDmaBuffer wrapped;

	if (copy) {
		uint8_t *bytes = imx_dma_buffer_map(copy, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);

		if (bytes && model->is_known && !failures)
			compare(model, bytes, "an import");
		imx_dma_buffer_deallocate(copy);
		if (model->in_session)
			look_as_cpu(model);
	}
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = model->size;
	imx_dma_buffer_map(&wrapped.parent, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	imx_dma_buffer_deallocate(&wrapped.parent);
	if (fd >= 0)
		close(fd);
}

/* The second half as another buffer, for a moment. */
static void view(struct model *model)
{
	size_t offset = model->size / 2;
	ImxDmaBuffer *half = imx_dma_buffer_new_view(model->buffer, offset, 0, IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE,
		NULL);
	uint8_t const *bytes = imx_dma_buffer_map(half, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);

	if (bytes && model->is_known && !failures)
		REQUIRE(memcmp(bytes, model->bytes + offset, model->size - offset) == 0, "a view has other bytes");
	imx_dma_buffer_deallocate(half);
	if (model->in_session)
		look_as_cpu(model);
}

/* Nothing that the CPU or a device wrote is lost, within the range or outside. */
static void sync_range(struct model *model, bool for_device, size_t offset, size_t length)
{
	ImxDmaBufferRange range = {offset % (model->size + 1), length % (model->size + 2)};
	bool is_good = model->maps > 0 && range.length > 0 && range.length <= model->size - range.offset;
	ImxDmaBufferDirection direction = (ImxDmaBufferDirection)(1 + length % 3);
	int result = for_device ? imx_dma_buffer_sync_for_device(model->buffer, &range, 1, direction, NULL)
							: imx_dma_buffer_sync_for_cpu(model->buffer, &range, 1, direction, NULL);

	REQUIRE(result == 0 || !is_good || failures, "a range: %s", imx_dma_buffer_get_last_error());
	REQUIRE(result != 0 || is_good, "a bad range is accepted");
	if (model->in_session)
		look_as_cpu(model);
}

static void query(struct model *model)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	uint64_t known = imx_dma_buffer_get_physical_address(model->buffer);

	/* Cleans and invalidates all of the buffer: not while the CPU writes. */
	if (model->maps == 0 && imx_dma_buffer_query_physical_address(model->buffer, &address, NULL) == 0 && known != 0)
		REQUIRE(address.address == known, "two addresses");
	imx_dma_buffer_set_name(model->buffer, "fuzz", NULL);
	imx_dma_buffer_get_name(model->buffer, name, sizeof(name), NULL);
}

/* From now on calls fail, or no more. What happens meanwhile is not in the model. */
static void change_failures(struct input *input)
{
	failures = take(input) & 1;
	if (!failures) {
		sim_forget_failures();
		return;
	}
	had_failures = true;
	sim_fail((enum sim_call)(pick(input, SIM_CALLS)), 1 + pick(input, 4), 1 + (int)pick(input, 40), pick(input, 3));
	for (size_t i = 0; i < BUFFERS; i++)
		models[i].is_known = false;
}

static void step(struct input *input)
{
	unsigned int action = pick(input, 17);
	struct model *model = &models[pick(input, BUFFERS)];

	if (action == 0) {
		change_failures(input);
	} else if (!model->buffer) {
		size_t size = 1 + take_number(input) % MOST;

		allocate(model, size, take(input) % 4 ? 1 : (size_t)1 << pick(input, 22));
	} else if (action <= 3) {
		map(model, pick(input, 8) & ~4u ? pick(input, 8) : 0);
	} else if (action <= 5) {
		unmap(model);
	} else if (action <= 8) {
		uint8_t value = (uint8_t)take(input);
		size_t offset = take_number(input), length = take_number(input);

		if (action == 6)
			write_as_cpu(model, value, offset, length);
		else
			use_as_device(model, action == 7, value, offset, length);
	} else if (action <= 11) {
		set_session(model, action != 11);
	} else if (action == 12) {
		import(model);
		view(model);
	} else if (action == 13) {
		query(model);
	} else if (action == 14) {
		sim_evict(0, 0);
	} else if (action == 15) {
		size_t offset = take_number(input), length = take_number(input);

		sync_range(model, take(input) & 1, offset, length);
	} else {
		deallocate(model);
	}
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
	struct input input = {data, size};
	char const *const *board;
	unsigned int before;
	int error = 0;

	board = boards[pick(&input, sizeof(boards) / sizeof(boards[0]))];
	sim_reset();
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
	REQUIRE(sim_configure(board[2]) == 0, "%s: %s", board[2], sim_message());
	failures = had_failures = false;
	before = count_descriptors();
	allocator = new_allocator_of_board(board[0], board[1], 0, &error);
	if (!allocator)
		return 0;
	for (size_t i = 0; i < BUFFERS; i++)
		forget(&models[i]);
	while (input.size > 0)
		step(&input);
	sim_forget_failures();
	imx_dma_buffer_allocator_destroy(allocator);
	if (!had_failures) {
		REQUIRE(sim_live_buffers() == 0, "%u buffers are left on %s", sim_live_buffers(), board[2]);
		/* The IPU's node stays open. */
		REQUIRE(count_descriptors() <= before + 1, "descriptors are left on %s", board[2]);
	}
	REQUIRE(sim_misuses() == 0, "%s", sim_misuse());
	return 0;
}
