/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer sim: run a program on a simulated board.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boards.h"
#include "command.h"
#include "files.h"
#include "output.h"

/* Of env(1): the program cannot be run, or is not there. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

#define LIBRARY "libimxdmabuffer-sim.so"

struct request {
	char const *board, *script;
	bool list, json;
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

/*
 * Find the directory of the simulator: where it is installed, or in the build directory of this program. Returns
 * EXIT_DONE, or another exit code after an error line.
 */
static int find_simulator(char directory[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct stat status;

	self[(length > 0) ? length : 0] = '\0';
	snprintf(directory, PATH_MAX, "%.4000s/../sim", dirname(self));
	if (stat(directory, &status) != 0)
		snprintf(directory, PATH_MAX, "%s", SIMULATOR_DIRECTORY);
	snprintf(self, sizeof(self), "%.4000s/" LIBRARY, directory);
	if (stat(self, &status) == 0)
		return EXIT_DONE;
	return output_fail(EXIT_FAILED,
		"the simulator is not installed: %s: %s; it belongs to the package imxdmabuffer-sim, "
		"or to builds with -Dsimulator=enabled",
		self, strerror(errno));
}

/* Find the file that execvp() would run. Returns 0, or -1 with errno. */
static int find_program(char const *name, char path[PATH_MAX])
{
	char const *places = getenv("PATH"), *end;
	int code = ENOENT;

	if (strchr(name, '/')) {
		snprintf(path, PATH_MAX, "%.4000s", name);
		return access(path, X_OK);
	}
	for (char const *place = places ? places : "/usr/bin:/bin"; place; place = *end ? end + 1 : NULL) {
		end = strchrnul(place, ':');
		snprintf(path, PATH_MAX, "%.*s%s%.255s", (int)((end - place > 3800) ? 3800 : end - place), place,
			(end > place) ? "/" : "./", name);
		if (access(path, X_OK) == 0)
			return 0;
		code = (errno == EACCES) ? EACCES : code;
	}
	errno = code;
	return -1;
}

/* The kind of a file for execve(): its class and processor, and whether a dynamic loader starts it. */
struct kind {
	unsigned char ident[EI_NIDENT];
	uint16_t machine;
	bool is_elf, is_dynamic;
};

static int read_headers(int fd, struct kind *kind)
{
	union {
		Elf32_Ehdr small;
		Elf64_Ehdr large;
	} header;
	uint64_t offset;
	size_t size, count;

	memset(kind, 0, sizeof(*kind));
	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
		memcmp(header.small.e_ident, ELFMAG, SELFMAG) != 0)
		return 0;
	kind->is_elf = true;
	memcpy(kind->ident, header.small.e_ident, sizeof(kind->ident));
	kind->machine = header.small.e_machine;
	offset = (kind->ident[EI_CLASS] == ELFCLASS64) ? header.large.e_phoff : header.small.e_phoff;
	size = (kind->ident[EI_CLASS] == ELFCLASS64) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	count = (kind->ident[EI_CLASS] == ELFCLASS64) ? header.large.e_phnum : header.small.e_phnum;
	for (size_t i = 0; i < count; i++) {
		uint32_t type;

		if (pread(fd, &type, sizeof(type), (off_t)(offset + i * size)) != (ssize_t)sizeof(type))
			return -1;
		kind->is_dynamic |= type == PT_INTERP;
	}
	return 0;
}

static int read_kind(char const *path, struct kind *kind)
{
	int code, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	code = read_headers(fd, kind);
	close(fd);
	return code;
}

/* The dynamic loader preloads nothing, in silence, into these programs. Scripts run an interpreter, which is taken. */
static int check_program(char const *path)
{
	struct kind own, kind;
	struct stat status;

	/* A program that may be run, but not read, is left to the loader. */
	if (read_kind(path, &kind) != 0 || read_kind("/proc/self/exe", &own) != 0 || !kind.is_elf)
		return EXIT_DONE;
	if (!kind.is_dynamic)
		return output_fail(EXIT_CANNOT_RUN,
			"%s is linked statically: the simulator replaces functions of the C library, "
			"which such a program has inside; link it dynamically",
			path);
	if (kind.machine != own.machine || kind.ident[EI_CLASS] != own.ident[EI_CLASS])
		return output_fail(EXIT_CANNOT_RUN,
			"%s is for another processor than the simulator (ELF machine %u, %u bits): "
			"install the simulator for it",
			path, kind.machine, (kind.ident[EI_CLASS] == ELFCLASS64) ? 64 : 32);
	if (stat(path, &status) == 0 &&
		(((status.st_mode & S_ISUID) && status.st_uid != geteuid()) ||
			((status.st_mode & S_ISGID) && status.st_gid != getegid())))
		return output_fail(EXIT_CANNOT_RUN,
			"%s runs as another user or group (set-user-ID): the loader preloads nothing "
			"into it; run it as that user, or run a copy without these bits",
			path);
	return EXIT_DONE;
}

/* Put a text before the value of a variable, with a separator. */
static int prepend(char const *name, char const *text, char separator)
{
	char const *old = getenv(name);
	char *value = NULL;
	int code;

	if (!old || old[0] == '\0')
		return setenv(name, text, 1);
	if (asprintf(&value, "%s%c%s", text, separator, old) < 0)
		return -1;
	code = setenv(name, value, 1);
	free(value);
	return code;
}

static int set_environment(char const *directory, char const *statements, struct board const *board)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/" LIBRARY, directory);
	if (prepend("LD_PRELOAD", path, ':') != 0 || setenv("IMXDMABUFFER_SIM", statements, 1) != 0)
		return output_fail(EXIT_FAILED, "out of memory for the environment");
	for (size_t i = 0; board && i < 2 && board->libraries[i]; i++) {
		snprintf(path, sizeof(path), "%.4000s/vendor/%s", directory, board->libraries[i]);
		if (prepend("LD_LIBRARY_PATH", path, ':') != 0)
			return output_fail(EXIT_FAILED, "out of memory for the environment");
	}
	return EXIT_DONE;
}

static int run_program(char const *statements, struct board const *board, char **arguments)
{
	char directory[PATH_MAX], path[PATH_MAX];
	int code = find_simulator(directory);

	if (code != EXIT_DONE)
		return code;
	if (find_program(arguments[0], path) != 0)
		return output_fail((errno == ENOENT) ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN, "%.200s cannot be run: %s",
			arguments[0], strerror(errno));
	code = check_program(path);
	if (code == EXIT_DONE)
		code = set_environment(directory, statements, board);
	if (code != EXIT_DONE)
		return code;
	execv(path, arguments);
	return output_fail(EXIT_CANNOT_RUN, "%.200s cannot be run: %s", path, strerror(errno));
}

int run_sim(struct command const *command, int argc, char **argv)
{
	struct request request = {.board = NULL};
	struct board const *board = NULL;
	char *script = NULL;
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
	code = run_program(board ? board->statements : script, board, argv + request.program);
	free(script);
	return code;
}
