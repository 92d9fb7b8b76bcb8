/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that is compiled without exceptions, and has the functions with the prefix try_ only.
 */
#include <imxdmabuffer/imxdmabuffer.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>

#ifdef __cpp_exceptions
#error "this program is to be compiled without exceptions"
#endif

namespace
{

int number;
int failed;

void check(bool is_good, char const *name)
{
	number++;
	std::printf("%s %d - %s\n", is_good ? "ok" : "not ok", number, name);
	failed += is_good ? 0 : 1;
}

} // namespace

int main()
{
	using namespace imxdmabuffer;
	int error = 0;
	auto none = Allocator::try_open("unknown", AllocatorFlags::none, &error);

	check(!none && error == EINVAL, "an unknown allocator");
	error = 0;
	check(!none.try_allocate(1, 0, &error) && error == EINVAL, "an empty allocator");

	auto host = Allocator::try_open("host:memfd", AllocatorFlags::none, &error);
	auto pool = Pool::try_create(host, {}, &error);
	auto buffer = pool.try_allocate(8192, 0, &error);
	auto view = View::try_create(buffer, 4096, 0, ViewFlags::none, &error);

	check(static_cast<bool>(buffer), "allocate");
	check(view.size() == 4096, "view");
	if (auto mapping = view.try_map_write(MapFlags::none, &error))
		std::memset(mapping.data(), 0x5a, mapping.size());
	{
		auto mapping = buffer.try_map_read(MapFlags::manual_sync, &error);
		Session const session(mapping);

		check(mapping && mapping.begin()[4096] == 0x5a, "map");
		error = 0;
		check(!buffer.try_map(MapFlags::none, &error) && error == EACCES, "more access than is mapped");
		check(buffer.try_sync_for_cpu(0, 4096, Direction::from_device, &error), "ranges");
	}
	check(pool.try_stats(&error)->used_buffers == 1, "counters");
	check(std::strcmp(host.try_info(&error)->name, "host") == 0, "info");
	check(buffer.try_properties(&error)->reserved_size == 8192, "properties");
	check(static_cast<bool>(buffer.try_export_fd(nullptr, &error)), "descriptor");
	error = 0;
	check(!Buffer::try_import_dmabuf(-1, 0, 0, &error) && error == EBADF, "import");
	check(!Buffer().try_name(&error) && error == EINVAL, "name");
	std::printf("1..%d\n", number);
	return failed != 0 ? 1 : 0;
}
