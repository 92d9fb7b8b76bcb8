/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_G2D_H
#define IMXD_G2D_H

struct imxd_backend;
struct imxd_instance;

extern struct imxd_backend const imxd_g2d_backend;

/*
 * g2d_nodes.c: the sentence for a library that gives no memory. Returns EACCES or EPERM where what it opens is closed
 * to this process, otherwise ENODEV.
 */
int imxd_g2d_fail(struct imxd_instance *self);

#endif /* IMXD_G2D_H */
