/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DWL_H
#define IMXD_DWL_H

#include <stdbool.h>

struct imxd_backend;
struct imxd_instance;

extern struct imxd_backend const imxd_dwl_backend;

/*
 * dwl_nodes.c: the sentence for a library that cannot be initialised, or that gives no memory. Returns EACCES or EPERM
 * where one of its nodes is closed to this process, otherwise ENODEV.
 */
int imxd_dwl_fail(struct imxd_instance const *self, bool initialised);

#endif /* IMXD_DWL_H */
