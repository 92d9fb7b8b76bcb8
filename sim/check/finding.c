/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/finding.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check/json.h"
#include "kernel/enter.h"
#include "kernel/real.h"

/* Further findings are only counted. */
#define MOST 200

/* A place as text. Further frames are left out. */
#define PLACE_TEXT 8192

struct finding {
	enum sim_kind_of_finding kind;
	bool traced, has_subject, is_written;
	uint64_t key, times;
	struct sim_lines lines;
	struct sim_place place;
	struct sim_subject subject;
	char detail[160];
};

static char const *const names[SIM_FINDING_KINDS] = {
	[SIM_DEVICE_READ_OLD] = "device-read-old",
	[SIM_DEVICE_WRITE_LOST] = "device-write-lost",
	[SIM_LINE_SHARED] = "line-shared",
	[SIM_CPU_WRITE_LOST] = "cpu-write-lost",
	[SIM_CPU_WROTE_OUTSIDE] = "cpu-wrote-outside",
	[SIM_CPU_READ_OLD] = "cpu-read-old",
	[SIM_CPU_OUTSIDE] = "cpu-outside",
	[SIM_SESSION_INEFFECTIVE] = "session-ineffective",
	[SIM_SESSION_LEFT_OPEN] = "session-left-open",
	[SIM_SESSION_NOT_STARTED] = "session-not-started",
	[SIM_USED_AFTER_FREE] = "used-after-free",
	[SIM_FREED_IN_USE] = "freed-in-use",
	[SIM_LEAKED] = "leaked",
	[SIM_MISUSED] = "misused",
	[SIM_SESSION_NEEDLESS] = "session-needless",
};

static struct finding findings[MOST];
static unsigned int count;
static unsigned long more;
static unsigned long long image;
static char report[PATH_MAX];
static bool traces;
static atomic_bool is_due;
/* One thread at a time writes the findings of all threads. The texts are static: a signal handler's stack is small. */
static atomic_flag is_writing = ATOMIC_FLAG_INIT;

void sim_findings_start(char const *path, bool with_trace)
{
	struct timespec now;

	if (path)
		snprintf(report, sizeof(report), "%s", path);
	traces = with_trace;
	count = 0;
	more = 0;
	/* A program that exec() starts has the same process. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	image = (unsigned long long)now.tv_sec * 1000000000 + (unsigned long long)now.tv_nsec;
	atomic_flag_clear(&is_writing);
}

bool sim_findings_trace(void)
{
	return traces;
}

static struct finding *find(enum sim_kind_of_finding kind, uint64_t key)
{
	for (unsigned int i = 0; i < count; i++)
		if (findings[i].kind == kind && findings[i].key == key)
			return &findings[i];
	return NULL;
}

static void add_lines(struct sim_lines *sum, struct sim_lines const *lines)
{
	if (!lines || lines->count == 0)
		return;
	if (sum->count == 0 || lines->begin < sum->begin)
		sum->begin = lines->begin;
	if (lines->end > sum->end)
		sum->end = lines->end;
	sum->count += lines->count;
}

void sim_finding_add(struct sim_found const *found)
{
	struct sim_place place;
	struct finding *finding;

	if (found->place)
		place = *found->place;
	else
		sim_place_take(&place, NULL);
	finding = find(found->kind, sim_place_key(&place));
	if (!finding && count == MOST) {
		more++;
		return;
	}
	if (!finding) {
		finding = &findings[count++];
		*finding = (struct finding){.kind = found->kind, .traced = found->traced, .key = sim_place_key(&place)};
		finding->place = place;
		finding->has_subject = found->subject != NULL;
		if (found->subject)
			finding->subject = *found->subject;
		snprintf(finding->detail, sizeof(finding->detail), "%s", found->detail ? found->detail : "");
		atomic_store(&is_due, true);
	}
	add_lines(&finding->lines, found->lines);
	finding->times++;
}

static void add_subject(struct json *json, struct sim_subject const *subject)
{
	static char place[PLACE_TEXT];

	json_add(json, ",\"buffer\":{");
	json_add_text(json, "name", subject->name);
	json_add(json, ",");
	json_add_text(json, "heap", subject->heap);
	json_add(json, ",\"size\":%llu,\"address\":%llu}", (unsigned long long)subject->size,
		(unsigned long long)subject->address);
	if (!subject->call)
		return;
	sim_place_write(&subject->called_at, place, sizeof(place));
	json_add(json, ",\"before\":{");
	json_add_text(json, "call", subject->call);
	json_add(json, ",\"place\":%s}", place);
}

/* One call of write() a line: several processes add to the file. */
static void write_line(struct json const *json)
{
	int fd = real()->open(report, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || real()->write(fd, json->text, json->length) < 0)
		fprintf(stderr, "imxdmabuffer-sim: a finding cannot be written to %s: %m\n", report);
	if (fd >= 0)
		real()->close(fd);
}

static void write_finding(struct finding const *finding, unsigned int number)
{
	static char text[2 * PLACE_TEXT + 4096], place[PLACE_TEXT];
	struct json json = {.text = text, .size = sizeof(text)};

	sim_place_write(&finding->place, place, sizeof(place));
	json_add(&json, "{\"process\":%d,\"image\":%llu,\"number\":%u,", (int)getpid(), image, number);
	json_add_text(&json, "kind", names[finding->kind]);
	json_add(&json, ",\"traced\":%s,\"times\":%llu,", finding->traced ? "true" : "false",
		(unsigned long long)finding->times);
	json_add_text(&json, "detail", finding->detail);
	json_add(&json, ",\"lines\":%llu,\"begin\":%llu,\"end\":%llu,\"place\":%s",
		(unsigned long long)finding->lines.count, (unsigned long long)finding->lines.begin,
		(unsigned long long)finding->lines.end, place);
	if (finding->has_subject)
		add_subject(&json, &finding->subject);
	json_add(&json, "}\n");
	write_line(&json);
}

/* Copy the next finding to write. Its number is that in this process. */
static bool take_next(struct finding *finding, unsigned int *number)
{
	for (unsigned int i = 0; i < count; i++)
		if (!findings[i].is_written) {
			findings[i].is_written = true;
			*finding = findings[i];
			*number = i;
			return true;
		}
	atomic_store(&is_due, false);
	return false;
}

void sim_findings_write(void)
{
	static struct finding finding;
	unsigned int number;

	if (!atomic_load_explicit(&is_due, memory_order_relaxed) || atomic_flag_test_and_set(&is_writing))
		return;
	while (SIM_LOCKED(take_next(&finding, &number)))
		write_finding(&finding, number);
	atomic_flag_clear(&is_writing);
}

/* Other threads may be writing, and the process would end before they have finished. */
static void wait_for_writer(void)
{
	while (atomic_flag_test_and_set(&is_writing))
		sched_yield();
	atomic_flag_clear(&is_writing);
}

void sim_findings_end(struct sim_finding_counts const *counts)
{
	char text[160];
	struct json json = {.text = text, .size = sizeof(text)};

	sim_lock();
	for (unsigned int i = 0; i < count; i++)
		findings[i].is_written = findings[i].is_written && findings[i].times == 1;
	atomic_store(&is_due, true);
	sim_unlock();
	sim_findings_write();
	wait_for_writer();
	json_add(&json, "{\"buffers\":%lu,\"cached_buffers\":%lu,\"untold_maps\":%lu,\"findings_cut\":%lu}\n",
		counts->buffers, counts->cached, counts->untold, more);
	write_line(&json);
}
