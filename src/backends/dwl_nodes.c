/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why libhantro gives no memory. It opens nodes by names of its own, and does not tell what was wrong with them.
 */
#include <errno.h>

#include "../backend.h"
#include "../sys.h"
#include "dwl.h"

enum { DECODER, ION, HEAP, NODES };

static char const *const nodes[NODES] = {"/dev/mxc_hantro", "/dev/ion", "/dev/dma_heap/linux,cma-uncached"};

int imxd_dwl_fail(struct imxd_instance const *self, bool initialised)
{
	char const *what = initialised ? "DWLMallocLinear gives no memory" : "DWLInit fails";
	char const *texts[NODES];
	bool there[NODES];
	char cma[80] = "";

	for (int i = 0; i < NODES; i++) {
		int result = imxd_sys_access(nodes[i]);

		/* The latter is what a device cgroup answers. */
		if (result == -EACCES || result == -EPERM)
			return imxd_fail(-result, "%s: %s, and this process may not open %s (%s)", self->node, what, nodes[i],
				imxd_errno_text(-result));
		there[i] = result >= 0;
		texts[i] = there[i] ? "there" : "not there";
	}
	if (initialised && (there[ION] || there[HEAP])) {
		imxd_cma_text(cma, sizeof(cma));
		return imxd_fail(ENODEV,
			"%s: %s: it may be used up%s. It comes from %s (older versions; %s) or %s (newer ones; %s), and from no "
			"heap "
			"of another name",
			self->node, what, cma, nodes[ION], texts[ION], nodes[HEAP], texts[HEAP]);
	}
	return imxd_fail(ENODEV,
		"%s: %s. It uses %s, which is %s, and takes memory from %s (older versions; %s) or %s (newer ones; %s), and "
		"from no heap of another name",
		self->node, what, nodes[DECODER], texts[DECODER], nodes[ION], texts[ION], nodes[HEAP], texts[HEAP]);
}
