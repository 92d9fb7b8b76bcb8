/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that the simulator hands out, always that of a memfd: its physical addresses, its life, its mappings, and the
 * two views of it. All functions need the lock.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIM_NAME_SIZE 64
#define SIM_HUGE_PAGE (UINT64_C(2) << 20)

/* Where the frames of a memory are: runs of `unit` bytes, `stride` bytes apart. */
struct sim_layout {
	uint64_t address; /* of the first byte; 0: no frames */
	uint64_t unit, stride;
	uint64_t shift; /* the address is so far behind an aligned one */
};

enum sim_memory_kind {
	SIM_BUFFER, /* a DMA-BUF of a heap */
	SIM_HUGE, /* a file in huge pages */
	SIM_PLAIN /* any other memfd */
};

/*
 * In the last page of a heap buffer's memfd, after the CPU's view, the device's view, the CPU's lines as they were when
 * both were last equal, and one byte of state a page. So the buffer is whole in every process that gets its descriptor.
 */
struct sim_header {
	char magic[16];
	struct sim_layout layout;
	uint64_t size;
	uint32_t cached;
	uint32_t attached;
	uint32_t pfnmap; /* /proc/self/pagemap never shows frames of mappings */
	uint64_t hollow_size, hollow_address; /* a DMA-BUF without memory of its own tells these */
	char heap[SIM_NAME_SIZE];
	char exporter[SIM_NAME_SIZE];
	char name[32]; /* DMA_BUF_SET_NAME */
};

/* A DMA-BUF that udmabuf made of a range of a file. Its descriptors' file position tells which one it is. */
struct sim_part {
	struct sim_part *next;
	uint64_t id, offset, size;
	uint32_t attached;
	char name[32];
	unsigned int references; /* found by the last sweep */
};

struct sim_memory {
	struct sim_memory *next; /* by address, lowest first */
	uint64_t device;
	uint64_t inode;
	enum sim_memory_kind kind;
	struct sim_layout layout;
	uint64_t size; /* that has frames, in whole pages */
	uint64_t claimed; /* SIM_HUGE: bytes that occupy huge pages, mapped ones included */
	uint64_t allocated; /* SIM_HUGE: bytes that fallocate filled */
	uint8_t *view; /* the simulator's own mapping of everything, or NULL */
	size_t view_size;
	struct sim_header *header; /* SIM_BUFFER */
	struct sim_part *parts; /* SIM_HUGE and SIM_PLAIN */
	unsigned int references; /* descriptors and mappings, found by the last sweep */
	unsigned int holds; /* blocks, that keep it alive */
	bool in_file; /* beneath is no memfd, but a file on a disk perhaps */
	char *path; /* of such a file, in the process that made it, or NULL */
	pid_t maker; /* who removes that */
};

/* memory.c: the memories that are known */

struct sim_identity {
	uint64_t device, inode, size;
	mode_t mode;
};

/* What file a descriptor stands for. A system call of its own: sanitizers must not take it for a use of the file. */
bool sim_identify(int fd, struct sim_identity *identity);

size_t sim_page_size(void);
uint64_t sim_round_up(uint64_t value, uint64_t unit);
/* All that are known, by address. */
struct sim_memory *sim_memories(void);
struct sim_memory *sim_memory_find(uint64_t device, uint64_t inode);
/* Takes note of an open memfd. NULL with errno. */
struct sim_memory *sim_memory_add(int fd, enum sim_memory_kind kind);
/* Gives it frames for `size` bytes, aligned but for the shift, at the lowest free place from layout->address on. */
void sim_memory_place(struct sim_memory *memory, struct sim_layout const *layout, uint64_t size, uint64_t alignment);
/* Gives it exactly these frames, although others may have them too. */
void sim_memory_keep(struct sim_memory *memory, struct sim_layout const *layout, uint64_t size);
/* Maps `size` bytes of it for the simulator itself, again if that was done before. False with errno. */
bool sim_memory_look(struct sim_memory *memory, int fd, uint64_t size);
void sim_memory_remove(struct sim_memory *memory);
/* Forgets everything. */
void sim_memory_reset(void);
uint64_t sim_memory_address(struct sim_memory const *memory, uint64_t offset);

/* life.c: what is still alive */

/* Descriptors or mappings may have gone: the next sweep has to look. */
void sim_life_changed(void);
/* Looks, unless nothing has changed, and drops memory that has neither descriptor, mapping nor attachment. */
void sim_sweep(void);
/* Looks in any case. */
void sim_sweep_now(void);

/* buffer.c: the memfd of a heap's DMA-BUF */

/* Makes one. Returns the descriptor or -1 with errno. */
int sim_buffer_create(struct sim_header const *kind, uint64_t alignment, int flags);
/* The same in a file, without a descriptor. NULL with errno. */
struct sim_memory *sim_buffer_create_file(struct sim_header const *kind, uint64_t alignment);
/* Takes note of a heap buffer that came from elsewhere; NULL if fd is none. */
struct sim_memory *sim_buffer_adopt(int fd);

/* Where the memfd of a hollow one has nothing, not even zeros: touching a mapping of that is an error. */
uint64_t sim_buffer_nothing(struct sim_memory const *memory);

/* coherency.c: the views of a cached heap buffer; of other memory there is one view */

void sim_clean(struct sim_memory *memory, uint64_t offset, uint64_t length);
void sim_invalidate(struct sim_memory *memory, uint64_t offset, uint64_t length);
bool sim_device_access(struct sim_memory *memory, uint64_t offset, void *data, size_t length, bool write);

/* maps.c: where simulated memory is mapped */

struct sim_mapping {
	struct sim_mapping *next;
	uintptr_t start, end;
	uint64_t device;
	uint64_t inode;
	uint64_t offset; /* in the file */
	uint64_t part; /* of udmabuf, or 0 */
	uint64_t file; /* of a node: the open file that it keeps open, or 0 */
	bool dmabuf;
	bool huge;
};

void sim_mapping_add(struct sim_mapping const *mapping);
/* Whether any of the range is simulated memory. */
bool sim_mapping_meets(uintptr_t start, uintptr_t end);
/* What munmap and MAP_FIXED do. Returns whether any of it was simulated. */
bool sim_mapping_cut(uintptr_t start, uintptr_t end);
struct sim_mapping const *sim_mapping_find(uintptr_t address);
/* Whether a part of udmabuf is mapped; with 0, whether other memory is. */
bool sim_mapping_of_part(struct sim_memory const *memory, uint64_t part);
bool sim_mapping_of_file(uint64_t file);
/* Where the next mapping is to be made, if the caller does not say; NULL: the kernel may choose. */
void *sim_mapping_place(void *address, size_t length);
/* Whether a mapping of huge pages would be cut within a huge page. */
bool sim_mapping_splits_huge(uintptr_t start, uintptr_t end);

#endif /* SIM_MEMORY_H */
