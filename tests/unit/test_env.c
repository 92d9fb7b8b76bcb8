/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment variables, and the selection by them.
 */
#include "base/env.h"

#include <errno.h>
#include <stdlib.h>

#include "core/selection.h"
#include "support.h"

static int clear(void **state)
{
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
	return 0;
}

static void test_empty_variables_are_unset(void **state)
{
	assert_null(imxd_env(IMXD_ENV_ALLOCATOR));
	setenv("IMXDMABUFFER_ALLOCATOR", "host:memfd", 1);
	assert_string_equal(imxd_env(IMXD_ENV_ALLOCATOR), "host:memfd");
	setenv("IMXDMABUFFER_ALLOCATOR", "", 1);
	assert_null(imxd_env(IMXD_ENV_ALLOCATOR));
}

static void test_address_policy(void **state)
{
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_DEFAULT);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_OPTIONAL);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "required", 1);
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_DEFAULT);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "Optional", 1);
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_DEFAULT);
}

static void test_environment_names_the_default(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	setenv("IMXDMABUFFER_ALLOCATOR", "host", 1);
	allocator = imx_dma_buffer_allocator_new(&error);
	assert_non_null(allocator);
	assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), "host");
	imx_dma_buffer_allocator_destroy(allocator);
	setenv("IMXDMABUFFER_ALLOCATOR", "host:floppy", 1);
	assert_null(imx_dma_buffer_allocator_new(&error));
	assert_int_equal(error, EINVAL);
	assert_sentence("host:floppy");
}

static void test_unknown_names_list_the_known_ones(void **state)
{
	char const *const names[] = {"", "hos", "hostel", ":host", "HOST", "dma-heaps", "vendor:/dev/null"};
	char known[256] = "this library has: ";
	int error;

	for (size_t i = 0; imx_dma_buffer_builtin_allocator_name(i); i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", imx_dma_buffer_builtin_allocator_name(i));
	}

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		error = 0;
		assert_null(imx_dma_buffer_allocator_new_by_name(names[i], 0, &error));
		assert_int_equal(error, EINVAL);
		assert_sentence(known);
	}
	setenv("IMXDMABUFFER_ALLOCATOR", "vendor", 1);
	assert_null(imx_dma_buffer_allocator_new(&error));
	assert_sentence("IMXDMABUFFER_ALLOCATOR=\"vendor\"");
}

static void test_unknown_flags(void **state)
{
	int error = 0;

	assert_null(imx_dma_buffer_allocator_new_by_name("host", 16, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("0x10");
	error = 0;
	assert_null(imx_dma_buffer_allocator_new_by_name("host", 3, &error));
	assert_int_equal(error, EINVAL);
}

static void test_target_of_the_environment_serves_its_allocator_only(void **state)
{
	ImxDmaBufferAllocator *allocator;

	setenv("IMXDMABUFFER_ALLOCATOR", "host:nothing", 1);
	assert_null(imx_dma_buffer_allocator_new_by_name("host", 0, NULL));
	allocator = imx_dma_buffer_allocator_new_by_name("host:memfd", 0, NULL);
	assert_non_null(allocator);
	imx_dma_buffer_allocator_destroy(allocator);
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:nothing", 1);
	allocator = imx_dma_buffer_allocator_new_by_name("host", 0, NULL);
	assert_non_null(allocator);
	imx_dma_buffer_allocator_destroy(allocator);
}

#define env_test(function) cmocka_unit_test_setup_teardown(function, clear, clear)

int main(void)
{
	struct CMUnitTest const tests[] = {
		env_test(test_empty_variables_are_unset),
		env_test(test_address_policy),
		env_test(test_environment_names_the_default),
		env_test(test_unknown_names_list_the_known_ones),
		env_test(test_unknown_flags),
		env_test(test_target_of_the_environment_serves_its_allocator_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
