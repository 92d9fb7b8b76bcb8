/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the simulator found wrong in a program: a report of all its processes.
 */
#ifndef TOOLS_SIM_REPORT_H
#define TOOLS_SIM_REPORT_H

#include <json.h>
#include <stdbool.h>

/* The meaning of a kind of finding. */
struct sim_text {
	char const *name;
	bool is_remark; /* about cost: nothing is wrong */
	char const *fault, *remedy;
};

/* Ends with an entry without a name. */
extern struct sim_text const sim_texts[];

/*
 * Read the lines that the simulator wrote to a file. Returns a document with the arrays "findings" and "remarks", or
 * NULL after an error line.
 */
json_object *sim_report_read(char const *path);

/* Return the number of findings; remarks do not count. */
size_t sim_report_findings(json_object *report);

/* Print the report on standard error. */
void sim_report_print(json_object *report);

#endif /* TOOLS_SIM_REPORT_H */
