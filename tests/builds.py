# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds of this project, and of programs with it, in temporary directories and without the caller's flags."""
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

from harness import Skip, expect

# From the caller's environment, keep only the variables that programs need to run at all.
KEPT = ('PATH', 'HOME', 'TMPDIR', 'PYENV_VERSION', 'PYENV_ROOT', 'VIRTUAL_ENV')

# The names of all allocators, from their one list.
LIST = pathlib.Path(__file__).resolve().parent.parent / 'src/backends/list.h'
ALLOCATORS = re.findall(r'^IMXD_BACKEND\(\w+, "([\w-]+)"\)', LIST.read_text(encoding='utf-8'), re.M)

NOT_SOURCE = shutil.ignore_patterns('build', 'build-*', '.git', '.lock-waf*', '__pycache__')


def environment(**variables):
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, 'LC_ALL': 'C.UTF-8', **variables}


def run(*command, code=0, cwd=None, **variables):
    """Run a command and check its exit code. Return its output from both streams."""
    command = [str(part) for part in command]
    done = subprocess.run(command, cwd=cwd, env=environment(**variables), stdin=subprocess.DEVNULL, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == code, f'{shlex.join(command)}: exit code {code} expected, got {done.returncode}:\n'
                                    f'{done.stdout}')
    return done.stdout


def need(*programs):
    """Skip the test if one of these is missing."""
    for program in programs:
        if not shutil.which(program):
            raise Skip(f'{program} is missing')


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix='imxdmabuffer-') as name:
        yield pathlib.Path(name)


@contextlib.contextmanager
def source_copy(source):
    """Copy the sources as in a release: no build files, no git data. Tests may write to the copy."""
    with folder() as path:
        yield pathlib.Path(shutil.copytree(source, path / 'source', ignore=NOT_SOURCE))


def meson(source, build, *options, **variables):
    """Configure and build. Return Meson's output."""
    printed = run('meson', 'setup', build, source, '-Doptimization=0', *options, **variables)
    run('ninja', '-C', build)
    return printed
