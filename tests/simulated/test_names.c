/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of DMA-BUFs, and identity: which buffers share memory.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "board.h"

#define LONGEST "0123456789012345678901234567890"

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;

static int start(void **state)
{
	start_board("release 6.1.0; heap reserved; phys native; udmabuf on");
	allocator = new_allocator("dma-heap", 0);
	buffer = new_buffer(allocator, 5000);
	return 0;
}

static int end(void **state)
{
	imx_dma_buffer_allocator_destroy(allocator);
	return sim_live_buffers() == 0 ? 0 : -1;
}

static void assert_name(ImxDmaBuffer *one, char const *wanted)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];

	assert_int_equal(imx_dma_buffer_get_name(one, name, sizeof(name), NULL), 0);
	assert_string_equal(name, wanted);
}

static void assert_name_fails(ImxDmaBuffer *one, char const *name, int code, char const *sentence)
{
	int error = 0;

	assert_int_equal(imx_dma_buffer_set_name(one, name, &error), -1);
	assert_int_equal(error, code);
	assert_sentence(sentence);
}

/* The name that other programs see. */
static void assert_kernel_name(int fd, char const *wanted)
{
	char path[40], link[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link) - 1);
	assert_true(length > 0);
	link[length] = '\0';
	assert_string_equal(link, wanted);
}

static void test_name_reaches_the_kernel(void **state)
{
	int error = 77;

	assert_name(buffer, "");
	assert_int_equal(imx_dma_buffer_set_name(buffer, "camera 0", &error), 0);
	assert_int_equal(error, 77);
	assert_name(buffer, "camera 0");
	assert_kernel_name(imx_dma_buffer_get_fd(buffer), "/dmabuf:camera 0");
	assert_int_equal(imx_dma_buffer_set_name(buffer, LONGEST, NULL), 0);
	assert_name(buffer, LONGEST);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "K\xc3\xa4mera", NULL), 0);
	assert_name(buffer, "K\xc3\xa4mera");
	assert_int_equal(imx_dma_buffer_set_name(buffer, "", NULL), 0);
	assert_name(buffer, "");
}

static void test_bad_names(void **state)
{
	assert_int_equal(imx_dma_buffer_set_name(buffer, "before", NULL), 0);
	sim_reset_counts();
	assert_name_fails(NULL, "x", EINVAL, "the buffer is NULL");
	assert_name_fails(buffer, NULL, EINVAL, "the name is NULL");
	assert_name_fails(buffer, LONGEST "1", EINVAL, "a name of 32 bytes");
	assert_name_fails(buffer, "two\nlines", EINVAL, "control characters");
	assert_name_fails(buffer, "\x7f", EINVAL, "control characters");
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 0);
	assert_name(buffer, "before");
}

static void test_room_for_the_name(void **state)
{
	char name[8] = "1234567";
	int error = 0;

	assert_int_equal(imx_dma_buffer_set_name(buffer, "four", NULL), 0);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, 4, &error), -1);
	assert_int_equal(error, ERANGE);
	assert_string_equal(name, "1234567");
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, 5, &error), 0);
	assert_string_equal(name, "four");
	error = 0;
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, 0, &error), -1);
	assert_int_equal(error, ERANGE);
	assert_int_equal(imx_dma_buffer_get_name(buffer, NULL, 32, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_get_name(NULL, name, 8, &error), -1);
	assert_int_equal(error, EINVAL);
}

/* On these kernels the number belongs to an ioctl that writes into its argument. */
static void test_old_kernels_get_no_ioctl(void **state)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int error = 0;

	assert_int_equal(sim_configure("release 5.2.21; names phys"), 0);
	sim_reset_counts();
	assert_name_fails(buffer, "camera", ENOTSUP, "Linux 5.3");
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 0);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("Linux 5.3");
	/* If a kernel reports a wrong version, the ioctl writes into a copy, which shows the mistake. */
	assert_int_equal(sim_configure("release 5.4.0"), 0);
	assert_name_fails(buffer, "camera", ENOTSUP, "another ioctl");
}

static void test_first_kernels_with_names(void **state)
{
	assert_int_equal(sim_configure("release 5.3.0; names native"), 0);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "camera", NULL), 0);
	assert_name(buffer, "camera");
	assert_int_equal(sim_attach(imx_dma_buffer_get_fd(buffer)), 0);
	assert_name_fails(buffer, "encoder", EBUSY, "a device is attached");
	assert_name(buffer, "camera");
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	assert_int_equal(sim_detach(imx_dma_buffer_get_fd(buffer)), 0);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "encoder", NULL), 0);
}

static void test_kernel_fails(void **state)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int error = 0;

	sim_fail(SIM_CALL_IOCTL, 1, EINTR, 1);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "camera", NULL), 0);
	/* One try, or two on 32-bit machines. */
	sim_fail(SIM_CALL_IOCTL, 1, ENOTTY, (sizeof(long) == 8) ? 1 : 2);
	assert_name_fails(buffer, "x", ENOTSUP, "no DMA_BUF_SET_NAME");
	sim_fail(SIM_CALL_IOCTL, 1, ENOMEM, 1);
	assert_name_fails(buffer, "x", ENOMEM, "DMA_BUF_SET_NAME on descriptor");
	sim_fail(SIM_CALL_OPEN, 1, EACCES, 1);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), &error), -1);
	assert_int_equal(error, EACCES);
	assert_sentence("/proc/self/fdinfo/");
	assert_name(buffer, "camera");
}

static void test_memory_without_a_dmabuf(void **state)
{
	ImxDmaBufferAllocator *host = new_allocator("host:memfd", 0);
	ImxDmaBuffer *file = new_buffer(host, 4096);
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxWrappedDmaBuffer wrapped;
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int error = 0;

	assert_name_fails(file, "x", ENOTSUP, "not a DMA-BUF");
	assert_int_equal(imx_dma_buffer_get_name(file, name, sizeof(name), &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(imx_dma_buffer_query_properties(file, &properties, NULL), 0);
	assert_int_equal(properties.inode, 0);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	assert_name_fails(&wrapped.parent, "x", ENOTSUP, "no DMA-BUF of its own");
	wrapped.fd = imx_dma_buffer_get_fd(file);
	assert_name_fails(&wrapped.parent, "x", ENOTSUP, "not a DMA-BUF");
	imx_dma_buffer_allocator_destroy(host);
}

static unsigned long inode_of(ImxDmaBuffer *one)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(one, &properties, NULL), 0);
	return properties.inode;
}

static void test_same_memory_is_recognised(void **state)
{
	ImxDmaBuffer *other = new_buffer(allocator, 5000);
	ImxDmaBuffer *first = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);
	ImxDmaBuffer *second = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(first), 0, 0, NULL);
	ImxWrappedDmaBuffer wrapped;

	assert_int_not_equal(inode_of(buffer), 0);
	assert_int_equal(inode_of(first), inode_of(buffer));
	assert_int_equal(inode_of(second), inode_of(buffer));
	assert_int_not_equal(inode_of(other), inode_of(buffer));
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(other);
	wrapped.size = 5000;
	assert_int_equal(inode_of(&wrapped.parent), inode_of(other));
	/* The name belongs to the memory, too. */
	assert_int_equal(imx_dma_buffer_set_name(&wrapped.parent, "wrapped", NULL), 0);
	assert_name(other, "wrapped");
	assert_int_equal(imx_dma_buffer_set_name(second, "second", NULL), 0);
	assert_name(buffer, "second");
	imx_dma_buffer_deallocate(first);
	imx_dma_buffer_deallocate(second);
	/* All DMA-BUFs of this kernel share one inode. */
	assert_int_equal(sim_configure("release 5.2.0"), 0);
	assert_int_equal(inode_of(buffer), 0);
	assert_int_equal(sim_configure("release 5.3.0"), 0);
	assert_int_not_equal(inode_of(buffer), 0);
}

static void test_udmabufs_of_one_file_differ(void **state)
{
	ImxDmaBufferAllocator *host = new_allocator("host:udmabuf", 0);
	ImxDmaBuffer *first = new_buffer(host, 4096), *second = new_buffer(host, 4096);

	assert_int_not_equal(inode_of(first), 0);
	assert_int_not_equal(inode_of(first), inode_of(second));
	assert_int_equal(imx_dma_buffer_set_name(first, "first", NULL), 0);
	assert_name(first, "first");
	assert_name(second, "");
	imx_dma_buffer_allocator_destroy(host);
}

/* Programs that were built with another version have a shorter or a longer structure. */
static void test_structures_of_other_versions(void **state)
{
	struct {
		ImxDmaBufferProperties properties;
		char more[16];
	} longer;
	ImxDmaBufferProperties shorter = {.struct_size = offsetof(ImxDmaBufferProperties, cached)};
	int error = 0;

	memset(&longer, 0x77, sizeof(longer));
	longer.properties.struct_size = sizeof(longer);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &longer.properties, NULL), 0);
	assert_int_equal(longer.properties.struct_size, sizeof(longer));
	assert_int_equal(longer.properties.is_dmabuf, YES);
	assert_int_equal(longer.more[0], 0);
	assert_int_equal(longer.more[15], 0);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &shorter, NULL), 0);
	assert_int_equal(shorter.is_dmabuf, YES);
	assert_int_equal(shorter.cached, UNKNOWN);
	assert_int_equal(shorter.reserved_size, 0);
	shorter.struct_size = sizeof(size_t);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &shorter, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_sentence("struct_size is");
}

#define name_test(function) cmocka_unit_test_setup_teardown(function, start, end)

int main(void)
{
	struct CMUnitTest const tests[] = {
		name_test(test_name_reaches_the_kernel),
		name_test(test_bad_names),
		name_test(test_room_for_the_name),
		name_test(test_old_kernels_get_no_ioctl),
		name_test(test_first_kernels_with_names),
		name_test(test_kernel_fails),
		name_test(test_memory_without_a_dmabuf),
		name_test(test_same_memory_is_recognised),
		name_test(test_udmabufs_of_one_file_differ),
		name_test(test_structures_of_other_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
