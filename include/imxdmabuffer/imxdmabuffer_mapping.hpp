/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C++: mappings and sync sessions. Programs include imxdmabuffer.hpp.
 */
#ifndef IMXDMABUFFER_MAPPING_HPP
#define IMXDMABUFFER_MAPPING_HPP

#include <cstddef>
#include <cstdint>
#include <utility>

#if __cplusplus >= 202002L
#include <span>
#endif

#include "imxdmabuffer_types.hpp"

namespace imxdmabuffer
{

class Buffer;

/*
 * One map of a buffer, which the destructor undoes. Buffer::map(), map_write() and map_read() make it. Without
 * MapFlags::manual_sync it is also the guard of the access: a sync session begins with the first map of a buffer and
 * ends with the last one.
 *
 * The buffer must outlive the mapping. The object of class Buffer may be moved meanwhile.
 */
template <typename Byte> class [[nodiscard]] BasicMapping
{
  public:
	/* Without a map. */
	BasicMapping() noexcept = default;

	BasicMapping(BasicMapping const &) = delete;
	BasicMapping &operator=(BasicMapping const &) = delete;

	/* Take over another map; the other object is empty afterwards. */
	BasicMapping(BasicMapping &&other) noexcept : buffer_(other.buffer_), data_(other.data_)
	{
		other.forget();
	}

	/* Undo this map, and take over another one; the other object is empty afterwards. */
	BasicMapping &operator=(BasicMapping &&other) noexcept
	{
		if (this != &other) {
			reset();
			buffer_ = other.buffer_;
			data_ = other.data_;
			other.forget();
		}
		return *this;
	}

	~BasicMapping()
	{
		reset();
	}

	/* Return the address of byte 0, NULL if this is empty. */
	[[nodiscard]] Byte *data() const noexcept
	{
		return data_;
	}

	/* Return the size of the buffer in bytes, 0 if this is empty. */
	[[nodiscard]] std::size_t size() const noexcept
	{
		return imx_dma_buffer_get_size(buffer_);
	}

	/* Return the address of byte 0, for range-based for and algorithms. */
	[[nodiscard]] Byte *begin() const noexcept
	{
		return data_;
	}

	/* Return the address behind the last byte. */
	[[nodiscard]] Byte *end() const noexcept
	{
		return data_ != nullptr ? data_ + size() : nullptr;
	}

#if __cplusplus >= 202002L
	/* Return all bytes. From C++20 on. */
	[[nodiscard]] std::span<Byte> span() const noexcept
	{
		return {data_, size()};
	}
#endif

	/* Return the mapped buffer for functions of the C library, NULL if this is empty. */
	[[nodiscard]] ImxDmaBuffer *get() const noexcept
	{
		return buffer_;
	}

	/* Return the mapped buffer and become empty. The caller then calls imx_dma_buffer_unmap(). */
	[[nodiscard]] ImxDmaBuffer *release() noexcept
	{
		ImxDmaBuffer *buffer = buffer_;

		forget();
		return buffer;
	}

	/* Undo the map now, and with it the session, so that devices may use the memory. */
	void reset() noexcept
	{
		if (buffer_ != nullptr)
			imx_dma_buffer_unmap(buffer_);
		forget();
	}

	/* Is there a map? */
	explicit operator bool() const noexcept
	{
		return buffer_ != nullptr;
	}

  private:
	friend class Buffer;

	BasicMapping(ImxDmaBuffer *buffer, unsigned int flags, int *error) noexcept
		: data_(imx_dma_buffer_map(buffer, flags, error))
	{
		if (data_ != nullptr)
			buffer_ = buffer;
	}

	void forget() noexcept
	{
		buffer_ = nullptr;
		data_ = nullptr;
	}

	ImxDmaBuffer *buffer_ = nullptr;
	Byte *data_ = nullptr;
};

/* A mapping for writing, or for both. */
using Mapping = BasicMapping<std::uint8_t>;
/* A mapping for reading. */
using ReadMapping = BasicMapping<std::uint8_t const>;

/*
 * A sync session of a mapping with MapFlags::manual_sync. The constructor starts it, the destructor stops it: the CPU
 * accesses the mapping while this object lives, and devices access the memory at other times. For other mappings this
 * object has no effect.
 *
 * The buffer must outlive the session. Sessions are not counted: a buffer has one at a time, and the first of two
 * objects that ends stops it. If a session fails to stop, the log has the message: see imx_dma_buffer_unmap().
 */
class [[nodiscard]] Session
{
  public:
	/* Without a session. */
	Session() noexcept = default;

	/* Start a session; an empty mapping has none. */
	template <typename Byte> explicit Session(BasicMapping<Byte> const &mapping) noexcept : buffer_(mapping.get())
	{
		imx_dma_buffer_start_sync_session(buffer_.get());
	}
	/* A mapping without a name would be gone at once. */
	template <typename Byte> explicit Session(BasicMapping<Byte> const &&mapping) = delete;

	/* Take over the session of another object. */
	Session(Session &&other) noexcept = default;
	/* A session is not copied. */
	Session(Session const &) = delete;
	/* A session is not copied. */
	Session &operator=(Session const &) = delete;
	/* Stop the session. */
	~Session() = default;

	/* Stops the session of this object, unless both objects have the same one: it stays open then. */
	Session &operator=(Session &&other) noexcept
	{
		if (this != &other && get() == other.get())
			static_cast<void>(other.release());
		else
			buffer_ = std::move(other.buffer_);
		return *this;
	}

	/* Return the buffer of the session for functions of the C library, NULL if this is empty. */
	[[nodiscard]] ImxDmaBuffer *get() const noexcept
	{
		return buffer_.get();
	}

	/* Return the buffer and become empty. The caller then calls imx_dma_buffer_stop_sync_session(). */
	[[nodiscard]] ImxDmaBuffer *release() noexcept
	{
		return buffer_.release();
	}

	/* Stop the session now. */
	void reset() noexcept
	{
		buffer_.reset();
	}

	/* Was a session started, and not stopped by this object? */
	explicit operator bool() const noexcept
	{
		return static_cast<bool>(buffer_);
	}

  private:
	detail::Owner<ImxDmaBuffer, imx_dma_buffer_stop_sync_session> buffer_;
};

} // namespace imxdmabuffer

#endif /* IMXDMABUFFER_MAPPING_HPP */
