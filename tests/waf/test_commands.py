# SPDX-License-Identifier: LGPL-2.1-or-later
"""./waf itself: commands, the stored configuration, errors.

usage: test_commands.py SOURCE-DIRECTORY
"""
from driver import ALLOCATORS, Installed, folder, has_jsonc, macros, tree

import contextlib
import os
import shutil
import sys

from builds import need, run
from harness import Skip, contains, equal, expect, for_each, lacks, main, test

STACK = contextlib.ExitStack()
TREE = STACK.enter_context(tree())
WORK = STACK.enter_context(folder())
SMALL = [f'--with-{name}-allocator=no' for name in ALLOCATORS if name != 'host']


@test('OpenEmbedded takes the version for a new one')
def _():
    words = TREE.waf('--version').split()
    expect(tuple(map(int, words[1].split('.'))) >= (1, 8, 7), words)


@test('it can be executed')
def _():
    contains(run('./waf', '--help', cwd=TREE.path), 'configure', '--with-ion-allocator', '--destdir', 'WAFLOCK')


@for_each('a mistake is named: {}', [
    (['configure', '--with-ion-alocator=yes'], ['no such switch: --with-ion-alocator;', '--with-ion-allocator?']),
    (['configure', '--g2d-include=/x'], ['no such switch: --g2d-include;', '--g2d-includes?']),
    (['configure', '--something-else'], ['no such switch: --something-else']),
    (['configure', '-x'], ['no such switch: -x']),
    (['configure', '--with-ion-allocator=maybe'], ['--with-ion-allocator', "'maybe'", 'yes', 'no', 'auto']),
    (['configure', '--hantro-decoder-version=G3'], ['--hantro-decoder-version', 'G3', 'G1', 'G2']),
    (['instal'], ['no such command: instal;', 'install?'])])
def _(case):
    TREE.fails(2, *case[0], says=case[1])
    expect(not (TREE.path / 'build').exists(), 'nothing should be built')


@for_each('before configure: {}', ['build', 'install', 'uninstall', 'clean', ''])
def _(command):
    TREE.fails(1, *command.split(), says=['not configured', './waf configure'])


@for_each('a tool that is missing: {}', ['meson', 'ninja'])
def _(name):
    programs = WORK / f'without-{name}'
    programs.mkdir()
    for program in ('cc', 'gcc', 'as', 'ld', 'ninja', 'meson'):
        if program != name and shutil.which(program):
            os.symlink(shutil.which(program), programs / program)
    TREE.fails(1, 'configure', PATH=str(programs),
               says=[f'{name} is missing', 'DEPENDS += "meson-native ninja-native"'])


@for_each('a compiler that does not work: {}', [
    ('no-such-compiler', ['no-such-compiler', 'set CC']), ('cc --no-such-option', ['cc --no-such-option', 'failed'])])
def _(case):
    TREE.fails(1, 'configure', CC=case[0], says=case[1])
    TREE.fails(1, 'configure', CFLAGS='"', says=['CFLAGS'])


@test('several commands, switches before and after them')
def _():
    printed = TREE.waf('--destdir', WORK / 'root', *SMALL, 'configure', 'build', '--prefix=/usr', 'install', '-j', '2')
    contains(printed, "'configure' finished", "'build' finished", "'install' finished")
    expect(Installed(WORK / 'root/usr').library.exists(), 'the library should be installed')
    contains(TREE.waf('uninstall', 'distclean', '--destdir', WORK / 'root'), "'distclean' finished")
    expect(not (WORK / 'root').exists() and not (TREE.path / 'build').exists(), 'all should be gone')


@test('-o, -t, and a call from elsewhere')
def _():
    TREE.waf('configure', '-o', WORK / 'out', '-t', TREE.path, *SMALL, cwd=WORK)
    expect(not (TREE.path / 'build').exists(), 'the build directory should be elsewhere')
    # Later calls find it, from any directory.
    TREE.waf('build', cwd=WORK)
    expect((WORK / 'out/test-alloc').exists(), 'test-alloc should be in the build directory')
    TREE.waf('clean')
    expect(not (WORK / 'out/test-alloc').exists(), 'clean should remove it')
    contains(TREE.waf('-v'), '-O0')
    TREE.waf('distclean', '-o', WORK / 'out')
    expect(not (WORK / 'out').exists(), 'the build directory should be gone')


@test('a directory that was not empty is not removed')
def _():
    (WORK / 'mine').mkdir()
    (WORK / 'mine/file').write_text('')
    TREE.waf('configure', '-o', WORK / 'mine', *SMALL)
    # Files that the first call left there do not make the directory waf's.
    TREE.waf('configure', '-o', WORK / 'mine', *SMALL)
    contains(TREE.waf('distclean'), 'stays')
    expect((WORK / 'mine/file').exists(), 'the file should stay')


@test('WAFLOCK keeps two configurations of the same sources apart')
def _():
    for name, value in (('one', 'yes'), ('two', 'no')):
        TREE.waf('configure', '-o', WORK / name, *SMALL, f'--with-ipu-allocator={value}', WAFLOCK=f'.lock-{name}')
    for name in ('one', 'two'):
        expect((TREE.path / f'.lock-{name}').exists(), f'.lock-{name} should exist')
        TREE.waf('install', '--destdir', WORK / f'root-{name}', WAFLOCK=f'.lock-{name}')
        installed = Installed(WORK / f'root-{name}/usr/local')
        equal('IMXDMABUFFER_IPU_ALLOCATOR_ENABLED' in macros(installed.config_header()), name == 'one')
    for name in ('one', 'two'):
        TREE.waf('distclean', WAFLOCK=f'.lock-{name}')
    TREE.fails(1, 'build', says=['not configured'])


@test('configure starts afresh: earlier options are dropped')
def _():
    TREE.waf('configure', '--enable-static', *SMALL)
    TREE.waf('configure', '--with-tools=no', 'build')
    expect((TREE.path / 'build/src/libimxdmabuffer.so.1').exists(), 'the library should be a shared one')
    equal(len(macros((TREE.path / 'build/include/imxdmabuffer/imxdmabuffer_config.h').read_text())), 9)


@test('flags of the environment are kept for later calls')
def _():
    TREE.waf('configure', *SMALL, CC='cc -DONE="1 2"', CPPFLAGS='-DTWO', CFLAGS="-O1 -DTHREE='x y'",
             LDFLAGS='-Wl,--defsym=imxd_four=4')
    printed = TREE.waf('build', '-v', CFLAGS='-DFIVE')
    contains(printed, "'-DONE=1 2'", '-DTWO', "'-DTHREE=x y'", '-O1', '-Wl,--defsym=imxd_four=4')
    lacks(printed, '-DFIVE', '-O3')


@test('a directory that Meson configured is taken over')
def _():
    TREE.waf('distclean')
    run('meson', 'setup', TREE.path / 'build', TREE.path, '-Dion=disabled', '-Dtests=disabled')
    TREE.waf('configure', 'build')
    contains((TREE.path / 'build/include/imxdmabuffer/imxdmabuffer_config.h').read_text(), 'ION_ALLOCATOR_ENABLED')


@test('the scripts and ./waf work in any order, and leave the files of the other alone')
def _():
    need('pkg-config')
    if not has_jsonc():
        raise Skip('json-c is not there')
    # The scripts find their packages installed, no matter which system this is.
    programs = WORK / 'debian'
    programs.mkdir()
    for name, line in ('dpkg', 'echo amd64'), ('dpkg-query', 'echo amd64=installed'):
        (programs / name).write_text(f'#!/bin/sh\n{line}\n')
        (programs / name).chmod(0o755)
    paths = {'PATH': f'{programs}:{os.environ["PATH"]}'}
    TREE.waf('distclean')
    shutil.rmtree(TREE.path / 'build', ignore_errors=True)
    equal(run('scripts/setup.sh', 'demo', cwd=TREE.path, **paths), 'setup: built in build/\n')
    TREE.waf('configure', 'install', '--with-tools=no', *SMALL, '--prefix=/usr', '--destdir', WORK / 'after')
    (TREE.path / 'build/mine').write_text('')
    equal(run('scripts/setup.sh', 'demo', cwd=TREE.path, **paths), 'setup: built in build-scripts/\n')
    lacks(run(TREE.path / 'build-scripts/tools/imxdmabuffer', 'info'), 'not built in')
    equal(run('scripts/builddir.sh', cwd=TREE.path), 'build-scripts\n')
    expect((TREE.path / 'build/mine').exists(), 'files in the directory of ./waf are to stay')
    TREE.waf('uninstall', '--destdir', WORK / 'after')
    expect(not (WORK / 'after').exists(), 'the installed files should still be known')
    shutil.rmtree(TREE.path / 'build-scripts')


@test('errors while compiling end with a code')
def _():
    source = TREE.path / 'src/api/imxdmabuffer.c'
    source.write_text(source.read_text() + '\n#error "broken"\n')
    contains(TREE.fails(1, 'install', '--destdir', WORK / 'root', says=['failed with code']), 'broken')
    expect(not (WORK / 'root').exists(), 'nothing should be installed')


with STACK:
    expect(sys.version_info >= (3, 8), sys.version)
    main()
