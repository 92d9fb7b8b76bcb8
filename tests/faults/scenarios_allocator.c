/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios of allocators: choice, lists, logging.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_config.h"

#include "scenarios.h"

#define SIZE 20000

static void make_default(void)
{
	ImxDmaBufferAllocator *allocator;

	/* The host allocator is created by name only, and a scattered heap is never chosen. */
	may_fail(ENODEV);
	allocator = POINTER(imx_dma_buffer_allocator_new, ERROR);
	if (allocator && !VALUE(imx_dma_buffer_allocator_get_name, allocator))
		problem("an allocator without a name");
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void make_by_environment(void)
{
	ImxDmaBufferAllocator *allocator;

	setenv("IMXDMABUFFER_ALLOCATOR", board.allocator, 1);
	allocator = POINTER(imx_dma_buffer_allocator_new, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
	setenv("IMXDMABUFFER_ALLOCATOR", "nothing", 1);
	may_fail(EINVAL);
	POINTER(imx_dma_buffer_allocator_new, ERROR);
	setenv("IMXDMABUFFER_ALLOCATOR", "", 1);
}

static void make_by_name(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();

	VALUE(imx_dma_buffer_allocator_destroy, allocator);
	may_fail(EINVAL);
	POINTER(imx_dma_buffer_allocator_new_by_name, "nothing", 0, ERROR);
	may_fail(EINVAL);
	POINTER(imx_dma_buffer_allocator_new_by_name, board.allocator, 1u << 30, ERROR);
	may_fail(ENODEV);
	allocator = POINTER(imx_dma_buffer_allocator_new_by_name, NULL, 0, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void list(void)
{
	size_t count = 0;
	ImxDmaBufferAllocatorInfo *entries = POINTER(imx_dma_buffer_list_allocators, &count, ERROR);

	for (size_t i = 0; entries && i < count; i++)
		if (!entries[i].name || (entries[i].error != 0) != (entries[i].capabilities == 0))
			problem("an entry of the list has neither capabilities nor an error");
	VALUE(imx_dma_buffer_free_allocator_list, entries);
}

static unsigned int messages;

static void count_message(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	if (user_data == &messages && level == IMX_DMA_BUFFER_LOG_LEVEL_INFO && message[0] != '\0' &&
		!strchr(message, '\n'))
		messages++;
}

static void log_handler(void)
{
	ImxDmaBufferAllocator *allocator;

	messages = 0;
	VALUE(imx_dma_buffer_set_log_handler, count_message, &messages, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	allocator = new_allocator();
	VALUE(imx_dma_buffer_deallocate, new_buffer(allocator, SIZE));
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
	if (allocator && messages == 0)
		problem("nothing was logged");
	VALUE(imx_dma_buffer_set_log_handler, NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
}

static void versions_and_variables(void)
{
	ImxDmaBufferVariable variables[16];

	VALUE(imx_dma_buffer_get_last_error);
	if (strcmp(VALUE(imx_dma_buffer_get_version), IMXDMABUFFER_VERSION) != 0)
		problem("the versions of library and headers differ");
	if (VALUE(imx_dma_buffer_get_variables, variables, 16) == 0)
		problem("no variables");
}

struct scenario const allocator_scenarios[] = {
	{"default allocator", make_default},
	{"allocator by environment", make_by_environment},
	{"allocator by name", make_by_name},
	{"list of allocators", list},
	{"log handler", log_handler},
	{"version and variables", versions_and_variables},
	{NULL, NULL},
};
