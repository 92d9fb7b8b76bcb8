/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that call the kernel themselves.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "mistakes.h"

/* DMA_BUF_IOCTL_SYNC, as programs without the library call it. */
#define SYNC_IOCTL _IOW('b', 0, uint64_t)
#define SYNC_READ 1
#define SYNC_WRITE 2
#define SYNC_END 4

static void sync_dmabuf(uint64_t flags)
{
	ioctl(imx_dma_buffer_get_fd(buffer), SYNC_IOCTL, &flags);
}

void sync_only_reads(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	char data[SIZE];
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	imxdmabuffer_sim_attach(fd);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | (mended ? SYNC_WRITE : 0) | SYNC_END);
	imxdmabuffer_sim_read_fd(fd, 0, data, sizeof(data));
	munmap(bytes, SIZE);
	imxdmabuffer_sim_detach(fd);
}

void sync_too_late(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	imxdmabuffer_sim_attach(fd);
	if (!mended)
		memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 2, SIZE);
	sync_dmabuf(SYNC_READ | SYNC_WRITE | SYNC_END);
	munmap(bytes, SIZE);
	imxdmabuffer_sim_detach(fd);
}

void detach_dirty(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	imxdmabuffer_sim_attach(fd);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | (mended ? SYNC_WRITE : 0) | SYNC_END);
	imxdmabuffer_sim_detach(fd);
	munmap(bytes, SIZE);
}

/* Only attached devices are served. */
void sync_by_kernel(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mended)
		imxdmabuffer_sim_attach(fd);
	device_writes(1);
	sync_dmabuf(SYNC_READ);
	add(bytes);
	sync_dmabuf(SYNC_READ | SYNC_END);
	munmap(bytes, SIZE);
	if (mended)
		imxdmabuffer_sim_detach(fd);
}

void move_mapping(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);
	void *place = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	bytes = mremap(bytes, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	imxdmabuffer_sim_attach(fd);
	sync_dmabuf(SYNC_READ | SYNC_WRITE);
	memset(bytes, 1, SIZE);
	sync_dmabuf(SYNC_READ | SYNC_WRITE | SYNC_END);
	munmap(bytes, SIZE);
	imxdmabuffer_sim_detach(fd);
}
