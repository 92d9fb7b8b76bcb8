/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of sim_configure(), and the message about a bad one.
 */
#ifndef SIM_PARSE_H
#define SIM_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Set this thread's message. Always returns false. */
__attribute__((format(printf, 1, 2))) bool sim_complain(char const *format, ...);
/* This thread's message, or "". */
char const *sim_complaint(void);
void sim_complaint_clear(void);

/* Returns the value of a word KEY=VALUE, or NULL for other words. */
char const *sim_value(char const *word, char const *key);

/* These return false with a message for a bad text. */

/* A number, optionally with the suffix K, M or G. */
bool sim_parse_size(char const *text, uint64_t *size);
/* A power of two, at least a page. */
bool sim_parse_alignment(char const *text, uint64_t *alignment);
/* A multiple of the page size other than 0. */
bool sim_parse_base(char const *text, uint64_t *base);
/* The name of an errno code, or "none" for 0. */
bool sim_parse_errno(char const *text, int *code);
/* UID:GID */
bool sim_parse_owner(char const *text, uint32_t *uid, uint32_t *gid);
/* A file mode in octal. */
bool sim_parse_mode(char const *text, uint32_t *mode);

#endif /* SIM_PARSE_H */
