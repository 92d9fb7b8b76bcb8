/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows that the witness works: it confirms a right address, and does not confirm a wrong one.
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
		tap_skip("witness", "the address cannot be known: %s", strerror(-code));
		return;
	}
	tap_note("%zu bytes at 0x%" PRIx64, buffer->size, phys);
	code = edu_witness(buffer->map, phys, buffer->size);
	if (code == -ENODEV) {
		tap_skip("witness", "this board has no edu device");
		return;
	}
	tap(code == 0, "the device finds the buffer at its address: %s", strerror(-code));
	/* One page too far, but within the buffer, as other memory is not ours to write to. */
	code = edu_witness(buffer->map, phys + 4096, buffer->size - 4096);
	tap(code == -EBADMSG, "the device does not find it a page further: %s", strerror(-code));
}

int main(void)
{
	char const *heap = heap_contiguous();
	struct heap_buffer buffer;
	int code = heap != NULL ? heap_allocate(heap, SIZE, &buffer) : -ENOENT;

	if (code < 0) {
		tap_skip("witness", "no contiguous buffer: %s", strerror(-code));
		return tap_done();
	}
	check(&buffer);
	heap_free(&buffer);
	return tap_done();
}
