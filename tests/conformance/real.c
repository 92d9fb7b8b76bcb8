/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suite on the real machine: there is no board to start.
 */
#include "conformance.h"

void start_board(void)
{
}

char const *board_has_one_process(void)
{
	return NULL;
}

int check_board(void)
{
	return 0;
}
