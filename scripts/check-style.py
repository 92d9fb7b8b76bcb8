#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what a compiler does not: SPDX lines, lengths of files, functions and lines, white space."""
import pathlib
import re
import subprocess
import sys

MAX_FILE, MAX_FUNCTION, MAX_LINE = 399, 59, 120
CODE = {'.c', '.h', '.cpp', '.hpp', '.py', '.sh', '.map'}
NAMES = {'meson.build', 'meson_options.txt', 'waf'}


def tracked():
    """Return the files that git knows or would add; without git, as in an unpacked release, all but build files."""
    command = ['git', 'ls-files', '-co', '--exclude-standard']
    try:
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    except (FileNotFoundError, subprocess.CalledProcessError):
        names = []
    # A release that is unpacked into an ignored directory of another tree has no files for git.
    if 'meson.build' not in names:
        names = [str(path) for path in sorted(pathlib.Path().rglob('*')) if not is_generated(path)]
    return [pathlib.Path(name) for name in names if pathlib.Path(name).is_file()]


def is_generated(path):
    return re.match(r'build|obj-|\.git$', path.parts[0]) or '__pycache__' in path.parts or path.suffix == '.pyc'


def long_functions(path, lines):
    """A function's body begins with a brace in the first column, and ends with one."""
    begin = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            begin = number
        elif line == '}' and begin is not None:
            if number - begin + 1 > MAX_FUNCTION:
                yield f'{path}:{begin}: function of {number - begin + 1} lines, at most {MAX_FUNCTION}'
            begin = None


def check(path):
    lines = path.read_text().split('\n')
    if not any('SPDX-License-Identifier:' in line for line in lines[:3]):
        yield f'{path}: no SPDX line'
    if len(lines) - 1 > MAX_FILE:
        yield f'{path}: {len(lines) - 1} lines, at most {MAX_FILE}'
    if path.suffix in {'.c', '.h', '.cpp', '.hpp'}:
        yield from long_functions(path, lines)
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(4)) > MAX_LINE:
            yield f'{path}:{number}: line of {len(line.expandtabs(4))} columns, at most {MAX_LINE}'
        if line != line.rstrip():
            yield f'{path}:{number}: white space at the end'


def main():
    paths = [path for path in tracked() if path.suffix in CODE or path.name in NAMES]
    problems = [problem for path in paths for problem in check(path)]
    print('\n'.join(problems) if problems else f'{len(paths)} files follow the style')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
