/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/locks.h"
#include "../base/sys.h"
#include "heap.h"

/* The module that exports the memory of all heaps: Linux 5.6 to 5.10, and of CMA heaps in 5.11 and 5.12. */
static bool is_module_of_heaps(char const *name)
{
	return strcmp(name, "heap_helpers") == 0 || strcmp(name, "cma_heap") == 0;
}

/* Exporters other than heaps: Linux 6.1, drivers/dma-buf and drivers/media/common/videobuf2. */
struct imxd_traits imxd_exporter_traits(char const *name)
{
	static char const *const scattered[] = {"udmabuf", "videobuf2_dma_sg", "videobuf2_vmalloc"};
	struct imxd_traits traits = {.caps = IMXD_CAPS_DMABUF};

	if (imxd_heap_is_known(name) || (!is_module_of_heaps(name) && imxd_heap_exists(name)))
		return imxd_heap_traits(name);
	for (size_t i = 0; i < sizeof(scattered) / sizeof(scattered[0]); i++)
		if (strcmp(name, scattered[i]) == 0) {
			traits.cached = IMX_DMA_BUFFER_TRISTATE_YES;
			traits.contiguous = IMX_DMA_BUFFER_TRISTATE_NO;
		}
	if (strcmp(name, "ion") == 0)
		traits.caps |= IMXD_CAP_COUNTED_SYNC | (imxd_sys_kernel_before(4, 12) ? 0 : IMXD_CAP_SYNCS_ATTACHED);
	/* vb2_dma_contig allocates with dma_alloc_coherent(): one segment. */
	if (strcmp(name, "videobuf2_dma_contig") == 0 || strcmp(name, "cma_heap") == 0)
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	return traits;
}

bool imxd_exporter_names_heap(char const *name)
{
	return name[0] != '\0' && !is_module_of_heaps(name);
}

/*
 * Linux 5.3 to 6.18, dma_buf_show_fdinfo(): "exp_name:" and a tab; if the DMA-BUF has a name, "name:" and a tab
 * on the last line. A name may contain a line break and anything behind it: the first match counts.
 */
static bool find_line(char const *text, char const *key, char *value, size_t size)
{
	char const *line = text;
	size_t length;

	while (line && strncmp(line, key, strlen(key)) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	value[0] = '\0';
	if (!line)
		return false;
	line += strlen(key);
	line += strspn(line, "\t") > 0;
	length = strcspn(line, "\n");
	if (length >= size)
		length = size - 1;
	memcpy(value, line, length);
	value[length] = '\0';
	return true;
}

/* The kernel writes the file as one record, which one read returns (seq_read_iter() in fs/seq_file.c of Linux 6.1). */
static ssize_t read_info(int fd, char *text, size_t size)
{
	IMXD_NO_CANCEL;
	ssize_t length;
	char path[40];
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = imxd_sys_open(path, O_RDONLY);
	if (info < 0)
		return info;
	length = imxd_sys_pread(info, text, size - 1, 0);
	imxd_sys_close(info);
	text[(length > 0) ? length : 0] = '\0';
	return length;
}

void imxd_exporter_name(int fd, char *name, size_t size)
{
	char text[512];

	name[0] = '\0';
	if (read_info(fd, text, sizeof(text)) >= 0)
		find_line(text, "exp_name:", name, size);
}

int imxd_dmabuf_get_name(int fd, char name[IMX_DMA_BUFFER_NAME_SIZE])
{
	char text[512], exporter[64];
	ssize_t length = read_info(fd, text, sizeof(text));

	name[0] = '\0';
	if (length < 0)
		return (int)length;
	if (!find_line(text, "exp_name:", exporter, sizeof(exporter)))
		return -ENOTSUP;
	find_line(text, "name:", name, IMX_DMA_BUFFER_NAME_SIZE);
	return 0;
}

int imxd_dmabuf_use(int fd, struct imxd_dmabuf_use *use)
{
	char text[512], value[64];
	ssize_t length = read_info(fd, text, sizeof(text));
	unsigned long number;

	if (length < 0)
		return (int)length;
	if (!find_line(text, "count:", value, sizeof(value)))
		return -ENOTSUP;
	number = strtoul(value, NULL, 10);
	if (number == 0 || number > INT_MAX)
		return -ENOTSUP;
	use->references = (int)number;
	use->is_named = find_line(text, "name:", value, sizeof(value)) && value[0] != '\0';
	return 0;
}
