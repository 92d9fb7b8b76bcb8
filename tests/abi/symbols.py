# SPDX-License-Identifier: LGPL-2.1-or-later
"""The symbols that a library exports, and those that it should."""
import pathlib
import re

from builds import run
from harness import expect

LIST = pathlib.Path(__file__).with_name('symbols.txt')
VARIABLE = re.compile(r'object:(4|pointer)$')


def entries():
    """For each symbol: (allocator, kind, version, name); '' for none."""
    lines = [line.split() for line in LIST.read_text().splitlines() if line and not line.startswith('#')]
    return [tuple('' if word == '-' else word for word in line) for line in lines]


def is_enabled(allocator, config_header):
    return not allocator or f'#define IMXDMABUFFER_{allocator.upper().replace("-", "_")}_ALLOCATOR_ENABLED' in \
        config_header


def wanted(config_header, pointer_size):
    result = set()
    for allocator, kind, version, name in entries():
        variable = VARIABLE.match(kind)
        size = (4 if variable[1] == '4' else pointer_size) if variable else 0
        if is_enabled(allocator, config_header):
            result.add((name, version, 'OBJECT' if variable else 'FUNC', size))
    return result


def exported(library):
    """For each symbol of a shared library: name, version, kind, size of variables."""
    result = set()
    for line in run('readelf', '--dyn-syms', '--wide', library).splitlines():
        fields = line.split()
        if len(fields) < 8 or not fields[0].rstrip(':').isdigit():
            continue
        if fields[4] == 'LOCAL' or fields[6] in ('UND', 'ABS'):
            continue
        name, _, version = fields[7].partition('@')
        expect(fields[4] == 'GLOBAL', f'{name} is {fields[4]}')
        result.add((name, version.lstrip('@'), fields[3], int(fields[2], 0) if fields[3] == 'OBJECT' else 0))
    return result


def check(library, config_header, pointer_size=8):
    """Check that exactly the symbols of this build are exported, with their versions, kinds and sizes."""
    got, should = exported(library), wanted(config_header, pointer_size)
    expect(got == should, f'not exported: {sorted(should - got)}; exported, but not in {LIST.name}: '
                          f'{sorted(got - should)}')
