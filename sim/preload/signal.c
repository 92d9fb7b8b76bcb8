/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions on signals: while pages are guarded, SIGSEGV comes to the simulator first, and is never blocked.
 * Only in the preload library.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>

#include "check/fault.h"
#include "kernel/real.h"

int wrap_sigaction(int signal, struct sigaction const *action, struct sigaction *old) __asm__("sigaction");
sighandler_t wrap_signal(int signal, sighandler_t handler) __asm__("signal");
sighandler_t wrap_sysv_signal(int signal, sighandler_t handler) __asm__("__sysv_signal");
sighandler_t wrap_public_sysv_signal(int signal, sighandler_t handler) __asm__("sysv_signal")
	SIM_ALIAS("__sysv_signal");
sighandler_t wrap_bsd_signal(int signal, sighandler_t handler) __asm__("bsd_signal") SIM_ALIAS("signal");
sighandler_t wrap_ssignal(int signal, sighandler_t handler) __asm__("ssignal") SIM_ALIAS("signal");
int wrap_sigprocmask(int how, sigset_t const *set, sigset_t *old) __asm__("sigprocmask");
int wrap_pthread_sigmask(int how, sigset_t const *set, sigset_t *old) __asm__("pthread_sigmask");

/* ISO C does not convert an object pointer to a function pointer. */
#define NEXT(variable, name) (void)(variable ? 0 : (*(void **)&variable = dlsym(RTLD_NEXT, name), 0))

int wrap_sigaction(int signal, struct sigaction const *action, struct sigaction *old)
{
	static int (*next)(int, struct sigaction const *, struct sigaction *);

	struct sigaction copy;

	NEXT(next, "sigaction");
	if (!sim_fault_is_on())
		return next(signal, action, old);
	if (signal == SIGSEGV) {
		sim_fault_chain(action, old);
		return 0;
	}
	if (action) {
		copy = *action;
		sigdelset(&copy.sa_mask, SIGSEGV);
	}
	return next(signal, action ? &copy : NULL, old);
}

static sighandler_t chain(sighandler_t handler, int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;

	sim_fault_chain(&action, &old);
	return old.sa_handler;
}

sighandler_t wrap_signal(int signal, sighandler_t handler)
{
	static sighandler_t (*next)(int, sighandler_t);

	NEXT(next, "signal");
	return (signal == SIGSEGV && sim_fault_is_on()) ? chain(handler, SA_RESTART) : next(signal, handler);
}

/* signal() of programs for X/Open. */
sighandler_t wrap_sysv_signal(int signal, sighandler_t handler)
{
	static sighandler_t (*next)(int, sighandler_t);
	int flags = (int)(SA_RESETHAND | SA_NODEFER);

	NEXT(next, "__sysv_signal");
	return (signal == SIGSEGV && sim_fault_is_on()) ? chain(handler, flags) : next(signal, handler);
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
