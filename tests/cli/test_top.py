# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer top"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import tap
from tap import PROGRAM, contains, environment, equal, expect, fails, for_each, run, test
from tree import tree

MIB = 1 << 20
# A camera that shares a buffer with a player, a buffer of its own, and one that is only mapped.
SHARED = (101, 8 * MIB, 'linux,cma', 'frame', 4)
OWN = (102, 2 * MIB, 'linux,cma', '', 1)
SCREEN = (103, 16 * MIB, 'drm', 'screen', 2)


def sample(place):
    place.process(10, 'camera', [SHARED, SHARED, OWN], [(101, 8 * MIB, 'frame')])
    place.process(20, 'player', [SHARED, SCREEN], [(104, 4 * MIB, 'old')])
    place.process(30, 'shell')


def top(place, *arguments, **options):
    return run('top', '--root', str(place.root), *arguments, **options)


def survey(place, *arguments):
    document = top(place, '--json', *arguments).json
    equal(document['schema'], 1)
    return document


@test('each buffer is there once, with its holders')
def _():
    with tree() as place:
        sample(place)
        document = survey(place)
    equal([buffer['inode'] for buffer in document['buffers']], [103, 101, 104, 102])
    shared = document['buffers'][1]
    equal((shared['size'], shared['exporter'], shared['name']), (8 * MIB, 'linux,cma', 'frame'))
    equal(sorted((holder['process'], holder['pid'], holder['descriptors'], holder['mappings'])
                 for holder in shared['holders']), [('camera', 10, 2, 1), ('player', 20, 1, 0)])
    equal(document['bytes'], 30 * MIB)
    equal((document['unreadable_processes'], document['hidden_processes']), (0, False))


@test('references that no process has are others')
def _():
    with tree() as place:
        sample(place)
        buffers = {buffer['inode']: buffer['other_references'] for buffer in survey(place)['buffers']}
        equal(buffers, {101: 0, 102: 0, 103: 1, 104: None})
        contains(top(place).out, 'player[20] 1 fd, 1 other\n')


@test('a buffer that is only mapped has the size of the mapping')
def _():
    with tree() as place:
        sample(place)
        mapped = [buffer for buffer in survey(place)['buffers'] if buffer['inode'] == 104][0]
    equal((mapped['size'], mapped['exporter'], mapped['name']), (4 * MIB, None, 'old'))
    equal([(holder['descriptors'], holder['mappings']) for holder in mapped['holders']], [(0, 1)])


@test('the text has the buffers and the sums')
def _():
    with tree() as place:
        sample(place)
        text = top(place).out
    lines = text.splitlines()
    equal(lines[0], '4 DMA-BUFs, 30.0 MiB, in 2 processes')
    contains(text, ' 8.00 MiB       101  linux,cma       frame     camera[10] 2 fd 1 map,\n' + ' ' * 47,
             ' 28.0 MiB  player[20], 3 buffers\n', ' 10.0 MiB  camera[10], 2 buffers\n',
             ' 10.0 MiB  linux,cma, 2 buffers\n', ' 16.0 MiB  drm, 1 buffer\n', ' 4.00 MiB  unknown, 1 buffer\n')
    expect(max(map(len, lines)) < 80, text)


@for_each('--sort {}', [('size', [103, 101, 104, 102]), ('name', [102, 101, 104, 103]),
                        ('holders', [101, 103, 104, 102])])
def _(case):
    order, inodes = case
    with tree() as place:
        sample(place)
        equal([buffer['inode'] for buffer in survey(place, '--sort', order)['buffers']], inodes)


@test('--pid shows the buffers of one process, and the rest as others')
def _():
    with tree() as place:
        sample(place)
        buffers = survey(place, '--pid', '20')['buffers']
        equal([buffer['inode'] for buffer in buffers], [103, 101, 104])
        equal(buffers[1]['other_references'], 3)
        fails(1, 'top', '--root', str(place.root), '--pid', '40', message='no process 40')


@test('no buffers')
def _():
    with tree() as place:
        place.process(30, 'shell')
        equal(top(place).out, '0 DMA-BUFs, 0 bytes, in 0 processes\n')


@test('names cannot harm a terminal, or forge another value')
def _():
    with tree() as place:
        place.process(10, 'x\x1b[2Jy', [(1, MIB, 'e\x1b]0;t\x07', 'a\x9b31m', 1)])
        place.write('/proc/10/fdinfo/3',
                    b'ino:\t1\nsize:\t1048576\ncount:\t1\nexp_name:\theap\nname:\tn\nsize:\t1\nino:\t2\n')
        place.process(11, 'y', [(2, MIB, 'e\x1b]0;t\x07', 'a\x1b[31m\x9b', 1)])
        for arguments in [], ['--json']:
            text = top(place, *arguments).out
            expect(not re.search('[\x00-\x09\x0b-\x1f\x7f-\uffff]', text), repr(text))
        equal([(buffer['inode'], buffer['size']) for buffer in survey(place)['buffers']], [(1, MIB), (2, MIB)])


@test('kernels before 5.14: the inode comes from the file, and never from a name')
def _():
    with tree() as place:
        place.process(10, 'old')
        place.write('/proc/10/fdinfo/5', f'pos:\t0\nsize:\t{MIB}\ncount:\t1\nexp_name:\tion\n'
                    'name:\tx\nino:\t4711\nsize:\t1\n')
        (place.root / 'proc/10/fd/5').symlink_to('/dmabuf:')
        buffers = survey(place)['buffers']
        equal([(buffer['inode'], buffer['size'], buffer['exporter']) for buffer in buffers], [(0, MIB, 'ion')])


@test('kernels before 5.3: descriptors are only counted')
def _():
    with tree() as place:
        place.process(10, 'old')
        (place.root / 'proc/10/fd/5').symlink_to('anon_inode:dmabuf')
        (place.root / 'proc/10/fd/6').symlink_to('anon_inode:dmabuf')
        equal(survey(place)['indistinct_descriptors'], 2)
        contains(top(place).out, '2 descriptors of DMA-BUFs that this kernel does not tell apart\n')


@test('thousands of buffers')
def _():
    with tree() as place:
        place.process(10, 'many', [(number, 4096, 'heap', f'n{number}', 1) for number in range(1, 3001)])
        document = survey(place)
        equal((len(document['buffers']), document['bytes']), (3000, 3000 * 4096))


@test('processes that end while they are read are no error')
def _():
    with tree() as place:
        sample(place)
        # A directory that vanished: only the name is left.
        (place.root / 'proc/77').mkdir()
        (place.root / 'proc/10/fdinfo/3').unlink()
        equal(len(survey(place)['buffers']), 4)


@test('processes that cannot be read are counted, threads of the kernel are not')
def _():
    user = tap.other_user()
    with tree() as place:
        sample(place)
        place.process(40, 'kthread', flags=0x00208040)
        os.chmod(place.root, 0o755)
        for pid in 20, 40:
            os.chmod(place.root / f'proc/{pid}/fd', 0)
        if os.geteuid() != 0:
            document = survey(place)
        else:
            document = survey_as(user, place)
        equal(document['unreadable_processes'], 1)
        equal([buffer['inode'] for buffer in document['buffers']], [101, 102])
        equal(document['buffers'][0]['other_references'], 1)


def survey_as(user, place):
    result = tap.raw_as(user, 'top', '--root', str(place.root), '--json')
    equal((result.code, result.err), (0, ''))
    return result.json


@test('a name with brackets hides no thread of the kernel')
def _():
    user = tap.other_user()
    with tree() as place:
        os.chmod(place.root, 0o755)
        place.process(40, 'a) S 1 (b', flags=0x00208040)
        os.chmod(place.root / 'proc/40/fd', 0)
        equal(survey_as(user, place)['unreadable_processes'], 0)


@test('root in a container: numbers of descriptors, but nothing behind them')
def _():
    user = tap.other_user()
    with tree() as place:
        os.chmod(place.root, 0o755)
        place.process(10, 'hidden', [SHARED])
        os.chmod(place.root / 'proc/10/fd', 0o444)
        equal(survey_as(user, place)['unreadable_processes'], 1)


@test('the largest mapping counts, and a descriptor counts more')
def _():
    with tree() as place:
        place.process(10, 'a', [], [(1, MIB, 'old'), (1, 4 * MIB, 'old'), (1, 2 * MIB, 'old')])
        place.process(20, 'b', [(2, MIB, 'heap', 'name', 2)], [(2, 4096, 'old')])
        found = {buffer['inode']: (buffer['size'], buffer['name']) for buffer in survey(place)['buffers']}
    equal(found, {1: (4 * MIB, 'old'), 2: (MIB, 'name')})


@test('mappings of other files are no buffers, however they are called')
def _():
    with tree() as place:
        # A descriptor whose target is there shows the file system.
        place.process(10, 'a', [SHARED], [(101, MIB, 'x')])
        if not make_target(place, '/proc/10/fd/3'):
            raise tap.Skip('only root can make a file of this name')
        try:
            equal([buffer['holders'] for buffer in survey(place)['buffers']],
                  [[{'pid': 10, 'process': 'a', 'descriptors': 1, 'mappings': 0}]])
        finally:
            os.unlink('/dmabuf:frame')


def make_target(place, link):
    """Make the file that a descriptor of the tree points to, in the root directory."""
    try:
        with open(os.readlink(place.root / link.lstrip('/')), 'x', encoding='utf-8'):
            return True
    except OSError:
        return False


@test('a hidden /proc is said')
def _():
    user = tap.other_user()
    with tree() as place:
        sample(place)
        os.chmod(place.root, 0o755)
        group = f'hidepid=2,gid={user.pw_gid}'
        for option, hides in (('hidepid=invisible', True), ('hidepid=2', True), ('hidepid=0', False), ('nosuid', False),
                              (group, False)):
            # Another mount of /proc does not matter.
            place.write('/proc/self/mounts', 'proc /other/proc proc rw,hidepid=2 0 0\n'
                        f'proc /proc proc rw,{option} 0 0\nproc /last proc rw,hidepid=2 0 0\n')
            if os.geteuid() == 0:
                equal(survey_as(user, place)['hidden_processes'], hides)
                # Root is never hidden from.
                hides = False
            equal(survey(place)['hidden_processes'], hides)


def difference(place, change, *arguments):
    """Change the tree between the two surveys of --diff, and end the wait by a signal."""
    process = tap.start('top', '--root', str(place.root), '--diff', '600', *arguments)
    # From this note on, the first survey is complete, and a signal is not lost.
    contains(process.stderr.readline(), 'note: ', ' now; the differences follow ')
    change()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=tap.TIMEOUT)
    equal((process.returncode, err), (0, ''))
    return out


def leak(place):
    place.process(25, 'leak', [(200 + number, MIB, 'heap', '', 1) for number in range(5)])
    (place.root / 'proc/10/fd/5').unlink()


@test('--diff names the process that grows, first')
def _():
    with tree() as place:
        sample(place)
        document = tap.json.loads(difference(place, lambda: leak(place), '--json'))
    equal([(entry['process'], entry['before'], entry['after']) for entry in document['processes']],
          [('leak', {'buffers': 0, 'bytes': 0}, {'buffers': 5, 'bytes': 5 * MIB}),
           ('camera', {'buffers': 2, 'bytes': 10 * MIB}, {'buffers': 1, 'bytes': 8 * MIB})])
    equal(sorted(buffer['inode'] for buffer in document['new_buffers']), [200, 201, 202, 203, 204])
    equal([buffer['inode'] for buffer in document['freed_buffers']], [102])


@test('--diff as text')
def _():
    with tree() as place:
        sample(place)
        lines = difference(place, lambda: leak(place)).splitlines()
        expect(re.fullmatch(r'in \d+\.\d s: 5 new DMA-BUFs that stayed, 5.00 MiB; 1 freed, 2.00 MiB', lines[0]), lines)
        expect(re.match(r'\+ 5.00 MiB +\+5 +0, 0 bytes +5, 5.00 MiB +leak\[25\]$', lines[3]), lines)
        expect(re.match(r'- 2.00 MiB +-1 +2, 10.0 MiB +1, 8.00 MiB +camera\[10\]$', lines[4]), lines)
        expect(max(map(len, lines)) < 80, lines)
    with tree() as place:
        sample(place)
        contains(difference(place, lambda: None), 'no process has more or fewer buffers than before\n')


class Screen:
    """The program on a terminal of its own."""

    def __init__(self, place, columns, rows, *arguments):
        self.controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.before = termios.tcgetattr(terminal)
        self.terminal = terminal
        self.program = subprocess.Popen([PROGRAM, 'top', '--root', str(place.root), *arguments], env=environment(),
                                        stdin=terminal, stdout=terminal, stderr=terminal)
        self.text = ''

    def read_until(self, wanted):
        while wanted not in self.text:
            ready = select.select([self.controller], [], [], tap.TIMEOUT)[0]
            expect(ready, f'{wanted!r} expected in {self.text!r}')
            self.text += os.read(self.controller, 65536).decode()

    def end(self, text=b''):
        os.write(self.controller, text)
        self.read_until('\x1b[?1049l')
        equal(self.program.wait(timeout=tap.TIMEOUT), 0)
        equal(termios.tcgetattr(self.terminal), self.before)
        os.close(self.terminal)
        os.close(self.controller)


def shown_lines(text):
    """Return the lines of the first screen, without escape sequences."""
    first = text.split('\x1b[H')[1].split('\x1b[J')[0]
    return re.sub(r'\x1b\[[?\d]*[A-Za-z]', '', first).split('\r\n')


@for_each('a terminal of {} columns and rows', [(80, 24), (20, 24), (80, 3), (132, 50), (1, 1)])
def _(size):
    with tree() as place:
        sample(place)
        screen = Screen(place, *size)
        screen.read_until('\x1b[J')
        screen.end(b'q')
        lines = shown_lines(screen.text)
    expect(len(lines) <= max(size[1], 2), lines)
    expect(max(map(len, lines)) < max(size[0], 2), lines)


@test('the screen is refreshed, and a signal restores the terminal')
def _():
    with tree() as place:
        sample(place)
        screen = Screen(place, 80, 24)
        screen.read_until('camera[10]')
        leak(place)
        screen.read_until('leak[25]')
        screen.program.send_signal(signal.SIGTERM)
        screen.end()


@for_each('{} restores the terminal', ['SIGQUIT', 'SIGINT', 'SIGHUP'])
def _(name):
    with tree() as place:
        sample(place)
        screen = Screen(place, 80, 24)
        screen.read_until('camera[10]')
        screen.program.send_signal(getattr(signal, name))
        screen.end()


@test('the error line stands on the first screen')
def _():
    with tree() as place:
        sample(place)
        screen = Screen(place, 80, 24, '--pid', '20')
        screen.read_until('player[20]')
        (place.root / 'proc/20').rename(place.root / 'gone')
        screen.read_until('there is no process 20')
        equal(screen.program.wait(timeout=tap.TIMEOUT), 1)
        expect(screen.text.index('\x1b[?1049l') < screen.text.index('there is no process 20'), screen.text)


@for_each('wrong usage: {}', [
    ['--sort', 'age'], ['--sort', ''], ['--pid', '0'], ['--pid', '-1'], ['--pid', 'self'], ['--pid', '99999999999'],
    ['--diff', 'x'], ['--diff', '-1'], ['extra'], ['--once=1']])
def _(arguments):
    fails(2, 'top', *arguments, message='imxdmabuffer: top: ')


@test('a root without /proc')
def _():
    fails(1, 'top', '--root', '/nonexistent', message='/proc cannot be read: No such file or directory')
    fails(1, 'top', '--root', 'x' * 5000, message='/proc cannot be read: File name too long')


tap.main()
