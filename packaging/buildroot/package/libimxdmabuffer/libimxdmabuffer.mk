# SPDX-License-Identifier: LGPL-2.1-or-later
################################################################################
#
# libimxdmabuffer
#
################################################################################

# The tree that contains this directory.
LIBIMXDMABUFFER_VERSION = 1.3.0
LIBIMXDMABUFFER_SITE = $(BR2_EXTERNAL_IMXDMABUFFER_PATH)/../..
LIBIMXDMABUFFER_SITE_METHOD = local
LIBIMXDMABUFFER_LICENSE = LGPL-2.1+
LIBIMXDMABUFFER_LICENSE_FILES = LICENSE
LIBIMXDMABUFFER_INSTALL_STAGING = YES
LIBIMXDMABUFFER_DEPENDENCIES = host-pkgconf

LIBIMXDMABUFFER_CONF_OPTS = \
	-Dtests=disabled \
	-Dman=disabled \
	-Ddma-heap=$(if $(BR2_PACKAGE_LIBIMXDMABUFFER_DMA_HEAP),enabled,disabled) \
	-Dion=$(if $(BR2_PACKAGE_LIBIMXDMABUFFER_ION),enabled,disabled) \
	-Ddwl=$(if $(BR2_PACKAGE_LIBIMXDMABUFFER_DWL),enabled,disabled) \
	-Dipu=$(if $(BR2_PACKAGE_LIBIMXDMABUFFER_IPU),enabled,disabled) \
	-Dg2d=$(if $(BR2_PACKAGE_LIBIMXDMABUFFER_G2D),enabled,disabled) \
	-Dpxp=$(if $(BR2_PACKAGE_LIBIMXDMABUFFER_PXP),enabled,disabled)

ifeq ($(BR2_PACKAGE_LIBIMXDMABUFFER_TOOLS),y)
LIBIMXDMABUFFER_CONF_OPTS += -Dtools=enabled
LIBIMXDMABUFFER_DEPENDENCIES += json-c
else
LIBIMXDMABUFFER_CONF_OPTS += -Dtools=disabled
endif

$(eval $(meson-package))
