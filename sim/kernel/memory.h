/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory that the simulator hands out, and its physical addresses. The bytes are those of a memfd, or of a file in
 * the private directory.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIM_NAME_SIZE 64
#define SIM_HUGE_PAGE (UINT64_C(2) << 20)

/* The physical addresses of a memory: runs of `unit` bytes, `stride` bytes apart. */
struct sim_layout {
	uint64_t address; /* of the first byte; 0: no frames */
	uint64_t unit, stride;
	uint64_t shift; /* the address is this many bytes above an aligned one */
};

enum sim_memory_kind {
	SIM_BUFFER, /* a DMA-BUF of a heap */
	SIM_HUGE, /* a file in huge pages */
	SIM_PLAIN /* any other memfd */
};

/*
 * The header in the last page of a buffer's file. In front of it are the CPU's view and, if the buffer is cached, the
 * device's view, the CPU's lines as they were when both views were last equal, and one byte of state for each page.
 * So every process that receives the descriptor has the whole state.
 */
struct sim_header {
	char magic[16];
	struct sim_layout layout;
	uint64_t size;
	uint32_t cached;
	uint32_t attached;
	uint32_t readers, writers; /* fences of devices that are still at work */
	int32_t accesses; /* DMA_BUF_IOCTL_SYNC: starts minus ends */
	uint32_t accessed; /* how often devices read or wrote */
	uint32_t pfnmap; /* /proc/self/pagemap never shows the frames of its mappings */
	uint64_t hollow_size, hollow_address; /* reported by a DMA-BUF without memory of its own */
	char heap[SIM_NAME_SIZE];
	char exporter[SIM_NAME_SIZE];
	char name[32]; /* DMA_BUF_SET_NAME */
};

/* A DMA-BUF that udmabuf made of a range of a file. The file position of its descriptors identifies it. */
struct sim_slice {
	struct sim_slice *next;
	uint64_t id, offset, size;
	uint32_t attached;
	uint32_t readers, writers; /* as in struct sim_header */
	bool started; /* DMA_BUF_IOCTL_SYNC: there was a start, and ends succeed */
	char name[32];
	unsigned int references; /* found by the last sweep */
};

struct sim_memory {
	struct sim_memory *next; /* by address, lowest first */
	uint64_t device;
	uint64_t inode;
	enum sim_memory_kind kind;
	struct sim_layout layout;
	uint64_t size; /* with frames, in whole pages */
	uint64_t claimed; /* SIM_HUGE: bytes that occupy huge pages, mapped ones included */
	uint64_t allocated; /* SIM_HUGE: bytes that fallocate filled */
	uint8_t *view; /* the simulator's own mapping of the file, or NULL */
	size_t view_size;
	struct sim_header *header; /* SIM_BUFFER */
	struct sim_slice *slices; /* SIM_HUGE and SIM_PLAIN */
	unsigned int references; /* descriptors and mappings, found by the last sweep */
	unsigned int holds; /* blocks that keep the memory alive */
	bool in_file; /* the bytes are in a file, perhaps on a disk, not in a memfd */
	char *path; /* of that file, in the process that made it, or NULL */
	pid_t maker; /* the process that removes the file */
	bool is_shared; /* a descriptor was sent to another process */
	void *watch; /* of the observer */
};

/* Set if descriptors or mappings may have gone: the next sim_sweep() has work. */
extern bool sim_sweep_due;

struct sim_identity {
	uint64_t device, inode, size;
	mode_t mode;
};

/*
 * Identify the file of a descriptor. Makes the system call directly: a sanitizer must not see it as an access to the
 * descriptor.
 */
bool sim_identify(int fd, struct sim_identity *identity);

size_t sim_page_size(void);
uint64_t sim_round_up(uint64_t value, uint64_t unit);
/* The list of all memories, by address. */
struct sim_memory *sim_memories(void);
struct sim_memory *sim_memory_find(uint64_t device, uint64_t inode);
/* Add an open file to the list. Returns NULL with errno. */
struct sim_memory *sim_memory_add(int fd, enum sim_memory_kind kind);
/*
 * Give the memory frames for `size` bytes at the lowest free address, beginning at layout->address. The address is
 * layout->shift bytes above a multiple of the alignment.
 */
void sim_memory_place(struct sim_memory *memory, struct sim_layout const *layout, uint64_t size, uint64_t alignment);
/* Give the memory exactly these frames, even if other memory has them too. */
void sim_memory_keep(struct sim_memory *memory, struct sim_layout const *layout, uint64_t size);
/* Map `size` bytes of the file as the view, replacing an earlier view. Returns false with errno. */
bool sim_memory_look(struct sim_memory *memory, int fd, uint64_t size);
void sim_memory_remove(struct sim_memory *memory);
/* Remove all memories from the list. */
void sim_memory_reset(void);
/* The physical address of a byte, or 0. */
uint64_t sim_memory_address(struct sim_memory const *memory, uint64_t offset);

#endif /* SIM_MEMORY_H */
