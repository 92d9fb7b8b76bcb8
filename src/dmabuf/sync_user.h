/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_SYNC_USER_H
#define IMXD_SYNC_USER_H

#include "sync.h"

/* The strategy of a process that maintains the caches itself. Needs imxd_cache()->line != 0. */
extern struct imxd_sync const imxd_sync_by_user;

#endif /* IMXD_SYNC_USER_H */
