/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of the library's public functions in scenarios. Each call is checked against the promises that all functions
 * share: a failure sets a code and a message of its own, a success changes neither.
 *
 * Scenarios go on after a failure and pass NULL or -1 to the next calls, which the library refuses.
 */
#ifndef TESTS_FAULTS_CHECK_H
#define TESTS_FAULTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Pass this as the error argument. */
#define ERROR (&check_error)

/* By return value: a pointer or NULL; 0 or more, or -1; an address or 0; a value that shows no failure. */
#define POINTER(function, ...) (check_begin(#function), check_pointer(function(__VA_ARGS__), true))
#define STATUS(function, ...) (check_begin(#function), check_status(function(__VA_ARGS__)))
#define ADDRESS(function, ...) (check_begin(#function), check_address(function(__VA_ARGS__)))
#define VALUE(function, ...) (check_begin(#function), function(__VA_ARGS__))
/* The same for functions that return a pointer and have no error argument. */
#define POINTER_ALONE(function, ...) (check_begin(#function), check_pointer(function(__VA_ARGS__), false))

/* Let the next call fail with this code on this board; 0: it must not fail. Several calls add up to two codes. */
void may_fail(int code);
#define ANY_CODE (-1)

/* Report a problem, whether or not a call was made to fail. */
void problem(char const *format, ...) __attribute__((format(printf, 1, 2)));

/* The results of the calls of a scenario. */
struct trace {
	unsigned int length;
	struct {
		char const *function;
		int code; /* 0: success; -1: failure of a function without a code */
	} calls[400];
};

/* Begin a scenario. With `strict`, no call was made to fail, so only calls after may_fail() can fail. */
void check_start(struct trace *trace, bool strict);
/* Return the number of problems since check_start(). */
unsigned int check_end(void);
/* Set the text before each problem that is printed. */
void check_label(char const *format, ...) __attribute__((format(printf, 1, 2)));

/* The names of all functions that were called, in memory that forks share. */
char const *const *check_functions(void);

/* Does the header of this function document this code? */
bool is_documented(char const *function, int code);

extern int check_error;
void check_begin(char const *function);
void *check_pointer(void *result, bool with_code);
int check_status(int result);
imx_physical_address_t check_address(imx_physical_address_t result);

#endif /* TESTS_FAULTS_CHECK_H */
