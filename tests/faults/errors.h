/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The errors of each kind of call.
 */
#ifndef TESTS_FAULTS_ERRORS_H
#define TESTS_FAULTS_ERRORS_H

#include "sim.h"

/* Left behind: nothing, memory of the machine, or memory and all else that a vendor's library holds for it. */
enum left { LEFT_NOTHING, LEFT_MEMORY, LEFT_BY_VENDOR };

/* Lists end with 0. */
struct errors {
	/* The kind, a name from sim_call_name(). */
	char const *call;
	/* Errors that callers may see. */
	int fails[12];
	/* Errors that callers must not notice: the call is repeated, or its result does not matter. */
	int hidden[4];
	/* The resources that a failed call leaves behind. An interrupted call is repeated and leaves nothing. */
	enum left left;
};

/* Never NULL: kinds without an entry fail like most calls. */
struct errors const *errors_of(enum sim_call call);

#endif /* TESTS_FAULTS_ERRORS_H */
