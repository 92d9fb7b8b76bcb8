# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds for other C libraries and other machines."""
import os
import pathlib
import subprocess
import tempfile

import tap
from document import SOURCE
from tap import contains, expect, test


def build(directory, *options, **variables):
    """Configure and build. Return Meson's output."""
    environment = {**os.environ, **variables}
    output = ''
    for command in (['meson', 'setup', '--werror', '-Dman=disabled', *options, directory, SOURCE],
                    ['meson', 'compile', '-C', directory]):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        output += done.stdout.decode(errors='replace')
        expect(done.returncode == 0, output[-3000:])
    return output


@test('musl: the default build works and leaves the tests out, though cmocka is installed')
def _():
    with tempfile.TemporaryDirectory() as directory:
        packages = pathlib.Path(directory) / 'packages'
        packages.mkdir()
        (packages / 'cmocka.pc').write_text('Name: cmocka\nDescription: tests\nVersion: 1.1.5\nLibs: -lcmocka\n')
        output = build(f'{directory}/build', CC='musl-gcc', PKG_CONFIG_LIBDIR=str(packages))
        contains(' '.join(output.split()), 'tests : NO')
        done = subprocess.run([f'{directory}/build/test-alloc'], capture_output=True, check=False,
                              env={'LD_LIBRARY_PATH': f'{directory}/build/src'})
        contains(done.stdout.decode(), ': dma-heap')


@test('musl: tests that are enabled name the missing C library')
def _():
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(['meson', 'setup', '-Dtests=enabled', directory, SOURCE], capture_output=True,
                              check=False, env={**os.environ, 'CC': 'musl-gcc'})
        expect(done.returncode != 0, 'a failure')
        contains(done.stdout.decode(), 'the tests need the GNU C library')


@test('32-bit ARM with 64-bit time, as Debian 13: the library, the simulator and the tests compile')
def _():
    with tempfile.TemporaryDirectory() as directory:
        build(directory, f'--cross-file={SOURCE}/tests/vm/cross/arm-linux-gnueabihf.ini', '-Dc_args=-D_TIME_BITS=64',
              '-Dtools=disabled', '-Dtests=enabled', '-Dbuildtype=debug')


tap.main()
