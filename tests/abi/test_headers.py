# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each public header alone, as programs in C and C++ compile it; and the layout that 1.x fixed, for 32 and 64 bits.

usage: test_headers.py SOURCE-FOLDER
"""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import need, run  # noqa: E402
from harness import contains, expect, for_each, main, test  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
WARNINGS = ('-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only')

# The programs' view: what is installed, and nothing beside it.
WORK = tempfile.TemporaryDirectory(prefix='imxdmabuffer-')
FOLDER = pathlib.Path(WORK.name)
PREFIX = FOLDER / 'prefix'
run('meson', 'setup', FOLDER / 'build', SOURCE, f'--prefix={PREFIX}', '-Dtests=disabled', '-Dtools=disabled')
run('meson', 'install', '-C', FOLDER / 'build', '--no-rebuild', '--tags', 'devel')
HEADERS = sorted(path.name for path in (PREFIX / 'include/imxdmabuffer').iterdir())

# Public headers need no C library, so that compilers without one for the processor can check them, too.
TARGETS = {
    'this machine': ('gcc',),
    'this machine, clang': ('clang',),
    '32-bit x86': ('clang', '--target=i386-linux-gnu', '-ffreestanding'),
    'armhf': ('clang', '--target=armv7-linux-gnueabihf', '-ffreestanding'),
    'arm64': ('clang', '--target=aarch64-linux-gnu', '-ffreestanding'),
    'armhf, gcc': ('arm-linux-gnueabihf-gcc',),
    'arm64, gcc': ('aarch64-linux-gnu-gcc',),
}


def compile_text(text, compiler, suffix, *options, code=0, include=PREFIX / 'include'):
    need(compiler)
    path = FOLDER / f'main{suffix}'
    path.write_text(text)
    return run(compiler, *WARNINGS, '-I', include, *options, path, code=code)


@test('there are headers')
def _():
    expect('imxdmabuffer.h' in HEADERS and 'imxdmabuffer_config.h' in HEADERS, HEADERS)


@for_each('alone: {}', [(header, compiler, standard) for header in HEADERS for compiler, standard in (
    ('gcc', 'c99'), ('gcc', 'c11'), ('clang', 'c99'), ('clang', 'c11'), ('g++', 'c++17'), ('clang++', 'c++17'))])
def _(case):
    header, compiler, standard = case
    # Twice, for the guard.
    text = f'#include <imxdmabuffer/{header}>\n' * 2 + 'int main(void);\n'
    compile_text(text, compiler, '.cpp' if '++' in standard else '.c', f'-std={standard}')


@test('all together in C++, with C linkage')
def _():
    text = ''.join(f'#include <imxdmabuffer/{header}>\n' for header in HEADERS)
    for compiler in ('g++', 'clang++'):
        # A second declaration in C++ linkage would be accepted if the first were no C.
        compile_text(text + 'void imx_dma_buffer_unmap(int);\nint imx_dma_buffer_unmap(ImxDmaBuffer *, int);\n',
                     compiler, '.cpp', '-std=c++17')
        said = compile_text(text + 'extern "C" int imx_dma_buffer_unmap(ImxDmaBuffer *, int);\n', compiler, '.cpp',
                            '-std=c++17', code=1)
        contains(said, 'imx_dma_buffer_unmap')


@for_each('layout and prototypes: {}', list(TARGETS))
def _(target):
    compiler, *options = TARGETS[target]
    compile_text((SOURCE / 'tests/abi/layout.c').read_text(), compiler, '.c', '-std=c11', *options)


@for_each('a changed layout is found: {}', [
    ('int fd;', 'long fd;'), ('size_t size;', 'size_t size; size_t more;'), ('FLAG_READ = (1 << 1)', 'FLAG_READ = 8'),
    ('PADDING 8', 'PADDING 9'), ('void imx_dma_buffer_unmap(', 'int imx_dma_buffer_unmap(')])
def _(change):
    need('gcc')
    header = (PREFIX / 'include/imxdmabuffer/imxdmabuffer.h').read_text()
    expect(change[0] in header, f'{change[0]} expected in the header')
    (FOLDER / 'changed/imxdmabuffer').mkdir(parents=True, exist_ok=True)
    for path in (PREFIX / 'include/imxdmabuffer').iterdir():
        (FOLDER / 'changed/imxdmabuffer' / path.name).write_text(path.read_text())
    (FOLDER / 'changed/imxdmabuffer/imxdmabuffer.h').write_text(header.replace(*change, 1))
    said = compile_text((SOURCE / 'tests/abi/layout.c').read_text(), 'gcc', '.c', '-std=c11', code=1,
                        include=FOLDER / 'changed')
    expect(re.search(r'is not|conflicting types', said), said)


main()
