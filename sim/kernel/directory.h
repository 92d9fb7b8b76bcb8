/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private directory. It contains the files that stand for nodes, and the files of blocks.
 */
#ifndef SIM_DIRECTORY_H
#define SIM_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_DIRECTORY_SIZE 256

/* Return whether this process made the private directory. */
bool sim_directory_is_own(void);
/* Make one. Copies the path of the earlier one, SIM_DIRECTORY_SIZE bytes. Returns false with a message. */
bool sim_directory_create(char *old_directory);
void sim_directory_remove(void);
/* Remove the private file or directory of a public path. */
void sim_directory_remove_below(char const *path);
/*
 * Make the file of a block in the process's own private directory, and return its path and descriptor, or -1 with
 * errno.
 */
int sim_directory_make_file(char *path, size_t size);
/* Return whether a path could be that of a block's file, of any process. */
bool sim_directory_is_block(char const *path);
/* Make a directory inside the private one, unless it exists. Returns false with errno. */
bool sim_directory_make(char const *path);
/* Return whether this is the device number of the private directory. */
bool sim_directory_is_device(uint64_t dev);
/* The path in the private directory that stands for a public path. Nothing is there before the first node. */
void sim_private_path(char const *path, char *result, size_t size);
/* The reverse. Returns false for paths outside the private directory. */
bool sim_public_path(char const *path, char *result, size_t size);

#endif /* SIM_DIRECTORY_H */
