/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why libhantro gives no memory. It opens nodes by names of its own, and does not tell what was wrong with them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../backend.h"
#include "../sys.h"
#include "dwl.h"
#include "vendor.h"

enum { DECODER, ION, HEAP, NODES };

static char const *const nodes[NODES] = {"/dev/mxc_hantro", "/dev/ion", "/dev/dma_heap/linux,cma-uncached"};

/* Their paths, and how many. */
static int list_missing(char *text, size_t size)
{
	int count = 0;

	text[0] = '\0';
	for (int i = 0; i < NODES; i++) {
		size_t used = strlen(text);

		if (imxd_sys_access(nodes[i]) >= 0)
			continue;
		snprintf(text + used, size - used, "%s%s", (count > 0) ? ", " : "", nodes[i]);
		count++;
	}
	return count;
}

int imxd_dwl_fail(struct imxd_instance const *self, bool initialised)
{
	char const *const decoder[] = {nodes[DECODER], NULL}, *const memory[] = {nodes[ION], nodes[HEAP], NULL};
	char const *function = initialised ? "DWLMallocLinear" : "DWLInit";
	bool has_memory = imxd_sys_access(nodes[ION]) >= 0 || imxd_sys_access(nodes[HEAP]) >= 0;
	int code = imxd_vendor_fail_closed(self, function, decoder);
	char missing[96], cma[80];

	/* One of them is enough. */
	if (code == 0 && !has_memory)
		code = imxd_vendor_fail_closed(self, function, memory);
	if (code != 0)
		return code;
	if (initialised && has_memory) {
		imxd_cma_text(cma, sizeof(cma));
		return imxd_fail(ENODEV,
			"%s: %s fails: its memory may be used up%s. It takes memory from %s (older versions) or %s (newer ones), "
			"not from a heap of another name",
			self->node, function, cma, nodes[ION], nodes[HEAP]);
	}
	if (list_missing(missing, sizeof(missing)) == 0)
		return imxd_fail(ENODEV, "%s: %s fails, although %s, %s and %s are there", self->node, function, nodes[DECODER],
			nodes[ION], nodes[HEAP]);
	return imxd_fail(ENODEV,
		"%s: %s fails. It uses %s, and takes memory from %s (older versions) or %s (newer ones), not from a heap of "
		"another name. Not there: %s",
		self->node, function, nodes[DECODER], nodes[ION], nodes[HEAP], missing);
}
