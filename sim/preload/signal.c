/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions on signals: while pages are guarded, SIGSEGV comes to the simulator first, and is never blocked.
 * Only in the preload library.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>

#include "check/fault.h"

int wrap_sigaction(int signal, struct sigaction const *action, struct sigaction *old) __asm__("sigaction");
sighandler_t wrap_signal(int signal, sighandler_t handler) __asm__("signal");
int wrap_sigprocmask(int how, sigset_t const *set, sigset_t *old) __asm__("sigprocmask");
int wrap_pthread_sigmask(int how, sigset_t const *set, sigset_t *old) __asm__("pthread_sigmask");

/* ISO C does not convert an object pointer to a function pointer. */
#define NEXT(variable, name) (void)(variable ? 0 : (*(void **)&variable = dlsym(RTLD_NEXT, name), 0))

int wrap_sigaction(int signal, struct sigaction const *action, struct sigaction *old)
{
	static int (*next)(int, struct sigaction const *, struct sigaction *);

	NEXT(next, "sigaction");
	if (signal != SIGSEGV || !sim_fault_is_on())
		return next(signal, action, old);
	sim_fault_chain(action, old);
	return 0;
}

sighandler_t wrap_signal(int signal, sighandler_t handler)
{
	static sighandler_t (*next)(int, sighandler_t);
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

	NEXT(next, "signal");
	if (signal != SIGSEGV || !sim_fault_is_on())
		return next(signal, handler);
	sim_fault_chain(&action, &old);
	return old.sa_handler;
}

static sigset_t const *without_fault(int how, sigset_t const *set, sigset_t *copy)
{
	if (!set || how == SIG_UNBLOCK || !sim_fault_is_on())
		return set;
	*copy = *set;
	sigdelset(copy, SIGSEGV);
	return copy;
}

int wrap_sigprocmask(int how, sigset_t const *set, sigset_t *old)
{
	static int (*next)(int, sigset_t const *, sigset_t *);
	sigset_t copy;

	NEXT(next, "sigprocmask");
	return next(how, without_fault(how, set, &copy), old);
}

int wrap_pthread_sigmask(int how, sigset_t const *set, sigset_t *old)
{
	static int (*next)(int, sigset_t const *, sigset_t *);
	sigset_t copy;

	NEXT(next, "pthread_sigmask");
	return next(how, without_fault(how, set, &copy), old);
}
