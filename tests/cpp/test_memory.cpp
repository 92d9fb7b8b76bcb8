/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mappings, sessions and ranges, on memory that is not coherent with devices.
 */
#include "board.hpp"

#include <array>

using namespace imxdmabuffer;

namespace
{

class Memory : public Board
{
  protected:
	static constexpr std::size_t size = 16384;

	void SetUp() override
	{
		Board::SetUp();
		allocator = Allocator::open();
		buffer = allocator.allocate(size);
		sim_reset_counts();
	}

	void TearDown() override
	{
		buffer.reset();
		allocator.reset();
		Board::TearDown();
	}

	Allocator allocator;
	Buffer buffer;
};

static_assert(std::is_same_v<decltype(std::declval<ReadMapping>().data()), std::uint8_t const *>);
static_assert(std::is_same_v<decltype(std::declval<Mapping>().data()), std::uint8_t *>);
/* A session ends with its object, and a temporary one would end at once: it needs a name. */
static_assert(std::is_constructible_v<Session, Mapping &> && !std::is_convertible_v<Mapping &, Session>);
static_assert(!std::is_constructible_v<Session, Mapping> && !std::is_constructible_v<Session, ReadMapping const>);

TEST_F(Memory, IsWrittenByTheCpu)
{
	auto mapping = buffer.map_write();

	ASSERT_EQ(mapping.size(), size);
	EXPECT_EQ(mapping.end() - mapping.begin(), static_cast<std::ptrdiff_t>(size));
	EXPECT_EQ(mapping.get(), buffer.get());
	std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x71});
	EXPECT_FALSE(all_are(device_bytes(buffer, 0, size), 0x71));
	mapping.reset();
	EXPECT_FALSE(mapping);
	EXPECT_EQ(mapping.data(), nullptr);
	EXPECT_TRUE(all_are(device_bytes(buffer, 0, size), 0x71));
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
}

TEST_F(Memory, IsReadByTheCpu)
{
	/* What the CPU has in its cache. */
	EXPECT_TRUE(all_are(buffer.map_read(), 0));
	device_writes(buffer, 0, size, 0x72);
	sim_reset_counts();
	EXPECT_TRUE(all_are(buffer.map_read(), 0x72));
	EXPECT_STREQ(sim_sync_steps(), "start-r phys end-r");
}

TEST_F(Memory, IsMappedForBoth)
{
	device_writes(buffer, 0, size, 0x73);

	auto mapping = buffer.map();

	EXPECT_TRUE(all_are(mapping, 0x73));
	mapping.data()[1] = 0x74;
	mapping = Mapping();
	EXPECT_EQ(device_bytes(buffer, 0, 2), (std::vector<std::uint8_t>{0x73, 0x74}));
}

TEST_F(Memory, IsOverwritten)
{
	auto mapping = buffer.map_write(MapFlags::overwrite);

	EXPECT_STREQ(sim_sync_steps(), "start-w");
	std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x75});
	mapping.reset();
	EXPECT_TRUE(all_are(device_bytes(buffer, 0, size), 0x75));
}

TEST_F(Memory, HasTheAccessOfTheMapping)
{
	auto reader = buffer.map_read();

	message_of([&] { return buffer.map_write(); }, EACCES);
	message_of([&] { return buffer.map(); }, EACCES);
	EXPECT_EQ(buffer.map_read().data(), reader.data());
	reader.reset();
	EXPECT_TRUE(buffer.map());

	auto writer = buffer.map_write();

	message_of([&] { return buffer.map_read(); }, EACCES);
}

TEST_F(Memory, StaysMappedWhileObjectsMove)
{
	auto mapping = buffer.map();
	Buffer moved(std::move(buffer));
	Mapping other(std::move(mapping));
	auto second = moved.map();

	EXPECT_EQ(mapping.data(), nullptr);
	EXPECT_FALSE(mapping);
	EXPECT_EQ(other.size(), size);
	std::fill(other.begin(), other.end(), std::uint8_t{0x76});
	second = std::move(other);
	EXPECT_EQ(sim_open_accesses(moved.fd()), 1);
	EXPECT_FALSE(other);
	second.reset();
	EXPECT_EQ(sim_open_accesses(moved.fd()), 0);
	EXPECT_TRUE(all_are(device_bytes(moved, 0, size), 0x76));
	buffer = std::move(moved);
}

TEST_F(Memory, IsGivenUpByTheMapping)
{
	auto mapping = buffer.map();
	ImxDmaBuffer *mapped = mapping.release();

	EXPECT_EQ(mapped, buffer.get());
	EXPECT_FALSE(mapping);
	mapping.reset();
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 1);
	imx_dma_buffer_unmap(mapped);
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
}

TEST_F(Memory, HasSessionsOfTheProgram)
{
	auto mapping = buffer.map(MapFlags::manual_sync);

	EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
	for (std::uint8_t round = 1; round < 4; round++) {
		{
			Session const session(mapping);

			EXPECT_TRUE(session);
			EXPECT_EQ(session.get(), buffer.get());
			EXPECT_EQ(sim_open_accesses(buffer.fd()), 1);
			std::fill(mapping.begin(), mapping.end(), round);
			EXPECT_FALSE(all_are(device_bytes(buffer, 0, size), round));
		}
		EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
		EXPECT_TRUE(all_are(device_bytes(buffer, 0, size), round));
		device_writes(buffer, 0, size, 0x80);

		Session session(mapping);
		Session moved(std::move(session));

		EXPECT_FALSE(session);
		EXPECT_TRUE(all_are(mapping, 0x80));
		session = std::move(moved);
		session.reset();
		EXPECT_FALSE(session);
		EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
	}
}

TEST_F(Memory, KeepsTheSessionThatWasGivenUp)
{
	auto mapping = buffer.map(MapFlags::manual_sync);
	ImxDmaBuffer *session = Session(mapping).release();

	EXPECT_EQ(sim_open_accesses(buffer.fd()), 1);
	imx_dma_buffer_stop_sync_session(session);
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
}

TEST_F(Memory, CombinesFlags)
{
	auto mapping = buffer.map_write(MapFlags::manual_sync | MapFlags::overwrite);

	EXPECT_STREQ(sim_sync_steps(), "");
	{
		Session const session(mapping);

		EXPECT_STREQ(sim_sync_steps(), "start-w");
		std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x77});
	}
	EXPECT_TRUE(all_are(device_bytes(buffer, 0, size), 0x77));
}

TEST_F(Memory, FailsToMap)
{
	ASSERT_EQ(sim_fail(SIM_CALL_MMAP, 1, ENOMEM, 0), 0);
	message_of([&] { return buffer.map(); }, ENOMEM);
	sim_forget_failures();

	int error = 0;

	ASSERT_EQ(sim_fail(SIM_CALL_SYNC, 1, EIO, 0), 0);
	EXPECT_FALSE(buffer.try_map_read(MapFlags::none, &error));
	EXPECT_EQ(error, EIO);
	sim_forget_failures();
	EXPECT_TRUE(buffer.map());
}

#if __cplusplus >= 202002L
TEST_F(Memory, IsASpan)
{
	auto mapping = buffer.map();
	std::span<std::uint8_t> const bytes = mapping.span();

	EXPECT_EQ(bytes.data(), mapping.data());
	EXPECT_EQ(bytes.size(), size);
	EXPECT_TRUE(Mapping().span().empty());
	static_assert(std::is_same_v<decltype(std::declval<ReadMapping>().span()), std::span<std::uint8_t const>>);
}
#endif

/* This process maintains caches by ranges. */
class Ranges : public Memory
{
  protected:
	void SetUp() override
	{
		Memory::SetUp();
		buffer.reset();
		allocator.reset();
		start("cpu arm64 granule=64; heap reserved; phys native");
		allocator = Allocator::open();
		buffer = allocator.allocate(size);
		ASSERT_EQ(buffer.properties().sync_is_ranged, IMX_DMA_BUFFER_TRISTATE_YES);
	}
};

TEST_F(Ranges, GoToTheDevice)
{
	auto mapping = buffer.map(MapFlags::manual_sync);

	std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x61});
	buffer.sync_for_device(4096, 8192, Direction::to_device);
	EXPECT_TRUE(all_are(device_bytes(buffer, 4096, 8192), 0x61));
	EXPECT_FALSE(all_are(device_bytes(buffer, 0, 64), 0x61));
	EXPECT_FALSE(all_are(device_bytes(buffer, 12288, 64), 0x61));
}

TEST_F(Ranges, ComeBackToTheCpu)
{
	auto mapping = buffer.map(MapFlags::manual_sync);

	EXPECT_TRUE(all_are(mapping, 0));
	buffer.sync_for_device(0, size, Direction::bidirectional);
	device_writes(buffer, 0, size, 0x62);
	buffer.sync_for_cpu(4096, 64, Direction::to_device);
	EXPECT_EQ(mapping.begin()[4096], 0);
	buffer.sync_for_cpu(4096, 64, Direction::from_device);
	EXPECT_EQ(mapping.begin()[4096], 0x62);
	EXPECT_EQ(mapping.begin()[4095], 0);
	EXPECT_EQ(mapping.begin()[4160], 0);
}

TEST_F(Ranges, AreOfAnyContainer)
{
	auto mapping = buffer.map(MapFlags::manual_sync);
	std::vector<ImxDmaBufferRange> const vector = {{0, 64}, {8192, 64}};
	std::array<ImxDmaBufferRange, 1> const array = {{{4096, 64}}};
	ImxDmaBufferRange const plain[] = {{12288, 64}};

	std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x63});
	buffer.sync_for_device(std::vector<ImxDmaBufferRange>(), Direction::to_device);
	EXPECT_FALSE(all_are(device_bytes(buffer, 0, 64), 0x63));
	buffer.sync_for_device(vector, Direction::to_device);
	EXPECT_TRUE(all_are(device_bytes(buffer, 0, 64), 0x63) && all_are(device_bytes(buffer, 8192, 64), 0x63));
	EXPECT_FALSE(all_are(device_bytes(buffer, 4096, 64), 0x63));
	buffer.sync_for_device(array, Direction::to_device);
	EXPECT_TRUE(all_are(device_bytes(buffer, 4096, 64), 0x63));
	buffer.sync_for_device(plain, Direction::to_device);
	EXPECT_TRUE(all_are(device_bytes(buffer, 12288, 64), 0x63));
	device_writes(buffer, 0, size, 0x64);
	buffer.sync_for_cpu(std::vector<ImxDmaBufferRange>(), Direction::from_device);
	EXPECT_EQ(mapping.begin()[0], 0x63);
	buffer.sync_for_cpu(vector, Direction::from_device);
	EXPECT_EQ(mapping.begin()[0], 0x64);
	EXPECT_EQ(mapping.begin()[8192], 0x64);
}

TEST_F(Ranges, AreChecked)
{
	message_of([&] { return buffer.sync_for_device(0, 64, Direction::to_device); }, EINVAL);

	auto mapping = buffer.map();
	std::vector<ImxDmaBufferRange> const outside = {{0, size + 1}};

	message_of([&] { return buffer.sync_for_device(size, 1, Direction::to_device); }, EINVAL);
	message_of([&] { return buffer.sync_for_cpu(0, 0, Direction::from_device); }, EINVAL);
	message_of([&] { return buffer.sync_for_device(outside, Direction::to_device); }, EINVAL);
	message_of([&] { return buffer.sync_for_cpu(outside, Direction::from_device); }, EINVAL);
}

TEST_F(Memory, KeepsTheSessionThatIsStartedAgain)
{
	auto mapping = buffer.map(MapFlags::manual_sync);
	Session session(mapping);

	/* The buffer has one session: the end of the first object must not end that of the second. */
	session = Session(mapping);
	EXPECT_TRUE(session);
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 1);
	session = Session();
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 0);
}

} // namespace
