/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Log messages: to the program's handler, or to standard error as far as IMXDMABUFFER_LOG asks for it.
 */
#ifndef IMXD_LOG_H
#define IMXD_LOG_H

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "error.h"

/* Writes one line. Costs a comparison while nobody listens. Not on the paths that are measured. */
void imxd_log(ImxDmaBufferLogLevel level, char const *format, ...) IMXD_PRINTF(2, 3);

#endif /* IMXD_LOG_H */
