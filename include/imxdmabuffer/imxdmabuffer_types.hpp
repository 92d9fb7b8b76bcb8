/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C++: errors, flags, and the base of the classes that own an object. Programs include imxdmabuffer.hpp.
 */
#ifndef IMXDMABUFFER_TYPES_HPP
#define IMXDMABUFFER_TYPES_HPP

#include <system_error>

#include <pthread.h>
#include <unistd.h>

#ifdef __cpp_exceptions
#include <stdexcept>
#endif

#include "imxdmabuffer_ext.h"
#include "imxdmabuffer_view.h"

namespace imxdmabuffer
{

/* Flags of Allocator::open(), to be combined with |. As ImxDmaBufferAllocatorFlags. */
enum class AllocatorFlags : unsigned int {
	none = 0,
	no_physical_address = IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS,
	require_physical_address = IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS,
	user_sync = IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC,
	kernel_sync = IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC
};

/* Flags of the functions that map, to be combined with |. The function itself chooses the access. */
enum class MapFlags : unsigned int {
	none = 0,
	/* The program starts and stops sessions, each with an object of class Session. */
	manual_sync = IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC,
	/* The CPU writes all of the buffer before it reads. See IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE. */
	overwrite = IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE
};

/* Flags of views. As ImxDmaBufferViewFlags. */
enum class ViewFlags : unsigned int { none = 0, share_granule = IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE };

/* The way of the data. As ImxDmaBufferDirection. */
enum class Direction {
	to_device = IMX_DMA_BUFFER_TO_DEVICE,
	from_device = IMX_DMA_BUFFER_FROM_DEVICE,
	bidirectional = IMX_DMA_BUFFER_BIDIRECTIONAL
};

/* Combine flags. */
constexpr AllocatorFlags operator|(AllocatorFlags left, AllocatorFlags right) noexcept
{
	return static_cast<AllocatorFlags>(static_cast<unsigned int>(left) | static_cast<unsigned int>(right));
}

/* Combine flags. */
constexpr MapFlags operator|(MapFlags left, MapFlags right) noexcept
{
	return static_cast<MapFlags>(static_cast<unsigned int>(left) | static_cast<unsigned int>(right));
}

#ifdef __cpp_exceptions

/*
 * A failure of the library. code() is the errno code in std::generic_category(), as the C function documents it. what()
 * is the message of imx_dma_buffer_get_last_error().
 */
class Error : public std::system_error
{
  public:
	/* Take the message of the last failure in this thread. */
	explicit Error(int code) : Error(code, imx_dma_buffer_get_last_error())
	{
	}

	/* Return the message; valid as long as this object. */
	[[nodiscard]] char const *what() const noexcept override
	{
		return message_.what();
	}

  private:
	/* There is no message if there was no memory for it. */
	Error(int code, char const *message)
		: std::system_error(code, std::generic_category()),
		  message_(message[0] != '\0' ? message : std::system_error::what())
	{
	}

	/* Copies of an exception must not fail: those of std::runtime_error share the text. */
	std::runtime_error message_;
};

#endif

/* Not for programs. */
namespace detail
{

#ifdef __cpp_exceptions

/* Return what the call returns, unless it is empty or false. */
template <typename Call> auto check(Call const &call)
{
	int error = 0;
	auto result = call(&error);

	if (!result)
		throw Error(error);
	return result;
}

#endif

/* Return the value of the C library. */
constexpr ImxDmaBufferDirection to_c(Direction direction) noexcept
{
	return static_cast<ImxDmaBufferDirection>(direction);
}

/* Owns one object of the C library, or none. */
template <typename Object, void (*free_object)(Object *)> class Owner
{
  public:
	Owner() noexcept = default;

	/* Take over an object of the C library. */
	explicit Owner(Object *object) noexcept : object_(object)
	{
	}

	Owner(Owner const &) = delete;
	Owner &operator=(Owner const &) = delete;

	/* Take over the object of another owner, which is empty afterwards. */
	Owner(Owner &&other) noexcept : object_(other.release())
	{
	}

	/* Free the object, and take over that of another owner, which is empty afterwards. */
	Owner &operator=(Owner &&other) noexcept
	{
		reset(other.release());
		return *this;
	}

	~Owner()
	{
		reset();
	}

	/* Return the object for functions of the C library; it still belongs to this one. NULL if this is empty. */
	[[nodiscard]] Object *get() const noexcept
	{
		return object_;
	}

	/* Return the object and become empty. The caller then frees it with the function of the C library. */
	[[nodiscard]] Object *release() noexcept
	{
		Object *object = object_;

		object_ = nullptr;
		return object;
	}

	/* Free the object now, and take over another one or become empty. */
	void reset(Object *object = nullptr) noexcept
	{
		Object *old = object_;

		object_ = object;
		if (old != nullptr)
			free_object(old);
	}

	/* Is there an object? */
	explicit operator bool() const noexcept
	{
		return object_ != nullptr;
	}

  private:
	Object *object_ = nullptr;
};

} // namespace detail

/* A descriptor, which the destructor closes. */
class [[nodiscard]] Fd
{
  public:
	/* Without a descriptor. */
	Fd() noexcept = default;

	/* Take over an open descriptor; -1: none. */
	explicit Fd(int fd) noexcept : fd_(fd)
	{
	}

	Fd(Fd const &) = delete;
	Fd &operator=(Fd const &) = delete;

	/* Take over another descriptor; the other object is empty afterwards. */
	Fd(Fd &&other) noexcept : fd_(other.release())
	{
	}

	/* Close the descriptor, and take over another one; the other object is empty afterwards. */
	Fd &operator=(Fd &&other) noexcept
	{
		reset(other.release());
		return *this;
	}

	~Fd()
	{
		reset();
	}

	/* Return the descriptor, which still belongs to this object; -1 if this is empty. */
	[[nodiscard]] int get() const noexcept
	{
		return fd_;
	}

	/* Return the descriptor and become empty. The caller then closes it. */
	[[nodiscard]] int release() noexcept
	{
		int const fd = fd_;

		fd_ = -1;
		return fd;
	}

	/* Close the descriptor now, and take over another one or become empty. */
	void reset(int fd = -1) noexcept
	{
		int const old = fd_;

		fd_ = fd;
		if (old >= 0)
			close_now(old);
	}

	/* Is there a descriptor? */
	explicit operator bool() const noexcept
	{
		return fd_ >= 0;
	}

  private:
	/* close() can be cancelled, and the exception of a cancellation must not leave a destructor. */
	static void close_now(int fd) noexcept
	{
		int state = 0;

		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		close(fd);
		pthread_setcancelstate(state, &state);
	}

	int fd_ = -1;
};

} // namespace imxdmabuffer

#endif /* IMXDMABUFFER_TYPES_HPP */
