# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/gstreamer: frames of this library in GStreamer, with and without sync.

usage: test_gstreamer.py SOURCE-DIRECTORY BUILD-DIRECTORY PROGRAM COMPILER...
"""
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import need  # noqa: E402
from harness import Skip, equal, expect, for_each, main, test  # noqa: E402

SOURCE, BUILD, PROGRAM = (pathlib.Path(name).resolve() for name in sys.argv[1:4])
WORK = tempfile.TemporaryDirectory(prefix='imxdmabuffer-')
CACHED = {'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/linux,cma'}
RIGHT, STALE = '0 of 76800 pixels are wrong\n', '76800 of 76800 pixels are wrong\n'


@functools.cache
def example():
    """Compile the example. Return its path."""
    need('pkg-config')
    found = subprocess.run(['pkg-config', '--cflags', '--libs', 'gstreamer-app-1.0', 'gstreamer-allocators-1.0'],
                           capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise Skip('libgstreamer-plugins-base1.0-dev is not installed')
    plugins = subprocess.run(['pkg-config', '--variable=pluginsdir', 'gstreamer-1.0'], capture_output=True, text=True,
                             check=True).stdout.strip()
    # Since 1.22 the plugin has another name.
    if not list(pathlib.Path(plugins).glob('libgstvideoconvert*.so')):
        raise Skip('gstreamer1.0-plugins-base is not installed')
    path = pathlib.Path(WORK.name) / 'dmabuf'
    done = subprocess.run([*sys.argv[4:], '-Wall', '-Wextra', '-Werror', SOURCE / 'examples/gstreamer/dmabuf.c', '-o',
                           path, f'-I{SOURCE}/include', f'-I{BUILD}/include', f'-L{BUILD}/src', '-limxdmabuffer',
                           f'-Wl,-rpath,{BUILD}/src', *found.stdout.split()], capture_output=True, text=True,
                          check=False)
    expect(done.returncode == 0, done.stdout + done.stderr)
    return path


def run(board, *words, **variables):
    path = pathlib.Path(WORK.name) / 'dmabuf'
    if board == 'host':
        command, variables = [path], {'IMXDMABUFFER_ALLOCATOR': 'host'}
    else:
        command = [PROGRAM, 'sim', '--board', board, path]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False, timeout=600,
                          env={**os.environ, 'GST_REGISTRY': f'{WORK.name}/registry', **variables})


def check(result, code, output):
    equal((result.returncode, result.stdout), (code, output))


@test('less than 100 lines')
def _():
    expect((SOURCE / 'examples/gstreamer/dmabuf.c').read_text().count('\n') < 100, 'a short example')


@test('without a board, the CPU writes the frame')
def _():
    example()
    check(run('host'), 0, RIGHT)


@for_each('a device writes the frame on {}', ['imx6q', 'imx8mp', 'imx93'])
def _(board):
    example()
    check(run(board), 0, RIGHT)
    check(run(board, **CACHED), 0, RIGHT)


@for_each('without sync, uncached memory is right and cached memory is stale on {}', ['imx6q', 'imx8mp', 'imx93'])
def _(board):
    example()
    check(run(board, '--without-sync'), 0, RIGHT)
    check(run(board, '--without-sync', **CACHED), 1, STALE)


@for_each('the simulator reports the missing sync, with {}', ['--check-caches', '--trace-cpu'])
def _(option):
    example()
    for words, code, kinds in ([], 0, []), (['--without-sync'], 99, ['session-ineffective']):
        report = pathlib.Path(WORK.name) / 'report'
        command = [PROGRAM, 'sim', '--board', 'imx8mp', option, '--report', report, '--', example(), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600,
                              env={**os.environ, 'GST_REGISTRY': f'{WORK.name}/registry'})
        document = json.loads(report.read_text())
        equal((done.returncode, [finding['kind'] for finding in document['findings']]), (code, kinds))
        # GStreamer's sessions are inside of that of the library.
        equal(document['remarks'], [])


main()
