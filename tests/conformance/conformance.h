/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One suite for every allocator. It uses the public interface only, so that it runs on the simulator and on real
 * kernels alike, and asks of an allocator only the promises in its information.
 *
 * The number in a test's name is the number of the promise in docs/contract.md. A test is skipped if the machine cannot
 * show the promise; docs/contract.md lists the reason in the same words.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <stdbool.h>

#include "outcomes.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The subject of the tests: a fresh allocator for each test, and its promises. */
struct subject {
	char const *name;
	/* "optional": the allocator has no physical addresses here, and allocates without; otherwise "required". */
	char const *policy;
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAllocatorInfo info;
	/* Open descriptors before the allocator was made. */
	size_t descriptors;
};

extern struct subject subject;

/* Is this the allocator under test, with any target, or in a pool? */
bool subject_is(char const *name);
bool subject_is_pool(void);
bool subject_is_slab(void);

/* Create another allocator of the kind under test. */
ImxDmaBufferAllocator *new_allocator(int *error);

/* Free the memory that the allocator under test keeps, if it is a pool. */
void settle(void);

/* Count the open descriptors of this process. */
size_t count_descriptors(void);
bool is_open(int fd);

bool is_mapped(void const *address);

/* These functions fail the test with the library's message. */
ImxDmaBuffer *allocate(size_t size, size_t alignment);
uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags);
ImxDmaBufferProperties get_properties(ImxDmaBuffer *buffer);

/*
 * Fill memory with bytes that depend on seed and offset. check_pattern() returns the first wrong offset, or the length.
 */
void fill_pattern(uint8_t *memory, size_t length, unsigned int seed);
size_t check_pattern(uint8_t const *memory, size_t length, unsigned int seed);

int setup_subject(void **state);
int teardown_subject(void **state);

#define conformance_test(function) cmocka_unit_test_setup_teardown(function, setup_subject, teardown_subject)

/*
 * The machine that runs the suite: simulated.c or real.c. check_board() fails if any of its memory is still allocated.
 */
void start_board(void);
int check_board(void);
/* True if DMA-BUFs of this board cannot be passed to another process. */
bool board_has_one_process(void);

/*
 * A device that uses a buffer's memory: through the physical address if the properties call it coherent, otherwise
 * through an attachment to the DMA-BUF. It stays usable while anything holds the memory.
 */
struct device {
	imx_physical_address_t address;
	int fd;
};

/* Return false if the machine has no device that a test could use. */
bool find_device(ImxDmaBuffer *buffer, struct device *device);
void device_writes(struct device const *device, size_t offset, void const *data, size_t length);
void device_reads(struct device const *device, size_t offset, void *data, size_t length);

/* Write the dirty lines of the CPU's caches back, as the hardware may at any time. */
void evict_caches(void);

/* Count the system calls on mechanisms and their memory. Returns -1 if they are not counted. */
long count_calls(void);

/* The true physical address of a descriptor's memory, from the machine and not from the library; 0 if unknown. */
uint64_t true_address(int fd, size_t offset);

/*
 * Make the next mmap fail with ENOMEM, or the next DMA_BUF_IOCTL_SYNC with EIO. Return false if that is not possible.
 */
bool fail_next_mmap(void);
void fail_no_more(void);
bool fail_next_sync(void);

#define SKIP_WITHOUT_DEVICE "no device that can access the memory"
#define SKIP_COHERENT "the memory is coherent: a session has nothing to do"
#define SKIP_NO_DESCRIPTOR "the allocator's memory has no descriptor"
#define SKIP_NO_DMABUF "the allocator's memory has no DMA-BUF"
#define SKIP_ONE_PROCESS "the simulated udmabuf serves one process"
#define SKIP_NO_ADDRESS "the address of the allocator's memory cannot be known"
#define SKIP_VENDOR_MAPS "the vendor's library keeps the memory mapped while it lives"

/* The tests of each file. */
#define MAX_TESTS 24

extern struct CMUnitTest const error_tests[MAX_TESTS];
extern struct CMUnitTest const memory_tests[MAX_TESTS];
extern struct CMUnitTest const mapping_tests[MAX_TESTS];
extern struct CMUnitTest const coherency_tests[MAX_TESTS];
extern struct CMUnitTest const session_tests[MAX_TESTS];
extern struct CMUnitTest const range_tests[MAX_TESTS];
extern struct CMUnitTest const location_tests[MAX_TESTS];
extern struct CMUnitTest const lifetime_tests[MAX_TESTS];
extern struct CMUnitTest const wrapped_tests[MAX_TESTS];
extern struct CMUnitTest const import_tests[MAX_TESTS];
extern struct CMUnitTest const pool_tests[MAX_TESTS];
extern struct CMUnitTest const program_tests[MAX_TESTS];
extern struct CMUnitTest const view_tests[MAX_TESTS];
extern struct CMUnitTest const passing_tests[MAX_TESTS];

#endif /* TESTS_CONFORMANCE_H */
