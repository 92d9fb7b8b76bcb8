# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the tests of the program: running it, and printing TAP."""
import fcntl
import functools
import grp
import json
import os
import pathlib
import pty
import pwd
import re
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from harness import Skip, contains, equal, expect, for_each, lacks, main, test  # noqa: E402,F401: for the tests

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM, SIMULATOR, DAMAGE = map(os.path.abspath, sys.argv[1:4])
TIMEOUT = 600

# The variables that the program and the sanitizers need.
KEPT = ('PATH', 'LD_LIBRARY_PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LSAN_OPTIONS')


@functools.cache
def runtimes():
    """Return the sanitizers' runtimes of the program. They must come before other preloaded libraries."""
    found = subprocess.run(['ldd', PROGRAM], capture_output=True, text=True, check=False).stdout
    return re.findall(r'=> (\S*/lib[at]san\S*)', found)


def environment(sim=None, preload=(), **variables):
    """sim: the simulated machine; None: no simulator."""
    result = {name: os.environ[name] for name in KEPT if name in os.environ}
    libraries = [library for library in (SIMULATOR if sim is not None else None, *preload) if library]
    if libraries:
        result['LD_PRELOAD'] = ' '.join([*runtimes(), *libraries])
    if sim is not None:
        result['IMXDMABUFFER_SIM'] = sim
    result.update(variables)
    return result


def video():
    """Return the number of the group video, which differs between systems."""
    try:
        return grp.getgrnam('video').gr_gid
    except KeyError as error:
        raise Skip('this system has no group video') from error


def other_user():
    """Return a user other than root."""
    for user in pwd.getpwall():
        if user.pw_uid != 0:
            return pwd.getpwuid(user.pw_uid)
    raise Skip('root is the only user of this system')


def raw_as(user, *arguments, **options):
    """Run the program as another user."""
    if os.geteuid() != 0:
        raise Skip('only root can run the program as another user')
    as_user = {'user': user.pw_uid, 'group': user.pw_gid, 'extra_groups': []}
    # A build directory may be closed to others.
    if subprocess.run(['test', '-x', PROGRAM], check=False, **as_user).returncode != 0:
        raise Skip('the program is in a directory that is closed to other users')
    return raw(*arguments, **as_user, **options)


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f'exit code {self.code}\nstdout: {self.out}\nstderr: {self.err}'

    @property
    def json(self):
        return json.loads(self.out)


def raw(*arguments, sim=None, preload=(), env=None, **options):
    """Run the program and return the result, whatever it is."""
    # Strict decoding: output that is not UTF-8 is a failure.
    done = subprocess.run([PROGRAM, *arguments], env=environment(sim, preload, **(env or {})), timeout=TIMEOUT,
                          capture_output='stdout' not in options, stdin=options.pop('stdin', subprocess.DEVNULL),
                          **({'stderr': subprocess.PIPE} if 'stdout' in options else {}), **options)
    return Result(done.returncode, (done.stdout or b'').decode(), done.stderr.decode())


def run(*arguments, code=0, **options):
    """Run the program. Check the exit code, and for a failure that there is one error line."""
    result = raw(*arguments, **options)
    expect(result.code == code, f'exit code {code} expected; {result}')
    if code != 0:
        check_error(result)
    return result


def check_error(result):
    lines = [line for line in result.err.split('\n') if ': note: ' not in line]
    expect(len(lines) == 2 and lines[1] == '', f'one line on stderr expected; {result}')
    expect(lines[0].startswith('imxdmabuffer: ') and len(lines[0]) > 30, f'an error line expected; {result}')
    expect('Success' not in lines[0] and '(null)' not in lines[0], f'a useful line expected; {result}')


def fails(code, *arguments, message='', **options):
    """Run a command that fails and prints the error line only."""
    result = run(*arguments, code=code, **options)
    expect(result.out == '', f'empty stdout expected; {result}')
    contains(result.err, message)
    return result


def start(*arguments, sim=None, env=None, **options):
    """Start the program without waiting for it; stdout is a pipe."""
    return subprocess.Popen([PROGRAM, *arguments], env=environment(sim, **(env or {})), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def on_terminal(columns, *arguments, rows=24):
    """Run the program on a terminal of this size. Return what it prints there."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    process = subprocess.Popen([PROGRAM, *arguments], env=environment(), stdin=subprocess.DEVNULL, stdout=terminal,
                               stderr=terminal)
    os.close(terminal)
    text = b''
    try:
        while part := os.read(controller, 65536):
            text += part
    except OSError:
        # The program has closed the terminal.
        pass
    os.close(controller)
    equal(process.wait(timeout=TIMEOUT), 0)
    return text.decode().replace('\r', '')


def read_until(stream, last):
    """Read lines up to one that begins with `last`."""
    lines = []
    for line in stream:
        lines.append(line)
        if line.startswith(last):
            return ''.join(lines)
    raise AssertionError(f'a line {last!r} expected in {lines}')
