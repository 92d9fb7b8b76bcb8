/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dmabuf/exporter.h"
#include "dmabuf/heap.h"

#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

static void assert_heap(char const *name, ImxDmaBufferTristate cached, ImxDmaBufferTristate contiguous)
{
	struct imxd_traits traits = imxd_heap_traits(name);

	if (traits.cached != cached || traits.contiguous != contiguous)
		fail_msg("%s: cached %d, contiguous %d", name, traits.cached, traits.contiguous);
	assert_true(traits.caps & IMXD_CAP_DMABUF);
	assert_int_equal(!!(traits.caps & IMXD_CAP_ALIGNED_BY_SIZE), contiguous == YES);
}

static void test_cma_heaps_are_contiguous(void **state)
{
	char const *const names[] = {"linux,cma", "default_cma_region", "reserved", "default-pool", "cma"};
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(imxd_heap_known(i), names[i]);
		assert_heap(names[i], YES, YES);
		snprintf(name, sizeof(name), "%s-uncached", names[i]);
		assert_heap(name, NO, YES);
		assert_false(imxd_heap_is_excluded(name));
	}
	assert_null(imxd_heap_known(5));
	assert_null(imxd_heap_known(100));
}

/* Names of a board's own, and names with a unit address. */
static void test_other_heaps_are_contiguous(void **state)
{
	char const *const cached[] = {"vpu_cma@a0000000", "my-heap", "linux,cma@58000000", "default-pool@1", "reserved2",
		"noncoherent-pool", "non-coherent", "vendor,non-coherent", "dma-non-coherent@9c000000", "non_coherent",
		"incoherent"};
	char const *const uncached[] = {
		"my-heap-uncached", "linux,cma@58000000-uncached", "coherent", "vendor,coherent-pool@9c000000"};

	for (size_t i = 0; i < sizeof(cached) / sizeof(cached[0]); i++)
		assert_heap(cached[i], YES, YES);
	for (size_t i = 0; i < sizeof(uncached) / sizeof(uncached[0]); i++)
		assert_heap(uncached[i], NO, YES);
	assert_true(imxd_heap_is_known("linux,cma@58000000"));
	assert_true(imxd_heap_is_known("linux,cma@58000000-uncached"));
	assert_false(imxd_heap_is_known("linux,cma@"));
	assert_false(imxd_heap_is_known("linux,cma@58000000x"));
	assert_false(imxd_heap_is_known("my-heap@58000000"));
}

static void test_unit_addresses(void **state)
{
	assert_true(imxd_heap_has_unit_address("linux,cma@58000000", 0));
	assert_true(imxd_heap_has_unit_address("reserved@58000000", 2));
	assert_false(imxd_heap_has_unit_address("linux,cma@58000000", 1));
	assert_false(imxd_heap_has_unit_address("linux,cma@58000000-uncached", 0));
	assert_false(imxd_heap_has_unit_address("linux,cma", 0));
	assert_false(imxd_heap_has_unit_address("linux,cma@", 0));
}

static void test_special_heaps_promise_nothing(void **state)
{
	char const *const system[] = {"system", "system-uncached", "system_heap", "system-contig"};
	char const *const special[] = {"dsp", "dsp-uncached", "secure", "secure-uncached", "protected,secure-video"};

	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
		assert_true(imxd_heap_is_excluded(system[i]));
		assert_heap(system[i], YES, NO);
	}
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		assert_true(imxd_heap_is_excluded(special[i]));
		assert_heap(special[i], UNKNOWN, UNKNOWN);
	}
}

/* Rockchip's system heaps have many names. Only a whole name is that of the CMA heap. */
static void test_heaps_of_rockchip(void **state)
{
	char const *const system[] = {"system-dma32", "system-uncached-dma32"};
	char const *const others[] = {"cma_heap", "cmake", "cma-dma32", "cma-uncached-dma32"};

	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
		assert_true(imxd_heap_is_excluded(system[i]));
		assert_heap(system[i], YES, NO);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(imxd_heap_is_known(others[i]));
	assert_true(imxd_heap_has_unit_address("cma@58000000", 4));
}

/* The part behind the prefix is the name of a node, which may end or begin in any way. */
static void test_carveouts_of_ti(void **state)
{
	char const *const names[] = {
		"carveout_vpu", "carveout_vision_apps_shared-memories", "carveout_a-uncached", "carveout_a,coherent"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct imxd_traits traits = imxd_heap_traits(names[i]);

		assert_false(imxd_heap_is_known(names[i]));
		assert_true(imxd_heap_is_excluded(names[i]));
		assert_int_equal(traits.cached, YES);
		assert_int_equal(traits.contiguous, YES);
		assert_int_equal(traits.caps, IMXD_CAPS_DMABUF | IMXD_CAP_SYNCS_ATTACHED);
	}
}

static void test_link_of_raspberry_pi_promises_nothing(void **state)
{
	assert_true(imxd_heap_is_excluded("vidbuf_cached"));
	assert_heap("vidbuf_cached", UNKNOWN, UNKNOWN);
}

static void assert_exporter(char const *name, ImxDmaBufferTristate cached, ImxDmaBufferTristate contiguous)
{
	struct imxd_traits traits = imxd_exporter_traits(name);

	if (traits.cached != cached || traits.contiguous != contiguous)
		fail_msg("%s: cached %d, contiguous %d", name, traits.cached, traits.contiguous);
}

static void test_exporters_of_imports(void **state)
{
	assert_exporter("reserved", YES, YES);
	assert_exporter("reserved-uncached", NO, YES);
	assert_exporter("videobuf2_dma_contig", UNKNOWN, YES);
	assert_exporter("udmabuf", YES, NO);
	assert_exporter("system", YES, NO);
	assert_exporter("system_heap", YES, NO);
	assert_exporter("cma_heap", UNKNOWN, YES);
	assert_exporter("heap_helpers", UNKNOWN, UNKNOWN);
	assert_exporter("linux,cma@58000000", YES, YES);
	assert_exporter("drm", UNKNOWN, UNKNOWN);
	assert_exporter("my-heap", UNKNOWN, UNKNOWN);
	/* Rockchip's CMA heap. No heap has the name of a carveout here, so another driver may have exported it. */
	assert_exporter("cma-uncached", NO, YES);
	assert_exporter("carveout_vpu", UNKNOWN, UNKNOWN);
	assert_exporter("vidbuf_cached", UNKNOWN, UNKNOWN);
	assert_exporter("", UNKNOWN, UNKNOWN);
	/* An impossible heap name must not be looked up as a path. */
	assert_exporter("../null", UNKNOWN, UNKNOWN);
}

static void test_exporter_name_of_other_files(void **state)
{
	char name[16] = "left over";
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	imxd_exporter_name(fd, name, sizeof(name));
	assert_string_equal(name, "");
	close(fd);
	memcpy(name, "left", 5);
	imxd_exporter_name(fd, name, sizeof(name));
	assert_string_equal(name, "");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_cma_heaps_are_contiguous),
		cmocka_unit_test(test_other_heaps_are_contiguous),
		cmocka_unit_test(test_unit_addresses),
		cmocka_unit_test(test_special_heaps_promise_nothing),
		cmocka_unit_test(test_heaps_of_rockchip),
		cmocka_unit_test(test_carveouts_of_ti),
		cmocka_unit_test(test_link_of_raspberry_pi_promises_nothing),
		cmocka_unit_test(test_exporters_of_imports),
		cmocka_unit_test(test_exporter_name_of_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
