# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of all tests. The environment names the allocator, and the simulated board if there is one."""
import ctypes
import os

import pytest

# What the caller has set for other programs.
for name in ('PHYSICAL_ADDRESS', 'SYNC', 'ATTACH', 'KEEP_MAPPINGS', 'LOG'):
    os.environ.pop('IMXDMABUFFER_' + name, None)

import imxdmabuffer  # noqa: E402: it reads the environment


class Simulator:
    """The functions of sim/sim.h that the tests need, from the preloaded library."""

    def __init__(self):
        self.library = ctypes.CDLL(None)
        for function in (self.library.sim_device_read, self.library.sim_device_write):
            function.argtypes = [ctypes.c_uint64, ctypes.c_void_p, ctypes.c_size_t]
        self.library.sim_misuse.restype = ctypes.c_char_p

    def read(self, address, length):
        """Read memory as a device."""
        data = ctypes.create_string_buffer(length)
        assert self.library.sim_device_read(address, data, length) == 0
        return data.raw

    def write(self, address, data):
        """Write memory as a device."""
        assert self.library.sim_device_write(address, data, len(data)) == 0

    def set_fences(self, fd, readers, writers):
        assert self.library.sim_set_fences(fd, readers, writers) == 0


@pytest.fixture
def allocator():
    return imxdmabuffer.Allocator()


@pytest.fixture
def buffer(allocator):
    return allocator.allocate(8192)


@pytest.fixture
def simulator():
    if not os.environ.get('IMXDMABUFFER_SIM'):
        pytest.skip('this machine is not simulated')
    simulator = Simulator()
    yield simulator
    assert not simulator.library.sim_misuses(), simulator.library.sim_misuse()


@pytest.fixture
def dmabuf(buffer):
    """A buffer that is a DMA-BUF."""
    if not buffer.properties.is_dmabuf:
        pytest.skip('the memory is no DMA-BUF')
    return buffer


@pytest.fixture
def addressed(buffer, simulator):
    """A buffer whose address the simulated device uses."""
    assert buffer.physical_address
    return buffer
