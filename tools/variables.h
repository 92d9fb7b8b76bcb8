/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment variables that the library reads.
 */
#ifndef TOOLS_VARIABLES_H
#define TOOLS_VARIABLES_H

struct variable {
	char const *name;
	/* The meaning of the variable, for the output of info. */
	char const *meaning;
	/* The value that an unset or empty variable stands for. */
	char const *default_value;
};

/* The table; ends with an entry whose name is NULL. */
extern struct variable const variables[];

/* Return the value of an environment variable; NULL if it is unset or empty. */
char const *variable_value(char const *name);

#endif /* TOOLS_VARIABLES_H */
