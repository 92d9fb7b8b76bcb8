/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The differences between two surveys, which show leaks: processes whose buffers become more.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "size.h"
#include "top.h"

/* A process before and after. */
struct change {
	struct process before, after;
};

struct changes {
	struct change *list;
	size_t count;
};

static int64_t growth(struct change const *change)
{
	return (int64_t)(change->after.bytes - change->before.bytes);
}

/* The largest growth first, then the largest growth in number. */
static int by_growth(void const *a, void const *b)
{
	struct change const *one = a, *other = b;

	if (growth(one) != growth(other))
		return (growth(one) < growth(other)) ? 1 : -1;
	return (one->after.pid > other->after.pid) - (one->after.pid < other->after.pid);
}

static struct process const *find_process(struct survey const *survey, struct process const *process)
{
	for (size_t i = 0; i < survey->process_count; i++)
		if (survey->processes[i].pid == process->pid && strcmp(survey->processes[i].name, process->name) == 0)
			return &survey->processes[i];
	return NULL;
}

static void add(struct changes *changes, struct process const *process, struct process const *before,
	struct process const *after)
{
	struct change *change = &changes->list[changes->count];

	change->before = change->after = (struct process){.pid = process->pid};
	memcpy(change->before.name, process->name, sizeof(process->name));
	memcpy(change->after.name, process->name, sizeof(process->name));
	if (before)
		change->before = *before;
	if (after)
		change->after = *after;
	changes->count += change->before.buffers != change->after.buffers || growth(change) != 0;
}

/* Return the processes whose buffers have changed. Returns -1 without memory. */
static int compare(struct survey const *before, struct survey const *after, struct changes *changes)
{
	changes->count = 0;
	changes->list = malloc((before->process_count + after->process_count + 1) * sizeof(*changes->list));
	if (!changes->list)
		return -1;
	for (size_t i = 0; i < after->process_count; i++)
		add(changes, &after->processes[i], find_process(before, &after->processes[i]), &after->processes[i]);
	for (size_t i = 0; i < before->process_count; i++)
		if (!find_process(after, &before->processes[i]))
			add(changes, &before->processes[i], &before->processes[i], NULL);
	qsort(changes->list, changes->count, sizeof(*changes->list), by_growth);
	return 0;
}

/* Count the buffers of one survey that are not in the other. */
static size_t count_only(struct survey const *in, struct survey const *not_in, uint64_t *bytes)
{
	size_t count = 0;

	*bytes = 0;
	for (size_t i = 0; i < in->count; i++) {
		if (survey_find(not_in, in->buffers[i].inode))
			continue;
		*bytes += in->buffers[i].size;
		count++;
	}
	return count;
}

static void print_change(struct change const *change)
{
	int64_t bytes = growth(change);
	char size[3][SIZE_TEXT];

	printf("%c%9s  %+7" PRId64 "  %7zu, %-10s  %7zu, %-10s  %.16s[%d]\n", (bytes < 0) ? '-' : '+',
		size_text((bytes < 0) ? 0 - (uint64_t)bytes : (uint64_t)bytes, size[0]),
		(int64_t)change->after.buffers - (int64_t)change->before.buffers, change->before.buffers,
		size_text(change->before.bytes, size[1]), change->after.buffers, size_text(change->after.bytes, size[2]),
		change->after.name, (int)change->after.pid);
}

static void print_text(struct survey const *before, struct survey const *after, struct changes const *changes,
	double seconds)
{
	uint64_t new_bytes, gone_bytes;
	size_t new = count_only(after, before, &new_bytes), gone = count_only(before, after, &gone_bytes);
	char size[2][SIZE_TEXT];

	printf("in %.1f s: %zu new DMA-BUF%s that stayed, %s; %zu freed, %s\n", seconds, new, new == 1 ? "" : "s",
		size_text(new_bytes, size[0]), gone, size_text(gone_bytes, size[1]));
	top_print_gaps(after, stdout, output_width());
	if (changes->count == 0) {
		puts("no process has more or fewer buffers than before");
		return;
	}
	puts("\n    change   buffers              before                after  process");
	for (size_t i = 0; i < changes->count; i++)
		print_change(&changes->list[i]);
}

static json_object *json_sum(struct process const *process)
{
	json_object *sum = json_object_new_object();

	json_object_object_add(sum, "buffers", json_object_new_int64((int64_t)process->buffers));
	json_object_object_add(sum, "bytes", json_object_new_int64((int64_t)process->bytes));
	return sum;
}

/* Return the buffers of one survey that are not in the other. */
static json_object *json_only(struct survey const *in, struct survey const *not_in)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < in->count; i++)
		if (!survey_find(not_in, in->buffers[i].inode))
			json_object_array_add(array, top_json_buffer(in, &in->buffers[i]));
	return array;
}

static int print_json(struct survey const *before, struct survey const *after, struct changes const *changes,
	double seconds)
{
	json_object *document = json_document(), *array = json_object_new_array();

	for (size_t i = 0; i < changes->count; i++) {
		struct change const *change = &changes->list[i];
		json_object *entry = json_object_new_object();

		json_object_object_add(entry, "pid", json_object_new_int(change->after.pid));
		json_object_object_add(entry, "process", json_text(change->after.name));
		json_object_object_add(entry, "before", json_sum(&change->before));
		json_object_object_add(entry, "after", json_sum(&change->after));
		json_object_array_add(array, entry);
	}
	json_object_object_add(document, "seconds", json_object_new_double(seconds));
	json_object_object_add(document, "processes", array);
	json_object_object_add(document, "new_buffers", json_only(after, before));
	json_object_object_add(document, "freed_buffers", json_only(before, after));
	top_add_gaps(document, after);
	return output_json(document);
}

int top_print_difference(struct survey const *before, struct survey const *after, double seconds, bool json)
{
	struct changes changes;
	int code;

	if (compare(before, after, &changes) != 0)
		return output_fail(EXIT_FAILED, "out of memory for the list of processes");
	if (json) {
		code = print_json(before, after, &changes, seconds);
	} else {
		print_text(before, after, &changes, seconds);
		code = output_flush();
	}
	free(changes.list);
	return code;
}
