/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbols.h"

#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"

static char const *get_text(json_object *frame, char const *key)
{
	char const *text = json_object_get_string(json_object_object_get(frame, key));

	return text ? text : "";
}

static bool is_of_libc(json_object *frame)
{
	char const *name = strrchr(get_text(frame, "module"), '/');

	return name && strncmp(name, "/libc.so", strlen("/libc.so")) == 0;
}

/* Below main() are functions of the C library, and one of the program that calls them. */
static void cut(json_object *place)
{
	size_t count = json_object_array_length(place);

	if (count >= 2 && is_of_libc(json_object_array_get_idx(place, count - 2)))
		count--;
	while (count > 1 && is_of_libc(json_object_array_get_idx(place, count - 1)))
		count--;
	json_object_array_del_idx(place, count, json_object_array_length(place) - count);
}

/* Start addr2line, which sees nothing of the simulator. Returns its output, or NULL. */
static FILE *start(char **arguments, pid_t *process)
{
	char *const no_variables[] = {NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	code = posix_spawnp(process, arguments[0], &actions, NULL, arguments, no_variables);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (code == 0)
		return fdopen(ends[0], "r");
	close(ends[0]);
	return NULL;
}

static bool read_line(FILE *stream, char *text, size_t size)
{
	if (!fgets(text, (int)size, stream))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* Without a table of all symbols, addr2line names the exported function before, which need not be the right one. */
static bool has_symbols(char const *module)
{
	ElfW(Ehdr) file;
	ElfW(Shdr) section;
	int fd = open(module, O_RDONLY | O_CLOEXEC);
	bool found = false;

	if (fd < 0)
		return false;
	if (pread(fd, &file, sizeof(file), 0) == (ssize_t)sizeof(file) && memcmp(file.e_ident, ELFMAG, SELFMAG) == 0)
		for (size_t i = 0; i < file.e_shnum && !found; i++)
			found = pread(fd, &section, sizeof(section), (off_t)(file.e_shoff + i * file.e_shentsize)) ==
					(ssize_t)sizeof(section) &&
				section.sh_type == SHT_SYMTAB;
	close(fd);
	return found;
}

/* The first line has the function, the second one FILE:LINE; both may be unknown. */
static void name(json_object *frame, FILE *stream)
{
	char function[256], file[1024], *colon;
	long line;

	if (!read_line(stream, function, sizeof(function)) || !read_line(stream, file, sizeof(file)))
		return;
	if (function[0] != '?')
		json_object_object_add(frame, "function", json_text(function));
	colon = strrchr(file, ':');
	line = (colon && file[0] != '?') ? strtol(colon + 1, NULL, 10) : 0;
	if (line <= 0)
		return;
	*colon = '\0';
	json_object_object_add(frame, "file", json_text(file));
	json_object_object_add(frame, "line", json_object_new_int64(line));
}

/* Name the frames of one module, with one process. */
static void name_all(char const *module, json_object *frames)
{
	size_t count = json_object_array_length(frames);
	char program[] = "addr2line", names[] = "-fCe", *path = strdup(module);
	char **arguments = calloc(count + 4, sizeof(*arguments));
	char(*addresses)[32] = calloc(count, sizeof(*addresses));
	FILE *stream = NULL;
	pid_t process;

	if (path && arguments && addresses) {
		arguments[0] = program;
		arguments[1] = names;
		arguments[2] = path;
		for (size_t i = 0; i < count; i++) {
			json_object *frame = json_object_array_get_idx(frames, i);

			snprintf(addresses[i], sizeof(addresses[i]), "0x%" PRIx64,
				json_object_get_int64(json_object_object_get(frame, "offset")));
			arguments[i + 3] = addresses[i];
		}
		stream = start(arguments, &process);
	}
	for (size_t i = 0; stream && i < count; i++)
		name(json_object_array_get_idx(frames, i), stream);
	if (stream) {
		fclose(stream);
		waitpid(process, NULL, 0);
	}
	free(addresses);
	free(arguments);
	free(path);
}

/* The frames that were added, by their modules. */
static json_object *modules;

static void add_frame(json_object *frame)
{
	char const *module = get_text(frame, "module");
	json_object *frames = json_object_object_get(modules, module);

	if (!frames) {
		frames = json_object_new_array();
		json_object_object_add(modules, module, frames);
	}
	json_object_array_add(frames, json_object_get(frame));
}

void symbols_add(json_object *place)
{
	if (!place)
		return;
	cut(place);
	if (!modules)
		modules = json_object_new_object();
	for (size_t i = 0; i < json_object_array_length(place); i++)
		add_frame(json_object_array_get_idx(place, i));
}

void symbols_resolve(void)
{
	if (!modules)
		return;
	json_object_object_foreach(modules, module, frames) if (has_symbols(module)) name_all(module, frames);
	json_object_put(modules);
	modules = NULL;
}

static char const *base_name(char const *path)
{
	char const *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void symbols_write(json_object *frame, char text[SYMBOLS_TEXT])
{
	char const *function = get_text(frame, "function"), *file = get_text(frame, "file");
	char place[160];

	if (file[0] != '\0')
		snprintf(place, sizeof(place), "%.100s:%" PRId64, base_name(file),
			json_object_get_int64(json_object_object_get(frame, "line")));
	else
		snprintf(place, sizeof(place), "%.100s+0x%" PRIx64, base_name(get_text(frame, "module")),
			json_object_get_int64(json_object_object_get(frame, "offset")));
	snprintf(text, SYMBOLS_TEXT, function[0] ? "%.100s (%s)" : "%.0s%s", function, place);
	output_printable(text);
}
