/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tests of the C++ headers on simulated boards. Each test ends without memory, descriptors and misuse.
 */
#ifndef TESTS_CPP_BOARD_HPP
#define TESTS_CPP_BOARD_HPP

#include <imxdmabuffer/imxdmabuffer.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "sim.h"

/* Sessions on this board decide what CPU and devices see. */
inline constexpr char cached_board[] = "heap reserved; phys native; release 6.1.0";

inline int count_descriptors()
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
	return count;
}

class Board : public testing::Test
{
  protected:
	void SetUp() override
	{
		for (char const *name : {"IMXDMABUFFER_ALLOCATOR", "IMXDMABUFFER_PHYSICAL_ADDRESS", "IMXDMABUFFER_SYNC",
				 "IMXDMABUFFER_KEEP_MAPPINGS"})
			unsetenv(name);
		descriptors_ = count_descriptors();
		start(cached_board);
	}

	void TearDown() override
	{
		EXPECT_EQ(sim_live_buffers(), 0u);
		EXPECT_EQ(sim_misuses(), 0u) << sim_misuse();
		EXPECT_EQ(count_descriptors(), descriptors_);
	}

	static void start(char const *text)
	{
		sim_reset();
		ASSERT_EQ(sim_configure(text), 0) << sim_message();
		sim_reset_counts();
	}

	/* The bytes as devices see them. */
	static std::vector<std::uint8_t> device_bytes(imxdmabuffer::Buffer const &buffer, std::size_t offset,
		std::size_t length)
	{
		std::vector<std::uint8_t> bytes(length);

		EXPECT_EQ(sim_device_read(buffer.physical_address() + offset, bytes.data(), length), 0);
		return bytes;
	}

	static void device_writes(imxdmabuffer::Buffer const &buffer, std::size_t offset, std::size_t length,
		std::uint8_t value)
	{
		std::vector<std::uint8_t> const bytes(length, value);

		EXPECT_EQ(sim_device_write(buffer.physical_address() + offset, bytes.data(), length), 0);
	}

	template <typename Bytes> static bool all_are(Bytes const &bytes, std::uint8_t value)
	{
		return std::all_of(bytes.begin(), bytes.end(), [=](std::uint8_t byte) { return byte == value; });
	}

  private:
	int descriptors_ = 0;
};

/* The call throws an Error with this code. Returns its message. */
template <typename Call> std::string message_of(Call const &call, int code)
{
	try {
		static_cast<void>(call());
	} catch (imxdmabuffer::Error const &error) {
		EXPECT_EQ(error.code(), std::error_code(code, std::generic_category()));
		return error.what();
	}
	ADD_FAILURE() << "nothing was thrown";
	return {};
}

#endif /* TESTS_CPP_BOARD_HPP */
