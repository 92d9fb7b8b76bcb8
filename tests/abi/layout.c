/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compile-time checks of the binary interface: sizes, offsets, values, types and prototypes of 1.x, which are compiled
 * into existing programs; and sizes, offsets and values of the new interface. Includes public headers only, which need
 * no C library, so that it compiles for other processors. It is not run.
 */
#include <imxdmabuffer/imxdmabuffer.h>
#include <imxdmabuffer/imxdmabuffer_config.h>
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_pool.h>
#include <imxdmabuffer/imxdmabuffer_view.h>
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
#include <imxdmabuffer/imxdmabuffer_dma_heap_allocator.h>
#endif
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
#include <imxdmabuffer/imxdmabuffer_ion_allocator.h>
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
#include <imxdmabuffer/imxdmabuffer_dwl_allocator.h>
#endif
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
#include <imxdmabuffer/imxdmabuffer_ipu_allocator.h>
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
#include <imxdmabuffer/imxdmabuffer_g2d_allocator.h>
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
#include <imxdmabuffer/imxdmabuffer_pxp_allocator.h>
#endif

#if UINTPTR_MAX > 0xffffffffu
#define WIDTH(on_32, on_64) (on_64)
#else
#define WIDTH(on_32, on_64) (on_32)
#endif

#define EQUAL(got, wanted) _Static_assert((got) == (wanted), #got " is not " #wanted)
#define OFFSET(type, member, on_32, on_64) EQUAL(offsetof(type, member), WIDTH(on_32, on_64))
#define TYPE(expression, type)                                                                                         \
	_Static_assert(_Generic((expression), type : 1, default : 0), #expression " is not of type " #type)
#define MEMBER(type, member, wanted) TYPE(((type *)0)->member, wanted)

TYPE((imx_physical_address_t)0, unsigned long);
EQUAL(sizeof(imx_physical_address_t), WIDTH(4, 8));

EQUAL(IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, 1);
EQUAL(IMX_DMA_BUFFER_MAPPING_FLAG_READ, 2);
EQUAL(IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, 4);
EQUAL(IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE, 8);
EQUAL(IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK, 3);
EQUAL(sizeof(ImxDmaBufferMappingFlags), 4);
EQUAL(IMX_DMA_BUFFER_PADDING, 8);

EQUAL(sizeof(ImxDmaBuffer), WIDTH(4, 8));
OFFSET(struct _ImxDmaBuffer, allocator, 0, 0);
MEMBER(ImxDmaBuffer, allocator, ImxDmaBufferAllocator *);

EQUAL(sizeof(ImxDmaBufferAllocator), WIDTH(64, 128));
OFFSET(struct _ImxDmaBufferAllocator, destroy, 0, 0);
OFFSET(struct _ImxDmaBufferAllocator, allocate, 4, 8);
OFFSET(struct _ImxDmaBufferAllocator, deallocate, 8, 16);
OFFSET(struct _ImxDmaBufferAllocator, map, 12, 24);
OFFSET(struct _ImxDmaBufferAllocator, unmap, 16, 32);
OFFSET(struct _ImxDmaBufferAllocator, start_sync_session, 20, 40);
OFFSET(struct _ImxDmaBufferAllocator, stop_sync_session, 24, 48);
OFFSET(struct _ImxDmaBufferAllocator, get_physical_address, 28, 56);
OFFSET(struct _ImxDmaBufferAllocator, get_fd, 32, 64);
OFFSET(struct _ImxDmaBufferAllocator, get_size, 36, 72);
OFFSET(struct _ImxDmaBufferAllocator, _reserved, 40, 80);
EQUAL(sizeof(((ImxDmaBufferAllocator *)0)->_reserved), 6 * sizeof(void *));
MEMBER(ImxDmaBufferAllocator, destroy, void (*)(ImxDmaBufferAllocator *));
MEMBER(ImxDmaBufferAllocator, allocate, ImxDmaBuffer *(*)(ImxDmaBufferAllocator *, size_t, size_t, int *));
MEMBER(ImxDmaBufferAllocator, deallocate, void (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));
MEMBER(ImxDmaBufferAllocator, map, uint8_t *(*)(ImxDmaBufferAllocator *, ImxDmaBuffer *, unsigned int, int *));
MEMBER(ImxDmaBufferAllocator, unmap, void (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));
MEMBER(ImxDmaBufferAllocator, start_sync_session, void (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));
MEMBER(ImxDmaBufferAllocator, stop_sync_session, void (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));
MEMBER(ImxDmaBufferAllocator, get_physical_address, unsigned long (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));
MEMBER(ImxDmaBufferAllocator, get_fd, int (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));
MEMBER(ImxDmaBufferAllocator, get_size, size_t (*)(ImxDmaBufferAllocator *, ImxDmaBuffer *));

EQUAL(sizeof(ImxWrappedDmaBuffer), WIDTH(24, 48));
OFFSET(struct _ImxWrappedDmaBuffer, parent, 0, 0);
OFFSET(struct _ImxWrappedDmaBuffer, map, 4, 8);
OFFSET(struct _ImxWrappedDmaBuffer, unmap, 8, 16);
OFFSET(struct _ImxWrappedDmaBuffer, fd, 12, 24);
OFFSET(struct _ImxWrappedDmaBuffer, physical_address, 16, 32);
OFFSET(struct _ImxWrappedDmaBuffer, size, 20, 40);
MEMBER(ImxWrappedDmaBuffer, parent, ImxDmaBuffer);
MEMBER(ImxWrappedDmaBuffer, map, uint8_t *(*)(ImxWrappedDmaBuffer *, unsigned int, int *));
MEMBER(ImxWrappedDmaBuffer, unmap, void (*)(ImxWrappedDmaBuffer *));
MEMBER(ImxWrappedDmaBuffer, fd, int);
MEMBER(ImxWrappedDmaBuffer, physical_address, unsigned long);
MEMBER(ImxWrappedDmaBuffer, size, size_t);

/* A second declaration as in 1.x: the compiler refuses differences from the headers. */
ImxDmaBufferAllocator *imx_dma_buffer_allocator_new(int *error);
void imx_dma_buffer_allocator_destroy(ImxDmaBufferAllocator *allocator);
ImxDmaBuffer *imx_dma_buffer_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error);
void imx_dma_buffer_deallocate(ImxDmaBuffer *buffer);
uint8_t *imx_dma_buffer_map(ImxDmaBuffer *buffer, unsigned int flags, int *error);
void imx_dma_buffer_unmap(ImxDmaBuffer *buffer);
void imx_dma_buffer_start_sync_session(ImxDmaBuffer *buffer);
void imx_dma_buffer_stop_sync_session(ImxDmaBuffer *buffer);
unsigned long imx_dma_buffer_get_physical_address(ImxDmaBuffer *buffer);
int imx_dma_buffer_get_fd(ImxDmaBuffer *buffer);
size_t imx_dma_buffer_get_size(ImxDmaBuffer *buffer);
void imx_dma_buffer_init_wrapped_buffer(ImxWrappedDmaBuffer *buffer);
unsigned long imx_dma_buffer_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error);

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
extern unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS;
extern unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS;
ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int *error);
ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new_from_fd(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int is_cached_memory_heap);
int imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(ImxDmaBufferAllocator *allocator);
int imx_dma_buffer_dma_heap_allocate_dmabuf(int dma_heap_fd, size_t size, unsigned int heap_flags,
	unsigned int fd_flags, int *error);
unsigned long imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error);
#endif

#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
EQUAL(IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD, -1);
EQUAL(IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK, 1);
EQUAL(IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_FLAGS, 0);
ImxDmaBufferAllocator *imx_dma_buffer_ion_allocator_new(int ion_fd, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error);
int imx_dma_buffer_ion_allocator_get_ion_fd(ImxDmaBufferAllocator *allocator);
int imx_dma_buffer_ion_allocate_dmabuf(int ion_fd, size_t size, size_t alignment, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error);
unsigned long imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(int ion_fd, int dmabuf_fd, int *error);
#endif

#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
ImxDmaBufferAllocator *imx_dma_buffer_dwl_allocator_new(int *error);
#endif

#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
EQUAL(IMX_DMA_BUFFER_IPU_ALLOCATOR_DEFAULT_IPU_FD, -1);
ImxDmaBufferAllocator *imx_dma_buffer_ipu_allocator_new(int ipu_fd, int *error);
#endif

#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
ImxDmaBufferAllocator *imx_dma_buffer_g2d_allocator_new(void);
#endif

#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
EQUAL(IMX_DMA_BUFFER_PXP_ALLOCATOR_DEFAULT_PXP_FD, -1);
ImxDmaBufferAllocator *imx_dma_buffer_pxp_allocator_new(int pxp_fd, int *error);
#endif

/* The new interface. abidiff checks types of functions only, and there flags are an unsigned int. */
EQUAL(IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, 1);
EQUAL(IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS, 2);
EQUAL(IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC, 4);
EQUAL(IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC, 8);
EQUAL(IMX_DMA_BUFFER_NAME_SIZE, 32);
EQUAL(IMX_DMA_BUFFER_NODE_SIZE, 96);
EQUAL(IMX_DMA_BUFFER_MESSAGE_SIZE, 1024);

EQUAL(sizeof(ImxDmaBufferTristate), 4);
EQUAL(IMX_DMA_BUFFER_TRISTATE_UNKNOWN, 0);
EQUAL(IMX_DMA_BUFFER_TRISTATE_NO, 1);
EQUAL(IMX_DMA_BUFFER_TRISTATE_YES, 2);

EQUAL(sizeof(ImxDmaBufferCoherency), 4);
EQUAL(IMX_DMA_BUFFER_COHERENCY_UNKNOWN, 0);
EQUAL(IMX_DMA_BUFFER_COHERENCY_UNCACHED, 1);
EQUAL(IMX_DMA_BUFFER_COHERENCY_PHYS, 2);
EQUAL(IMX_DMA_BUFFER_COHERENCY_IMPORTER, 3);
EQUAL(IMX_DMA_BUFFER_COHERENCY_VENDOR, 4);
EQUAL(IMX_DMA_BUFFER_COHERENCY_USER, 5);
EQUAL(IMX_DMA_BUFFER_COHERENCY_ATTACHMENT, 6);
EQUAL(IMX_DMA_BUFFER_TO_DEVICE, 1);
EQUAL(IMX_DMA_BUFFER_FROM_DEVICE, 2);
EQUAL(IMX_DMA_BUFFER_BIDIRECTIONAL, 3);

EQUAL(sizeof(ImxDmaBufferAddressSource), 4);
EQUAL(IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE, 0);
EQUAL(IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER, 1);
EQUAL(IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL, 2);
EQUAL(IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX, 3);
EQUAL(IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP, 4);
EQUAL(IMX_DMA_BUFFER_ADDRESS_SOURCE_USER, 5);

EQUAL(sizeof(ImxDmaBufferLogLevel), 4);
EQUAL(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, 1);
EQUAL(IMX_DMA_BUFFER_LOG_LEVEL_WARNING, 2);
EQUAL(IMX_DMA_BUFFER_LOG_LEVEL_INFO, 3);
EQUAL(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, 4);

/* These structures grow at their ends: struct_size has the caller's version. */
OFFSET(struct _ImxDmaBufferAllocatorInfo, struct_size, 0, 0);
OFFSET(struct _ImxDmaBufferAllocatorInfo, name, 4, 8);
OFFSET(struct _ImxDmaBufferAllocatorInfo, description, 8, 16);
OFFSET(struct _ImxDmaBufferAllocatorInfo, node, 12, 24);
OFFSET(struct _ImxDmaBufferAllocatorInfo, error, 108, 120);
OFFSET(struct _ImxDmaBufferAllocatorInfo, message, 112, 124);
OFFSET(struct _ImxDmaBufferAllocatorInfo, is_dmabuf, 1136, 1148);
OFFSET(struct _ImxDmaBufferAllocatorInfo, has_physical_address, 1140, 1152);
OFFSET(struct _ImxDmaBufferAllocatorInfo, cached, 1144, 1156);
OFFSET(struct _ImxDmaBufferAllocatorInfo, contiguous, 1148, 1160);
OFFSET(struct _ImxDmaBufferAllocatorInfo, zeroed, 1152, 1164);
OFFSET(struct _ImxDmaBufferAllocatorInfo, coherency, 1156, 1168);
OFFSET(struct _ImxDmaBufferAllocatorInfo, max_size, 1160, 1176);

OFFSET(struct _ImxDmaBufferProperties, struct_size, 0, 0);
OFFSET(struct _ImxDmaBufferProperties, is_dmabuf, 4, 8);
OFFSET(struct _ImxDmaBufferProperties, cached, 8, 12);
OFFSET(struct _ImxDmaBufferProperties, contiguous, 12, 16);
OFFSET(struct _ImxDmaBufferProperties, zeroed, 16, 20);
OFFSET(struct _ImxDmaBufferProperties, coherency, 20, 24);
OFFSET(struct _ImxDmaBufferProperties, exporter, 24, 28);
OFFSET(struct _ImxDmaBufferProperties, reserved_size, 88, 96);
OFFSET(struct _ImxDmaBufferProperties, inode, 92, 104);
OFFSET(struct _ImxDmaBufferProperties, sync_is_ranged, 96, 112);
OFFSET(struct _ImxDmaBufferProperties, sync_granule, 100, 120);
OFFSET(struct _ImxDmaBufferProperties, attached_driver, 104, 128);
OFFSET(struct _ImxDmaBufferProperties, iommu, 136, 160);
OFFSET(struct _ImxDmaBufferRange, offset, 0, 0);
OFFSET(struct _ImxDmaBufferRange, length, 4, 8);

EQUAL(IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE, 1);
EQUAL(IMX_DMA_BUFFER_POOL_FLAG_ANY_FIT, 1);
EQUAL(IMX_DMA_BUFFER_POOL_FLAG_ZERO, 2);
EQUAL(IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES, 4);
OFFSET(struct _ImxDmaBufferPoolConfig, struct_size, 0, 0);
OFFSET(struct _ImxDmaBufferPoolConfig, max_idle_bytes, 4, 8);
OFFSET(struct _ImxDmaBufferPoolConfig, max_idle_buffers, 8, 16);
OFFSET(struct _ImxDmaBufferPoolConfig, idle_ms, 12, 20);
OFFSET(struct _ImxDmaBufferPoolConfig, preallocate, 16, 24);
OFFSET(struct _ImxDmaBufferPoolConfig, preallocate_size, 20, 32);
OFFSET(struct _ImxDmaBufferPoolConfig, flags, 24, 40);
OFFSET(struct _ImxDmaBufferPoolStats, struct_size, 0, 0);
OFFSET(struct _ImxDmaBufferPoolStats, used_buffers, 4, 8);
OFFSET(struct _ImxDmaBufferPoolStats, idle_buffers, 8, 16);
OFFSET(struct _ImxDmaBufferPoolStats, held_buffers, 12, 24);
OFFSET(struct _ImxDmaBufferPoolStats, used_bytes, 16, 32);
OFFSET(struct _ImxDmaBufferPoolStats, idle_bytes, 20, 40);
OFFSET(struct _ImxDmaBufferPoolStats, peak_bytes, 24, 48);
OFFSET(struct _ImxDmaBufferPoolStats, wasted_bytes, 28, 56);
OFFSET(struct _ImxDmaBufferPoolStats, hits, 32, 64);
OFFSET(struct _ImxDmaBufferPoolStats, misses, 40, 72);

OFFSET(struct _ImxDmaBufferAddress, struct_size, 0, 0);
OFFSET(struct _ImxDmaBufferAddress, address, 4, 8);
OFFSET(struct _ImxDmaBufferAddress, contiguous_length, 8, 16);
OFFSET(struct _ImxDmaBufferAddress, source, 12, 24);
OFFSET(struct _ImxDmaBufferAddress, is_pinned, 16, 28);
