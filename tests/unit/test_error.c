/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>
#include <pthread.h>

#include "base/log.h"
#include "support.h"

static void test_fail_is_seen_when_it_is_reported(void **state)
{
	int error = 0;

	imxd_report(NULL, imxd_fail(-EIO, "first %d", 1));
	assert_string_equal(imx_dma_buffer_get_last_error(), "first 1");
	assert_int_equal(imxd_fail(-ENOMEM, "second"), -ENOMEM);
	assert_string_equal(imx_dma_buffer_get_last_error(), "first 1");
	imxd_report(&error, -ENOMEM);
	assert_int_equal(error, ENOMEM);
	assert_string_equal(imx_dma_buffer_get_last_error(), "second");
}

static void test_message_may_quote_itself_and_is_cut_off(void **state)
{
	char longer[IMXD_MESSAGE_SIZE * 2];

	imxd_fail(-EIO, "inner");
	imxd_fail(-EIO, "outer: %s", imxd_message());
	assert_string_equal(imxd_message(), "outer: inner");
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	imxd_fail(-EIO, "%s", longer);
	assert_int_equal(strlen(imxd_message()), IMXD_MESSAGE_SIZE - 1);
}

static void test_message_is_one_line(void **state)
{
	char text[8];

	imxd_fail(-EIO, "%s", "a\nb\tc\033[2J\177\302\233m, caf\303\251");
	assert_string_equal(imxd_message(), "a\\nb\\x09c\\x1b[2J\\x7f\\x9bm, caf\303\251");
	imxd_copy_visible(text, sizeof(text), "abcd\001e");
	assert_string_equal(text, "abcd\\x0");
	imxd_copy_visible(text, sizeof(text), "abcdefghi");
	assert_string_equal(text, "abcdefg");
}

static void test_errno_text_names_the_code(void **state)
{
	assert_string_equal(imxd_errno_text(-EACCES), "EACCES, Permission denied");
	assert_contains(imxd_errno_text(-ENOTTY), "ENOTTY, ");
	assert_contains(imxd_errno_text(-9999), "errno 9999");
}

static void *fail_elsewhere(void *data)
{
	imxd_report(NULL, imxd_fail(-EIO, "in another thread"));
	*(int *)data = strcmp(imx_dma_buffer_get_last_error(), "in another thread");
	return NULL;
}

static void test_each_thread_has_its_own(void **state)
{
	int difference = 1;
	pthread_t thread;

	imxd_report(NULL, imxd_fail(-EIO, "here"));
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
	imxd_report(NULL, imxd_fail(-EIO, "each reported failure is logged"));
	assert_string_equal(logged, "each reported failure is logged");
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "silent");
	assert_int_equal(log_count, 2);
}

/* A handler may call functions of the library, also those that fail and log. */
static void call_back(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	ImxWrappedDmaBuffer wrapped;

	if (log_count++ > 0)
		return;
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	assert_null(imx_dma_buffer_map(&wrapped.parent, 0, NULL));
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
}

static void test_handler_may_call_the_library(void **state)
{
	log_count = 0;
	imx_dma_buffer_set_log_handler(call_back, NULL, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	imxd_fail(-EIO, "the cause");
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "begin");
	assert_int_equal(log_count, 2);
	assert_string_equal(imxd_message(), "the cause");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_fail_is_seen_when_it_is_reported),
		cmocka_unit_test(test_message_may_quote_itself_and_is_cut_off),
		cmocka_unit_test(test_message_is_one_line),
		cmocka_unit_test(test_errno_text_names_the_code),
		cmocka_unit_test(test_each_thread_has_its_own),
		cmocka_unit_test(test_handler_gets_what_it_asks_for),
		cmocka_unit_test(test_handler_may_call_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
