# SPDX-License-Identifier: LGPL-2.1-or-later
"""The boards emulated by QEMU, and the connection to init in the guest."""
import os
import pathlib
import re
import select
import subprocess
import time

# The guest boots within a few seconds, but a busy machine may need longer.
BOOT_SECONDS = 120
# Time after a program's limit until the guest counts as hanging.
GRACE_SECONDS = 20
PANIC = b'Kernel panic - not syncing'
# Reports of the kernel about itself, its patches and modules.
COMPLAINT = re.compile(rb'WARNING: |BUG: |BUG \S+ \(|kernel BUG at|Oops|Unable to handle kernel|blocked for more than|'
                       rb'inconsistent lock state|DMA-API: \S+ \S+: ')
# The boards and the kernel of each.
KERNELS = {'virt64': '6.1', 'virt64-6.12': '6.12', 'virt64-6.12-debug': '6.12', 'sabrelite': '6.1'}
PHYS = 'dma_buf_phys.enable=1 cma_heap.uncached_sibling=1'
NAMES = 'cma_heap.default_name=1'
# The modes of each kernel: what the guest emulates, by the kernel's command line.
MODES = {
    '6.1': {'mainline': '', 'nxp': PHYS},
    '6.12': {'mainline': '', 'nxp': PHYS, 'mainline-6.18': NAMES, 'nxp-6.18': f'{PHYS} {NAMES}'},
}


class Board:
    """QEMU command line of a board. The SABRE Lite uses its second serial line as console and the first as channel."""

    def __init__(self, name, directory, init, memory, heap_node):
        self.name, self.directory, self.init, self.heap_node = name, pathlib.Path(directory), init, heap_node
        self.is_virt = name.startswith('virt64')
        self.memory = memory or ('512M' if self.is_virt else '1G')
        self.channel = '/dev/vport0p1' if self.is_virt else '/dev/ttymxc0'
        self.console = 'ttyAMA0' if self.is_virt else 'ttymxc1,115200'
        self.targets = ['aarch64-linux-gnu', 'arm-linux-gnueabihf'] if self.is_virt else ['arm-linux-gnueabihf']

    def _machine(self, options=''):
        if self.is_virt:
            return ['qemu-system-aarch64', '-M', 'virt' + options, '-cpu', 'cortex-a53', '-smp', '2', '-m', self.memory]
        return ['qemu-system-arm', '-M', 'sabrelite', '-smp', '2', '-m', self.memory]

    def _device_tree(self, work):
        """Return None to use QEMU's own tree, otherwise a file that may have a node for reserved memory."""
        tree = pathlib.Path(work) / 'board.dtb'
        if self.is_virt and not self.heap_node:
            return None
        if self.is_virt:
            subprocess.run(self._machine(f',dumpdtb={tree}') + ['-display', 'none', '-nic', 'none'], check=True,
                           capture_output=True)
        else:
            tree.write_bytes((self.directory / 'board.dtb').read_bytes())
        if self.heap_node:
            add_heap_node(tree, *self.heap_node, cells=2 if self.is_virt else 1)
        return tree

    def command(self, work, initrd, kernel_arguments):
        command = self._machine() + [
            '-display', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot',
            '-kernel', str(self.directory / 'kernel'), '-initrd', str(initrd), '-append', kernel_arguments,
            '-chardev', 'file,id=channel,path=/dev/stdout', '-chardev', f'file,id=console,path={work}/console']
        if self.is_virt:
            command += ['-serial', 'chardev:console', '-device', 'virtio-serial-device',
                        '-device', 'virtserialport,chardev=channel', '-device', 'edu,dma_mask=0xffffffffffffffff']
        else:
            command += ['-serial', 'chardev:channel', '-serial', 'chardev:console']
        tree = self._device_tree(work)
        return command + (['-dtb', str(tree)] if tree else [])


def add_heap_node(tree, name, size, cells):
    """Add reserved memory for CMA. The node has no address in its name, as the node's name becomes the heap's name."""
    def put(*arguments):
        subprocess.run(['fdtput', *arguments], check=True)

    parent, node = '/reserved-memory', f'/reserved-memory/{name}'
    put('-p', '-c', str(tree), node)
    for prop in ('#address-cells', '#size-cells'):
        put('-t', 'i', str(tree), parent, prop, str(cells))
    put(str(tree), parent, 'ranges')
    put('-t', 's', str(tree), node, 'compatible', 'shared-dma-pool')
    put('-t', 'i', str(tree), node, 'size', *(['0'] * (cells - 1)), str(size))
    put(str(tree), node, 'reusable')
    put(str(tree), node, 'linux,cma-default')


class GuestTrouble(Exception):
    """The guest failed, not the program in it."""


class Guest:
    """One run of QEMU. events() yields the frames of the guest as (kind, content)."""

    def __init__(self, command, console):
        self._console = pathlib.Path(console)
        # QEMU has its own session: an interrupt at the terminal must not end it before its output has been read.
        # setpriv ends QEMU when the runner ends.
        self._qemu = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *command],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      start_new_session=True)
        self._buffer = b''
        self.deadline = time.monotonic() + BOOT_SECONDS

    def allow(self, seconds):
        """Set the deadline for the next frame that ends a program."""
        self.deadline = time.monotonic() + seconds + GRACE_SECONDS

    def console_end(self, lines=25):
        text = self._console.read_bytes() if self._console.exists() else b''
        return b'\n'.join(text.replace(b'\r', b'').split(b'\n')[-lines:]).decode(errors='replace')

    def complaint(self):
        """Return the first report of the kernel in its log with what follows, or ''."""
        lines = self.console_end(1 << 30).split('\n')
        first = next((i for i, line in enumerate(lines) if COMPLAINT.search(line.encode())), None)
        return '' if first is None else '\n'.join(lines[first:first + 30])

    def _panicked(self):
        if PANIC not in (self._console.read_bytes() if self._console.exists() else b''):
            return False
        # Wait for the rest of the kernel's output.
        time.sleep(0.5)
        return True

    def _read(self):
        ready, _, _ = select.select([self._qemu.stdout], [], [], 0.3)
        if ready:
            data = os.read(self._qemu.stdout.fileno(), 65536)
            if not data:
                raise GuestTrouble(self._why_gone())
            self._buffer += data
        elif self._panicked():
            raise GuestTrouble('the guest\'s kernel panicked')
        elif time.monotonic() > self.deadline:
            raise GuestTrouble('the guest hangs: no output within the time limit')

    def _why_gone(self):
        self._qemu.wait()
        if self._panicked():
            return 'the guest\'s kernel panicked'
        errors = self._qemu.stderr.read().decode(errors='replace').strip()
        return f'QEMU ended early with status {self._qemu.returncode}. {errors}'

    def _take(self, length):
        while len(self._buffer) < length:
            self._read()
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def events(self):
        while True:
            head = self._take(5)
            kind, length = chr(head[0]), int.from_bytes(head[1:], 'little')
            if kind not in 'RBOEFXZ' or length > 1 << 20:
                raise GuestTrouble(f'invalid frame on the channel: {head!r}')
            yield kind, self._take(length)
            if kind == 'Z':
                return

    def end(self):
        """Kill QEMU: no board has data to save, and the SABRE Lite never ends QEMU itself."""
        if self._qemu.poll() is None:
            self._qemu.kill()
        self._qemu.wait()
        self._qemu.stdout.close()
        self._qemu.stderr.close()
