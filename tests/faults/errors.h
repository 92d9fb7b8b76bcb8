/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How each kind of call can fail.
 */
#ifndef TESTS_FAULTS_ERRORS_H
#define TESTS_FAULTS_ERRORS_H

#include "sim.h"

/* What stays behind: nothing, memory of the machine, or memory and whatever else a vendor's library had for it. */
enum left { LEFT_NOTHING, LEFT_MEMORY, LEFT_BY_VENDOR };

/* Lists end with 0. */
struct errors {
	/* The kind, as sim_call_name() tells it. */
	char const *call;
	/* What callers may see. */
	int fails[12];
	/* What nobody may notice: the call is made again, or its result does not matter. */
	int hidden[4];
	/* What a failed call should have given back; one that was interrupted is made again. */
	enum left left;
};

/* Never NULL: kinds that have no entry of their own fail as most calls do. */
struct errors const *errors_of(enum sim_call call);

#endif /* TESTS_FAULTS_ERRORS_H */
