/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text in JSON, in memory of the caller: no allocation, for code that runs in signal handlers.
 */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stddef.h>

struct json {
	char *text;
	size_t size, length; /* what does not fit is cut off */
};

__attribute__((format(printf, 2, 3))) void json_add(struct json *json, char const *format, ...);
/* Add "key":"value", with escapes. */
void json_add_text(struct json *json, char const *key, char const *value);

#endif /* SIM_JSON_H */
