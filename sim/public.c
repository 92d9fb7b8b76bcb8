/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_sim.h, for programs that are not built with the simulator, on those of sim.h.
 */
#include "../include/imxdmabuffer/imxdmabuffer_sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/enter.h"
#include "kernel/parse.h"
#include "kernel/target.h"
#include "sim.h"

#define FAIL(code, ...) (sim_complain(__VA_ARGS__), sim_error(code))

int imxdmabuffer_sim_configure(char const *statements)
{
	if (!statements)
		return FAIL(EINVAL, "configure: NULL");
	return (sim_configure(statements) == 0) ? 0 : sim_error(strcmp(sim_message(), "no memory") ? EINVAL : ENOMEM);
}

char const *imxdmabuffer_sim_get_last_error(void)
{
	return sim_message();
}

static int check_address(int result, uint64_t address, size_t length)
{
	if (result == 0)
		return 0;
	return FAIL(EFAULT, "0x%llx: %zu bytes at this physical address are not memory of live buffers",
		(unsigned long long)address, length);
}

int imxdmabuffer_sim_read(uint64_t address, void *data, size_t length)
{
	if (!data)
		return FAIL(EINVAL, "read: NULL");
	return check_address(sim_device_read(address, data, length), address, length);
}

int imxdmabuffer_sim_write(uint64_t address, void const *data, size_t length)
{
	if (!data)
		return FAIL(EINVAL, "write: NULL");
	return check_address(sim_device_write(address, data, length), address, length);
}

/* A buffer for the bytes of a transfer, also of none. */
static void *take(size_t length)
{
	void *data = malloc(length + (length == 0));

	if (!data)
		FAIL(ENOMEM, "no memory for a transfer of %zu bytes", length);
	return data;
}

/* Free the bytes of a transfer. errno stays. */
static int finish(void *data, int result)
{
	int code = errno;

	free(data);
	errno = code;
	return result;
}

int imxdmabuffer_sim_fill(uint64_t address, uint8_t value, size_t length)
{
	void *data = take(length);

	if (!data)
		return -1;
	memset(data, value, length);
	return finish(data, imxdmabuffer_sim_write(address, data, length));
}

int imxdmabuffer_sim_copy(uint64_t destination, uint64_t source, size_t length)
{
	void *data = take(length);
	int result;

	if (!data)
		return -1;
	result = imxdmabuffer_sim_read(source, data, length);
	return finish(data, (result == 0) ? imxdmabuffer_sim_write(destination, data, length) : result);
}

/* A file of huge pages is no DMA-BUF. */
static bool is_importer(int fd)
{
	struct sim_target target;

	return SIM_LOCKED(sim_find(fd, &target) != SIM_IS_DMABUF) || sim_attachments(fd) > 0;
}

static int refuse_stranger(int fd)
{
	return FAIL(EINVAL, "descriptor %d: no device is attached: call imxdmabuffer_sim_attach() first", fd);
}

static int check_fd(int result, int fd, uint64_t offset, size_t length)
{
	if (result == 0)
		return 0;
	if (sim_physical_address(fd, 0) == 0)
		return FAIL(EBADF, "descriptor %d is no simulated memory", fd);
	return FAIL(EFAULT, "descriptor %d: %zu bytes at offset %llu exceed its memory", fd, length,
		(unsigned long long)offset);
}

int imxdmabuffer_sim_read_fd(int fd, uint64_t offset, void *data, size_t length)
{
	if (!data)
		return FAIL(EINVAL, "read_fd: NULL");
	if (!is_importer(fd))
		return refuse_stranger(fd);
	return check_fd(sim_device_read_fd(fd, offset, data, length), fd, offset, length);
}

int imxdmabuffer_sim_write_fd(int fd, uint64_t offset, void const *data, size_t length)
{
	if (!data)
		return FAIL(EINVAL, "write_fd: NULL");
	if (!is_importer(fd))
		return refuse_stranger(fd);
	return check_fd(sim_device_write_fd(fd, offset, data, length), fd, offset, length);
}

int imxdmabuffer_sim_fill_fd(int fd, uint64_t offset, uint8_t value, size_t length)
{
	void *data = take(length);

	if (!data)
		return -1;
	memset(data, value, length);
	return finish(data, imxdmabuffer_sim_write_fd(fd, offset, data, length));
}

int imxdmabuffer_sim_copy_fd(int destination, uint64_t destination_offset, int source, uint64_t source_offset,
	size_t length)
{
	void *data = take(length);
	int result;

	if (!data)
		return -1;
	result = imxdmabuffer_sim_read_fd(source, source_offset, data, length);
	if (result == 0)
		result = imxdmabuffer_sim_write_fd(destination, destination_offset, data, length);
	return finish(data, result);
}

static int fail_dmabuf(int fd)
{
	return FAIL(EBADF, "descriptor %d is no simulated DMA-BUF", fd);
}

int imxdmabuffer_sim_attach(int fd)
{
	return (sim_attach(fd) == 0) ? 0 : fail_dmabuf(fd);
}

int imxdmabuffer_sim_detach(int fd)
{
	struct sim_target target;

	if (sim_detach(fd) == 0)
		return 0;
	if (SIM_LOCKED(sim_find(fd, &target)) != SIM_IS_DMABUF)
		return fail_dmabuf(fd);
	return FAIL(EINVAL, "descriptor %d: no device is attached", fd);
}

int imxdmabuffer_sim_set_fences(int fd, unsigned int readers, unsigned int writers)
{
	return (sim_set_fences(fd, readers, writers) == 0) ? 0 : fail_dmabuf(fd);
}

/* Returns SIM_CALLS, with a message and errno, for an unknown name. */
static enum sim_call find_call(char const *name)
{
	enum sim_call call = SIM_CALL_ANY;

	while (name && call < SIM_CALLS && strcmp(sim_call_name(call), name) != 0)
		call++;
	if (name && call < SIM_CALLS)
		return call;
	FAIL(EINVAL, "there is no call \"%.60s\"", name ? name : "(NULL)");
	return SIM_CALLS;
}

int imxdmabuffer_sim_fail(char const *call, unsigned int nth, int code, unsigned int times)
{
	enum sim_call kind = find_call(call);

	if (kind == SIM_CALLS)
		return -1;
	if (nth == 0 || code <= 0)
		return FAIL(EINVAL, "fail: nth counts from 1, and code must be a positive errno code");
	return (sim_fail(kind, nth, code, times) == 0) ? 0 : FAIL(ENOSPC, "fail: 128 failures are set already");
}

void imxdmabuffer_sim_forget_failures(void)
{
	sim_forget_failures();
}

long imxdmabuffer_sim_count(char const *call)
{
	enum sim_call kind = find_call(call);

	return (kind == SIM_CALLS) ? -1 : (long)sim_count(kind);
}

void imxdmabuffer_sim_reset_counts(void)
{
	sim_reset_counts();
}

unsigned int imxdmabuffer_sim_live_buffers(void)
{
	return sim_live_buffers();
}

uint64_t imxdmabuffer_sim_memory_used(char const *pool)
{
	return pool ? sim_heap_used(pool) : 0;
}

unsigned long imxdmabuffer_sim_misuses(void)
{
	return sim_misuses();
}

char const *imxdmabuffer_sim_misuse(void)
{
	return sim_misuse();
}
