/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report of imxdmabuffer check.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "output.h"

/* The sums over all trials that count: of the default, and of all that promise to serve the device. */
struct sums {
	size_t lost, stale, failed;
	/* Wrong lines without a session, of the default. */
	size_t control;
	/* Trials that went wrong without a promise. */
	size_t unpromised;
	struct trial const *failure;
};

static struct sums add_up(struct check const *check)
{
	struct sums sums = {0};

	for (size_t i = 0; i < check->count; i++) {
		struct strategy const *strategy = &check->strategies[i];
		bool counts = strategy->is_default || strategy->serves;

		for (size_t k = 0; k < strategy->count; k++) {
			struct trial const *trial = &strategy->trials[k];

			if (trial->error[0] != '\0' && sums.failed++ == 0)
				sums.failure = trial;
			if (trial->is_control)
				sums.control += strategy->is_default ? trial->wrong : 0;
			else if (!counts)
				sums.unpromised += trial->wrong > 0;
			else if (trial->device_reads)
				sums.lost += trial->wrong;
			else
				sums.stale += trial->wrong;
		}
	}
	return sums;
}

static bool has_fault(struct sums const *sums)
{
	return sums->lost + sums->stale > 0;
}

static char const *verdict(struct sums const *sums)
{
	return has_fault(sums) ? "not coherent" : (sums->failed > 0) ? "failed" : "coherent";
}

static void set_count(struct row *row, int column, bool is_counted, size_t count)
{
	snprintf(row->cell[column], sizeof(row->cell[column]), "-");
	if (is_counted)
		snprintf(row->cell[column], sizeof(row->cell[column]), "%zu", count);
}

static void fill_row(struct row *row, struct strategy const *strategy, struct trial const *trial)
{
	bool is_counted = trial->error[0] == '\0';

	snprintf(row->cell[0], sizeof(row->cell[0]), "%c %s", strategy->is_default ? '*' : ' ',
		imx_dma_buffer_coherency_name(strategy->coherency));
	snprintf(row->cell[1], sizeof(row->cell[1]), "%s", trial->session);
	snprintf(row->cell[2], sizeof(row->cell[2]), "%s", trial->device_reads ? "device reads" : "device writes");
	snprintf(row->cell[3], sizeof(row->cell[3]), "failed");
	if (is_counted)
		set_count(row, 3, true, trial->lines);
	set_count(row, 4, is_counted && !trial->device_reads, trial->wrong);
	set_count(row, 5, is_counted && trial->device_reads, trial->wrong);
}

static void print_table(struct check const *check)
{
	static struct row const head = {{"  strategy", "session", "direction", "lines", "stale", "lost"}};
	struct table table = {.columns = 6};
	struct row row;

	table_measure(&table, &head);
	for (size_t i = 0; i < check->count; i++)
		for (size_t k = 0; k < check->strategies[i].count; k++) {
			fill_row(&row, &check->strategies[i], &check->strategies[i].trials[k]);
			table_measure(&table, &row);
		}
	table_print(&table, &head);
	for (size_t i = 0; i < check->count; i++)
		for (size_t k = 0; k < check->strategies[i].count; k++) {
			struct trial const *trial = &check->strategies[i].trials[k];

			fill_row(&row, &check->strategies[i], trial);
			table_print(&table, &row);
			if (trial->error[0] != '\0')
				output_wrapped("    failed: ", trial->error);
		}
	puts("* the default");
}

/* Is it certain that a fault would have shown? */
static bool can_show(struct check const *check, struct sums const *sums)
{
	return sums->control > 0 || check->strategies[0].coherency == IMX_DMA_BUFFER_COHERENCY_UNCACHED;
}

static void print_notes(struct check const *check, struct sums const *sums)
{
	if (sums->unpromised > 0)
		output_wrapped("note: ",
			"wrong lines of a strategy that is not the default, and does not promise to serve such a device, are no "
			"fault");
	if (check->facts.is_emulated)
		output_wrapped("note: ", "this device is emulated: it shows nothing about the caches of a board");
	if (!can_show(check, sums))
		output_wrapped("note: ",
			"nothing went wrong without a session either: the device sees the CPU's caches, or the lines had left "
			"them, and "
			"a fault might not have shown");
}

static void print_verdict(struct sums const *sums)
{
	char text[256], first[32];

	if (has_fault(sums))
		snprintf(text, sizeof(text),
			"the device did not see %zu lines that the CPU wrote, and the CPU did not see %zu lines that the device "
			"wrote",
			sums->lost, sums->stale);
	else if (sums->failed > 0)
		snprintf(text, sizeof(text),
			"trials that failed: %zu; nothing is proved about these, and the others found no fault", sums->failed);
	else
		snprintf(text, sizeof(text),
			"the device saw all that the CPU wrote, and the CPU saw all that the device wrote");
	snprintf(first, sizeof(first), "%s: ", verdict(sums));
	output_wrapped(first, text);
}

static void print_text(struct check const *check, struct sums const *sums)
{
	printf("allocator: %s %s\n", check->info.name, check->info.node);
	printf("device: %s, which %s\n", check->facts.device,
		check->witness->by_address ? "uses physical addresses" : "imports DMA-BUFs");
	printf("buffer: %zu bytes, lines of %d bytes\n", check->facts.room, CHECK_LINE);
	if (check->flush_signal)
		printf("DC CIVAC on a read-only mapping: not allowed (%s)\n", check->flush_signal);
	else if (check->may_flush == IMX_DMA_BUFFER_TRISTATE_YES)
		puts("DC CIVAC on a read-only mapping: allowed");
	print_table(check);
	print_notes(check, sums);
	print_verdict(sums);
}

static json_object *json_count(size_t count)
{
	return json_object_new_int64((int64_t)count);
}

static json_object *json_trial(struct trial const *trial)
{
	json_object *entry = json_object_new_object();
	bool is_counted = trial->error[0] == '\0';

	json_object_object_add(entry, "session", json_text(trial->session));
	json_object_object_add(entry, "direction", json_text(trial->device_reads ? "device reads" : "device writes"));
	json_object_object_add(entry, "lines", is_counted ? json_count(trial->lines) : NULL);
	json_object_object_add(entry, "stale", (is_counted && !trial->device_reads) ? json_count(trial->wrong) : NULL);
	json_object_object_add(entry, "lost", (is_counted && trial->device_reads) ? json_count(trial->wrong) : NULL);
	json_object_object_add(entry, "control", json_object_new_boolean(trial->is_control));
	json_object_object_add(entry, "error", json_text_or_null(trial->error));
	return entry;
}

static json_object *json_strategy(struct strategy const *strategy)
{
	json_object *entry = json_object_new_object(), *trials = json_object_new_array();

	for (size_t i = 0; i < strategy->count; i++)
		json_object_array_add(trials, json_trial(&strategy->trials[i]));
	json_object_object_add(entry, "coherency", json_text(imx_dma_buffer_coherency_name(strategy->coherency)));
	json_object_object_add(entry, "default", json_object_new_boolean(strategy->is_default));
	json_object_object_add(entry, "serves_device", json_object_new_boolean(strategy->serves));
	json_object_object_add(entry, "trials", trials);
	return entry;
}

static int print_json(struct check const *check, struct sums const *sums)
{
	json_object *document = json_document(), *strategies = json_object_new_array();
	json_object *device = json_object_new_object();

	for (size_t i = 0; i < check->count; i++)
		json_object_array_add(strategies, json_strategy(&check->strategies[i]));
	json_object_object_add(device, "witness", json_text(check->witness->name));
	json_object_object_add(device, "name", json_text(check->facts.device));
	json_object_object_add(device, "uses", json_text(check->witness->by_address ? "address" : "dmabuf"));
	json_object_object_add(device, "emulated", json_object_new_boolean(check->facts.is_emulated));
	json_object_object_add(document, "allocator", json_text(check->info.name));
	json_object_object_add(document, "node", json_text_or_null(check->info.node));
	json_object_object_add(document, "device", device);
	json_object_object_add(document, "size", json_count(check->facts.room));
	json_object_object_add(document, "line_size", json_count(CHECK_LINE));
	json_object_object_add(document, "read_only_flush", json_tristate(check->may_flush));
	json_object_object_add(document, "read_only_flush_signal", json_text(check->flush_signal));
	json_object_object_add(document, "strategies", strategies);
	json_object_object_add(document, "stale", json_count(sums->stale));
	json_object_object_add(document, "lost", json_count(sums->lost));
	json_object_object_add(document, "failed", json_count(sums->failed));
	json_object_object_add(document, "faults_would_show", json_object_new_boolean(can_show(check, sums)));
	json_object_object_add(document, "verdict", json_text(verdict(sums)));
	return output_json(document);
}

int report_check(struct check const *check)
{
	struct sums const sums = add_up(check);
	int code = EXIT_DONE;

	if (check->json)
		code = print_json(check, &sums);
	else
		print_text(check, &sums);
	if (code == EXIT_DONE)
		code = output_flush();
	if (code != EXIT_DONE)
		return code;
	if (has_fault(&sums))
		return output_fail(EXIT_FAULT, "not coherent: %zu lost lines, %zu stale lines, seen by %s", sums.lost,
			sums.stale, check->facts.device);
	if (sums.failed > 0)
		return output_fail(EXIT_FAILED, "trials that failed: %zu, the first one (%s) with: %s", sums.failed,
			sums.failure->session, sums.failure->error);
	return EXIT_DONE;
}
