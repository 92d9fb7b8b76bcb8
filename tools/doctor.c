/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer doctor: what this machine has for DMA memory, what is wrong, and what to do.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "files.h"
#include "output.h"

void doctor_fact(struct report *report, char const *name, char const *format, ...)
{
	va_list arguments;

	if (report->fact_count >= DOCTOR_FACTS)
		return;
	va_start(arguments, format);
	vsnprintf(report->facts[report->fact_count].text, DOCTOR_TEXT, format, arguments);
	va_end(arguments);
	report->facts[report->fact_count++].name = name;
}

void doctor_finding(struct report *report, enum doctor_kind kind, char const *format, ...)
{
	va_list arguments;

	if (report->finding_count >= DOCTOR_FINDINGS)
		return;
	va_start(arguments, format);
	vsnprintf(report->findings[report->finding_count].evidence, DOCTOR_TEXT, format, arguments);
	va_end(arguments);
	report->findings[report->finding_count].number = report->finding_count;
	report->findings[report->finding_count++].kind = kind;
}

void doctor_gap(struct report *report, char const *format, ...)
{
	va_list arguments;

	if (report->gap_count >= DOCTOR_GAPS)
		return;
	va_start(arguments, format);
	vsnprintf(report->gaps[report->gap_count++], DOCTOR_TEXT, format, arguments);
	va_end(arguments);
}

static int take(void *context, int option, char const *text)
{
	switch (option) {
	case OPTION_JSON:
		*(bool *)context = true;
		return EXIT_DONE;
	default:
		return output_fail_usage("takes no argument, but \"%.60s\" was given", text);
	}
}

static int by_kind(void const *a, void const *b)
{
	struct finding const *one = a, *other = b;

	if (one->kind != other->kind)
		return (one->kind > other->kind) - (one->kind < other->kind);
	return (one->number > other->number) - (one->number < other->number);
}

int run_doctor(struct command const *command, int argc, char **argv)
{
	static struct report report;
	bool json = false;
	int code = read_options(command, argc, argv, take, &json);

	if (code != 0)
		return code - 1;
	if (!files_exist("/proc/self") && !files_exist("/proc/meminfo"))
		return output_fail(EXIT_FAILED, "/proc cannot be read: nothing can be said about this machine");
	doctor_look_at_board(&report);
	doctor_look_at_iommu(&report);
	doctor_look_at_allocators(&report);
	doctor_look_at_configuration(&report);
	doctor_look_at_heaps(&report);
	doctor_look_at_memory(&report);
	qsort(report.findings, report.finding_count, sizeof(report.findings[0]), by_kind);
	code = doctor_print(&report, json);
	return (code == EXIT_DONE && report.finding_count > 0) ? EXIT_FAULT : code;
}
