/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the witness works: it confirms a correct address and refutes a wrong one.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "edu.h"
#include "heap.h"
#include "tap.h"

#define SIZE (2 * 1024 * 1024)

static void check(struct heap_buffer *buffer)
{
	uint64_t phys = 0;
	int code = heap_address(buffer, &phys);

	if (code < 0) {
		tap_skip("witness", "the address is unknown: %s", strerror(-code));
		return;
	}
	tap_note("%zu bytes at 0x%" PRIx64, buffer->size, phys);
	code = edu_witness(buffer->map, phys, buffer->size);
	if (code == -ENODEV) {
		tap_skip("witness", "this board has no edu device");
		return;
	}
	tap(code == 0, "the device finds the buffer at its address: %s", strerror(-code));
	/* Give a wrong address within the buffer: the device must not write to other memory. */
	code = edu_witness(buffer->map, phys + 4096, buffer->size - 4096);
	tap(code == -EBADMSG, "the device does not find it a page further: %s", strerror(-code));
}

int main(void)
{
	char const *heap = heap_contiguous();
	struct heap_buffer buffer;
	int code = heap != NULL ? heap_allocate(heap, SIZE, &buffer) : -ENOENT;

	if (code < 0) {
		tap_skip("witness", "cannot allocate a contiguous buffer: %s", strerror(-code));
		return tap_done();
	}
	check(&buffer);
	heap_free(&buffer);
	return tap_done();
}
