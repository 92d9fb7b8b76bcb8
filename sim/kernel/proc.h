/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files in /proc, and those of processors in /sys. The open functions return the descriptor of a text, or -1 with
 * errno.
 */
#ifndef SIM_PROC_H
#define SIM_PROC_H

#include "kernel/target.h"

int sim_open_meminfo(int flags);
int sim_open_release(int flags);
int sim_open_processors(int flags);
int sim_open_midr(int processor, int flags);
int sim_open_fdinfo(int fd, struct sim_target const *target, int flags);
/* Put the frames of simulated memory into data that was read from pagemap at this offset. */
void sim_patch_pagemap(void *data, size_t length, uint64_t offset);

#endif /* SIM_PROC_H */
