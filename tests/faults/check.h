/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of the library's public functions in scenarios. Each is checked against the promises that all functions share:
 * a failure comes with a code and a sentence of its own, a success touches neither.
 *
 * Scenarios go on after a failure, with NULL or -1 in their hands; the library takes those for what they are.
 */
#ifndef TESTS_FAULTS_CHECK_H
#define TESTS_FAULTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* What to pass as the error argument. */
#define ERROR (&check_error)

/* By what a function returns: a pointer or NULL, 0 or more or -1, an address or 0, nothing that tells a failure. */
#define POINTER(function, ...) (check_begin(#function), check_pointer(function(__VA_ARGS__), true))
#define STATUS(function, ...) (check_begin(#function), check_status(function(__VA_ARGS__)))
#define ADDRESS(function, ...) (check_begin(#function), check_address(function(__VA_ARGS__)))
#define VALUE(function, ...) (check_begin(#function), function(__VA_ARGS__))
/* The same for functions that return a pointer and take no error argument. */
#define POINTER_ALONE(function, ...) (check_begin(#function), check_pointer(function(__VA_ARGS__), false))

/* The next call may fail on this board, with this code; 0: it may not. Several calls add up to two codes. */
void may_fail(int code);
#define ANY_CODE (-1)

/* Something that is wrong whether or not a call was made to fail. */
void problem(char const *format, ...) __attribute__((format(printf, 1, 2)));

/* How the calls of a scenario ended. */
struct trace {
	unsigned int length;
	struct {
		char const *function;
		int code; /* 0: success; -1: failure of a function that gives no code */
	} calls[400];
};

/* Begins a scenario; `strict`: nothing was made to fail, so only what may fail can. */
void check_start(struct trace *trace, bool strict);
/* The number of problems since then. */
unsigned int check_end(void);
/* Goes before each problem that is printed. */
void check_label(char const *format, ...) __attribute__((format(printf, 1, 2)));

/* The names of all functions that were called, in memory that forks share. */
char const *const *check_functions(void);

/* May this function fail with this code, by its header? */
bool is_documented(char const *function, int code);

extern int check_error;
void check_begin(char const *function);
void *check_pointer(void *result, bool with_code);
int check_status(int result);
imx_physical_address_t check_address(imx_physical_address_t result);

#endif /* TESTS_FAULTS_CHECK_H */
