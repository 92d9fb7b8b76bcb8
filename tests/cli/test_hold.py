# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer alloc --hold"""
import json
import os
import pathlib
import signal

import tap
from tap import equal, expect, for_each, read_until, run, start, test

HOST = {'IMXDMABUFFER_ALLOCATOR': 'host:memfd'}
LONG = '300'


def end(process):
    """Wait for the end. Return the exit code and the output since the last read."""
    out, err = process.communicate()
    equal(err, '')
    return process.returncode, out


def wait_for_state(process, wanted):
    """Wait until the process is in this state of proc(5): S sleeps, T is stopped. Fail if it ends instead."""
    state = None
    while state != wanted:
        state = pathlib.Path(f'/proc/{process.pid}/stat').read_text().rsplit(')', 1)[1].split()[0]
        expect(state not in 'ZX', 'the hold has ended')
        os.sched_yield()


def restore_sighup():
    """Restore SIGHUP: the tests may run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def holding(*arguments, preexec_fn=restore_sighup, **options):
    process = start('alloc', '4096', '--hold', *arguments, env=HOST, preexec_fn=preexec_fn, **options)
    read_until(process.stdout, '0 ')
    return process


@for_each('{} ends the hold, and the buffers are freed', ['SIGINT', 'SIGTERM', 'SIGHUP'])
def _(name):
    process = holding(LONG)
    process.send_signal(getattr(signal, name))
    code, out = end(process)
    equal(code, 0)
    expect(out.endswith('freed 1\n'), out)


@test('the buffers are alive while they are held')
def _():
    process = start('alloc', '4096', '--count', '3', '--json', '--hold', LONG, env=HOST)
    document = json.loads(read_until(process.stdout, '}'))
    links = [os.readlink(f'/proc/{process.pid}/fd/{buffer["fd"]}') for buffer in document['buffers']]
    process.terminate()
    equal(end(process), (0, ''))
    equal([link.startswith('/memfd:') for link in links], [True] * 3)


@test('a hold ends by itself')
def _():
    expect(run('alloc', '4096', '--hold', '0.1', env=HOST).out.endswith('freed 1\n'), 'freed')


@for_each('--hold {} does not wait', ['0', '0.0', '0.000000001', '00', '0.0000000000001'])
def _(seconds):
    run('alloc', '4096', '--hold', seconds, env=HOST)


@test('the longest hold is long')
def _():
    process = holding('1000000000')
    wait_for_state(process, 'S')
    process.terminate()
    equal(end(process)[0], 0)


@test('a signal right after the first line is not lost')
def _():
    for _ in range(10):
        process = start('alloc', '4096', '--hold', LONG, env=HOST)
        process.stdout.readline()
        process.terminate()
        equal(end(process)[0], 0)


@test('several signals at once')
def _():
    process = holding(LONG)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    equal(end(process)[0], 0)


@test('SIGINT ends the hold of a background job, which ignores it')
def _():
    process = holding(LONG, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    process.send_signal(signal.SIGINT)
    equal(end(process)[0], 0)


@test('under nohup SIGHUP does not end it')
def _():
    process = holding(LONG, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_for_state(process, 'S')
    process.send_signal(signal.SIGHUP)
    wait_for_state(process, 'S')
    process.terminate()
    equal(end(process)[0], 0)


@test('a hold goes on after SIGSTOP and SIGCONT')
def _():
    process = holding(LONG)
    wait_for_state(process, 'S')
    process.send_signal(signal.SIGSTOP)
    wait_for_state(process, 'T')
    process.send_signal(signal.SIGCONT)
    wait_for_state(process, 'S')
    process.terminate()
    equal(end(process)[0], 0)


@test('with --json the document comes before the hold, and nothing after it')
def _():
    process = start('alloc', '4096', '--json', '--hold', LONG, env=HOST)
    json.loads(read_until(process.stdout, '}'))
    equal(process.poll(), None)
    process.send_signal(signal.SIGINT)
    equal(end(process), (0, ''))


@test('a heap of a board is held')
def _():
    process = start('alloc', '64K', '--hold', LONG, sim='heap linux,cma-uncached; phys native')
    read_until(process.stdout, '0 ')
    process.terminate()
    code, out = end(process)
    equal((code, out), (0, 'freed 1\n'))


@test('a failed allocation is not held')
def _():
    run('alloc', '1M', '--count', '4', '--hold', LONG, sim='heap linux,cma-uncached limit=2M; phys native', code=1)


@test('without --hold a signal ends the program at once')
def _():
    process = start('alloc', '64M', '--verify', '--count', '16', env=HOST)
    process.terminate()
    process.communicate()
    expect(process.returncode in (0, 1, -signal.SIGTERM), process.returncode)


tap.main()
