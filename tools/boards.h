/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The boards that the simulator emulates, by name.
 */
#ifndef TOOLS_BOARDS_H
#define TOOLS_BOARDS_H

#include <stddef.h>

struct board {
	/* For --board: a processor, or a processor and a kernel, as in imx8mp/5.10. Without one: NXP's newest kernel. */
	char const *name;
	char const *about;
	/* In the grammar of the simulator. */
	char const *statements;
	/* The directories of the vendors' libraries that the image of such a board has; NULL: none. */
	char const *libraries[2];
};

/* The last entry has no name. */
extern struct board const boards[];

#endif /* TOOLS_BOARDS_H */
