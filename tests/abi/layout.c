/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The binary interface of 1.x, for the compiler to check: sizes, offsets, values, types and prototypes, as programs
 * that were built with it have them compiled in. Includes public headers only, which need no C library, so that it can
 * be compiled for other processors. There is nothing to run.
 */
#include <imxdmabuffer/imxdmabuffer.h>
#include <imxdmabuffer/imxdmabuffer_config.h>
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

/* Declared once more, as 1.x does: the compiler refuses what differs from the headers. */
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
