/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DWL_H
#define IMXD_DWL_H

struct imxd_backend;
extern struct imxd_backend const imxd_dwl_backend;

#endif /* IMXD_DWL_H */
