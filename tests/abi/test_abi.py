# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the binary interface with the frozen one: additions are allowed, and nothing else.

usage: test_abi.py SOURCE-DIRECTORY [--renew]   --renew: freezes the additions as well, before a release
"""
import functools
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import folder, meson, need, run, source_copy  # noqa: E402
from harness import contains, equal, expect, main, test  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
KNOWN = SOURCE / 'tests/abi/libimxdmabuffer-x86_64.abi'
# Of abidiff's exit code: an interface that differs, and one that is certainly incompatible.
DIFFERS, INCOMPATIBLE = 4, 12
# A function of 1.3 with parameters, for the tests of this test.
FUNCTION = 'imx_dma_buffer_wait'
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


@functools.cache
def now():
    with folder() as path:
        return dump(SOURCE, path)


def compare(frozen, text, code):
    """Compare two dumps. Added symbols are no difference."""
    with folder() as path:
        (path / 'frozen.abi').write_text(frozen)
        (path / 'now.abi').write_text(text)
        return run('abidiff', '--no-added-syms', path / 'frozen.abi', path / 'now.abi', code=code)


def without_function(text):
    shorter = re.sub(rf"^ *<elf-symbol name='{FUNCTION}' .*\n", '', text, flags=re.M)
    shorter = re.sub(rf"^ *<function-decl name='{FUNCTION}'(?s:.*?)</function-decl>\n", '', shorter, flags=re.M)
    equal((text.count(f"'{FUNCTION}'"), shorter.count(FUNCTION)), (3, 0))
    return shorter


@test('the interface is the frozen one, apart from additions')
def _():
    compare(KNOWN.read_text(), now(), 0)


@test('an added function passes')
def _():
    compare(without_function(now()), now(), 0)


@test('a function that is gone is found')
def _():
    contains(compare(now(), without_function(now()), INCOMPATIBLE), FUNCTION, '1 Removed')


@test('a function with another parameter is found')
def _():
    other = re.search(r"<return type-id=('type-id-\d+')/>", now())[1]
    pattern = rf"(<function-decl name='{FUNCTION}'.*\n *<parameter type-id=)'type-id-\d+'"
    changed = re.sub(pattern, rf'\g<1>{other}', now())
    expect(changed != now(), f'a change of {FUNCTION}')
    contains(compare(now(), changed, DIFFERS), FUNCTION, '1 Changed')


@test('a structure that grows is found')
def _():
    with source_copy(SOURCE) as source:
        path = source / 'include/imxdmabuffer/imxdmabuffer_ext.h'
        path.write_text(path.read_text().replace('char exporter[64];', 'char exporter[128];'))
        output = compare(KNOWN.read_text(), dump(source, source / 'build'), DIFFERS)
    contains(output, '_ImxDmaBufferProperties', 'type size changed from 1344 to 1856')


if sys.argv[2:] == ['--renew']:
    compare(KNOWN.read_text(), now(), 0)
    KNOWN.write_text(now())
else:
    main()
