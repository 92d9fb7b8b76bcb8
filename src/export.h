/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_EXPORT_H
#define IMXD_EXPORT_H

/* Everything is hidden but what carries this. */
#define IMXD_EXPORT __attribute__((visibility("default")))

#endif /* IMXD_EXPORT_H */
