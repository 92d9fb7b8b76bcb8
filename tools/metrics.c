/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer metrics: numbers of this machine in the text format of Prometheus, version 0.0.4.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cma.h"
#include "command.h"
#include "files.h"
#include "output.h"
#include "survey.h"

static int take(void *context, int option, char const *text)
{
	char const **textfile = context;

	switch (option) {
	case OPTION_TEXTFILE:
		*textfile = text;
		return EXIT_DONE;
	default:
		return output_fail_usage("takes no argument, but \"%.60s\" was given", text);
	}
}

static void put_head(FILE *stream, char const *name, char const *type, char const *help)
{
	fprintf(stream, "# HELP imxdmabuffer_%s %s\n# TYPE imxdmabuffer_%s %s\n", name, help, name, type);
}

static void put_plain(FILE *stream, char const *name, char const *help, uint64_t value)
{
	put_head(stream, name, "gauge", help);
	fprintf(stream, "imxdmabuffer_%s %" PRIu64 "\n", name, value);
}

/* Write a label's value. Names have printable ASCII only. */
static void put_label(FILE *stream, char const *name, char const *value)
{
	fprintf(stream, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', stream);
		fputc(*value, stream);
	}
	fputc('"', stream);
}

static void put_exporters(FILE *stream, struct survey const *survey, char const *name, char const *help, bool bytes)
{
	struct exporter exporter;

	put_head(stream, name, "gauge", help);
	for (size_t i = 0; survey_exporter(survey, &i, &exporter);) {
		fprintf(stream, "imxdmabuffer_%s{", name);
		put_label(stream, "exporter", exporter.name[0] ? exporter.name : "unknown");
		fprintf(stream, "} %" PRIu64 "\n", bytes ? exporter.bytes : (uint64_t)exporter.buffers);
	}
}

static void put_processes(FILE *stream, struct survey const *survey, char const *name, char const *help, bool bytes)
{
	put_head(stream, name, "gauge", help);
	for (size_t i = 0; i < survey->process_count; i++) {
		struct process const *process = &survey->processes[i];

		if (process->buffers == 0)
			continue;
		fprintf(stream, "imxdmabuffer_%s{pid=\"%d\",", name, (int)process->pid);
		put_label(stream, "process", process->name);
		fprintf(stream, "} %" PRIu64 "\n", bytes ? process->bytes : (uint64_t)process->buffers);
	}
}

/* A number of an area. Returns false if it is unknown. */
typedef bool area_value(struct cma_area const *area, uint64_t *value);

static bool size_of(struct cma_area const *area, uint64_t *value)
{
	*value = area->size;
	return area->size > 0;
}

static bool free_of(struct cma_area const *area, uint64_t *value)
{
	*value = area->free;
	return area->bitmap != NULL;
}

static bool largest_of(struct cma_area const *area, uint64_t *value)
{
	*value = area->largest;
	return area->bitmap != NULL;
}

static bool allocated_of(struct cma_area const *area, uint64_t *value)
{
	*value = area->allocated_pages;
	return area->has_counters;
}

static bool failed_of(struct cma_area const *area, uint64_t *value)
{
	*value = area->failed_pages;
	return area->has_counters;
}

static void put_areas(FILE *stream, struct cma const *cma)
{
	static struct {
		char const *name, *type, *help;
		area_value *value;
	} const metrics[] = {
		{"cma_area_size_bytes", "gauge", "Size of the CMA area.", size_of},
		{"cma_area_free_bytes", "gauge", "Free memory of the CMA area.", free_of},
		{"cma_area_largest_run_bytes", "gauge", "The largest free run of the CMA area.", largest_of},
		{"cma_area_allocated_pages_total", "counter", "Pages of the CMA area that were allocated.", allocated_of},
		{"cma_area_failed_pages_total", "counter", "Pages of allocations from the CMA area that failed.", failed_of},
	};

	for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		put_head(stream, metrics[m].name, metrics[m].type, metrics[m].help);
		for (size_t i = 0; i < cma->count; i++) {
			uint64_t value;

			if (!metrics[m].value(&cma->areas[i], &value))
				continue;
			fprintf(stream, "imxdmabuffer_%s{", metrics[m].name);
			put_label(stream, "area", cma->areas[i].name);
			fprintf(stream, "} %" PRIu64 "\n", value);
		}
	}
}

static void put_all(FILE *stream, struct survey const *survey, struct cma const *cma)
{
	put_exporters(stream, survey, "dmabuf_buffers", "DMA-BUFs that processes hold, each counted once.", false);
	put_exporters(stream, survey, "dmabuf_bytes", "Size of the DMA-BUFs that processes hold, each counted once.", true);
	put_processes(stream, survey, "process_dmabuf_buffers", "DMA-BUFs that the process holds.", false);
	put_processes(stream, survey, "process_dmabuf_bytes", "Size of the DMA-BUFs that the process holds.", true);
	put_plain(stream, "unreadable_processes", "Processes whose DMA-BUFs could not be read.", survey->unreadable);
	put_plain(stream, "hidden_processes", "1 if /proc hides processes of other users.", survey->hides);
	put_plain(stream, "indistinct_descriptors", "Descriptors of DMA-BUFs that this kernel does not tell apart.",
		survey->indistinct);
	if (cma->has_total) {
		put_plain(stream, "cma_size_bytes", "Size of all CMA areas.", cma->total);
		put_plain(stream, "cma_free_bytes", "Free memory of all CMA areas, without what is lent to others.", cma->free);
	}
	put_areas(stream, cma);
}

/* Write all numbers to a text in memory, so that a file is replaced as a whole. */
static int make_text(char **text, size_t *length)
{
	struct survey survey;
	struct cma cma;
	FILE *stream = open_memstream(text, length);

	if (!stream)
		return output_fail(EXIT_FAILED, "out of memory");
	if (survey_take(&survey, 0) != 0) {
		int code = output_fail(EXIT_FAILED, "/proc cannot be read: %s", strerror(errno));

		fclose(stream);
		return code;
	}
	cma_read(&cma);
	put_all(stream, &survey, &cma);
	cma_free(&cma);
	survey_free(&survey);
	return (fclose(stream) == 0) ? EXIT_DONE : output_fail(EXIT_FAILED, "out of memory");
}

int run_metrics(struct command const *command, int argc, char **argv)
{
	char const *textfile = NULL;
	char *text = NULL;
	size_t length = 0;
	int code = read_options(command, argc, argv, take, &textfile);

	if (code != 0)
		return code - 1;
	code = make_text(&text, &length);
	if (code == EXIT_DONE && textfile) {
		code = files_replace(textfile, text, length);
	} else if (code == EXIT_DONE) {
		fwrite(text, 1, length, stdout);
		code = output_flush();
	}
	free(text);
	return code;
}
