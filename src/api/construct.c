/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "construct.h"

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/selection.h"

ImxDmaBufferAllocator *imxd_construct(struct imxd_backend const *backend, struct imxd_options const *options,
	int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *allocator = NULL;
	int code = imxd_open_backend(backend, options, imxd_policy_from_environment(), NULL, &allocator);

	imxd_result(code, error);
	return (ImxDmaBufferAllocator *)allocator;
}
