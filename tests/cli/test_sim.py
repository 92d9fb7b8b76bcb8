# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer sim"""
import os
import pathlib
import re
import shutil
import tempfile

import tap
from tap import PROGRAM, Skip, contains, equal, expect, fails, for_each, lacks, raw, run, test

# The allocators of docs/boards.md, in the order in which they are tried; those in brackets are not usable without an
# address.
BOARDS = {
    'imx6q': 'dma-heap ipu g2d', 'imx6q/4.14': 'ion ipu g2d', 'imx6q/mainline': '(dma-heap)',
    'imx6ull': 'dma-heap g2d pxp', 'imx6ull/5.4': 'ion pxp', 'imx6ull/mainline': '(dma-heap)',
    'imx7d': 'dma-heap g2d pxp', 'imx7d/5.4': 'ion pxp', 'imx7d/mainline': '(dma-heap)',
    'imx8mm': 'dma-heap dwl g2d', 'imx8mm/5.4': 'ion dwl g2d', 'imx8mm/mainline': '(dma-heap)',
    'imx8mp': 'dma-heap dwl g2d', 'imx8mp/5.10': 'dma-heap ion dwl g2d', 'imx8mp/mainline': '(dma-heap)',
    'imx8qm': 'dma-heap', 'imx8qxp': 'dma-heap', 'imx91': 'dma-heap', 'imx93': 'dma-heap g2d pxp',
    'imx93/mainline': '(dma-heap)', 'imx94': 'dma-heap g2d pxp', 'imx95': 'dma-heap', 'imx95/mainline': '(dma-heap)',
}


# The simulator is preloaded before the runtime of the sanitizer, see docs/simulator.md.
SANITIZER = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'} if tap.runtimes() else {}


def on(board, *words, env=None, **options):
    return raw('sim', '--board', board, *words, env={**SANITIZER, **(env or {})}, **options)


@test('the list of boards')
def _():
    lines = run('sim', '--list-boards').out.splitlines()
    equal([line.split()[0] for line in lines], list(BOARDS))
    expect(max(map(len, lines)) < 80, lines)
    document = run('sim', '--list-boards', '--json').json
    equal([board['name'] for board in document['boards']], list(BOARDS))


@for_each('the allocators of {}', list(BOARDS))
def _(board):
    listed = on(board, PROGRAM, 'list', '--json').json['allocators']
    usable = [f'({entry["name"]})' if entry['without_address_only'] else entry['name']
              for entry in listed if entry['usable'] and entry['name'] != 'host']
    equal(' '.join(usable), BOARDS[board])


def iommu_of(board):
    """Return the property of a buffer, and what the doctor says."""
    buffer, = on(board, PROGRAM, 'alloc', '4096', '--json', '--no-physical-address').json['buffers']
    doctor = on(board, PROGRAM, 'doctor', '--json').json
    lacks(str(doctor['findings']), 'IOMMU')
    return buffer['iommu'], [fact['value'] for fact in doctor['facts'] if fact['name'] == 'IOMMU']


@for_each('an SMMU translates on {}', ['imx8qm', 'imx8qxp', 'imx95', 'imx95/mainline'])
def _(board):
    answer, (groups, advice) = iommu_of(board)
    equal((answer, groups), ('yes', 'groups: 1 of 1 translated, with the devices gpu'))
    contains(advice, 'no fault', 'cannot use a physical address', 'pass it the DMA-BUF')


@test('the SMMU of the i.MX 95 is no fault: the address is known and right, and the text says to pass the DMA-BUF')
def _():
    listed = on('imx95', PROGRAM, 'list', '--json').json
    equal(listed['default'], 'dma-heap')
    heap, = (entry for entry in listed['allocators'] if entry['default'])
    equal((heap['node'], heap['dmabuf'], heap['physical_address'], heap['coherency']),
          ('/dev/dma_heap/linux,cma-uncached', True, True, 'uncached'))
    contains(on('imx95', PROGRAM, 'alloc', '4096').out, ' 0x4c000000 ', 'devices behind it need the DMA-BUF')
    doctor = on('imx95', PROGRAM, 'doctor').out
    contains(' '.join(doctor.split()), 'this is no fault. A device whose addresses are translated cannot use a '
             'physical address')


@for_each('no IOMMU translates on {}', ['imx8mp', 'imx91', 'imx93', 'imx93/mainline', 'imx94'])
def _(board):
    equal(iommu_of(board), ('no', ['none: devices use physical addresses']))


@for_each('the exit code {} is passed on', [0, 1, 7, 99])
def _(code):
    equal(on('imx8mp', 'sh', '-c', f'exit {code}').code, code)


@test('options behind the program are the program\'s')
def _():
    for words in ['--', 'echo', '--board', 'x', '--', '--json'], ['echo', '--board', 'x', '--', '--json']:
        equal(on('imx8mp', *words).out, '--board x -- --json\n')


@test('children are on the board')
def _():
    result = on('imx8mp', 'sh', '-c', 'grep -c CmaTotal /proc/meminfo; cat /proc/sys/kernel/osrelease; '
                'sh -c "uname -r; ls /dev/dma_heap"')
    equal((result.code, result.err), (0, ''))
    equal(result.out, '1\n6.12.20\n6.12.20\nlinux,cma\nlinux,cma-uncached\nsystem\n')


@test('what the caller preloads stays')
def _():
    result = on('imx8mp', 'sh', '-c', 'echo $LD_PRELOAD; echo $LD_LIBRARY_PATH',
                env={'LD_PRELOAD': '/nonexistent.so', 'LD_LIBRARY_PATH': os.environ['LD_LIBRARY_PATH'] + ':/other'})
    preloaded, searched = result.out.splitlines()
    expect(re.fullmatch(r'.*/libimxdmabuffer-sim\.so:/nonexistent\.so', preloaded), preloaded)
    expect(re.fullmatch(r'\S*/vendor/hantro:\S*/vendor/g2d-wide:.*:/other', searched), searched)


def script(text, *words):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / 'machine'
        path.write_text(text)
        return raw('sim', '--script', str(path), *words)


@test('a script describes a machine')
def _():
    result = script('heap reserved limit=8M\nphys native\nrelease 5.15.0\n', 'sh', '-c', 'uname -r; ls /dev/dma_heap')
    equal((result.out, result.err), ('5.15.0\nreserved\n', ''))
    contains(script('heap\n', 'true').err, 'IMXDMABUFFER_SIM: ')
    fails(1, 'sim', '--script', '/nonexistent', 'true', message='/nonexistent cannot be read: No such file')


@test('programs that are linked statically are refused')
def _():
    static = '/sbin/ldconfig'
    if not os.path.exists(static):
        raise Skip('there is no static program')
    fails(126, 'sim', '--board', 'imx8mp', static, '--version', message=f'{static} is linked statically')


@test('programs for another processor are refused')
def _():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / 'other'
        header = bytearray(pathlib.Path('/bin/true').resolve().read_bytes())
        header[18:20] = b'\x08\x00'
        path.write_bytes(header)
        path.chmod(0o755)
        fails(126, 'sim', '--board', 'imx8mp', str(path), message='is for another processor')


@test('programs that run as another user are refused')
def _():
    user = tap.other_user()
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        path = pathlib.Path(directory) / 'root'
        shutil.copy('/bin/true', path)
        path.chmod(0o4755)
        result = tap.raw_as(user, 'sim', '--board', 'imx8mp', str(path))
        equal((result.code, result.out), (126, ''))
        contains(result.err, 'set-user-ID')
        equal(on('imx8mp', str(path)).code, 0)


@test('programs that cannot be run')
def _():
    fails(127, 'sim', '--board', 'imx8mp', 'no-such-program', message='no-such-program cannot be run: No such file')
    fails(127, 'sim', '--board', 'imx8mp', '/no/such', message='/no/such cannot be run: No such file')
    fails(126, 'sim', '--board', 'imx8mp', '/etc/passwd', message='/etc/passwd cannot be run: Permission denied')


@test('a simulator that is not installed')
def _():
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory) / 'imxdmabuffer'
        shutil.copy(PROGRAM, copy)
        done = tap.subprocess.run([copy, 'sim', '--board', 'imx8mp', 'true'], env=tap.environment(),
                                  capture_output=True, text=True, check=False)
    equal((done.returncode, done.stdout), (1, ''))
    contains(done.stderr, 'the simulator is not installed: ', 'imxdmabuffer-sim', '-Dsimulator=enabled')


@test('unknown boards')
def _():
    fails(2, 'sim', '--board', 'imx9', 'true', message='known boards: imx6q imx6q/4.14 ')
    fails(2, 'sim', '--board', '', 'true', message='unknown board ""')


@for_each('wrong usage: {}', [[], ['true'], ['--board', 'imx8mp'], ['--board'], ['--json'],
                              ['--board', 'imx8mp', '--script', 'x', 'true'], ['--board', 'imx8mp', '--json', 'true']])
def _(arguments):
    fails(2, 'sim', *arguments, message='imxdmabuffer: sim: ')


tap.main()
