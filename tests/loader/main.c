/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fork() and constructors, while threads load libraries. A library's constructor runs once, so each case is a program.
 *
 * usage: loader CASE
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

/* Called by the constructors of libg2d.so.2 and of the plugin. */
void in_vendor(void);
void in_plugin(void);

static sem_t entered, leave, done;
static void (*vendor_hook)(void), (*plugin_hook)(void);
static int status = -1;

__attribute__((visibility("default"))) void in_vendor(void)
{
	if (vendor_hook)
		vendor_hook();
}

__attribute__((visibility("default"))) void in_plugin(void)
{
	if (plugin_hook)
		plugin_hook();
}

/* The library is found, but is not the vendor's. */
static void *open_g2d(void *argument)
{
	int error = 0;

	assert_null(imx_dma_buffer_allocator_new_by_name("g2d", 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence("has no function g2d_alloc");
	return argument;
}

/* Fork, and use the library and the loader in the child. */
static void *fork_and_use(void *argument)
{
	pid_t child = fork();

	if (child == 0) {
		alarm(60);
		open_g2d(NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	sem_post(&done);
	return argument;
}

static void wait_in_constructor(void)
{
	sem_post(&entered);
	sem_wait(&leave);
}

/* fork() returns when the constructor has ended. Without waiting for it, the child would find the loader locked. */
static void test_fork_waits_for_the_loader(void **state)
{
	struct timespec soon;
	pthread_t opening, forking;

	vendor_hook = wait_in_constructor;
	assert_int_equal(pthread_create(&opening, NULL, open_g2d, NULL), 0);
	sem_wait(&entered);
	assert_int_equal(pthread_create(&forking, NULL, fork_and_use, NULL), 0);
	/* fork() has time to begin. If it has not begun when the constructor ends, the test still holds. */
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 100000000;
	soon.tv_sec += soon.tv_nsec / 1000000000;
	soon.tv_nsec %= 1000000000;
	assert_int_equal(sem_timedwait(&done, &soon), -1);
	sem_post(&leave);
	pthread_join(forking, NULL);
	pthread_join(opening, NULL);
	assert_int_equal(status, 0);
}

static void fork_in_constructor(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(7);
	waitpid(child, &status, 0);
}

/* A vendor's constructor may fork: it does not wait for itself. */
static void test_constructor_forks(void **state)
{
	vendor_hook = fork_in_constructor;
	open_g2d(NULL);
	assert_int_equal(WEXITSTATUS(status), 7);
	/* The parent goes on as before, and the next fork as well. */
	fork_and_use(NULL);
	assert_int_equal(status, 0);
}

static pthread_t other;

static void *announce_and_open(void *argument)
{
	sem_post(&entered);
	return open_g2d(argument);
}

/* The other thread waits for the loader, which this thread has locked. */
static void open_in_constructor(void)
{
	assert_int_equal(pthread_create(&other, NULL, announce_and_open, NULL), 0);
	sem_wait(&entered);
	open_g2d(NULL);
	fork_and_use(NULL);
}

/* A plugin's constructor may open an allocator and fork while another thread opens one. The fork waits for a while. */
static void test_plugin_opens_an_allocator(void **state)
{
	plugin_hook = open_in_constructor;
	assert_non_null(dlopen("libplugin.so", RTLD_NOW));
	pthread_join(other, NULL);
	assert_int_equal(status, 0);
}

static void *cancel_and_open(void *argument)
{
	pthread_cancel(pthread_self());
	imx_dma_buffer_allocator_new_by_name("g2d", 0, NULL);
	return argument;
}

/* A cancelled thread does not stay in the loader: fork() does not wait for it. */
static void test_cancelled_thread_leaves_the_loader(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, cancel_and_open, NULL), 0);
	pthread_join(thread, NULL);
	fork_and_use(NULL);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_fork_waits_for_the_loader),
		cmocka_unit_test(test_constructor_forks),
		cmocka_unit_test(test_plugin_opens_an_allocator),
		cmocka_unit_test(test_cancelled_thread_leaves_the_loader),
	};

	sem_init(&entered, 0, 0);
	sem_init(&leave, 0, 0);
	sem_init(&done, 0, 0);
	if (argc != 2)
		return 2;
	cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
