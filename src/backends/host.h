/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_HOST_H
#define IMXD_HOST_H

struct imxd_backend;
extern struct imxd_backend const imxd_host_backend;

#endif /* IMXD_HOST_H */
