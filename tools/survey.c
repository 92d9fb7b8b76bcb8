/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "survey.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more element. Doubles the array when its length is a power of two. Returns NULL without memory. */
static void *grow(void *array, size_t count, size_t size)
{
	return (count & (count - 1)) ? array : realloc(array, (count ? count * 2 : 1) * size);
}

/* Return the place of an inode in the hash table, which has a free one. */
static size_t *find_place(struct survey const *survey, uint64_t inode)
{
	size_t mask = survey->place_count - 1;
	/* Inodes are consecutive: spread them by a large odd number. */
	size_t place = (size_t)((inode * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;

	while (survey->places[place] != 0 && survey->buffers[survey->places[place] - 1].inode != inode)
		place = (place + 1) & mask;
	return &survey->places[place];
}

/* Keep the hash table at most half full. Returns 0, or -1 without memory. */
static int widen(struct survey *survey)
{
	size_t *old = survey->places, count = survey->place_count;

	if (survey->count * 2 < count)
		return 0;
	survey->places = calloc(count ? count * 2 : 64, sizeof(*survey->places));
	if (!survey->places) {
		survey->places = old;
		return -1;
	}
	survey->place_count = count ? count * 2 : 64;
	for (size_t i = 0; i < survey->count; i++)
		*find_place(survey, survey->buffers[i].inode) = i + 1;
	free(old);
	return 0;
}

struct dmabuf *survey_add_buffer(struct survey *survey, uint64_t inode)
{
	struct dmabuf *buffers;
	size_t *place;

	if (widen(survey) != 0)
		return NULL;
	place = find_place(survey, inode);
	if (*place != 0)
		return &survey->buffers[*place - 1];
	buffers = grow(survey->buffers, survey->count, sizeof(*buffers));
	if (!buffers)
		return NULL;
	survey->buffers = buffers;
	buffers[survey->count] = (struct dmabuf){.inode = inode};
	*place = ++survey->count;
	return &buffers[survey->count - 1];
}

struct holder *survey_add_holder(struct dmabuf *buffer, size_t process)
{
	struct holder *holders = buffer->holders;

	for (size_t i = buffer->count; i > 0; i--)
		if (holders[i - 1].process == process)
			return &holders[i - 1];
	holders = grow(holders, buffer->count, sizeof(*holders));
	if (!holders)
		return NULL;
	buffer->holders = holders;
	holders[buffer->count] = (struct holder){.process = process};
	return &holders[buffer->count++];
}

int survey_add_process(struct survey *survey, struct process const *process)
{
	struct process *processes = grow(survey->processes, survey->process_count, sizeof(*processes));

	if (!processes)
		return -1;
	survey->processes = processes;
	processes[survey->process_count++] = *process;
	return 0;
}

static int by_process(void const *a, void const *b)
{
	size_t one = ((struct holder const *)a)->process, other = ((struct holder const *)b)->process;

	return (one > other) - (one < other);
}

void survey_finish(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct dmabuf *buffer = &survey->buffers[i];

		qsort(buffer->holders, buffer->count, sizeof(*buffer->holders), by_process);
		for (size_t k = 0; k < buffer->count; k++) {
			struct process *process = &survey->processes[buffer->holders[k].process];

			process->buffers++;
			process->bytes += buffer->size;
		}
	}
}

void survey_sort(struct survey *survey, int (*compare)(void const *a, void const *b))
{
	if (survey->count == 0)
		return;
	qsort(survey->buffers, survey->count, sizeof(*survey->buffers), compare);
	memset(survey->places, 0, survey->place_count * sizeof(*survey->places));
	for (size_t i = 0; i < survey->count; i++)
		*find_place(survey, survey->buffers[i].inode) = i + 1;
}

void survey_free(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		free(survey->buffers[i].holders);
	free(survey->buffers);
	free(survey->processes);
	free(survey->places);
	*survey = (struct survey){0};
}

uint64_t survey_others(struct dmabuf const *buffer)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < buffer->count; i++)
		seen += buffer->holders[i].descriptors + buffer->holders[i].mappings;
	return (buffer->references > seen) ? buffer->references - seen : 0;
}

uint64_t survey_bytes(struct survey const *survey)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < survey->count; i++)
		sum += survey->buffers[i].size;
	return sum;
}

struct dmabuf const *survey_find(struct survey const *survey, uint64_t inode)
{
	size_t place = survey->count ? *find_place(survey, inode) : 0;

	return place ? &survey->buffers[place - 1] : NULL;
}

/* Is this the first buffer of its exporter? */
static bool is_first(struct survey const *survey, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(survey->buffers[i].exporter, survey->buffers[index].exporter) == 0)
			return false;
	return true;
}

bool survey_exporter(struct survey const *survey, size_t *index, struct exporter *exporter)
{
	while (*index < survey->count && !is_first(survey, *index))
		(*index)++;
	if (*index >= survey->count)
		return false;
	*exporter = (struct exporter){.name = survey->buffers[*index].exporter};
	for (size_t i = (*index)++; i < survey->count; i++) {
		if (strcmp(survey->buffers[i].exporter, exporter->name) != 0)
			continue;
		exporter->bytes += survey->buffers[i].size;
		exporter->buffers++;
	}
	return true;
}
