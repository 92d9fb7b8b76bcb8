# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles each public header alone, in C and C++; and the layout of 1.x, for 32 and 64 bits.

usage: test_headers.py SOURCE-DIRECTORY
"""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import need, run  # noqa: E402
from harness import contains, equal, expect, for_each, main, test  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
WARNINGS = ('-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only')

# The view of programs: the installed headers only.
WORK = tempfile.TemporaryDirectory(prefix='imxdmabuffer-')
FOLDER = pathlib.Path(WORK.name)
PREFIX = FOLDER / 'prefix'
run('meson', 'setup', FOLDER / 'build', SOURCE, f'--prefix={PREFIX}', '-Dtests=disabled', '-Dtools=disabled',
    '-Dsimulator=enabled')
run('meson', 'install', '-C', FOLDER / 'build', '--no-rebuild', '--tags', 'devel')
HEADERS = sorted(path.name for path in (PREFIX / 'include/imxdmabuffer').iterdir())

# Public headers need no C library, so that compilers without one can check them, too.
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
    ('gcc', 'c99'), ('gcc', 'c11'), ('clang', 'c99'), ('clang', 'c11'), ('g++', 'c++17'), ('clang++', 'c++17'))
    if '++' in compiler or not header.endswith('.hpp')])
def _(case):
    header, compiler, standard = case
    # Twice, for the guard.
    text = f'#include <imxdmabuffer/{header}>\n' * 2 + 'int main(void);\n'
    compile_text(text, compiler, '.cpp' if '++' in standard else '.c', f'-std={standard}')


@test('all together in C++, with C linkage')
def _():
    text = ''.join(f'#include <imxdmabuffer/{header}>\n' for header in HEADERS)
    for compiler in ('g++', 'clang++'):
        # If the first declaration were not C, the compiler would accept a second one with C++ linkage.
        compile_text(text + 'void imx_dma_buffer_unmap(int);\nint imx_dma_buffer_unmap(ImxDmaBuffer *, int);\n',
                     compiler, '.cpp', '-std=c++17')
        said = compile_text(text + 'extern "C" int imx_dma_buffer_unmap(ImxDmaBuffer *, int);\n', compiler, '.cpp',
                            '-std=c++17', code=1)
        contains(said, 'imx_dma_buffer_unmap')


@for_each('layout and prototypes: {}', list(TARGETS))
def _(target):
    compiler, *options = TARGETS[target]
    compile_text((SOURCE / 'tests/abi/layout.c').read_text(), compiler, '.c', '-std=c11', *options)


@test('the layout has every value, and every member of a structure')
def _():
    text = ''.join((PREFIX / 'include/imxdmabuffer' / name).read_text() for name in HEADERS)
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    checked = (SOURCE / 'tests/abi/layout.c').read_text()
    values = re.findall(r'^\s*(IMX_DMA_BUFFER_\w+) = ', text, re.M)
    members = [(struct, member)
               for struct, body in re.findall(r'^(?:typedef )?struct (_\w+)\s*\{(.*?)^\}', text, re.M | re.S)
               for member in re.findall(r'(?:\(\*(\w+)\)\(|(?<!\w)(\w+)(?:\[[^]]*\])?;)', body)]
    members = [(struct, first or second) for struct, (first, second) in members]
    expect(len(values) > 15 and len(members) > 40, (values, members))
    equal([name for name in values if f'EQUAL({name}, ' not in checked], [])
    equal([pair for pair in members if f'OFFSET(struct {pair[0]}, {pair[1]}, ' not in checked], [])


@for_each('a changed layout is found: {}', [
    ('int fd;', 'long fd;'), ('size_t size;', 'size_t size; size_t more;'), ('FLAG_READ = (1 << 1)', 'FLAG_READ = 8'),
    ('PADDING 8', 'PADDING 9'), ('void imx_dma_buffer_unmap(', 'int imx_dma_buffer_unmap('),
    ('COHERENCY_PHYS = 2', 'COHERENCY_PHYS = 6'), ('Tristate zeroed;', 'Tristate zeroed; long more;'),
    ('NO_PHYSICAL_ADDRESS = (1 << 0)', 'NO_PHYSICAL_ADDRESS = (1 << 4)')])
def _(change):
    need('gcc')
    (FOLDER / 'changed/imxdmabuffer').mkdir(parents=True, exist_ok=True)
    texts = {name: (PREFIX / 'include/imxdmabuffer' / name).read_text() for name in HEADERS}
    found = [name for name in ('imxdmabuffer.h', 'imxdmabuffer_ext.h', 'imxdmabuffer_sync.h')
             if change[0] in texts[name]]
    expect(found, f'{change[0]} expected in a header')
    texts[found[0]] = texts[found[0]].replace(*change, 1)
    for name, text in texts.items():
        (FOLDER / 'changed/imxdmabuffer' / name).write_text(text)
    said = compile_text((SOURCE / 'tests/abi/layout.c').read_text(), 'gcc', '.c', '-std=c11', code=1,
                        include=FOLDER / 'changed')
    expect(re.search(r'is not|conflicting types', said), said)


main()
