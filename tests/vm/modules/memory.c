// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocate contiguous memory and map it into user space.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "imx_devices.h"

int imx_memory_allocate(struct imx_memory *memory, size_t size)
{
	memory->size = PAGE_ALIGN(size);
	if (memory->size == 0)
		return -ENOMEM;
	memory->cpu = dma_alloc_coherent(imx_device, memory->size, &memory->phys, GFP_KERNEL | __GFP_NOWARN);
	return memory->cpu ? 0 : -ENOMEM;
}

void imx_memory_free(struct imx_memory *memory)
{
	dma_free_coherent(imx_device, memory->size, memory->cpu, memory->phys);
}

int imx_memory_map(dma_addr_t phys, struct vm_area_struct *vma, enum imx_caching caching)
{
	if (caching == IMX_UNCACHED)
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	else if (caching == IMX_WRITE_COMBINED)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(phys), vma->vm_end - vma->vm_start, vma->vm_page_prot);
}
