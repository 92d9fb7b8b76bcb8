/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "check/guard.h"
#include "check/watch.h"
#include "kernel/coherency.h"
#include "kernel/constants.h"
#include "kernel/enter.h"

static atomic_bool is_on;
/* The C library's functions: the program's calls of them come here. */
static int (*real_sigaction)(int, struct sigaction const *, struct sigaction *);
static int (*real_sigmask)(int, sigset_t const *, sigset_t *);
/* The program's own handler. */
static struct sigaction chained;

static struct sim_memory *memory_of(struct sim_mapping const *mapping)
{
	return sim_memory_find(mapping->device, mapping->inode);
}

/* Take the first access without a session down. A mistake that is certain is reported. */
static void judge(struct sim_mapping *mapping, uintptr_t address, bool write, struct sim_place const *place)
{
	struct sim_memory *memory = memory_of(mapping);
	struct sim_watch *watch = sim_watch_of(memory);
	uint64_t offset = mapping->offset + (address - mapping->start);
	struct sim_lines lines = {.count = 1, .begin = offset - offset % SIM_LINE_SIZE};

	if (!watch)
		return;
	lines.end = lines.begin + SIM_LINE_SIZE;
	if (!write && sim_is_stale(memory, offset)) {
		sim_finding_add(&(struct sim_found){
			.kind = SIM_CPU_READ_OLD, .subject = &watch->subject, .lines = &lines, .place = place, .traced = true});
	} else if (!watch->is_suspect) {
		watch->is_suspect = true;
		watch->suspect_lines = lines;
		watch->suspect = *place;
	}
}

/*
 * Open the page of an address. pc: NULL, or the instruction that accessed it. Returns whether the access may be tried
 * again.
 */
static bool admit(uintptr_t address, bool write, void const *pc)
{
	struct sim_mapping *mapping = sim_mapping_find(address);
	struct sim_place place;

	if (!mapping || !mapping->dmabuf || !(mapping->protection & (write ? PROT_WRITE : PROT_READ)))
		return false;
	if (!mapping->is_guarded)
		return true;
	sim_place_take(&place, pc);
	if (!sim_watch_in_library() && !sim_place_is_in_library(&place))
		judge(mapping, address, write, &place);
	sim_guard_open_page(mapping, address);
	return true;
}

static void call_program(int signal, siginfo_t *info, void *context)
{
	struct sigaction action = chained;
	sigset_t mask;

	bool is_sent = info->si_code <= 0;

	if (!(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN && is_sent)
		return;
	if (!(action.sa_flags & SA_SIGINFO) && (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)) {
		/* An access is tried again, and ends the program. */
		atomic_store(&is_on, false);
		real_sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
		if (is_sent)
			raise(signal);
		return;
	}
	sigdelset(&action.sa_mask, SIGSEGV);
	if (action.sa_flags & (int)SA_RESETHAND)
		chained = (struct sigaction){.sa_handler = SIG_DFL};
	real_sigmask(SIG_BLOCK, &action.sa_mask, &mask);
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(signal, info, context);
	else
		action.sa_handler(signal);
	real_sigmask(SIG_SETMASK, &mask, NULL);
}

#if defined(__aarch64__)
/* ESR_EL1.WnR, in a record behind the registers: arch/arm64/include/uapi/asm/sigcontext.h of Linux 6.1. */
static bool is_write(ucontext_t const *context)
{
	unsigned char const *record = (void const *)context->uc_mcontext.__reserved;
	struct {
		uint32_t magic, size;
		uint64_t esr;
	} head;

	for (;; record += head.size) {
		memcpy(&head, record, sizeof(head));
		if (head.magic == 0x45535201 || head.magic == 0 || head.size == 0)
			return head.magic != 0 && (head.esr & 1 << 6);
	}
}
#endif

static void read_context(ucontext_t const *context, void const **pc, bool *write)
{
#if defined(__x86_64__)
	*pc = (void const *)context->uc_mcontext.gregs[REG_RIP];
	*write = context->uc_mcontext.gregs[REG_ERR] & 2;
#elif defined(__aarch64__)
	*pc = (void const *)context->uc_mcontext.pc;
	*write = is_write(context);
#elif defined(__i386__)
	*pc = (void const *)context->uc_mcontext.gregs[REG_EIP];
	*write = context->uc_mcontext.gregs[REG_ERR] & 2;
#elif defined(__arm__)
	/* DFSR.WnR */
	*pc = (void const *)context->uc_mcontext.arm_pc;
	*write = context->uc_mcontext.error_code & 1 << 11;
#else
	*pc = NULL;
	*write = false;
#endif
}

static void handle(int signal, siginfo_t *info, void *context)
{
	int code = errno;
	/* The fault may be the simulator's own, on an argument of a call. This thread has the lock then. */
	bool is_inside = sim_is_passed(), write, done = false;
	void const *pc;

	read_context(context, &pc, &write);
	if (info->si_code == SEGV_ACCERR) {
		if (!is_inside)
			sim_lock();
		done = admit((uintptr_t)info->si_addr, write, pc);
		if (!is_inside)
			sim_unlock();
	}
	if (!done)
		call_program(signal, info, context);
	errno = code;
}

void sim_fault_start(void)
{
	struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESTART};
	sigset_t fault;

	/* ISO C does not convert an object pointer to a function pointer. */
	*(void **)&real_sigaction = dlsym(RTLD_NEXT, "sigaction");
	*(void **)&real_sigmask = dlsym(RTLD_NEXT, "pthread_sigmask");
	if (!real_sigaction || !real_sigmask)
		return;
	real_sigaction(SIGSEGV, &action, &chained);
	/* It may be blocked since before exec(). */
	sigemptyset(&fault);
	sigaddset(&fault, SIGSEGV);
	real_sigmask(SIG_UNBLOCK, &fault, NULL);
	atomic_store(&is_on, true);
}

bool sim_fault_is_on(void)
{
	return atomic_load_explicit(&is_on, memory_order_relaxed);
}

void sim_fault_chain(struct sigaction const *action, struct sigaction *old)
{
	sim_lock();
	if (old)
		*old = chained;
	if (action)
		chained = *action;
	sim_unlock();
}

void sim_fault_transfer(void const *data, size_t length, bool write)
{
	uintptr_t begin = (uintptr_t)data, end = begin + length, page_size = sim_page_size();

	if (!sim_fault_is_on() || sim_is_passed() || length == 0)
		return;
	sim_lock();
	for (uintptr_t address = begin; address < end; address = (address | (page_size - 1)) + 1) {
		struct sim_mapping const *mapping = sim_mapping_find(address);

		if (mapping && mapping->is_guarded)
			admit(address, write, NULL);
	}
	sim_unlock();
}

static void open_for_good(uintptr_t address)
{
	struct sim_mapping const *mapping = sim_mapping_find(address);
	struct sim_memory *memory = (mapping && mapping->is_guarded) ? memory_of(mapping) : NULL;
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	watch->is_unguarded = true;
	sim_guard_set(memory, false);
}

void sim_fault_argument(void const *argument, size_t size)
{
	uintptr_t words[64];
	struct iovec own = {.iov_base = words, .iov_len = (size < sizeof(words)) ? size : sizeof(words)};
	struct iovec other = {.iov_base = (void *)(uintptr_t)argument, .iov_len = own.iov_len};
	ssize_t count;
	int code = errno;

	if (!sim_fault_is_on() || sim_is_passed())
		return;
	sim_lock();
	open_for_good((uintptr_t)argument);
	/* The argument may be no pointer at all. */
	count = process_vm_readv(getpid(), &own, 1, &other, 1, 0);
	for (size_t i = 0; count > 0 && i < (size_t)count / sizeof(words[0]); i++)
		open_for_good(words[i]);
	sim_unlock();
	errno = code;
}
