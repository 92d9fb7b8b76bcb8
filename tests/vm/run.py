# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run programs in a guest. See README.md in this directory, or --help."""
import argparse
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

from image import Archive, Problem, Programs
from machine import KERNELS, MODES, Board, Guest, GuestTrouble

HERE = pathlib.Path(__file__).resolve().parent
EXIT_TIMEOUT, EXIT_GUEST, EXIT_USAGE, EXIT_SKIP = 124, 125, 2, 77
# With allocators=1 vivid attaches and requires contiguous memory. One capture device is enough; vkms needs no console.
ARGUMENTS = 'panic=-1 oops=panic drm_kms_helper.fbdev_emulation=0 vivid.allocators=1 vivid.n_devs=1 vivid.node_types=1'
ENVIRONMENT = {'PATH': '/bin:/usr/bin', 'HOME': '/tmp', 'TMPDIR': '/tmp', 'LC_ALL': 'C'}
PASSWD = 'root:x:0:0:root:/tmp:/bin/false\nuser:x:1000:1000:user:/tmp:/bin/false\n'
GROUP = 'root:x:0:\nvideo:x:44:\nuser:x:1000:\n'


def size(text):
    found = re.fullmatch(r'(\d+)([KMG]?)', text)
    if not found:
        raise argparse.ArgumentTypeError(f'{text} is not a size such as 64M')
    return int(found.group(1)) << {'': 0, 'K': 10, 'M': 20, 'G': 30}[found.group(2)]


def user(text):
    """UID[:GID[,GROUP...]] -> (uid, gid, groups); GID defaults to UID."""
    if not re.fullmatch(r'(\d+|root)(:\d+(,\d+)*)?', text):
        raise argparse.ArgumentTypeError(f'{text} is not UID[:GID[,GROUP...]]')
    name, _, groups = text.partition(':')
    uid = '0' if name == 'root' else name
    numbers = groups.split(',') if groups else [uid]
    return uid, numbers[0], numbers[1:]


def heap_node(text):
    name, _, length = text.partition(':')
    return name, size(length or '64M')


def access(text):
    parts = text.split(':')
    if len(parts) != 4 or not re.fullmatch(r'[0-7]+', parts[1]) or not (parts[2] + parts[3]).isdigit():
        raise argparse.ArgumentTypeError(f'{text} is not PATH:MODE:UID:GID')
    return parts


def parse(arguments):
    parser = argparse.ArgumentParser(prog='run.sh', usage='run.sh BOARD [OPTION...] -- PROGRAM [ARG...]',
                                     formatter_class=argparse.RawDescriptionHelpFormatter, epilog=(
        'exit status: that of the program; 128+n if signal n killed it; 124 if it exceeded its time limit; 125 if the\n'
        'guest hung, panicked or did not boot; 2 if the guest was not started. With --suite: 0 if every program\n'
        'returned 0 or 77 (skipped), 1 otherwise.'))
    add = parser.add_argument
    add('board', choices=KERNELS)
    add('--mode', '--mood', choices=sorted({mode for modes in MODES.values() for mode in modes}), default='mainline',
        help='kernel that the guest emulates; default: mainline; --mood is the old name')
    add('--kernel-args', default='', metavar='TEXT', help='added to the kernel command line, such as cma=0')
    add('--memory', metavar='SIZE', help='default: 512M on virt64, 1G on sabrelite')
    add('--heap-node', type=heap_node, metavar='NAME[:SIZE]', help='CMA area of this name from a device-tree node')
    add('--module-args', metavar='TEXT', help='load imx_devices.ko with these, such as "ion=new ipu=leak pxp=3"')
    add('--access', type=access, action='append', default=[], metavar='PATH:MODE:UID:GID',
        help='set the access rights of a device node')
    add('--as-user', type=user, default=user('root'), metavar='UID[:GID[,GROUP...]]', help='default: root')
    add('--env', action='append', default=[], metavar='NAME=VALUE')
    add('--file', action='append', default=[], metavar='HOST[:GUEST]', help='a file or directory; default: below /tmp')
    add('--library', action='append', default=[], metavar='FILE', help='a library that the program loads with dlopen')
    add('--library-path', action='append', default=[], metavar='DIRECTORY', help='searched for needed libraries')
    add('--sysroot', action='append', default=[], metavar='DIRECTORY', help='the same for the lib directories below it')
    add('--32', dest='only_32', action='store_true', help='refuse 64-bit programs (virt64 runs both)')
    add('--timeout', type=int, default=60, metavar='SECONDS', help='for each program; default: 60')
    add('--suite', metavar='FILE',
        help='run many programs in one guest; lines of NAME|USER|[NAME=VALUE...] PROGRAM [ARG...]')
    add('--log', metavar='FILE', help='write the kernel log to FILE')
    # All arguments after -- belong to the program.
    end = arguments.index('--') if '--' in arguments else len(arguments)
    options = parser.parse_args(arguments[:end])
    options.program = arguments[end + 1:]
    if bool(options.suite) == bool(options.program):
        parser.error('give either a program or --suite FILE')
    modes = MODES[KERNELS[options.board]]
    if options.mode not in modes:
        parser.error(f'{options.board} has the modes {", ".join(modes)}')
    return options


class Task:
    """One program of a run."""

    def __init__(self, name, as_user, words):
        self.name, self.user, self.environment = name, as_user, {}
        while words and re.match(r'\w+=', words[0]):
            key, _, self.environment[key] = words.pop(0).partition('=')
        if not words:
            raise Problem(f'{name}: no program')
        self.program, self.arguments = words[0], words[1:]
        self.status = self.words = None


def read_suite(path):
    tasks = []
    for line in pathlib.Path(path).read_text().splitlines():
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        parts = line.split('|', 2)
        if len(parts) != 3:
            raise Problem(f'{path}: "{line}" is not NAME|USER|PROGRAM')
        try:
            tasks.append(Task(parts[0].strip(), user(parts[1].strip() or 'root'), shlex.split(parts[2])))
        except argparse.ArgumentTypeError as problem:
            raise Problem(f'{path}: {problem}') from problem
    if not tasks:
        raise Problem(f'{path} has no program')
    return tasks


def plan(options, board, tasks):
    """Return the plan for init, in the order in which init.c reads it."""
    texts = [board.channel, '' if options.module_args is None else '=' + options.module_args, len(options.access)]
    for entry in options.access:
        texts += entry
    texts.append(len(tasks))
    for task in tasks:
        uid, gid, groups = task.user
        environment = {**ENVIRONMENT, **dict(pair.split('=', 1) for pair in options.env), **task.environment}
        texts += [uid, gid, len(groups), *groups, options.timeout]
        texts += [len(environment), *(f'{key}={value}' for key, value in environment.items())]
        texts += [1 + len(task.arguments), task.guest_path, *task.arguments]
    return ''.join(f'{text}\0' for text in texts).encode()


def build_image(options, board, tasks):
    archive = Archive()
    archive.directory('/tmp', 0o1777)
    for directory in ('/dev', '/proc', '/sys', '/run', '/vm/bin'):
        archive.directory(directory)
    archive.node('/dev/console', 5, 1)
    archive.content('/etc/passwd', PASSWD.encode())
    archive.content('/etc/group', GROUP.encode())
    archive.file(board.init, '/init')
    archive.file(board.directory / 'imx_devices.ko', '/vm/imx_devices.ko')
    allowed = [target for target in board.targets if not options.only_32 or target.startswith('arm-')]
    programs = Programs(archive, allowed, options.library_path, options.sysroot)
    for library in options.library:
        programs.add_library(library)
    for task in tasks:
        task.guest_path = programs.add(task.program)
    for entry in options.file:
        host, _, guest = entry.partition(':')
        archive.file(host, guest or f'/tmp/{pathlib.Path(host).name}')
    archive.content('/vm/plan', plan(options, board, tasks))
    return archive.finish()


def kernel_arguments(options, board):
    # cma= on the command line would take precedence over the node, and the heap would be called "reserved".
    cma = '' if options.heap_node else 'cma=64M'
    mode = MODES[KERNELS[board.name]][options.mode]
    return ' '.join(f'console={board.console} {ARGUMENTS} {cma} {mode} {options.kernel_args}'.split())


def outcome(text):
    """'NUMBER KIND CODE MILLISECONDS' -> (number, status, words)"""
    number, kind, code, duration = text.split()
    words = {'exit': f'exit status {code}', 'signal': f'killed by signal {code}', 'timeout': 'time limit'}[kind]
    status = {'exit': int(code), 'signal': 128 + int(code), 'timeout': EXIT_TIMEOUT}[kind]
    if status == 0:
        words = 'ok'
    elif status == EXIT_SKIP:
        words = 'skipped'
    return int(number), status, f'{words}, {int(duration) / 1000:.1f} s'


def follow(guest, options, tasks):
    """Forward the output of the programs immediately, and record how they end."""
    for kind, content in guest.events():
        if kind in 'OE':
            stream = (sys.stdout if kind == 'O' else sys.stderr).buffer
            stream.write(content)
            stream.flush()
        elif kind == 'B':
            guest.allow(options.timeout)
            if options.suite:
                print(f'# begin {tasks[int(content)].name}', flush=True)
        elif kind == 'F':
            number, tasks[number].status, tasks[number].words = outcome(content.decode())
            guest.allow(0)
            if options.suite:
                print(f'# end {tasks[number].name}: {tasks[number].words}', flush=True)
        elif kind == 'X':
            raise GuestTrouble('init failed: ' + content.decode())


def run(options, board, tasks, work):
    initrd = pathlib.Path(work) / 'initrd'
    initrd.write_bytes(build_image(options, board, tasks))
    guest = Guest(board.command(work, initrd, kernel_arguments(options, board)), f'{work}/console')
    try:
        follow(guest, options, tasks)
        complaint = guest.complaint()
        return f'run.sh: {board.name}: the kernel complains\n{complaint}' if complaint else None
    except GuestTrouble as trouble:
        return f'run.sh: {board.name}: {trouble}\n--- last lines of the kernel log\n{guest.console_end()}'
    finally:
        guest.end()
        if options.log:
            pathlib.Path(options.log).write_text(guest.console_end(1 << 30))


def summary(tasks):
    done = [task for task in tasks if task.status is not None]
    bad = [task for task in done if task.status not in (0, EXIT_SKIP)]
    skipped = sum(task.status == EXIT_SKIP for task in done)
    lost = len(tasks) - len(done)
    print(f'# {len(done) - len(bad) - skipped} passed, {len(bad)} failed, {skipped} skipped' +
          (f', {lost} not run to the end' if lost else ''), flush=True)
    return 1 if bad or lost else 0


def built(board):
    """Return the directory of the kernel and the path of init. Build them if they are not in the cache."""
    result = subprocess.run([str(HERE / 'build.sh'), '--print', board], stdout=subprocess.PIPE, text=True)
    if result.returncode:
        raise Problem('cannot build the guest')
    return result.stdout.splitlines()


def main():
    options = parse(sys.argv[1:])
    # Exit with an exception, so that the temporary directory is removed.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        tasks = read_suite(options.suite) if options.suite else [
            Task(options.program[0], options.as_user, list(options.program))]
        board = Board(options.board, *built(options.board), options.memory, options.heap_node)
        with tempfile.TemporaryDirectory(prefix='imx-vm-') as work:
            trouble = run(options, board, tasks, work)
    except (Problem, OSError, subprocess.CalledProcessError) as problem:
        print(f'run.sh: {problem}', file=sys.stderr)
        return EXIT_USAGE
    if trouble:
        print(trouble, file=sys.stderr)
    status = summary(tasks) if options.suite else tasks[0].status
    return EXIT_GUEST if trouble else status


if __name__ == '__main__':
    sys.exit(main())
