# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each switch of ./waf configure.

usage: test_switches.py SOURCE-DIRECTORY
"""
from driver import ALLOCATORS, Installed, compile_example, folder, has_jsonc, header_of, macro_of, macros, tree

import contextlib
import json

import symbols
from builds import need, run
from harness import contains, equal, expect, for_each, lacks, main, test

STACK = contextlib.ExitStack()
TREE = STACK.enter_context(tree())
WORK = STACK.enter_context(folder())
BUILD = WORK / 'build'
FOLDERS = {'bindir': '/opt/programs', 'libdir': '/usr/lib/arm', 'includedir': '/usr/headers'}


def configure(*switches):
    return TREE.waf('configure', '-o', BUILD, '--prefix=/usr', '--with-man=no', *switches)


def config():
    return (BUILD / 'include/imxdmabuffer/imxdmabuffer_config.h').read_text()


def install():
    """Build and install. Return the installed files."""
    installed = Installed(WORK / 'root/usr')
    TREE.waf('install', '-o', BUILD, '--destdir', WORK / 'root')
    return installed


def check_left_out(names):
    """Check that disabled parts have no code, header, macro or entry, and that enabled parts have all of them."""
    installed = install()
    symbols.check(installed.library, installed.config_header())
    printed = run(BUILD / 'test-alloc', LD_LIBRARY_PATH=installed.library.parent)
    for name in ALLOCATORS:
        equal(macro_of(name) in macros(installed.config_header()), name not in names)
        equal((installed.includes / header_of(name)).exists(), name not in names and name != 'host')
        equal(f': {name}' in printed, name not in names)
    equal('IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH' in installed.config_header(), 'dma-heap' not in names)
    need('pkg-config')
    equal(installed.pkgconfig('--variable=libimxdmabuffer_ion'), 'no' if 'ion' in names else 'yes')
    TREE.waf('uninstall', '-o', BUILD, '--destdir', WORK / 'root')
    expect(not (WORK / 'root').exists(), 'all should be removed')


@for_each('left out: {}', ALLOCATORS)
def _(name):
    configure(f'--with-{name}-allocator=no')
    check_left_out({name})


@test('all left out')
def _():
    configure(*(f'--with-{name}-allocator=no' for name in ALLOCATORS))
    check_left_out(set(ALLOCATORS))


@for_each('all with {}', ['yes', 'auto'])
def _(value):
    configure(*(part for name in ALLOCATORS for part in (f'--with-{name}-allocator', value)))
    equal([name for name in ALLOCATORS if macro_of(name) not in config()], [])


def check_told_heap(text, node):
    """Return the program's output about the heap, as text and in JSON; nothing if it cannot be built."""
    if has_jsonc():
        contains(run(BUILD / 'tools/imxdmabuffer', 'info'), f'\nDMA-BUF heap:  {text}\n')
        equal(json.loads(run(BUILD / 'tools/imxdmabuffer', 'info', '--json'))['configuration']['dma_heap_node'], node)


@test('a configured heap')
def _():
    configure('--dma-heap-device-node-path=/dev/dma_heap/linux,cma-uncached', '--dma-heap-uncached-memory')
    equal({name: value for name, value in macros(config()).items() if 'DMA_HEAP_' in name and 'ENABLED' not in name},
          {'IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH': '"/dev/dma_heap/linux,cma-uncached"',
           'IMXDMABUFFER_DMA_HEAP_ALLOCATES_UNCACHED_MEMORY': '1'})
    TREE.waf('-o', BUILD)
    contains(run(BUILD / 'test-alloc'), 'SKIP: dma-heap: /dev/dma_heap/linux,cma-uncached')
    node = '/dev/dma_heap/linux,cma-uncached'
    check_told_heap(f'{node}\nuncached heap: {node}, by configuration', node)


@test('the documented heap is binding if configured')
def _():
    configure('--dma-heap-device-node-path=/dev/dma_heap/linux,cma')
    TREE.waf('-o', BUILD)
    contains(run(BUILD / 'test-alloc'), 'SKIP: dma-heap: /dev/dma_heap/linux,cma: ')
    check_told_heap('/dev/dma_heap/linux,cma', '/dev/dma_heap/linux,cma')
    configure()
    lacks(macros(config()), 'IMXDMABUFFER_DMA_HEAP_ALLOCATES_UNCACHED_MEMORY')
    TREE.waf('-o', BUILD)
    lacks(run(BUILD / 'test-alloc'), 'SKIP: dma-heap: /dev/dma_heap/linux,cma: ')
    check_told_heap('found at run time', None)


@for_each('Hantro decoder: {}', [('G1', ['H264']), ('G2', ['HEVC']), ('auto', [])])
def _(case):
    configure(f'--hantro-decoder-version={case[0]}')
    got = macros(config())
    equal([name for name in ('H264', 'HEVC') if f'IMXDMABUFFER_DWL_USE_CLIENT_TYPE_{name}' in got], case[1])


@for_each('no longer needed: {}', [
    'hantro-headers-path', 'g2d-includes', 'g2d-libs', 'imx-linux-headers-path'])
def _(name):
    contains(configure(f'--{name}=/nowhere'), f'note: --{name} is no longer needed: ')


@test('a static library alone, and a program that is linked with it')
def _():
    need('pkg-config')
    configure('--enable-static', f'--prefix={WORK}/static', '--with-tools=no')
    TREE.waf('install', '-o', BUILD)
    installed = Installed(WORK / 'static')
    equal([name for name in installed.files() if 'lib/lib' in name], ['lib/libimxdmabuffer.a'])
    for options in ((), ('--static',)):
        compile_example(installed, WORK / 'example', *options)
        run(WORK / 'example', IMXDMABUFFER_ALLOCATOR='host')
        lacks(run('readelf', '-d', WORK / 'example'), 'libimxdmabuffer')


@test('for debugging')
def _():
    configure('--enable-debug')
    TREE.waf('-o', BUILD)
    contains(run('readelf', '-SW', BUILD / 'src/libimxdmabuffer.so.1'), '.debug_info')


@test('the library alone')
def _():
    configure('--with-tools=no')
    equal([name for name in install().files() if not name.startswith(('lib/', 'include/', 'share/doc/'))], [])


@test('the udev rules are installed on request')
def _():
    for switches, places in ((), ['examples']), (('--with-udev-rules=yes',), ['rules.d']):
        configure('--with-tools=no', *switches)
        install()
        rules = list((WORK / 'root').rglob('60-imxdmabuffer.rules'))
        equal([path.parent.name for path in rules], places)
        TREE.waf('uninstall', '-o', BUILD, '--destdir', WORK / 'root')


@test('directories')
def _():
    configure(*(f'--{name}={path}' for name, path in FOLDERS.items()), '--sysconfdir=/etc', '--datadir=/usr/share',
              '--mandir', '/usr/share/man', '--localstatedir=/var', '--docdir=/usr/share/doc')
    TREE.waf('install', '-o', BUILD, '--destdir', WORK / 'folders')
    places = {str(path.parent.relative_to(WORK / 'folders')) for path in (WORK / 'folders').rglob('*')
              if path.is_file()}
    equal({place for place in places if not place.startswith(('usr/share/', 'opt/programs'))},
          {'usr/headers/imxdmabuffer', 'usr/lib/arm', 'usr/lib/arm/pkgconfig'})
    equal('opt/programs' in places, bool(has_jsonc()))
    need('pkg-config')
    installed = Installed(WORK / 'folders/usr', 'lib/arm')
    equal(installed.pkgconfig('--variable=libdir'), '/usr/lib/arm')
    equal(installed.pkgconfig('--variable=includedir'), '/usr/headers')


with STACK:
    main()
