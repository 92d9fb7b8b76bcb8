# SPDX-License-Identifier: LGPL-2.1-or-later
"""The archive of a guest: ELF programs with the shared libraries they need, and other files."""
import os
import pathlib
import re
import stat
import subprocess

# Machine and class of a file in readelf's output, and Debian's name of the target.
TARGETS = {('AArch64', 'ELF64'): 'aarch64-linux-gnu', ('ARM', 'ELF32'): 'arm-linux-gnueabihf'}


class Problem(Exception):
    """An error message for the caller of the runner."""


class Elf:
    """Type and dependencies of a file, from readelf's output."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        run = subprocess.run(['readelf', '-W', '-h', '-l', '-d', str(self.path)], capture_output=True, text=True,
                             env={**os.environ, 'LC_ALL': 'C'})
        text = run.stdout if run.returncode == 0 else ''
        self.machine = self._one(r'Machine:\s*(\S+)', text)
        self.target = TARGETS.get((self.machine, self._one(r'Class:\s*(\S+)', text)))
        self.interpreter = self._one(r'program interpreter: ([^\]]+)\]', text)
        self.soname = self._one(r'Library soname: \[([^\]]+)\]', text)
        self.needed = re.findall(r'\(NEEDED\).*\[([^\]]+)\]', text)
        origin = str(self.path.parent)
        self.search = [part.replace('$ORIGIN', origin).replace('${ORIGIN}', origin)
                       for found in re.findall(r'\((?:RPATH|RUNPATH)\).*\[([^\]]*)\]', text)
                       for part in found.split(':') if part]

    @staticmethod
    def _one(pattern, text):
        found = re.search(pattern, text)
        return found.group(1) if found else None


class Archive:
    """A cpio archive in the format of the kernel. It is written without being unpacked, so no root is needed."""

    def __init__(self):
        self._data = bytearray()
        self._paths = set()

    def _entry(self, path, mode, content=b'', device=(0, 0)):
        name = path.encode() + b'\0'
        links = 2 if stat.S_ISDIR(mode) else 1
        numbers = (len(self._paths) + 1, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0)
        self._data += b'070701' + b''.join(b'%08x' % number for number in numbers) + name
        self._data += bytes(-len(self._data) % 4) + content
        self._data += bytes(-len(self._data) % 4)
        self._paths.add(path)

    def has(self, path):
        return str(path).strip('/') in self._paths

    def directory(self, path, mode=0o755):
        path = str(path).strip('/')
        if not path or path in self._paths:
            return
        self.directory(os.path.dirname(path))
        self._entry(path, stat.S_IFDIR | mode)

    def content(self, path, content, mode=0o644):
        path = str(path).strip('/')
        self.directory(os.path.dirname(path))
        self._entry(path, stat.S_IFREG | mode, content)

    def node(self, path, major, minor):
        """Add a device node. The kernel opens /dev/console before init can create nodes."""
        self.directory(os.path.dirname(path.strip('/')))
        self._entry(path.strip('/'), stat.S_IFCHR | 0o600, device=(major, minor))

    def file(self, host, guest):
        """Add a file, or a directory with its contents."""
        host = pathlib.Path(host)
        if host.is_dir():
            self.directory(guest)
            for child in sorted(host.iterdir()):
                self.file(child, f'{guest}/{child.name}')
        elif not host.exists():
            raise Problem(f'{host} does not exist')
        elif not self.has(guest):
            self.content(guest, host.read_bytes(), 0o755 if os.access(host, os.X_OK) else 0o644)

    def finish(self):
        self._entry('TRAILER!!!', 0)
        return bytes(self._data) + bytes(-len(self._data) % 512)


class Programs:
    """Adds programs to an archive. Libraries go to the default path of the target's dynamic loader."""

    def __init__(self, archive, allowed, library_paths, sysroots):
        self._archive = archive
        self._allowed = allowed
        self._library_paths = library_paths
        self._sysroots = sysroots
        self._placed = {}
        self._libraries = set()

    def _directories(self, elf):
        yield from elf.search
        yield from self._library_paths
        for root in self._sysroots:
            for directory in (f'lib/{elf.target}', f'usr/lib/{elf.target}', 'lib', 'usr/lib'):
                yield os.path.join(root, directory)
        yield f'/usr/{elf.target}/lib'
        yield f'/usr/lib/{elf.target}'

    def _find(self, elf, name):
        for directory in self._directories(elf):
            candidate = os.path.join(directory, name)
            if os.path.isfile(candidate) and Elf(candidate).target == elf.target:
                return candidate
        raise Problem(f'cannot find {name} for {elf.path}; add directories with --library-path or --sysroot')

    def _add_needed(self, elf):
        for name in elf.needed:
            if (elf.target, name) not in self._libraries:
                self._libraries.add((elf.target, name))
                self._place_library(Elf(self._find(elf, name)), name)

    def _place_library(self, elf, name):
        self._archive.file(elf.path, f'/lib/{elf.target}/{name}')
        self._add_needed(elf)

    def _check(self, elf):
        if elf.target not in self._allowed:
            kind = f'for {elf.target or elf.machine}' if elf.machine else 'not an ELF program'
            raise Problem(f'{elf.path} is {kind}; this board runs {" and ".join(self._allowed)}')

    def add_library(self, path):
        """Add a library that a program loads with dlopen, under its SONAME."""
        elf = Elf(path)
        self._check(elf)
        name = elf.soname or elf.path.name
        self._libraries.add((elf.target, name))
        self._place_library(elf, name)

    def add(self, path):
        """Add a program and return its path in the guest. Each program has its own directory."""
        elf = Elf(path)
        if not elf.path.is_file():
            raise Problem(f'{path} does not exist')
        self._check(elf)
        if elf.path not in self._placed:
            guest = f'/vm/bin/{len(self._placed)}/{pathlib.Path(path).name}'
            self._placed[elf.path] = guest
            self._archive.content(guest, elf.path.read_bytes(), 0o755)
            if elf.interpreter:
                self._archive.file(self._find(elf, os.path.basename(elf.interpreter)), elf.interpreter)
            self._add_needed(elf)
        return self._placed[elf.path]
