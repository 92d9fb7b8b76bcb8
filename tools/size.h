/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes as people write them: bytes with a binary multiple, or the dimensions and the pixel format of a picture.
 */
#ifndef TOOLS_SIZE_H
#define TOOLS_SIZE_H

#include <stddef.h>

/* Room that every message of this file fits in. */
#define SIZE_MESSAGE 512

/*
 * Reads digits and nothing else; no sign, no white space, no base but ten.
 * Returns 0, or -1 where it is no such number or one that a size_t does not hold.
 */
int size_parse_number(char const *text, size_t *number);

/*
 * Reads a number of bytes: 4096, 64K, 3M, 1G, 64KiB, 3MiB, 1GiB, in either case; all are powers of 1024.
 * Returns 0, or -1 with a sentence in message.
 */
int size_parse_bytes(char const *text, size_t *size, char message[SIZE_MESSAGE]);

/* The same, or WIDTHxHEIGHT:FORMAT as in 1920x1080:nv12; at least one byte. */
int size_parse(char const *text, size_t *size, char message[SIZE_MESSAGE]);

/* Bytes of a picture without padding; chroma planes of odd pictures round up. -1 where a size_t does not hold them. */
int size_of_picture(char const *format, size_t width, size_t height, size_t *size);

/* The names of the formats, separated by blanks, as much as fits; returns text. */
char const *size_list_formats(char *text, size_t room);

#endif /* TOOLS_SIZE_H */
