/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The C library's allocation functions, replaced by this program. They call the sanitizer's functions if there are any,
 * by their second names.
 */
#include "heap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/enter.h"

/* Blocks that are recorded at one time. */
#define MOST 4096

extern void *sanitizer_malloc(size_t size) __asm__("__interceptor_malloc") __attribute__((weak));
extern void *sanitizer_calloc(size_t count, size_t size) __asm__("__interceptor_calloc") __attribute__((weak));
extern void *sanitizer_realloc(void *block, size_t size) __asm__("__interceptor_realloc") __attribute__((weak));
extern void sanitizer_free(void *block) __asm__("__interceptor_free") __attribute__((weak));
extern void *libc_malloc(size_t size) __asm__("__libc_malloc");
extern void *libc_calloc(size_t count, size_t size) __asm__("__libc_calloc");
extern void *libc_realloc(void *block, size_t size) __asm__("__libc_realloc");
extern void libc_free(void *block) __asm__("__libc_free");

static struct {
	void *block;
	size_t size;
	void const *caller;
} account[MOST];
static size_t used; /* entries in use since heap_watch() */
static bool watching;
static unsigned int calls, failing;
static bool failing_for_good;

static bool is_watched(void)
{
	return watching && !sim_is_passed();
}

static bool fails(void)
{
	if (!is_watched())
		return false;
	calls++;
	if (failing == 0 || calls < failing || (calls > failing && !failing_for_good))
		return false;
	errno = ENOMEM;
	return true;
}

static void enter(void *block, size_t size, void const *caller)
{
	size_t place = 0;

	if (!block || !is_watched())
		return;
	while (place < used && account[place].block)
		place++;
	if (place == MOST)
		abort();
	if (place == used)
		used++;
	account[place].block = block;
	account[place].size = size;
	account[place].caller = caller;
}

static void leave(void const *block)
{
	for (size_t i = 0; block && i < used; i++)
		if (account[i].block == block) {
			account[i].block = NULL;
			return;
		}
}

void *malloc(size_t size)
{
	void *block;

	if (fails())
		return NULL;
	block = sanitizer_malloc ? sanitizer_malloc(size) : libc_malloc(size);
	enter(block, size, __builtin_return_address(0));
	return block;
}

void *calloc(size_t count, size_t size)
{
	void *block;

	if (fails())
		return NULL;
	block = sanitizer_calloc ? sanitizer_calloc(count, size) : libc_calloc(count, size);
	enter(block, count * size, __builtin_return_address(0));
	return block;
}

void *realloc(void *old, size_t size)
{
	void *block;

	if (fails())
		return NULL;
	leave(old);
	block = sanitizer_realloc ? sanitizer_realloc(old, size) : libc_realloc(old, size);
	enter(block, size, __builtin_return_address(0));
	return block;
}

void free(void *block)
{
	leave(block);
	if (sanitizer_free)
		sanitizer_free(block);
	else
		libc_free(block);
}

/* Sanitizers have their own strdup, which does not call malloc(). */
char *strdup(char const *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/* This program does its own accounting, and it separates the dynamic linker's blocks from the library's. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

void heap_watch(void)
{
	used = 0;
	calls = 0;
	failing = 0;
	watching = true;
}

void heap_fail(unsigned int nth, bool for_good)
{
	failing = (nth > 0) ? calls + nth : 0;
	failing_for_good = for_good;
}

unsigned int heap_unwatch(void)
{
	watching = false;
	return calls;
}

unsigned int heap_left(size_t *size, void const **caller)
{
	unsigned int left = 0;

	for (size_t i = 0; i < used; i++) {
		if (account[i].block && left++ == 0) {
			*size = account[i].size;
			*caller = account[i].caller;
		}
	}
	return left;
}
