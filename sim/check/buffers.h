/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The buffers of libimxdmabuffer that the program uses, by their pointers, with their maps and sessions. The functions
 * of a pair are called before and after the library's own function. Functions take the lock.
 */
#ifndef SIM_BUFFERS_H
#define SIM_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A call of the library on a buffer. */
struct sim_buffer_call {
	void const *buffer;
	void const *allocator;
	size_t size; /* of the buffer */
	int fd; /* of the buffer, or -1 */
	bool manual, overwrites; /* MANUAL_SYNC and OVERWRITE of a map */
};

void sim_buffers_map(struct sim_buffer_call const *call);
/* address: NULL if the map failed. */
void sim_buffers_mapped(struct sim_buffer_call const *call, void const *address);
void sim_buffers_start(struct sim_buffer_call const *call);
void sim_buffers_started(struct sim_buffer_call const *call);
void sim_buffers_stop(struct sim_buffer_call const *call);
void sim_buffers_stopped(struct sim_buffer_call const *call);
void sim_buffers_unmap(struct sim_buffer_call const *call);
void sim_buffers_unmapped(struct sim_buffer_call const *call);
/* Ranges of the buffer are handed over. */
void sim_buffers_range(struct sim_buffer_call const *call);
void sim_buffers_free(struct sim_buffer_call const *call);
void sim_buffers_freed(struct sim_buffer_call const *call);
/* Forget a buffer that the library does not know any more. */
void sim_buffers_forget(void const *buffer);
/* An allocator will be destroyed, with the buffers that were not freed. */
void sim_buffers_free_all(void const *allocator);

#endif /* SIM_BUFFERS_H */
