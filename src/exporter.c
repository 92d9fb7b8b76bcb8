/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exporter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "sys.h"

/* What every DMA-BUF is. */
#define DMABUF (IMX_DMA_BUFFER_CAPABILITY_DMABUF | IMXD_CAP_DESCRIPTOR | IMXD_CAP_PINNED | IMXD_CAP_ASK_PHYS)

static char const uncached_suffix[] = "-uncached";

static bool begins_with(char const *name, char const *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool ends_uncached(char const *name)
{
	size_t length = strlen(name), suffix = sizeof(uncached_suffix) - 1;

	return length > suffix && strcmp(name + length - suffix, uncached_suffix) == 0;
}

bool imxd_heap_is_special(char const *name)
{
	return begins_with(name, "system") || begins_with(name, "dsp") || begins_with(name, "secure");
}

/* Names that the kernel gives to CMA heaps; other heaps are known by their node in /dev/dma_heap. */
static bool is_cma_heap(char const *name)
{
	static char const *const known[] = {"linux,cma", "default_cma_region", "reserved", "default-pool"};
	char path[128];
	struct stat status;

	if (name[0] == '\0' || imxd_heap_is_special(name) || strchr(name, '/'))
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (begins_with(name, known[i]) &&
			(name[strlen(known[i])] == '\0' || strcmp(name + strlen(known[i]), uncached_suffix) == 0))
			return true;
	snprintf(path, sizeof(path), IMXD_DMA_HEAP_DIRECTORY "/%s", name);
	return imxd_sys_stat(path, &status) == 0;
}

unsigned int imxd_heap_caps(char const *name)
{
	unsigned int caps = DMABUF;

	if (begins_with(name, "system"))
		return caps | IMX_DMA_BUFFER_CAPABILITY_CACHED | IMX_DMA_BUFFER_CAPABILITY_ZEROED;
	if (!is_cma_heap(name))
		return caps | IMX_DMA_BUFFER_CAPABILITY_CACHED | IMXD_CAP_MAYBE_CONTIGUOUS;
	caps |= IMX_DMA_BUFFER_CAPABILITY_ZEROED | IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMXD_CAP_ALIGNED_BY_SIZE;
	return ends_uncached(name) ? caps : caps | IMX_DMA_BUFFER_CAPABILITY_CACHED;
}

unsigned int imxd_exporter_caps(char const *name)
{
	/* Exporters that gather single pages: Linux 6.1, drivers/dma-buf and drivers/media/common/videobuf2. */
	static char const *const scattered[] = {
		"system",
		"system-uncached",
		"udmabuf",
		"videobuf2_dma_sg",
		"videobuf2_vmalloc",
	};
	unsigned int caps = DMABUF | IMX_DMA_BUFFER_CAPABILITY_CACHED;

	if (is_cma_heap(name))
		return imxd_heap_caps(name);
	for (size_t i = 0; i < sizeof(scattered) / sizeof(scattered[0]); i++)
		if (strcmp(name, scattered[i]) == 0)
			return caps;
	/* vb2_dma_contig allocates with dma_alloc_coherent: one segment. */
	if (strcmp(name, "videobuf2_dma_contig") == 0)
		return caps | IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS;
	return caps | IMXD_CAP_MAYBE_CONTIGUOUS;
}

/*
 * Linux 5.3 to 6.18, dma_buf_show_fdinfo(): "exp_name:" and a tab, and where there is a name as the last line "name:"
 * and a tab. A name may hold anything, also what looks like a line: the first match counts.
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

static ssize_t read_info(int fd, char *text, size_t size)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return imxd_sys_read_text(path, text, size);
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
