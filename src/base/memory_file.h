/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_MEMORY_FILE_H
#define IMXD_MEMORY_FILE_H

#include <stddef.h>

/* Create a memory file with reserved memory and these seals. Returns the descriptor or -errno. */
int imxd_memory_file(char const *name, unsigned int flags, size_t size, int seals);

/* The same without reserved memory: a user of the file makes the pages. */
int imxd_memory_file_unreserved(char const *name, unsigned int flags, size_t size, int seals);

#endif /* IMXD_MEMORY_FILE_H */
