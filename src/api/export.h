/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_EXPORT_H
#define IMXD_EXPORT_H

/* Only functions with this mark are visible outside of the library. */
#define IMXD_EXPORT __attribute__((visibility("default")))

#endif /* IMXD_EXPORT_H */
