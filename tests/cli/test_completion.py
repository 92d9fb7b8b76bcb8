# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion: the candidates of the program, and completion in bash."""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import time

import tap
from tap import PROGRAM, Skip, contains, equal, fails, for_each, run, test

SCRIPT = pathlib.Path(__file__).resolve().parent / '../../tools/completion.bash'


def offered(*words):
    return run('complete', '--', *words).out.split('\n')[:-1]


def listed_commands():
    names = re.findall(r'^  ([a-z]+)  +\S', run('--help').out, re.M)
    return [name for name in names if name != 'imxdmabuffer']


@test('the commands are those of --help')
def _():
    equal(offered(''), listed_commands())
    equal(offered('-'), ['--help', '--version'])
    equal((offered('in'), offered('complet'), offered('x')), (['info'], [], []))


@test('the options of each command are those of its --help')
def _():
    for command in listed_commands():
        listed = re.findall(r'^  (--[a-z-]+)', run(command, '--help').out, re.M)
        equal((command, sorted(offered(command, '-'))), (command, sorted(listed)))


@test('--allocator completes the names of the list')
def _():
    names = [entry['name'] for entry in run('list', '--json').json['allocators']]
    equal(offered('alloc', '--allocator', ''), names)
    # bash splits at "=" and ":".
    equal(offered('alloc', '--allocator', '='), names)
    equal(offered('alloc', '--allocator', '=', 'ho'), ['host'])


@test('--board completes the boards')
def _():
    equal(offered('sim', '--board', ''), [line.split()[0] for line in run('sim', '--list-boards').out.splitlines()])
    equal(offered('sim', '--board', 'imx95'), ['imx95', 'imx95/mainline'])


@test('a picture completes the known formats')
def _():
    known = re.search(r'known formats: (.*);', fails(2, 'alloc', '1x1:nope').err).group(1).split()
    equal(offered('alloc', '--json', '1920x1080', ':'), known)
    equal(offered('alloc', '1920X1080', ':', 'nv1'), ['nv12', 'nv16'])
    equal(offered('alloc', '--allocator', 'host', ':', ''), [])


@for_each('nothing is offered after {}', [
    ('alloc', '--count', ''), ('alloc', ''), ('alloc', '4096', ''), ('list', ''), ('nonsense', '-'), ('complete', '-'),
    ('list', '--allocator', ''), ('alloc', ':'), ('alloc', '='), ('alloc', '', ''), ('', ''), ('alloc', '--', 'x'),
    ('alloc', '--', '-'), ('alloc', '--json', '--', '4K', '--'), ('alloc', '--', '--allocator', ''),
    ('alloc', '--', '--allocator', '=', 'h'), ('alloc', '--name', '=', 'x', '--', '-'), ('list', '--', '-')])
def _(words):
    equal(offered(*words), [])


@test('-- ends the options, unless it is the value of an option')
def _():
    equal(offered('alloc', '--name', '--', '--js'), ['--json'])
    equal(offered('alloc', '--name', '=', '--', '--js'), ['--json'])
    equal(offered('alloc', '--', '16x16', ':', 'nv1'), ['nv12', 'nv16'])


@test('complete is for shells')
def _():
    fails(2, 'complete', message='for shells')
    fails(2, 'complete', '--', message='for shells')
    fails(2, 'complete', 'list', '', message='for shells')


def bash():
    program = shutil.which('bash')
    if not program:
        raise Skip('bash is not installed')
    return program


@test('bash understands the script')
def _():
    subprocess.run([bash(), '-n', SCRIPT], check=True)


def read_for(terminal, seconds, end):
    """Read from a terminal until `end` arrives or the time is over."""
    text, deadline = '', time.monotonic() + seconds
    while end not in text and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 4096).decode(errors='replace')
    return text


def type_into_bash(keys, end):
    """Type into an interactive bash that has sourced the script."""
    master, slave = pty.openpty()
    environment = {'PATH': f'{pathlib.Path(PROGRAM).parent}:/usr/bin:/bin', 'TERM': 'dumb', 'PS1': 'ready> ',
                   'INPUTRC': '/dev/null', 'LD_LIBRARY_PATH': os.environ.get('LD_LIBRARY_PATH', '')}
    shell = subprocess.Popen([bash(), '--norc', '--noprofile', '-i'], stdin=slave, stdout=slave, stderr=slave,
                             env=environment, start_new_session=True)
    os.close(slave)
    try:
        read_for(master, 10, 'ready> ')
        os.write(master, f'. {SCRIPT}; echo loa""ded\n'.encode())
        read_for(master, 10, 'loaded')
        os.write(master, keys.encode())
        return read_for(master, 20, end)
    finally:
        shell.kill()
        shell.wait()
        os.close(master)


@test('TAB completes a command and an option')
def _():
    contains(type_into_bash('imxdmabuffer inf\t--js\t\n', '"variables"'), '"library_version"')


@test('TAB completes an allocator after = and a format after a colon')
def _():
    text = type_into_bash('imxdmabuffer alloc --allocator=hos\t--no-ph\t16x16:gray1\t\n', 'freed 1')
    contains(text, 'allocator: host', ' 512 ', 'freed 1')


tap.main()
