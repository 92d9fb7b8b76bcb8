/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tests on simulated boards.
 */
#ifndef TESTS_SIMULATED_BOARD_H
#define TESTS_SIMULATED_BOARD_H

#include <errno.h>
#include <grp.h>
#include <stdlib.h>

#include "sim.h"
#include "support.h"

/* Start a board with this configuration only, with counts reset and without environment variables. */
static inline void start_board(char const *text)
{
	sim_reset();
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
	unsetenv("IMXDMABUFFER_SYNC");
	unsetenv("IMXDMABUFFER_KEEP_MAPPINGS");
	if (sim_configure(text) != 0)
		print_error("%s: %s\n", text, sim_message());
	sim_reset_counts();
}

/* Return a group that has a name and is not root's. Its number differs from system to system. */
static inline struct group const *some_group(void)
{
	struct group const *group;

	setgrent();
	do
		group = getgrent();
	while (group && group->gr_gid == 0);
	/* If several names share a number, programs show the first one. */
	group = group ? getgrgid(group->gr_gid) : NULL;
	endgrent();
	assert_non_null(group);
	return group;
}

/* As start_board() with "STATEMENT owner=0:GROUP REST". */
static inline void start_board_of_group(char const *statement, struct group const *group, char const *rest)
{
	char text[256];

	snprintf(text, sizeof(text), "%s owner=0:%u %s", statement, (unsigned int)group->gr_gid, rest);
	start_board(text);
}

/* As assert_sentence() with START and the group's name. */
#define assert_sentence_with(start, group)                                                                             \
	do {                                                                                                               \
		char sentence_part[256];                                                                                       \
		snprintf(sentence_part, sizeof(sentence_part), "%s%s", start, (group)->gr_name);                               \
		assert_sentence(sentence_part);                                                                                \
	} while (0)

static inline ImxDmaBufferAllocator *new_allocator(char const *name, unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(name, flags, NULL);

	if (!allocator)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(allocator);
	return allocator;
}

static inline ImxDmaBuffer *new_buffer(ImxDmaBufferAllocator *allocator, size_t size)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, size, 1, NULL);

	if (!buffer)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(buffer);
	return buffer;
}

static inline ImxDmaBufferAllocatorInfo query(char const *name)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	assert_int_equal(imx_dma_buffer_query_allocator(name, &info, NULL), 0);
	return info;
}

/* The default allocator is this one, and can be opened. */
static inline void assert_default_is(char const *name)
{
	ImxDmaBufferAllocator *allocator = new_allocator(NULL, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);

	assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), name);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* No harmful call was made, and all memory was freed. */
static inline void assert_nothing_left(void)
{
	if (sim_misuses() != 0)
		print_error("%s\n", sim_misuse());
	assert_int_equal(sim_misuses(), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_live_handles(), 0);
}

/* Creating the default allocator fails with this code, and the message contains this text. */
#define assert_no_allocator(code, text)                                                                                \
	do {                                                                                                               \
		int error_code = 0;                                                                                            \
		assert_null(imx_dma_buffer_allocator_new(&error_code));                                                        \
		assert_int_equal(error_code, code);                                                                            \
		assert_sentence(text);                                                                                         \
	} while (0)

/* The properties of a buffer of this allocator that needs no address. */
static inline ImxDmaBufferProperties properties_without_address(char const *name)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAllocator *allocator = new_allocator(name, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);

	imx_dma_buffer_query_properties(new_buffer(allocator, 65536), &properties, NULL);
	imx_dma_buffer_allocator_destroy(allocator);
	return properties;
}

#endif /* TESTS_SIMULATED_BOARD_H */
