// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA-BUFs of the pixel pipeline, with the defects of the vendor's driver: mmap succeeds and maps nothing, the
 * memory is freed with the buffer even if the DMA-BUF is still open, and there is no cache maintenance.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "pxp.h"

static struct sg_table *map(struct dma_buf_attachment *attachment, enum dma_data_direction direction)
{
	const struct pxp_buffer *buffer = attachment->dmabuf->priv;
	struct sg_table *table = kzalloc(sizeof(*table), GFP_KERNEL);

	if (!table)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(table, 1, GFP_KERNEL))
		goto failed;
	sg_set_page(table->sgl, pfn_to_page(PHYS_PFN(buffer->memory.phys)), buffer->size, 0);
	if (dma_map_sgtable(attachment->dev, table, direction, DMA_ATTR_SKIP_CPU_SYNC))
		goto failed;
	return table;

failed:
	sg_free_table(table);
	kfree(table);
	return ERR_PTR(-ENOMEM);
}

static void unmap(struct dma_buf_attachment *attachment, struct sg_table *table, enum dma_data_direction direction)
{
	dma_unmap_sgtable(attachment->dev, table, direction, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(table);
	kfree(table);
}

static int mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	return 0;
}

/* priv is a copy of the buffer: a stale descriptor refers to freed memory, but never to a freed struct. */
static void release(struct dma_buf *dmabuf)
{
	kfree(dmabuf->priv);
}

static const struct dma_buf_ops ops = {
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.mmap = mmap,
	.release = release,
};

int pxp_export(const struct pxp_buffer *buffer, u32 flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	int fd;

	info.exp_name = "pxp";
	info.ops = &ops;
	info.size = buffer->size;
	info.flags = flags;
	info.priv = kmemdup(buffer, sizeof(*buffer), GFP_KERNEL);
	if (!info.priv)
		return -ENOMEM;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		kfree(info.priv);
		return PTR_ERR(dmabuf);
	}
	fd = dma_buf_fd(dmabuf, flags);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}
