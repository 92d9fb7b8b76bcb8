/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How each kind of call can fail.
 */
#ifndef TESTS_FAULTS_ERRORS_H
#define TESTS_FAULTS_ERRORS_H

#include "sim.h"

/* Lists end with 0. */
struct errors {
	/* The kind, as sim_call_name() tells it. */
	char const *call;
	/* What callers may see. */
	int fails[12];
	/* What nobody may notice: the call is made again, or its result does not matter. */
	int hidden[4];
	/* A failed call leaves behind what it should have given back; one that was interrupted is made again. */
	int leaves_memory;
};

/* Never NULL: kinds that have no entry of their own fail as most calls do. */
struct errors const *errors_of(enum sim_call call);

#endif /* TESTS_FAULTS_ERRORS_H */
