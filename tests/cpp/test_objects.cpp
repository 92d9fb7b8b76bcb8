/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects and their lifetime, moves, errors.
 */
#include "board.hpp"

#include <cstring>

#include <pthread.h>

using namespace imxdmabuffer;

namespace
{

/* Can be moved without an exception, and not be copied. */
template <typename Object>
constexpr bool is_move_only =
	std::is_nothrow_move_constructible_v<Object> &&std::is_nothrow_move_assignable_v<Object> &&
	!std::is_copy_constructible_v<Object> && !std::is_copy_assignable_v<Object> &&
	std::is_nothrow_default_constructible_v<Object>;

static_assert(is_move_only<Allocator> && is_move_only<Buffer> && is_move_only<View> && is_move_only<Pool>);
static_assert(is_move_only<Slab> && is_move_only<Mapping> && is_move_only<ReadMapping> && is_move_only<Session>);
static_assert(is_move_only<Fd>);
static_assert(sizeof(Buffer) == sizeof(void *) && sizeof(Allocator) == sizeof(void *) &&
	sizeof(Pool) == sizeof(void *));
static_assert(sizeof(Mapping) == 2 * sizeof(void *) && sizeof(Session) == sizeof(void *) && sizeof(Fd) == sizeof(int));
static_assert(std::is_nothrow_copy_constructible_v<Error> && std::is_base_of_v<std::system_error, Error>);
static_assert(!std::is_convertible_v<ImxDmaBuffer *, Buffer> && !std::is_convertible_v<int, Fd>);
static_assert(!std::is_convertible_v<Buffer, bool>);

class Objects : public Board
{
};

TEST_F(Objects, GoWithTheirScope)
{
	{
		auto allocator = Allocator::open();
		auto buffer = allocator.allocate(8192, 4096);
		auto other = allocator.allocate(1);

		EXPECT_EQ(sim_live_buffers(), 2u);
		EXPECT_EQ(buffer.size(), 8192u);
		EXPECT_NE(buffer.physical_address(), 0u);
		EXPECT_GE(buffer.fd(), 0);
		EXPECT_STREQ(allocator.name(), "dma-heap");
		other.reset();
		EXPECT_EQ(sim_live_buffers(), 1u);
		EXPECT_FALSE(other);
	}
	EXPECT_EQ(sim_live_buffers(), 0u);
}

TEST_F(Objects, GoWhenAnExceptionPasses)
{
	EXPECT_THROW(
		{
			auto allocator = Allocator::open();
			auto buffer = allocator.allocate(4096);
			auto mapping = buffer.map();
			Session const session(mapping);

			throw std::runtime_error("passes");
		},
		std::runtime_error);
	EXPECT_EQ(sim_live_buffers(), 0u);
}

TEST_F(Objects, CanBeMoved)
{
	/* It outlives the buffers that it will have. */
	Allocator last;
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);
	ImxDmaBuffer *object = buffer.get();
	Buffer moved(std::move(buffer));

	EXPECT_EQ(moved.get(), object);
	EXPECT_EQ(buffer.get(), nullptr);
	EXPECT_FALSE(buffer);
	buffer = allocator.allocate(4096);
	EXPECT_EQ(sim_live_buffers(), 2u);
	buffer = std::move(moved);
	EXPECT_EQ(sim_live_buffers(), 1u);
	EXPECT_EQ(buffer.get(), object);
	last = std::move(allocator);
	EXPECT_FALSE(allocator);
	EXPECT_EQ(last.allocate(4096).size(), 4096u);
	EXPECT_EQ(message_of([&] { return allocator.allocate(4096); }, EINVAL), imx_dma_buffer_get_last_error());
}

/* The compiler must not see that both are the same object: it would warn. */
template <typename Object> Object &same(Object &object)
{
	return object;
}

TEST_F(Objects, SurviveASelfMove)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);
	auto mapping = buffer.map(MapFlags::manual_sync);
	Session session(mapping);
	auto fd = buffer.export_fd();
	int const number = fd.get();

	allocator = std::move(same(allocator));
	buffer = std::move(same(buffer));
	mapping = std::move(same(mapping));
	session = std::move(same(session));
	fd = std::move(same(fd));
	ASSERT_TRUE(allocator && buffer && mapping && session && fd);
	EXPECT_EQ(fd.get(), number);
	EXPECT_GE(fcntl(number, F_GETFD), 0);
	EXPECT_EQ(sim_open_accesses(buffer.fd()), 1);
	mapping.begin()[4095] = 1;
	EXPECT_EQ(sim_live_buffers(), 1u);
}

TEST_F(Objects, AreTakenOverAndGivenUp)
{
	Allocator allocator(imx_dma_buffer_allocator_new(nullptr));
	Buffer buffer(imx_dma_buffer_allocate(allocator.get(), 4096, 0, nullptr));
	ImxDmaBuffer *object = buffer.release();

	EXPECT_EQ(buffer.get(), nullptr);
	EXPECT_EQ(sim_live_buffers(), 1u);
	buffer.reset(object);
	buffer.reset(imx_dma_buffer_allocate(allocator.get(), 4096, 0, nullptr));
	EXPECT_EQ(sim_live_buffers(), 1u);
	imx_dma_buffer_deallocate(buffer.release());

	ImxDmaBufferAllocator *last = allocator.release();

	EXPECT_NE(last, nullptr);
	imx_dma_buffer_allocator_destroy(last);
}

TEST_F(Objects, KeepInAVector)
{
	auto allocator = Allocator::open();
	std::vector<Buffer> buffers;

	for (std::size_t size = 1; size <= 20; size++)
		buffers.push_back(allocator.allocate(size * 4096));
	buffers.erase(buffers.begin(), buffers.begin() + 5);
	EXPECT_EQ(sim_live_buffers(), 15u);
	EXPECT_EQ(buffers.front().size(), 6u * 4096);
}

TEST_F(Objects, AreEmptyAtFirst)
{
	Buffer const buffer;
	Mapping mapping;
	Session session;
	Session const none(mapping);
	Fd fd;

	EXPECT_FALSE(buffer || mapping || session || none || fd || Allocator() || Pool() || View() || Slab());
	EXPECT_EQ(buffer.size(), 0u);
	EXPECT_EQ(buffer.physical_address(), 0u);
	EXPECT_EQ(buffer.fd(), -1);
	EXPECT_EQ(mapping.data(), nullptr);
	EXPECT_EQ(mapping.begin(), mapping.end());
	EXPECT_EQ(mapping.size(), 0u);
	EXPECT_EQ(Allocator().name(), nullptr);
	mapping.reset();
	session.reset();
	fd.reset();
	Pool().trim();
}

TEST_F(Objects, FailIfTheyAreEmpty)
{
	Buffer buffer;
	Pool pool;

	message_of([&] { return buffer.map(); }, EINVAL);
	message_of([&] { return buffer.map_read(); }, EINVAL);
	message_of([&] { return buffer.map_write(); }, EINVAL);
	message_of([&] { return buffer.sync_for_device(0, 1, Direction::to_device); }, EINVAL);
	message_of([&] { return buffer.sync_for_cpu(0, 1, Direction::from_device); }, EINVAL);
	message_of([&] { return buffer.attach_device(); }, EINVAL);
	message_of([&] { return buffer.wait(Direction::from_device); }, EINVAL);
	message_of([&] { return buffer.export_sync_file(Direction::from_device); }, EINVAL);
	message_of([&] { return buffer.import_sync_file(0, Direction::from_device); }, EINVAL);
	message_of([&] { return buffer.properties(); }, EINVAL);
	message_of([&] { return buffer.query_physical_address(); }, EINVAL);
	message_of([&] { return buffer.export_fd(); }, EINVAL);
	message_of([&] { return buffer.set_name("name"); }, EINVAL);
	message_of([&] { return buffer.name(); }, EINVAL);
	message_of([&] { return buffer.send(0); }, EINVAL);
	message_of([&] { return View::create(buffer, 0, 0); }, EINVAL);
	message_of([&] { return pool.allocate(1); }, EINVAL);
	message_of([&] { return pool.info(); }, EINVAL);
	message_of([&] { return pool.stats(); }, EINVAL);
	message_of([&] { return Pool::create(pool); }, EINVAL);
	message_of([&] { return Slab::create(pool, 65536); }, EINVAL);
}

TEST_F(Objects, FailWithCodeAndMessage)
{
	auto allocator = Allocator::open();

	EXPECT_NE(message_of([&] { return allocator.allocate(0); }, EINVAL).find("0"), std::string::npos);
	ASSERT_EQ(sim_fail(SIM_CALL_HEAP_ALLOC, 1, ENOMEM, 0), 0);
	EXPECT_NE(message_of([&] { return allocator.allocate(4096); }, ENOMEM).find("ENOMEM"), std::string::npos);
	sim_forget_failures();
	message_of([] { return Allocator::open("unknown"); }, EINVAL);
	message_of([] { return Allocator::query("unknown"); }, EINVAL);
	EXPECT_NE(message_of([] { return Allocator::open("ion"); }, ENOENT).find("/dev/ion"), std::string::npos);
	message_of([] { return Buffer::import_dmabuf(-1); }, EBADF);
	message_of([] { return Buffer::receive(-1); }, EBADF);
}

TEST_F(Objects, KeepTheMessageInTheError)
{
	auto allocator = Allocator::open();

	try {
		static_cast<void>(allocator.allocate(0));
		ADD_FAILURE();
	} catch (std::system_error const &error) {
		std::string const message = error.what();
		Error const copy = dynamic_cast<Error const &>(error);

		message_of([] { return Allocator::open("unknown"); }, EINVAL);
		EXPECT_EQ(error.what(), message);
		EXPECT_EQ(copy.what(), message);
		EXPECT_NE(imx_dma_buffer_get_last_error(), message);
		EXPECT_TRUE(error.code() == std::errc::invalid_argument);
	}
}

TEST_F(Objects, ReturnAnErrorWithoutAnException)
{
	int error = 0;
	auto allocator = Allocator::try_open("unknown", AllocatorFlags::none, &error);

	EXPECT_FALSE(allocator);
	EXPECT_EQ(error, EINVAL);
	EXPECT_FALSE(Allocator::try_open("unknown", AllocatorFlags::none, nullptr));
	error = 0;
	allocator = Allocator::try_open(nullptr, AllocatorFlags::none, &error);
	ASSERT_TRUE(allocator);
	EXPECT_TRUE(allocator.try_allocate(4096, 0, &error));
	EXPECT_EQ(error, 0);
	EXPECT_FALSE(allocator.try_allocate(0, 0, &error));
	EXPECT_EQ(error, EINVAL);
}

TEST_F(Objects, AreDescribed)
{
	auto allocator = Allocator::open();
	auto info = allocator.info();
	auto queried = Allocator::query("dma-heap");

	EXPECT_STREQ(info.name, "dma-heap");
	EXPECT_STREQ(info.node, "/dev/dma_heap/reserved");
	EXPECT_EQ(info.is_dmabuf, IMX_DMA_BUFFER_TRISTATE_YES);
	EXPECT_EQ(queried.error, 0);
	EXPECT_EQ(queried.coherency, IMX_DMA_BUFFER_COHERENCY_PHYS);
	EXPECT_EQ(Allocator::query("ion").error, ENOENT);
}

TEST_F(Objects, TakeFlags)
{
	start("heap reserved; phys absent");
	message_of([] { return Allocator::open("dma-heap").allocate(4096); }, ENOTSUP);

	auto allocator = Allocator::open("dma-heap", AllocatorFlags::no_physical_address | AllocatorFlags::kernel_sync);
	auto buffer = allocator.allocate(4096);

	EXPECT_EQ(buffer.physical_address(), 0u);
	message_of([&] { return buffer.query_physical_address(); }, ENOTSUP);
	message_of([] { return Allocator::open("dma-heap", AllocatorFlags::user_sync | AllocatorFlags::kernel_sync); },
		EINVAL);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	EXPECT_EQ(Allocator::open().allocate(4096).physical_address(), 0u);
	message_of([] { return Allocator::open(nullptr, AllocatorFlags::require_physical_address).allocate(4096); },
		ENOTSUP);
}

void *close_in_a_cancelled_thread(void *fd)
{
	pthread_cancel(pthread_self());
	Fd(*static_cast<int *>(fd)).reset();
	pthread_testcancel();
	return nullptr;
}

/* If the cancellation took effect in close(), its exception would leave a destructor and end the program. */
TEST_F(Objects, CloseDescriptorsInACancelledThread)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pthread_t thread = 0;
	void *result = nullptr;

	ASSERT_EQ(pthread_create(&thread, nullptr, close_in_a_cancelled_thread, &fd), 0);
	ASSERT_EQ(pthread_join(thread, &result), 0);
	EXPECT_EQ(result, PTHREAD_CANCELED);
	EXPECT_LT(fcntl(fd, F_GETFD), 0);
}

void *wait_for_fences(void *buffer)
{
	static_cast<void>(static_cast<Buffer *>(buffer)->wait(Direction::from_device));
	return nullptr;
}

TEST_F(Objects, CanBeCancelledInAWait)
{
	auto allocator = Allocator::open();
	auto buffer = allocator.allocate(4096);
	pthread_t thread = 0;
	void *result = nullptr;

	ASSERT_EQ(sim_set_fences(buffer.fd(), 0, 1), 0);
	ASSERT_EQ(pthread_create(&thread, nullptr, wait_for_fences, &buffer), 0);
	ASSERT_EQ(pthread_cancel(thread), 0);
	ASSERT_EQ(pthread_join(thread, &result), 0);
	EXPECT_EQ(result, PTHREAD_CANCELED);
}

} // namespace
