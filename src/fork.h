/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forked children have copies of the library's objects, but the memory behind some of them is the parent's alone.
 */
#ifndef IMXD_FORK_H
#define IMXD_FORK_H

/* How often this process, its parent before the fork and so on were forked. Makes no system call. */
unsigned int imxd_fork_generation(void);

#endif /* IMXD_FORK_H */
