/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_ext.h about messages, and the version.
 */
#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "imxdmabuffer_config.h"

#include "../base/error.h"
#include "../base/log.h"
#include "export.h"

IMXD_EXPORT char const *imx_dma_buffer_get_last_error(void)
{
	return imxd_last_error();
}

IMXD_EXPORT void imx_dma_buffer_set_log_handler(ImxDmaBufferLogHandler handler, void *user_data,
	ImxDmaBufferLogLevel max_level)
{
	imxd_log_set_handler(handler, user_data, max_level);
}

IMXD_EXPORT char const *imx_dma_buffer_get_version(void)
{
	return IMXDMABUFFER_VERSION;
}
