# SPDX-License-Identifier: LGPL-2.1-or-later
"""The symbols of the library; and programs that run with a library that they were not linked with.

usage: test_symbols.py SOURCE-DIRECTORY BUILD-DIRECTORY LIBRARY ARCHIVE-OF-ITS-OBJECTS
"""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import symbols  # noqa: E402
from builds import run  # noqa: E402
from harness import contains, equal, expect, for_each, lacks, main, test  # noqa: E402

SOURCE, BUILD, LIBRARY, ARCHIVE = (pathlib.Path(path).resolve() for path in sys.argv[1:5])
CONFIG = (BUILD / 'include/imxdmabuffer/imxdmabuffer_config.h').read_text()
HERE = SOURCE / 'tests/abi'
OLD_NAMES = sorted(name for _, _, version, name in symbols.entries() if not version)
NEW_PROGRAM = '''
#include <imxdmabuffer/imxdmabuffer_ext.h>
int main(void) { return imx_dma_buffer_get_version() == 0; }
'''


def build_library_of_old(folder):
    """Link the same objects, with the exports of 1.x only and without versions, as 1.x did."""
    folder.mkdir()
    script = folder / 'old.map'
    script.write_text('{ global: ' + ' '.join(f'{name};' for name in OLD_NAMES) + ' local: *; };\n')
    run('cc', '-shared', '-o', folder / 'libimxdmabuffer.so.1', '-Wl,-soname,libimxdmabuffer.so.1',
        f'-Wl,--version-script={script}', '-Wl,--whole-archive', ARCHIVE, '-Wl,--no-whole-archive', '-ldl', '-pthread')
    return folder / 'libimxdmabuffer.so.1'


def link(source, library, program, *flags):
    run('cc', '-Wall', '-Werror', f'-I{SOURCE}/include', f'-I{BUILD}/include', *flags, source, library, '-o', program)
    return program


def execute(program, library, code=0):
    """Run the program with this library instead of its own; all symbols are looked up at the start."""
    return run(program, code=code, LD_LIBRARY_PATH=str(library.parent), LD_BIND_NOW='1', IMXDMABUFFER_ALLOCATOR='host')


WORK = tempfile.TemporaryDirectory(prefix='imxdmabuffer-')
FOLDER = pathlib.Path(WORK.name)
LIBRARIES = {'this library': LIBRARY, 'one of 1.x': build_library_of_old(FOLDER / 'old')}
KINDS = {'PIE': ('-fPIE', '-pie'), 'no PIE': ('-fno-pic', '-no-pie')}


@test('the list has the symbols of 1.x: 28 functions, 3 variables')
def _():
    old = [kind for _, kind, version, _ in symbols.entries() if not version]
    equal((old.count('function'), len(old)), (28, 31))


@test('the library exports the listed symbols, and nothing else')
def _():
    symbols.check(LIBRARY, CONFIG)


@test("Debian's list has the same symbols, with the release that first had them")
def _():
    text = (SOURCE / 'debian/libimxdmabuffer1.symbols').read_text()
    listed = re.findall(r'^ (imx_\w+|IMX_\w+)@([\w.]+) ([\d.]+)$', text, re.M)
    equal(sorted((name, '' if version == 'Base' else version) for name, version, _ in listed),
          sorted((name, version) for _, _, version, name in symbols.entries()))
    # A package that needs a symbol depends on this release or a newer one.
    equal([(name, release) for name, version, release in listed if version != 'Base' and
           f'LIBIMXDMABUFFER_{".".join(release.split(".")[:2])}' != version], [])
    equal({release for _, version, release in listed if version == 'Base'}, {'1.1.3', '1.2.0'})


@test('the stand-in for 1.x exports the old symbols only, without versions')
def _():
    equal(sorted((name, version) for name, version, _, _ in symbols.exported(LIBRARIES['one of 1.x'])),
          [(name, '') for name in OLD_NAMES])


@test('the old program uses every symbol of 1.x')
def _():
    text = (HERE / 'old.c').read_text()
    equal([name for name in OLD_NAMES if name not in text], [])


@for_each('linked with, run with, kind: {}', [
    (linked, running, kind) for linked in LIBRARIES for running in LIBRARIES for kind in KINDS])
def _(case):
    linked, running, kind = case
    program = link(HERE / 'old.c', LIBRARIES[linked], FOLDER / 'program', *KINDS[kind])
    equal(execute(program, LIBRARIES[running]), 'done\n')
    lacks(run('readelf', '-V', program), 'LIBIMXDMABUFFER')
    relocations = [line for line in run('readelf', '-rW', program).splitlines() if '_COPY ' in line]
    for name in ('FD_FLAGS', 'HEAP_FLAGS'):
        copied = any(f'ALLOCATOR_DEFAULT_{name}' in line for line in relocations)
        expect(copied or kind == 'PIE', f'{name} should be reached by a copy relocation: {relocations}')


@test('a program with new symbols fails with 1.x, and the error has their version')
def _():
    (FOLDER / 'new.c').write_text(NEW_PROGRAM)
    program = link(FOLDER / 'new.c', LIBRARY, FOLDER / 'new')
    execute(program, LIBRARY)
    contains(execute(program, LIBRARIES['one of 1.x'], code=127), 'LIBIMXDMABUFFER_1.3')


main()
