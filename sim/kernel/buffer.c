/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/directory.h"
#include "kernel/enter.h"
#include "kernel/node.h"
#include "kernel/observer.h"
#include "kernel/real.h"

#define MAGIC "imxdmabuf-sim-1"

static uint64_t file_size(uint64_t size, uint32_t cached)
{
	uint64_t page_size = sim_page_size();

	if (!cached)
		return size + page_size;
	return 3 * size + sim_round_up(size / page_size, page_size) + page_size;
}

static bool attach_header(struct sim_memory *memory, int fd, uint64_t length)
{
	if (!sim_memory_look(memory, fd, length))
		return false;
	memory->header = (void *)(memory->view + length - sim_page_size());
	return true;
}

/* Change a descriptor to the requested access mode; it keeps its number. */
static int restrict_access(int fd, int flags)
{
	char path[32];
	int result, restricted;

	if ((flags & O_ACCMODE) == O_RDWR)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	restricted = real()->open(path, flags);
	if (restricted < 0)
		return -1;
	result = real()->dup3(restricted, fd, flags & O_CLOEXEC);
	real()->close(restricted);
	return result;
}

/* Write the header while the descriptor still allows it. */
static bool fill(int fd, struct sim_header const *kind, uint64_t alignment)
{
	uint64_t length = file_size(kind->size, kind->cached);
	struct sim_memory *memory;

	if (length > INT64_MAX || real()->ftruncate(fd, (int64_t)length) < 0)
		return false;
	memory = sim_memory_add(fd, SIM_BUFFER);
	if (!memory)
		return false;
	if (!attach_header(memory, fd, length)) {
		sim_memory_remove(memory);
		return false;
	}
	if (kind->hollow_size > 0)
		sim_memory_keep(memory, &kind->layout, kind->size);
	else
		sim_memory_place(memory, &kind->layout, kind->size, alignment);
	*memory->header = *kind;
	memory->header->layout = memory->layout;
	memcpy(memory->header->magic, MAGIC, sizeof(MAGIC));
	if (sim_observer)
		sim_observer->created(memory);
	return true;
}

int sim_buffer_create(struct sim_header const *kind, uint64_t alignment, int flags)
{
	int result, fd = real()->memfd_create(SIM_BUFFER_NAME, (flags & O_CLOEXEC) ? MFD_CLOEXEC : 0);

	if (fd < 0)
		return -1;
	if (!fill(fd, kind, alignment)) {
		real()->close(fd);
		return sim_error(ENOMEM);
	}
	result = restrict_access(fd, flags);
	if (result < 0) {
		int code = errno;

		real()->close(fd);
		sim_sweep_due = true;
		return sim_error(code);
	}
	return result;
}

/* The file is removed with the memory. */
static bool keep_path(struct sim_memory *memory, char const *path)
{
	memory->in_file = true;
	memory->path = strdup(path);
	memory->maker = getpid();
	return memory->path != NULL;
}

struct sim_memory *sim_buffer_create_file(struct sim_header const *kind, uint64_t alignment)
{
	char path[SIM_DIRECTORY_SIZE + 32];
	struct sim_identity identity;
	struct sim_memory *memory = NULL;
	int fd = sim_own_directory() ? sim_directory_make_file(path, sizeof(path)) : -1;

	if (fd < 0)
		return NULL;
	if (fill(fd, kind, alignment) && sim_identify(fd, &identity))
		memory = sim_memory_find(identity.device, identity.inode);
	real()->close(fd);
	if (memory && keep_path(memory, path))
		return memory;
	if (memory)
		sim_memory_remove(memory);
	unlink(path);
	errno = ENOMEM;
	return NULL;
}

uint64_t sim_buffer_nothing(struct sim_memory const *memory)
{
	return (memory->header && memory->header->hollow_size > 0) ? memory->view_size : 0;
}

static bool is_whole(struct sim_memory const *memory)
{
	struct sim_header const *header = memory->header;

	return memcmp(header->magic, MAGIC, sizeof(MAGIC)) == 0 && header->layout.unit != 0 &&
		file_size(header->size, header->cached) == memory->view_size;
}

/* The descriptor may be read-only, which does not allow the simulator's view. Open a second one for mapping. */
struct sim_memory *sim_buffer_adopt(int fd)
{
	char path[32];
	struct sim_identity identity;
	struct sim_memory *memory = NULL;
	int access;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	access = real()->open(path, O_RDWR | O_CLOEXEC);
	if (access < 0)
		return NULL;
	if (sim_identify(access, &identity) && identity.size > sim_page_size())
		memory = sim_memory_add(access, SIM_BUFFER);
	if (memory && (!attach_header(memory, access, identity.size) || !is_whole(memory))) {
		sim_memory_remove(memory);
		memory = NULL;
	}
	/* Two processes may have used the same address. A buffer keeps its frames. */
	if (memory)
		sim_memory_keep(memory, &memory->header->layout, memory->header->size);
	real()->close(access);
	return memory;
}
