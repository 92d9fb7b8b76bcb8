/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer sim: run a program on a simulated board.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards.h"
#include "command.h"
#include "files.h"
#include "output.h"
#include "sim_check.h"
#include "sim_run.h"

#define ALLOCATOR_VARIABLE "IMXDMABUFFER_ALLOCATOR"

struct request {
	char const *board, *script, *report;
	bool list, json, check, trace;
	/* The index of the program in argv; 0: there is none. */
	int program;
};

static int take(void *context, int option, char const *text)
{
	struct request *request = context;

	switch (option) {
	case OPTION_ARGUMENT:
		/* All that follows belongs to the program. */
		request->program = optind - 1;
		return OPTIONS_STOP;
	case OPTION_BOARD:
		request->board = text;
		return EXIT_DONE;
	case OPTION_SCRIPT:
		request->script = text;
		return EXIT_DONE;
	case OPTION_CHECK_CACHES:
		request->check = true;
		return EXIT_DONE;
	case OPTION_TRACE_CPU:
		request->check = request->trace = true;
		return EXIT_DONE;
	case OPTION_REPORT:
		request->check = true;
		request->report = text;
		return EXIT_DONE;
	case OPTION_LIST_BOARDS:
		request->list = true;
		return EXIT_DONE;
	default:
		request->json = true;
		return EXIT_DONE;
	}
}

static int list_boards(bool json)
{
	json_object *document = json ? json_document() : NULL, *array = json_object_new_array();

	for (struct board const *board = boards; board->name; board++) {
		json_object *entry = json_object_new_object();

		json_object_object_add(entry, "name", json_text(board->name));
		json_object_object_add(entry, "description", json_text(board->about));
		json_object_object_add(entry, "statements", json_text(board->statements));
		json_object_array_add(array, entry);
		if (!json)
			printf("%-17s %s\n", board->name, board->about);
	}
	if (!json) {
		json_object_put(array);
		return output_flush();
	}
	json_object_object_add(document, "boards", array);
	return output_json(document);
}

static struct board const *find_board(char const *name)
{
	struct board const *board = boards;

	while (board->name && strcmp(board->name, name) != 0)
		board++;
	return board->name ? board : NULL;
}

static int fail_board(char const *name)
{
	char known[1024] = "";

	for (struct board const *board = boards; board->name; board++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), " %s", board->name);
	return output_fail_usage("unknown board \"%.60s\"; known boards:%s", name, known);
}

/* Uncached memory hides mistakes: let the default allocator use the cached heap that the board has as well. */
static int choose_cached(struct board const *board)
{
	if (getenv(ALLOCATOR_VARIABLE) || !strstr(board->statements, "heap linux,cma-uncached;") ||
		!strstr(board->statements, "heap linux,cma;"))
		return EXIT_DONE;
	return sim_set(ALLOCATOR_VARIABLE, "dma-heap:/dev/dma_heap/linux,cma");
}

int run_sim(struct command const *command, int argc, char **argv)
{
	struct request request = {.board = NULL};
	struct board const *board = NULL;
	char *script = NULL, path[PATH_MAX];
	int code = read_options(command, argc, argv, take, &request);

	if (code != 0)
		return code - 1;
	if (request.list)
		return list_boards(request.json);
	if (request.json)
		return output_fail_usage("--json belongs to --list-boards");
	if (!request.board == !request.script)
		return output_fail_usage("one of --board and --script is needed; --list-boards prints the boards");
	if (request.program == 0)
		return output_fail_usage("a PROGRAM is missing");
	if (request.board) {
		board = find_board(request.board);
		if (!board)
			return fail_board(request.board);
	} else {
		script = files_read_all("%s", request.script);
		if (!script)
			return output_fail(EXIT_FAILED, "%.200s cannot be read: %s", request.script, strerror(errno));
	}
	code = sim_prepare(board ? board->statements : script, board, argv[request.program], path);
	free(script);
	if (code == EXIT_DONE && request.check && board)
		code = choose_cached(board);
	if (code != EXIT_DONE)
		return code;
	if (request.check)
		return sim_check(path, argv + request.program, request.trace, request.report);
	return sim_become(path, argv + request.program);
}
