/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the table of docs/boards.md says, as machines. Only kernels with which the processors were shipped.
 */
#include "boards.h"

/* NXP's kernels: the newest one, 5.10 with both DMA-BUF heaps and ION, and older ones with ION. */
#define NEW "release 6.12.20; phys native; heap linux,cma-uncached; heap linux,cma; heap system scattered; "
#define WITH_BOTH                                                                                                      \
	"release 5.10.72; phys native; exporter module; heap linux,cma; heap system scattered; "                           \
	"ion new heap linux,cma id=1 heap system id=0 type=system; "
#define WITH_ION "release 5.4.70; phys native; ion new heap linux,cma id=1 heap system id=0 type=system; "
#define WITH_OLD_ION "release 4.14.98; phys old; ion new heap linux,cma id=1; "
/* A distribution's kernel: no addresses, no uncached heap. */
#define MAINLINE "release 6.12.20; phys absent; pagemap pfnmap; heap reserved; heap system scattered; "

#define ARM64 "cpu arm64; "

#define NEW_GPU                                                                                                        \
	{                                                                                                                  \
		"g2d-wide", "hantro"                                                                                           \
	}
#define OLD_GPU                                                                                                        \
	{                                                                                                                  \
		"g2d-old", "hantro"                                                                                            \
	}
#define PXP                                                                                                            \
	{                                                                                                                  \
		"g2d-pxp"                                                                                                      \
	}

struct board const boards[] = {
	{"imx6q", "i.MX 6Quad, NXP 6.12: heaps, IPU, GPU", NEW "ipu on; g2d on", {"g2d-wide"}},
	{"imx6q/4.14", "i.MX 6Quad, NXP 4.14: ION, IPU, GPU", WITH_OLD_ION "ipu on; g2d on", {"g2d-old"}},
	{"imx6q/mainline", "i.MX 6Quad, mainline: a cached heap, no addresses", MAINLINE "render etnaviv", {NULL}},
	{"imx6ull", "i.MX 6ULL, NXP 6.12: heaps, PxP", NEW "pxp 3", PXP},
	{"imx6ull/5.4", "i.MX 6ULL, NXP 5.4: ION, PxP", WITH_ION "pxp 2", {NULL}},
	{"imx6ull/mainline", "i.MX 6ULL, mainline: a cached heap, no addresses", MAINLINE, {NULL}},
	{"imx7d", "i.MX 7Dual, NXP 6.12: heaps, PxP", NEW "pxp 3", PXP},
	{"imx7d/5.4", "i.MX 7Dual, NXP 5.4: ION, PxP", WITH_ION "pxp 2", {NULL}},
	{"imx7d/mainline", "i.MX 7Dual, mainline: a cached heap, no addresses", MAINLINE, {NULL}},
	{"imx8mm", "i.MX 8M Mini, NXP 6.12: heaps, GPU, Hantro", ARM64 NEW "g2d on; dwl on", NEW_GPU},
	{"imx8mm/5.4", "i.MX 8M Mini, NXP 5.4: ION, GPU, Hantro", ARM64 WITH_ION "g2d on; dwl on memory=/dev/ion", OLD_GPU},
	{"imx8mm/mainline", "i.MX 8M Mini, mainline: a cached heap, no addresses", ARM64 MAINLINE "render etnaviv", {NULL}},
	{"imx8mp", "i.MX 8M Plus, NXP 6.12: heaps, GPU, Hantro", ARM64 NEW "g2d on; dwl on", NEW_GPU},
	{"imx8mp/5.10", "i.MX 8M Plus, NXP 5.10: one heap, ION, GPU, Hantro",
		ARM64 WITH_BOTH "g2d on; dwl on memory=/dev/ion", OLD_GPU},
	{"imx8mp/mainline", "i.MX 8M Plus, mainline: a cached heap, no addresses", ARM64 MAINLINE "render etnaviv", {NULL}},
	{"imx8qm", "i.MX 8QuadMax, NXP 6.12: heaps, SMMU", ARM64 NEW "iommu DMA", {NULL}},
	{"imx8qxp", "i.MX 8QuadXPlus, NXP 6.12: heaps, SMMU", ARM64 NEW "iommu DMA", {NULL}},
	{"imx91", "i.MX 91, NXP 6.12: heaps", ARM64 NEW, {NULL}},
	{"imx93", "i.MX 93, NXP 6.12: heaps, PxP", ARM64 NEW "pxp 3", PXP},
	{"imx93/mainline", "i.MX 93, mainline: a cached heap, no addresses", ARM64 MAINLINE, {NULL}},
	{"imx94", "i.MX 94, NXP 6.12: heaps, PxP", ARM64 NEW "pxp 3", PXP},
	{"imx95", "i.MX 95, NXP 6.12: heaps, SMMU", ARM64 NEW "iommu DMA", {NULL}},
	{"imx95/mainline", "i.MX 95, mainline: a cached heap, SMMU", ARM64 MAINLINE "render panthor; iommu DMA", {NULL}},
	{NULL, NULL, NULL, {NULL}},
};
