# SPDX-License-Identifier: LGPL-2.1-or-later
"""Threads, signals and garbage."""
import errno
import gc
import itertools
import os
import signal
import socket
import threading
import time
import weakref

import pytest

import imxdmabuffer
from imxdmabuffer import Direction

LIMIT = 600  # ends a test that hangs


def need_fences(dmabuf):
    try:
        dmabuf.wait(timeout=0)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        pytest.skip('this kernel cannot wait for fences')


def start_wait(buffer, errors):
    """Start a thread that waits for a fence of the buffer."""
    begun = threading.Event()

    def body():
        begun.set()
        try:
            buffer.wait(Direction.FROM_DEVICE)
        except (OSError, ValueError) as error:
            errors.append(error)
    thread = threading.Thread(target=body)
    thread.start()
    assert begun.wait(LIMIT)
    return thread


def test_a_thread_that_waits_lets_others_run(dmabuf, simulator):
    need_fences(dmabuf)
    simulator.set_fences(dmabuf.fd, 0, 1)
    errors = []
    thread = start_wait(dmabuf, errors)
    # If the thread kept the interpreter's lock, this thread would not come back from here.
    time.sleep(0.05)
    assert thread.is_alive()
    simulator.set_fences(dmabuf.fd, 0, 0)
    thread.join(LIMIT)
    assert not thread.is_alive() and errors == []


def test_a_buffer_is_not_freed_under_another_thread(allocator, dmabuf, simulator):
    need_fences(dmabuf)
    message = None
    # If the buffer is freed before the thread comes to its call, the call fails: another try.
    for attempt in itertools.count():
        buffer, errors = allocator.allocate(4096), []
        simulator.set_fences(buffer.fd, 0, 1)
        thread = start_wait(buffer, errors)
        time.sleep(0.001 * attempt)
        try:
            buffer.free()
        except BufferError as error:
            message = str(error)
            simulator.set_fences(buffer.fd, 0, 0)
        thread.join(LIMIT)
        if message:
            break
        assert 'freed' in str(errors[0])
    assert 'another thread' in message and errors == [] and not buffer.freed


def test_timeouts(dmabuf, simulator):
    need_fences(dmabuf)
    dmabuf.wait()
    simulator.set_fences(dmabuf.fd, 1, 0)
    dmabuf.wait(Direction.FROM_DEVICE)
    for timeout in (0, 0.001, 0.15):
        with pytest.raises(TimeoutError, match=f'after {round(timeout * 1000)} ms'):
            dmabuf.wait(Direction.TO_DEVICE, timeout)
    for timeout in (-1, float('nan'), 'text'):
        with pytest.raises((ValueError, TypeError)):
            dmabuf.wait(timeout=timeout)
    simulator.set_fences(dmabuf.fd, 0, 0)
    dmabuf.wait(timeout=1e30)


class Stop(Exception):
    pass


@pytest.fixture
def interrupt():
    """A function after which a signal, whose handler raises Stop, interrupts the thread. Signals repeat till then."""
    armed = threading.Event()

    def handle(number, frame):
        if armed.is_set():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise Stop
    old = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    yield armed.set
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


def test_signals_end_a_wait_for_a_fence(dmabuf, simulator, interrupt):
    need_fences(dmabuf)
    simulator.set_fences(dmabuf.fd, 0, 1)
    with pytest.raises(Stop):
        interrupt()
        dmabuf.wait()
    simulator.set_fences(dmabuf.fd, 0, 0)


def test_signals_end_a_wait_for_a_message(interrupt):
    near, far = socket.socketpair()
    with near, far, pytest.raises(Stop):
        interrupt()
        imxdmabuffer.receive(far)


def test_many_threads(allocator):
    failures = []

    def body(number):
        try:
            for _ in range(200):
                with allocator.allocate(4096) as buffer:
                    with buffer.map('rw') as view:
                        view[:] = bytes([number]) * 4096
                        with buffer.map('r') as again:
                            assert again[4095] == number
                    buffer[:4096].free()
        except BaseException as error:
            failures.append(error)
    threads = [threading.Thread(target=body, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert failures == []


def test_threads_that_unmap_the_same_mapping(allocator):
    for _ in range(100):
        buffer = allocator.allocate(4096)
        mapping = buffer.map('w')
        failures = []

        def body(mapping=mapping, failures=failures):
            try:
                mapping.unmap()
                # The session has ended now, whichever thread ended it.
                assert not mapping.mapped
            except BufferError:
                pass
            except BaseException as error:
                failures.append(error)
        threads = [threading.Thread(target=body) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert not mapping.mapped and failures == []
        buffer.free()


def test_a_child_frees_what_another_thread_of_the_parent_uses(allocator, dmabuf, simulator):
    need_fences(dmabuf)
    simulator.set_fences(dmabuf.fd, 0, 1)
    errors = []
    thread = start_wait(dmabuf, errors)
    time.sleep(0.05)
    child = os.fork()
    if child == 0:
        try:
            dmabuf.free()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    simulator.set_fences(dmabuf.fd, 0, 0)
    thread.join(LIMIT)
    assert errors == []


def test_a_number_waits_as_its_descriptor_does():
    near, far = socket.socketpair()
    with near, far:
        far.setblocking(False)
        with pytest.raises(BlockingIOError):
            imxdmabuffer.receive(far.fileno())


def test_signals_end_a_wait_on_a_number(interrupt):
    near, far = socket.socketpair()
    with near, far, pytest.raises(Stop):
        interrupt()
        imxdmabuffer.receive(far.fileno())


def descriptors():
    return sorted(os.readlink(f'/proc/self/fd/{name}') for name in os.listdir('/proc/self/fd')
                  if os.path.exists(f'/proc/self/fd/{name}'))


class Camera(imxdmabuffer.Allocator):
    """A subclass has attributes, and so can be part of a cycle."""


# Arrays are left out: numpy does not show its references to the collector.
@pytest.mark.parametrize('link', [
    lambda camera: camera.allocate(4096),
    lambda camera: camera.allocate(4096).map('r'),
    lambda camera: memoryview(camera.allocate(4096).map('rw')),
    lambda camera: camera.allocate(4096)[:4096],
    lambda camera: [camera.allocate(4096).map('r').__enter__()]])
def test_cycles_are_collected(link):
    gc.collect()
    before = descriptors()
    camera = Camera()
    camera.frame = link(camera)
    gone = weakref.ref(camera)
    del camera
    gc.collect()
    assert gone() is None
    assert descriptors() == before and gc.garbage == []


def test_a_mapping_that_was_only_entered_is_collected(allocator):
    buffer = allocator.allocate(4096)
    buffer.map('r').__enter__()
    gc.collect()
    buffer.free()
