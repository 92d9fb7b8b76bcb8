# SPDX-License-Identifier: LGPL-2.1-or-later
"""Descriptors, names, sockets, other processes and pools."""
import errno
import os
import socket
import subprocess
import sys

import numpy
import pytest

import imxdmabuffer
from imxdmabuffer import Pool, PoolFlag

# A program that receives frames and answers with their sums.
READER = '''
import socket, sys
import imxdmabuffer
connection = socket.socket(fileno=int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    with imxdmabuffer.receive(connection) as frame:
        picture = frame.array((48, 64), "uint16", mode="r")
        connection.sendall(int(picture.sum()).to_bytes(8, "little"))
        del picture
'''
# A program that maps an inherited descriptor.
INHERITOR = '''
import mmap, os, sys
print(bytes(mmap.mmap(int(sys.argv[1]), 8192, mmap.MAP_SHARED, mmap.PROT_READ)[:9]).decode())
'''


def run(program, *arguments, descriptors=()):
    return subprocess.run([sys.executable, '-c', program, *map(str, arguments)], pass_fds=descriptors, check=True,
                          capture_output=True, text=True).stdout


@pytest.fixture
def sockets():
    pair = socket.socketpair()
    yield pair
    for one in pair:
        one.close()


def test_descriptors(buffer):
    if buffer.fd is None:
        for call in (buffer.fileno, buffer.export):
            with pytest.raises(OSError) as caught:
                call()
            assert caught.value.errno == errno.ENOTSUP
        return
    assert buffer.fd == buffer.fileno() > 2
    copy = buffer.export()
    try:
        assert copy != buffer.fd and os.path.sameopenfile(copy, buffer.fd) and not os.get_inheritable(copy)
    finally:
        os.close(copy)
    part = buffer[4096:]
    assert part.fd is None
    copy, offset = part.export_with_offset()
    os.close(copy)
    assert offset == 4096
    with pytest.raises(OSError):
        part.export()


def test_imports(dmabuf):
    descriptor = dmabuf.export()
    other = imxdmabuffer.import_dmabuf(descriptor)
    part = imxdmabuffer.import_dmabuf(dmabuf, 4096, 64)
    os.close(descriptor)
    with dmabuf.map('w') as view:
        view[4096:4100] = b'once'
    assert other.allocator is None and other.size == 8192 and part.size == 64
    # Heaps of ION may be scattered: an import of them has no address.
    if dmabuf.allocator.name == 'dma-heap':
        assert part.physical_address == dmabuf.physical_address + 4096
    assert other.properties.inode == dmabuf.properties.inode
    dmabuf.free()
    with part.map('r') as view:
        assert view[:4] == b'once'
    with other.map('r') as view:
        assert view[4096:4100] == b'once'


def test_imports_of_other_files(tmp_path):
    with open(tmp_path / 'file', 'w+b') as file, pytest.raises(OSError) as caught:
        imxdmabuffer.import_dmabuf(file)
    assert caught.value.errno == errno.EINVAL
    for wrong in (-1, 'text', None):
        with pytest.raises((ValueError, TypeError)):
            imxdmabuffer.import_dmabuf(wrong)


def test_names(dmabuf):
    assert dmabuf.name == ''
    dmabuf.name = 'camera 0'
    assert dmabuf.name == 'camera 0'
    with pytest.raises(OSError):
        dmabuf.name = 'x' * 32
    with pytest.raises(TypeError):
        dmabuf.name = 1
    del dmabuf.name
    assert dmabuf.name == ''


def test_an_exported_descriptor_in_another_process(buffer):
    if buffer.fd is None or os.environ.get('IMXDMABUFFER_SIM'):
        pytest.skip('the program maps a memory file of this machine')
    with buffer.map('w') as view:
        view[:9] = b'exported!'
    descriptor = buffer.export()
    assert run(INHERITOR, descriptor, descriptors=[descriptor]) == 'exported!\n'
    os.close(descriptor)


def test_a_camera_whose_frames_another_process_reads(allocator, dmabuf, sockets):
    near, far = sockets
    pool = Pool(allocator, preallocate=3, preallocate_size=48 * 64 * 2)
    reader = subprocess.Popen([sys.executable, '-c', READER, str(far.fileno()), '6'], pass_fds=[far.fileno()])
    far.close()
    near.settimeout(600)
    for number in range(6):
        with pool.allocate(48 * 64 * 2) as frame:
            picture = frame.array((48, 64), 'uint16', mode='w')
            picture[:] = numpy.arange(48 * 64, dtype='uint16').reshape(48, 64) + number
            wanted = int(picture.sum())
            assert picture.__array_interface__['data'][0] == frame.map('w').address
            del picture
            frame.send(near)
            assert int.from_bytes(near.recv(8), 'little') == wanted
    assert reader.wait(600) == 0
    assert pool.stats.hits >= 3 and pool.stats.used_buffers == 0


def test_sockets_that_wait(dmabuf, sockets):
    near, far = sockets
    far.setblocking(False)
    with pytest.raises(BlockingIOError):
        imxdmabuffer.receive(far)
    far.settimeout(0.01)
    with pytest.raises(TimeoutError) as caught:
        imxdmabuffer.receive(far)
    assert caught.value.errno == errno.ETIMEDOUT
    for timeout in (None, 600):
        far.settimeout(timeout)
        near.settimeout(timeout)
        dmabuf.send(near)
        with imxdmabuffer.receive(far) as other:
            assert other.size == 8192
    dmabuf.send(near.fileno())
    imxdmabuffer.receive(far.fileno())
    near.close()
    with pytest.raises(ConnectionResetError):
        imxdmabuffer.receive(far)


def test_a_full_socket(dmabuf, sockets):
    near = sockets[0]
    near.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            dmabuf.send(near)
    near.settimeout(0.01)
    with pytest.raises(TimeoutError):
        while True:
            dmabuf.send(near)


def test_memory_that_cannot_be_sent(buffer, sockets):
    if buffer.properties.is_dmabuf:
        pytest.skip('DMA-BUFs can be sent')
    with pytest.raises(OSError) as caught:
        buffer.send(sockets[0])
    assert caught.value.errno == errno.ENOTSUP


def test_pools(allocator):
    pool = Pool(allocator, max_idle_buffers=4, idle_ms=0xffffffff, flags=PoolFlag.ZERO)
    assert isinstance(pool, imxdmabuffer.Allocator)
    first = pool.allocate(4096)
    with first.map('w') as view:
        view[:] = b'x' * 4096
    assert pool.stats.used_buffers == 1 and pool.stats.misses == 1
    first.free()
    assert pool.stats.idle_buffers == 1
    with pool.allocate(4096) as again:
        assert pool.stats.hits == 1 and again.allocator is pool
        with again.map('r') as view:
            assert view == bytes(4096)
    pool.trim()
    assert pool.stats.idle_buffers == 0


def test_a_pool_outlives_its_allocator():
    pool = Pool(imxdmabuffer.Allocator())
    with pool.allocate(4096).map('w') as view:
        view[0] = 1


def test_errors_of_pools(allocator):
    pool = Pool(allocator)
    for arguments, keywords in (((pool,), {}), ((allocator,), {'preallocate': 2}), ((allocator,), {'flags': 128})):
        with pytest.raises(OSError) as caught:
            Pool(*arguments, **keywords)
        assert caught.value.errno == errno.EINVAL
    for arguments in ((), (None,), ('host',), (allocator, 1)):
        with pytest.raises(TypeError):
            Pool(*arguments)
