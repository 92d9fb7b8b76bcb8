# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the binary interface with the committed one.

usage: test_abi.py SOURCE-DIRECTORY [--renew]   --renew: writes the current interface, to be committed
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
    """Return abidw's description of the interface, from the debug information; the same for every build directory."""
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
    """Check abidiff's exit code for a changed copy of the sources; 12: incompatible, 4: possibly incompatible."""
    with source_copy(SOURCE) as source:
        edit(source / 'include/imxdmabuffer')
        (source / 'now.abi').write_text(dump(source, source / 'build'))
        return compare(source / 'now.abi', 4)


@test('a structure that grows is found')
def _():
    def edit(headers):
        path = headers / 'imxdmabuffer_ext.h'
        path.write_text(path.read_text().replace('char exporter[64];', 'char exporter[128];'))
    contains(broken(edit), '_ImxDmaBufferProperties', 'type size changed from 1344 to 1856')


if sys.argv[2:] == ['--renew']:
    with folder() as scratch:
        KNOWN.write_text(dump(SOURCE, scratch))
else:
    main()
