# SPDX-License-Identifier: LGPL-2.1-or-later
"""The recipe for OpenEmbedded: its keys, their results in Meson, the licence, the ptest."""
import hashlib
import os
import re
import subprocess

import tap
from document import BUILD, SOURCE
from meson_plan import ALLOCATORS, macros, plan
from recipe import Recipe
from tap import SIMULATOR, Skip, equal, expect, for_each, run, test

FOLDER = SOURCE / 'packaging/yocto'
(RECIPE,) = FOLDER.glob('*.bb')
KNOWN_KEYS = {'dwl', 'ion', 'ipu', 'g2d', 'pxp', 'dma-heap-cached', 'dma-heap-uncached'}
# The host allocator is for development: recipes have no key for it.
FEATURES = tuple(name for name in ALLOCATORS if name != 'host')


# What BitBake and each distribution add to the overrides of the machine.
COMMON = 'linux pn-libimxdmabuffer class-target poky libc-glibc forcevariable'.split()
GPU = 'imxgpu imxgpu2d imxgpu3d'
HANTRO = 'imxvpu imxvpuhantro'

# For each machine: its architecture; the features that imx-base.inc adds with use-nxp-bsp, and the names of the
# processor's family, which get -generic-bsp and -nxp-bsp or -mainline-bsp; allocators beside dma-heap and recommended
# packages with NXP's BSP. Features of i.MX 91, 94 and 95 differ between releases of the layers: only the common one.
MACHINES = {
    'imx6qdlsabresd': ('arm', f'imxfbdev imxipu imxvpu imxvpucnm {GPU}', 'mx6 mx6q', 'ipu g2d', 'imx-gpu-g2d'),
    'imx6dlsabresd': ('arm', f'imxfbdev imxpxp imxipu imxvpu imxvpucnm {GPU} imxepdc', 'mx6 mx6dl', 'ipu pxp g2d',
                      'imx-gpu-g2d'),
    'imx6ull14x14evk': ('arm', 'imxfbdev imxpxp imxepdc', 'mx6 mx6ull', 'pxp', ''),
    'imx7dsabresd': ('arm', 'imxfbdev imxpxp imxepdc', 'mx7 mx7d', 'pxp', ''),
    'imx8mq-evk': ('aarch64', f'imxdrm {HANTRO} imxgpu imxgpu3d', 'mx8 mx8m mx8mq', 'dwl', 'imx-vpu-hantro'),
    'imx8mm-lpddr4-evk': ('aarch64', f'imxdrm {HANTRO} {GPU}', 'mx8 mx8m mx8mm', 'dwl g2d',
                          'imx-gpu-g2d imx-vpu-hantro'),
    'imx8mn-lpddr4-evk': ('aarch64', 'imxdrm imxgpu imxgpu3d', 'mx8 mx8m mx8mn', '', ''),
    'imx8mp-lpddr4-evk': ('aarch64', f'imxdrm {HANTRO} {GPU}', 'mx8 mx8m mx8mp', 'dwl g2d',
                          'imx-gpu-g2d imx-vpu-hantro'),
    'imx8qm-mek': ('aarch64', f'imxdrm imxdpu {GPU}', 'mx8 mx8qm', '', ''),
    'imx8qxp-mek': ('aarch64', f'imxdrm imxdpu {GPU}', 'mx8 mx8qxp', '', ''),
    'imx8ulp-lpddr4-evk': ('aarch64', f'imxdrm imxpxp {GPU}', 'mx8 mx8ulp', 'pxp g2d', 'imx-gpu-g2d'),
    'imx91-11x11-lpddr4-evk': ('aarch64', 'imxdrm', 'mx9 mx91', '', ''),
    'imx93-11x11-lpddr4x-evk': ('aarch64', 'imxdrm imxpxp', 'mx9 mx93', 'pxp g2d', 'imx-pxp-g2d'),
    'imx943-evk': ('aarch64', 'imxdrm', 'mx9 mx943', '', ''),
    'imx95-19x19-lpddr5-evk': ('aarch64', 'imxdrm', 'mx9 mx95', '', ''),
}


def overrides(machine, bsp):
    """Return all overrides of a machine with NXP's BSP or the mainline one, which sets no features."""
    architecture, features, names, _, _ = MACHINES[machine]
    families = [f'{name}-{kind}-bsp' for name in ('imx', *names.split()) for kind in ('generic', bsp)]
    return [*COMMON, architecture, machine, *(features.split() if bsp == 'nxp' else ()), *families]


def built(options):
    """Return the allocators of a build with these options, from its installed headers, and its options."""
    values, files = plan(*options)
    names = {re.sub(r'.*/imxdmabuffer_(\w+)_allocator\.h', r'\1', name).replace('_', '-') for name in files
             if name.endswith('_allocator.h')}
    for feature in FEATURES:
        equal((feature, values[feature]), (feature, 'enabled' if feature in names else 'disabled'))
    return names, values, files


@test('the version is that of the build')
def _():
    equal(Recipe(RECIPE).get('PV'), run('--version').out.split()[1])


@test('the licence has the checksum in recipes')
def _():
    told = re.fullmatch(r'file://LICENSE;md5=(\w+)', Recipe(RECIPE).get('LIC_FILES_CHKSUM')).group(1)
    equal(told, hashlib.md5((SOURCE / 'LICENSE').read_bytes()).hexdigest())
    equal(told, '38fa42a5a6425b26d2919b17b1527324')


@test('the keys of 1.x are there')
def _():
    equal(sorted(KNOWN_KEYS - set(Recipe(RECIPE).keys())), [])


@test('every file of SRC_URI exists, except the release itself')
def _():
    recipe = Recipe(RECIPE)
    names = [name.removeprefix('file://') for name in recipe.get('SRC_URI').split()]
    equal(names, [recipe.get('BP') + '.tar.xz', 'run-ptest'])
    expect(os.access(FOLDER / recipe.name / 'run-ptest', os.X_OK), 'run-ptest should be executable')


@for_each('the defaults of {}', [(machine, bsp) for bsp in ('nxp', 'mainline') for machine in MACHINES])
def _(case):
    machine, bsp = case
    *_, allocators, recommended = MACHINES[machine] if bsp == 'nxp' else ('', '')
    recipe = Recipe(RECIPE, overrides(machine, bsp))
    equal(sorted(recipe.chosen()), sorted(['dma-heap-uncached', 'tools', *allocators.split()]))
    equal(sorted(recipe.field(4)), recommended.split())
    equal((recipe.field(2), recipe.field(3)), (['json-c'], []))


@test('a machine of other layers gets the heaps')
def _():
    recipe = Recipe(RECIPE, [*COMMON, 'x86-64', 'qemux86-64'])
    equal((recipe.chosen(), recipe.field(4)), (['dma-heap-uncached', 'tools'], []))


@test('the machines have all overrides of the recipe')
def _():
    names = re.findall(r'^LIBIMXDMABUFFER_\w+:(?:append:|remove:)?([\w-]+) ', RECIPE.read_text(), re.M)
    expect(len(names) > 6, names)
    equal(sorted(set(names) - {name for machine in MACHINES for name in overrides(machine, 'nxp')}), [])


@test('Meson builds the defaults of a board, and finds the heap at run time')
def _():
    names, values, files = built(Recipe(RECIPE, ['imxipu', 'imxgpu2d']).meson_options())
    equal(names, {'dma-heap', 'ipu', 'g2d'})
    equal(values['dma-heap-device-node-path'], '')
    expect('/usr/bin/imxdmabuffer' in files, f'the program expected in {files}')


@test('Meson builds all keys, and the cached heap is bound')
def _():
    keys = ' '.join((KNOWN_KEYS - {'dma-heap-uncached'}) | {'udev-rules'})
    names, values, files = built(Recipe(RECIPE, PACKAGECONFIG=keys).meson_options())
    equal(names, set(FEATURES))
    equal(values['dma-heap-device-node-path'], '/dev/dma_heap/linux,cma')
    expect(any(name.endswith('/rules.d/60-imxdmabuffer.rules') for name in files), f'the rules expected in {files}')
    expect('/usr/bin/imxdmabuffer' not in files, f'no program expected in {files}')


@for_each('programs see the macros of 1.x: {}', [
    ('dma-heap-uncached', {'DMA_HEAP_DEVICE_NODE_PATH': '"/dev/dma_heap/linux,cma-uncached"',
                           'DMA_HEAP_ALLOCATES_UNCACHED_MEMORY': '1'}),
    ('dma-heap-cached', {'DMA_HEAP_DEVICE_NODE_PATH': '"/dev/dma_heap/linux,cma"'}), ('ion', {})])
def _(case):
    key, expected = case
    if expected:
        expected = {'DMA_HEAP_ALLOCATOR_ENABLED': '1', **expected}
    equal(macros(*Recipe(RECIPE, PACKAGECONFIG=key).meson_options()), expected)


@test('Meson builds no key at all')
def _():
    names, _, _ = built(Recipe(RECIPE, PACKAGECONFIG='').meson_options())
    equal(names, set())


@test('the two kinds of heap exclude each other')
def _():
    recipe = Recipe(RECIPE, PACKAGECONFIG='dma-heap-cached dma-heap-uncached')
    try:
        recipe.meson_options()
    except AssertionError as error:
        expect('conflicts' in str(error), str(error))
    else:
        raise AssertionError('a conflict expected')


def run_ptest(sim):
    program = BUILD / 'test-alloc'
    if not program.exists():
        raise Skip('test-alloc is not built')
    # As the recipe installs it: the script next to the program.
    script = (FOLDER / Recipe(RECIPE).name / 'run-ptest').read_text().replace('"$(dirname "$0")"', str(BUILD))
    done = subprocess.run(['sh', '-c', script], capture_output=True, text=True, check=False,
                          env={'PATH': os.environ['PATH'], 'LD_PRELOAD': SIMULATOR, 'IMXDMABUFFER_SIM': sim})
    lines = done.stdout.splitlines()
    expect(lines and all(re.match(r'(PASS|FAIL|SKIP): ', line) for line in lines), f'{done.stdout}{done.stderr}')
    return done.returncode, [line for line in lines if not line.startswith('SKIP')]


@test('run-ptest prints a line for each case of a board that works')
def _():
    code, lines = run_ptest('heap linux,cma-uncached; phys native')
    equal((code, [line for line in lines if line.startswith('FAIL')]), (0, []))
    expect(len(lines) > 5, f'cases expected: {lines}')


@test('run-ptest fails if allocation does')
def _():
    code, lines = run_ptest('heap linux,cma-uncached; phys native; fail heap-alloc 3 ENOMEM 0')
    expect(code != 0 and any(line.startswith('FAIL') for line in lines), f'{code}: {lines}')


tap.main()
