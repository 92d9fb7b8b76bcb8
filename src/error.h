/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors. Inside the library a function that can fail returns 0 or a positive errno code, after it has written the
 * sentence for it with imxd_fail().
 */
#ifndef IMXD_ERROR_H
#define IMXD_ERROR_H

#include <stddef.h>

/* Size of the buffer that holds a sentence. */
#define IMXD_SENTENCE_SIZE 2048

#if defined(__GNUC__)
#define IMXD_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define IMXD_PRINTF(text, first)
#endif

/* For what runs only when something fails: kept apart, so that the paths that succeed stay short. */
#define IMXD_COLD __attribute__((cold, noinline))

/*
 * Sets this thread's sentence: what was tried, on which node, what would help. Does not allocate.
 * Arguments may point into the present sentence. Returns code.
 */
IMXD_COLD int imxd_fail(int code, char const *format, ...) IMXD_PRINTF(2, 3);

/* This thread's sentence, "" at first. */
char const *imxd_sentence(void);

/*
 * Hands a failure to the caller of a public function: the code, where one is wanted, and the sentence, which becomes
 * the last error. What fails inside a call that succeeds in the end, by another way, is never seen.
 */
IMXD_COLD void imxd_report(int *error, int code);

/* The same at the end of a function that returns 0 or -1. */
static inline int imxd_result(int code, int *error)
{
	if (code == 0)
		return 0;
	imxd_report(error, code);
	return -1;
}

/* The sentence that was reported last in this thread, "" at first. */
char const *imxd_last_error(void);

/* Puts back what it was. */
void imxd_set_last_error(char const *text);

/*
 * The name of a code and what the kernel means by it: "EACCES, Permission denied". Valid until the next call in this
 * thread.
 */
char const *imxd_errno_text(int code);

/* Out of memory for an object of the library itself. */
int imxd_fail_memory(void);

/* Hands a code from one function of the library to another. */
static inline void imxd_set_error(int *error, int code)
{
	if (error)
		*error = code;
}

#endif /* IMXD_ERROR_H */
