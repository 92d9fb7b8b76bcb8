/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../base/sys.h"

enum kind {
	/* A name that is not in the table. */
	UNKNOWN,
	/* A CMA area: contiguous and zeroed. */
	CMA,
	/* A fixed area: contiguous. Whether it is zeroed is not known, and its blocks have the alignment of pages. */
	CARVEOUT,
	/* Single pages, cached. */
	SYSTEM,
	/* Not for general use, or a name that says nothing. */
	SPECIAL
};

/*
 * All heap names, CMA heaps in order of preference. The kernel or the board's device tree gives the names: linux,cma
 * (NXP, mainline up to 6.16), default_cma_region (6.17), reserved and default-pool (device trees). A name with * stands
 * for all names that begin so. Names from device trees may have a unit address: linux,cma@58000000.
 *
 * Of other vendors: cma is the CMA heap of Rockchip's kernels, carveout_NODE a heap of TI's kernels, and vidbuf_cached
 * a link on Raspberry Pi OS to the CMA heap or to the system heap. See docs/neighbours.md.
 */
static struct {
	char const *name;
	enum kind kind;
} const heaps[] = {
	{"linux,cma", CMA},
	{"default_cma_region", CMA},
	{"reserved", CMA},
	{"default-pool", CMA},
	{"cma", CMA},
	{"carveout_*", CARVEOUT},
	{"system*", SYSTEM},
	{"vidbuf_cached", SPECIAL},
	{"dsp*", SPECIAL},
	{"secure*", SPECIAL},
	{"protected*", SPECIAL},
};

#define COUNT (sizeof(heaps) / sizeof(heaps[0]))

static bool ends_in(char const *name, char const *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length >= end && strcmp(name + length - end, suffix) == 0;
}

/*
 * Heaps of coherent pools map their memory as the kernel's DMA API does: without a need for cache maintenance. The word
 * begins the name or a part of it behind a comma; in any other place, such as non-coherent, the memory is taken for
 * cached.
 */
static bool is_uncached(char const *name)
{
	char const *part = strrchr(name, ',');

	part = part ? part + 1 : name;
	return strncmp(part, "coherent", strlen("coherent")) == 0 || ends_in(name, IMXD_UNCACHED_SUFFIX);
}

/* Return what follows the entry in the name, without a unit address; NULL if the name begins differently. */
static char const *rest_of(char const *entry, char const *name)
{
	size_t length = strcspn(entry, "*");

	if (strncmp(entry, name, length) != 0)
		return NULL;
	name += length;
	if (entry[length] == '*')
		return "";
	if (name[0] == '@' && name[1] != '\0')
		name += 1 + strspn(name + 1, "0123456789abcdefABCDEF");
	return name;
}

static enum kind kind_of(char const *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		char const *rest = rest_of(heaps[i].name, name);

		if (rest && (rest[0] == '\0' || strcmp(rest, IMXD_UNCACHED_SUFFIX) == 0))
			return heaps[i].kind;
	}
	return UNKNOWN;
}

int imxd_heap_own_name(int fd, char *name, size_t size)
{
	char path[64], link[256], *slash;
	struct stat status;

	if (imxd_sys_fstat(fd, &status) < 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (imxd_sys_read_link(path, link, sizeof(link)) < 0)
		return -ENOENT;
	slash = strrchr(link, '/');
	if (!slash || !strstr(link, "/dma_heap/") || strlen(slash + 1) >= size)
		return -ENOENT;
	memcpy(name, slash + 1, strlen(slash + 1) + 1);
	return 0;
}

bool imxd_heap_exists(char const *name)
{
	static char const *const directories[] = {IMXD_DMA_HEAP_DIRECTORY, "/sys/class/dma_heap"};
	struct stat status;
	char path[128];

	if (name[0] == '\0' || strchr(name, '/'))
		return false;
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		int length = snprintf(path, sizeof(path), "%s/%s", directories[i], name);

		if ((size_t)length < sizeof(path) && imxd_sys_stat(path, &status) == 0)
			return true;
	}
	return false;
}

bool imxd_heap_is_known(char const *name)
{
	enum kind kind = kind_of(name);

	return kind != UNKNOWN && kind != CARVEOUT;
}

bool imxd_heap_is_excluded(char const *name)
{
	enum kind kind = kind_of(name);

	return kind == CARVEOUT || kind == SYSTEM || kind == SPECIAL;
}

char const *imxd_heap_known(size_t index)
{
	return (index < COUNT && heaps[index].kind == CMA) ? heaps[index].name : NULL;
}

bool imxd_heap_has_unit_address(char const *name, size_t index)
{
	char const *rest = rest_of(heaps[index].name, name);

	return rest && name[strlen(heaps[index].name)] == '@' && rest[0] == '\0';
}

struct imxd_traits imxd_heap_traits(char const *name)
{
	enum kind kind = kind_of(name);
	struct imxd_traits traits = {.caps = IMXD_CAPS_DMABUF | IMXD_CAP_SYNCS_ATTACHED};

	if (kind == SYSTEM) {
		traits.cached = IMX_DMA_BUFFER_TRISTATE_YES;
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_NO;
		traits.caps |= IMXD_CAP_ZEROED;
	} else if (kind == CARVEOUT) {
		/* The name is that of a node in the device tree: a suffix says nothing. */
		traits.cached = IMX_DMA_BUFFER_TRISTATE_YES;
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	} else if (kind != SPECIAL) {
		traits.cached = is_uncached(name) ? IMX_DMA_BUFFER_TRISTATE_NO : IMX_DMA_BUFFER_TRISTATE_YES;
		traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
		traits.caps |= IMXD_CAP_ZEROED | IMXD_CAP_ALIGNED_BY_SIZE;
	}
	return traits;
}
