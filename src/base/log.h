/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where log messages go: to the program's handler, or to standard error up to the level in IMXDMABUFFER_LOG. imxd_log()
 * of error.h makes them.
 */
#ifndef IMXD_LOG_H
#define IMXD_LOG_H

#include <stdbool.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Size of the longest message, the terminating zero included. */
#define IMXD_MESSAGE_SIZE 2048

/* Are messages of this level logged? */
bool imxd_log_wants(ImxDmaBufferLogLevel level);

/* Hand over a message without control characters. Hold no lock: the handler may call functions of the library. */
void imxd_log_write(ImxDmaBufferLogLevel level, char const *message);

/* As imx_dma_buffer_set_log_handler(). */
void imxd_log_set_handler(ImxDmaBufferLogHandler handler, void *user_data, ImxDmaBufferLogLevel max_level);

/*
 * Copy a text, cut off if need be, and make its control characters visible. Texts may contain names and variables,
 * which must not look like further messages.
 */
void imxd_copy_visible(char *to, size_t size, char const *from);

#endif /* IMXD_LOG_H */
