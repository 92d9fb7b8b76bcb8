/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "refresh.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "../dmabuf/dmabuf.h"
#include "buffer.h"
#include "mapping.h"

bool imxd_refresh_is_needless(struct imxd_buffer const *buffer)
{
	return buffer->block.traits.cached == IMX_DMA_BUFFER_TRISTATE_NO ||
		!atomic_load_explicit(&buffer->mapping.is_dirty, memory_order_relaxed);
}

/* The session of a map that overwrites begins without maintenance, and cleans when it stops. */
int imxd_refresh_contents(struct imxd_buffer *buffer, bool zero)
{
	unsigned int flags = IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	uint8_t *address;
	int code;

	if (!zero && imxd_refresh_is_needless(buffer))
		return 0;
	/* A kept mapping stays where it is, or another thread evicts it. */
	pthread_mutex_lock(&buffer->mapping.lock);
	if (buffer->mapping.address)
		buffer->mapping.address -= buffer->offset;
	buffer->offset = 0;
	buffer->size = buffer->block.size;
	pthread_mutex_unlock(&buffer->mapping.lock);
	code = imxd_mapping_map(buffer, flags, &address);
	if (code != 0)
		return code;
	if (zero)
		memset(address, 0, buffer->size);
	return imxd_mapping_unmap(buffer);
}

void imxd_refresh_place(struct imxd_buffer *buffer, size_t size, size_t alignment)
{
	struct imxd_mapping *mapping = &buffer->mapping;

	if (mapping->address)
		mapping->address -= buffer->offset;
	imxd_buffer_place(buffer, size, alignment);
	if (mapping->address)
		mapping->address += buffer->offset;
}

int imxd_refresh_name(struct imxd_buffer *buffer)
{
	int code = (buffer->block.traits.caps & IMXD_CAP_DMABUF) ? imxd_dmabuf_set_name(buffer->block.fd, "") : 0;

	if (code == -EBUSY && imxd_mapping_detach(buffer))
		code = imxd_dmabuf_set_name(buffer->block.fd, "");
	buffer->is_named = false;
	return code;
}
