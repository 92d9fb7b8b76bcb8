/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim_run.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

#define LIBRARY "libimxdmabuffer-sim.so"

/*
 * Find the directory of the simulator: in the build directory of this program, where it is installed beside this
 * program, also in another root, or where it was configured. Returns EXIT_DONE, or another exit code after an error
 * line.
 */
static int find_simulator(char directory[PATH_MAX])
{
	static char const *const places[] = {"/../sim", SIMULATOR_BESIDE, NULL};
	char self[PATH_MAX], library[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char const *own;

	self[(length > 0) ? length : 0] = '\0';
	own = dirname(self);
	for (char const *const *place = places;; place++) {
		snprintf(directory, PATH_MAX, "%.3000s%s", *place ? own : SIMULATOR_DIRECTORY, *place ? *place : "");
		snprintf(library, sizeof(library), "%.4000s/" LIBRARY, directory);
		if (access(library, F_OK) == 0)
			return EXIT_DONE;
		if (!*place)
			break;
	}
	return output_fail(EXIT_FAILED,
		"the simulator is not installed: %s: %s; it belongs to the package imxdmabuffer-sim, "
		"or to builds with -Dsimulator=enabled",
		library, strerror(errno));
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

int sim_set(char const *name, char const *value)
{
	return (setenv(name, value, 1) == 0) ? EXIT_DONE : output_fail(EXIT_FAILED, "out of memory for the environment");
}

int sim_prepare(char const *statements, struct board const *board, char const *name, char path[PATH_MAX])
{
	char directory[PATH_MAX];
	int code = find_simulator(directory);

	if (code != EXIT_DONE)
		return code;
	if (find_program(name, path) != 0)
		return output_fail((errno == ENOENT) ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN, "%.200s cannot be run: %s", name,
			strerror(errno));
	code = check_program(path);
	return (code == EXIT_DONE) ? set_environment(directory, statements, board) : code;
}

int sim_become(char const *path, char **arguments)
{
	execv(path, arguments);
	return output_fail(EXIT_CANNOT_RUN, "%.200s cannot be run: %s", path, strerror(errno));
}
