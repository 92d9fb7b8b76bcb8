/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dmabuf/exporter.h"

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
	char const *const names[] = {"linux,cma", "default_cma_region", "reserved", "default-pool"};
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(imxd_heap_known(i), names[i]);
		assert_heap(names[i], YES, YES);
		snprintf(name, sizeof(name), "%s-uncached", names[i]);
		assert_heap(name, NO, YES);
		assert_false(imxd_heap_is_excluded(name));
	}
	assert_null(imxd_heap_known(4));
	assert_null(imxd_heap_known(100));
}

/* Neither known nor in /dev/dma_heap: a node with another name, or a descriptor whose name cannot be read. */
static void test_unknown_names_promise_nothing(void **state)
{
	char const *const names[] = {
		"", "vpu_cma@a0000000", "my-heap", "my-heap-uncached", "-uncached", "linux,cma-uncached2", "reserved2"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_heap(names[i], UNKNOWN, UNKNOWN);
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
	assert_exporter("drm", UNKNOWN, UNKNOWN);
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
		cmocka_unit_test(test_unknown_names_promise_nothing),
		cmocka_unit_test(test_special_heaps_promise_nothing),
		cmocka_unit_test(test_exporters_of_imports),
		cmocka_unit_test(test_exporter_name_of_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
