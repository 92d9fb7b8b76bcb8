# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds for other C libraries and other machines."""
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile

import tap
from document import SOURCE
from tap import Skip, contains, expect, for_each, test


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


# What dpkg-buildflags of Debian 13 prints with hardening=+all, and the time of 64 bits, also where it is the only one.
DEBIAN_13 = ('-g -O2 -Werror=implicit-function-declaration -ffile-prefix-map=/src=. -fstack-protector-strong '
             '-fstack-clash-protection -Wformat -Werror=format-security -Wdate-time -D_LARGEFILE_SOURCE '
             '-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -D_FORTIFY_SOURCE=2')


@for_each("Debian 13's flags, library and program without a warning: {}", [
    ('gcc', '-fcf-protection', ''), ('clang-19', '-fcf-protection', ''),
    ('aarch64-linux-gnu-gcc', '-mbranch-protection=standard', 'aarch64-linux-gnu')])
def _(case):
    compiler, protection, target = case
    if not shutil.which(compiler):
        raise Skip(f'{compiler} is missing')
    if not target and platform.machine() != 'x86_64':
        raise Skip('these flags are for x86-64')
    options = [f'-Dc_args={DEBIAN_13} {protection}', '-Dc_link_args=-Wl,-z,relro -Wl,-z,now', '-Dbuildtype=plain',
               '-Dtests=disabled']
    with tempfile.TemporaryDirectory() as directory:
        if target:
            build(directory, *options, f'--cross-file={SOURCE}/tests/vm/cross/{target}.ini', '-Dtools=disabled')
        else:
            build(directory, *options, '-Dtools=enabled', CC=compiler)


@test('32-bit ARM with 64-bit time, as Debian 13: the library, the simulator and the tests compile')
def _():
    with tempfile.TemporaryDirectory() as directory:
        build(directory, f'--cross-file={SOURCE}/tests/vm/cross/arm-linux-gnueabihf.ini', '-Dc_args=-D_TIME_BITS=64',
              '-Dtools=disabled', '-Dtests=enabled', '-Dbuildtype=debug')


tap.main()
