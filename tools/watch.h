/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors that the library can only log: imx_dma_buffer_unmap() returns nothing, so the log is the only sign that a sync
 * session failed and written data may be lost.
 */
#ifndef TOOLS_WATCH_H
#define TOOLS_WATCH_H

/* Count the library's messages of level ERROR. Messages that IMXDMABUFFER_LOG asks for are still printed. */
void watch_begin(void);

/* Return the first message of level ERROR since the last call of this function; NULL if there is none. */
char const *watch_take_error(void);

/* Stop counting. */
void watch_end(void);

#endif /* TOOLS_WATCH_H */
