/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exporter.h"

#include <sys/mman.h>
#include <unistd.h>

#include "backend.h"
#include "support.h"

#define CACHED IMX_DMA_BUFFER_CAPABILITY_CACHED
#define CONTIGUOUS IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS

static void test_cma_heaps_are_contiguous_and_cached(void **state)
{
	char const *const names[] = {"linux,cma", "reserved", "default_cma_region", "default-pool"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned int caps = imxd_heap_caps(names[i]);

		assert_int_equal(caps & (CACHED | CONTIGUOUS), CACHED | CONTIGUOUS);
		assert_true(caps & IMXD_CAP_ALIGNED_BY_SIZE);
		assert_true(caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF);
	}
}

static void test_uncached_suffix_counts_on_cma_heaps_only(void **state)
{
	assert_false(imxd_heap_caps("linux,cma-uncached") & CACHED);
	assert_true(imxd_heap_caps("linux,cma-uncached") & CONTIGUOUS);
	assert_true(imxd_heap_caps("system-uncached") & CACHED);
	assert_false(imxd_heap_caps("system-uncached") & CONTIGUOUS);
	assert_true(imxd_heap_caps("-uncached") & CACHED);
	assert_true(imxd_heap_caps("linux,cma-uncached2") & CACHED);
}

/* Neither known nor in /dev/dma_heap: a node by another name, or a descriptor whose name cannot be read. */
static void test_unknown_names_promise_nothing(void **state)
{
	char const *const names[] = {"", "vpu_cma@a0000000", "my-heap", "my-heap-uncached"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(imxd_heap_caps(names[i]) & (CACHED | CONTIGUOUS), CACHED);
}

static void test_special_heaps_promise_nothing(void **state)
{
	char const *const names[] = {"system", "dsp", "secure", "secure-uncached", "system-contig"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(imxd_heap_is_special(names[i]));
		assert_false(imxd_heap_caps(names[i]) & CONTIGUOUS);
	}
	assert_false(imxd_heap_is_special("reserved"));
}

static void test_exporters_of_imports(void **state)
{
	assert_true(imxd_exporter_caps("reserved") & CONTIGUOUS);
	assert_false(imxd_exporter_caps("reserved-uncached") & CACHED);
	assert_true(imxd_exporter_caps("videobuf2_dma_contig") & CONTIGUOUS);
	assert_false(imxd_exporter_caps("udmabuf") & (CONTIGUOUS | IMXD_CAP_MAYBE_CONTIGUOUS));
	assert_false(imxd_exporter_caps("system") & (CONTIGUOUS | IMXD_CAP_MAYBE_CONTIGUOUS));
	assert_true(imxd_exporter_caps("drm") & IMXD_CAP_MAYBE_CONTIGUOUS);
	assert_true(imxd_exporter_caps("") & IMXD_CAP_MAYBE_CONTIGUOUS);
	assert_false(imxd_exporter_caps("reserved2") & CONTIGUOUS);
	/* An impossible heap name must not be looked up as a path. */
	assert_false(imxd_exporter_caps("../null") & CONTIGUOUS);
}

static void test_name_of_what_is_no_dmabuf(void **state)
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
		cmocka_unit_test(test_cma_heaps_are_contiguous_and_cached),
		cmocka_unit_test(test_uncached_suffix_counts_on_cma_heaps_only),
		cmocka_unit_test(test_unknown_names_promise_nothing),
		cmocka_unit_test(test_special_heaps_promise_nothing),
		cmocka_unit_test(test_exporters_of_imports),
		cmocka_unit_test(test_name_of_what_is_no_dmabuf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
