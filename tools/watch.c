/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watch.h"

#include <stdio.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "variables.h"

static char const *const levels[] = {"off", "error", "warning", "info", "debug"};

static int printed_level;
static unsigned int errors;
static char first_error[IMX_DMA_BUFFER_MESSAGE_SIZE];

/* The program has one thread, so the handler needs no lock. */
static void handle(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	(void)user_data;
	if ((int)level <= printed_level)
		fprintf(stderr, "imxdmabuffer: %s: %s\n", levels[level], message);
	if (level == IMX_DMA_BUFFER_LOG_LEVEL_ERROR && errors++ == 0)
		snprintf(first_error, sizeof(first_error), "%s", message);
}

void watch_begin(void)
{
	char const *text = variable_value("IMXDMABUFFER_LOG");
	int level = IMX_DMA_BUFFER_LOG_LEVEL_ERROR;

	printed_level = 0;
	for (int i = 0; text && i < (int)(sizeof(levels) / sizeof(levels[0])); i++)
		if (strcmp(text, levels[i]) == 0)
			printed_level = i;
	if (printed_level > level)
		level = printed_level;
	errors = 0;
	imx_dma_buffer_set_log_handler(handle, NULL, (ImxDmaBufferLogLevel)level);
}

char const *watch_take_error(void)
{
	unsigned int count = errors;

	errors = 0;
	return (count > 0) ? first_error : NULL;
}

void watch_end(void)
{
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
}
