// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exporter of the ION devices: DMA-BUFs of contiguous memory (dma_alloc_coherent) or of single pages.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "imx_devices.h"

struct export {
	enum imx_exporter exporter;
	enum imx_layout layout;
	bool cached;
	size_t num_pages;
	/* The pages of memory with IMX_CONTIGUOUS, single pages with IMX_SCATTERED. */
	struct page **pages;
	struct imx_memory memory;
	/* Protects the members that follow. */
	struct mutex lock;
	struct list_head attachments;
	/* The kernel's mapping, and the number of its users. */
	void *vaddr;
	unsigned int vmap_count;
};

struct attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table table;
	bool mapped;
};

static int attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct export *export = dmabuf->priv;
	struct attachment *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int ret;

	if (!a)
		return -ENOMEM;
	ret = sg_alloc_table_from_pages(&a->table, export->pages, export->num_pages, 0, export->num_pages << PAGE_SHIFT,
		GFP_KERNEL);
	if (ret) {
		kfree(a);
		return ret;
	}
	a->dev = attachment->dev;
	attachment->priv = a;
	mutex_lock(&export->lock);
	list_add(&a->node, &export->attachments);
	mutex_unlock(&export->lock);
	return 0;
}

static void detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct export *export = dmabuf->priv;
	struct attachment *a = attachment->priv;

	mutex_lock(&export->lock);
	list_del(&a->node);
	mutex_unlock(&export->lock);
	sg_free_table(&a->table);
	kfree(a);
}

/* Uncached buffers need no cache maintenance. */
static bool needs_sync(const struct export *export)
{
	return export->cached || export->exporter == IMX_ION_5_10;
}

static unsigned long map_attrs(const struct dma_buf_attachment *attachment)
{
	return needs_sync(attachment->dmabuf->priv) ? 0 : DMA_ATTR_SKIP_CPU_SYNC;
}

static struct sg_table *map(struct dma_buf_attachment *attachment, enum dma_data_direction direction)
{
	struct attachment *a = attachment->priv;
	int ret = dma_map_sgtable(attachment->dev, &a->table, direction, map_attrs(attachment));

	if (ret)
		return ERR_PTR(ret);
	a->mapped = true;
	return &a->table;
}

static void unmap(struct dma_buf_attachment *attachment, struct sg_table *table, enum dma_data_direction direction)
{
	struct attachment *a = attachment->priv;

	a->mapped = false;
	dma_unmap_sgtable(attachment->dev, table, direction, map_attrs(attachment));
}

/* Add a user of the kernel's mapping. The lock is held. */
static int get_mapping(struct export *export)
{
	if (export->vmap_count == 0)
		export->vaddr = vmap(export->pages, export->num_pages, VM_MAP,
			export->cached ? PAGE_KERNEL : pgprot_writecombine(PAGE_KERNEL));
	if (!export->vaddr)
		return -ENOMEM;
	export->vmap_count++;
	return 0;
}

static void put_mapping(struct export *export)
{
	if (--export->vmap_count == 0) {
		vunmap(export->vaddr);
		export->vaddr = NULL;
	}
}

/* The lock is held. */
static void sync(struct export *export, enum dma_data_direction direction, bool for_cpu)
{
	struct attachment *a;

	if (!needs_sync(export))
		return;
	list_for_each_entry(a, &export->attachments, node) {
		if (!a->mapped)
			continue;
		if (for_cpu)
			dma_sync_sgtable_for_cpu(a->dev, &a->table, direction);
		else
			dma_sync_sgtable_for_device(a->dev, &a->table, direction);
	}
}

static int begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct export *export = dmabuf->priv;
	int ret = 0;

	mutex_lock(&export->lock);
	if (export->exporter == IMX_ION_5_10)
		ret = get_mapping(export);
	if (ret == 0)
		sync(export, direction, true);
	mutex_unlock(&export->lock);
	return ret;
}

static int end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct export *export = dmabuf->priv;

	mutex_lock(&export->lock);
	if (export->exporter == IMX_ION_5_10 && !WARN(export->vmap_count == 0, "imx_devices: an end without a start\n"))
		put_mapping(export);
	sync(export, direction, false);
	mutex_unlock(&export->lock);
	return 0;
}

static int mmap_pages(const struct export *export, struct vm_area_struct *vma)
{
	unsigned long address = vma->vm_start;
	size_t page;
	int ret = 0;

	if (!export->cached)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	for (page = vma->vm_pgoff; address < vma->vm_end && ret == 0; page++, address += PAGE_SIZE)
		ret = remap_pfn_range(vma, address, page_to_pfn(export->pages[page]), PAGE_SIZE, vma->vm_page_prot);
	return ret;
}

/* The DMA-BUF core has already checked the range. */
static int mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	const struct export *export = dmabuf->priv;

	if (export->layout == IMX_SCATTERED)
		return mmap_pages(export, vma);
	return imx_memory_map(export->memory.phys + ((phys_addr_t)vma->vm_pgoff << PAGE_SHIFT), vma,
		export->cached ? IMX_CACHED : IMX_WRITE_COMBINED);
}

static int kernel_map(struct dma_buf *dmabuf, struct iosys_map *target)
{
	struct export *export = dmabuf->priv;
	int ret;

	mutex_lock(&export->lock);
	ret = get_mapping(export);
	if (ret == 0)
		iosys_map_set_vaddr(target, export->vaddr);
	mutex_unlock(&export->lock);
	return ret;
}

static void kernel_unmap(struct dma_buf *dmabuf, struct iosys_map *target)
{
	struct export *export = dmabuf->priv;

	mutex_lock(&export->lock);
	put_mapping(export);
	mutex_unlock(&export->lock);
	iosys_map_clear(target);
}

/* Members that were not allocated are zero. */
static void free_export(struct export *export)
{
	size_t i;

	for (i = 0; export->layout == IMX_SCATTERED && export->pages && i < export->num_pages && export->pages[i]; i++)
		__free_page(export->pages[i]);
	if (export->memory.cpu)
		imx_memory_free(&export->memory);
	kvfree(export->pages);
	kfree(export);
}

static void release(struct dma_buf *dmabuf)
{
	struct export *export = dmabuf->priv;

	if (WARN(export->vmap_count > 0, "imx_devices: buffer still mapped in the kernel\n"))
		vunmap(export->vaddr);
	free_export(export);
}

static const struct dma_buf_ops ops_ion_5_10 = {
	.attach = attach,
	.detach = detach,
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.begin_cpu_access = begin_cpu_access,
	.end_cpu_access = end_cpu_access,
	.mmap = mmap,
	.release = release,
};

static const struct dma_buf_ops ops_ion_4_9 = {
	.attach = attach,
	.detach = detach,
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.begin_cpu_access = begin_cpu_access,
	.end_cpu_access = end_cpu_access,
	.mmap = mmap,
	.vmap = kernel_map,
	.vunmap = kernel_unmap,
	.release = release,
};

/* Swap neighbouring pages so that three or more pages are never contiguous by chance. */
static int allocate_pages(struct export *export)
{
	size_t i;

	for (i = 0; i < export->num_pages; i++) {
		export->pages[i] = alloc_page(GFP_HIGHUSER | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN);
		if (!export->pages[i])
			return -ENOMEM;
	}
	for (i = 0; i + 1 < export->num_pages; i += 2)
		swap(export->pages[i], export->pages[i + 1]);
	return 0;
}

static int allocate_memory(struct export *export)
{
	int ret = imx_memory_allocate(&export->memory, export->num_pages << PAGE_SHIFT);
	size_t i;

	for (i = 0; ret == 0 && i < export->num_pages; i++)
		export->pages[i] = pfn_to_page(PHYS_PFN(export->memory.phys) + i);
	return ret;
}

static int allocate(struct export *export)
{
	if (export->num_pages == 0 || export->num_pages > totalram_pages())
		return -ENOMEM;
	export->pages = kvcalloc(export->num_pages, sizeof(*export->pages), GFP_KERNEL);
	if (!export->pages)
		return -ENOMEM;
	return export->layout == IMX_SCATTERED ? allocate_pages(export) : allocate_memory(export);
}

static struct export *make_export(enum imx_exporter exporter, size_t size, enum imx_layout layout, bool cached)
{
	struct export *export = kzalloc(sizeof(*export), GFP_KERNEL);
	int ret;

	if (!export)
		return ERR_PTR(-ENOMEM);
	export->exporter = exporter;
	export->layout = layout;
	export->cached = cached;
	export->num_pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	mutex_init(&export->lock);
	INIT_LIST_HEAD(&export->attachments);
	ret = allocate(export);
	if (ret) {
		free_export(export);
		return ERR_PTR(ret);
	}
	return export;
}

struct dma_buf *imx_export(enum imx_exporter exporter, size_t size, enum imx_layout layout, bool cached)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct export *export = make_export(exporter, size, layout, cached);
	struct dma_buf *dmabuf;

	if (IS_ERR(export))
		return ERR_CAST(export);
	info.exp_name = "ion";
	info.ops = exporter == IMX_ION_5_10 ? &ops_ion_5_10 : &ops_ion_4_9;
	info.size = export->num_pages << PAGE_SHIFT;
	info.flags = O_RDWR;
	info.priv = export;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		free_export(export);
	return dmabuf;
}

bool imx_exported(const struct dma_buf *dmabuf)
{
	return dmabuf->ops == &ops_ion_4_9 || dmabuf->ops == &ops_ion_5_10;
}

int imx_get_phys_addr(struct dma_buf *dmabuf, dma_addr_t *phys, unsigned int *segments)
{
	struct dma_buf_attachment *attachment = dma_buf_attach(dmabuf, imx_device);
	struct sg_table *table;

	*segments = 0;
	if (IS_ERR(attachment))
		return -ENODEV;
	table = dma_buf_map_attachment_unlocked(attachment, DMA_BIDIRECTIONAL);
	if (!IS_ERR_OR_NULL(table)) {
		*phys = sg_dma_address(table->sgl);
		*segments = table->nents;
		dma_buf_unmap_attachment_unlocked(attachment, table, DMA_BIDIRECTIONAL);
	}
	dma_buf_detach(dmabuf, attachment);
	return 0;
}
