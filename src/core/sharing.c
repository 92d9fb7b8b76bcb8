/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sharing.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../dmabuf/attachment.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/sync_kernel.h"

struct imxd_sharing {
	/* IMXD_LOCK_SHARING guards these four. Buffers that use the record: */
	unsigned int buffers;
	/* 0: not known yet, or the kernel has none. */
	uint64_t inode;
	/* The descriptor of the allocated buffer, -1 without one. */
	int fd;
	/* The list: the link to this record, and the next record. */
	struct imxd_sharing **link, *next;
	/* Held by a start, which may invalidate, and may wait for fences. Only other starts wait for it. */
	pthread_mutex_t starting;
	/* Guards the members below. A stop holds it, and a start while it counts: no session begins to write then. */
	pthread_mutex_t counting;
	/* Sessions that write. */
	unsigned int writers;
	/* A session that wrote has left DMA_BUF_IOCTL_PHYS to the last one that writes. */
	bool owes_flush;
	/* The kept attachment, 0 for none. */
	uint64_t attachment;
};

#define LISTS 64u

/*
 * The records, by inode. While a process has allocated buffers only, no two of them are on the same DMA-BUF: their
 * inodes are not asked for, and their records are in the list `unknown`.
 */
static struct imxd_sharing *lists[LISTS], *unknown;
/* Imported and wrapped buffers with a record. */
static unsigned int imports;

/* In a forked child: the sessions are the parent's, and the threads that held locks are not here. */
static void forget_sessions_of(struct imxd_sharing *sharing)
{
	for (; sharing; sharing = sharing->next) {
		sharing->starting = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
		sharing->counting = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
		sharing->writers = 0;
		sharing->owes_flush = false;
	}
}

static void forget_sessions(void)
{
	forget_sessions_of(unknown);
	for (size_t i = 0; i < LISTS; i++)
		forget_sessions_of(lists[i]);
}

static void list_add(struct imxd_sharing **head, struct imxd_sharing *sharing)
{
	sharing->link = head;
	sharing->next = *head;
	if (sharing->next)
		sharing->next->link = &sharing->next;
	*head = sharing;
}

static void list_del(struct imxd_sharing *sharing)
{
	*sharing->link = sharing->next;
	if (sharing->next)
		sharing->next->link = sharing->link;
}

/* Find the inodes of allocated buffers. Records of kernels without inodes, before 5.3, stay alone. */
static void find_inodes(void)
{
	struct imxd_sharing *next;

	for (struct imxd_sharing *sharing = unknown; sharing; sharing = next) {
		next = sharing->next;
		if (sharing->fd >= 0)
			sharing->inode = imxd_dmabuf_inode(sharing->fd);
		if (sharing->inode == 0)
			continue;
		list_del(sharing);
		list_add(&lists[sharing->inode % LISTS], sharing);
	}
}

static struct imxd_sharing *find(uint64_t inode)
{
	struct imxd_sharing *sharing = (inode != 0) ? lists[inode % LISTS] : NULL;

	while (sharing && sharing->inode != inode)
		sharing = sharing->next;
	return sharing;
}

static struct imxd_sharing *make(uint64_t inode)
{
	struct imxd_sharing *sharing = calloc(1, sizeof(*sharing));

	if (!sharing)
		return NULL;
	sharing->inode = inode;
	sharing->fd = -1;
	sharing->starting = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	sharing->counting = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	list_add((inode != 0) ? &lists[inode % LISTS] : &unknown, sharing);
	return sharing;
}

/* With the lock held. */
static struct imxd_sharing *find_or_make(int fd, bool is_import)
{
	struct imxd_sharing *sharing = NULL;
	uint64_t inode = 0;

	if (is_import || imports > 0) {
		find_inodes();
		inode = imxd_dmabuf_inode(fd);
		sharing = find(inode);
	}
	if (!sharing)
		sharing = make(inode);
	if (!sharing)
		return NULL;
	sharing->buffers++;
	if (is_import)
		imports++;
	else
		sharing->fd = fd;
	return sharing;
}

int imxd_sharing_get(int fd, bool is_import, struct imxd_sharing **result)
{
	imxd_on_fork(IMXD_LOCK_SHARING, forget_sessions);
	imxd_lock(IMXD_LOCK_SHARING);
	*result = find_or_make(fd, is_import);
	imxd_unlock(IMXD_LOCK_SHARING);
	return *result ? 0 : imxd_fail_memory();
}

void imxd_sharing_join(struct imxd_sharing *sharing)
{
	imxd_lock(IMXD_LOCK_SHARING);
	sharing->buffers++;
	imports++;
	imxd_unlock(IMXD_LOCK_SHARING);
}

/* The kernel invalidates when a device is detached. Clean first: no data of the CPU may be lost. */
static bool detach(struct imxd_sharing *sharing, struct imxd_block const *block)
{
	if (sharing->attachment == 0 || !imxd_attachment_is_valid(sharing->attachment))
		return false;
	imxd_sync_clean(block);
	imxd_attachment_drop(sharing->attachment);
	sharing->attachment = 0;
	return true;
}

/* The device is detached before another buffer on the DMA-BUF can make a record of its own. */
void imxd_sharing_put(struct imxd_sharing *sharing, bool is_import, struct imxd_block const *block)
{
	if (!sharing)
		return;
	imxd_lock(IMXD_LOCK_SHARING);
	sharing->buffers--;
	if (is_import)
		imports--;
	else
		sharing->fd = -1;
	if (sharing->buffers == 0) {
		detach(sharing, block);
		list_del(sharing);
		pthread_mutex_destroy(&sharing->starting);
		pthread_mutex_destroy(&sharing->counting);
		free(sharing);
	}
	imxd_unlock(IMXD_LOCK_SHARING);
}

int imxd_sharing_attach(struct imxd_sharing *sharing, struct imxd_block const *block)
{
	int code = 0;

	pthread_mutex_lock(&sharing->counting);
	if (sharing->attachment == 0 || !imxd_attachment_is_valid(sharing->attachment))
		code = imxd_attachment_add(block->fd, &sharing->attachment);
	pthread_mutex_unlock(&sharing->counting);
	return code;
}

bool imxd_sharing_is_attached(struct imxd_sharing *sharing)
{
	bool is_attached;

	if (!sharing)
		return false;
	pthread_mutex_lock(&sharing->counting);
	is_attached = sharing->attachment != 0 && imxd_attachment_is_valid(sharing->attachment);
	pthread_mutex_unlock(&sharing->counting);
	return is_attached;
}

bool imxd_sharing_detach(struct imxd_sharing *sharing, struct imxd_block const *block)
{
	bool was_attached = false;

	if (!sharing)
		return false;
	pthread_mutex_lock(&sharing->counting);
	if (sharing->writers == 0)
		was_attached = detach(sharing, block);
	pthread_mutex_unlock(&sharing->counting);
	return was_attached;
}

bool imxd_sharing_begin_start(struct imxd_sharing *sharing)
{
	bool others_write;

	if (!sharing)
		return false;
	pthread_mutex_lock(&sharing->starting);
	pthread_mutex_lock(&sharing->counting);
	others_write = sharing->writers > 0;
	pthread_mutex_unlock(&sharing->counting);
	return others_write;
}

void imxd_sharing_end_start(struct imxd_sharing *sharing, bool counts)
{
	if (!sharing)
		return;
	pthread_mutex_lock(&sharing->counting);
	sharing->writers += counts;
	pthread_mutex_unlock(&sharing->counting);
	pthread_mutex_unlock(&sharing->starting);
}

bool imxd_sharing_begin_stop(struct imxd_sharing *sharing, bool counted)
{
	if (!sharing)
		return false;
	pthread_mutex_lock(&sharing->counting);
	sharing->writers -= counted;
	return sharing->writers > 0;
}

int imxd_sharing_end_stop(struct imxd_sharing *sharing, struct imxd_block const *block, bool left_flush)
{
	int code = 0;

	if (!sharing)
		return 0;
	sharing->owes_flush |= left_flush;
	if (sharing->owes_flush && sharing->writers == 0) {
		code = imxd_sync_flush(block->fd);
		sharing->owes_flush = false;
	}
	pthread_mutex_unlock(&sharing->counting);
	return code;
}
