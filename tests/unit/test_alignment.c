/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/alignment.h"

#include <errno.h>

#include "base/error.h"
#include "support.h"

#define FD IMXD_CAP_DESCRIPTOR
#define PAGES IMXD_CAP_PAGE_ALIGNED
#define CMA (FD | IMXD_CAP_ALIGNED_BY_SIZE)

static size_t plan(unsigned int caps, size_t size, size_t alignment)
{
	size_t block_size = 0;

	assert_int_equal(imxd_alignment_plan(caps, size, alignment, &block_size), 0);
	return block_size;
}

static void test_plan_makes_room_without_descriptor(void **state)
{
	assert_int_equal(plan(0, 1000, 0), 1000);
	assert_int_equal(plan(0, 1000, 1), 1000);
	assert_int_equal(plan(0, 1000, 64), 1063);
	assert_int_equal(plan(PAGES, 1000, 4096), 1000);
	assert_int_equal(plan(PAGES, 1000, 100), 1099);
	assert_int_equal(plan(PAGES, 1000, 8192), 1000 + 8191);
}

static void test_plan_relies_on_size_with_descriptor(void **state)
{
	assert_int_equal(plan(FD, 1000, 0), 1000);
	assert_int_equal(plan(FD, 1000, 1), 1000);
	assert_int_equal(plan(FD, 1000, 4096), 1000);
	assert_int_equal(plan(FD, 1000, 65536), 65536);
	assert_int_equal(plan(FD, 3000000, 65536), 3000000);
	assert_int_equal(plan(FD, 1000, 5000), 1000);
}

static void test_plan_refuses_overflow(void **state)
{
	size_t block_size;

	assert_int_equal(imxd_alignment_plan(0, SIZE_MAX, 2, &block_size), -EINVAL);
	assert_int_equal(imxd_alignment_plan(0, SIZE_MAX - 10, 12, &block_size), -EINVAL);
	assert_int_equal(imxd_alignment_plan(0, SIZE_MAX - 10, 8, &block_size), -EINVAL);
	assert_int_equal(imxd_alignment_plan(FD, SIZE_MAX, 1, &block_size), -EINVAL);
	assert_contains(imxd_message(), "rounded up");
}

static int fit(unsigned int caps, size_t block_size, imx_physical_address_t value, size_t alignment, size_t *offset)
{
	struct imxd_block block = {.fd = -1, .size = block_size, .traits = {.caps = caps}};
	struct imxd_address address = {.value = value, .source = value ? IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER : 0};

	*offset = 77;
	return imxd_alignment_fit(&block, &address, 1000, alignment, offset);
}

static void test_fit_offsets_memory_without_descriptor(void **state)
{
	size_t offset;

	assert_int_equal(fit(0, 8192, 0x1000, 1, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(fit(0, 8192, 0x1010, 64, &offset), 0);
	assert_int_equal(offset, 0x30);
	assert_int_equal(fit(0, 8192, 0x1040, 64, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(fit(0, 8192, 1001, 100, &offset), 0);
	assert_int_equal(offset, 99);
	assert_int_equal(fit(0, 1048, 0x1010, 64, &offset), 0);
	assert_int_equal(fit(0, 1047, 0x1010, 64, &offset), -ENOTSUP);
}

static void test_fit_checks_memory_with_descriptor(void **state)
{
	size_t offset;

	assert_int_equal(fit(FD, 65536, 0x40010000, 65536, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(fit(FD, 65536, 0x40011000, 65536, &offset), -ENOTSUP);
	assert_contains(imxd_message(), "0x40011000");
	assert_int_equal(fit(FD, 65536, 0x40011000, 5000, &offset), -EINVAL);
	assert_int_equal(fit(FD, 65536, 50000, 5000, &offset), 0);
}

static void test_fit_without_address_promises_what_is_known(void **state)
{
	size_t offset;

	assert_int_equal(fit(FD, 65536, 0, 4096, &offset), 0);
	assert_int_equal(fit(FD, 65536, 0, 8192, &offset), -ENOTSUP);
	assert_int_equal(fit(CMA, 65536, 0, 65536, &offset), 0);
	assert_int_equal(fit(CMA, 65536, 0, 131072, &offset), -ENOTSUP);
	assert_int_equal(fit(CMA, 40960, 0, 65536, &offset), 0);
	assert_int_equal(fit(CMA, 4 << 20, 0, 1 << 20, &offset), 0);
	assert_int_equal(fit(CMA, 4 << 20, 0, 2 << 20, &offset), -ENOTSUP);
	assert_int_equal(fit(CMA, 65536, 0, 3, &offset), -EINVAL);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_plan_makes_room_without_descriptor),
		cmocka_unit_test(test_plan_relies_on_size_with_descriptor),
		cmocka_unit_test(test_plan_refuses_overflow),
		cmocka_unit_test(test_fit_offsets_memory_without_descriptor),
		cmocka_unit_test(test_fit_checks_memory_with_descriptor),
		cmocka_unit_test(test_fit_without_address_promises_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
