/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DWL_H
#define IMXD_DWL_H

struct imxd_backend;
struct imxd_instance;

extern struct imxd_backend const imxd_dwl_backend;

/*
 * dwl_nodes.c: the sentence for a library that does not work: `what` it did, and how its nodes are. Returns EACCES or
 * EPERM where one of them is closed to this process, otherwise ENODEV.
 */
int imxd_dwl_fail(struct imxd_instance const *self, char const *what);

#endif /* IMXD_DWL_H */
