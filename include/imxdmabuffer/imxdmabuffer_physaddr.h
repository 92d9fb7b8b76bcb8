/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The type of physical addresses.
 */
#ifndef IMXDMABUFFER_PHYSADDR_H
#define IMXDMABUFFER_PHYSADDR_H

/** @addtogroup facts
 *  @{ */

/*
 * A physical address, as devices without an IOMMU use it. It is as wide as a pointer: 4 bytes in 32-bit programs, 8
 * bytes in 64-bit ones. 0 means "no address": no buffer of this library begins at address 0.
 */
typedef unsigned long imx_physical_address_t;

/* Conversion for printf, with a leading 0x, except for 0: printf("%" IMX_PHYSICAL_ADDRESS_FORMAT, address). */
#define IMX_PHYSICAL_ADDRESS_FORMAT "#lx"

/** @} */

#endif /* IMXDMABUFFER_PHYSADDR_H */
