# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documented build: ./waf configure, ./waf, ./waf install; and the files in the prefix.

usage: test_install.py SOURCE-DIRECTORY
"""
from driver import (ALLOCATORS, Installed, VERSION, compile_example, folder, has_jsonc, header_of, macro_of, macros,
                    tree)

import contextlib

import symbols
from builds import need, run
from harness import contains, equal, expect, lacks, main, test

STACK = contextlib.ExitStack()
TREE = STACK.enter_context(tree())
WORK = STACK.enter_context(folder())
PREFIX = WORK / 'prefix'
INSTALLED = Installed(PREFIX)


def names():
    return sorted(path.name for path in TREE.path.iterdir())


BEFORE = names()

HEADERS = ['imxdmabuffer.h', 'imxdmabuffer_config.h', 'imxdmabuffer_ext.h', 'imxdmabuffer_ipc.h', 'imxdmabuffer_pool.h',
           'imxdmabuffer_sync.h', 'imxdmabuffer_view.h',
           'imxdmabuffer_physaddr.h',
           'imxdmabuffer.hpp', 'imxdmabuffer_buffer.hpp', 'imxdmabuffer_mapping.hpp', 'imxdmabuffer_types.hpp',
           *(header_of(name) for name in ALLOCATORS if name != 'host')]
FILES = sorted([*(f'include/imxdmabuffer/{name}' for name in HEADERS), 'lib/libimxdmabuffer.so',
                'lib/libimxdmabuffer.so.1', f'lib/libimxdmabuffer.so.{VERSION}', 'lib/pkgconfig/libimxdmabuffer.pc'])


@test('the three commands')
def _():
    contains(TREE.waf('configure', f'--prefix={PREFIX}'), "'configure' finished successfully")
    contains(TREE.waf(), "'build' finished successfully")
    contains(TREE.waf('install'), "'install' finished successfully")


@test('the library and its headers, as in 1.x')
def _():
    equal([name for name in INSTALLED.files() if name.startswith(('lib/', 'include/'))], FILES)
    contains(run('readelf', '-d', INSTALLED.library), 'soname: [libimxdmabuffer.so.1]')
    symbols.check(INSTALLED.library, INSTALLED.config_header())


@test('the program, if json-c is installed')
def _():
    need('pkg-config')
    equal((PREFIX / 'bin/imxdmabuffer').exists(), bool(has_jsonc()))


@test('the macros')
def _():
    equal(macros(INSTALLED.config_header()),
          {**{macro_of(name): '1' for name in ALLOCATORS}, 'IMXDMABUFFER_VERSION': f'"{VERSION}"',
           'IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH': '"/dev/dma_heap/linux,cma"'})


@test('the output of pkg-config')
def _():
    need('pkg-config')
    equal({name: INSTALLED.pkgconfig(f'--variable={name}') for name in (
        'prefix', 'exec_prefix', 'libdir', 'includedir', 'libimxdmabuffer_ion')},
        {'prefix': str(PREFIX), 'exec_prefix': str(PREFIX), 'libdir': f'{PREFIX}/lib',
         'includedir': f'{PREFIX}/include', 'libimxdmabuffer_ion': 'yes'})
    equal(INSTALLED.pkgconfig('--libs', '--cflags'), f'-I{PREFIX}/include -L{PREFIX}/lib -limxdmabuffer')
    equal(INSTALLED.pkgconfig('--modversion'), VERSION)
    run('pkg-config', '--atleast-version=1.1.2', 'libimxdmabuffer', PKG_CONFIG_LIBDIR=f'{PREFIX}/lib/pkgconfig')


@test('a program is built with the flags of pkg-config, and runs')
def _():
    need('pkg-config')
    compile_example(INSTALLED, WORK / 'example')
    run(WORK / 'example', LD_LIBRARY_PATH=f'{PREFIX}/lib', IMXDMABUFFER_ALLOCATOR='host')


@test('test-alloc is at the top of the build directory, and passes')
def _():
    printed = run(TREE.path / 'build/test-alloc', 'host')
    contains(printed, 'PASS: host open\n')
    lacks(printed, 'FAIL')


@test('--destdir puts the same tree elsewhere')
def _():
    TREE.waf('install', '--destdir', WORK / 'root')
    equal(Installed(WORK / f'root{PREFIX}').files(), INSTALLED.files())
    # The environment can set it, too.
    TREE.waf('install', DESTDIR=str(WORK / 'root2'))
    equal(Installed(WORK / f'root2{PREFIX}').files(), INSTALLED.files())


@test('uninstall removes the installed files, there and nowhere else')
def _():
    TREE.waf('uninstall', '--destdir', WORK / 'root')
    expect(not (WORK / 'root').exists(), list((WORK / 'root').rglob('*')))
    equal([name for name in INSTALLED.files() if name in FILES], FILES)
    # Installing twice, or configuring again, makes no difference. Others' files stay.
    TREE.waf('install')
    TREE.waf('configure', f'--prefix={PREFIX}')
    (PREFIX / 'lib/other').write_text('')
    TREE.waf('uninstall')
    equal(sorted(str(path.relative_to(PREFIX)) for path in PREFIX.rglob('*')), ['lib', 'lib/other'])
    (PREFIX / 'lib/other').unlink()
    TREE.waf('uninstall', '--destdir', WORK / 'root2')


@test('distclean leaves the sources as they were')
def _():
    expect(set(names()) > set(BEFORE), names())
    TREE.waf('distclean')
    equal(names(), BEFORE)


with STACK:
    main()
