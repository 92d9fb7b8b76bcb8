/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trials of imxdmabuffer check: one session each, and the count of lines that went wrong.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "watch.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define OVERWRITE IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE

/* What is still in the cache after one walk through the ballast is out after the second one. */
#define BALLAST_WALKS 2

enum kind { BY_MAP, BY_SESSION, BY_RANGE, IN_PARTS, CONTROL };

struct session {
	char const *name;
	bool device_reads;
	enum kind kind;
	unsigned int flags;
};

/*
 * Trials with a device that writes come first: in these, the CPU leaves nothing behind that it wrote. The controls do
 * no maintenance. If they lose nothing, the machine cannot show faults: the others prove nothing then.
 */
static struct session const sessions[] = {
	{"map read", false, BY_MAP, READ},
	{"map read-write", false, BY_MAP, READ | WRITE},
	{"manual read", false, BY_SESSION, READ | MANUAL},
	{"manual read-write", false, BY_SESSION, READ | WRITE | MANUAL},
	{"range, unaligned", false, BY_RANGE, READ | MANUAL},
	{"none (control)", false, CONTROL, READ | MANUAL},
	{"map write", true, BY_MAP, WRITE},
	{"map read-write", true, BY_MAP, READ | WRITE},
	{"map overwrite", true, BY_MAP, WRITE | OVERWRITE},
	{"manual read-write", true, BY_SESSION, READ | WRITE | MANUAL},
	{"range, unaligned", true, BY_RANGE, READ | WRITE | MANUAL},
	{"map write, parts", true, IN_PARTS, WRITE},
	{"none (control)", true, CONTROL, READ | WRITE | MANUAL},
};

/* Results of a step: the session failed, with the error in the trial; or the witness, with witness_reason(). */
enum { DONE = 0, SESSION_FAILED = 1, WITNESS_FAILED = -1 };

static int fail(struct trial *trial, char const *message)
{
	snprintf(trial->error, sizeof(trial->error), "%s", message);
	return SESSION_FAILED;
}

/* Sessions that fail at their start or end say so in the log only. */
static int check_log(struct trial *trial)
{
	char const *message = watch_take_error();

	return message ? fail(trial, message) : DONE;
}

static uint8_t *map(struct stand *stand, struct trial *trial, unsigned int flags)
{
	uint8_t *bytes = imx_dma_buffer_map(stand->buffer, flags, NULL);

	if (!bytes)
		fail(trial, imx_dma_buffer_get_last_error());
	return bytes;
}

/* code: of the steps before. */
static int unmap(struct stand *stand, struct trial *trial, int code)
{
	int failed;

	imx_dma_buffer_unmap(stand->buffer);
	failed = check_log(trial);
	return (code != DONE) ? code : failed;
}

static void draw(struct stand *stand, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		stand->seed = stand->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		stand->image[i] = (uint8_t)(stand->seed >> 56);
	}
}

/* Write back and discard what earlier trials left in the caches. */
static void settle(struct stand *stand)
{
	uint8_t const volatile *ballast = stand->ballast;
	uint8_t const *bytes = imx_dma_buffer_map(stand->buffer, READ | MANUAL, NULL);

	if (bytes)
		instruction_flush(bytes, stand->check->facts.room);
	imx_dma_buffer_unmap(stand->buffer);
	for (int walk = 0; walk < BALLAST_WALKS; walk++)
		for (size_t i = 0; i < BALLAST_SIZE; i += CHECK_LINE)
			(void)ballast[i];
}

/* Read all of the buffer, so that the cache has its old lines. */
static int hold(struct stand *stand, struct trial *trial)
{
	uint8_t const *bytes = map(stand, trial, READ);

	if (!bytes)
		return SESSION_FAILED;
	memcpy(stand->seen, bytes, stand->check->facts.room);
	return unmap(stand, trial, DONE);
}

/* Compare from `begin` on, by lines of the buffer. `wanted` and `got` bytes are there. */
static void count_lines(struct stand const *stand, struct trial *trial, size_t begin, size_t wanted, size_t got)
{
	for (size_t line = begin / CHECK_LINE * CHECK_LINE; line < wanted; line += CHECK_LINE) {
		size_t first = (line < begin) ? begin : line, end = line + CHECK_LINE;

		if (end > wanted)
			end = wanted;
		trial->lines++;
		trial->wrong += end > got || memcmp(stand->expected + first, stand->seen + first, end - first) != 0;
	}
}

/* A part that begins and ends inside of lines. */
static ImxDmaBufferRange part_of(size_t size)
{
	return (ImxDmaBufferRange){size / 4 + 13, size / 2 + 7};
}

static int sync_range(struct stand *stand, struct trial *trial, ImxDmaBufferRange const *range, bool for_device)
{
	ImxDmaBufferDirection direction = trial->device_reads ? IMX_DMA_BUFFER_TO_DEVICE : IMX_DMA_BUFFER_FROM_DEVICE;
	int code = (for_device ? imx_dma_buffer_sync_for_device : imx_dma_buffer_sync_for_cpu)(stand->buffer, range,
		range ? 1 : 0, direction, NULL);

	return (code == 0) ? DONE : fail(trial, imx_dma_buffer_get_last_error());
}

/* The CPU takes over the mapped buffer, reads, and gives it back. */
static int look(struct stand *stand, struct session const *session, struct trial *trial, uint8_t const *bytes,
	ImxDmaBufferRange part)
{
	int code = DONE;

	if (session->kind == BY_SESSION) {
		imx_dma_buffer_start_sync_session(stand->buffer);
		code = check_log(trial);
	} else if (session->kind == BY_RANGE) {
		code = sync_range(stand, trial, &part, false);
	}
	memcpy(stand->seen + part.offset, bytes + part.offset, part.length);
	if (session->kind == BY_SESSION)
		imx_dma_buffer_stop_sync_session(stand->buffer);
	return (code == DONE) ? check_log(trial) : code;
}

/* The device writes before the map that starts a session, but after any other one. */
static int from_device(struct stand *stand, struct session const *session, struct trial *trial)
{
	struct witness const *witness = stand->check->witness;
	ImxDmaBufferRange part = {0, 0};
	uint8_t const *bytes;
	int code = hold(stand, trial);

	if (code == DONE && witness->expect(stand->image, stand->expected, &part.length) != 0)
		code = WITNESS_FAILED;
	if (code == DONE && session->kind == BY_MAP)
		code = witness->write(stand->image);
	bytes = (code == DONE) ? map(stand, trial, session->flags) : NULL;
	if (!bytes)
		return (code == DONE) ? SESSION_FAILED : code;
	if (session->kind == BY_RANGE)
		code = sync_range(stand, trial, NULL, true);
	if (code == DONE && session->kind != BY_MAP)
		code = witness->write(stand->image);
	if (session->kind == BY_RANGE)
		part = part_of(part.length);
	if (code == DONE)
		code = look(stand, session, trial, bytes, part);
	code = unmap(stand, trial, code);
	if (code == DONE)
		count_lines(stand, trial, part.offset, part.offset + part.length, part.offset + part.length);
	return code;
}

/* Hand over the whole image, then write and hand over a part. */
static int fill_range(struct stand *stand, struct trial *trial, uint8_t *bytes)
{
	size_t size = stand->check->facts.size;
	ImxDmaBufferRange part = part_of(size);
	int code;

	memcpy(bytes, stand->image, size);
	code = sync_range(stand, trial, NULL, true);
	draw(stand, part.offset, part.offset + part.length);
	memcpy(bytes + part.offset, stand->image + part.offset, part.length);
	return (code == DONE) ? sync_range(stand, trial, &part, true) : code;
}

/* Write the middle of each line; the rest is the device's. */
static void fill_parts(struct stand *stand, uint8_t *bytes)
{
	for (size_t line = 0; line + CHECK_LINE <= stand->check->facts.size; line += CHECK_LINE) {
		draw(stand, line + 24, line + 32);
		memcpy(bytes + line + 24, stand->image + line + 24, 8);
	}
}

/* The CPU fills the mapped buffer, and hands it over unless the unmap does. */
static int fill(struct stand *stand, struct session const *session, struct trial *trial, uint8_t *bytes)
{
	int code = DONE;

	if (session->kind == BY_RANGE)
		return fill_range(stand, trial, bytes);
	if (session->kind == BY_SESSION) {
		imx_dma_buffer_start_sync_session(stand->buffer);
		code = check_log(trial);
	}
	if (session->kind == IN_PARTS)
		fill_parts(stand, bytes);
	else
		memcpy(bytes, stand->image, stand->check->facts.size);
	if (session->kind == BY_SESSION)
		imx_dma_buffer_stop_sync_session(stand->buffer);
	return (code == DONE) ? check_log(trial) : code;
}

static int to_device(struct stand *stand, struct session const *session, struct trial *trial)
{
	struct witness const *witness = stand->check->witness;
	bool by_unmap = session->kind == BY_MAP || session->kind == IN_PARTS;
	size_t wanted, got = 0;
	uint8_t *bytes;
	int code = DONE;

	if (session->kind == IN_PARTS) {
		code = hold(stand, trial);
		if (code == DONE)
			code = witness->write(stand->image);
	}
	bytes = (code == DONE) ? map(stand, trial, session->flags) : NULL;
	if (!bytes)
		return (code == DONE) ? SESSION_FAILED : code;
	code = fill(stand, session, trial, bytes);
	/* The device works while the buffer is mapped, unless the unmap hands it over. */
	if (by_unmap)
		code = unmap(stand, trial, code);
	if (code == DONE && witness->read(stand->seen, &got) != 0)
		code = WITNESS_FAILED;
	if (!by_unmap)
		code = unmap(stand, trial, code);
	if (code == DONE && witness->expect(stand->image, stand->expected, &wanted) != 0)
		code = WITNESS_FAILED;
	if (code == DONE)
		count_lines(stand, trial, 0, wanted, got);
	return code;
}

int stand_prepare(struct stand *stand)
{
	struct check const *check = stand->check;
	size_t length;

	memset(stand->ballast, 1, BALLAST_SIZE);
	draw(stand, 0, check->facts.size);
	if (check->witness->expect(stand->image, stand->expected, &length) != 0)
		return -1;
	stand->is_copy = length == check->facts.size && memcmp(stand->image, stand->expected, length) == 0;
	return 0;
}

int run_trials(struct stand *stand, struct strategy *strategy)
{
	for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
		struct session const *session = &sessions[i];
		struct trial *trial = &strategy->trials[strategy->count];
		int code;

		if (session->kind == IN_PARTS && !stand->is_copy)
			continue;
		*trial = (struct trial){
			.session = session->name,
			.device_reads = session->device_reads,
			.is_control = session->kind == CONTROL,
		};
		draw(stand, 0, stand->check->facts.size);
		settle(stand);
		code = (session->device_reads ? to_device : from_device)(stand, session, trial);
		if (code == WITNESS_FAILED)
			return -1;
		strategy->count++;
	}
	return 0;
}
