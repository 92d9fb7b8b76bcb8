/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: threads ALLOCATOR POLICY BOARD [SECONDS]
 *
 * Runs for THREADS_SECONDS if that environment variable is set, otherwise for SECONDS.
 */
#include "threads.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "allocators.h"
#include "sim.h"

/*
 * Do not let ThreadSanitizer look for symbol names: it would read files through the simulator, whose lock another
 * thread may hold, and wait forever instead of reporting. addr2line finds the names of the printed offsets.
 */
char const *__tsan_default_options(void);
char const *__tsan_default_options(void)
{
	return "symbolize=0";
}

struct shared shared;
static atomic_bool over;

void fail(struct worker *worker, char const *what)
{
	if (worker->failure)
		return;
	worker->failure = what;
	snprintf(worker->detail, sizeof(worker->detail), "%s", imx_dma_buffer_get_last_error());
	atomic_store(&over, true);
}

/* Marsaglia's xorshift. */
uint32_t next_random(struct worker *worker)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 17;
	worker->random ^= worker->random << 5;
	return worker->random;
}

static void *work(void *data)
{
	struct worker *worker = data;

	/* At least once, even if the machine has no time for this thread. */
	do {
		actions[next_random(worker) % num_actions].run(worker);
		worker->rounds++;
	} while (!atomic_load(&over));
	return NULL;
}

static bool start(void)
{
	ImxDmaBuffer *behind;

	shared.allocator = new_allocator_of_board(shared.name, shared.policy, 0, NULL);
	shared.pool = imx_dma_buffer_pool_new(shared.allocator, NULL, NULL);
	shared.slab = imx_dma_buffer_slab_new(shared.allocator, 4096, NULL);
	shared.buffer = imx_dma_buffer_allocate(shared.allocator, SHARED_SIZE, 1, NULL);
	shared.manual = imx_dma_buffer_allocate(shared.allocator, SHARED_SIZE, 1, NULL);
	behind = imx_dma_buffer_allocate(shared.allocator, SHARED_SIZE, 1, NULL);
	if (!shared.buffer || !shared.manual || !behind) {
		printf("# %s\n", imx_dma_buffer_get_last_error());
		return false;
	}
	shared.ipu = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);
	shared.copy = imx_dma_buffer_export_fd(shared.manual, NULL, NULL);
	imx_dma_buffer_init_wrapped_buffer(&shared.wrapped);
	shared.wrapped.fd = imx_dma_buffer_export_fd(behind, NULL, NULL);
	shared.wrapped.size = SHARED_SIZE;
	imx_dma_buffer_deallocate(behind);
	return true;
}

static bool end(struct worker *workers)
{
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
	for (unsigned int i = 0; i < THREADS; i++)
		imx_dma_buffer_init_wrapped_buffer(&workers[i].wrapped);
	imx_dma_buffer_deallocate(&shared.wrapped.parent);
	if (shared.wrapped.fd >= 0)
		close(shared.wrapped.fd);
	if (shared.copy >= 0)
		close(shared.copy);
	if (shared.ipu >= 0)
		close(shared.ipu);
	imx_dma_buffer_allocator_destroy(shared.slab);
	imx_dma_buffer_allocator_destroy(shared.pool);
	imx_dma_buffer_allocator_destroy(shared.allocator);
	printf("# %u buffers and %u huge pages are left\n", sim_live_buffers(), sim_huge_pages_used());
	return sim_live_buffers() == 0 && sim_huge_pages_used() == 0;
}

static bool run(double seconds, struct worker *workers)
{
	struct timespec const step = {0, 50000000};
	pthread_t threads[THREADS];
	unsigned long rounds = 0;
	bool good = true;

	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.number = i, .random = 0x9e3779b9u * (i + 1)};
		if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
			abort();
	}
	for (double left = seconds; left > 0 && !atomic_load(&over); left -= 0.05)
		nanosleep(&step, NULL);
	atomic_store(&over, true);
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		rounds += workers[i].rounds;
		if (workers[i].failure)
			printf("# thread %u, round %lu: failed: %s (%s)\n", i, workers[i].rounds, workers[i].failure,
				workers[i].detail);
		good = good && !workers[i].failure;
	}
	printf("# %lu rounds in %g s\n", rounds, seconds);
	return good;
}

static void report(bool good, unsigned int number, char const *what)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", number, what);
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS];
	char const *seconds = getenv("THREADS_SECONDS");
	bool good, clean;

	if (argc < 4) {
		fprintf(stderr, "usage: threads ALLOCATOR POLICY BOARD [SECONDS]\n");
		return 2;
	}
	shared.name = argv[1];
	shared.policy = argv[2];
	if (sim_configure(argv[3]) != 0) {
		fprintf(stderr, "%s\n", sim_message());
		return 2;
	}
	if (!seconds)
		seconds = argv[4] ? argv[4] : "1";
	printf("1..2\n");
	if (!start())
		return 1;
	good = run(strtod(seconds, NULL), workers);
	report(good, 1, "threads see what they should");
	clean = end(workers);
	report(clean, 2, "nothing is left");
	return (good && clean) ? 0 : 1;
}
