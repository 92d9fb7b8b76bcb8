# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/release.sh in a copy of this tree: what it refuses, and its archive. Nothing is built.

usage: test_release.py SOURCE-DIRECTORY
"""
import contextlib
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from builds import environment, need  # noqa: E402
from harness import Skip, contains, equal, expect, for_each, main, test  # noqa: E402

SOURCE = pathlib.Path(sys.argv[1]).resolve()
VERSION = re.search(r"^  version: '(.*)',$", (SOURCE / 'meson.build').read_text(), re.M).group(1)
BUILDROOT = 'packaging/buildroot/package/libimxdmabuffer/libimxdmabuffer'
RECIPE = f'packaging/yocto/libimxdmabuffer_{VERSION}.bb'
WORK = tempfile.TemporaryDirectory(prefix='imxdmabuffer-')
# git of the caller may sign commits, convert line ends, or run hooks.
QUIET = {'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_CONFIG_NOSYSTEM': '1'}
PERSON = {f'GIT_{who}_{what}': value for who in ('AUTHOR', 'COMMITTER')
          for what, value in (('NAME', 'test'), ('EMAIL', 'test@localhost'), ('DATE', '2026-01-02T03:04:05Z'))}


def call(tree, *command, **variables):
    """Run a command in a tree. Return its exit code and its output from both streams."""
    done = subprocess.run(command, cwd=tree, env=environment(**QUIET, **PERSON, **variables), text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def git(tree, *arguments):
    code, output = call(tree, 'git', *arguments)
    expect(code == 0, f'git {arguments}: {output}')
    return output


def replace(tree, name, pattern, text):
    path = tree / name
    path.write_text(re.sub(pattern, text, path.read_text(), count=1, flags=re.M))


def commit(tree):
    git(tree, 'add', '--all')
    git(tree, 'commit', '--quiet', '--allow-empty', '--message', 'test')


@functools.cache
def template():
    """Commit this tree, with its changes, and with what is only set for a release. The history would take long."""
    need('git', 'xz')
    tree = pathlib.Path(WORK.name) / 'template'
    tree.mkdir()
    code, names = call(SOURCE, 'git', '-c', 'safe.directory=*', 'ls-files', '-z', '-co', '--exclude-standard')
    if code != 0 or 'meson.build' not in names.split('\0'):
        raise Skip('this tree is no clone')
    for name in sorted(set(names.split('\0')) - {''}):
        if (SOURCE / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCE / name, tree / name)
    replace(tree, 'NEWS', rf'^{re.escape(VERSION)} \(.*?\)', f'{VERSION} (2026-01-02)')
    replace(tree, 'debian/changelog', r'\) UNRELEASED;', ') unstable;')
    for name in (RECIPE, f'{BUILDROOT}.hash'):
        if '0' * 64 not in (tree / name).read_text():
            replace(tree, name, r'[0-9a-f]{64}(?=("|  libimx))', '0' * 64)
    # It installs the programs that the script needs, which this test needs as well.
    (tree / 'scripts/setup.sh').write_text('#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\n')
    git(tree, 'init', '--quiet', '--initial-branch=main')
    commit(tree)
    return tree


@contextlib.contextmanager
def release_tree():
    """A tree that can be released. Afterwards, it is set back."""
    tree = template()
    first = git(tree, 'rev-parse', 'HEAD').strip()
    try:
        yield tree
    finally:
        git(tree, 'reset', '--quiet', '--hard', first)
        git(tree, 'clean', '--quiet', '-d', '-x', '--force')
        for tag in git(tree, 'tag').split():
            git(tree, 'tag', '--delete', tag)


def release(tree, *options, code=0):
    got, output = call(tree, 'scripts/release.sh', *options)
    expect(got == code, f'exit code {code} expected, got {got}: {output}')
    return output


@functools.cache
def archive():
    """Make the archive. Return its path and the output."""
    with release_tree() as tree:
        output = release(tree, '--archive', f'{WORK.name}/out')
    return pathlib.Path(WORK.name) / f'out/libimxdmabuffer-{VERSION}.tar.xz', output


@test('a clean tree whose versions agree passes, and gets no tag')
def _():
    with release_tree() as tree:
        contains(release(tree, '--check'), f'all files have the version {VERSION}')
        equal((git(tree, 'tag'), git(tree, 'status', '--porcelain')), ('', ''))


@for_each('a dirty tree is refused: {}', ['changed', 'staged', 'new'])
def _(kind):
    with release_tree() as tree:
        name = 'note.txt' if kind == 'new' else 'README.md'
        with open(tree / name, 'a', encoding='utf-8') as file:
            file.write('more\n')
        if kind == 'staged':
            git(tree, 'add', name)
        for option in ('--check', '--archive', '--tag'):
            contains(release(tree, option, code=1), 'the tree is dirty', name, 'not made')
        equal((git(tree, 'tag'), (tree / 'build-release').exists()), ('', False))


@for_each('files that disagree are found: {}', [
    [('meson.build', r"^  version: '.*'", "  version: 'next'", 'meson.build has no version of three numbers')],
    [('src/meson.build', r"version: '[\d.]+', soversion", "version: '9.9.9', soversion", 'src/meson.build has'),
     ('debian/changelog', r'\([\d.]+-1\)', '(9.9.9-1)', 'debian/changelog has'),
     (f'{BUILDROOT}.mk', r'^(\w+_VERSION) = .*', r'\1 = 9.9.9', f'{BUILDROOT}.mk has'),
     (f'{BUILDROOT}.hash', r'buffer-[\d.]+\.tar', 'buffer-9.9.9.tar', f'{BUILDROOT}.hash has'),
     ('NEWS', r'^[\d.]+ \(', '9.9.9 (', 'NEWS has'),
     ('docs/packaging.md', r'libimxdmabuffer-[\d.]+\d', 'libimxdmabuffer-9.9.9', 'docs/packaging.md has'),
     ('man/libimxdmabuffer.3.scd.in', r'@version@', '1.0', 'the first line of man/libimxdmabuffer.3.scd.in')],
    [('NEWS', r'^([\d.]+) \(.*?\)', r'\1 (in development)', 'NEWS has "in development"'),
     ('debian/changelog', r'\) \w+;', ') UNRELEASED;', 'debian/changelog is UNRELEASED'),
     ('tests/abi/symbols.txt', r'^(- .*) imx_dma_buffer_wait$', r'\1 imx_dma_buffer_wait\n\1 imx_dma_buffer_more',
      'the frozen interface lacks imx_dma_buffer_more'),
     (RECIPE, r'0{64}', 'ab' * 32, f'{RECIPE} has the checksum of another archive'),
     (f'{BUILDROOT}.hash', r'0{64}', 'ab' * 32, f'{BUILDROOT}.hash has the checksum of another archive')],
    [('NEWS', r'^([\d.]+) \(.*?\)', r'\1 (2026-02-31)', 'NEWS has "2026-02-31"')]])
def _(changes):
    with release_tree() as tree:
        for name, pattern, text, _ in changes:
            before = (tree / name).read_text()
            replace(tree, name, pattern, text)
            expect((tree / name).read_text() != before, f'{pattern} expected in {name}')
        commit(tree)
        output = release(tree, '--check', code=1)
        contains(output, 'not made', *(f'release: {message}' for *_, message in changes))
        # Each file is one problem; the version of meson.build disagrees with all others.
        expect(changes[0][0] == 'meson.build' or output.count('\n') == len(changes) + 1, output)


@test('the version in the name of the recipe, and a tag of another commit, are found')
def _():
    with release_tree() as tree:
        git(tree, 'mv', RECIPE, 'packaging/yocto/libimxdmabuffer_9.9.9.bb')
        git(tree, 'tag', f'v{VERSION}')
        commit(tree)
        contains(release(tree, '--check', code=1), 'the name of packaging/yocto', f'the tag v{VERSION} exists')


@test('the tag is annotated, and made with --tag only, after the archive was tried in both roots')
def _():
    with release_tree() as tree:
        for result, options, code, tags in ((1, ['--tag'], 1, ''), (0, [], 0, ''), (0, ['--tag'], 0, f'v{VERSION}\n')):
            script = f'echo tried in "$3"; [ "$3" = bookworm ] || exit {result}'
            (tree / 'packaging/debian/bare-root.sh').write_text(script)
            commit(tree)
            contains(release(tree, *options, code=code), 'tried in bookworm', 'tried in trixie')
            equal(git(tree, 'tag'), tags)
        equal(git(tree, 'cat-file', '-t', f'v{VERSION}'), 'tag\n')
        equal(git(tree, 'rev-parse', f'v{VERSION}^{{commit}}'), git(tree, 'rev-parse', 'HEAD'))


@test('the archive has all files of git with their modes and bytes, and nothing else')
def _():
    tree, top = template(), f'libimxdmabuffer-{VERSION}/'
    wanted = {}
    for line in git(tree, 'ls-tree', '-r', 'HEAD').splitlines():
        mode, kind, _, name = line.split(None, 3)
        equal((name, kind), (name, 'blob'))
        wanted[name] = mode[-3:], hashlib.sha256((tree / name).read_bytes()).hexdigest()
    with tarfile.open(archive()[0]) as tar:
        members = tar.getmembers()
        got = {member.name.removeprefix(top): (f'{member.mode:o}', hashlib.sha256(tar.extractfile(member).read())
                                               .hexdigest()) for member in members if member.isfile()}
    equal([member.name for member in members if not member.name.startswith(top) and not member.isdir()], [])
    equal({(member.uname, member.gname) for member in members}, {('root', 'root')})
    equal(sorted(set(got) ^ set(wanted)), [])
    equal({name: (got[name], wanted[name]) for name in wanted if got[name] != wanted[name]}, {})


@test('the archive is the same from another clone, with other settings of git, xz, umask and time zone')
def _():
    other = pathlib.Path(tempfile.mkdtemp(dir=WORK.name))
    git(other, 'clone', '--quiet', template(), 'clone')
    command = 'umask 077; git config tar.umask user; git config core.autocrlf true; scripts/release.sh --archive ../out'
    code, text = call(other / 'clone', 'sh', '-c', command, TZ='Asia/Tokyo', XZ_DEFAULTS='-9e', XZ_OPT='-0')
    expect(code == 0, text)
    first, second = archive()[0].read_bytes(), (other / 'out' / archive()[0].name).read_bytes()
    expect(first == second, 'the archives differ')


@test('the printed command fills the checksum of the archive into the recipes')
def _():
    path, output = archive()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    command = next(line for line in output.splitlines() if line.startswith('sed '))
    with release_tree() as tree:
        expect(call(tree, 'sh', '-c', command)[0] == 0, command)
        contains((tree / RECIPE).read_text(), f'\nSRC_URI[sha256sum] = "{digest}"\n')
        contains((tree / f'{BUILDROOT}.hash').read_text(), f'\nsha256  {digest}  {path.name}\n')
        equal(sorted(git(tree, 'diff', '--name-only').split()), [f'{BUILDROOT}.hash', RECIPE])


@test('without git, the style of the unpacked archive is checked, and a line that is too long is found')
def _():
    with tarfile.open(archive()[0]) as tar:
        tar.extractall(f'{WORK.name}/unpacked')
    unpacked = pathlib.Path(WORK.name) / f'unpacked/libimxdmabuffer-{VERSION}'
    (unpacked / 'build').mkdir()
    (unpacked / 'build/generated.h').write_text('no SPDX line\n')
    command = (sys.executable, 'scripts/check-style.py')
    code, output = call(unpacked, *command, PATH='/nonexistent')
    expect(code == 0 and int(output.split()[0]) > 500, output)
    with open(unpacked / 'src/api/messages.c', 'a', encoding='utf-8') as file:
        file.write('/* ' + 'long ' * 30 + '*/\n')
    code, output = call(unpacked, *command, PATH='/nonexistent')
    expect(code == 1, output)
    contains(output, 'messages.c', 'columns')


main()
