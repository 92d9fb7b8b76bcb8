/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Heaps whose node has another name, lies elsewhere or is gone: the heap's own name decides what its memory is.
 *
 * usage: nodes HEAP      the heap of contiguous memory
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "guest.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

/* More than the largest piece of the system heap. */
#define SIZE ((size_t)4 << 20)

static char const *const words[] = {"unknown", "no", "yes"};

static void check_properties(ImxDmaBufferAllocator *allocator, char const *name, ImxDmaBufferTristate contiguous,
	ImxDmaBufferTristate cached)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *buffer = need_buffer(allocator, SIZE, 1);

	if (!buffer)
		return;
	imx_dma_buffer_query_properties(buffer, &properties, NULL);
	tap(properties.contiguous == contiguous && properties.cached == cached, "%s: contiguous %s, cached %s", name,
		words[properties.contiguous], words[properties.cached]);
	imx_dma_buffer_deallocate(buffer);
}

static void check_node(char const *path, char const *heap, ImxDmaBufferTristate contiguous, ImxDmaBufferTristate cached)
{
	char original[128], name[160];
	ImxDmaBufferAllocator *allocator;
	struct stat status;

	snprintf(original, sizeof(original), "/dev/dma_heap/%s", heap);
	snprintf(name, sizeof(name), "dma-heap:%s", path);
	unlink(path);
	if (stat(original, &status) != 0 || mknod(path, S_IFCHR | 0600, status.st_rdev) != 0) {
		tap(false, "a node %s for %s: %s", path, heap, strerror(errno));
		return;
	}
	allocator = need_allocator(name, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	check_properties(allocator, path, contiguous, cached);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* As in a sandbox that gets the descriptor only. */
static void check_descriptor(char const *path, ImxDmaBufferTristate cached)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	ImxDmaBufferAllocator *allocator;

	unlink(path);
	allocator = imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, &error);
	if (tap(allocator != NULL, "an allocator for a heap without a node: %s",
			allocator ? "yes" : imx_dma_buffer_get_last_error()))
		check_properties(allocator, "a heap without a node", IMX_DMA_BUFFER_TRISTATE_YES, cached);
	imx_dma_buffer_allocator_destroy(allocator);
	close(fd);
}

/* Memory of the system heap must not get an address. */
static void check_address(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator("dma-heap:/tmp/linux,cma", 0);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, SIZE, 1, NULL);

	tap(!buffer, "the system heap as linux,cma gives no physical address: %s",
		buffer ? "it does" : imx_dma_buffer_get_last_error());
	imx_dma_buffer_allocator_destroy(allocator);
}

static void check_all(char const *heap)
{
	bool uncached = strlen(heap) > 9 && strcmp(heap + strlen(heap) - 9, "-uncached") == 0;
	ImxDmaBufferTristate cached = uncached ? IMX_DMA_BUFFER_TRISTATE_NO : IMX_DMA_BUFFER_TRISTATE_YES;

	check_node("/tmp/linux,cma", "system", IMX_DMA_BUFFER_TRISTATE_NO, IMX_DMA_BUFFER_TRISTATE_YES);
	check_address();
	check_node("/tmp/memory", heap, IMX_DMA_BUFFER_TRISTATE_YES, cached);
	check_node("/tmp/system", heap, IMX_DMA_BUFFER_TRISTATE_YES, cached);
	check_descriptor("/tmp/memory", cached);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	mkdir("/tmp", 0755);
	check_all(argv[1]);
	/* Without /sys, the exporters' names are left. */
	if (tap(unshare(CLONE_NEWNS) == 0 && umount2("/sys", MNT_DETACH) == 0, "a process without /sys"))
		check_all(argv[1]);
	return tap_done();
}
