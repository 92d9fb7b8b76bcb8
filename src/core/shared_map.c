/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shared_map.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../base/sys.h"

/* Writable, unless the descriptor does not permit it. With the lock. */
static int map(struct imxd_views *views, struct imxd_block const *block)
{
	void *address = NULL;
	int code, protection = PROT_READ | PROT_WRITE;

	code = imxd_sys_mmap(block->size, protection, false, imxd_block_map_fd(block), block->map_offset, &address);
	if (code == -EACCES || code == -EPERM) {
		protection = PROT_READ;
		code = imxd_sys_mmap(block->size, protection, false, imxd_block_map_fd(block), block->map_offset, &address);
	}
	if (code != 0)
		return code;
	views->base = address;
	views->is_writable = protection & PROT_WRITE;
	return 0;
}

int imxd_shared_map(struct imxd_buffer *view, unsigned int access, uint8_t **base)
{
	struct imxd_views *views = view->whole->views;
	int code = 0;

	pthread_mutex_lock(&views->lock);
	if (!views->base)
		code = map(views, &view->whole->block);
	if (code == 0 && (access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) && !views->is_writable)
		code = -EACCES;
	*base = views->base;
	pthread_mutex_unlock(&views->lock);
	return code;
}

void imxd_shared_map_free(struct imxd_buffer *whole)
{
	struct imxd_views *views = whole->views;

	whole->views = NULL;
	if (!views)
		return;
	if (views->base && imxd_sys_munmap(views->base, whole->block.size) < 0)
		whole->mapping.is_lost = true;
	pthread_mutex_destroy(&views->lock);
	free(views);
}
