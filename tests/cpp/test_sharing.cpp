/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools, slabs, views, descriptors, other processes, fences.
 */
#include "board.hpp"

#include <sys/socket.h>
#include <unistd.h>

using namespace imxdmabuffer;

namespace
{

class Sharing : public Board
{
};

TEST_F(Sharing, APoolGivesBuffersOutAgain)
{
	auto pool = Pool::create(Allocator::open());
	auto const address = pool.allocate(8192).physical_address();

	EXPECT_EQ(pool.stats().idle_buffers, 1u);
	EXPECT_EQ(pool.allocate(8192).physical_address(), address);
	EXPECT_EQ(pool.stats().hits, 1u);
	EXPECT_EQ(pool.stats().misses, 1u);
	EXPECT_EQ(sim_live_buffers(), 1u);
	pool.trim();
	EXPECT_EQ(pool.stats().idle_buffers, 0u);
	EXPECT_EQ(sim_live_buffers(), 0u);
}

TEST_F(Sharing, APoolTakesLimits)
{
	auto allocator = Allocator::open();
	ImxDmaBufferPoolConfig config = {};

	config.preallocate = 3;
	config.preallocate_size = 4096;

	Pool const pool = Pool::create(allocator, config);

	EXPECT_EQ(pool.stats().idle_buffers, 3u);
	config.preallocate_size = 0;
	message_of([&] { return Pool::create(allocator, config); }, EINVAL);
	message_of([&] { return Pool::create(pool); }, EINVAL);
	message_of([&] { return Pool(Allocator::open().release()).stats(); }, EINVAL);
}

TEST_F(Sharing, APoolIsAnAllocator)
{
	Allocator allocator = Pool::create(Allocator::open());
	std::vector<Buffer> buffers;

	buffers.push_back(allocator.allocate(4096));
	EXPECT_EQ(allocator.info().zeroed, IMX_DMA_BUFFER_TRISTATE_NO);
	buffers.clear();
}

TEST_F(Sharing, ASlabCutsSmallBuffers)
{
	start("heap reserved-uncached; phys native; release 6.1.0");

	auto slab = Slab::create(Allocator::open(), 65536);
	auto first = slab.allocate(100);
	auto second = slab.allocate(100);

	EXPECT_EQ(sim_live_buffers(), 1u);
	EXPECT_NE(first.physical_address(), second.physical_address());
	message_of([&] { return View::create(first, 0, 64); }, ENOTSUP);
	message_of([&] { return Slab::create(slab, 65536); }, EINVAL);
	message_of([] { return Slab::create(Allocator::open(), 1); }, EINVAL);
}

TEST_F(Sharing, AViewOutlivesItsBuffer)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(16384);
	auto const address = buffer.physical_address();
	auto view = View::create(buffer, 4096, 8192);
	auto rest = View::create(view, 4096, 0);

	buffer.reset();
	EXPECT_EQ(view.physical_address(), address + 4096);
	EXPECT_EQ(view.size(), 8192u);
	EXPECT_EQ(rest.size(), 4096u);
	{
		auto mapping = view.map_write();

		std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x51});
	}
	EXPECT_TRUE(all_are(device_bytes(view, 0, 8192), 0x51));
	EXPECT_EQ(rest.map_read().begin()[0], 0x51);

	Buffer plain = std::move(view);

	EXPECT_EQ(plain.size(), 8192u);
	EXPECT_EQ(sim_live_buffers(), 1u);
}

TEST_F(Sharing, AViewSharesNoGranule)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(16384);

	message_of([&] { return View::create(buffer, 1, 100); }, EINVAL);
	EXPECT_EQ(View::create(buffer, 1, 100, ViewFlags::share_granule).size(), 100u);
	message_of([&] { return View::create(buffer, 16384, 0); }, EINVAL);
}

TEST_F(Sharing, DescriptorsOutliveTheBuffer)
{
	Fd fd;
	Fd slice;
	std::size_t offset = 0;
	{
		auto allocator = Allocator::open();
		auto buffer = allocator.allocate(16384);
		auto view = View::create(buffer, 4096, 4096);

		fd = buffer.export_fd();
		EXPECT_NE(fd.get(), buffer.fd());
		message_of([&] { return view.export_fd(); }, ENOTSUP);
		slice = view.export_fd(&offset);
	}
	EXPECT_EQ(offset, 4096u);
	EXPECT_EQ(sim_live_buffers(), 1u);

	auto imported = Buffer::import_dmabuf(fd.get());
	auto part = Buffer::import_dmabuf(slice.get(), offset, 4096);

	fd.reset();
	EXPECT_EQ(fd.get(), -1);
	EXPECT_EQ(imported.size(), 16384u);
	EXPECT_EQ(part.size(), 4096u);
	EXPECT_EQ(part.physical_address(), imported.physical_address() + 4096);
	EXPECT_EQ(part.properties().inode, imported.properties().inode);
	message_of([&] { return Buffer::import_dmabuf(slice.get(), 16384, 4096); }, EINVAL);
}

TEST_F(Sharing, ADescriptorIsClosedOnce)
{
	Fd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
	int const number = fd.get();
	Fd moved(std::move(fd));

	EXPECT_FALSE(fd);
	fd.reset();
	ASSERT_GE(fcntl(number, F_GETFD), 0);
	EXPECT_EQ(moved.release(), number);
	EXPECT_EQ(moved.get(), -1);
	EXPECT_GE(fcntl(number, F_GETFD), 0);
	moved.reset(number);
	moved = Fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
	EXPECT_TRUE(moved);
	EXPECT_LT(fcntl(number, F_GETFD), 0);
}

TEST_F(Sharing, BuffersHaveNames)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);

	EXPECT_STREQ(buffer.name().data(), "");
	buffer.set_name("camera 0");
	EXPECT_STREQ(buffer.name().data(), "camera 0");
	message_of([&] { return buffer.set_name("a name of more than thirty-one bytes"); }, EINVAL);
}

TEST_F(Sharing, BuffersHaveProperties)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(5000);
	auto address = buffer.query_physical_address();

	EXPECT_EQ(buffer.properties().cached, IMX_DMA_BUFFER_TRISTATE_YES);
	EXPECT_EQ(buffer.properties().reserved_size, 8192u);
	EXPECT_EQ(address.address, buffer.physical_address());
	EXPECT_EQ(address.source, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
}

TEST_F(Sharing, BuffersGoToOtherProcesses)
{
	int pair[2];
	auto allocator = Allocator::open();

	ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);

	Fd const one(pair[0]);
	Fd const other(pair[1]);
	auto buffer = allocator.allocate(4096);

	buffer.set_name("sent");
	buffer.send(one.get());

	auto received = Buffer::receive(other.get());

	EXPECT_STREQ(received.name().data(), "sent");
	EXPECT_EQ(received.properties().inode, buffer.properties().inode);
	message_of([&] { return buffer.send(-1); }, EBADF);
}

TEST_F(Sharing, FencesAreWaitedFor)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);
	int error = 0;

	EXPECT_TRUE(buffer.wait(Direction::from_device, 0));
	ASSERT_EQ(sim_set_fences(buffer.fd(), 1, 0), 0);
	EXPECT_TRUE(buffer.wait(Direction::from_device));
	EXPECT_FALSE(buffer.wait(Direction::to_device, 0));
	EXPECT_FALSE(buffer.wait(Direction::bidirectional, 1));
	EXPECT_FALSE(buffer.try_wait(Direction::to_device, 0, &error));
	EXPECT_EQ(error, ETIMEDOUT);
	message_of([&] { return buffer.wait(Direction::to_device, -2); }, EINVAL);
	ASSERT_EQ(sim_set_fences(buffer.fd(), 0, 0), 0);
}

TEST_F(Sharing, FencesAreExportedAndImported)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);
	Fd const null(open("/dev/null", O_RDONLY | O_CLOEXEC));
	auto fences = buffer.export_sync_file(Direction::bidirectional);

	EXPECT_TRUE(fences);
	EXPECT_EQ(sim_count(SIM_CALL_EXPORT_SYNC_FILE), 1u);
	buffer.import_sync_file(fences.get(), Direction::from_device);
	EXPECT_EQ(sim_count(SIM_CALL_IMPORT_SYNC_FILE), 1u);
	message_of([&] { return buffer.import_sync_file(null.get(), Direction::from_device); }, EINVAL);
}

TEST_F(Sharing, ADeviceIsAttached)
{
	start("heap reserved; phys absent; pagemap privileged; render etnaviv; release 6.1.0");

	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);
	auto imported = Buffer::import_dmabuf(buffer.fd());

	imported.attach_device();
	EXPECT_EQ(imported.properties().coherency, IMX_DMA_BUFFER_COHERENCY_ATTACHMENT);
}

/* On this machine, without simulated devices. */
TEST_F(Sharing, TheHostAllocatorWorks)
{
	auto allocator = Allocator::open("host:memfd");
	auto buffer = allocator.allocate(100000);
	{
		auto mapping = buffer.map_write();

		std::fill(mapping.begin(), mapping.end(), std::uint8_t{0x5a});
	}
	EXPECT_TRUE(all_are(buffer.map_read(), 0x5a));
	EXPECT_EQ(buffer.properties().is_dmabuf, IMX_DMA_BUFFER_TRISTATE_NO);
}

} // namespace
