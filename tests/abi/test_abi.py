# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the binary interface with the one that was committed.

usage: test_abi.py SOURCE-FOLDER [--renew]   --renew: writes the interface as it is now, to be committed
"""
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import folder, meson, need, run, source_copy  # noqa: E402
from harness import contains, expect, main, test  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
KNOWN = SOURCE / 'tests/abi/libimxdmabuffer-x86_64.abi'
HINT = 'if that is meant: python3 tests/abi/test_abi.py . --renew'
OPTIONS = ('--drop-private-types', '--exported-interfaces-only', '--drop-undefined-syms', '--no-corpus-path',
           '--no-comp-dir-path', '--no-show-locs', '--no-elf-needed', '--no-parameter-names')


def dump(source, build):
    """The interface as abidw tells it, which reads the debug information; the same wherever it is built."""
    need('abidw', 'abidiff')
    meson(source, build, '-Dtests=disabled', '-Dtools=disabled', '-Ddebug=true', '-Dc_std=gnu11')
    text = run('abidw', *OPTIONS, '--headers-dir', source / 'include', '--headers-dir', build / 'include',
               build / 'src/libimxdmabuffer.so.1')
    first, rest = re.sub(r"path='[^']*?/src/", "path='src/", text).split('\n', 1)
    return f'{first}\n  <!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n{rest}'


def compare(path, code):
    return run('abidiff', KNOWN, path, code=code)


@test('the interface is the committed one')
def _():
    with folder() as path:
        (path / 'now.abi').write_text(dump(SOURCE, path / 'build'))
        expect(compare(path / 'now.abi', 0).strip() == '', HINT)


def broken(edit):
    """What abidiff says to a copy of the sources with a change; 12: it is an incompatible one, 4: it may be."""
    with source_copy(SOURCE) as source:
        edit(source / 'include/imxdmabuffer')
        (source / 'now.abi').write_text(dump(source, source / 'build'))
        return compare(source / 'now.abi', 4)


@test('a structure that grows is found')
def _():
    def edit(headers):
        path = headers / 'imxdmabuffer_ext.h'
        path.write_text(path.read_text().replace('void *_reserved[6];', 'void *_reserved[7];'))
    contains(broken(edit), '_ImxDmaBufferAddress', 'type size changed from 576 to 640')


if sys.argv[2:] == ['--renew']:
    with folder() as scratch:
        KNOWN.write_text(dump(SOURCE, scratch))
else:
    main()
