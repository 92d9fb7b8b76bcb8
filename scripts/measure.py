#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the instructions inside libimxdmabuffer.so per operation, with callgrind, on the simulated dma-heap.

usage: measure.py BUILD-FOLDER [--tap] [--room=PERCENT]
Prints a table, or with --tap one test for each limit. The limits may be exceeded by the room.
"""
import argparse
import os
import pathlib
import resource
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
AMONG = 'allocate-among', 'deallocate-among'


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


def measure(build, operation, *live, board=BOARD, rounds=ROUNDS):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / 'callgrind.out'
        command = ['valgrind', '--tool=callgrind', '--quiet', f'--callgrind-out-file={output}', '--compress-strings=no',
                   '--compress-pos=no', '--collect-atstart=no', '--toggle-collect=measured',
                   str(build / 'tests/perf/operations'), operation, str(rounds), *live]
        environment = dict(os.environ)
        if board:
            environment.update(LD_PRELOAD=str(build / 'sim/libimxdmabuffer-sim.so'), IMXDMABUFFER_SIM=board)
        else:
            environment.update(IMXDMABUFFER_ALLOCATOR='host:memfd')
        subprocess.run(command, env=environment, check=True)
        return own_cost(output) / rounds


def growth(build, operation):
    """How much dearer an operation is among 10000 live buffers than among 10, in instructions."""
    few, many = (measure(build, operation, live, board=None, rounds=100) for live in ('10', '10000'))
    return many - few


def has_room():
    """Each live buffer has a descriptor."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 11000:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (11000, hard))
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--tap', action='store_true')
    parser.add_argument('--room', type=int, default=0)
    arguments = parser.parse_args()
    build, tap = arguments.build.resolve(), arguments.tap
    failed = 0
    if tap:
        print(f'1..{len(LIMITS) + len(AMONG)}')
    for number, (operation, limit) in enumerate(LIMITS.items(), 1):
        cost = measure(build, operation)
        limit += limit * arguments.room // 100
        good = 0 < cost <= limit
        failed += not good
        if tap:
            verdict = 'ok' if good else 'not ok'
            print(f'{verdict} {number} - {operation}: {cost:.1f} instructions, at most {limit}', flush=True)
        else:
            print(f'| {operation} | {cost:.1f} | {limit} |')
    room = tap and has_room()
    for number, operation in enumerate(AMONG if tap else (), len(LIMITS) + 1):
        if not room:
            print(f'ok {number} - {operation} # SKIP not enough descriptors for 10000 buffers', flush=True)
            continue
        more = growth(build, operation)
        failed += abs(more) > 5
        print(f'{"ok" if abs(more) <= 5 else "not ok"} {number} - {operation}: {more:+.1f} instructions when there are '
              '10000 buffers instead of 10, at most 5', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
