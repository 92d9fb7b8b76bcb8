/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proof.h"

#include <errno.h>
#include <stdatomic.h>

#include "../base/error.h"
#include "../dmabuf/exporter.h"
#include "../dmabuf/fence.h"
#include "cpu_map.h"
#include "session.h"
#include "sharing.h"

/*
 * A new DMA-BUF without mapping and attachment has one reference. If there are more, somebody else has taken one in
 * passing: another thread's fork(), or a program that looks at this process. Then nothing can be proved later.
 */
void imxd_proof_measure(struct imxd_buffer *buffer)
{
	struct imxd_dmabuf_use use;

	if (!(buffer->block.traits.caps & IMXD_CAP_DMABUF))
		return;
	for (int i = 0; i < 3 && buffer->references == 0; i++)
		if (imxd_dmabuf_use(buffer->block.fd, &use) == 0 && use.references == 1)
			buffer->references = 1;
}

/* What libraries of vendors export is known by the same mark. */
bool imxd_proof_is_needless(struct imxd_buffer const *buffer, bool has_forked)
{
	return !atomic_load_explicit(&buffer->is_known, memory_order_relaxed) && (!has_forked || buffer->block.fd < 0);
}

/* The library's own references. Those of its device go if the program closes the render node, or names the DMA-BUF. */
static int own_references(struct imxd_buffer const *buffer)
{
	int attached = imxd_sharing_is_attached(buffer->mapping.sharing) ? imxd_session_attached_references(buffer) : 0;

	return buffer->references + attached + (buffer->mapping.address ? 1 : 0);
}

/*
 * A mapping has at least one reference: it has more if the program has split it with mprotect() or madvise(). Returns 0
 * if there are no others, 1 if there are, or a negative errno code.
 */
static int has_other_references(struct imxd_buffer *buffer)
{
	struct imxd_dmabuf_use use;
	int code = imxd_dmabuf_use(buffer->block.fd, &use);

	if (code == 0 && use.references > own_references(buffer) && buffer->mapping.address) {
		imxd_cpu_map_drop(buffer);
		code = imxd_dmabuf_use(buffer->block.fd, &use);
	}
	if (code != 0)
		return code;
	if (use.is_named)
		buffer->is_named = true;
	return use.references > own_references(buffer);
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

static bool is_temporary(int code)
{
	return code == -EMFILE || code == -ENFILE || code == -ENOMEM || code == -EINTR;
}

static void tell_once(int code)
{
	static atomic_bool was_told;

	if (!atomic_exchange(&was_told, true))
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"a pool cannot know if others hold its buffers: /proc/self/fdinfo cannot be read, or has no \"count\" "
			"(%s); "
			"buffers whose descriptor the program has asked for are freed",
			imxd_errno_text(code));
}

enum imxd_proof imxd_proof_find(struct imxd_buffer *buffer, bool no_fences)
{
	int others;

	/* Memory files have no count, and neither has what a vendor's library exports. */
	if (!(buffer->block.traits.caps & IMXD_CAP_DMABUF) || buffer->references == 0)
		return IMXD_PROOF_NONE;
	/* Nobody evicts the mapping meanwhile. */
	pthread_mutex_lock(&buffer->mapping.lock);
	others = has_other_references(buffer);
	pthread_mutex_unlock(&buffer->mapping.lock);
	if (others < 0 && !is_temporary(others)) {
		tell_once(others);
		return IMXD_PROOF_NONE;
	}
	if (others != 0)
		return IMXD_PROOF_HELD;
	return no_fences ? IMXD_PROOF_FREE : look_at_fences(buffer);
}
