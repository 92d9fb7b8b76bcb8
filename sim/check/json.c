/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/json.h"

#include <stdarg.h>
#include <stdio.h>

void json_add(struct json *json, char const *format, ...)
{
	size_t room = json->size - json->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(json->text + json->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		json->length += ((size_t)length < room) ? (size_t)length : room - 1;
}

void json_add_text(struct json *json, char const *key, char const *value)
{
	json_add(json, "\"%s\":\"", key);
	for (; *value; value++)
		if (*value == '"' || *value == '\\')
			json_add(json, "\\%c", *value);
		else if ((unsigned char)*value < 0x20)
			json_add(json, "\\u%04x", *value);
		else
			json_add(json, "%c", *value);
	json_add(json, "\"");
}
