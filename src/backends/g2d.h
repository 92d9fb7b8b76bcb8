/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_G2D_H
#define IMXD_G2D_H

struct imxd_backend;
extern struct imxd_backend const imxd_g2d_backend;

#endif /* IMXD_G2D_H */
