#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the instructions inside libimxdmabuffer.so per operation, with callgrind.

usage: measure.py BUILD-DIRECTORY [--tap] [--room=PERCENT]
Prints a table, or with --tap one test for each limit. --room raises the limits.
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
# A quarter above the numbers in docs/performance.md; new-and-destroy: the goal.
LIMITS = {
    'repeated-map': 51,
    'repeated-unmap': 22,
    'kept-map-and-unmap': 670,
    'start-and-stop': 45,
    'pool': 642,
    'new-and-destroy': 2000,
    'get-fd': 18,
    'get-size': 15,
    'get-physical-address': 15,
}
# These have no limit, but the number of live buffers must not matter.
AMONG = 'allocate-among', 'deallocate-among'
FEW, MANY = 10, 10000
# An alignment must cost at most a tenth.
ALIGNED = 'allocate', 'allocate-aligned'


def own_cost(path):
    """Return the self cost of all functions of the library: cost lines below its ob= lines, except those of calls."""
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
    with tempfile.TemporaryDirectory() as directory:
        output = pathlib.Path(directory) / 'callgrind.out'
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


def has_room():
    """Allow a descriptor for each live buffer. Return false if the system does not."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < MANY + 1000:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (MANY + 1000, hard))
    return True


def check_limits(build, room):
    """Yield (operation, instructions, limit)."""
    for operation, limit in LIMITS.items():
        yield operation, measure(build, operation), limit + limit * room // 100


def check_growth(build):
    """Yield (operation, instructions among many live buffers, a quarter above those among few)."""
    for operation in AMONG:
        few, many = (measure(build, operation, str(live), board=None, rounds=100) for live in (FEW, MANY))
        yield f'{operation} {MANY} live buffers', many, few * 1.25


def check_alignment(build):
    """Yield (operation, instructions with an alignment, a tenth above those without)."""
    plain, aligned = (measure(build, operation) for operation in ALIGNED)
    yield ALIGNED[1], aligned, plain * 1.1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--tap', action='store_true')
    parser.add_argument('--room', type=int, default=0)
    arguments = parser.parse_args()
    build, number, failed = arguments.build.resolve(), 0, 0
    if not arguments.tap:
        for operation, cost, limit in (*check_limits(build, arguments.room), *check_alignment(build)):
            print(f'| {operation} | {cost:.1f} | {limit:.0f} |')
        return 0
    tests = len(LIMITS) + 1 + len(AMONG)
    print(f'1..{tests}')
    for checks in (check_limits(build, arguments.room), check_alignment(build),
                   check_growth(build) if has_room() else ()):
        for number, (operation, cost, limit) in enumerate(checks, number + 1):
            good = 0 < cost <= limit
            failed += not good
            print(f'{"ok" if good else "not ok"} {number} - {operation}: {cost:.1f} instructions, at most {limit:.1f}',
                  flush=True)
    for number in range(number + 1, tests + 1):
        print(f'ok {number} - growth # SKIP not enough descriptors for {MANY} buffers')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
