/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment variables of the library: one table, in env.c.
 */
#ifndef IMXD_ENV_H
#define IMXD_ENV_H

enum imxd_variable { IMXD_ENV_ALLOCATOR, IMXD_ENV_PHYSICAL_ADDRESS, IMXD_ENV_LOG };

/* The value, or NULL where it is unset, empty, or not to be trusted (set-user-ID programs). */
char const *imxd_env(enum imxd_variable variable);

#endif /* IMXD_ENV_H */
