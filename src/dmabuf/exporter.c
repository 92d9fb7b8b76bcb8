/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exporter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/sys.h"

enum kind {
	/* A name that is not in the table. */
	UNKNOWN,
	/* A CMA area: contiguous and zeroed; uncached if the name ends in -uncached. */
	CMA,
	/* Single pages, cached. */
	SYSTEM,
	/* Not for general use. */
	SPECIAL
};

/*
 * All heap names, CMA heaps in order of preference. The kernel or the board's device tree gives the names: linux,cma
 * (NXP, mainline up to 6.16), default_cma_region (6.17), reserved and default-pool (device trees). A name with * stands
 * for all names that begin so.
 */
static struct {
	char const *name;
	enum kind kind;
} const heaps[] = {
	{"linux,cma", CMA},
	{"default_cma_region", CMA},
	{"reserved", CMA},
	{"default-pool", CMA},
	{"system*", SYSTEM},
	{"dsp*", SPECIAL},
	{"secure*", SPECIAL},
	{"protected*", SPECIAL},
};

#define COUNT (sizeof(heaps) / sizeof(heaps[0]))

static bool is_uncached(char const *name)
{
	size_t length = strlen(name), suffix = strlen(IMXD_UNCACHED_SUFFIX);

	return length > suffix && strcmp(name + length - suffix, IMXD_UNCACHED_SUFFIX) == 0;
}

static bool matches(char const *entry, char const *name)
{
	size_t length = strcspn(entry, "*");

	if (strncmp(entry, name, length) != 0)
		return false;
	return entry[length] == '*' || name[length] == '\0' || strcmp(name + length, IMXD_UNCACHED_SUFFIX) == 0;
}

static enum kind kind_of(char const *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (matches(heaps[i].name, name))
			return heaps[i].kind;
	return UNKNOWN;
}

bool imxd_heap_is_excluded(char const *name)
{
	enum kind kind = kind_of(name);

	return kind == SYSTEM || kind == SPECIAL;
}

char const *imxd_heap_known(size_t index)
{
	return (index < COUNT && heaps[index].kind == CMA) ? heaps[index].name : NULL;
}

/* A heap whose name is the board's own counts as a CMA heap if it has a node in /dev/dma_heap. */
static bool is_cma_heap(char const *name)
{
	enum kind kind = kind_of(name);
	char path[128];
	struct stat status;

	if (kind != UNKNOWN || name[0] == '\0' || strchr(name, '/'))
		return kind == CMA;
	snprintf(path, sizeof(path), IMXD_DMA_HEAP_DIRECTORY "/%s", name);
	return imxd_sys_stat(path, &status) == 0;
}

struct imxd_traits imxd_heap_traits(char const *name)
{
	struct imxd_traits traits = {.caps = IMXD_CAPS_DMABUF};

	if (kind_of(name) == SYSTEM) {
		traits.cached = IMX_DMA_BUFFER_TRISTATE_YES;
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_NO;
		traits.caps |= IMXD_CAP_ZEROED;
	} else if (is_cma_heap(name)) {
		traits.cached = is_uncached(name) ? IMX_DMA_BUFFER_TRISTATE_NO : IMX_DMA_BUFFER_TRISTATE_YES;
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
		traits.caps |= IMXD_CAP_ZEROED | IMXD_CAP_ALIGNED_BY_SIZE;
	}
	return traits;
}

/* Exporters other than heaps: Linux 6.1, drivers/dma-buf and drivers/media/common/videobuf2. */
struct imxd_traits imxd_exporter_traits(char const *name)
{
	static char const *const scattered[] = {"udmabuf", "videobuf2_dma_sg", "videobuf2_vmalloc"};
	struct imxd_traits traits = imxd_heap_traits(name);

	for (size_t i = 0; i < sizeof(scattered) / sizeof(scattered[0]); i++)
		if (strcmp(name, scattered[i]) == 0) {
			traits.cached = IMX_DMA_BUFFER_TRISTATE_YES;
			traits.contiguous = IMX_DMA_BUFFER_TRISTATE_NO;
		}
	/* vb2_dma_contig allocates with dma_alloc_coherent(): one segment. */
	if (strcmp(name, "videobuf2_dma_contig") == 0)
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	return traits;
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
