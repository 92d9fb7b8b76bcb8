/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_COMPILER_H
#define IMXD_COMPILER_H

/* The function takes a printf format as argument number `text`, and its values from `first` on. */
#if defined(__GNUC__)
#define IMXD_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define IMXD_PRINTF(text, first)
#endif

/* The function runs only if a call fails. The compiler keeps it apart from the code that succeeds. */
#define IMXD_COLD __attribute__((cold, noinline))

#endif /* IMXD_COMPILER_H */
