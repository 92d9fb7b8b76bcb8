/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Render nodes of DRM drivers, and the parts of /sys that belong to them and to IOMMUs.
 */
#include <sys/sysmacros.h>

#include "raw.h"

/* linux/drm.h */
struct drm_version {
	int numbers[3];
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

struct drm_prime_handle {
	uint32_t handle, flags;
	int32_t fd;
};

struct drm_gem_close {
	uint32_t handle, pad;
};

#define DRM_VERSION _IOWR('d', 0x00, struct drm_version)
#define GEM_CLOSE _IOW('d', 0x09, struct drm_gem_close)
#define PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct drm_prime_handle)

#define NODE "/dev/dri/renderD128"

static int node, buffer;

static void start(char const *board)
{
	sim_reset();
	assert_int_equal(sim_configure(board), 0);
	node = open(NODE, O_RDWR | O_CLOEXEC);
	assert_true(node >= 0);
	buffer = allocate("reserved", 8192);
}

static void stop(void)
{
	close(buffer);
	close(node);
	assert_int_equal(sim_live_buffers(), 0);
}

static uint32_t import(int fd)
{
	struct drm_prime_handle data = {.fd = fd};

	assert_int_equal(ioctl(node, PRIME_FD_TO_HANDLE, &data), 0);
	return data.handle;
}

static int close_handle(uint32_t handle)
{
	struct drm_gem_close data = {.handle = handle};

	return ioctl(node, GEM_CLOSE, &data);
}

static void test_version(void **state)
{
	char name[8] = "xxxxxxx";
	struct drm_version version = {.name_len = 3, .name = name};

	start("heap reserved; render etnaviv");
	assert_int_equal(ioctl(node, DRM_VERSION, &version), 0);
	assert_string_equal(name, "etnxxxx");
	assert_int_equal(version.name_len, 7);
	stop();
}

static void test_handles(void **state)
{
	struct drm_prime_handle data = {.fd = -1};
	uint32_t first, second;
	int copy, other;

	start("heap reserved; render lima");
	copy = dup(buffer);
	other = allocate("reserved", 4096);
	first = import(buffer);
	assert_true(first != 0);
	assert_int_equal(import(copy), first);
	second = import(other);
	assert_int_not_equal(second, first);
	assert_int_equal(close_handle(first), 0);
	assert_int_equal(close_handle(first), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ioctl(node, PRIME_FD_TO_HANDLE, &data), -1);
	assert_int_equal(errno, EBADF);
	data.fd = node;
	assert_int_equal(ioctl(node, PRIME_FD_TO_HANDLE, &data), -1);
	assert_int_equal(errno, EINVAL);
	/* The end of the open file closes the rest. */
	close(copy);
	close(other);
	assert_int_equal(sim_live_buffers(), 2);
	stop();
}

/* Importing cleans, closing the handle discards. */
static void test_caches(void **state)
{
	uint8_t byte = 0, *view;
	uint32_t handle;

	start("heap reserved; render lima");
	view = map_buffer(buffer, 8192);
	view[0] = 0x11;
	handle = import(buffer);
	assert_int_equal(sim_device_read_fd(buffer, 0, &byte, 1), 0);
	assert_int_equal(byte, 0x11);
	view[0] = 0x12;
	sync_buffer(buffer, RAW_READ | RAW_WRITE | RAW_END);
	assert_int_equal(sim_device_read_fd(buffer, 0, &byte, 1), 0);
	assert_int_equal(byte, 0x12);
	view[0] = 0x13;
	close_handle(handle);
	assert_int_equal(view[0], 0x12);
	munmap(view, 8192);
	stop();
}

static void test_device_tree(void **state)
{
	struct stat status;
	char path[80], link[200] = "";

	start("heap reserved; render lima");
	assert_int_equal(fstat(node, &status), 0);
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/of_node", major(status.st_rdev), minor(status.st_rdev));
	assert_true(readlink(path, link, sizeof(link) - 1) > 0);
	assert_non_null(strstr(link, "devicetree/base/soc/"));
	assert_int_equal(access("/sys/firmware/devicetree/base/soc/dma-coherent", F_OK), -1);
	stop();
	start("heap reserved; render lima coherent");
	assert_int_equal(access("/sys/firmware/devicetree/base/soc/dma-coherent", F_OK), 0);
	stop();
}

static void test_iommu(void **state)
{
	char type[8] = "";
	int file;

	start("heap reserved; render lima; iommu DMA");
	file = open("/sys/kernel/iommu_groups/0/type", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(file, type, sizeof(type) - 1), 3);
	assert_string_equal(type, "DMA");
	close(file);
	stop();
	sim_reset();
	assert_int_equal(access("/sys/kernel/iommu_groups", F_OK), -1);
}

static void test_bad_statements(void **state)
{
	sim_reset();
	assert_int_equal(sim_configure("render"), -1);
	assert_int_equal(sim_configure("render lima number=127"), -1);
	assert_int_equal(sim_configure("render lima number=192"), -1);
	assert_int_equal(sim_configure("render lima shiny"), -1);
	assert_int_equal(sim_configure("iommu"), -1);
	assert_int_equal(sim_configure("iommu DMA now"), -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_version),
	cmocka_unit_test(test_handles),
	cmocka_unit_test(test_caches),
	cmocka_unit_test(test_device_tree),
	cmocka_unit_test(test_iommu),
	cmocka_unit_test(test_bad_statements),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
