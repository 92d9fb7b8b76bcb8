/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMA_BUF_PHYS_H
#define DMA_BUF_PHYS_H

#include <linux/dma-buf.h>

/* Handles every ioctl that the DMA-BUF core does not. */
long dma_buf_phys_ioctl(struct dma_buf *dmabuf, unsigned int cmd, void __user *arg);

#endif
