/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "size.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * A picture is width * height * pixel_bytes, plus chroma_bytes for each group of chroma_width * chroma_height pixels.
 * Packed YUV 4:2:2 counts as groups alone, because its rows round up to whole pairs of pixels.
 */
static struct format {
	char const *name;
	unsigned char pixel_bytes, chroma_bytes, chroma_width, chroma_height;
} const formats[] = {
	{"nv12", 1, 2, 2, 2},
	{"nv21", 1, 2, 2, 2},
	{"i420", 1, 2, 2, 2},
	{"yv12", 1, 2, 2, 2},
	{"nv16", 1, 2, 2, 1},
	{"nv61", 1, 2, 2, 1},
	{"y42b", 1, 2, 2, 1},
	{"nv24", 1, 2, 1, 1},
	{"y444", 1, 2, 1, 1},
	{"p010", 2, 4, 2, 2},
	{"yuyv", 0, 4, 2, 1},
	{"yvyu", 0, 4, 2, 1},
	{"uyvy", 0, 4, 2, 1},
	{"vyuy", 0, 4, 2, 1},
	{"gray8", 1, 0, 1, 1},
	{"gray16", 2, 0, 1, 1},
	{"rgb565", 2, 0, 1, 1},
	{"bgr565", 2, 0, 1, 1},
	{"rgb888", 3, 0, 1, 1},
	{"bgr888", 3, 0, 1, 1},
	{"rgba8888", 4, 0, 1, 1},
	{"bgra8888", 4, 0, 1, 1},
	{"argb8888", 4, 0, 1, 1},
	{"abgr8888", 4, 0, 1, 1},
	{"rgbx8888", 4, 0, 1, 1},
	{"bgrx8888", 4, 0, 1, 1},
	{"xrgb8888", 4, 0, 1, 1},
	{"xbgr8888", 4, 0, 1, 1},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static struct {
	char const *suffix;
	unsigned int shift;
} const multiples[] = {{"", 0}, {"k", 10}, {"kib", 10}, {"m", 20}, {"mib", 20}, {"g", 30}, {"gib", 30}};

#define MULTIPLES (sizeof(multiples) / sizeof(multiples[0]))

/* Parse leading digits. *end == text if there are none. */
static int read_digits(char const *text, char const **end, size_t *number)
{
	bool overflow = false;

	*number = 0;
	for (*end = text; isdigit((unsigned char)**end); (*end)++) {
		overflow |= __builtin_mul_overflow(*number, (size_t)10, number);
		overflow |= __builtin_add_overflow(*number, (size_t)(**end - '0'), number);
	}
	return overflow ? -1 : 0;
}

int size_parse_number(char const *text, size_t *number)
{
	char const *end;

	return (read_digits(text, &end, number) == 0 && end != text && *end == '\0') ? 0 : -1;
}

int size_parse_bytes(char const *text, size_t *size, char message[SIZE_MESSAGE])
{
	char const *end;
	bool fits = read_digits(text, &end, size) == 0;

	for (size_t i = 0; end != text && i < MULTIPLES; i++) {
		if (strcasecmp(end, multiples[i].suffix) != 0)
			continue;
		if (fits && !__builtin_mul_overflow(*size, (size_t)1 << multiples[i].shift, size))
			return 0;
		snprintf(message, SIZE_MESSAGE, "\"%.60s\" is more than this machine can address", text);
		return -1;
	}
	snprintf(message, SIZE_MESSAGE, "\"%.60s\" is not a size; write bytes, such as 4096, 64K, 3M, 1G or 3MiB", text);
	return -1;
}

static struct format const *find(char const *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcasecmp(name, formats[i].name) == 0)
			return &formats[i];
	return NULL;
}

static bool multiply(size_t a, size_t b, size_t c, size_t *product)
{
	return !__builtin_mul_overflow(a, b, product) && !__builtin_mul_overflow(*product, c, product);
}

int size_of_picture(char const *name, size_t width, size_t height, size_t *size)
{
	struct format const *format = find(name);
	size_t pixels, groups;

	if (!format || !multiply(width, height, format->pixel_bytes, &pixels))
		return -1;
	width = width / format->chroma_width + (width % format->chroma_width != 0);
	height = height / format->chroma_height + (height % format->chroma_height != 0);
	if (!multiply(width, height, format->chroma_bytes, &groups) || __builtin_add_overflow(pixels, groups, size))
		return -1;
	return 0;
}

char const *size_list_formats(char *text, size_t room)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < FORMATS && used + strlen(formats[i].name) + 2 <= room; i++)
		used += (size_t)snprintf(text + used, room - used, "%s%s", (i > 0) ? " " : "", formats[i].name);
	return text;
}

enum { GOOD, MALFORMED, TOO_LARGE };

/* Parse WIDTHxHEIGHT up to the colon. */
static int read_dimensions(char const *text, char const *colon, size_t *width, size_t *height)
{
	char const *by, *end;
	int wide = read_digits(text, &by, width);
	int high;

	if (by == text || (*by != 'x' && *by != 'X'))
		return MALFORMED;
	high = read_digits(by + 1, &end, height);
	if (end == by + 1 || end != colon)
		return MALFORMED;
	return (wide != 0 || high != 0) ? TOO_LARGE : GOOD;
}

static int fail_format(char const *name, char message[SIZE_MESSAGE])
{
	char known[SIZE_MESSAGE - 100];

	snprintf(message, SIZE_MESSAGE, "\"%.40s\" is not a known format; known formats: %s", name,
		size_list_formats(known, sizeof(known)));
	return -1;
}

static int parse_picture(char const *text, char const *colon, size_t *size, char message[SIZE_MESSAGE])
{
	size_t width, height;
	int result = read_dimensions(text, colon, &width, &height);

	if (result != MALFORMED && !find(colon + 1))
		return fail_format(colon + 1, message);
	if (result == GOOD && size_of_picture(colon + 1, width, height, size) == 0)
		return 0;
	snprintf(message, SIZE_MESSAGE,
		(result == MALFORMED) ? "\"%.60s\" is not a size; write WIDTHxHEIGHT:FORMAT, such as 1920x1080:nv12"
							  : "\"%.60s\" is more than this machine can address",
		text);
	return -1;
}

int size_parse(char const *text, size_t *size, char message[SIZE_MESSAGE])
{
	char const *colon = strchr(text, ':');
	int result = colon ? parse_picture(text, colon, size, message) : size_parse_bytes(text, size, message);

	if (result == 0 && *size == 0) {
		snprintf(message, SIZE_MESSAGE, "\"%.60s\" is 0 bytes; a buffer has at least one byte", text);
		return -1;
	}
	return result;
}

char const *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
	static char const *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	size_t unit = 0;
	int digits;

	/* 1023.5 would be printed with four digits. */
	for (; value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		value /= 1024;
	digits = (unit == 0 || value >= 99.95) ? 0 : (value >= 9.995) ? 1 : 2;
	snprintf(text, SIZE_TEXT, "%.*f %s", digits, value, units[unit]);
	return text;
}
