/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codes of functions whose headers list all of them. Other functions also pass on the codes of the mechanism's
 * call.
 */
#include "check.h"

#include <errno.h>
#include <string.h>

static struct {
	char const *function;
	int codes[8]; /* end with 0 */
} const table[] = {
	{"imx_dma_buffer_query_allocator", {EINVAL}},
	{"imx_dma_buffer_allocator_get_info", {EINVAL, ENOTSUP}},
	{"imx_dma_buffer_query_properties", {EINVAL}},
	{"imx_dma_buffer_pool_get_stats", {EINVAL}},
	{"imx_dma_buffer_query_physical_address", {EINVAL, ENOTSUP, EIO, ENOMEM, EFAULT}},
	{"imx_dma_buffer_export_fd", {EINVAL, ENOTSUP, EBADF, EMFILE}},
	{"imx_dma_buffer_import_dmabuf", {EBADF, EINVAL, EMFILE, ENOMEM}},
	{"imx_dma_buffer_get_physical_address_from_dmabuf_fd", {EBADF, EINVAL, ENOTSUP, EIO, ENOMEM, EFAULT}},
	{"imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd", {EBADF, EINVAL, ENOTSUP, EIO, ENOMEM, EFAULT}},
	{"imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd", {EBADF, EINVAL, ENOTSUP, EIO, ENOMEM, EFAULT}},
};

bool is_documented(char const *function, int code)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].function, function) != 0)
			continue;
		for (size_t n = 0; table[i].codes[n] != 0; n++)
			if (table[i].codes[n] == code)
				return true;
		return false;
	}
	return true;
}
