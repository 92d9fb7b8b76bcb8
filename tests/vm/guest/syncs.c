/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syncs.h"

#include <errno.h>
#include <stdio.h>

#define PARAMETERS "/sys/module/imx_devices/parameters/"

static int read_numbers(char const *path, long *calls, long *bytes)
{
	FILE *file = fopen(path, "re");
	int count = file != NULL ? fscanf(file, "%ld %ld", calls, bytes) : 0;

	if (file != NULL)
		fclose(file);
	return count == 2 ? 0 : -ENOENT;
}

int syncs_read(struct syncs *syncs)
{
	FILE *file = fopen(PARAMETERS "count_syncs", "re");
	int counts = file != NULL && fgetc(file) == 'Y';

	if (file != NULL)
		fclose(file);
	if (!counts || read_numbers(PARAMETERS "sync_for_device", &syncs->device_calls, &syncs->device_bytes) != 0)
		return -ENOENT;
	return read_numbers(PARAMETERS "sync_for_cpu", &syncs->cpu_calls, &syncs->cpu_bytes);
}

int syncs_since(struct syncs *syncs)
{
	struct syncs now;
	int code = syncs_read(&now);

	syncs->device_calls = now.device_calls - syncs->device_calls;
	syncs->device_bytes = now.device_bytes - syncs->device_bytes;
	syncs->cpu_calls = now.cpu_calls - syncs->cpu_calls;
	syncs->cpu_bytes = now.cpu_bytes - syncs->cpu_bytes;
	return code;
}
