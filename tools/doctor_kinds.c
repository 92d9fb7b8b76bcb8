/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"

struct doctor_text const doctor_texts[DOCTOR_KINDS] = {
	[DOCTOR_ENVIRONMENT] = {"environment", true, "an environment variable prevents the default allocator",
		"correct the variable, or remove it; imxdmabuffer info explains all of them"},
	[DOCTOR_KERNEL_CONFIG] = {"kernel-config", true, "the kernel was built without what DMA memory needs",
		"build the kernel with these options"},
	[DOCTOR_NO_CMA] = {"no-cma", true, "the kernel has no memory for contiguous allocations",
		"boot with cma=256M on the kernel's command line, or add a linux,cma node to reserved-memory in the device "
		"tree"},
	[DOCTOR_UDEV_RULE] = {"udev-rule", true, "udev has rules for heaps, but none for the heaps of this kernel",
		"match by subsystem, not by the names of one kernel: install 60-imxdmabuffer.rules, then run udevadm trigger"},
	[DOCTOR_DENIED] = {"denied", true, "a device cannot be opened, although its access rights permit it",
		"permit the device in the control group (DeviceAllow= of the systemd unit, --device of the container), in the "
		"security module, or in the system call filter"},
	[DOCTOR_CLOSED] = {"closed", true, "a device is closed to this user",
		"install 60-imxdmabuffer.rules, and add the user to the group of the device; this takes effect at the next "
		"login"},
	[DOCTOR_NO_ALLOCATOR] = {"no-allocator", true, "no allocator of a board is usable",
		"imxdmabuffer list prints the reason of each allocator; for development without such a board, use the "
		"allocator "
		"host by name"},
	[DOCTOR_NO_ADDRESS] = {"no-address", false,
		"physical addresses are unknown: programs that need them cannot allocate",
		"run as root on kernels before 6.8, use a kernel with DMA_BUF_IOCTL_PHYS, or import the DMA-BUF in place of "
		"passing addresses (IMXDMABUFFER_PHYSICAL_ADDRESS=optional)"},
	[DOCTOR_INCOHERENT] = {"incoherent", true,
		"the memory is cached, and nothing keeps it coherent for devices that are given an address",
		"use an uncached heap, a 64-bit program on arm64, or a kernel with DMA_BUF_IOCTL_PHYS; devices that import the "
		"DMA-BUF are served"},
	[DOCTOR_CMA_SMALL] = {"cma-small", false, "the CMA area is small: a decoder for 1080p needs 64 MiB or more",
		"boot with cma=256M on the kernel's command line, or enlarge linux,cma in the device tree"},
	[DOCTOR_CMA_FULL] = {"cma-full", false, "the CMA area is nearly used up",
		"imxdmabuffer top (as root) shows who holds the memory, and --diff who leaks it; enlarge the area"},
	[DOCTOR_CMA_FRAGMENTED] = {"cma-fragmented", false, "the free memory of the CMA area is fragmented",
		"imxdmabuffer map shows it; allocate large buffers early and keep them, for example in a pool"},
	[DOCTOR_HANTRO_HEAP] = {"hantro-heap", false,
		"libhantro is installed, but the uncached heap that it needs is missing",
		"use NXP's kernel, which has linux,cma-uncached beside linux,cma"},
	[DOCTOR_MEMORY_LIMIT] = {"memory-limit", false,
		"a control group leaves little memory for the program and for memory files (host); heaps do not count",
		"raise MemoryMax= of the systemd unit, or the limit of the container"},
	[DOCTOR_DESCRIPTORS] = {"descriptors", false, "the process may open few descriptors; each DMA-BUF needs one",
		"raise LimitNOFILE= of the systemd unit, or ulimit -n"},
	[DOCTOR_ADDRESS_SPACE] = {"address-space", false, "the address space of the process is limited; mappings need it",
		"raise LimitAS= of the systemd unit, or ulimit -v"},
	[DOCTOR_WORLD] = {"world-accessible", false, "every program may allocate all memory of a heap",
		"give the node the mode 0660 and a group: see 60-imxdmabuffer.rules"},
	[DOCTOR_PHYS_LOSES] = {"phys-loses-memory", false, "this kernel loses 256 bytes in each DMA_BUF_IOCTL_PHYS",
		"keep buffers and use a pool, use the uncached heap, or a newer kernel than NXP's 5.15"},
};
