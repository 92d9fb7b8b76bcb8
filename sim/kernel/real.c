/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/real.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * A sanitizer that is linked statically (clang's default) has its interceptors in the program, where the simulator's
 * functions replace them and RTLD_NEXT does not find them. They have a second name. The preload library does not use
 * it: there the interceptors come first and call the simulator, which must not call them again.
 */
#ifndef SIM_PRELOAD
#define INTERCEPTOR(member, symbol, result, parameters)                                                                \
	extern char const interceptor_##member __asm__("__interceptor_" symbol) __attribute__((weak));
SIM_REAL_FUNCTIONS(INTERCEPTOR)
#define ADDRESS(member) &interceptor_##member
#else
#define ADDRESS(member) NULL
#endif

static struct sim_real functions;

#define ENTRY(member, symbol, result, parameters) {symbol, ADDRESS(member), offsetof(struct sim_real, member)},

static struct {
	char const *symbol;
	char const *interceptor;
	size_t offset;
} const entries[] = {SIM_REAL_FUNCTIONS(ENTRY)};

/* Copy the bytes: ISO C does not convert an object pointer to a function pointer. */
static void resolve(void)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		void const *address = entries[i].interceptor;

		if (!address)
			address = dlsym(RTLD_NEXT, entries[i].symbol);
		memcpy((char *)&functions + entries[i].offset, &address, sizeof(address));
	}
}

/* Several threads may resolve at once, with the same result. pthread_once() is not available when sanitizers start. */
struct sim_real const *real(void)
{
	static atomic_bool resolved;

	if (!atomic_load_explicit(&resolved, memory_order_acquire)) {
		resolve();
		atomic_store_explicit(&resolved, true, memory_order_release);
	}
	return &functions;
}
