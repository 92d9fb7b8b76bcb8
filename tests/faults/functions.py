#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that tests call every function that the library exports.

usage: functions.py LIBRARY FAULTS-PROGRAM ALLOCATOR POLICY BOARD   the scenarios of that program, when they run
       functions.py LIBRARY PROGRAM                                 any program that is linked with the library
"""
import subprocess
import sys


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def main():
    library, program, *board = sys.argv[1:]
    exported = sorted(line.split()[2].split('@')[0] for line in lines('nm', '-D', '--defined-only', library)
                      if line.split()[1] == 'T')
    if board:
        called = set(lines(program, '--functions', *board))
    else:
        called = {line.split()[-1].split('@')[0] for line in lines('nm', '-D', '--undefined-only', program)}
    missing = [name for name in exported if name not in called]
    for number, name in enumerate(exported, 1):
        print(f'{"not ok" if name in missing else "ok"} {number} - {name} is called')
    print(f'{"ok" if len(exported) > 20 else "not ok"} {len(exported) + 1} - {len(exported)} functions are exported')
    print(f'1..{len(exported) + 1}')
    return 1 if missing or len(exported) <= 20 else 0


if __name__ == '__main__':
    sys.exit(main())
