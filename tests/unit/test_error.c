/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "locks.h"
#include "log.h"
#include "support.h"

static void test_fail_is_seen_when_it_is_reported(void **state)
{
	int error = 0;

	imxd_report(NULL, imxd_fail(EIO, "first %d", 1));
	assert_string_equal(imx_dma_buffer_get_last_error(), "first 1");
	assert_int_equal(imxd_fail(ENOMEM, "second"), ENOMEM);
	assert_string_equal(imx_dma_buffer_get_last_error(), "first 1");
	imxd_report(&error, ENOMEM);
	assert_int_equal(error, ENOMEM);
	assert_string_equal(imx_dma_buffer_get_last_error(), "second");
}

static void test_sentence_may_quote_itself_and_is_cut_off(void **state)
{
	char longer[IMXD_SENTENCE_SIZE * 2];

	imxd_fail(EIO, "inner");
	imxd_fail(EIO, "outer: %s", imxd_sentence());
	assert_string_equal(imxd_sentence(), "outer: inner");
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	imxd_fail(EIO, "%s", longer);
	assert_int_equal(strlen(imxd_sentence()), IMXD_SENTENCE_SIZE - 1);
}

static void test_errno_text_names_the_code(void **state)
{
	assert_string_equal(imxd_errno_text(EACCES), "EACCES, Permission denied");
	assert_contains(imxd_errno_text(ENOTTY), "ENOTTY, ");
	assert_contains(imxd_errno_text(9999), "errno 9999");
}

static void *fail_elsewhere(void *data)
{
	imxd_report(NULL, imxd_fail(EIO, "in another thread"));
	*(int *)data = strcmp(imx_dma_buffer_get_last_error(), "in another thread");
	return NULL;
}

static void test_each_thread_has_its_own(void **state)
{
	int difference = 1;
	pthread_t thread;

	imxd_report(NULL, imxd_fail(EIO, "here"));
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &difference), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(difference, 0);
	assert_string_equal(imx_dma_buffer_get_last_error(), "here");
}

static char logged[128];
static int logged_level;
static unsigned int log_count;

static void keep_log(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	assert_ptr_equal(user_data, logged);
	snprintf(logged, sizeof(logged), "%s", message);
	logged_level = level;
	log_count++;
}

static void test_handler_gets_what_it_asks_for(void **state)
{
	log_count = 0;
	imx_dma_buffer_set_log_handler(keep_log, logged, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "too much");
	assert_int_equal(log_count, 0);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING, "number %d", 5);
	assert_string_equal(logged, "number 5");
	assert_int_equal(logged_level, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
	imx_dma_buffer_set_log_handler(keep_log, logged, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	imxd_fail(EIO, "each failure is logged");
	assert_string_equal(logged, "each failure is logged");
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "silent");
	assert_int_equal(log_count, 2);
}

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

/* Another thread takes the handler away once, before this one. */
static bool other_comes_first;

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (other_comes_first && mutex == &imxd_locks[IMXD_LOCK_LOG]) {
		other_comes_first = false;
		imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	}
	return __real_pthread_mutex_lock(mutex);
}

static void test_handler_that_goes_leaves_nothing_to_stderr(void **state)
{
	int file = memfd_create("stderr", MFD_CLOEXEC), kept = dup(STDERR_FILENO);

	log_count = 0;
	imx_dma_buffer_set_log_handler(keep_log, logged, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	dup2(file, STDERR_FILENO);
	other_comes_first = true;
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, "nobody's any more");
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	assert_false(other_comes_first);
	assert_int_equal(log_count, 0);
	assert_int_equal(lseek(file, 0, SEEK_END), 0);
	close(file);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_fail_is_seen_when_it_is_reported),
		cmocka_unit_test(test_sentence_may_quote_itself_and_is_cut_off),
		cmocka_unit_test(test_errno_text_names_the_code),
		cmocka_unit_test(test_each_thread_has_its_own),
		cmocka_unit_test(test_handler_gets_what_it_asks_for),
		cmocka_unit_test(test_handler_that_goes_leaves_nothing_to_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
