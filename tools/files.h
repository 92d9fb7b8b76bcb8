/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of the kernel and of the system, below a root that --root can change; and files that the program writes.
 */
#ifndef TOOLS_FILES_H
#define TOOLS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for a path with its root. */
#define FILES_PATH 4096

#define FILES_PRINTF(place) __attribute__((format(printf, place, place + 1)))

/* Set the root of all paths below, such as "/host". Static text; "" is the root of this system. */
void files_set_root(char const *root);

/* Write the path below the root. Returns 0, or -1 with errno ENAMETOOLONG. */
int files_path(char path[FILES_PATH], char const *format, ...) FILES_PRINTF(2);

/*
 * Read the beginning of a file, at most room - 1 bytes, and end it with a 0. Returns the number of bytes, or -1 with
 * errno and an empty text.
 */
ssize_t files_read(char *text, size_t room, char const *format, ...) FILES_PRINTF(3);

/* As files_read(), for a whole file. Returns malloc'd text, or NULL with errno: EFBIG above 64 MiB. */
char *files_read_all(char const *format, ...) FILES_PRINTF(1);

/* Read a file with one decimal number. Returns 0, or -1 with errno; *value stays then. */
int files_read_number(uint64_t *value, char const *format, ...) FILES_PRINTF(2);

/* Does the file or directory exist? A link counts if its target does. */
bool files_exist(char const *format, ...) FILES_PRINTF(1);

/*
 * Replace a file, so that readers see the old or the new content, never a part; its mode stays. The path is not below
 * the root. Returns EXIT_DONE, or EXIT_FAILED after an error line: the old file stays then.
 */
int files_replace(char const *path, char const *text, size_t length);

#endif /* TOOLS_FILES_H */
