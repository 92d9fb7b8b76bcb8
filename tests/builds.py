# SPDX-License-Identifier: LGPL-2.1-or-later
"""Building this project, and programs with it, in temporary folders and without the caller's flags."""
import contextlib
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

from harness import Skip, expect

# Of the caller's environment only what programs need to run at all.
KEPT = ('PATH', 'HOME', 'TMPDIR', 'PYENV_VERSION', 'PYENV_ROOT', 'VIRTUAL_ENV')

NOT_SOURCE = shutil.ignore_patterns('build', 'build-*', '.git', '.lock-waf*', '__pycache__')


def environment(**variables):
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, 'LC_ALL': 'C.UTF-8', **variables}


def run(*command, code=0, cwd=None, **variables):
    """Runs a command, checks its exit code, and answers what it printed on both streams."""
    command = [str(part) for part in command]
    done = subprocess.run(command, cwd=cwd, env=environment(**variables), stdin=subprocess.DEVNULL, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == code, f'{shlex.join(command)}: exit code {code} expected, got {done.returncode}:\n'
                                    f'{done.stdout}')
    return done.stdout


def need(*programs):
    """Skips the test where one of these is missing."""
    for program in programs:
        if not shutil.which(program):
            raise Skip(f'{program} is missing')


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix='imxdmabuffer-') as name:
        yield pathlib.Path(name)


@contextlib.contextmanager
def source_copy(source):
    """The sources as a release has them: nothing built, nothing that git knows. What is written there is nobody's."""
    with folder() as path:
        yield pathlib.Path(shutil.copytree(source, path / 'source', ignore=NOT_SOURCE))


def meson(source, build, *options, **variables):
    """Configures and builds; answers what Meson printed."""
    printed = run('meson', 'setup', build, source, '-Doptimization=0', *options, **variables)
    run('ninja', '-C', build)
    return printed
