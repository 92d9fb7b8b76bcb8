# SPDX-License-Identifier: LGPL-2.1-or-later
"""The build as OpenEmbedded runs it: its class for waf, meta-freescale's switches, a compiler for another processor.

usage: test_recipe.py SOURCE-DIRECTORY
"""
from driver import Installed, SOURCE, VERSION, folder, header_of, macros, tree

import contextlib
import hashlib
import re
import sys

import symbols
from builds import need, run
from harness import contains, equal, expect, for_each, main, test

STACK = contextlib.ExitStack()
TREE = STACK.enter_context(tree())
WORK = STACK.enter_context(folder())

# By Meson's names: compiler, word size in bytes, readelf's name of the machine, the flags of a board.
MACHINES = {
    'arm': ('arm-linux-gnueabihf', 4, 'ARM', '-mthumb -mfpu=neon -mfloat-abi=hard -mcpu=cortex-a9'),
    'aarch64': ('aarch64-linux-gnu', 8, 'AArch64', '-mcpu=cortex-a53+crc'),
}

# The recipe's PACKAGECONFIG for an i.MX6 and an i.MX8M.
SWITCHES = {
    'arm': ('--with-dma-heap-allocator=no', '--with-dwl-allocator=no', '--with-g2d-allocator=no',
              '--with-ion-allocator=yes', '--with-ipu-allocator=yes', '--with-pxp-allocator=no',
              '--imx-linux-headers-path=/sysroot/usr/include/imx'),
    'aarch64': ('--with-dma-heap-allocator=yes', '--dma-heap-device-node-path=/dev/dma_heap/linux,cma-uncached',
                '--dma-heap-uncached-memory', '--with-dwl-allocator=yes', '--hantro-decoder-version=G2',
                '--hantro-headers-path=/sysroot/usr/include/hantro_dec', '--with-g2d-allocator=yes',
                '--g2d-includes=/sysroot/usr/include', '--with-ion-allocator=no', '--with-ipu-allocator=no',
                '--with-pxp-allocator=no', '--libdir=/usr/lib'),
}
BUILT = {'arm': {'ion', 'ipu'}, 'aarch64': {'dma-heap', 'dwl', 'g2d'}}

# The class detects progress by this output.
PROGRESS = re.compile(r'^\[\s*(\d+)/\s*(\d+)\]\s+', re.M)


class Recipe:
    """Run the steps of waf.bbclass, with its environment."""

    def __init__(self, machine):
        triplet, _, _, flags = MACHINES[machine]
        self.machine, self.build, self.root = machine, WORK / f'build-{machine}', WORK / f'image-{machine}'
        self.environment = {
            'CC': f'{triplet}-gcc {flags} --sysroot=/ -fstack-protector-strong', 'AR': f'{triplet}-gcc-ar',
            'STRIP': f'{triplet}-strip', 'CFLAGS': f'-O0 -Werror -ffile-prefix-map={WORK}=/usr/src',
            'CPPFLAGS': '', 'LDFLAGS': '-Wl,-O1 -Wl,--hash-style=gnu -Wl,--as-needed -Wl,-z,relro,-z,now',
            'PKG_CONFIG_SYSROOT_DIR': f'{WORK}/sysroot', 'PKG_CONFIG_LIBDIR': f'{WORK}/sysroot/usr/lib/pkgconfig',
            'PKG_CONFIG_PATH': f'{WORK}/sysroot/usr/share/pkgconfig',
            'WAFLOCK': f'.lock-waf_oe_{hashlib.sha512(machine.encode()).hexdigest()}_build'}

    def waf(self, *arguments):
        return run(sys.executable, './waf', *arguments, cwd=TREE.path, **self.environment)

    def configure(self):
        self.build.mkdir()
        contains(self.waf('--version').split()[1], '.')
        return self.waf('configure', '-o', self.build, '--prefix=/usr', '--bindir=/usr/bin', '--libdir=/usr/lib',
                        *SWITCHES[self.machine])

    def compile(self):
        return self.waf('build', '-j2')

    def install(self):
        return self.waf('install', f'--destdir={self.root}')


@test('the licence is the one that recipes check')
def _():
    equal(hashlib.md5((SOURCE / 'LICENSE').read_bytes()).hexdigest(), '38fa42a5a6425b26d2919b17b1527324')


@for_each('a recipe for {}', list(MACHINES))
def _(machine):
    triplet, pointer_size, name, _ = MACHINES[machine]
    need(f'{triplet}-gcc', 'readelf')
    recipe = Recipe(machine)
    contains(recipe.configure(), f'Building for: {triplet} ({machine}, cross)', f'Host machine cpu family: {machine}\n',
             'no longer needed')
    done, total = PROGRESS.findall(recipe.compile())[-1]
    equal(done, total)
    recipe.install()
    installed = Installed(recipe.root / 'usr')
    for path in (installed.library, recipe.build / 'test-alloc'):
        contains(run('readelf', '-hW', path), f'Machine:                           {name}\n')
    symbols.check(installed.library, installed.config_header(), pointer_size)
    # Besides documents, and manual pages if scdoc is installed.
    equal([path for path in installed.files() if not path.startswith(('share/doc/', 'share/man/'))], sorted([
        'lib/libimxdmabuffer.so', 'lib/libimxdmabuffer.so.1', f'lib/libimxdmabuffer.so.{VERSION}',
        'lib/pkgconfig/libimxdmabuffer.pc', *(f'include/imxdmabuffer/{header}' for header in (
            'imxdmabuffer.h', 'imxdmabuffer_config.h', 'imxdmabuffer_ext.h', 'imxdmabuffer_ipc.h',
            'imxdmabuffer_physaddr.h', 'imxdmabuffer_pool.h', 'imxdmabuffer_sync.h', 'imxdmabuffer_view.h',
            'imxdmabuffer.hpp', 'imxdmabuffer_buffer.hpp', 'imxdmabuffer_mapping.hpp', 'imxdmabuffer_types.hpp',
            *map(header_of, BUILT[machine])))]))
    # The installed files must not contain paths of the build directories.
    for path in installed.files():
        expect(str(WORK).encode() not in (installed.prefix / path).read_bytes(), f'{path} names {WORK}')


@test('the choices of the recipes')
def _():
    for machine, (triplet, _, _, _) in MACHINES.items():
        need(f'{triplet}-gcc')
    arm, arm64 = (macros(Installed(WORK / f'image-{machine}/usr').config_header()) for machine in MACHINES)
    expect('IMXDMABUFFER_ION_ALLOCATOR_ENABLED' in arm and 'IMXDMABUFFER_DWL_ALLOCATOR_ENABLED' not in arm, arm)
    equal(arm64['IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH'], '"/dev/dma_heap/linux,cma-uncached"')
    for macro in ('DMA_HEAP_ALLOCATES_UNCACHED_MEMORY', 'DWL_USE_CLIENT_TYPE_HEVC'):
        equal(arm64[f'IMXDMABUFFER_{macro}'], '1')


@for_each('by CC alone: {}', list(MACHINES))
def _(machine):
    triplet, pointer_size, name, _ = MACHINES[machine]
    need(f'{triplet}-gcc')
    # This machine's json-c must not be used.
    TREE.waf('configure', '-o', WORK / f'plain-{machine}', 'install', '--destdir', WORK / f'root-{machine}',
             CC=f'{triplet}-gcc')
    installed = Installed(WORK / f'root-{machine}/usr/local')
    contains(run('readelf', '-hW', installed.library), f'Machine:                           {name}\n')
    symbols.check(installed.library, installed.config_header(), pointer_size)


with STACK:
    main()
