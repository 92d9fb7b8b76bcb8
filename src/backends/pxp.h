/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_PXP_H
#define IMXD_PXP_H

struct imxd_backend;
extern struct imxd_backend const imxd_pxp_backend;

#endif /* IMXD_PXP_H */
