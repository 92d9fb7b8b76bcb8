# SPDX-License-Identifier: LGPL-2.1-or-later
"""Made-up roots with /proc, /sys and /etc, for the commands with --root."""
import contextlib
import pathlib
import tempfile

PAGE = 4096


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)

    def write(self, path, content):
        place = self.root / path.lstrip('/')
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def process(self, pid, name, descriptors=(), mappings=(), flags=0):
        """Add a process. descriptors: (inode, size, exporter, name, count); mappings: (inode, size, name)."""
        self.write(f'/proc/{pid}/comm', name + '\n' if isinstance(name, str) else name)
        self.write(f'/proc/{pid}/stat', f'{pid} ({name}) S 1 1 1 0 -1 {flags} 0\n')
        directory = self.root / f'proc/{pid}/fd'
        directory.mkdir(parents=True)
        for number, (inode, size, exporter, label, count) in enumerate(descriptors, 3):
            (directory / str(number)).symlink_to(f'/dmabuf:{label}')
            text = f'pos:\t0\nflags:\t02000002\nmnt_id:\t11\nino:\t{inode}\nsize:\t{size}\ncount:\t{count}\n' \
                   f'exp_name:\t{exporter}\n' + (f'name:\t{label}\n' if label else '')
            self.write(f'/proc/{pid}/fdinfo/{number}', text)
        (directory / '0').symlink_to('/dev/null')
        lines = ['00400000-00401000 r-xp 00000000 fe:01 1234                              /usr/bin/program',
                 '7ffc0000-7ffd0000 rw-p 00000000 00:00 0                                  [stack]']
        place = 0x7f0000000000
        for inode, size, label in mappings:
            lines.append(f'{place:x}-{place + size:x} rw-s 00000000 00:0c {inode}'.ljust(73) + f'/dmabuf:{label}')
            place += size + PAGE
        self.write(f'/proc/{pid}/maps', '\n'.join(lines) + '\n')


def area(place, name, base, used, order=0):
    """Add a CMA area in debugfs. used: for each bit, that is, 2 ** order pages."""
    directory = f'/sys/kernel/debug/cma/{name}'
    words = [sum(bit << number for number, bit in enumerate(used[first:first + 32]))
             for first in range(0, len(used), 32)]
    place.write(f'{directory}/base_pfn', f'{base // PAGE}\n')
    place.write(f'{directory}/count', f'{len(used) << order}\n')
    place.write(f'{directory}/order_per_bit', f'{order}\n')
    place.write(f'{directory}/bitmap', ' '.join(map(str, words)) + '\n')


@contextlib.contextmanager
def tree():
    with tempfile.TemporaryDirectory() as directory:
        yield Tree(directory)
