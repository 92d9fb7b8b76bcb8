/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_MEMORY_FILE_H
#define IMXD_MEMORY_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Create a memory file with reserved memory and these seals. Returns the descriptor or -errno. */
int imxd_memory_file(char const *name, unsigned int flags, size_t size, int seals);

/* The same without reserved memory: a user of the file makes the pages. */
int imxd_memory_file_unreserved(char const *name, unsigned int flags, size_t size, int seals);

/* Is it a memory file that cannot become shorter? A page behind its end would end the process with SIGBUS. */
bool imxd_memory_file_keeps_size(int fd);

#endif /* IMXD_MEMORY_FILE_H */
