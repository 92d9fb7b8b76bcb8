/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cost of the library's locks: first map and last unmap of one buffer, system calls included, with the mutexes of
 * the C library and with mutexes that do nothing, in alternating batches.
 *
 * usage: locks [ALLOCATOR]   default: host:memfd
 * Fails if the median with locks is more than 10 % above the one without.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#define BATCHES 401
#define ROUNDS 500
#define LIMIT 10.0

typedef int mutex_function(pthread_mutex_t *mutex);

static mutex_function *real_lock, *real_unlock;
static bool without;
static unsigned long calls;

/* These come before those of the C library, for the library under test, too. */
int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	calls++;
	return (without || !real_lock) ? 0 : real_lock(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	return (without || !real_unlock) ? 0 : real_unlock(mutex);
}

static double run_batch(ImxDmaBuffer *buffer)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (int i = 0; i < ROUNDS; i++) {
		if (!imx_dma_buffer_map(buffer, 0, NULL))
			abort();
		imx_dma_buffer_unmap(buffer);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / ROUNDS;
}

static int compare(void const *one, void const *other)
{
	double a = *(double const *)one, b = *(double const *)other;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	static double times[2][BATCHES];
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	double more;

	real_lock = (mutex_function *)dlsym(RTLD_NEXT, "pthread_mutex_lock");
	real_unlock = (mutex_function *)dlsym(RTLD_NEXT, "pthread_mutex_unlock");
	/* Each map and unmap makes its calls. */
	setenv("IMXDMABUFFER_KEEP_MAPPINGS", "0", 1);
	allocator = imx_dma_buffer_allocator_new_by_name((argc > 1) ? argv[1] : "host:memfd", 0, NULL);
	buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
	if (!buffer) {
		fprintf(stderr, "%s\n", imx_dma_buffer_get_last_error());
		return 2;
	}
	calls = 0;
	for (int i = 0; i < 2 * BATCHES; i++) {
		without = i & 1;
		times[i & 1][i / 2] = run_batch(buffer);
	}
	without = false;
	printf("%.1f locks in a first map and last unmap\n", (double)calls / (2.0 * BATCHES * ROUNDS));
	for (int i = 0; i < 2; i++)
		qsort(times[i], BATCHES, sizeof(times[i][0]), compare);
	more = (times[0][BATCHES / 2] / times[1][BATCHES / 2] - 1) * 100;
	printf("median with locks %.0f ns, without %.0f ns: %+.1f %%, at most %.0f\n", times[0][BATCHES / 2],
		times[1][BATCHES / 2], more, LIMIT);
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	return (more <= LIMIT) ? 0 : 1;
}
