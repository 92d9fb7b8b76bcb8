/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes on the command line: bytes with a binary multiple, or the dimensions and the pixel format of a picture.
 */
#ifndef TOOLS_SIZE_H
#define TOOLS_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* Enough room for every message of this file. */
#define SIZE_MESSAGE 512

/*
 * Parse decimal digits; no sign, no white space. Returns 0, or -1 if the text is not such a number or does not fit a
 * size_t.
 */
int size_parse_number(char const *text, size_t *number);

/*
 * Parse a number of bytes: 4096, 64K, 3M, 1G, 64KiB, 3MiB, 1GiB, in upper or lower case; all are powers of 1024.
 * Returns 0, or -1 with a message.
 */
int size_parse_bytes(char const *text, size_t *size, char message[SIZE_MESSAGE]);

/* As size_parse_bytes(), or WIDTHxHEIGHT:FORMAT as in 1920x1080:nv12; at least one byte. */
int size_parse(char const *text, size_t *size, char message[SIZE_MESSAGE]);

/*
 * Compute the bytes of a picture without padding; chroma planes of odd pictures round up. Returns 0, or -1 if the
 * format is unknown or the result does not fit a size_t.
 */
int size_of_picture(char const *format, size_t width, size_t height, size_t *size);

/* Write the names of the formats, separated by blanks, as many as fit. Returns text. */
char const *size_list_formats(char *text, size_t room);

/* Room for size_text(). */
#define SIZE_TEXT 16

/* Write a number of bytes with three digits, such as "8.00 MiB". Returns text. */
char const *size_text(uint64_t bytes, char text[SIZE_TEXT]);

#endif /* TOOLS_SIZE_H */
