/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The type of a physical address.
 */
#ifndef IMXDMABUFFER_PHYSADDR_H
#define IMXDMABUFFER_PHYSADDR_H

/*
 * A physical address as devices that are not behind an MMU use it. It is as wide as a pointer: 4 bytes in 32-bit
 * programs, 8 bytes in 64-bit ones. 0 stands for "no address": no buffer of this library begins there.
 */
typedef unsigned long imx_physical_address_t;

/* Conversion for printf, with the leading 0x: printf("%" IMX_PHYSICAL_ADDRESS_FORMAT, address). */
#define IMX_PHYSICAL_ADDRESS_FORMAT "#lx"

#endif /* IMXDMABUFFER_PHYSADDR_H */
