# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory for DMA on NXP i.MX processors.

    import imxdmabuffer

    buffer = imxdmabuffer.Allocator().allocate(4096)
    with buffer.map("w") as view:
        view[:5] = b"hello"
    print(buffer.fd, buffer.physical_address)

The errors are OSError with the code and the message of the library. A buffer cannot be freed or unmapped while views
of its memory exist (BufferError). Calls that may wait let other threads run. Objects may be used by several threads.
"""
import enum
import os

from . import _imxdmabuffer
from ._imxdmabuffer import (
    Address, Allocator, AllocatorInfo, Buffer, Mapping, Pool, PoolStats, Properties, __version__, allocators,
    import_dmabuf, receive)

__all__ = ['Address', 'Allocator', 'AllocatorFlag', 'AllocatorInfo', 'Buffer', 'Direction', 'Mapping', 'Pool',
           'PoolFlag', 'PoolStats', 'Properties', 'ViewFlag', '__version__', 'allocators', 'import_dmabuf', 'receive']

# The calls of other threads do not go on in a child.
os.register_at_fork(after_in_child=_imxdmabuffer._forked)


class AllocatorFlag(enum.IntFlag):
    """Flags of Allocator(): at most one about the physical address, and one about who maintains caches."""

    NO_PHYSICAL_ADDRESS = _imxdmabuffer.NO_PHYSICAL_ADDRESS
    REQUIRE_PHYSICAL_ADDRESS = _imxdmabuffer.REQUIRE_PHYSICAL_ADDRESS
    USER_SYNC = _imxdmabuffer.USER_SYNC
    KERNEL_SYNC = _imxdmabuffer.KERNEL_SYNC


class PoolFlag(enum.IntFlag):
    """Flags of Pool(): give out any block that is large enough, fill with zeros, no driver adds fences."""

    ANY_FIT = _imxdmabuffer.ANY_FIT
    ZERO = _imxdmabuffer.ZERO
    NO_FENCES = _imxdmabuffer.NO_FENCES


class ViewFlag(enum.IntFlag):
    """Flags of Buffer.view(): the part may begin and end within a granule."""

    SHARE_GRANULE = _imxdmabuffer.SHARE_GRANULE


class Direction(enum.IntEnum):
    """The way of the data: the CPU writes and devices read, devices write and the CPU reads, or both."""

    TO_DEVICE = _imxdmabuffer.TO_DEVICE
    FROM_DEVICE = _imxdmabuffer.FROM_DEVICE
    BIDIRECTIONAL = _imxdmabuffer.BIDIRECTIONAL
