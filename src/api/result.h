/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_RESULT_H
#define IMXD_RESULT_H

#include "../backend/backend.h"

/*
 * Copy a structure that begins with struct_size to the caller's, whose struct_size may be of another version: members
 * that one of them lacks are left out or set to zero.
 */
void imxd_copy_result(void *result, void const *source, size_t size);

/* Check the caller's structure. Returns 0, or -EINVAL for NULL or a struct_size that is too small. */
int imxd_check_result(void const *result);

/*
 * Return the physical address of a DMA-BUF, or 0 after a report. device: one whose driver may have the address, or
 * NULL.
 */
imx_physical_address_t imxd_address_of_descriptor(struct imxd_device *device, int fd, int *error);

#endif /* IMXD_RESULT_H */
