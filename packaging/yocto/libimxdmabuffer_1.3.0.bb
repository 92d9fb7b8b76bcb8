# SPDX-License-Identifier: LGPL-2.1-or-later
SUMMARY = "Memory for DMA on NXP i.MX processors"
DESCRIPTION = "Allocates physically contiguous memory on NXP i.MX processors, with the mechanism that the library \
finds at run time."
SECTION = "libs"
LICENSE = "LGPL-2.1-or-later"
LIC_FILES_CHKSUM = "file://LICENSE;md5=38fa42a5a6425b26d2919b17b1527324"

# A tar archive of a release, in the directory libimxdmabuffer beside this recipe. Layers with another source set this.
LIBIMXDMABUFFER_URI ?= "file://${BP}.tar.xz"
SRC_URI = "${LIBIMXDMABUFFER_URI} file://run-ptest"
# BitBake compares the checksum of downloads only. scripts/release.sh prints it; an archive cannot contain its own.
SRC_URI[sha256sum] = "0000000000000000000000000000000000000000000000000000000000000000"

inherit meson pkgconfig ptest

# Building needs no header or library of a vendor, so this recipe also works for mainline BSPs. These are the mechanisms
# of the processor beyond the kernel's heaps, by meta-freescale's overrides, which other layers do not set.
LIBIMXDMABUFFER_SOC = ""
LIBIMXDMABUFFER_SOC:append:imxipu = " ipu"
LIBIMXDMABUFFER_SOC:append:imxpxp = " pxp"
LIBIMXDMABUFFER_SOC:append:mx8mm-nxp-bsp = " dwl"
LIBIMXDMABUFFER_SOC:append:mx8mp-nxp-bsp = " dwl"
LIBIMXDMABUFFER_SOC:append:mx8mq-nxp-bsp = " dwl"
LIBIMXDMABUFFER_SOC:append:imxgpu2d = " g2d"
LIBIMXDMABUFFER_SOC:append:mx93-nxp-bsp = " g2d"
# libg2d of the display unit cannot allocate.
LIBIMXDMABUFFER_SOC:remove:imxdpu = "g2d"

# For NXP's kernels before 5.15.5, use "ion" instead of "dma-heap-uncached". For kernels with neither heaps nor ION, use
# neither key: programs that choose at compile time, such as gstreamer-imx, then use the default allocator.
PACKAGECONFIG ??= "dma-heap-uncached tools ${LIBIMXDMABUFFER_SOC}"

# Heaps are found at run time, uncached ones first; a cached heap must be named. Some programs test the macros of
# imxdmabuffer_config.h at compile time, so the macros have the same values as with 1.x.
PACKAGECONFIG[dma-heap-uncached] = ",,,,,dma-heap-cached"
PACKAGECONFIG[dma-heap-cached] = ",,,,,dma-heap-uncached"
PACKAGECONFIG[ion] = "-Dion=enabled,-Dion=disabled"
PACKAGECONFIG[dwl] = "-Ddwl=enabled,-Ddwl=disabled,,,${LIBIMXDMABUFFER_HANTRO}"
PACKAGECONFIG[ipu] = "-Dipu=enabled,-Dipu=disabled"
PACKAGECONFIG[g2d] = "-Dg2d=enabled,-Dg2d=disabled,,,${LIBIMXDMABUFFER_G2D}"
PACKAGECONFIG[pxp] = "-Dpxp=enabled,-Dpxp=disabled"
PACKAGECONFIG[tools] = "-Dtools=enabled,-Dtools=disabled,json-c"
PACKAGECONFIG[manpages] = "-Dman=enabled,-Dman=disabled,scdoc-native"
PACKAGECONFIG[udev-rules] = "-Dudev-rules=enabled,-Dudev-rules=disabled,udev"

# Recommended, not required: without them, the library tries the next allocator.
LIBIMXDMABUFFER_HANTRO ?= "imx-vpu-hantro"
LIBIMXDMABUFFER_G2D ?= "imx-gpu-g2d"
LIBIMXDMABUFFER_G2D:mx93-nxp-bsp ?= "imx-pxp-g2d"

LIBIMXDMABUFFER_HEAP = "${@bb.utils.contains_any('PACKAGECONFIG', 'dma-heap-cached dma-heap-uncached', \
    'enabled', 'disabled', d)}"
LIBIMXDMABUFFER_NODE = "${@bb.utils.contains('PACKAGECONFIG', 'dma-heap-cached', '/dev/dma_heap/linux,cma', '', d)}"
LIBIMXDMABUFFER_MACROS = "${@bb.utils.contains('PACKAGECONFIG', 'dma-heap-uncached', \
    '-Ddma-heap-default-node-path=/dev/dma_heap/linux,cma-uncached -Ddma-heap-uncached-memory=true', '', d)}"

EXTRA_OEMESON = "-Ddma-heap=${LIBIMXDMABUFFER_HEAP} -Ddma-heap-device-node-path=${LIBIMXDMABUFFER_NODE} \
    ${LIBIMXDMABUFFER_MACROS} -Dtests=disabled"

do_install_ptest() {
    install -d ${D}${PTEST_PATH}
    install -m 0755 ${B}/test-alloc ${D}${PTEST_PATH}/
}

PACKAGE_BEFORE_PN = "${PN}-tools"
FILES:${PN}-tools = "${bindir}/imxdmabuffer ${datadir}/bash-completion"

# The recommendations differ from processor to processor.
PACKAGE_ARCH = "${@d.getVar('MACHINE_SOCARCH') or d.getVar('MACHINE_ARCH')}"
