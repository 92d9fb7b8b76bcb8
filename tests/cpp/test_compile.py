# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles the C++ headers as programs do, checks them with clang-tidy, and runs the example of the documents.

usage: test_compile.py SOURCE-DIRECTORY BUILD-DIRECTORY
"""
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import folder, need, run  # noqa: E402
from harness import contains, equal, expect, for_each, main, test  # noqa: E402

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
INCLUDES = ('-I', SOURCE / 'include', '-I', BUILD / 'include')
WARNINGS = ('-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Wsign-conversion', '-Wold-style-cast',
            '-Wnon-virtual-dtor', '-Werror')
HEADERS = sorted(path.name for path in (SOURCE / 'include/imxdmabuffer').glob('*.hpp'))
BLOCKS = re.findall(r'^```cpp\n(.*?)^```', (SOURCE / 'docs/in-a-program.md').read_text(), re.M | re.S)
# Templates are checked when they are used.
USES = (SOURCE / 'tests/cpp/noexcept.cpp').read_text()
# Exceptions may leave main(), but no other function that must not throw.
EXAMPLE = BLOCKS[0].replace('int main()', 'void run()')
NOTHING = '#include <imxdmabuffer/imxdmabuffer.hpp>\n'


def compile_text(text, compiler, *options, code=0):
    need(compiler)
    with folder() as path:
        (path / 'main.cpp').write_text(text)
        return run(compiler, *WARNINGS, *INCLUDES, *options, '-fsyntax-only', path / 'main.cpp', code=code)


@for_each('all headers, {}', [(compiler, standard, options) for compiler in ('g++', 'clang++')
                              for standard in ('c++17', 'c++20') for options in ((), ('-fno-exceptions',))])
def _(case):
    compiler, standard, options = case
    text = ''.join(f'#include <imxdmabuffer/{header}>\n' for header in HEADERS)
    # Twice, for the guards.
    compile_text(text + text + (USES if options else BLOCKS[0]), compiler, f'-std={standard}', *options)


@for_each('each header alone: {}', HEADERS)
def _(header):
    compile_text(f'#include <imxdmabuffer/{header}>\n', 'g++', '-std=c++17')


@test('without the functions that pass buffers, whose header need not be installed')
def _():
    need('g++')
    with folder() as path:
        (path / 'imxdmabuffer').mkdir()
        for header in (SOURCE / 'include/imxdmabuffer').glob('*.h*'):
            if 'ipc' not in header.name:
                (path / 'imxdmabuffer' / header.name).write_text(header.read_text())
        (path / 'main.cpp').write_text(NOTHING)
        run('g++', '-std=c++17', *WARNINGS, '-I', path, '-fsyntax-only', path / 'main.cpp')


@for_each('the compiler refuses {}', [
    ('a copy', 'void f(imxdmabuffer::Buffer const &b) { imxdmabuffer::Buffer c(b); }', 'deleted'),
    ('writing through a read mapping', 'void f(imxdmabuffer::ReadMapping &m) { m.data()[0] = 1; }', 'read-only'),
    ('a lost buffer', 'void f(imxdmabuffer::Allocator &a) { a.allocate(1); }', 'nodiscard'),
    ('a lost map', 'void f(imxdmabuffer::Buffer &b) { b.map(); }', 'nodiscard'),
    ('a lost result', 'void f(imxdmabuffer::Buffer &b) { b.try_set_name("", nullptr); }', 'nodiscard'),
    ('a buffer without an owner', 'imxdmabuffer::Buffer f(ImxDmaBuffer *b) { return b; }', 'convert')])
def _(case):
    contains(compile_text(NOTHING + case[1], 'g++', '-std=c++17', code=1), case[2])


@test('without exceptions, there are no functions that throw')
def _():
    text = NOTHING + 'void f(imxdmabuffer::Allocator &a) { auto b = a.allocate(1); }'
    contains(compile_text(text, 'g++', '-std=c++17', '-fno-exceptions', code=1), 'has no member named', 'allocate')


@test('every function that throws has one with try_')
def _():
    for header in HEADERS:
        text = (SOURCE / 'include/imxdmabuffer' / header).read_text()
        without = re.sub(r'^#ifdef __cpp_exceptions$.*?^#endif$', '', text.replace(
            '#ifdef IMXDMABUFFER_HPP_HAS_IPC', '').replace('#endif\n#endif', '#endif'), flags=re.M | re.S)
        throwing = re.findall(r'\bcheck\(\[&\]\(int \*error\) \{ return (\w+)\(', text)
        equal([name for name in throwing if not re.search(rf'\b{name}\(', without)], [])
        expect(header not in ('imxdmabuffer.hpp', 'imxdmabuffer_buffer.hpp') or throwing, f'no functions in {header}')
        equal([name for name in throwing if not name.startswith('try_')], [])


@test('every function of the C headers for the objects is called')
def _():
    text = ''.join((SOURCE / 'include/imxdmabuffer' / header).read_text() for header in HEADERS)
    functions = {name for path in (SOURCE / 'include/imxdmabuffer').glob('*.h') if '_allocator' not in path.name
                 for name in re.findall(r'^\w[\w *]*?\b(imx_dma_buffer_\w+)\(', path.read_text(), re.M)}
    # Texts and numbers, which need no object, wrapped buffers, which the program owns, and the older constructor.
    not_wrapped = {'address_source_name', 'allocator_new', 'builtin_allocator_name', 'coherency_name',
                   'get_physical_address_from_dmabuf_fd', 'get_version', 'init_wrapped_buffer', 'set_log_handler'}
    expect(len(functions) > 35, functions)
    called = set(re.findall(r'\bimx_dma_buffer_\w+', re.sub(r'/\*.*?\*/', '', text, flags=re.S)))
    equal(sorted(functions - called), sorted('imx_dma_buffer_' + name for name in not_wrapped))


@for_each('clang-tidy finds nothing, {}', ['in the headers, C++17', 'in the headers, C++20', 'without exceptions'])
def _(case):
    need('clang-tidy')
    with folder() as path:
        (path / 'main.cpp').write_text(USES if case.startswith('without') else EXAMPLE)
        options = ['-std=c++20' if case.endswith('20') else '-std=c++17']
        options += ['-fno-exceptions'] if case.startswith('without') else []
        said = run('clang-tidy', '--quiet', f'--config-file={SOURCE}/tests/cpp/.clang-tidy',
                   '--header-filter=/imxdmabuffer/[^/]*[.]hpp$', path / 'main.cpp', '--', *options, *INCLUDES)
        expect('error:' not in said, said)


@test('clang-tidy looks into the headers')
def _():
    need('clang-tidy')
    with folder() as path:
        (path / 'imxdmabuffer').mkdir()
        for header in (SOURCE / 'include/imxdmabuffer').glob('*.h*'):
            text = header.read_text().replace('explicit Fd(int fd)', 'Fd(int fd)')
            (path / 'imxdmabuffer' / header.name).write_text(text)
        (path / 'main.cpp').write_text(NOTHING)
        said = run('clang-tidy', '--quiet', f'--config-file={SOURCE}/tests/cpp/.clang-tidy',
                   '--header-filter=/imxdmabuffer/[^/]*[.]hpp$', path / 'main.cpp', '--', '-std=c++17', '-I', path,
                   code=1)
        contains(said, 'google-explicit-constructor')


@test('docs/in-a-program.md has one short example, which compiles and runs')
def _():
    need('g++')
    equal(len(BLOCKS), 1)
    expect(BLOCKS[0].count('\n') <= 12, BLOCKS[0])
    with folder() as path:
        (path / 'example.cpp').write_text(BLOCKS[0])
        run('g++', '-std=c++17', *WARNINGS, *INCLUDES, path / 'example.cpp', '-o', path / 'example',
            f'-L{BUILD}/src', '-limxdmabuffer', f'-Wl,-rpath,{BUILD}/src')
        run(path / 'example', IMXDMABUFFER_ALLOCATOR='host')
        # An exception that nothing catches, with the message.
        contains(run(path / 'example', IMXDMABUFFER_ALLOCATOR='unknown', code=-6), 'imxdmabuffer::Error', 'unknown')


main()
