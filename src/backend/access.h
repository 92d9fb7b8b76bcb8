/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_ACCESS_H
#define IMXD_ACCESS_H

/*
 * Set the message for a file that this process may not open: the cause, as far as the kernel shows it, and a remedy.
 * Looks at the owner, the mode, the access control list and the directories above. flags: those of open(). code:
 * -EACCES or -EPERM. Returns code.
 */
int imxd_access_fail(char const *path, int flags, int code);

#endif /* IMXD_ACCESS_H */
