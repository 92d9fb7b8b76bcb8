# SPDX-License-Identifier: LGPL-2.1-or-later
"""A copy of the sources in which ./waf is called, and the installed files."""
import contextlib
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../abi'))

from builds import ALLOCATORS, folder, run, source_copy  # noqa: E402
from harness import expect  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
VERSION = re.search(r"version: '([\d.]+)'", (SOURCE / 'meson.build').read_text())[1]

# Quick to build, and without a warning.
FLAGS = {'CFLAGS': '-O0 -Werror'}


class Tree:
    """The sources as in a release."""

    def __init__(self, path):
        self.path = path

    def waf(self, *arguments, code=0, cwd=None, **variables):
        return run(sys.executable, './waf' if cwd is None else self.path / 'waf', *arguments, code=code,
                   cwd=cwd or self.path, **{**FLAGS, **variables})

    def fails(self, code, *arguments, says=(), **options):
        printed = self.waf(*arguments, code=code, **options)
        for part in says:
            expect(part in printed, f'{part!r} expected in {printed!r}')
        expect('Traceback' not in printed, printed)
        return printed


@contextlib.contextmanager
def tree():
    with source_copy(SOURCE) as path:
        yield Tree(path)


class Installed:
    """Return the files that were installed below a prefix."""

    def __init__(self, prefix, libdir='lib'):
        self.prefix, self.libdir = pathlib.Path(prefix), libdir
        self.includes = self.prefix / 'include/imxdmabuffer'
        self.library = self.prefix / libdir / 'libimxdmabuffer.so.1'

    def files(self):
        return sorted(str(path.relative_to(self.prefix)) for path in self.prefix.rglob('*')
                      if path.is_symlink() or not path.is_dir())

    def config_header(self):
        return (self.includes / 'imxdmabuffer_config.h').read_text()

    def pkgconfig(self, *arguments, **variables):
        return run('pkg-config', *arguments, 'libimxdmabuffer',
                   PKG_CONFIG_LIBDIR=str(self.prefix / self.libdir / 'pkgconfig'), **variables).strip()


def macros(text):
    """Return the library's macros in a configuration header: name and value."""
    return dict(re.findall(r'^#define (IMXDMABUFFER_\w+) (.*)$', text, re.M))


def header_of(allocator):
    return f'imxdmabuffer_{allocator.replace("-", "_")}_allocator.h'


def macro_of(allocator):
    return f'IMXDMABUFFER_{allocator.upper().replace("-", "_")}_ALLOCATOR_ENABLED'


def has_jsonc():
    return shutil.which('pkg-config') and os.system('pkg-config --exists json-c') == 0


def compile_example(installed, program, *options):
    """Build the README's example as its readers do."""
    text = re.findall(r'^```c\n(.*?)^```', (SOURCE / 'README.md').read_text(), re.M | re.S)[0]
    with folder() as path:
        (path / 'example.c').write_text(text)
        run('cc', '-Wall', '-Wextra', '-Werror', path / 'example.c', '-o', program,
            *installed.pkgconfig('--cflags', '--libs', *options).split())


__all__ = ['ALLOCATORS', 'Installed', 'SOURCE', 'VERSION', 'compile_example', 'folder', 'has_jsonc', 'header_of',
           'macro_of', 'macros', 'tree']
