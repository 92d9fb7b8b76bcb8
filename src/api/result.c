/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "result.h"

#include <errno.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/import.h"

int imxd_check_result(void const *result)
{
	size_t size;

	if (!result)
		return imxd_fail(-EINVAL, "the structure for the result is NULL");
	memcpy(&size, result, sizeof(size));
	if (size <= sizeof(size))
		return imxd_fail(-EINVAL, "struct_size is %zu: set it to sizeof the structure", size);
	return 0;
}

void imxd_copy_result(void *result, void const *source, size_t size)
{
	size_t callers;

	memcpy(&callers, result, sizeof(callers));
	memset(result, 0, callers);
	memcpy(result, source, (size < callers) ? size : callers);
	memcpy(result, &callers, sizeof(callers));
}

imx_physical_address_t imxd_address_of_descriptor(struct imxd_device *device, int fd, int *error)
{
	IMXD_NO_CANCEL;
	imx_physical_address_t address = 0;

	imxd_result(imxd_dmabuf_address(device, fd, &address), error);
	return address;
}
