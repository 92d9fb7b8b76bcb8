# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing grows: references, objects, descriptors, memory. ROUNDS in the environment is the number of rounds."""
import gc
import os
import sys
import tracemalloc

import imxdmabuffer

ROUNDS = int(os.environ.get('ROUNDS', 10000))
PARTS = 16


def descriptors():
    return sorted(os.readlink(f'/proc/self/fd/{name}') for name in os.listdir('/proc/self/fd')
                  if os.path.exists(f'/proc/self/fd/{name}'))


def resident():
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def use(allocator):
    """Use all that makes objects, also the ways to fail."""
    with allocator.allocate(4096) as buffer:
        with buffer.map('rw') as view:
            view[0] = 1
            part = view[1:]
            try:
                buffer.free()
            except BufferError:
                part.release()
        array = buffer.array((4, 4), 'uint16', mode='r')
        del array
        for wrong in (lambda: buffer.map('x'), lambda: buffer.array(5000), lambda: buffer.view(4096),
                      lambda: allocator.allocate(0), lambda: buffer.map(other=1), lambda: buffer.array(1, 'x')):
            try:
                wrong()
            except (ValueError, TypeError, OSError):
                pass
        buffer[:4096].map('r').unmap()
        if buffer.fd is not None:
            os.close(buffer.export())
            os.close(buffer.export_with_offset()[0])
        buffer.properties.coherency, buffer.physical_address, repr(buffer), buffer.allocator
    imxdmabuffer.Pool(allocator).allocate(4096).map('w')


def counts(kinds):
    gc.collect()
    return [sys.getrefcount(kind) for kind in kinds], descriptors()


def memory():
    gc.collect()
    return resident(), tracemalloc.get_traced_memory()[0]


def test_nothing_grows():
    allocator = imxdmabuffer.Allocator()
    kinds = (imxdmabuffer.Allocator, imxdmabuffer.Buffer, imxdmabuffer.Mapping, imxdmabuffer.Pool, type(None), bool,
             imxdmabuffer.Properties, imxdmabuffer.import_dmabuf, None, True, 'rw', allocator)
    for _ in range(300):
        use(allocator)
    tracemalloc.start()
    # The objects of tracemalloc itself, and of the first round with it, come before the count.
    use(allocator)
    before = counts(kinds)
    sizes = [memory()]
    for _ in range(PARTS):
        for _ in range(ROUNDS // PARTS):
            use(allocator)
        sizes.append(memory())
    tracemalloc.stop()
    after = counts(kinds)
    assert all(abs(one - other) < 50 for one, other in zip(before[0], after[0])), (before[0], after[0])
    assert after[1] == before[1]
    # The interpreter grows in some parts of the rounds. What leaks an object of 16 bytes in each round grows in all.
    assert min(two[1] - one[1] for one, two in zip(sizes, sizes[1:])) < 8 * ROUNDS // PARTS, sizes
    assert min(two[0] - one[0] for one, two in zip(sizes, sizes[1:])) < 32 << 10, sizes
