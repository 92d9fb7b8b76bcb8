/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C++: buffers. Programs include imxdmabuffer.hpp.
 */
#ifndef IMXDMABUFFER_BUFFER_HPP
#define IMXDMABUFFER_BUFFER_HPP

#include <array>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <optional>

#include "imxdmabuffer_mapping.hpp"

/* The library can be built without these functions, and then their header is not installed. */
#if __has_include("imxdmabuffer_ipc.h")
#include "imxdmabuffer_ipc.h"
#define IMXDMABUFFER_HPP_HAS_IPC 1
#endif

namespace imxdmabuffer
{

/* The name of a DMA-BUF, with its terminating zero. */
using Name = std::array<char, IMX_DMA_BUFFER_NAME_SIZE>;

/*
 * A buffer, which the destructor frees.
 *
 * The allocator must outlive the buffers that it allocated, and their views: its destructor frees them. The library
 * takes care of imported and received buffers, which need no allocator.
 */
class [[nodiscard]] Buffer : public detail::Owner<ImxDmaBuffer, imx_dma_buffer_deallocate>
{
  public:
	using Owner::Owner;

	/* As imx_dma_buffer_get_size(). */
	[[nodiscard]] std::size_t size() const noexcept
	{
		return imx_dma_buffer_get_size(get());
	}

	/* As imx_dma_buffer_get_physical_address(). */
	[[nodiscard]] imx_physical_address_t physical_address() const noexcept
	{
		return imx_dma_buffer_get_physical_address(get());
	}

	/* Return the descriptor, which belongs to the buffer, or -1. As imx_dma_buffer_get_fd(). */
	[[nodiscard]] int fd() const noexcept
	{
		return imx_dma_buffer_get_fd(get());
	}

	/*
	 * Import a DMA-BUF or a slice of it, as imx_dma_buffer_import_dmabuf(). The descriptor stays the caller's.
	 *
	 * size: 0: up to the end of the DMA-BUF.
	 */
	static Buffer try_import_dmabuf(int fd, std::size_t offset, std::size_t size, int *error) noexcept
	{
		return Buffer(imx_dma_buffer_import_dmabuf(fd, offset, size, error));
	}

	/* Map for reading and writing, as imx_dma_buffer_map(). */
	Mapping try_map(MapFlags flags, int *error) noexcept
	{
		return {get(), IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK | static_cast<unsigned int>(flags), error};
	}

	/* Map for writing. */
	Mapping try_map_write(MapFlags flags, int *error) noexcept
	{
		return {get(), IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | static_cast<unsigned int>(flags), error};
	}

	/* Map for reading. */
	ReadMapping try_map_read(MapFlags flags, int *error) noexcept
	{
		return {get(), IMX_DMA_BUFFER_MAPPING_FLAG_READ | static_cast<unsigned int>(flags), error};
	}

	/*
	 * Hand a range of the mapped buffer to devices, as imx_dma_buffer_sync_for_device().
	 *
	 * offset, length: in bytes.
	 *
	 * Returns false after a failure.
	 */
	[[nodiscard]] bool try_sync_for_device(std::size_t offset, std::size_t length, Direction direction,
		int *error) noexcept
	{
		ImxDmaBufferRange const range = {offset, length};

		return imx_dma_buffer_sync_for_device(get(), &range, 1, detail::to_c(direction), error) == 0;
	}

	/* Hand ranges to devices. ranges: a contiguous container of ImxDmaBufferRange; nothing is done if it is empty. */
	template <typename Ranges>
	[[nodiscard]] bool try_sync_for_device(Ranges const &ranges, Direction direction, int *error) noexcept
	{
		return imx_dma_buffer_sync_for_device(get(), pointer_to(ranges), std::size(ranges), detail::to_c(direction),
				   error) == 0;
	}

	/*
	 * Take a range back from devices, as imx_dma_buffer_sync_for_cpu().
	 *
	 * offset, length: in bytes.
	 *
	 * Returns false after a failure.
	 */
	[[nodiscard]] bool try_sync_for_cpu(std::size_t offset, std::size_t length, Direction direction,
		int *error) noexcept
	{
		ImxDmaBufferRange const range = {offset, length};

		return imx_dma_buffer_sync_for_cpu(get(), &range, 1, detail::to_c(direction), error) == 0;
	}

	/* Take ranges back. ranges: a contiguous container of ImxDmaBufferRange; nothing is done if it is empty. */
	template <typename Ranges>
	[[nodiscard]] bool try_sync_for_cpu(Ranges const &ranges, Direction direction, int *error) noexcept
	{
		return imx_dma_buffer_sync_for_cpu(get(), pointer_to(ranges), std::size(ranges), detail::to_c(direction),
				   error) == 0;
	}

	/* As imx_dma_buffer_attach_device(). Returns false after a failure. */
	[[nodiscard]] bool try_attach_device(int *error) noexcept
	{
		return imx_dma_buffer_attach_device(get(), error) == 0;
	}

	/*
	 * Wait for the fences of devices, as imx_dma_buffer_wait(). timeout_ms: in milliseconds, -1: no limit. Returns
	 * false after a failure, and also if a device is still at work (ETIMEDOUT). The thread can be cancelled meanwhile.
	 */
	[[nodiscard]] bool try_wait(Direction direction, int timeout_ms, int *error) const
	{
		return imx_dma_buffer_wait(get(), detail::to_c(direction), timeout_ms, error) == 0;
	}

	/* As imx_dma_buffer_export_sync_file(). */
	Fd try_export_sync_file(Direction direction, int *error) const noexcept
	{
		return Fd(imx_dma_buffer_export_sync_file(get(), detail::to_c(direction), error));
	}

	/* As imx_dma_buffer_import_sync_file(). The sync file stays the caller's. Returns false after a failure. */
	[[nodiscard]] bool try_import_sync_file(int sync_file_fd, Direction direction, int *error) noexcept
	{
		return imx_dma_buffer_import_sync_file(get(), sync_file_fd, detail::to_c(direction), error) == 0;
	}

	/* As imx_dma_buffer_query_properties(). */
	[[nodiscard]] std::optional<ImxDmaBufferProperties> try_properties(int *error) const noexcept
	{
		std::optional<ImxDmaBufferProperties> properties(std::in_place);

		properties->struct_size = sizeof(*properties);
		if (imx_dma_buffer_query_properties(get(), &*properties, error) != 0)
			properties.reset();
		return properties;
	}

	/* As imx_dma_buffer_query_physical_address(): the address with its source, or the reason why it is unknown. */
	[[nodiscard]] std::optional<ImxDmaBufferAddress> try_query_physical_address(int *error) const noexcept
	{
		std::optional<ImxDmaBufferAddress> address(std::in_place);

		address->struct_size = sizeof(*address);
		if (imx_dma_buffer_query_physical_address(get(), &*address, error) != 0)
			address.reset();
		return address;
	}

	/*
	 * Return a new descriptor of the memory, which outlives the buffer. As imx_dma_buffer_export_fd().
	 *
	 * offset: receives the offset of byte 0 in the DMA-BUF. NULL: a buffer with an offset is refused.
	 */
	Fd try_export_fd(std::size_t *offset, int *error) const noexcept
	{
		return Fd(imx_dma_buffer_export_fd(get(), offset, error));
	}

	/* As imx_dma_buffer_set_name(). Returns false after a failure. */
	[[nodiscard]] bool try_set_name(char const *name, int *error) noexcept
	{
		return imx_dma_buffer_set_name(get(), name, error) == 0;
	}

	/* As imx_dma_buffer_get_name(). */
	[[nodiscard]] std::optional<Name> try_name(int *error) const noexcept
	{
		std::optional<Name> name(std::in_place);

		if (imx_dma_buffer_get_name(get(), name->data(), name->size(), error) != 0)
			name.reset();
		return name;
	}

#ifdef IMXDMABUFFER_HPP_HAS_IPC
	/*
	 * As imx_dma_buffer_send(). The socket stays the caller's. The thread can be cancelled while it waits. Returns
	 * false after a failure.
	 */
	[[nodiscard]] bool try_send(int socket_fd, int *error) const
	{
		return imx_dma_buffer_send(get(), socket_fd, error) == 0;
	}

	/* As imx_dma_buffer_receive(). The socket stays the caller's. The thread can be cancelled while it waits. */
	static Buffer try_receive(int socket_fd, int *error)
	{
		return Buffer(imx_dma_buffer_receive(socket_fd, error));
	}
#endif

#ifdef __cpp_exceptions
	/* As try_import_dmabuf(), but throws an Error. */
	static Buffer import_dmabuf(int fd, std::size_t offset = 0, std::size_t size = 0)
	{
		return detail::check([&](int *error) { return try_import_dmabuf(fd, offset, size, error); });
	}

	/* As try_map(), but throws an Error. */
	Mapping map(MapFlags flags = MapFlags::none)
	{
		return detail::check([&](int *error) { return try_map(flags, error); });
	}

	/* As try_map_write(), but throws an Error. */
	Mapping map_write(MapFlags flags = MapFlags::none)
	{
		return detail::check([&](int *error) { return try_map_write(flags, error); });
	}

	/* As try_map_read(), but throws an Error. */
	ReadMapping map_read(MapFlags flags = MapFlags::none)
	{
		return detail::check([&](int *error) { return try_map_read(flags, error); });
	}

	/* As try_sync_for_device(), but throws an Error. */
	void sync_for_device(std::size_t offset, std::size_t length, Direction direction)
	{
		detail::check([&](int *error) { return try_sync_for_device(offset, length, direction, error); });
	}

	/* As try_sync_for_device(), but throws an Error. */
	template <typename Ranges> void sync_for_device(Ranges const &ranges, Direction direction)
	{
		detail::check([&](int *error) { return try_sync_for_device(ranges, direction, error); });
	}

	/* As try_sync_for_cpu(), but throws an Error. */
	void sync_for_cpu(std::size_t offset, std::size_t length, Direction direction)
	{
		detail::check([&](int *error) { return try_sync_for_cpu(offset, length, direction, error); });
	}

	/* As try_sync_for_cpu(), but throws an Error. */
	template <typename Ranges> void sync_for_cpu(Ranges const &ranges, Direction direction)
	{
		detail::check([&](int *error) { return try_sync_for_cpu(ranges, direction, error); });
	}

	/* As try_attach_device(), but throws an Error. */
	void attach_device()
	{
		detail::check([&](int *error) { return try_attach_device(error); });
	}

	/* As try_wait(), but throws an Error. Returns false if a device is still at work after the time. */
	[[nodiscard]] bool wait(Direction direction, int timeout_ms = -1) const
	{
		int error = 0;
		bool const is_done = try_wait(direction, timeout_ms, &error);

		if (!is_done && error != ETIMEDOUT)
			throw Error(error);
		return is_done;
	}

	/* As try_export_sync_file(), but throws an Error. */
	Fd export_sync_file(Direction direction) const
	{
		return detail::check([&](int *error) { return try_export_sync_file(direction, error); });
	}

	/* As try_import_sync_file(), but throws an Error. */
	void import_sync_file(int sync_file_fd, Direction direction)
	{
		detail::check([&](int *error) { return try_import_sync_file(sync_file_fd, direction, error); });
	}

	/* As try_properties(), but throws an Error. */
	[[nodiscard]] ImxDmaBufferProperties properties() const
	{
		return *detail::check([&](int *error) { return try_properties(error); });
	}

	/* As try_query_physical_address(), but throws an Error. */
	[[nodiscard]] ImxDmaBufferAddress query_physical_address() const
	{
		return *detail::check([&](int *error) { return try_query_physical_address(error); });
	}

	/* As try_export_fd(), but throws an Error. */
	Fd export_fd(std::size_t *offset = nullptr) const
	{
		return detail::check([&](int *error) { return try_export_fd(offset, error); });
	}

	/* As try_set_name(), but throws an Error. */
	void set_name(char const *name)
	{
		detail::check([&](int *error) { return try_set_name(name, error); });
	}

	/* As try_name(), but throws an Error. */
	[[nodiscard]] Name name() const
	{
		return *detail::check([&](int *error) { return try_name(error); });
	}

#ifdef IMXDMABUFFER_HPP_HAS_IPC
	/* As try_send(), but throws an Error. */
	void send(int socket_fd) const
	{
		detail::check([&](int *error) { return try_send(socket_fd, error); });
	}

	/* As try_receive(), but throws an Error. */
	static Buffer receive(int socket_fd)
	{
		return detail::check([&](int *error) { return try_receive(socket_fd, error); });
	}
#endif
#endif

  private:
	/* Of an empty container, data() may be NULL, which means the whole buffer to the C library. */
	template <typename Ranges> static ImxDmaBufferRange const *pointer_to(Ranges const &ranges) noexcept
	{
		static constexpr ImxDmaBufferRange none = {0, 0};

		return std::size(ranges) != 0 ? std::data(ranges) : &none;
	}
};

} // namespace imxdmabuffer

#endif /* IMXDMABUFFER_BUFFER_HPP */
