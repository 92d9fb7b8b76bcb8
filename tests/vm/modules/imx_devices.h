/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of NXP's i.MX kernels for test guests, backed by real contiguous memory. Each device exists only if a module
 * parameter enables it.
 */
#ifndef IMX_DEVICES_H
#define IMX_DEVICES_H

#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define dma_buf_map_attachment_unlocked dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked dma_buf_unmap_attachment
#endif

/* Physically contiguous, zeroed memory below 4 GiB. No guest has an IOMMU, so DMA addresses are physical. */
struct imx_memory {
	/* Rounded up to pages. */
	size_t size;
	void *cpu;
	dma_addr_t phys;
};

/* Caching of the CPU's mappings. The values are those of the PxP interface. */
enum imx_caching { IMX_UNCACHED = 0, IMX_WRITE_COMBINED = 1, IMX_CACHED = 2 };

/* Layout of the memory of an exported DMA-BUF. */
enum imx_layout { IMX_CONTIGUOUS, IMX_SCATTERED };

/* The device that owns all memory of this module. */
extern struct device *imx_device;

/* Return 0 or -ENOMEM, also if size is 0 or overflows. */
int imx_memory_allocate(struct imx_memory *memory, size_t size);
void imx_memory_free(struct imx_memory *memory);
/* Map the range of vma, starting at phys, without a check of the length. */
int imx_memory_map(dma_addr_t phys, struct vm_area_struct *vma, enum imx_caching caching);

/*
 * Behaviour of an exported DMA-BUF. With IMX_ION_5_10, as in NXP's 5.10, other drivers cannot map it for the kernel.
 * The start of a CPU access maps it for the kernel until the end of that access, so starts and ends must balance.
 * Caches are maintained for uncached memory too.
 */
enum imx_exporter { IMX_ION_4_9, IMX_ION_5_10 };

/* Return a DMA-BUF of new memory, or an ERR_PTR. */
struct dma_buf *imx_export(enum imx_exporter exporter, size_t size, enum imx_layout layout, bool cached);
/* True if imx_export() made this DMA-BUF. */
bool imx_exported(const struct dma_buf *dmabuf);
/*
 * Get the address of the first segment and the number of segments: attach, map and unmap. Return 0, also if mapping
 * fails, with 0 segments; or -ENODEV if attaching fails.
 */
int imx_get_phys_addr(struct dma_buf *dmabuf, dma_addr_t *phys, unsigned int *segments);

/* Register the device if its parameter enables it. Return 0 or a negative error. */
int ion_start(void);
void ion_stop(void);
/* True if the module's parameter selects the legacy interface. */
bool ion_is_legacy(void);
int ion_legacy_start(void);
void ion_legacy_stop(void);
int ipu_start(void);
void ipu_stop(void);
int pxp_start(void);
void pxp_stop(void);
int dmabuf_imx_start(void);
void dmabuf_imx_stop(void);
int count_syncs_start(void);
void count_syncs_stop(void);

#endif
