/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kept attachments: a render node makes DMA_BUF_IOCTL_SYNC serve devices that are not attached themselves.
 */
#include "attachment.h"

static void test_devices_that_use_the_address_are_served(void **state)
{
	uint8_t data[SIZE];

	begin(HEAP "render etnaviv");
	fill(buffer, 0x11);
	assert_device_sees(fd, 0x11);
	memset(data, 0x12, SIZE);
	assert_int_equal(sim_device_write(imx_dma_buffer_get_physical_address(buffer), data, SIZE), 0);
	assert_memory_equal(imx_dma_buffer_map(buffer, READ, NULL), data, SIZE);
	imx_dma_buffer_unmap(buffer);
	assert_driver(buffer, "etnaviv");
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 1);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
}

/* Board, and the driver that attaches. */
static void test_choice_of_the_node(void **state)
{
	static char const *const cases[][2] = {
		{"render etnaviv", "etnaviv"},
		{"render imx95-dpu", "imx95-dpu"},
		{"render i915", ""},
		{"render i915; render panfrost number=129", "panfrost"},
		{"render lima open=EACCES; render vivante number=191", "vivante"},
		{"render etnaviv coherent", ""},
		{"render etnaviv coherent; sysfs off", "etnaviv"},
		{"render vgem; release 6.16.3", "vgem"},
		{"render vgem; release 6.17.0", ""},
		{"render etnaviv; fail prime-import 1 EINVAL 0", ""},
		{"render etnaviv; fail drm-version 1 EACCES 0", ""},
		{"udmabuf off", ""},
	};
	char board[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(board, sizeof(board), HEAP "%s", cases[i][0]);
		begin(board);
		assert_driver(buffer, cases[i][1]);
		fill(buffer, 0x21);
		finish();
	}
}

static void test_better_ways_need_no_device(void **state)
{
	static char const *const boards[] = {
		"heap reserved; phys native; render etnaviv",
		"cpu arm64; " HEAP "render etnaviv",
		"heap reserved-uncached; phys absent; pagemap privileged; render etnaviv",
	};

	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		begin(boards[i]);
		fill(buffer, 0x22);
		assert_int_equal(imx_dma_buffer_attach_device(buffer, NULL), 0);
		assert_string_equal(properties_of(buffer).attached_driver, "");
		assert_int_equal(sim_count(SIM_CALL_DRM_VERSION), 0);
		finish();
	}
}

static void test_the_variable(void **state)
{
	static struct {
		char const *value, *driver;
		int error;
		char const *sentence;
	} const cases[] = {
		{"off", "", ENOTSUP, "IMXDMABUFFER_ATTACH=off"},
		{"auto", "etnaviv", 0, ""},
		{"", "etnaviv", 0, ""},
		{"perhaps", "etnaviv", 0, ""},
		{"/dev/dri/renderD130", "unheard-of", 0, ""},
		{"/dev/dri/renderD131", "", ENODEV, "/dev/dri/renderD131, from IMXDMABUFFER_ATTACH: its device is coherent"},
		{"/dev/dri/renderD132", "", ENOENT, "/dev/dri/renderD132, from IMXDMABUFFER_ATTACH"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ImxDmaBuffer *import;
		int error = 0;

		setenv("IMXDMABUFFER_ATTACH", cases[i].value, 1);
		begin(cases[i].error == ENODEV ? HEAP "render etnaviv number=131 coherent"
									   : HEAP "render etnaviv; render unheard-of number=130");
		assert_driver(buffer, cases[i].driver);
		import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
		assert_int_equal(imx_dma_buffer_attach_device(import, &error), cases[i].error ? -1 : 0);
		assert_int_equal(error, cases[i].error);
		if (error)
			assert_sentence(cases[i].sentence);
		imx_dma_buffer_deallocate(import);
		finish();
	}
}

static void test_imports_are_attached_on_request(void **state)
{
	ImxWrappedDmaBuffer wrapped;
	ImxDmaBuffer *import;
	int error = 0;

	begin(HEAP "render etnaviv");
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	assert_non_null(imx_dma_buffer_map(import, WRITE, NULL));
	assert_int_equal(imx_dma_buffer_attach_device(import, &error), -1);
	assert_int_equal(error, EBUSY);
	imx_dma_buffer_unmap(import);
	assert_driver(import, "");
	assert_int_equal(imx_dma_buffer_attach_device(import, NULL), 0);
	assert_int_equal(imx_dma_buffer_attach_device(import, NULL), 0);
	assert_driver(import, "etnaviv");
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 1);
	fill(import, 0x31);
	assert_device_sees(fd, 0x31);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = SIZE;
	assert_int_equal(imx_dma_buffer_attach_device(&wrapped.parent, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(imx_dma_buffer_attach_device(NULL, &error), -1);
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_deallocate(import);
	finish();
}

static void test_a_refusing_driver_is_named(void **state)
{
	ImxDmaBuffer *import;
	int error = 0;

	setenv("IMXDMABUFFER_ATTACH", "off", 1);
	begin(HEAP "render etnaviv");
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	unsetenv("IMXDMABUFFER_ATTACH");
	sim_fail(SIM_CALL_PRIME_IMPORT, 1, ENOSPC, 1);
	assert_int_equal(imx_dma_buffer_attach_device(import, &error), -1);
	assert_int_equal(error, ENOSPC);
	assert_sentence("the DRM driver etnaviv does not import descriptor ");
	assert_int_equal(imx_dma_buffer_attach_device(import, NULL), 0);
	imx_dma_buffer_deallocate(import);
	finish();
	start_board("heap system scattered");
	allocator = new_allocator("host:memfd", 0);
	buffer = new_buffer(allocator, SIZE);
	assert_int_equal(imx_dma_buffer_attach_device(buffer, &error), -1);
	assert_int_equal(error, ENOTSUP);
	finish();
}

/* Other exporters ignore attachments in SYNC, and scattered memory has no address for devices. */
static void test_memory_that_a_device_does_not_help(void **state)
{
	int error = 0;

	start_board("heap system scattered; phys absent; udmabuf on; render etnaviv");
	allocator = new_allocator("dma-heap:system", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = new_buffer(allocator, SIZE);
	fill(buffer, 0x91);
	assert_driver(buffer, "");
	assert_int_equal(imx_dma_buffer_attach_device(buffer, NULL), 0);
	assert_driver(buffer, "etnaviv");
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator("host:udmabuf", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = new_buffer(allocator, SIZE);
	assert_int_equal(imx_dma_buffer_attach_device(buffer, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("does not maintain caches for attached devices");
	finish();
}

/* A mistake that did no harm without the device. */
static void test_writes_before_a_session_stay(void **state)
{
	uint8_t *bytes;

	begin(HEAP "render etnaviv");
	bytes = imx_dma_buffer_map(buffer, MANUAL, NULL);
	memset(bytes, 0x92, SIZE);
	imx_dma_buffer_start_sync_session(buffer);
	assert_int_equal(bytes[SIZE - 1], 0x92);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_device_sees(fd, 0x92);
	finish();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_devices_that_use_the_address_are_served),
	cmocka_unit_test(test_choice_of_the_node),
	cmocka_unit_test(test_better_ways_need_no_device),
	cmocka_unit_test(test_the_variable),
	cmocka_unit_test(test_imports_are_attached_on_request),
	cmocka_unit_test(test_a_refusing_driver_is_named),
	cmocka_unit_test(test_memory_that_a_device_does_not_help),
	cmocka_unit_test(test_writes_before_a_session_stay),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
