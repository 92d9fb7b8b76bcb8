/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory-to-memory drivers of V4L2, such as those of the PxP, of JPEG encoders and of the Hantro encoder: any that
 * reads raw pictures, and writes one result for each picture. The result need not be a copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lane.h"
#include "witness.h"

#define MAX_NODES 64
#define MAX_BYTES (4u << 20)

static char node[32];
static uint32_t format;
static size_t size, result_size;
/* Buffers of the driver only; the tested buffer in place of the one that is read, or of the one that is written. */
static struct lane reference, reader, writer;

static int finish(struct lane *lane, uint8_t *result, size_t *length)
{
	if (lane_run(lane, length) != 0)
		return -1;
	if (*length == 0 || *length > result_size)
		return witness_fail("a result of %zu bytes in a buffer of %zu", *length, result_size);
	if (result)
		memcpy(result, lane->capture.map, *length);
	return 0;
}

static int expect(uint8_t const *image, uint8_t *result, size_t *length)
{
	memcpy(reference.output.map, image, size);
	return finish(&reference, result, length);
}

static int write_tested(uint8_t const *image)
{
	size_t length;

	memcpy(writer.output.map, image, size);
	return finish(&writer, NULL, &length);
}

static int read_tested(uint8_t *result, size_t *length)
{
	return finish(&reader, result, length);
}

/* The same image has the same result twice, and another image has another one. */
static int compare(uint8_t *image, uint8_t *first, uint8_t *again)
{
	size_t length, other;

	for (size_t i = 0; i < size; i++)
		image[i] = (uint8_t)(i * 7 + (i >> 8) * 31);
	if (expect(image, first, &length) != 0 || expect(image, again, &other) != 0)
		return -1;
	if (length != other || memcmp(first, again, length) != 0)
		return witness_fail("two results of the same picture differ");
	for (size_t i = 0; i < size; i++)
		image[i] ^= 0x55;
	if (expect(image, again, &other) != 0)
		return -1;
	if (length == other && memcmp(first, again, length) == 0)
		return witness_fail("the result does not depend on the picture");
	return 0;
}

static int prove(void)
{
	uint8_t *image = malloc(size), *first = malloc(result_size), *again = malloc(result_size);
	int code = (image && first && again) ? compare(image, first, again) : witness_fail("out of memory");

	free(image);
	free(first);
	free(again);
	return code;
}

/* Take the first raw format of one plane. Others follow as long as the driver offers them. */
static int choose_format(void)
{
	uint32_t offered;

	for (unsigned int index = 0; lane_offer(&reference, index, &offered) == 0; index++) {
		if (offered == 0 || lane_set_format(&reference, offered) != 0)
			continue;
		if (reference.output.picture > MAX_BYTES || reference.capture.picture > MAX_BYTES)
			continue;
		format = offered;
		size = reference.output.picture;
		result_size = reference.capture.picture;
		return 0;
	}
	return witness_fail("reads no raw picture of one plane and of at most %u MiB", MAX_BYTES >> 20);
}

/* The kernel's own drivers without a device. */
static bool has_no_device(char const *driver)
{
	return strcmp(driver, "vim2m") == 0 || strcmp(driver, "vicodec") == 0;
}

static int try_node(struct witness_facts *facts, bool is_emulated)
{
	char driver[17];
	int code = lane_open(&reference, node, driver);

	if (code == 0 && has_no_device(driver) != is_emulated)
		code = witness_fail("the driver %s %s a device", driver, is_emulated ? "has" : "does not have");
	if (code == 0)
		code = choose_format();
	if (code == 0)
		code = lane_start(&reference, -1, -1);
	if (code == 0)
		code = prove();
	if (code != 0)
		lane_close(&reference);
	facts->is_emulated = is_emulated;
	if (code == 0)
		snprintf(facts->device, sizeof(facts->device), "%s of the driver %s", node, driver);
	return code;
}

static void close_v4l2(void)
{
	lane_close(&reference);
}

/* Open the first node of this sort that works. Adds the reasons of the others. */
static bool find_node(struct witness_facts *facts, bool is_emulated, char why[WITNESS_TEXT])
{
	for (int number = 0; number < MAX_NODES; number++) {
		snprintf(node, sizeof(node), "/dev/video%d", number);
		if (access(node, F_OK) != 0)
			continue;
		if (try_node(facts, is_emulated) == 0)
			return true;
		snprintf(why + strlen(why), WITNESS_TEXT - strlen(why), "; %s: %.120s", node, witness_reason());
	}
	return false;
}

static int open_v4l2(ImxDmaBufferAllocator *allocator, struct witness_facts *facts)
{
	char why[WITNESS_TEXT] = "v4l2: no /dev/video* is a driver from memory to memory that works",
		 ignored[WITNESS_TEXT] = "";

	(void)allocator;
	lane_init(&reference);
	if (!find_node(facts, false, why) && !find_node(facts, true, ignored))
		return witness_fail("%s", why);
	facts->size = size;
	facts->result_size = result_size;
	facts->room = (size > result_size) ? size : result_size;
	return 0;
}

/* The first pass attaches the device. */
static int start(struct lane *lane, int output, int capture)
{
	char driver[17];
	size_t length;
	int code = lane_open(lane, node, driver);

	if (code == 0)
		code = lane_set_format(lane, format);
	if (code == 0)
		code = lane_start(lane, output, capture);
	return (code == 0) ? finish(lane, NULL, &length) : code;
}

static void drop(void)
{
	lane_close(&reader);
	lane_close(&writer);
}

static int take(struct witness_target const *target)
{
	lane_init(&reader);
	lane_init(&writer);
	if (start(&reader, target->fd, -1) == 0 && start(&writer, -1, target->fd) == 0)
		return 0;
	drop();
	return -1;
}

struct witness const witness_v4l2 = {
	.name = "v4l2",
	.open = open_v4l2,
	.close = close_v4l2,
	.take = take,
	.drop = drop,
	.expect = expect,
	.read = read_tested,
	.write = write_tested,
};
