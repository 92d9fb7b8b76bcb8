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
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	ImxDmaBufferAllocator *allocator = new_allocator();
	char const *name;

	for (size_t i = 0; (name = VALUE(imx_dma_buffer_builtin_allocator_name, i)); i++) {
		if (STATUS(imx_dma_buffer_query_allocator, name, &info, ERROR) != 0)
			problem("an allocator that is built in cannot be queried");
		/* Unknown without an error: an address for some sizes, of memory that is not promised to be contiguous. */
		if (info.error != 0 && info.has_physical_address != IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
			problem("the information has both an answer and an error");
		if (info.error == 0 && info.contiguous == IMX_DMA_BUFFER_TRISTATE_YES &&
			info.has_physical_address == IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
			problem("the information has neither an answer nor an error");
		if (info.error != 0 && info.message[0] == '\0')
			problem("an error without a message");
	}
	STATUS(imx_dma_buffer_allocator_get_info, allocator, &info, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
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

static void version(void)
{
	VALUE(imx_dma_buffer_get_last_error);
	if (strcmp(VALUE(imx_dma_buffer_get_version), IMXDMABUFFER_VERSION) != 0)
		problem("the versions of library and headers differ");
	VALUE(imx_dma_buffer_coherency_name, IMX_DMA_BUFFER_COHERENCY_PHYS);
}

struct scenario const allocator_scenarios[] = {
	{"default allocator", make_default},
	{"allocator by environment", make_by_environment},
	{"allocator by name", make_by_name},
	{"list of allocators", list},
	{"log handler", log_handler},
	{"version", version},
	{NULL, NULL},
};
