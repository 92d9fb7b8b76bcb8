/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why libg2d gives no memory. It opens nodes by names of its own, and does not tell what was wrong with them.
 */
#include <errno.h>

#include "../backend.h"
#include "../sys.h"
#include "g2d.h"
#include "vendor.h"

/* Which of the two libraries this is cannot be seen: a board with a GPU has that for it. */
int imxd_g2d_fail(struct imxd_instance *self)
{
	static char const *const gpu[] = {"/dev/galcore", NULL};
	static char const *const pxp[] = {"/dev/pxp_device", "/dev/dma_heap/linux,cma-uncached", NULL};
	int code = imxd_vendor_fail_closed(self, "g2d_alloc", imxd_sys_access(gpu[0]) == -ENOENT ? pxp : gpu);

	if (code == 0)
		code = imxd_fail(ENODEV,
			"%s: g2d_alloc fails: memory is used up, or what it opens is not there (/dev/galcore for a GPU, "
			"/dev/pxp_device and maybe /dev/dma_heap/linux,cma-uncached for a PxP)",
			self->node);
	return code;
}
