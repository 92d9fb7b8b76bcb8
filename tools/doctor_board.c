/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processor and kernel.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "doctor.h"
#include "files.h"
#include "output.h"

/* Read a text of one line. Returns false if there is none. */
static bool read_line(char *text, size_t room, char const *path)
{
	if (files_read(text, room, "%s", path) <= 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	output_printable(text);
	return text[0] != '\0';
}

static void look_at_processor(struct report *report)
{
	char model[128], soc[64], revision[64];

	if (!read_line(model, sizeof(model), "/sys/firmware/devicetree/base/model") &&
		!read_line(model, sizeof(model), "/sys/devices/soc0/machine"))
		snprintf(model, sizeof(model), "unknown: no device tree");
	if (!read_line(soc, sizeof(soc), "/sys/devices/soc0/soc_id"))
		soc[0] = '\0';
	if (!read_line(revision, sizeof(revision), "/sys/devices/soc0/revision"))
		revision[0] = '\0';
	doctor_fact(report, "board", "%s%s%s%s%s", model, soc[0] ? ", " : "", soc, revision[0] ? " revision " : "",
		revision);
}

void doctor_look_at_board(struct report *report)
{
	struct utsname kernel;
	char release[128];

	look_at_processor(report);
	uname(&kernel);
	if (!read_line(release, sizeof(release), "/proc/sys/kernel/osrelease"))
		snprintf(release, sizeof(release), "%s", kernel.release);
	doctor_fact(report, "kernel", "Linux %s, %s, %d-bit program", release, kernel.machine, (int)(8 * sizeof(void *)));
}
