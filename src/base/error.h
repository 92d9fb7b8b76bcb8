/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors and log messages. Inside the library a function that can fail returns 0 (or a descriptor or size) on success
 * and a negative errno code on failure, after it has set this thread's message with imxd_fail(). The exceptions are the
 * functions of sys.h, which set no message, and those whose comment says so.
 */
#ifndef IMXD_ERROR_H
#define IMXD_ERROR_H

#include "compiler.h"
#include "log.h"

/*
 * Set this thread's message: operation, node, the kernel's error, remedy. The first message of a thread needs memory,
 * and is lost without it. Arguments may point into the present message. code: a negative errno code. Returns code.
 */
IMXD_COLD int imxd_fail(int code, char const *format, ...) IMXD_PRINTF(2, 3);

/* As imxd_fail(), if the process is out of malloc'd memory. */
IMXD_COLD int imxd_fail_memory(void);

/* Return this thread's message, after a failure. */
char const *imxd_message(void);

/* Log one line. Hold no lock: the handler may call functions of the library. This thread's message stays. */
void imxd_log(ImxDmaBufferLogLevel level, char const *format, ...) IMXD_PRINTF(2, 3);

/*
 * Hand a failure to the caller of a public function: the code, unless error is NULL, and the message, which becomes the
 * last error. A failure inside a call that succeeds in another way is never reported. Hold no lock: the message is
 * logged, too.
 */
IMXD_COLD void imxd_report(int *error, int code);

/* As imxd_report(), but log the message with another level than DEBUG. */
IMXD_COLD void imxd_report_at(ImxDmaBufferLogLevel level, int *error, int code);

/* As imxd_report() unless code is 0. Returns 0 or -1. */
int imxd_result(int code, int *error);

/* Return the last message that was reported in this thread, "" at first. */
char const *imxd_last_error(void);

/*
 * Return the name and the meaning of a negative errno code: "EACCES, Permission denied". Valid until the next call in
 * this thread.
 */
char const *imxd_errno_text(int code);

#endif /* IMXD_ERROR_H */
