/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's interface of /dev/udmabuf, as in include/uapi/linux/udmabuf.h of Linux 6.1.
 */
#ifndef IMXD_UAPI_UDMABUF_H
#define IMXD_UAPI_UDMABUF_H

#include <stdint.h>
#include <sys/ioctl.h>

struct imxd_udmabuf_create {
	uint32_t memfd; /* sealed against shrinking, not against writing */
	uint32_t flags;
	uint64_t offset; /* whole pages */
	uint64_t size; /* whole pages */
};

#define IMXD_UDMABUF_NODE "/dev/udmabuf"
#define IMXD_UDMABUF_FLAGS_CLOEXEC 1u
#define IMXD_UDMABUF_CREATE _IOW('u', 0x42, struct imxd_udmabuf_create)

#endif /* IMXD_UAPI_UDMABUF_H */
