# SPDX-License-Identifier: LGPL-2.1-or-later
"""Buffers, mappings, numpy arrays and slices, and what a device sees of them."""
import ctypes
import errno
import gc
import weakref

import numpy
import sys

import pytest

import imxdmabuffer
from imxdmabuffer import AllocatorFlag, Direction, ViewFlag


def address_of(array):
    return array.__array_interface__['data'][0]


def test_facts_of_allocators(allocator):
    names = [info.name for info in imxdmabuffer.allocators()]
    assert names[0] == 'dma-heap' and names[-1] == 'host'
    assert allocator.info.name == allocator.name and allocator.name in names
    assert allocator.name in repr(allocator)
    assert all((info.error == 0) or info.message for info in imxdmabuffer.allocators())


def test_facts_of_a_buffer(buffer):
    assert len(buffer) == buffer.size == 8192 and not buffer.freed
    assert '8192' in repr(buffer)
    assert buffer.properties.reserved_size >= 8192
    assert buffer.properties.coherency in ('unknown', 'uncached', 'phys', 'importer', 'vendor', 'user', 'attachment')
    assert buffer.properties.zeroed in (True, False, None)
    for value in (buffer.properties.is_dmabuf, buffer.properties.cached, buffer.properties.iommu):
        assert value is None or isinstance(value, bool)


def test_alignment(allocator, simulator):
    # The beginning of the memory is aligned anyway.
    first = allocator.allocate(4096)
    assert allocator.allocate(4096, alignment=65536).physical_address % 65536 == 0
    assert not first.freed


def test_bytes_reach_the_device(addressed, simulator):
    with addressed.map('w') as view:
        view[:] = bytes(range(256)) * 32
    assert simulator.read(addressed.physical_address, 8192) == bytes(range(256)) * 32


def test_bytes_come_from_the_device(addressed, simulator):
    with addressed.map('w') as view:
        view[:] = bytes(8192)
    simulator.write(addressed.physical_address + 100, b'from the device')
    with addressed.map('r') as view:
        assert view[100:115] == b'from the device'


@pytest.mark.parametrize('mode, readonly', [('r', True), ('w', False), ('rw', False)])
def test_modes(buffer, mode, readonly):
    with buffer.map(mode) as view:
        assert isinstance(view, memoryview) and view.nbytes == 8192 and view.format == 'B'
        assert view.readonly == readonly
        if readonly:
            with pytest.raises(TypeError):
                view[0] = 1
            with pytest.raises(ValueError):
                numpy.frombuffer(view, 'uint8')[0] = 1
        else:
            view[0] = 1
            numpy.frombuffer(view, 'uint8')[1] = 2
            assert view[:2] == b'\x01\x02'


def test_mode_by_keyword_and_default(buffer):
    first = buffer.map(mode='r')
    assert first.readonly
    first.unmap()
    with buffer.map() as view:
        assert not view.readonly


@pytest.mark.parametrize('arguments, keywords, error', [
    (('x',), {}, ValueError), (('',), {}, ValueError), (('wr',), {}, ValueError), ((1,), {}, TypeError),
    (('r', 'w'), {}, TypeError), (('r',), {'mode': 'w'}, TypeError), ((), {'other': 1}, TypeError)])
def test_wrong_arguments_of_map(buffer, arguments, keywords, error):
    with pytest.raises(error):
        buffer.map(*arguments, **keywords)
    buffer.free()


def test_more_access_than_the_first_map_has(buffer):
    first = buffer.map('r')
    with pytest.raises(PermissionError) as caught:
        buffer.map('w')
    assert caught.value.errno == errno.EACCES and len(caught.value.strerror) > 20
    first.unmap()
    buffer.map('w')


def test_the_end_of_a_with_statement_unmaps(buffer):
    mapping = buffer.map('rw')
    with mapping as view:
        assert mapping.mapped
    assert not mapping.mapped
    for broken in (lambda: view[0], lambda: memoryview(mapping), lambda: mapping.address):
        with pytest.raises(ValueError):
            broken()
    mapping.unmap()


def test_views_keep_the_buffer_mapped(buffer):
    mapping = buffer.map('rw')
    view = memoryview(mapping)
    for call in (mapping.unmap, buffer.free):
        with pytest.raises(BufferError, match='views'):
            call()
    part = view[10:20]
    view.release()
    with pytest.raises(BufferError):
        mapping.unmap()
    part[0] = 7
    part.release()
    mapping.unmap()
    buffer.free()
    assert buffer.freed


@pytest.mark.parametrize('make', [memoryview, lambda view: view[1:], numpy.frombuffer, lambda view: view.cast('H')])
def test_a_with_statement_does_not_end_under_a_view(buffer, make):
    mapping = buffer.map('rw')
    with pytest.raises(BufferError):
        with mapping as view:
            kept = make(view)
    kept[0] = 9
    assert mapping.mapped and kept[0] == 9
    del kept, view
    mapping.unmap()
    with pytest.raises(ValueError):
        memoryview(mapping)


def test_the_last_view_unmaps(buffer):
    with pytest.raises(BufferError):
        with buffer.map('r') as view:
            kept = view[1:]
    with pytest.raises(BufferError):
        buffer.free()
    del view, kept
    buffer.map('w')
    buffer.free()


def test_the_last_view_unmaps_a_mapping_with_a_name(buffer):
    mapping = buffer.map('w')
    with pytest.raises(KeyError):
        with mapping as view:
            kept = view[1:]
            raise KeyError
    kept[0] = 1
    del view, kept
    with pytest.raises(ValueError, match='unmapped'):
        memoryview(mapping)
    with buffer.map('r') as view:
        assert view[1] == 1
    buffer.free()


def test_a_range_call_unmaps_a_mapping_that_an_exception_ends(buffer):
    mapping = buffer.map('rw')
    library = ctypes.CDLL('libimxdmabuffer.so.1')

    # The handler of the log runs during the call, as another thread would.
    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)
    def leave(*message):
        library.imx_dma_buffer_set_log_handler(None, None, 0)
        with pytest.raises(KeyError):
            with mapping:
                raise KeyError
    library.imx_dma_buffer_set_log_handler(leave, None, 4)
    with pytest.raises(OSError, match='outside the buffer'):
        buffer.sync_for_cpu(0, 1 << 30)
    assert not mapping.mapped
    buffer.free()


def test_an_exception_of_the_block_is_not_hidden(buffer):
    with pytest.raises(ZeroDivisionError):
        with buffer:
            with buffer.map('rw') as view:
                kept = numpy.frombuffer(view, 'uint8')
                kept[0] // 0 if False else 1 // 0
    assert not buffer.freed
    del kept, view
    buffer.free()


def test_views_keep_all_objects_alive(allocator):
    buffer = allocator.allocate(4096)
    array = buffer.array(4096)
    references = [weakref.ref(allocator), weakref.ref(buffer)]
    del allocator, buffer
    gc.collect()
    array[:] = 5
    assert array.sum() == 5 * 4096 and references[1]() is not None
    del array
    assert references[1]() is None


def test_a_freed_buffer(buffer):
    mapping = buffer.map('r')
    buffer.free()
    buffer.free()
    for call in (buffer.map, buffer.export, buffer.fileno, buffer.view, lambda: buffer.size, lambda: buffer.fd,
                 lambda: len(buffer), lambda: buffer[:64], lambda: buffer.physical_address, lambda: buffer.properties,
                 buffer.sync_for_device, buffer.sync_for_cpu, buffer.start_sync_session, buffer.stop_sync_session,
                 buffer.wait, buffer.__enter__, buffer.query_physical_address, buffer.attach_device,
                 buffer.export_sync_file, lambda: buffer.import_sync_file(0), lambda: buffer.name,
                 lambda: setattr(buffer, 'name', 'x'), lambda: buffer.array(1), lambda: buffer.send(0),
                 buffer.export_with_offset, lambda: memoryview(mapping)):
        with pytest.raises(ValueError, match='freed|unmapped'):
            call()
    mapping.unmap()
    assert 'freed' in repr(buffer) and not mapping.mapped


def test_a_with_statement_frees(allocator):
    with allocator.allocate(4096) as buffer:
        assert buffer.allocator is allocator
    assert buffer.freed


def test_arrays_are_the_memory_itself(buffer):
    mapping = buffer.map('rw')
    array = buffer.array((16, 8), 'uint16')
    assert address_of(array) == mapping.address == address_of(numpy.frombuffer(mapping, 'uint8'))
    array[1, 2] = 0x1234
    assert bytes(memoryview(mapping)[20:22]) == b'\x34\x12'
    assert array.flags.writeable and not array.flags.owndata


def test_arrays_with_strides_and_offset(buffer):
    picture = buffer.array((4, 10), 'uint8', strides=(64, 1), offset=128)
    picture[:] = 3
    whole = buffer.array(8192, mode='r')
    assert address_of(picture) == address_of(whole) + 128
    assert whole.sum() == 3 * 40 and (whole[128:138] == 3).all() and whole[138] == 0
    assert not whole.flags.writeable
    with pytest.raises(BufferError):
        buffer.free()
    del picture, whole
    buffer.free()


@pytest.mark.parametrize('dtype', [object, 'O', [('number', 'u1'), ('anything', 'O')], 'V0', 'nonsense'])
def test_arrays_of_no_memory(buffer, dtype):
    with pytest.raises(TypeError):
        buffer.array((4,), dtype)
    assert buffer.array((4,), [('red', 'u1'), ('green', 'u2')])['green'].tolist() == [0] * 4


def test_arrays_that_do_not_fit(buffer):
    for arguments in ((8193,), ((64, 64), 'uint64'), ((2, 2), 'uint8', (8192, 1))):
        with pytest.raises((ValueError, TypeError)):
            buffer.array(*arguments)
    # Sums that overflow.
    for shape, offset in ((16, 2 ** 64 - 4096), (1, 8192), (sys.maxsize, 1), (sys.maxsize, 8192), (8192, 1)):
        with pytest.raises((ValueError, TypeError, OverflowError)):
            buffer.array(shape, offset=offset)
    assert buffer.array(4096, offset=4096).nbytes == 4096
    with pytest.raises(TypeError):
        buffer.array(1, 'no type')
    buffer.free()


def test_slices_know_their_address(buffer):
    part = buffer[4096:8192]
    assert len(part) == 4096
    if buffer.physical_address:
        assert part.physical_address == buffer.physical_address + 4096
    with part.map('w') as view:
        view[:4] = b'part'
    with buffer.map('r') as view:
        assert view[4096:4100] == b'part'


def test_slices_as_of_lists(buffer):
    assert [len(part) for part in (buffer[:], buffer[:4096], buffer[-4096:], buffer[4096:100000])] == \
        [8192, 4096, 4096, 4096]
    for key in (slice(0, 0), slice(9, 3), slice(0, 8, 2), slice(None, None, -1)):
        with pytest.raises(ValueError):
            buffer[key]
    with pytest.raises(TypeError):
        buffer[0]


def test_a_slice_outlives_its_buffer(buffer):
    part = buffer.view(4096, 64)
    buffer.free()
    with part.map('rw') as view:
        view[0] = 1
    with pytest.raises(OSError) as caught:
        part.view(4096)
    assert caught.value.errno == errno.EINVAL


def test_slices_that_share_a_granule(buffer):
    if buffer.properties.sync_granule != 1:
        with pytest.raises(OSError) as caught:
            buffer[1:100]
        assert caught.value.errno == errno.EINVAL
    assert len(buffer.view(1, 99, ViewFlag.SHARE_GRANULE)) == 99


def test_ranges(addressed, simulator):
    mapping = addressed.map('rw')
    view = memoryview(mapping)
    view[256:260] = b'ring'
    addressed.sync_for_device(256, 64, Direction.TO_DEVICE)
    assert simulator.read(addressed.physical_address + 256, 4) == b'ring'
    addressed.sync_for_device(512, 64, direction=Direction.FROM_DEVICE)
    simulator.write(addressed.physical_address + 512, b'done')
    addressed.sync_for_cpu(512, 64, Direction.FROM_DEVICE)
    assert view[512:516] == b'done'
    addressed.sync_for_device()
    for arguments in ((8192, 1), (0, 0), (0, 8193), (9000,), (0, 1, 7)):
        with pytest.raises(OSError) as caught:
            addressed.sync_for_device(*arguments)
        assert caught.value.errno == errno.EINVAL
    with pytest.raises(OverflowError):
        addressed.sync_for_device(-1, 1)


def test_manual_sessions(addressed, simulator):
    with addressed.map('w', manual_sync=True) as view:
        addressed.start_sync_session()
        view[:6] = b'manual'
        addressed.stop_sync_session()
        assert simulator.read(addressed.physical_address, 6) == b'manual'


def test_overwrite(addressed, simulator):
    with addressed.map('w', overwrite=True) as view:
        view[:] = b'o' * 8192
    assert simulator.read(addressed.physical_address, 8192) == b'o' * 8192
    with pytest.raises(OSError) as caught:
        addressed.map('r', overwrite=True)
    assert caught.value.errno == errno.EINVAL


def test_query_of_the_address(addressed):
    address = addressed.query_physical_address()
    assert address.address == addressed.physical_address and address.contiguous_length >= 8192
    assert address.source in ('driver', 'dmabuf-ioctl', 'pagemap')


@pytest.mark.parametrize('arguments, error, code', [
    ((0,), OSError, errno.EINVAL), ((4096, -1), OverflowError, None), ((-1,), OverflowError, None),
    ((1 << 70,), OverflowError, None), ((sys.maxsize // 2 + 1,), OSError, None), ((1.5,), TypeError, None),
    ((), TypeError, None)])
def test_errors_of_allocate(allocator, arguments, error, code):
    with pytest.raises(error) as caught:
        allocator.allocate(*arguments)
    if error is OSError:
        assert caught.value.errno and len(caught.value.strerror) > 20
        assert code is None or caught.value.errno == code


def test_errors_of_allocators():
    with pytest.raises(OSError, match='nonsense') as caught:
        imxdmabuffer.Allocator('nonsense')
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(OSError) as caught:
        imxdmabuffer.Allocator('host', AllocatorFlag.USER_SYNC | AllocatorFlag.KERNEL_SYNC)
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(FileNotFoundError):
        imxdmabuffer.Allocator('dma-heap:/dev/dma_heap/missing')
    for arguments in ((1,), ('host', -1), ('host', 1 << 32), ('host', 0, 0)):
        with pytest.raises((TypeError, OverflowError)):
            imxdmabuffer.Allocator(*arguments)


def test_types_that_only_the_module_makes():
    for kind in (imxdmabuffer.Buffer, imxdmabuffer.Mapping):
        with pytest.raises(TypeError):
            kind()
        with pytest.raises(TypeError):
            type('Sub', (kind,), {})
