/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proof.h"

#include <errno.h>
#include <stdatomic.h>

#include "../base/log.h"
#include "../dmabuf/exporter.h"
#include "../dmabuf/fence.h"
#include "cpu_map.h"
#include "sharing.h"

void imxd_proof_measure(struct imxd_buffer *buffer)
{
	int references;

	if (!(buffer->block.traits.caps & IMXD_CAP_DMABUF))
		return;
	references = imxd_dmabuf_references(buffer->block.fd);
	if (references > 0)
		buffer->references = references;
}

bool imxd_proof_is_needless(struct imxd_buffer const *buffer, bool has_forked)
{
	return buffer->block.fd < 0 || (!has_forked && !atomic_load_explicit(&buffer->is_known, memory_order_relaxed));
}

/* The library's own references, without its mapping. The program may have closed the render node. */
static int own_references(struct imxd_buffer const *buffer)
{
	if (buffer->attached_references > 0 && !imxd_sharing_is_attached(buffer->mapping.sharing))
		return buffer->references - buffer->attached_references;
	return buffer->references;
}

/*
 * A mapping has at least one reference: it has more if the program has split it with mprotect() or madvise(). Returns 0
 * if there are no others, 1 if there are, or a negative errno code.
 */
static int has_other_references(struct imxd_buffer *buffer)
{
	int own = own_references(buffer), count;

	count = imxd_dmabuf_references(buffer->block.fd);
	if (count > own + (buffer->mapping.address ? 1 : 0) && buffer->mapping.address) {
		imxd_cpu_map_drop(buffer);
		count = imxd_dmabuf_references(buffer->block.fd);
	}
	return (count < 0) ? count : count > own + (buffer->mapping.address ? 1 : 0);
}

/* A poll that does not find the DMA-BUF ready holds references to it for a while: count first. */
static enum imxd_proof look_at_fences(struct imxd_buffer *buffer)
{
	_Atomic int *can_poll = &buffer->owner->can_poll;

	if (atomic_load_explicit(can_poll, memory_order_relaxed) == 0)
		atomic_store_explicit(can_poll, imxd_fence_can_poll(buffer->block.fd) ? 1 : 2, memory_order_relaxed);
	if (atomic_load_explicit(can_poll, memory_order_relaxed) != 1)
		return IMXD_PROOF_NONE;
	return imxd_fence_is_free(buffer->block.fd) ? IMXD_PROOF_FREE : IMXD_PROOF_HELD;
}

static void tell_once(void)
{
	static atomic_bool was_told;

	if (!atomic_exchange(&was_told, true))
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"a pool cannot know if others hold its buffers (no \"count\" in /proc/self/fdinfo): buffers whose "
			"descriptor the program has asked for are freed");
}

enum imxd_proof imxd_proof_find(struct imxd_buffer *buffer, bool no_fences)
{
	int others = -ENOTSUP;

	/* Memory files have no count. */
	if (!(buffer->block.traits.caps & IMXD_CAP_DMABUF))
		return IMXD_PROOF_NONE;
	if (buffer->references > 0) {
		/* Nobody evicts the mapping meanwhile. */
		pthread_mutex_lock(&buffer->mapping.lock);
		others = has_other_references(buffer);
		pthread_mutex_unlock(&buffer->mapping.lock);
	}
	if (others < 0) {
		tell_once();
		return IMXD_PROOF_NONE;
	}
	if (others > 0)
		return IMXD_PROOF_HELD;
	return no_fences ? IMXD_PROOF_FREE : look_at_fences(buffer);
}
