/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files in huge pages, as fs/hugetlbfs.
 */
#ifndef SIM_HUGE_H
#define SIM_HUGE_H

#include "kernel/memory.h"

int sim_huge_create(char const *name, unsigned int flags);
int sim_huge_truncate(struct sim_memory *memory, int fd, int64_t length);
int sim_huge_allocate(struct sim_memory *memory, int fd, int mode, int64_t offset, int64_t length);
/* Take the pages for a mapping and round its length up. Returns false with errno. */
bool sim_huge_may_map(struct sim_memory *memory, size_t *length, uint64_t offset);
/* Return whether all pages of the range exist. */
bool sim_huge_is_present(struct sim_memory const *memory, int fd, uint64_t offset, uint64_t size);
/* The number of huge pages in use. */
uint64_t sim_huge_used(void);

#endif /* SIM_HUGE_H */
