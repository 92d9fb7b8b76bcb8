/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Log messages: to the program's handler, or to standard error up to the level in IMXDMABUFFER_LOG.
 */
#ifndef IMXD_LOG_H
#define IMXD_LOG_H

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "compiler.h"

/* Size of the longest message, the terminating zero included. */
#define IMXD_MESSAGE_SIZE 2048

/* Log one line. Hold no lock: the handler may call functions of the library. */
void imxd_log(ImxDmaBufferLogLevel level, char const *format, ...) IMXD_PRINTF(2, 3);

/* As imx_dma_buffer_set_log_handler(). */
void imxd_log_set_handler(ImxDmaBufferLogHandler handler, void *user_data, ImxDmaBufferLogLevel max_level);

/*
 * Copy a text, cut off if need be, and make its control characters visible. Texts may contain names and variables,
 * which must not look like further messages.
 */
void imxd_copy_visible(char *to, size_t size, char const *from);

#endif /* IMXD_LOG_H */
