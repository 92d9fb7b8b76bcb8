/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suite on the real machine: there is no board to start.
 */
#include "conformance.h"

void start_board(void)
{
}

int check_board(void)
{
	return 0;
}
