/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of the DRM interface that imports DMA-BUFs, as in include/uapi/drm/drm.h of Linux 6.1.
 */
#ifndef IMXD_UAPI_DRM_H
#define IMXD_UAPI_DRM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define IMXD_DRM_DIRECTORY "/dev/dri"
/* Render nodes allocate and import memory only. Other nodes control displays, and one program at a time may do that. */
#define IMXD_DRM_RENDER_PREFIX "renderD"

/* Sizes count without a terminator, and the kernel writes none. */
struct imxd_drm_version {
	int version_major;
	int version_minor;
	int version_patchlevel;
	size_t name_size;
	char *name;
	size_t date_size;
	char *date;
	size_t description_size;
	char *description;
};

struct imxd_drm_gem_close {
	uint32_t handle;
	uint32_t pad;
};

/* An import of the same DMA-BUF through the same open file returns the same handle again. */
struct imxd_drm_prime_handle {
	uint32_t handle;
	uint32_t flags;
	int32_t fd;
};

#define IMXD_DRM_VERSION _IOWR('d', 0x00, struct imxd_drm_version)
#define IMXD_DRM_GEM_CLOSE _IOW('d', 0x09, struct imxd_drm_gem_close)
#define IMXD_DRM_PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct imxd_drm_prime_handle)

#endif /* IMXD_UAPI_DRM_H */
