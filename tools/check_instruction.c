/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cache maintenance by instructions of arm64, without the library.
 */
#include "check.h"

#if defined(__aarch64__)
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf before;

/* The smallest line of the data caches, from CTR_EL0. */
static size_t line_size(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, ctr_el0" : "=r"(value));
	return (size_t)4 << (value >> 16 & 0xf);
}

void instruction_flush(void const *begin, size_t length)
{
	uintptr_t line = line_size(), end = (uintptr_t)begin + length;

	for (uintptr_t address = (uintptr_t)begin & ~(line - 1); address < end; address += line)
		__asm__ volatile("dc civac, %0" : : "r"(address) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
}

static void handle(int number)
{
	siglongjmp(before, number);
}

/* Returns the signal, or 0. */
static int try_instruction(uint8_t const volatile *byte)
{
	static int const numbers[] = {SIGSEGV, SIGBUS, SIGILL};
	struct sigaction const action = {.sa_handler = handle};
	struct sigaction old[sizeof(numbers) / sizeof(numbers[0])];
	int caught;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, &old[i]);
	caught = sigsetjmp(before, 1);
	if (caught == 0) {
		/* The page must be there: an empty one fails for another reason. */
		(void)*byte;
		instruction_flush((void const *)(uintptr_t)byte, 1);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &old[i], NULL);
	return caught;
}

ImxDmaBufferTristate instruction_probe(int fd, char const **signal)
{
	size_t length = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, length, PROT_READ, (fd >= 0) ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
	int caught;

	*signal = NULL;
	if (page == MAP_FAILED)
		return IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
	caught = try_instruction(page);
	munmap(page, length);
	if (caught != 0)
		*signal = (caught == SIGSEGV) ? "SIGSEGV" : (caught == SIGBUS) ? "SIGBUS" : "SIGILL";
	return (caught == 0) ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
}
#else

void instruction_flush(void const *begin, size_t length)
{
	(void)begin;
	(void)length;
}

ImxDmaBufferTristate instruction_probe(int fd, char const **signal)
{
	(void)fd;
	*signal = NULL;
	return IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
}
#endif
