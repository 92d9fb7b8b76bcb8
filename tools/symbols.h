/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names for places in programs. Each frame is an object with the members module, offset and perhaps function.
 */
#ifndef TOOLS_SYMBOLS_H
#define TOOLS_SYMBOLS_H

#include <json.h>

#define SYMBOLS_TEXT 300

/* Cut the frames below main() off. The others are known from now on. */
void symbols_add(json_object *place);

/*
 * Add the members function, file and line to all known frames, as far as addr2line(1) is installed and the modules have
 * symbols and debug information. Then no frame is known any more.
 */
void symbols_resolve(void);

/* Write a frame, such as "read_frame (camera.c:42)". */
void symbols_write(json_object *frame, char text[SYMBOLS_TEXT]);

#endif /* TOOLS_SYMBOLS_H */
