# SPDX-License-Identifier: LGPL-2.1-or-later
"""Output and exit codes of test-alloc, on simulated boards and on damaged memory.

usage: test_ptest.py TEST-ALLOC SIMULATOR DAMAGE
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from harness import contains, equal, expect, for_each, main, test  # noqa: E402

PROGRAM, SIMULATOR, DAMAGE = map(os.path.abspath, sys.argv[1:4])
NXP = 'heap linux,cma-uncached; phys native'


def run(*arguments, code=0, preload=SIMULATOR, **variables):
    environment = {'PATH': os.environ['PATH'], 'LD_PRELOAD': preload, **variables}
    done = subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True, timeout=600,
                          check=False)
    expect(done.returncode == code, f'exit code {code} expected, got {done.returncode}: {done.stdout}{done.stderr}')
    for line in done.stdout.splitlines():
        expect(re.fullmatch(r'(PASS: .+|(FAIL|SKIP): [^:]+: .+)', line), f'PASS, FAIL or SKIP expected: {line}')
    return done


def lines(done, word):
    return [line for line in done.stdout.splitlines() if line.startswith(word + ': ')]


@for_each('a board passes: {}', [NXP, 'heap linux,cma; phys native', 'heap reserved; phys u64'])
def _(board):
    done = run('dma-heap', IMXDMABUFFER_SIM=board)
    equal((lines(done, 'FAIL'), lines(done, 'SKIP')), ([], []))
    checks = [line.split(' bytes ')[1] for line in lines(done, 'PASS') if ' 4097 bytes ' in line]
    for check in ('allocate', 'map and write', 'map and read', 'physical address', 'descriptor', 'free',
                  'read through the descriptor', 'read in a sync session'):
        expect(check in checks, f'{check!r} expected among {checks}')


@test('the names of the lines are unique')
def _():
    names = [line.split(': ')[1] for line in run(IMXDMABUFFER_SIM=NXP).stdout.splitlines()]
    equal(len(names), len(set(names)))


@test('an unusable allocator is skipped, with the reason')
def _():
    done = run(IMXDMABUFFER_SIM='')
    skips = [line for line in lines(done, 'SKIP') if line.startswith('SKIP: dma-heap: ')]
    equal(len(skips), 1)
    contains(skips[0], '/dev/dma_heap')
    expect(lines(done, 'PASS'), 'the host allocator passes')


@test('a named allocator must be usable')
def _():
    done = run('dma-heap', code=1, IMXDMABUFFER_SIM='')
    equal(len(lines(done, 'FAIL')), 1)
    equal(lines(done, 'PASS'), [])


@test('a kernel without addresses is no failure')
def _():
    done = run('dma-heap', IMXDMABUFFER_SIM='heap default_cma_region; phys absent; pagemap pfnmap')
    equal([line.split(':')[1] for line in lines(done, 'SKIP')],
          [f' dma-heap {size} bytes physical address' for size in (1, 4097, 1382400)])
    contains(lines(done, 'SKIP')[0], 'DMA_BUF_IOCTL_PHYS')


@for_each('a damaged byte is found: file {}', [1, 3, 5])
def _(number):
    # The damage happens while the memory is not mapped.
    done = run('host', code=1, preload=DAMAGE, IMXDMABUFFER_ALLOCATOR='host:memfd', DAMAGE_OFFSET='0',
               DAMAGE_BUFFER=str(number), IMXDMABUFFER_KEEP_MAPPINGS='0')
    contains(lines(done, 'FAIL')[0], 'map and read: byte 0 reads 0x')


@test('an allocator that is not built in')
def _():
    done = run('cma', code=2, IMXDMABUFFER_SIM='')
    equal(done.stdout, '')
    contains(done.stderr, 'test-alloc: "cma": no such allocator; this library has: ', 'dma-heap', 'host')


main()
