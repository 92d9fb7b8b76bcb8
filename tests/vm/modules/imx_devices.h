/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of the i.MX vendor kernels for test guests, backed by real contiguous memory. Each device exists only when
 * a module parameter asks for it.
 */
#ifndef IMX_DEVICES_H
#define IMX_DEVICES_H

#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/mm_types.h>
#include <linux/types.h>

/* Physically contiguous, zeroed memory below 4 GiB. The DMA address is the physical one: no guest has an IOMMU. */
struct imx_memory {
	/* In whole pages. */
	size_t size;
	void *cpu;
	dma_addr_t phys;
};

/* How the CPU's mappings of a piece of memory are made; the numbers are those of the PxP interface. */
enum imx_caching { IMX_UNCACHED = 0, IMX_WRITE_COMBINED = 1, IMX_CACHED = 2 };

/* What the memory behind an exported DMA-BUF is made of. */
enum imx_layout { IMX_CONTIGUOUS, IMX_SCATTERED };

/* The device that owns all memory of this module. */
extern struct device *imx_device;

/* 0, or -ENOMEM; size 0 and sizes that overflow are -ENOMEM too. */
int imx_memory_allocate(struct imx_memory *memory, size_t size);
void imx_memory_free(struct imx_memory *memory);
/* Maps length bytes from the beginning of the memory, without a check of the length. */
int imx_memory_map(dma_addr_t phys, struct vm_area_struct *vma, enum imx_caching caching);

/* A DMA-BUF of fresh memory, or an ERR_PTR. */
struct dma_buf *imx_export(const char *name, size_t size, enum imx_layout layout, bool cached);
/* Is this DMA-BUF one of imx_export()? */
bool imx_exported(const struct dma_buf *dmabuf);
/*
 * Attaches, maps and unmaps. 0 with the address of the first segment and the number of segments; attaching failed:
 * -ENODEV; mapping failed: 0, with 0 segments.
 */
int imx_locate(struct dma_buf *dmabuf, dma_addr_t *phys, unsigned int *segments);

/* Registers the device when its parameter asks for it; 0, or a negative error. */
int ion_start(void);
void ion_stop(void);
/* Does the module's parameter ask for the legacy interface? */
bool ion_is_legacy(void);
int ion_legacy_start(void);
void ion_legacy_stop(void);
int ipu_start(void);
void ipu_stop(void);
int pxp_start(void);
void pxp_stop(void);
int dmabuf_imx_start(void);
void dmabuf_imx_stop(void);

#endif
