/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* A value that the library never returns as a code. */
#define UNTOUCHED (-12345)

#define MOST_FUNCTIONS 128

int check_error;
static struct {
	struct trace *trace;
	bool strict;
	int allowed[2]; /* the codes of may_fail(), 0: none */
	unsigned int problems;
	char label[200];
	char before[512]; /* the message before the call */
} state;
/* All forks print the same names, since the program is loaded only once. */
static char const **functions;

void check_label(char const *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(state.label, sizeof(state.label), format, arguments);
	va_end(arguments);
}

void problem(char const *format, ...)
{
	char text[1500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	dprintf(1, "# %s: %s\n", state.label, text);
	state.problems++;
}

void may_fail(int code)
{
	state.allowed[(state.allowed[0] != 0) ? 1 : 0] = code;
}

static bool is_allowed(int code, bool with_code)
{
	if (state.allowed[0] == 0 || state.allowed[0] == ANY_CODE || !with_code)
		return state.allowed[0] != 0;
	return state.allowed[0] == code || state.allowed[1] == code;
}

static void forget_allowed(void)
{
	state.allowed[0] = state.allowed[1] = 0;
}

void check_start(struct trace *trace, bool strict)
{
	state.trace = trace;
	state.strict = strict;
	state.problems = 0;
	forget_allowed();
	trace->length = 0;
}

unsigned int check_end(void)
{
	return state.problems;
}

char const *const *check_functions(void)
{
	if (!functions)
		functions = mmap(NULL, MOST_FUNCTIONS * sizeof(*functions), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	return functions;
}

static void note(char const *function)
{
	for (size_t i = 0; i < MOST_FUNCTIONS - 1; i++) {
		if (functions[i] && strcmp(functions[i], function) == 0)
			return;
		if (!functions[i]) {
			functions[i] = function;
			return;
		}
	}
	problem("more than %d functions", MOST_FUNCTIONS - 1);
}

static void set_code(int code)
{
	state.trace->calls[state.trace->length - 1].code = code;
}

/* Before each call, a failure that no scenario causes sets a message that no other call leaves. */
void check_begin(char const *function)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	note(function);
	imx_dma_buffer_query_allocator("a name that no scenario uses", &info, NULL);
	snprintf(state.before, sizeof(state.before), "%s", imx_dma_buffer_get_last_error());
	check_error = UNTOUCHED;
	if (state.trace->length == sizeof(state.trace->calls) / sizeof(state.trace->calls[0]))
		problem("the scenario is too long for its trace");
	else
		state.trace->length++;
	state.trace->calls[state.trace->length - 1].function = function;
	set_code(0);
}

static void check_success(char const *function)
{
	if (check_error != UNTOUCHED)
		problem("%s succeeded and set the error to %d", function, check_error);
	if (strcmp(imx_dma_buffer_get_last_error(), state.before) != 0)
		problem("%s succeeded and set the message: %s", function, imx_dma_buffer_get_last_error());
	set_code(0);
}

static void check_failure(char const *function, bool with_code)
{
	char const *sentence = imx_dma_buffer_get_last_error();

	if (with_code && check_error <= 0)
		problem("%s failed without a code", function);
	else if (with_code && !is_documented(function, check_error))
		problem("%s failed with %d, which its header does not document: %s", function, check_error, sentence);
	if (sentence[0] == '\0' || strcmp(sentence, state.before) == 0)
		problem("%s failed without a message", function);
	if (state.strict && !is_allowed(check_error, with_code))
		problem("%s failed: %s", function, sentence);
	set_code(with_code ? check_error : -1);
}

static void check(bool failed, bool with_code)
{
	char const *function = state.trace->calls[state.trace->length - 1].function;

	if (failed)
		check_failure(function, with_code);
	else
		check_success(function);
	forget_allowed();
}

void *check_pointer(void *result, bool with_code)
{
	check(result == NULL, with_code);
	return result;
}

int check_status(int result)
{
	check(result < 0, true);
	return result;
}

imx_physical_address_t check_address(imx_physical_address_t result)
{
	check(result == 0, true);
	return result;
}
