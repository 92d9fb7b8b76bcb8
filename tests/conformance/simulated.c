/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts the simulated board that the environment variable CONFORMANCE_BOARD describes, and checks at the end of each
 * test that none of its memory is left, and that the kernel was asked for nothing that harms.
 */
#include <stdlib.h>

#include "conformance.h"
#include "sim.h"

void start_board(void)
{
	char const *text = getenv("CONFORMANCE_BOARD");

	sim_reset();
	if (text && sim_configure(text) != 0) {
		fprintf(stderr, "CONFORMANCE_BOARD: %s\n", sim_message());
		exit(2);
	}
}

int check_board(void)
{
	if (sim_misuses() != 0) {
		print_error("%lu calls that harm: %s\n", sim_misuses(), sim_misuse());
		return -1;
	}
	if (sim_live_buffers() == 0 && sim_huge_pages_used() == 0)
		return 0;
	print_error("%u buffers and %u huge pages are left\n", sim_live_buffers(), sim_huge_pages_used());
	return -1;
}
