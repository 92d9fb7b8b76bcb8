/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One suite for every allocator. It uses the public interface only, so that it runs on the simulator and on real
 * kernels alike, and asks of an allocator what its capabilities promise.
 *
 * The number in a test's name is that of the promise in docs/contract.md which it proves. Where a machine cannot show
 * a promise the test is skipped, and the document has the reason in the same words.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <stdbool.h>

#include "support.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the suite runs on: a fresh allocator for each test, and what is promised for it. */
struct subject {
	char const *name;
	/* Made with its constructor's flag for cached memory. */
	bool cached;
	ImxDmaBufferAllocator *allocator;
	unsigned int capabilities;
	/* Open descriptors before the allocator was made. */
	size_t descriptors;
};

extern struct subject subject;

/* Is the allocator under test this one, with whatever target? */
bool subject_is(char const *name);

/* A further allocator of the kind under test. */
ImxDmaBufferAllocator *new_allocator(int *error);

/* The number of open descriptors of this process. */
size_t count_descriptors(void);
bool is_open(int fd);

/* Is the page at this address mapped? */
bool is_mapped(void const *address);

/* These fail the test with the sentence. */
ImxDmaBuffer *allocate(size_t size, size_t alignment);
uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags);
ImxDmaBufferProperties get_properties(ImxDmaBuffer *buffer);

/* Fills memory with bytes that depend on the seed and the place; check tells the first wrong place, or the length. */
void fill_pattern(uint8_t *memory, size_t length, unsigned int seed);
size_t check_pattern(uint8_t const *memory, size_t length, unsigned int seed);

int setup_subject(void **state);
int teardown_subject(void **state);

#define conformance_test(function) cmocka_unit_test_setup_teardown(function, setup_subject, teardown_subject)

/* The machine that the suite runs on: simulated.c or real.c. The check is that nothing of its memory is left. */
void start_board(void);
int check_board(void);
/* Is it one whose DMA-BUFs cannot go to another process? */
bool board_has_one_process(void);

/*
 * A device that uses a buffer's memory: by its physical address where the buffer's properties say that this is
 * coherent, otherwise as one that is attached to the DMA-BUF. It stays of use while somebody holds the memory.
 */
struct device {
	imx_physical_address_t address;
	int fd;
};

/* False where the machine has no device that a test could look through. */
bool find_device(ImxDmaBuffer *buffer, struct device *device);
void device_writes(struct device const *device, size_t offset, void const *data, size_t length);
void device_reads(struct device const *device, size_t offset, void *data, size_t length);

/* The CPU's caches write back what is dirty in them, as they may at any time. */
void evict_caches(void);

/* The number of system calls on the mechanisms and their memory, -1 where they are not counted. */
long count_calls(void);

/* The physical address as only the machine knows it, of a descriptor's memory; 0 where it cannot be known. */
uint64_t true_address(int fd, size_t offset);

/* The next mmap fails with ENOMEM, or the next DMA_BUF_IOCTL_SYNC with EIO. False where this cannot be had. */
bool fail_next_mmap(void);
void fail_no_more(void);
bool fail_next_sync(void);

#define SKIP_WITHOUT_DEVICE "no device to see the memory with"
#define SKIP_COHERENT "the memory is coherent: a session has nothing to do"
#define SKIP_NO_DESCRIPTOR "the allocator's memory has no descriptor"
#define SKIP_NO_DMABUF "the allocator's memory has no DMA-BUF"
#define SKIP_ONE_PROCESS "the simulated udmabuf serves one process"
#define SKIP_NO_ADDRESS "the allocator's memory has no address that can be known"
#define SKIP_VENDOR_MAPS "the vendor's library keeps the memory mapped while it lives"

/* The tests of each file. */
#define MAX_TESTS 24

extern struct CMUnitTest const error_tests[MAX_TESTS];
extern struct CMUnitTest const memory_tests[MAX_TESTS];
extern struct CMUnitTest const mapping_tests[MAX_TESTS];
extern struct CMUnitTest const coherency_tests[MAX_TESTS];
extern struct CMUnitTest const session_tests[MAX_TESTS];
extern struct CMUnitTest const location_tests[MAX_TESTS];
extern struct CMUnitTest const lifetime_tests[MAX_TESTS];
extern struct CMUnitTest const wrapped_tests[MAX_TESTS];
extern struct CMUnitTest const import_tests[MAX_TESTS];
extern struct CMUnitTest const program_tests[MAX_TESTS];
extern struct CMUnitTest const passing_tests[MAX_TESTS];

#endif /* TESTS_CONFORMANCE_H */
