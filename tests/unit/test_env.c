/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment variables, and the selection by them.
 */
#include "env.h"

#include <errno.h>
#include <stdlib.h>

#include "selection.h"
#include "support.h"

static int clear(void **state)
{
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
	return 0;
}

static void test_table_tells_names_and_values(void **state)
{
	ImxDmaBufferVariable variables[8];
	size_t count = imx_dma_buffer_get_variables(variables, 8);

	assert_int_equal(count, 3);
	assert_int_equal(imx_dma_buffer_get_variables(NULL, 0), count);
	assert_string_equal(variables[0].name, "IMXDMABUFFER_ALLOCATOR");
	assert_null(variables[0].value);
	setenv("IMXDMABUFFER_ALLOCATOR", "host:memfd", 1);
	imx_dma_buffer_get_variables(variables, 1);
	assert_string_equal(variables[0].value, "host:memfd");
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(variables[i].meaning) > 10);
		assert_true(strlen(variables[i].default_value) > 1);
	}
	setenv("IMXDMABUFFER_ALLOCATOR", "", 1);
	assert_null(imxd_env(IMXD_ENV_ALLOCATOR));
}

static void test_address_policy(void **state)
{
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_REQUIRED);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_OPTIONAL);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "required", 1);
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_REQUIRED);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "Optional", 1);
	assert_int_equal(imxd_policy_from_environment(), IMXD_ADDRESS_REQUIRED);
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
	int error;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		error = 0;
		assert_null(imx_dma_buffer_allocator_new_by_name(names[i], 0, &error));
		assert_int_equal(error, EINVAL);
		assert_sentence("this library has: dma-heap, ion, dwl, ipu, g2d, pxp, host");
	}
	setenv("IMXDMABUFFER_ALLOCATOR", "vendor", 1);
	assert_null(imx_dma_buffer_allocator_new(&error));
	assert_sentence("IMXDMABUFFER_ALLOCATOR=\"vendor\"");
}

static void test_unknown_flags(void **state)
{
	int error = 0;

	assert_null(imx_dma_buffer_allocator_new_by_name("host", 2, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("0x2");
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
		env_test(test_table_tells_names_and_values),
		env_test(test_address_policy),
		env_test(test_environment_names_the_default),
		env_test(test_unknown_names_list_the_known_ones),
		env_test(test_unknown_flags),
		env_test(test_target_of_the_environment_serves_its_allocator_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
