/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libimxdmabuffer for C++17 and newer. Header only, on the functions of the C headers, which document every call in
 * full. All since 1.3. For example:
 *
 *     auto allocator = imxdmabuffer::Allocator::open();
 *     auto buffer = allocator.allocate(4096);
 *
 *     start_device(buffer.physical_address());
 *     wait_for_device();
 *     for (std::uint8_t byte : buffer.map_read())
 *         use(byte);
 *
 * Objects: each owns one object of the C library, or is empty. They can be moved, not copied; a moved-from object is
 * empty. get() returns the object of the C library, release() gives it up, reset() frees it early. Functions of an
 * empty object fail with EINVAL, and getters return 0, -1 or NULL. A constructor takes over an object that the C
 * library has made, for example from the constructor of one mechanism.
 *
 * Errors: functions throw Error. Those with the prefix try_ return an empty object or false, and set *error to the
 * errno code; error may be NULL. Programs without exceptions (-fno-exceptions) have those with the prefix only.
 *
 * Lifetime: declare objects in the order in which they depend on each other; their destructors then run in the right
 * order. The allocator comes before its buffers, the buffer before its mapping, the mapping before its session. The
 * library takes care of these: views outlive their buffer, imported buffers and exported descriptors outlive
 * everything, and a pool outlives the allocator that it was made of.
 *
 * Threads, cancellation, fork(): as in C. Objects of C++ are not locked: do not move, reset or destroy one while
 * another thread uses it.
 */
#ifndef IMXDMABUFFER_HPP
#define IMXDMABUFFER_HPP

#include "imxdmabuffer_buffer.hpp"
#include "imxdmabuffer_pool.h"

namespace imxdmabuffer
{

/* A part of a buffer that is a buffer itself. It keeps the memory: the buffer may be destroyed first. */
class [[nodiscard]] View : public Buffer
{
  public:
	using Buffer::Buffer;

	/*
	 * Make a view, as imx_dma_buffer_new_view().
	 *
	 * offset, size: in bytes; size 0: up to the end of the buffer.
	 */
	static View try_create(Buffer const &buffer, std::size_t offset, std::size_t size, ViewFlags flags,
		int *error) noexcept
	{
		return View(imx_dma_buffer_new_view(buffer.get(), offset, size, static_cast<unsigned int>(flags), error));
	}

#ifdef __cpp_exceptions
	/* As try_create(), but throws an Error. */
	static View create(Buffer const &buffer, std::size_t offset, std::size_t size, ViewFlags flags = ViewFlags::none)
	{
		return detail::check([&](int *error) { return try_create(buffer, offset, size, flags, error); });
	}
#endif
};

/* An allocator. The destructor frees it, and its remaining buffers: it must outlive the objects of these. */
class [[nodiscard]] Allocator : public detail::Owner<ImxDmaBufferAllocator, imx_dma_buffer_allocator_destroy>
{
  public:
	using Owner::Owner;

	/*
	 * Create an allocator by name, as imx_dma_buffer_allocator_new_by_name().
	 *
	 * name: NULL: the default allocator.
	 */
	static Allocator try_open(char const *name, AllocatorFlags flags, int *error) noexcept
	{
		return Allocator(imx_dma_buffer_allocator_new_by_name(name, static_cast<unsigned int>(flags), error));
	}

	/*
	 * Describe an allocator by name, as imx_dma_buffer_query_allocator(). Its member `error` is the reason why the
	 * allocator is not usable.
	 */
	[[nodiscard]] static std::optional<ImxDmaBufferAllocatorInfo> try_query(char const *name, int *error) noexcept
	{
		std::optional<ImxDmaBufferAllocatorInfo> info(std::in_place);

		info->struct_size = sizeof(*info);
		if (imx_dma_buffer_query_allocator(name, &*info, error) != 0)
			info.reset();
		return info;
	}

	/*
	 * Allocate a buffer, as imx_dma_buffer_allocate().
	 *
	 * alignment: of the physical address; 0 or 1: no requirement.
	 */
	Buffer try_allocate(std::size_t size, std::size_t alignment, int *error) noexcept
	{
		return Buffer(imx_dma_buffer_allocate(get(), size, alignment, error));
	}

	/* Describe this allocator, as imx_dma_buffer_allocator_get_info(). */
	[[nodiscard]] std::optional<ImxDmaBufferAllocatorInfo> try_info(int *error) const noexcept
	{
		std::optional<ImxDmaBufferAllocatorInfo> info(std::in_place);

		info->struct_size = sizeof(*info);
		if (imx_dma_buffer_allocator_get_info(get(), &*info, error) != 0)
			info.reset();
		return info;
	}

	/* Return the name, static text. As imx_dma_buffer_allocator_get_name(). */
	[[nodiscard]] char const *name() const noexcept
	{
		return imx_dma_buffer_allocator_get_name(get());
	}

#ifdef __cpp_exceptions
	/* As try_open(), but throws an Error. */
	static Allocator open(char const *name = nullptr, AllocatorFlags flags = AllocatorFlags::none)
	{
		return detail::check([&](int *error) { return try_open(name, flags, error); });
	}

	/* As try_query(), but throws an Error. */
	[[nodiscard]] static ImxDmaBufferAllocatorInfo query(char const *name)
	{
		return *detail::check([&](int *error) { return try_query(name, error); });
	}

	/* As try_allocate(), but throws an Error. */
	Buffer allocate(std::size_t size, std::size_t alignment = 0)
	{
		return detail::check([&](int *error) { return try_allocate(size, alignment, error); });
	}

	/* As try_info(), but throws an Error. */
	[[nodiscard]] ImxDmaBufferAllocatorInfo info() const
	{
		return *detail::check([&](int *error) { return try_info(error); });
	}
#endif
};

/*
 * An allocator that gives freed buffers out again. The allocator that it was made of may be destroyed before the pool;
 * the pool must outlive its own buffers.
 */
class [[nodiscard]] Pool : public Allocator
{
  public:
	using Allocator::Allocator;

	/*
	 * Make a pool, as imx_dma_buffer_pool_new().
	 *
	 * inner: an allocator of the library.
	 * config: {}: defaults. This function sets struct_size.
	 */
	static Pool try_create(Allocator const &inner, ImxDmaBufferPoolConfig config, int *error) noexcept
	{
		config.struct_size = sizeof(config);
		return Pool(imx_dma_buffer_pool_new(inner.get(), &config, error));
	}

	/* Read the counters, as imx_dma_buffer_pool_get_stats(). */
	[[nodiscard]] std::optional<ImxDmaBufferPoolStats> try_stats(int *error) const noexcept
	{
		std::optional<ImxDmaBufferPoolStats> stats(std::in_place);

		stats->struct_size = sizeof(*stats);
		if (imx_dma_buffer_pool_get_stats(get(), &*stats, error) != 0)
			stats.reset();
		return stats;
	}

	/* Free idle buffers until at most this many bytes are left, as imx_dma_buffer_pool_trim(). */
	void trim(std::size_t keep_bytes = 0) noexcept
	{
		imx_dma_buffer_pool_trim(get(), keep_bytes);
	}

#ifdef __cpp_exceptions
	/* As try_create(), but throws an Error. */
	static Pool create(Allocator const &inner, ImxDmaBufferPoolConfig const &config = {})
	{
		return detail::check([&](int *error) { return try_create(inner, config, error); });
	}

	/* As try_stats(), but throws an Error. */
	[[nodiscard]] ImxDmaBufferPoolStats stats() const
	{
		return *detail::check([&](int *error) { return try_stats(error); });
	}
#endif
};

/*
 * An allocator that cuts small buffers from large blocks. The allocator that it was made of may be destroyed before the
 * slab; the slab must outlive its own buffers.
 */
class [[nodiscard]] Slab : public Allocator
{
  public:
	using Allocator::Allocator;

	/*
	 * Make a slab, as imx_dma_buffer_slab_new().
	 *
	 * inner: an allocator of the library.
	 * block_size: in bytes, a multiple of a page.
	 */
	static Slab try_create(Allocator const &inner, std::size_t block_size, int *error) noexcept
	{
		return Slab(imx_dma_buffer_slab_new(inner.get(), block_size, error));
	}

#ifdef __cpp_exceptions
	/* As try_create(), but throws an Error. */
	static Slab create(Allocator const &inner, std::size_t block_size)
	{
		return detail::check([&](int *error) { return try_create(inner, block_size, error); });
	}
#endif
};

} // namespace imxdmabuffer

#endif /* IMXDMABUFFER_HPP */
