# SPDX-License-Identifier: LGPL-2.1-or-later
"""Standard streams that are closed, full or broken."""
import os
import subprocess

import tap
from tap import DAMAGE, PROGRAM, Result, check_error, contains, environment, equal, expect, for_each, run, test

HOST = {'IMXDMABUFFER_ALLOCATOR': 'host:memfd'}
COMMANDS = [('list',), ('list', '--json'), ('info',), ('info', '--json'), ('alloc', '4096'),
            ('alloc', '4096', '--json'), ('alloc', '4096', '--hold', '60'),
            ('alloc', '4096', '--verify', '--json', '--count', '50'), ('--help',), ('--version',),
            ('list', '--help'), ('alloc', '--help')]


def shell(redirection, *arguments, sim=None, before='', preload=(), **variables):
    """Run the program with redirections of a shell. Libraries are preloaded into the program only."""
    env = environment(sim, preload, **(variables or HOST))
    env['PRELOAD'] = env.pop('LD_PRELOAD', '')
    script = f'{before} exec ${{PRELOAD:+env "LD_PRELOAD=$PRELOAD"}} "$0" "$@" {redirection}'
    done = subprocess.run(['sh', '-c', script, PROGRAM, *arguments], capture_output=True, env=env, timeout=tap.TIMEOUT)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@for_each('/dev/full: {}', COMMANDS)
def _(command):
    result = shell('>/dev/full', *command)
    equal(result.code, 1)
    check_error(result)
    contains(result.err, 'standard output', 'No space left')


@for_each('closed stdout: {}', COMMANDS)
def _(command):
    result = shell('>&-', *command)
    equal(result.code, 1)
    check_error(result)
    contains(result.err, 'standard output')


@for_each('a closed pipe: {}', COMMANDS)
def _(command):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = run(*command, code=1, env=HOST, stdout=writing)
    finally:
        os.close(writing)
    contains(result.err, 'standard output', 'Broken pipe')


@for_each('closed stdin: {}', COMMANDS[:6])
def _(command):
    result = shell('<&-', *command)
    equal((result.code, result.err), (0, ''))
    expect(result.out, 'output')


@test('closed stdin does not become a buffer')
def _():
    for redirection in ('<&-', '<&- 2>&-', '2>&-'):
        result = shell(redirection, 'alloc', '4096', '--json', '--count', '3')
        equal(result.code, 0)
        expect(all(buffer['fd'] > 2 for buffer in result.json['buffers']), result)


@test('closed stdout does not become a heap')
def _():
    result = shell('<&- >&-', 'alloc', '4096', '--verify', sim='heap linux,cma-uncached; phys native',
                   IMXDMABUFFER_ALLOCATOR='dma-heap')
    equal(result.code, 1)
    contains(result.err, 'standard output')


@test('closed stderr does not change the exit code')
def _():
    equal(shell('2>&-', 'list').code, 0)
    equal(shell('2>&-', 'alloc', '0').code, 2)
    equal(shell('2>&-', 'alloc', '4096', '--allocator', 'nonsense').code, 3)


@test('closed streams without /dev/null')
def _():
    """A bare root may not have it: the program does what it can."""
    variables = {'DAMAGE_NULL': '1', **HOST}
    equal(shell('<&-', 'list', preload=[DAMAGE], **variables).code, 0)
    equal(shell('2>&-', 'alloc', '4096', preload=[DAMAGE], **variables).code, 0)
    result = shell('<&- >&-', 'list', preload=[DAMAGE], **variables)
    equal(result.code, 1)
    contains(result.err, 'standard output', 'Bad file descriptor')


@test('everything closed')
def _():
    equal(shell('<&- >&- 2>&-', 'list').code, 1)
    equal(shell('<&- >&- 2>&-', 'alloc', '0').code, 2)


@test('a bad stdout does not change the exit code of wrong usage')
def _():
    equal(shell('>/dev/full', 'alloc').code, 2)
    equal(shell('>&-', 'list', 'extra').code, 2)


@test('a full stderr does not change the exit code')
def _():
    equal(shell('2>/dev/full', 'alloc', '4096', '--allocator', 'nonsense').code, 3)
    equal(shell('2>/dev/full', 'alloc', '4096').code, 0)


@test('no descriptors left')
def _():
    expect(shell('', 'alloc', '4096', before='ulimit -n 3;').code in (1, 127), 'a failure')


@test('a slow reader of stdout gets the full output')
def _():
    result = shell('| { sleep 0.3; cat; }', 'alloc', '1', '--json', '--count', '500')
    equal(len(result.json['buffers']), 500)


@for_each('a limit on {}', ['-n 4', '-f 1', '-v 60000'])
def _(limit):
    result = shell('', 'alloc', '100M', '--count', '4', '--map', before=f'ulimit {limit};')
    if 'Sanitizer' in result.err:
        raise tap.Skip('a sanitizer needs more than the limit')
    equal(result.code, 1)
    check_error(result)


tap.main()
