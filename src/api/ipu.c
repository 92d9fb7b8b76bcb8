/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry points of imxdmabuffer_ipu_allocator.h, and two functions without a header.
 */
#include "imxdmabuffer/imxdmabuffer_ipu_allocator.h"

#include <errno.h>
#include <stdio.h>

#include "../backends/ipu.h"
#include "../base/error.h"
#include "../base/locks.h"
#include "construct.h"
#include "export.h"

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_ipu_allocator_new(int ipu_fd, int *error)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;

	options.fd = ipu_fd;
	return imxd_construct(&imxd_ipu_backend, &options, error);
}

/*
 * Exported since 1.x, without a declaration in a header. The first function allocates `size` bytes (1 to 2 GiB less a
 * page) from an open node and returns their physical address, or 0 with EBADF, EINVAL, ENOMEM, ENOTTY. The second one
 * frees them.
 */
extern imx_physical_address_t imx_dma_buffer_ipu_allocate(int ipu_fd, size_t size, int *error);
extern void imx_dma_buffer_ipu_deallocate(int ipu_fd, imx_physical_address_t physical_address);

IMXD_EXPORT imx_physical_address_t imx_dma_buffer_ipu_allocate(int ipu_fd, size_t size, int *error)
{
	IMXD_NO_CANCEL;
	uint32_t address = 0;
	char name[32];
	int code;

	snprintf(name, sizeof(name), "descriptor %d", ipu_fd);
	code = imxd_ipu_allocate(ipu_fd, name, size, &address);
	if (code == 0)
		return address;
	imxd_report(error, code);
	return 0;
}

IMXD_EXPORT void imx_dma_buffer_ipu_deallocate(int ipu_fd, imx_physical_address_t physical_address)
{
	int result = (physical_address <= UINT32_MAX) ? imxd_ipu_free(ipu_fd, (uint32_t)physical_address) : -EINVAL;

	if (result < 0)
		imxd_report(NULL,
			imxd_fail(result, "descriptor %d: freeing the memory at %" IMX_PHYSICAL_ADDRESS_FORMAT " failed (%s)",
				ipu_fd, physical_address, imxd_errno_text(result)));
}
