/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All allocators, in the order of the search for a default: the identifier of the files and of imxd_IDENTIFIER_backend,
 * and the name. Meson, ./waf, the program and the tests read these lines, one for each mechanism. Meson writes those
 * that are built in to built_in.h, which core/selection.c includes.
 */
IMXD_BACKEND(dma_heap, "dma-heap")
IMXD_BACKEND(ion, "ion")
IMXD_BACKEND(dwl, "dwl")
IMXD_BACKEND(ipu, "ipu")
IMXD_BACKEND(g2d, "g2d")
IMXD_BACKEND(pxp, "pxp")
IMXD_BACKEND(host, "host")
