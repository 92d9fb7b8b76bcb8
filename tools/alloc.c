/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer alloc: allocate buffers, print their properties, test them, free them.
 */
#include "alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hold.h"
#include "output.h"
#include "size.h"
#include "variables.h"

/* Above all limits of open descriptors. */
#define MAX_COUNT 1000000

static int read_size(char const *text, bool is_buffer, size_t *size)
{
	char message[SIZE_MESSAGE];
	int result = is_buffer ? size_parse(text, size, message) : size_parse_bytes(text, size, message);

	return (result == 0) ? EXIT_DONE : output_fail_usage("%s", message);
}

static int read_count(char const *text, size_t *count)
{
	if (size_parse_number(text, count) == 0 && *count > 0 && *count <= MAX_COUNT)
		return EXIT_DONE;
	return output_fail_usage("--count: \"%.60s\" is not a number of buffers; the range is 1 to %d", text, MAX_COUNT);
}

static int read_hold(char const *text, struct request *request)
{
	request->holds = true;
	if (hold_parse(text, &request->hold) == 0)
		return EXIT_DONE;
	return output_fail_usage("--hold: \"%.60s\" is not a time in seconds, such as 5 or 0.5", text);
}

static int read_argument(char const *text, struct request *request)
{
	if (request->size != 0)
		return output_fail_usage("takes one SIZE, but \"%.60s\" follows", text);
	return read_size(text, true, &request->size);
}

static int take(void *context, int option, char const *text)
{
	struct request *request = context;

	switch (option) {
	case OPTION_ARGUMENT:
		return read_argument(text, request);
	case OPTION_ALLOCATOR:
		request->allocator = text;
		return (text[0] != '\0') ? EXIT_DONE : output_fail_usage("--allocator needs a name, see imxdmabuffer list");
	case OPTION_ALIGNMENT:
		return read_size(text, false, &request->alignment);
	case OPTION_COUNT:
		return read_count(text, &request->count);
	case OPTION_NAME:
		request->name = text;
		return EXIT_DONE;
	case OPTION_HOLD:
		return read_hold(text, request);
	case OPTION_MAP:
		request->map = true;
		return EXIT_DONE;
	case OPTION_VERIFY:
		request->verify = true;
		return EXIT_DONE;
	case OPTION_NO_PHYSICAL_ADDRESS:
		request->no_physical_address = true;
		return EXIT_DONE;
	case OPTION_REQUIRE_PHYSICAL_ADDRESS:
		request->require_physical_address = true;
		return EXIT_DONE;
	case OPTION_JSON:
		request->json = true;
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

static int check(struct request const *request)
{
	if (request->no_physical_address && request->require_physical_address)
		return output_fail_usage("--no-physical-address and --require-physical-address exclude each other");
	return (request->size != 0) ? EXIT_DONE : output_fail_usage("a SIZE is missing, such as 3M or 1920x1080:nv12");
}

static unsigned int allocator_flags(struct request const *request)
{
	return request->no_physical_address     ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS
		: request->require_physical_address ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS
											: 0;
}

/* The host allocator replaces the default one, unless the user chose an allocator. */
static int open_allocator(struct allocation *allocation)
{
	struct request const *request = allocation->request;
	unsigned int flags = allocator_flags(request);

	allocation->allocator = imx_dma_buffer_allocator_new_by_name(request->allocator, flags, NULL);
	if (allocation->allocator)
		return EXIT_DONE;
	if (request->allocator || variable_value("IMXDMABUFFER_ALLOCATOR"))
		return output_fail(EXIT_UNUSABLE, "%s", imx_dma_buffer_get_last_error());
	allocation->fallback_reason = strdup(imx_dma_buffer_get_last_error());
	allocation->allocator = imx_dma_buffer_allocator_new_by_name(FALLBACK_ALLOCATOR, flags, NULL);
	if (!allocation->allocator)
		return output_fail(EXIT_UNUSABLE, "%s; and %s", allocation->fallback_reason, imx_dma_buffer_get_last_error());
	output_note("using the allocator \"" FALLBACK_ALLOCATOR "\", which is for development: %s",
		allocation->fallback_reason);
	return EXIT_DONE;
}

/* The library's message cannot name the option of this program. It names the flag and the variable. */
static char const *hint(struct request const *request, int error)
{
	bool is_advised = strstr(imx_dma_buffer_get_last_error(), "IMXDMABUFFER_PHYSICAL_ADDRESS=optional");

	return (error == ENOTSUP && is_advised && allocator_flags(request) == 0)
		? "; --no-physical-address allocates without an address"
		: "";
}

static int allocate_one(struct allocation *allocation)
{
	struct request const *request = allocation->request;
	struct piece *piece = &allocation->pieces[allocation->count];
	char which[80] = "";
	int error = 0;

	piece->buffer = imx_dma_buffer_allocate(allocation->allocator, request->size, request->alignment, &error);
	if (piece->buffer) {
		allocation->count++;
		if (request->name && imx_dma_buffer_set_name(piece->buffer, request->name, NULL) != 0)
			return output_fail(EXIT_FAILED, "--name: %s", imx_dma_buffer_get_last_error());
		return inspect_buffer(piece);
	}
	if (request->count > 1)
		snprintf(which, sizeof(which), "buffer %zu of %zu: ", allocation->count, request->count);
	return output_fail(EXIT_FAILED, "%s%s%s", which, imx_dma_buffer_get_last_error(), hint(request, error));
}

static int use_buffers(struct allocation *allocation)
{
	struct request const *request = allocation->request;
	int code = EXIT_DONE;

	while (code == EXIT_DONE && allocation->count < request->count)
		code = allocate_one(allocation);
	if (code == EXIT_DONE && request->map)
		code = map_buffers(allocation);
	if (code == EXIT_DONE && request->verify)
		code = verify_buffers(allocation);
	if (code == EXIT_DONE && request->holds)
		hold_prepare();
	if (code == EXIT_DONE)
		code = report_buffers(allocation);
	if (code == EXIT_DONE && request->holds)
		hold_wait(request->hold);
	return code;
}

static void free_all(struct allocation *allocation)
{
	for (size_t i = 0; i < allocation->count; i++) {
		imx_dma_buffer_deallocate(allocation->pieces[i].buffer);
		free(allocation->pieces[i].reason);
	}
	free(allocation->pieces);
	free(allocation->fallback_reason);
	imx_dma_buffer_allocator_destroy(allocation->allocator);
}

int run_alloc(struct command const *command, int argc, char **argv)
{
	struct request request = {.count = 1};
	struct allocation allocation = {.request = &request};
	int code = read_options(command, argc, argv, take, &request);

	if (code != 0)
		return code - 1;
	code = check(&request);
	if (code != EXIT_DONE)
		return code;
	allocation.pieces = calloc(request.count, sizeof(*allocation.pieces));
	if (!allocation.pieces)
		return output_fail(EXIT_FAILED, "out of memory for the list of %zu buffers; ask for fewer", request.count);
	code = open_allocator(&allocation);
	if (code == EXIT_DONE)
		code = use_buffers(&allocation);
	free_all(&allocation);
	if (code == EXIT_DONE && !request.json)
		printf("freed %zu\n", request.count);
	return (code == EXIT_DONE) ? output_flush() : code;
}
