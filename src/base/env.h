/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment variables of the library. Their meaning is documented in libimxdmabuffer(7).
 */
#ifndef IMXD_ENV_H
#define IMXD_ENV_H

enum imxd_variable {
	IMXD_ENV_ALLOCATOR,
	IMXD_ENV_PHYSICAL_ADDRESS,
	IMXD_ENV_SYNC,
	IMXD_ENV_ATTACH,
	IMXD_ENV_KEEP_MAPPINGS,
	IMXD_ENV_LOG
};

/* Return the value; NULL if the variable is unset or empty, and in set-user-ID programs. */
char const *imxd_env(enum imxd_variable variable);

#endif /* IMXD_ENV_H */
