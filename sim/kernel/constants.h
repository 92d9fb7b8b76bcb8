/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Constants of sim.h that the lower floors use as well.
 */
#ifndef SIM_CONSTANTS_H
#define SIM_CONSTANTS_H

/* A line of the CPU's cache, in bytes. */
#define SIM_LINE_SIZE 64
/* The content of memory that nothing has cleared. */
#define SIM_GARBAGE 0xA5

/*
 * Kinds of calls. SIM_CALL_ANY counts every interposed call. The other kinds count calls on simulated objects (nodes
 * and their directory, DMA-BUFs, all files of memfd_create(), and the files in /proc that show these), calls on Unix
 * sockets, and calls that ask for the limits or the release of the system.
 */
enum sim_call {
	SIM_CALL_ANY, /* every interposed call, on any object */
	SIM_CALL_OPEN, /* also fopen */
	SIM_CALL_CLOSE,
	SIM_CALL_STAT, /* stat, lstat, fstat, fstatat, statx, fstatfs */
	SIM_CALL_ACCESS,
	SIM_CALL_READLINK,
	SIM_CALL_OPENDIR,
	SIM_CALL_DUP, /* dup, dup2, dup3, fcntl with F_DUPFD or F_DUPFD_CLOEXEC */
	SIM_CALL_FCNTL, /* fcntl with other commands */
	SIM_CALL_LSEEK,
	SIM_CALL_READ,
	SIM_CALL_PREAD,
	SIM_CALL_MMAP,
	SIM_CALL_MUNMAP,
	SIM_CALL_MPROTECT,
	SIM_CALL_MEMFD_CREATE,
	SIM_CALL_FALLOCATE,
	SIM_CALL_FTRUNCATE,
	SIM_CALL_SENDMSG, /* these four on Unix sockets */
	SIM_CALL_RECVMSG,
	SIM_CALL_GETSOCKOPT,
	SIM_CALL_POLL, /* also on DMA-BUFs */
	SIM_CALL_GETRLIMIT, /* with RLIMIT_FSIZE */
	SIM_CALL_UNAME,
	SIM_CALL_IOCTL, /* every ioctl; the kinds from here to SIM_CALL_GEM_CLOSE count here too */
	SIM_CALL_HEAP_ALLOC, /* DMA_HEAP_IOCTL_ALLOC */
	SIM_CALL_SYNC, /* DMA_BUF_IOCTL_SYNC */
	SIM_CALL_PHYS, /* DMA_BUF_IOCTL_PHYS, in any encoding */
	SIM_CALL_EXPORT_SYNC_FILE, /* DMA_BUF_IOCTL_EXPORT_SYNC_FILE */
	SIM_CALL_IMPORT_SYNC_FILE, /* DMA_BUF_IOCTL_IMPORT_SYNC_FILE */
	SIM_CALL_DMABUF_IMX, /* DMABUF_GET_PHYS */
	SIM_CALL_UDMABUF, /* UDMABUF_CREATE */
	SIM_CALL_ION_ALLOC, /* ION_IOC_ALLOC of either interface, and so for the other ioctls of ION */
	SIM_CALL_ION_FREE,
	SIM_CALL_ION_MAP,
	SIM_CALL_ION_SHARE,
	SIM_CALL_ION_IMPORT,
	SIM_CALL_ION_CUSTOM,
	SIM_CALL_ION_SYNC,
	SIM_CALL_ION_QUERY,
	SIM_CALL_ION_GET_PHYS,
	SIM_CALL_IPU_ALLOC,
	SIM_CALL_IPU_FREE,
	SIM_CALL_PXP_GET, /* PXP_IOC_GET_PHYMEM of any size, and so for the other ioctls of the PxP */
	SIM_CALL_PXP_PUT,
	SIM_CALL_PXP_FLUSH,
	SIM_CALL_PXP_EXPBUF,
	SIM_CALL_DRM_VERSION, /* ioctls of render nodes */
	SIM_CALL_PRIME_IMPORT, /* DRM_IOCTL_PRIME_FD_TO_HANDLE */
	SIM_CALL_GEM_CLOSE,
	SIM_CALL_G2D_OPEN, /* calls of the libraries in sim/vendor, which count under no other kind */
	SIM_CALL_G2D_CLOSE,
	SIM_CALL_G2D_ALLOC,
	SIM_CALL_G2D_FREE,
	SIM_CALL_G2D_CACHE_OP,
	SIM_CALL_G2D_COPY,
	SIM_CALL_G2D_DRAW, /* g2d_clear, g2d_blit */
	SIM_CALL_G2D_EXPORT, /* g2d_buf_export_fd */
	SIM_CALL_G2D_IMPORT, /* g2d_buf_from_fd */
	SIM_CALL_DWL_INIT,
	SIM_CALL_DWL_RELEASE,
	SIM_CALL_DWL_MALLOC,
	SIM_CALL_DWL_FREE,
	SIM_CALL_DWL_FLUSH,
	SIM_CALLS
};

/* Cache operations of the process itself (statement cpu). Each instruction counts once. */
enum sim_cache_operation {
	SIM_LINE_CLEAN, /* DC CVAC: clean a line */
	SIM_LINE_CLEAN_INVALIDATE, /* DC CIVAC: clean and invalidate a line */
	SIM_BARRIER_BEFORE, /* DMB SY, before maintenance for the CPU's reads */
	SIM_BARRIER_AFTER, /* DSB SY, after maintenance */
	SIM_CACHE_OPERATIONS
};

#endif /* SIM_CONSTANTS_H */
