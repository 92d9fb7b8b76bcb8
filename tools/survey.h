/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The DMA-BUFs of the system and the processes that hold them, from /proc. A process sees what it could trace, so only
 * root sees all. A buffer that no process holds, but a driver, is not found.
 */
#ifndef TOOLS_SURVEY_H
#define TOOLS_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a process has of a buffer. */
struct holder {
	/* Index in survey.processes. */
	size_t process;
	unsigned int descriptors, mappings;
};

struct dmabuf {
	uint64_t inode, size;
	/* References to the file: descriptors, mappings, and users in the kernel. 0: unknown, the buffer is only mapped. */
	uint64_t references;
	/* Texts of the kernel and of programs; bytes that are not printable ASCII are replaced. "": unknown. */
	char exporter[64], name[64];
	struct holder *holders;
	size_t count;
};

struct process {
	pid_t pid;
	char name[32];
	/* All buffers that the process holds, each once. */
	size_t buffers;
	uint64_t bytes;
};

struct survey {
	struct dmabuf *buffers;
	size_t count;
	struct process *processes;
	size_t process_count;
	/* Processes that may hold buffers, but cannot be read. */
	size_t unreadable;
	/* Descriptors of DMA-BUFs that cannot be told apart, before Linux 5.3. */
	size_t indistinct;
	/* Does /proc hide the processes of other users? */
	bool hides;
	/* Of survey.c: a hash table of indices in `buffers`, plus 1. The number of its places is a power of two. */
	size_t *places, place_count;
};

/*
 * survey_read.c: read /proc. only: one process; 0: all. Returns 0, or -1 with errno: ENOMEM, ESRCH: no such process, or
 * of /proc.
 */
int survey_take(struct survey *survey, pid_t only);

void survey_free(struct survey *survey);

/* For the reader: return the buffer with this inode, a new one if it is not known, or NULL without memory. */
struct dmabuf *survey_add_buffer(struct survey *survey, uint64_t inode);

/* For the reader: return what a process, by its index, has of a buffer, or NULL without memory. */
struct holder *survey_add_holder(struct dmabuf *buffer, size_t process);

/* For the reader: add a process. Returns 0, or -1 without memory. */
int survey_add_process(struct survey *survey, struct process const *process);

/* For the reader, when all is added: count the buffers of each process, and sort the holders. */
void survey_finish(struct survey *survey);

/* Sort the buffers. */
void survey_sort(struct survey *survey, int (*compare)(void const *a, void const *b));

/* Return the references that no process of the survey explains: drivers, and processes that cannot be read. */
uint64_t survey_others(struct dmabuf const *buffer);

/* Return the bytes of all buffers. */
uint64_t survey_bytes(struct survey const *survey);

/* Return the buffer with this inode, or NULL. */
struct dmabuf const *survey_find(struct survey const *survey, uint64_t inode);

/* All buffers of an exporter. name: "" for buffers whose exporter is unknown. */
struct exporter {
	char const *name;
	size_t buffers;
	uint64_t bytes;
};

/* Return one exporter after the other. *index: 0 at the beginning. Returns false after the last one. */
bool survey_exporter(struct survey const *survey, size_t *index, struct exporter *exporter);

#endif /* TOOLS_SURVEY_H */
