/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool_config.h"

#include <errno.h>
#include <string.h>

#include "../base/error.h"
#include "../base/meminfo.h"
#include "alignment.h"

static size_t default_bytes(void)
{
	size_t limit = (size_t)64 << 20;
	long long total = imxd_meminfo("CmaTotal");

	return (total > 0 && (unsigned long long)total / 8 < limit / 1024) ? (size_t)total / 8 * 1024 : limit;
}

/* A structure of a newer version must have nothing in the members that this version does not know. */
static int copy(ImxDmaBufferPoolConfig const *given, ImxDmaBufferPoolConfig *config)
{
	unsigned char const *bytes = (unsigned char const *)given;

	if (given->struct_size <= sizeof(given->struct_size))
		return imxd_fail(-EINVAL, "pool: struct_size is %zu: set it to sizeof the structure", given->struct_size);
	for (size_t i = sizeof(*config); i < given->struct_size; i++)
		if (bytes[i] != 0)
			return imxd_fail(-EINVAL, "pool: a member that this version of the library does not have is set");
	memcpy(config, given, (given->struct_size < sizeof(*config)) ? given->struct_size : sizeof(*config));
	return 0;
}

static int check_preallocation(ImxDmaBufferPoolConfig const *config)
{
	size_t bytes;

	if (config->preallocate == 0)
		return 0;
	if (config->preallocate_size == 0)
		return imxd_fail(-EINVAL, "pool: preallocate_size is 0");
	if (config->preallocate > config->max_idle_buffers ||
		__builtin_mul_overflow(imxd_alignment_class(config->preallocate_size, SIZE_MAX), (size_t)config->preallocate,
			&bytes) ||
		bytes > config->max_idle_bytes)
		return imxd_fail(-EINVAL, "pool: %u buffers of %zu bytes are more than %u idle buffers or %zu bytes",
			config->preallocate, config->preallocate_size, config->max_idle_buffers, config->max_idle_bytes);
	return 0;
}

int imxd_pool_check(ImxDmaBufferPoolConfig const *given, ImxDmaBufferPoolConfig *config)
{
	unsigned int const known = IMX_DMA_BUFFER_POOL_FLAG_ANY_FIT | IMX_DMA_BUFFER_POOL_FLAG_ZERO |
		IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES;
	int code;

	memset(config, 0, sizeof(*config));
	code = given ? copy(given, config) : 0;
	if (code != 0)
		return code;
	if (config->flags & ~known)
		return imxd_fail(-EINVAL, "pool flags 0x%x: unknown flags", config->flags);
	if (config->max_idle_bytes == 0)
		config->max_idle_bytes = default_bytes();
	if (config->max_idle_buffers == 0)
		config->max_idle_buffers = 256;
	if (config->idle_ms == 0)
		config->idle_ms = 2000;
	return check_preallocation(config);
}
