/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The description of a DMA-BUF in /proc/self/fdinfo, and the facts that follow from its exporter's name.
 */
#ifndef IMXD_EXPORTER_H
#define IMXD_EXPORTER_H

#include "block.h"

/* Traits of DMA-BUFs from an exporter of this name. */
struct imxd_traits imxd_exporter_traits(char const *name);

/* Is the exporter of a heap's DMA-BUF named like the heap? Before Linux 5.13 it is named like its module. */
bool imxd_exporter_names_heap(char const *name);

/* Read the exporter's name of a DMA-BUF (exp_name in /proc/self/fdinfo), "" if the kernel has none. */
void imxd_exporter_name(int fd, char *name, size_t size);

/*
 * Read the name of a DMA-BUF, "" if it has none. Returns 0, a negative errno code if /proc/self/fdinfo cannot be read,
 * -ENOTSUP if the kernel (before 5.3) does not describe DMA-BUFs there. Sets no message.
 */
int imxd_dmabuf_get_name(int fd, char name[IMX_DMA_BUFFER_NAME_SIZE]);

/* Who uses a DMA-BUF, from /proc/self/fdinfo. */
struct imxd_dmabuf_use {
	/* Descriptors of all processes, mappings, importers ("count", since Linux 5.3). */
	int references;
	bool is_named;
};

/* Returns 0 with *use, or a negative errno code. Sets no message. */
int imxd_dmabuf_use(int fd, struct imxd_dmabuf_use *use);

#endif /* IMXD_EXPORTER_H */
