#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compile the README's example with the headers and the library, and run it.

usage: test_readme.py SOURCE-DIRECTORY BUILD-DIRECTORY COMPILER...
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

source, build, compiler = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]


def report(number, good, name, output=''):
    print(f'{"ok" if good else "not ok"} {number} - {name}', flush=True)
    for line in output.splitlines() if not good else ():
        print(f'# {line}')
    return good


def run(command, **variables):
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **variables), check=False)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    print('1..3')
    blocks = re.findall(r'^```c\n(.*?)^```', (source / 'README.md').read_text(), re.M | re.S)
    good = report(1, len(blocks) == 1 and blocks[0].count('\n') <= 20, 'the README has one short example')
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / 'example.c'
        path.write_text(blocks[0])
        done, output = run([*compiler, '-Wall', '-Wextra', '-Werror', str(path), '-o', directory + '/example',
                            f'-I{source}/include', f'-I{build}/include', f'-L{build}/src', '-limxdmabuffer',
                            f'-Wl,-rpath,{build}/src'])
        good = report(2, done, 'the example compiles without a warning', output) and good
        done, output = run([directory + '/example'], IMXDMABUFFER_ALLOCATOR='host')
        good = report(3, done, 'the example runs with the host allocator', output) and good
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
