/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "iommu.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/sys.h"

#define GROUPS "/sys/kernel/iommu_groups"

static bool visit_device(char const *name, void *data)
{
	*(bool *)data = true;
	return false;
}

/* A group of the type identity passes addresses on as they are. The file `type` is there since Linux 4.19. */
static bool visit_group(char const *name, void *data)
{
	ImxDmaBufferTristate *translates = data;
	bool has_devices = false;
	char path[300], type[16];

	snprintf(path, sizeof(path), GROUPS "/%s/devices", name);
	imxd_sys_list(path, visit_device, &has_devices);
	snprintf(path, sizeof(path), GROUPS "/%s/type", name);
	if (!has_devices)
		return true;
	if (imxd_sys_read_text(path, type, sizeof(type)) < 0)
		*translates = IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
	else if (strncmp(type, "identity", strlen("identity")) != 0)
		*translates = IMX_DMA_BUFFER_TRISTATE_YES;
	return *translates != IMX_DMA_BUFFER_TRISTATE_YES;
}

/* A kernel without IOMMUs has no directory of groups, or an empty one. */
ImxDmaBufferTristate imxd_iommu(void)
{
	ImxDmaBufferTristate translates = IMX_DMA_BUFFER_TRISTATE_NO;
	struct stat status;
	int result;

	if (imxd_sys_stat("/sys/kernel", &status) < 0)
		return IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
	result = imxd_sys_list(GROUPS, visit_group, &translates);
	return (result < 0 && result != -ENOENT) ? IMX_DMA_BUFFER_TRISTATE_UNKNOWN : translates;
}
