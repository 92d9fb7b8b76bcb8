/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program's parsers of sizes.
 */
#include "fuzz.h"
#include "size.h"

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
	char text[300], message[SIZE_MESSAGE], formats[64];
	size_t length = (size < sizeof(text)) ? size : sizeof(text) - 1, bytes = 0;

	memcpy(text, data, length);
	text[length] = '\0';
	message[0] = '\0';
	if (size_parse(text, &bytes, message) == 0)
		REQUIRE(bytes > 0, "size 0 of \"%s\"", text);
	else
		REQUIRE(message[0] != '\0' && strlen(message) < sizeof(message), "no message");
	size_parse_bytes(text, &bytes, message);
	size_parse_number(text, &bytes);
	size_of_picture(text, size * 0x10001, size << 20, &bytes);
	size_list_formats(formats, 1 + size % sizeof(formats));
	return 0;
}
