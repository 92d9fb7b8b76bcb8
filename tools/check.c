/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer check: let a device of this machine bear witness whether sync sessions keep memory coherent.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "output.h"
#include "watch.h"

static int take(void *context, int option, char const *text)
{
	struct check *check = context;

	switch (option) {
	case OPTION_ARGUMENT:
		return output_fail_usage("takes no argument, but \"%.60s\" was given", text);
	case OPTION_ALLOCATOR:
		check->allocator_name = text;
		return (text[0] != '\0') ? EXIT_DONE : output_fail_usage("--allocator needs a name, see imxdmabuffer list");
	case OPTION_WITNESS:
		check->witness_name = text;
		for (size_t i = 0; witnesses[i]; i++)
			if (strcmp(text, witnesses[i]->name) == 0)
				return EXIT_DONE;
		return output_fail_usage("--witness: \"%.60s\" is neither libg2d nor v4l2 nor edu", text);
	case OPTION_JSON:
		check->json = true;
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

/* The address is looked up apart: devices that import need none. */
static ImxDmaBufferAllocator *open_allocator(struct check const *check, unsigned int flags)
{
	return imx_dma_buffer_allocator_new_by_name(check->allocator_name,
		flags | IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, NULL);
}

/* Find what the witness needs of a buffer. Returns 0, or -1 with witness_reason(). */
static int find_target(ImxDmaBuffer *buffer, struct witness const *witness, struct witness_target *target)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	*target = (struct witness_target){.buffer = buffer, .fd = imx_dma_buffer_get_fd(buffer)};
	target->size = imx_dma_buffer_get_size(buffer);
	if (!witness->by_address) {
		bool is_dmabuf = imx_dma_buffer_query_properties(buffer, &properties, NULL) == 0 &&
			properties.is_dmabuf == IMX_DMA_BUFFER_TRISTATE_YES;

		return (is_dmabuf && target->fd >= 0)
			? 0
			: witness_fail("%s: it imports DMA-BUFs, and this memory is none", witness->name);
	}
	if (imx_dma_buffer_query_physical_address(buffer, &address, NULL) != 0)
		return witness_fail("%s: it uses physical addresses, and that of this memory is unknown: %s", witness->name,
			imx_dma_buffer_get_last_error());
	target->address = address.address;
	if (address.contiguous_length < target->size || address.is_pinned != IMX_DMA_BUFFER_TRISTATE_YES)
		return witness_fail("%s: it uses physical addresses, and this memory is scattered, or may move", witness->name);
	return 0;
}

static int try_witness(struct check *check, ImxDmaBuffer *page, struct witness const *witness)
{
	struct witness_target target;

	memset(&check->facts, 0, sizeof(check->facts));
	if (find_target(page, witness, &target) != 0 || witness->open(check->allocator, &check->facts) != 0)
		return -1;
	check->witness = witness;
	return 0;
}

/* Open the first witness that is there. */
static int find_witness(struct check *check, ImxDmaBuffer *page)
{
	char reasons[3 * WITNESS_TEXT] = "";

	for (size_t i = 0; witnesses[i] && !check->witness; i++) {
		if (check->witness_name && strcmp(check->witness_name, witnesses[i]->name) != 0)
			continue;
		if (try_witness(check, page, witnesses[i]) != 0)
			snprintf(reasons + strlen(reasons), sizeof(reasons) - strlen(reasons), "%s%s", reasons[0] ? "; " : "",
				witness_reason());
	}
	if (check->witness)
		return EXIT_DONE;
	return output_fail(EXIT_FAILED,
		"no device bears witness; libg2d, drivers of V4L2 from memory to memory, and QEMU's device edu (as root) can: "
		"%s",
		reasons);
}

static int open_all(struct check *check)
{
	ImxDmaBuffer *page = NULL;
	int code = EXIT_DONE, fd;

	check->allocator = open_allocator(check, 0);
	if (check->allocator)
		page = imx_dma_buffer_allocate(check->allocator, 4096, 0, NULL);
	if (!page)
		return output_fail(EXIT_UNUSABLE, "%s", imx_dma_buffer_get_last_error());
	check->info.struct_size = sizeof(check->info);
	imx_dma_buffer_allocator_get_info(check->allocator, &check->info, NULL);
	fd = imx_dma_buffer_get_fd(page);
	check->may_flush = instruction_probe(fd, &check->flush_signal);
	code = find_witness(check, page);
	imx_dma_buffer_deallocate(page);
	return code;
}

static bool is_known(struct check const *check, ImxDmaBufferCoherency coherency)
{
	for (size_t i = 0; i < check->count; i++)
		if (check->strategies[i].coherency == coherency)
			return true;
	return false;
}

static bool serves(ImxDmaBufferCoherency coherency, struct witness const *witness)
{
	if (coherency == IMX_DMA_BUFFER_COHERENCY_UNKNOWN)
		return false;
	return coherency != IMX_DMA_BUFFER_COHERENCY_IMPORTER || !witness->by_address;
}

/* Run the trials, with the buffer in the hands of the witness. */
static int run_with(struct stand *stand, struct strategy *strategy)
{
	struct check const *check = stand->check;
	size_t room = check->facts.room;
	int code = -1;

	stand->image = malloc(room);
	stand->expected = malloc(room);
	stand->seen = malloc(room);
	stand->ballast = malloc(BALLAST_SIZE);
	if (!stand->image || !stand->expected || !stand->seen || !stand->ballast)
		witness_fail("out of memory");
	else if (stand_prepare(stand) == 0)
		code = run_trials(stand, strategy);
	free(stand->image);
	free(stand->expected);
	free(stand->seen);
	free(stand->ballast);
	return code;
}

/* The first session may choose the strategy. Returns an exit code. */
static int find_coherency(ImxDmaBuffer *buffer, ImxDmaBufferCoherency *coherency)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	char const *message;

	if (!imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL))
		return output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	imx_dma_buffer_unmap(buffer);
	message = watch_take_error();
	if (message)
		return output_fail(EXIT_FAILED, "%s", message);
	if (imx_dma_buffer_query_properties(buffer, &properties, NULL) != 0)
		return output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	*coherency = properties.coherency;
	return EXIT_DONE;
}

static int run_buffer(struct check *check, ImxDmaBuffer *buffer)
{
	struct strategy *strategy = &check->strategies[check->count];
	struct stand stand = {.check = check, .buffer = buffer, .seed = (uint64_t)time(NULL)};
	struct witness_target target;
	int code = find_coherency(buffer, &strategy->coherency), result;

	if (code != EXIT_DONE || is_known(check, strategy->coherency))
		return code;
	strategy->is_default = check->count == 0;
	strategy->serves = serves(strategy->coherency, check->witness);
	check->count++;
	result = find_target(buffer, check->witness, &target);
	if (result == 0)
		result = check->witness->take(&target);
	if (result == 0) {
		result = run_with(&stand, strategy);
		check->witness->drop();
	}
	return (result == 0) ? EXIT_DONE : output_fail(EXIT_FAILED, "%s: %s", check->facts.device, witness_reason());
}

/* The flags of the library: its own choice, then the process, then the kernel. */
static int run_strategy(struct check *check, unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = open_allocator(check, flags);
	ImxDmaBuffer *buffer = NULL;
	int code;

	/* Where the process cannot maintain caches, the strategy does not exist. */
	if (!allocator && flags == IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC)
		return EXIT_DONE;
	if (allocator)
		buffer = imx_dma_buffer_allocate(allocator, check->facts.room, 0, NULL);
	if (buffer)
		code = run_buffer(check, buffer);
	else
		code = output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	return code;
}

int run_check(struct command const *command, int argc, char **argv)
{
	static unsigned int const choices[] = {
		0, IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC, IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC};
	static struct check check;
	int code = read_options(command, argc, argv, take, &check);

	if (code != 0)
		return code - 1;
	watch_begin();
	code = open_all(&check);
	for (size_t i = 0; i < MAX_STRATEGIES && code == EXIT_DONE; i++)
		code = run_strategy(&check, choices[i]);
	if (check.witness)
		check.witness->close();
	imx_dma_buffer_allocator_destroy(check.allocator);
	watch_end();
	return (code == EXIT_DONE) ? report_check(&check) : code;
}
