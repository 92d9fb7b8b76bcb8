/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kept attachments: a render node makes DMA_BUF_IOCTL_SYNC serve devices that are not attached themselves.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define HEAP "heap reserved; phys absent; pagemap privileged; "
#define SIZE 16384

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;
static int fd;

static ImxDmaBufferProperties properties_of(ImxDmaBuffer *of)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(of, &properties, NULL), 0);
	return properties;
}

static void begin(char const *board)
{
	start_board(board);
	allocator = new_allocator(NULL, 0);
	sim_reset_counts();
	buffer = new_buffer(allocator, SIZE);
	fd = imx_dma_buffer_get_fd(buffer);
}

static void finish(void)
{
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_misuses(), 0);
	assert_int_equal(sim_live_buffers(), 0);
	unsetenv("IMXDMABUFFER_ATTACH");
}

static void assert_driver(ImxDmaBuffer *of, char const *driver)
{
	ImxDmaBufferProperties properties = properties_of(of);

	assert_string_equal(properties.attached_driver, driver);
	assert_int_equal(properties.coherency,
		driver[0] ? IMX_DMA_BUFFER_COHERENCY_ATTACHMENT : IMX_DMA_BUFFER_COHERENCY_IMPORTER);
}

static void fill(ImxDmaBuffer *which, uint8_t value)
{
	uint8_t *bytes = imx_dma_buffer_map(which, WRITE, NULL);

	assert_non_null(bytes);
	memset(bytes, value, SIZE);
	imx_dma_buffer_unmap(which);
}

static void assert_device_sees(int memory, uint8_t value)
{
	uint8_t data[SIZE];

	assert_int_equal(sim_device_read_fd(memory, 0, data, SIZE), 0);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(data[i], value);
}

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

/* Detaching discards lines: it waits until no buffer in this process uses the DMA-BUF. */
static void test_the_last_buffer_detaches(void **state)
{
	ImxDmaBuffer *import;
	uint8_t *bytes;
	int copy;

	begin(HEAP "render etnaviv");
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	fill(buffer, 0x41);
	bytes = imx_dma_buffer_map(import, WRITE, NULL);
	memset(bytes, 0x42, SIZE);
	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	assert_int_equal(bytes[0], 0x42);
	imx_dma_buffer_deallocate(import);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
	assert_device_sees(copy, 0x42);
	close(copy);
	finish();
}

/* Also what was written outside of sessions, in mappings of the program too. */
static void test_detaching_loses_nothing(void **state)
{
	uint8_t *bytes;
	int copy;

	begin(HEAP "render etnaviv");
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	fill(buffer, 0x51);
	bytes = imx_dma_buffer_map(buffer, MANUAL, NULL);
	memset(bytes, 0x52, SIZE);
	sim_reset_counts();
	imx_dma_buffer_deallocate(buffer);
	assert_string_equal(sim_sync_steps(), "end-rw");
	assert_device_sees(copy, 0x52);
	close(copy);
	finish();
}

/* Before Linux 5.3 nothing tells DMA-BUFs apart but the handle: the kernel returns the same one again. */
static void test_handles_are_counted(void **state)
{
	ImxDmaBuffer *import;

	begin(HEAP "render etnaviv; release 4.19.35");
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	fill(buffer, 0x61);
	assert_int_equal(imx_dma_buffer_attach_device(import, NULL), 0);
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 2);
	imx_dma_buffer_deallocate(import);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	fill(buffer, 0x62);
	assert_device_sees(fd, 0x62);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
}

static int in_child(void)
{
	int result = 0;

	sim_reset_counts();
	fill(buffer, 0x72);
	result |= (sim_count(SIM_CALL_PRIME_IMPORT) != 1) << 0;
	result |= (sim_count(SIM_CALL_GEM_CLOSE) != 0) << 1;
	result |= (strcmp(properties_of(buffer).attached_driver, "etnaviv") != 0) << 2;
	imx_dma_buffer_deallocate(buffer);
	result |= (sim_count(SIM_CALL_GEM_CLOSE) != 1) << 3;
	return result;
}

/* The handles of the parent's open file are the parent's. */
static void test_a_child_attaches_anew(void **state)
{
	int status;
	pid_t child;

	begin(HEAP "render etnaviv");
	fill(buffer, 0x71);
	child = fork();
	if (child == 0)
		_exit(in_child());
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	fill(buffer, 0x73);
	assert_device_sees(fd, 0x73);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
}

static int find_node(void)
{
	for (int i = 3; i < 64; i++) {
		char link[40], path[64] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", i);
		if (readlink(link, path, sizeof(path) - 1) > 0 && strcmp(path, "/dev/dri/renderD128") == 0)
			return i;
	}
	return -1;
}

/* A daemon closes all descriptors that it does not know. The number then belongs to another node. */
static void test_a_program_may_close_the_node(void **state)
{
	ImxDmaBuffer *second, *later;
	int node, heap;

	begin(HEAP "render etnaviv");
	second = new_buffer(allocator, SIZE);
	fill(buffer, 0x81);
	fill(second, 0x82);
	node = find_node();
	assert_true(node >= 0 && (fcntl(node, F_GETFD) & FD_CLOEXEC));
	heap = open("/dev/dma_heap/reserved", O_RDWR | O_CLOEXEC);
	assert_int_equal(dup2(heap, node), node);
	close(heap);
	sim_reset_counts();
	imx_dma_buffer_deallocate(second);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), sim_count(SIM_CALL_SYNC));
	later = new_buffer(allocator, SIZE);
	fill(later, 0x83);
	assert_driver(later, "etnaviv");
	imx_dma_buffer_deallocate(buffer);
	assert_true(fcntl(node, F_GETFD) >= 0);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	close(node);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
}

/* Attaching cleans: a device may write to the address at once. */
static void test_an_address_is_of_clean_memory(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	uint8_t data[SIZE];

	start_board(HEAP "render etnaviv");
	allocator = new_allocator(NULL, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = new_buffer(allocator, SIZE);
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	memset(data, 0x91, SIZE);
	assert_int_equal(sim_device_write(address.address, data, SIZE), 0);
	sim_evict(0, 0);
	assert_device_sees(imx_dma_buffer_get_fd(buffer), 0x91);
	finish();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_devices_that_use_the_address_are_served),
	cmocka_unit_test(test_choice_of_the_node),
	cmocka_unit_test(test_better_ways_need_no_device),
	cmocka_unit_test(test_the_variable),
	cmocka_unit_test(test_imports_are_attached_on_request),
	cmocka_unit_test(test_a_refusing_driver_is_named),
	cmocka_unit_test(test_the_last_buffer_detaches),
	cmocka_unit_test(test_detaching_loses_nothing),
	cmocka_unit_test(test_handles_are_counted),
	cmocka_unit_test(test_a_child_attaches_anew),
	cmocka_unit_test(test_a_program_may_close_the_node),
	cmocka_unit_test(test_an_address_is_of_clean_memory),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
