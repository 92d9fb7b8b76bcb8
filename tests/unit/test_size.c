/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes on the command line.
 */
#include "support.h"

#include "size.h"

static void assert_size(char const *text, size_t expected)
{
	char message[SIZE_MESSAGE] = "";
	size_t size = 0;

	if (size_parse(text, &size, message) != 0)
		fail_msg("%s: %s", text, message);
	if (size != expected)
		fail_msg("%s: %zu instead of %zu", text, size, expected);
}

static void assert_refused(char const *text, char const *because)
{
	char message[SIZE_MESSAGE] = "";
	size_t size;

	if (size_parse(text, &size, message) == 0)
		fail_msg("\"%s\" was read as %zu", text, size);
	assert_contains(message, because);
}

static void test_bytes(void **state)
{
	assert_size("1", 1);
	assert_size("4096", 4096);
	assert_size("0004096", 4096);
	assert_size("4294967295", 4294967295u);
}

static void test_multiples(void **state)
{
	assert_size("64K", 65536);
	assert_size("64k", 65536);
	assert_size("64KiB", 65536);
	assert_size("3M", 3145728);
	assert_size("3m", 3145728);
	assert_size("3MiB", 3145728);
	assert_size("3mib", 3145728);
	assert_size("1G", 1073741824);
	assert_size("1GiB", 1073741824);
}

static void test_junk(void **state)
{
	static char const *const texts[] = {"", " ", "K", "KiB", "-1", "+1", " 1", "1 ", "1\n", "0x1000", "1e6", "1.5M",
		"3KB", "3T", "3MM", "3 M", "3Mi", "3B", "12three", "nv12", "\xc2\xb2", "1_000", "1,000"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i], "not a size");
}

static void test_nothing(void **state)
{
	assert_refused("0", "at least one byte");
	assert_refused("0G", "at least one byte");
	assert_refused("0x0:nv12", "at least one byte");
	assert_refused("0x1080:nv12", "at least one byte");
	assert_refused("1920x0:rgb565", "at least one byte");
}

static void test_pictures(void **state)
{
	static struct {
		char const *text;
		size_t size;
	} const known[] = {
		{"1920x1080:nv12", 3110400},
		{"1920x1080:nv21", 3110400},
		{"1920x1080:i420", 3110400},
		{"1920x1080:yv12", 3110400},
		{"1280x720:nv12", 1382400},
		{"1920x1080:nv16", 4147200},
		{"1920x1080:nv61", 4147200},
		{"1920x1080:y42b", 4147200},
		{"1920x1080:nv24", 6220800},
		{"1920x1080:y444", 6220800},
		{"1920x1080:yuyv", 4147200},
		{"1920x1080:yvyu", 4147200},
		{"1920x1080:uyvy", 4147200},
		{"1920x1080:vyuy", 4147200},
		{"1920x1080:gray8", 2073600},
		{"1920x1080:gray16", 4147200},
		{"1920x1080:rgb565", 4147200},
		{"1920x1080:bgr565", 4147200},
		{"1920x1080:rgb888", 6220800},
		{"1920x1080:bgr888", 6220800},
		{"1920x1080:p010", 6220800},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_size(known[i].text, known[i].size);
}

static void test_four_bytes(void **state)
{
	static char const *const names[] = {
		"rgba8888", "bgra8888", "argb8888", "abgr8888", "rgbx8888", "bgrx8888", "xrgb8888", "xbgr8888"};
	size_t size;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(size_of_picture(names[i], 640, 480, &size), 0);
		assert_int_equal(size, 640 * 480 * 4);
	}
}

static void test_case(void **state)
{
	assert_size("1920X1080:NV12", 3110400);
}

/* 3x3 luma, 2x2 pairs of chroma. */
static void test_odd(void **state)
{
	assert_size("3x3:nv12", 9 + 8);
	assert_size("3x3:i420", 9 + 8);
	assert_size("1x1:nv12", 3);
	assert_size("3x3:p010", 18 + 16);
	assert_size("3x3:nv16", 9 + 2 * 2 * 3);
	assert_size("3x3:nv24", 9 + 2 * 9);
	assert_size("3x3:yuyv", 8 * 3);
	assert_size("1x1:uyvy", 4);
	assert_size("3x3:rgb888", 27);
	assert_size("3x3:gray8", 9);
}

static void test_bad_pictures(void **state)
{
	static char const *const texts[] = {":nv12", "x:nv12", "1920:nv12", "1920x:nv12", "x1080:nv12", "1920x1080x1:nv12",
		"1920*1080:nv12", "1920x1080 :nv12", "-1920x1080:nv12", "1920x-1080:nv12", "1920xx1080:nv12", "1920Kx1080:nv12",
		"0x10x20:nv12", " 1x1:nv12"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i], "WIDTHxHEIGHT:FORMAT");
	assert_refused("1920x1080", "not a size");
}

static void test_unknown_format(void **state)
{
	static char const *const texts[] = {"1x1:", "1x1:nv13", "1x1:nv12:nv12", "1x1:nv12 ", "1x1: nv12", "1x1:nv"};
	char known[SIZE_MESSAGE];

	size_list_formats(known, sizeof(known));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_refused(texts[i], "not a known format");
		assert_refused(texts[i], known);
	}
	assert_contains(known, "nv12 nv21 i420");
	assert_contains(known, "xbgr8888");
}

static void test_listed_formats(void **state)
{
	char known[SIZE_MESSAGE];
	size_t size, count = 0;

	size_list_formats(known, sizeof(known));
	for (char *name = strtok(known, " "); name; name = strtok(NULL, " "), count++)
		assert_int_equal(size_of_picture(name, 2, 2, &size), 0);
	assert_true(count >= 28);
}

static void test_list_in_little_room(void **state)
{
	char known[12];

	assert_string_equal(size_list_formats(known, sizeof(known)), "nv12 nv21");
}

static void test_overflow(void **state)
{
	char text[80];
	size_t size;

	assert_refused("99999999999999999999999", "more than this machine");
	assert_refused("18014398509481984K", "more than this machine");
	assert_refused("17179869184G", "more than this machine");
	assert_refused("99999999999999999999999G", "more than this machine");
	assert_refused("99999999999999999999999x1:nv12", "more than this machine");
	assert_refused("1x99999999999999999999999:nv12", "more than this machine");
	assert_refused("4294967296x4294967296:rgba8888", "more than this machine");
	snprintf(text, sizeof(text), "%zux1:rgba8888", SIZE_MAX / 4 + 1);
	assert_refused(text, "more than this machine");
	snprintf(text, sizeof(text), "%zux2:yuyv", SIZE_MAX);
	assert_refused(text, "more than this machine");
	/* Luma alone fits, chroma does not. */
	assert_int_equal(size_of_picture("nv12", SIZE_MAX, 1, &size), -1);
	assert_int_equal(size_of_picture("gray8", SIZE_MAX, 1, &size), 0);
	assert_true(size == SIZE_MAX);
}

static void test_largest(void **state)
{
	char text[40];

	snprintf(text, sizeof(text), "%zu", SIZE_MAX);
	assert_size(text, SIZE_MAX);
	snprintf(text, sizeof(text), "%zuK", SIZE_MAX >> 10);
	assert_size(text, SIZE_MAX >> 10 << 10);
}

static void test_numbers(void **state)
{
	static char const *const junk[] = {"", "-1", "+1", " 1", "1 ", "1K", "0x1", "99999999999999999999999"};
	size_t number;

	assert_int_equal(size_parse_number("0", &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(size_parse_number("0042", &number), 0);
	assert_int_equal(number, 42);
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		assert_int_equal(size_parse_number(junk[i], &number), -1);
}

static void test_bytes_take_zero(void **state)
{
	char message[SIZE_MESSAGE];
	size_t size = 1;

	assert_int_equal(size_parse_bytes("0", &size, message), 0);
	assert_int_equal(size, 0);
	assert_int_equal(size_parse_bytes("1x1:nv12", &size, message), -1);
}

static void test_long_text(void **state)
{
	char text[2000];

	memset(text, '9', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_refused(text, "more than this machine");
	memset(text, 'z', sizeof(text) - 1);
	assert_refused(text, "not a size");
	memcpy(text, "1x1:", 4);
	assert_refused(text, "not a known format");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_multiples),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_four_bytes),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_bad_pictures),
		cmocka_unit_test(test_unknown_format),
		cmocka_unit_test(test_listed_formats),
		cmocka_unit_test(test_list_in_little_room),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bytes_take_zero),
		cmocka_unit_test(test_long_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
