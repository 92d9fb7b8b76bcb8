#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the instructions inside libimxdmabuffer.so per operation, with callgrind, on the simulated dma-heap.

usage: measure.py BUILD-FOLDER [--tap]
Prints a table, or with --tap one test for each limit.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROUNDS = 500
BOARD = 'heap linux,cma-uncached uncached; phys native'
LIMITS = {
    'allocate': 150,
    'first-map': 90,
    'last-unmap': 60,
    'deallocate': 60,
    'repeated-map': 45,
    'repeated-unmap': 30,
    'get-fd': 14,
    'get-size': 14,
    'get-physical-address': 14,
}


def own_cost(path):
    """The self cost of all functions of the library: cost lines under its ob= lines, but not those of calls."""
    total, inside, called = 0, False, False
    for line in path.read_text().splitlines():
        if line.startswith('ob='):
            inside = 'libimxdmabuffer.so' in line
        elif line.startswith('calls='):
            called = True
        elif line and line[0] in '0123456789+-*':
            if inside and not called:
                total += int(line.split()[1])
            called = False
    return total


def measure(build, operation):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / 'callgrind.out'
        command = ['valgrind', '--tool=callgrind', '--quiet', f'--callgrind-out-file={output}', '--compress-strings=no',
                   '--compress-pos=no', '--collect-atstart=no', '--toggle-collect=measured',
                   str(build / 'tests/perf/operations'), operation, str(ROUNDS)]
        environment = dict(os.environ, LD_PRELOAD=str(build / 'sim/libimxdmabuffer-sim.so'), IMXDMABUFFER_SIM=BOARD)
        subprocess.run(command, env=environment, check=True)
        return own_cost(output) / ROUNDS


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    tap = '--tap' in sys.argv
    failed = 0
    if tap:
        print(f'1..{len(LIMITS)}')
    for number, (operation, limit) in enumerate(LIMITS.items(), 1):
        cost = measure(build, operation)
        good = 0 < cost <= limit
        failed += not good
        if tap:
            verdict = 'ok' if good else 'not ok'
            print(f'{verdict} {number} - {operation}: {cost:.1f} instructions, at most {limit}', flush=True)
        else:
            print(f'| {operation} | {cost:.1f} | {limit} |')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
