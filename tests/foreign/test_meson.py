# SPDX-License-Identifier: LGPL-2.1-or-later
"""For users of Meson: options, kinds of library, and the library as a subproject.

usage: test_meson.py SOURCE-DIRECTORY
"""
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import ALLOCATORS, NOT_SOURCE, folder, meson, need, run  # noqa: E402
from harness import contains, equal, expect, for_each, lacks, main, test  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
EXAMPLE = re.findall(r'^```c\n(.*?)^```', (SOURCE / 'README.md').read_text(), re.M | re.S)[0]
ALLOCATOR = {'IMXDMABUFFER_ALLOCATOR': 'host'}

PARENT = '''
project('player', 'c', 'cpp', meson_version: '>= 0.61.2', default_options: ['werror=true', 'warning_level=3'])
imxdmabuffer = dependency('libimxdmabuffer', version: '>= 1.1.2', fallback: 'libimxdmabuffer',
  default_options: ['ipu=disabled', 'default_library=@0@'])
test('player', executable('player', 'player.c', dependencies: imxdmabuffer), env: {'IMXDMABUFFER_ALLOCATOR': 'host'})
test('player++', executable('player++', 'player.cpp', dependencies: imxdmabuffer))
'''

PLAYER_CPP = '''
#include <imxdmabuffer/imxdmabuffer_config.h>
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_ion_allocator.h>
#ifdef IMXDMABUFFER_IPU_ALLOCATOR_ENABLED
#error "the option of the subproject has no effect"
#endif
int main() { return imx_dma_buffer_get_version()[0] == '1' ? 0 : 1; }
'''


DEVICES = '''
#include <imxdmabuffer/imxdmabuffer_sim.h>
#include <stdio.h>
int main(void)
{
	if (!imxdmabuffer_sim_is_present())
		puts("skipped");
	else
		printf("used: %lu\\n", (unsigned long)imxdmabuffer_sim_memory_used("linux,cma"));
	return 0;
}
'''


def allocators_in(printed):
    """Return the allocators of Meson's summary, each with YES or NO."""
    return {name: re.search(rf'^ *{name} +: (\w+)', printed, re.M)[1] for name in ALLOCATORS}


@for_each('a subproject, with a library that is {}', ['shared', 'static'])
def _(kind):
    with folder() as path:
        shutil.copytree(SOURCE, path / 'subprojects/libimxdmabuffer', ignore=NOT_SOURCE)
        (path / 'meson.build').write_text(PARENT.replace('@0@', kind))
        (path / 'player.c').write_text(EXAMPLE)
        (path / 'player.cpp').write_text(PLAYER_CPP)
        printed = meson(path, path / 'build')
        equal(allocators_in(printed)['ipu'], 'NO')
        contains(run('meson', 'test', '-C', path / 'build', '--no-rebuild'), 'Ok:                 2')
        # Programs and tests of the library are left out.
        built = [file.name for file in (path / 'build').rglob('*')]
        equal([name for name in ('test-alloc', 'imxdmabuffer', 'conformance') if name in built
               and not (path / f'build/subprojects/libimxdmabuffer/include/{name}').is_dir()], [])


@for_each('a library that is {}', ['shared', 'static', 'both'])
def _(kind):
    need('pkg-config')
    with folder() as path:
        meson(SOURCE, path / 'build', f'-Ddefault_library={kind}', '-Dtests=disabled', '--werror',
              f'--prefix={path}/prefix', '--libdir=lib')
        run('meson', 'install', '-C', path / 'build', '--no-rebuild')
        libraries = [file.suffix for file in (path / 'prefix/lib').glob('libimxdmabuffer.[as]*')]
        equal(('.so' in libraries, '.a' in libraries), (kind != 'static', kind != 'shared'))
        (path / 'example.c').write_text(EXAMPLE)
        linkings = [()] + ([('--static',)] if kind != 'shared' else [])
        for options in linkings:
            flags = run('pkg-config', '--cflags', '--libs', *options, 'libimxdmabuffer',
                        PKG_CONFIG_LIBDIR=f'{path}/prefix/lib/pkgconfig').split()
            # ld warns about dlopen() in static programs: they cannot use the vendors' libraries.
            run('cc', path / 'example.c', '-o', path / 'example', *(['-static'] if options else []), *flags)
            run(path / 'example', LD_LIBRARY_PATH=f'{path}/prefix/lib', **ALLOCATOR)
        dynamic = run('readelf', '-d', path / 'example')
        expect(('libimxdmabuffer.so.1' in dynamic) == (kind == 'shared'), dynamic)


@for_each('all allocators {}', ['enabled', 'disabled', 'auto'])
def _(value):
    with folder() as path:
        # tests/waf builds them.
        printed = run('meson', 'setup', path, SOURCE, '-Dtests=disabled', *(f'-D{name}={value}' for name in ALLOCATORS))
        equal(set(allocators_in(printed).values()), {'NO' if value == 'disabled' else 'YES'})


@test('a configured heap')
def _():
    with folder() as path:
        printed = run('meson', 'setup', path, SOURCE, '-Dtests=disabled', '-Ddma-heap-uncached-memory=true',
                      '-Ddma-heap-device-node-path=/dev/dma_heap/board', '-Dhantro-decoder-version=G1')
        contains(printed, ': /dev/dma_heap/board')
        contains((path / 'include/imxdmabuffer/imxdmabuffer_config.h').read_text(), '"/dev/dma_heap/board"',
                 'DMA_HEAP_ALLOCATES_UNCACHED_MEMORY 1', 'DWL_USE_CLIENT_TYPE_H264 1')


@test('the declared version of Meson is enough for all options')
def _():
    with folder() as path:
        enabled = [f'-D{name}=enabled' for name in ('tools', 'tests', 'man', 'udev-rules', 'simulator')]
        # Meson warns of functions that are newer than the declared version.
        run('meson', 'setup', path, SOURCE, '--fatal-meson-warnings', '-Dguest-tests=true', *enabled)


@test('the library and test-alloc need neither json-c nor cmocka nor ipc')
def _():
    with folder() as path:
        printed = meson(SOURCE, path, '-Dipc=disabled', PKG_CONFIG_LIBDIR='/nowhere')
        for name in ('tests', 'program imxdmabuffer', 'passing buffers (ipc)'):
            equal((name, re.search(rf'^ *{re.escape(name)} *: (\w+)', printed, re.M)[1]), (name, 'NO'))
        lacks(' '.join(file.name for file in path.iterdir()), 'sim')
        contains(run(path / 'test-alloc', 'host'), 'PASS: host open')
        symbols = run('nm', '--dynamic', '--defined-only', path / 'src/libimxdmabuffer.so.1')
        contains(symbols, 'imx_dma_buffer_import_dmabuf')
        lacks(symbols, 'imx_dma_buffer_send', 'imx_dma_buffer_receive')


@test('the installed simulator runs any program')
def _():
    need('pkg-config')
    with folder() as path:
        meson(SOURCE, path / 'build', f'--prefix={path}/root', '--libdir=lib', '-Dsimulator=enabled',
              '-Dtests=disabled', '-Dtools=enabled', '-Dman=disabled')
        run('meson', 'install', '-C', path / 'build', '--no-rebuild')
        on_board = [path / 'root/bin/imxdmabuffer', 'sim', '--board', 'imx8mp']
        search = {'LD_LIBRARY_PATH': path / 'root/lib'}
        contains(run(*on_board, 'ls', '/dev/dma_heap', **search), 'linux,cma-uncached\n')
        contains(run(*on_board, path / 'build/test-alloc', 'g2d', **search), 'PASS: g2d open')
        # A program with devices needs the header only, and has them on the board only.
        (path / 'test.c').write_text(DEVICES)
        flags = run('pkg-config', '--cflags', '--libs', 'libimxdmabuffer-sim',
                    PKG_CONFIG_LIBDIR=f'{path}/root/lib/pkgconfig').split()
        equal(flags, [f'-I{path}/root/include'])
        run('cc', '-Wall', '-Wextra', '-Werror', path / 'test.c', '-o', path / 'test', *flags)
        contains(run(*on_board, path / 'test', **search), 'used: 0')
        contains(run(path / 'test'), 'skipped')
        preload = run('pkg-config', '--variable=preload', 'libimxdmabuffer-sim',
                      PKG_CONFIG_LIBDIR=f'{path}/root/lib/pkgconfig').strip()
        contains(run(path / 'test', LD_PRELOAD=preload), 'used: 0')


main()
