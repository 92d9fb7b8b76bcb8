#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the library's tests on the guests' real kernels, and write reports for scripts/count-tests.py.

usage: tests.py DIRECTORY [BOARD [TEXT]]

DIRECTORY: for the reports. TEXT: run only scenarios with this text in their name, such as "mainline: all".
Without BOARD, all boards but the one with a debugging kernel. The table of docs/testing.md must then be the one of this
run, which is also in DIRECTORY/guests.md.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

from machine import KERNELS

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGETS = {'arm64': 'aarch64-linux-gnu', 'armhf': 'arm-linux-gnueabihf'}
BOARDS = {name: ['armhf'] if name == 'sabrelite' else ['arm64', 'armhf'] for name in KERNELS}
DEBUG = 'virt64-6.12-debug'
HEAPS = '/dev/dma_heap/'
SOAK_SECONDS = os.environ.get('SOAK_SECONDS', '60')
# For programs in modes in which no address is known.
WITHOUT_ADDRESS = {'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'}
# The devices and libraries of these scenarios support only programs of the kernel's own architecture.
NATIVE = 'native: '
TABLE = '<!-- The table is written by tests/vm/tests.py. -->\n'


def task(program, *arguments, user='root', **variables):
    return program, arguments, user, variables


def conformance(name, **variables):
    # The second part forks, so it runs alone. The suite reads the guest's physical memory through /dev/mem.
    return [task('conformance', name, *part, CMOCKA_MESSAGE_OUTPUT='TAP', CONFORMANCE_DEVICE='/dev/mem', **variables)
            for part in ([], ['passing'])]


def everything(source, node, kind, host, **variables):
    """Return the tasks for a guest that has a contiguous heap. source: of physical addresses for root."""
    optional = {'CONFORMANCE_ADDRESS': 'optional'} if source == 'none' else {}
    return [
        task('choice', HEAPS + node, kind),
        task('choice', 'none', HEAPS + node, 'mode 0600', 'udev rule', user='1000'),
        task('addresses', source),
        task('nodes', node, **variables),
        task('importers', **variables),
        task('passing', *(['none'] if optional else [])),
        task('frames', **variables),
        *conformance('dma-heap', **optional),
        *conformance('dma-heap:system', CONFORMANCE_ADDRESS='optional'),
        *(one for name in host for one in conformance(name, **(optional if name == 'host:udmabuf' else {}))),
        task('lifetime', **variables),
    ]


def devices(board):
    """Yield the scenarios of the emulated devices and stand-ins. The demo_ programs check that these work."""
    for number, (ion, ipu) in enumerate([('new', 'leak'), ('legacy', 'index'), ('gki', 'leak')], 1):
        yield ('mainline', f'devices {number}',
               ['--module-args', f'ion={ion} ipu={ipu} pxp={number} dmabuf_imx=1'],
               [task('demo_ion', ion, 'dmabuf_imx'), task('demo_ipu_pxp', ipu, str(number))])
        # 64-bit kernels have never had the first layout of the PxP.
        names = ['ion', 'ipu'] + (['pxp'] if board == 'sabrelite' or number > 1 else [])
        yield ('mainline', f'{NATIVE}ION {ion}, IPU {ipu}, PxP {number}',
               ['--module-args', f'ion={ion} ion_dma_heaps={number} ipu={ipu} pxp={number} dmabuf_imx=1'],
               [one for name in names for one in conformance(name)])
    yield ('mainline', f'{NATIVE}ION abi', ['--module-args', 'ion=abi ion_dma_heaps=2 dmabuf_imx=1'],
           [task('demo_ion', 'abi', 'dmabuf_imx'), *conformance('ion')])
    target = TARGETS[BOARDS[board][0]]
    directory = ROOT / f'build-vm-{BOARDS[board][0]}/programs'
    for variant, layout in ('pxp', 'old'), ('old', 'old'), ('wide', 'wide'):
        yield ('nxp', f'{NATIVE}libhantro, libg2d {variant}',
               ['--heap-node', 'linux,cma', f'--library={directory}/g2d-{variant}/libg2d.so.2',
                f'--library={directory}/libhantro.so.1', f'--library=/usr/{target}/lib/libm.so.6'],
               [task('demo_standins', layout), *conformance('g2d'), *conformance('dwl')])


def old_kernel(board):
    """Yield the scenarios of Linux 6.1: pagemap shows the page frames of the heap."""
    yield ('nxp', 'cached heap', ['--env', 'IMXDMABUFFER_ALLOCATOR=dma-heap:reserved'],
           [task('addresses', 'dmabuf-ioctl'), task('importers'), task('passing'),
            *conformance('dma-heap:reserved')])
    yield ('mainline', 'a user of the group', ['--access', HEAPS + 'reserved:0660:0:44'],
           [task('choice', HEAPS + 'reserved', 'cached', user='1000:1000,44'),
            task('addresses', 'none', user='1000:1000,44'),
            task('choice', 'none', 'mode 0660', 'add the user to group video', user='1000')])
    if board == 'sabrelite':
        yield 'nxp', 'above 2 GiB', ['--memory', '3G'], [task('addresses', 'dmabuf-ioctl', '0x80000000')]
        yield 'mainline', 'above 2 GiB', ['--memory', '3G'], [task('addresses', 'pagemap', '0x80000000')]
        yield 'nxp', '64-bit PHYS', ['--kernel-args', 'dma_buf_phys.wide=1'], [task('addresses', 'dmabuf-ioctl')]


def new_kernel():
    """Yield the scenarios of Linux 6.12: pagemap shows nothing of the heap, and there are the heaps of 6.17."""
    yield ('nxp', 'cached heap', ['--env', 'IMXDMABUFFER_ALLOCATOR=dma-heap:reserved'],
           [task('addresses', 'dmabuf-ioctl'), task('importers', CHECK_SCATTERED='1'), task('passing'),
            *conformance('dma-heap:reserved')])
    yield ('mainline', 'a user of the group', ['--access', HEAPS + 'reserved:0660:0:44'],
           [task('choice', HEAPS + 'reserved', 'cached', user='1000:1000,44'),
            task('choice', 'none', 'mode 0660', 'add the user to group video', user='1000')])
    default = HEAPS + 'default_cma_region'
    yield ('mainline-6.18', 'two heaps', [], [task('choice', default, 'cached'), task('addresses', 'none'),
                                              task('lifetime', **WITHOUT_ADDRESS)])
    yield ('nxp-6.18', 'four heaps', [], [task('choice', default + '-uncached', 'uncached'),
                                          task('addresses', 'dmabuf-ioctl'), task('passing'), task('lifetime'),
                                          *conformance('dma-heap')])
    # The driver's mask has 32 bits: it returns the address of a bounce buffer.
    yield ('mainline', 'GET_PHYS above 4 GiB',
           ['--memory', '5G', '--heap-node', 'linux,cma', '--module-args', 'dmabuf_imx=1'], [task('addresses', 'none')])
    yield 'nxp-6.18', 'PHYS returns 0', ['--kernel-args', 'dma_buf_phys.zero=1'], [task('addresses', 'none')]


def scenarios(board):
    """Yield mode, name, options of the runner and tasks."""
    if board == DEBUG:
        yield from of_debugging_kernel()
        return
    hugepages = ['--kernel-args', 'hugepages=24'] if board != 'sabrelite' else []
    host = ['host', 'host:memfd'] + (['host:udmabuf', 'host:hugetlb'] if hugepages else [])
    witness = [task('witness')] if board != 'sabrelite' else []
    if KERNELS[board] == '6.1':
        yield 'mainline', 'all', hugepages, witness + everything('pagemap', 'reserved', 'cached', host)
    else:
        yield 'mainline', 'all', hugepages, everything('none', 'reserved', 'cached', host, **WITHOUT_ADDRESS)
    yield 'nxp', 'all', [], witness + everything('dmabuf-ioctl', 'reserved-uncached', 'uncached', ['host'])
    yield 'mainline', 'heap linux,cma', ['--heap-node', 'linux,cma'], [task('choice', HEAPS + 'linux,cma', 'cached')]
    yield ('nxp', 'heap linux,cma', ['--heap-node', 'linux,cma'],
           [task('choice', HEAPS + 'linux,cma-uncached', 'uncached'), task('addresses', 'dmabuf-ioctl')])
    yield 'mainline', 'no CMA heap', ['--kernel-args', 'cma=0'], [task('choice', 'none', 'no CMA heap, only', 'system')]
    yield ('nxp', 'a user of the group', ['--access', HEAPS + 'reserved-uncached:0660:0:44'],
           [task('addresses', 'dmabuf-ioctl', user='1000:1000,44')])
    yield from old_kernel(board) if KERNELS[board] == '6.1' else new_kernel()
    yield from kernel_itself(board)
    yield from devices(board)
    yield from program(board)


def kernel_itself(board):
    """Yield what the guest's kernel adds, and the soak test: cached heap, or PHYS that loses memory in each call."""
    if board == 'sabrelite':
        return
    yield ('nxp', f'{NATIVE}maintenance and fences', ['--module-args', 'count_syncs=1'],
           [task('demo_syncs'), task('demo_importers'), task('coherency', 'counts', 'user')])
    yield ('nxp', 'maintenance by the kernel', ['--module-args', 'count_syncs=1', '--env', 'IMXDMABUFFER_SYNC=kernel'],
           [task('coherency', 'counts', 'phys')])
    yield ('mainline', 'a kept attachment', ['--module-args', 'count_syncs=1'],
           [task('coherency', 'attachment', IMXDMABUFFER_SYNC='kernel')])
    yield ('nxp', 'bounce buffers', ['--kernel-args', 'swiotlb=force'],
           [task('coherency', 'bytes'), task('coherency', 'bytes', IMXDMABUFFER_SYNC='kernel')])
    leak = KERNELS[board] != '6.1'
    yield ('nxp', f'{NATIVE}soak' + (', PHYS loses memory' if leak else ''),
           ['--env', 'IMXDMABUFFER_ALLOCATOR=dma-heap:reserved' + ('-uncached' if leak else ''),
            '--kernel-args', f'dma_buf_phys.leak={int(leak)}', '--timeout', str(int(SOAK_SECONDS) + 240)],
           [task('soak', SOAK_SECONDS)])


def of_debugging_kernel():
    """Yield what shows the kernel's additions to its own checks: all of their functions, not all of the library's."""
    yield ('nxp', f'{NATIVE}all', [], [task('addresses', 'dmabuf-ioctl'), task('importers'), task('passing'),
                                       task('lifetime'), *conformance('dma-heap')])
    yield ('nxp', f'{NATIVE}cached heap', ['--env', 'IMXDMABUFFER_ALLOCATOR=dma-heap:reserved'],
           [task('importers'), *conformance('dma-heap:reserved')])
    yield 'nxp-6.18', f'{NATIVE}four heaps', [], [task('addresses', 'dmabuf-ioctl'), task('lifetime')]
    yield ('nxp', f'{NATIVE}maintenance and fences', ['--module-args', 'count_syncs=1'],
           [task('demo_syncs'), task('demo_importers')])
    for scenario in devices(DEBUG):
        if 'lib' not in scenario[1]:
            yield scenario


def program(board):
    """Yield what the program of the package shows on this kernel. It is built for the boards with 64 bits only."""
    if board == 'sabrelite':
        return
    directory = ROOT / 'build-vm-arm64/tools'
    files = [f'--file={directory}/imxdmabuffer:/usr/bin/imxdmabuffer',
             '--library=/usr/lib/aarch64-linux-gnu/libjson-c.so.5', '--library=/usr/aarch64-linux-gnu/lib/libm.so.6']
    # Root learns addresses from page frames on 6.1 only.
    mainline = 'none' if KERNELS[board] == '6.1' else 'no-address'
    yield 'nxp', f'{NATIVE}the program', files, [
        task('system', 'doctor', 'none'), task('system', 'holders'), task('system', 'areas'),
        task('system', 'check', 'v4l2')]
    yield 'mainline', f'{NATIVE}doctor', files, [
        task('system', 'doctor', mainline), task('system', 'doctor', 'closed', user='1000')]
    if KERNELS[board] == '6.1':
        # The device copies slowly.
        yield 'nxp', f'{NATIVE}check by addresses', [*files, '--timeout', '240'], [task('system', 'check', 'edu')]
        for argument, found in ('cma=16M', 'cma-small'), ('cma=0', 'no-cma'):
            yield ('mainline', f'{NATIVE}doctor, {argument}', [*files, '--kernel-args', argument],
                   [task('system', 'doctor', found)])


def build(architecture):
    target = TARGETS[architecture]
    directory = ROOT / f'build-vm-{architecture}'
    tools = 'enabled' if architecture == 'arm64' else 'disabled'
    if not (directory / 'build.ninja').exists():
        subprocess.run(['meson', 'setup', directory, ROOT, '--werror', f'--cross-file={HERE}/cross/{target}.ini',
                        '-Dtests=disabled', f'-Dtools={tools}', '-Dguest-tests=true'],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['meson', 'compile', '-C', directory], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([HERE / 'programs.sh', target, directory / 'programs'], check=True)
    return directory / 'tests/guest'


def write_suite(path, tasks, programs):
    names = []
    with path.open('w', encoding='utf-8') as suite:
        for architecture, directory in programs.items():
            for program, arguments, user, variables in tasks:
                shown = ' '.join([program, *arguments])
                names.append(f'{architecture}, {"root" if user == "root" else "uid " + user}: {shown}')
                place = directory.parent.parent / 'programs' if program.startswith('demo_') else directory
                words = [f'{key}={value}' for key, value in variables.items()] + [str(place / program)]
                words += [f"'{argument}'" if ' ' in argument else argument for argument in arguments]
                suite.write(f'{len(names)}|{user}|{" ".join(words)}\n')
    return names


def run(board, mode, options, tasks, programs):
    """Yield the name, the output and the result of each task."""
    with tempfile.TemporaryDirectory() as directory:
        suite = pathlib.Path(directory) / 'suite'
        names = write_suite(suite, tasks, programs)
        paths = [f'--library-path=/usr/lib/{TARGETS[architecture]}' for architecture in programs]
        done = subprocess.run([HERE / 'run.sh', board, '--mode', mode, *options, *paths, '--suite', suite],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode(errors='replace')
    parts = dict(re.findall(r'^# begin (\d+)\n(.*?^# end \1: [^\n]*)', output, re.M | re.S))
    for number, name in enumerate(names, 1):
        text = parts.get(str(number))
        yield name, text or output[-3000:], re.search(r'^# end \d+: (\w+)', text, re.M).group(1) if text else 'lost'
    complaint = output.find('the kernel complains\n')
    if complaint >= 0:
        yield 'the kernel', output[complaint:], 'with a complaint'


def judge(suite, name, text, end):
    """Add the results of one program to a suite. A bad exit status, or no result at all, adds a failure."""
    results = re.findall(r'^(ok|not ok) \d+ -? ?(.*)$', text, re.M)
    # cmocka reports skipped tests as passed, so the suite prints a separate line for each.
    reasons = set(re.findall(r'^# skipped (\S+): ', text, re.M))
    for verdict, test in results:
        case = ET.SubElement(suite, 'testcase', name=test.split(' # SKIP')[0])
        if ' # SKIP' in test or (verdict == 'ok' and test in reasons):
            ET.SubElement(case, 'skipped')
        elif verdict != 'ok':
            ET.SubElement(case, 'failure')
    if end not in ('ok', 'skipped') or not results:
        ET.SubElement(ET.SubElement(suite, 'testcase', name=f'{name} ended: {end}'), 'failure')
    ET.SubElement(suite, 'system-out').text = text
    failed = len(suite.findall('testcase/failure'))
    skipped = len(suite.findall('testcase/skipped'))
    return len(suite.findall('testcase')) - failed - skipped, failed, skipped


def run_board(board, wanted, reports, results):
    """Run the scenarios of a board. results counts the programs that passed and all, by mode and architecture."""
    programs = {architecture: build(architecture) for architecture in BOARDS[board]}
    trees, failures = {}, 0
    for mode, about, options, tasks in scenarios(board):
        if wanted not in f'{mode}: {about}':
            continue
        tree = trees.setdefault(mode, ET.Element('testsuites'))
        begin = time.monotonic()
        print(f'{board}, {mode}: {about}', flush=True)
        chosen = dict(list(programs.items())[:1]) if about.startswith(NATIVE) else programs
        for name, text, end in run(board, mode, options, tasks, chosen):
            suite = ET.SubElement(tree, 'testsuite', name=f'{about}: {name}')
            passed, failed, skipped = judge(suite, name, text, end)
            print(f'  {name}: {passed} passed, {failed} failed, {skipped} skipped', flush=True)
            if failed:
                print(re.sub(r'^', '    ', text, flags=re.M), flush=True)
            failures += failed
            count = results.setdefault((board, mode), {}).setdefault(name.split(',')[0], [0, 0])
            count[0] += not failed
            count[1] += 1
        print(f'  {time.monotonic() - begin:.1f} s', flush=True)
    for mode, tree in trees.items():
        ET.ElementTree(tree).write(reports / f'{board} {mode}.xml')
    return failures


def table(results):
    """Return the table of docs/testing.md: the programs that passed on each board, in each mode, 64 and 32 bits."""
    lines = ['| board | kernel | mode | 64-bit programs | 32-bit programs |', '|---|---|---|---|---|']
    for (board, mode), counts in results.items():
        cells = ['{} of {} passed'.format(*counts[bits]) if bits in counts else '–' for bits in TARGETS]
        lines.append(f'| `{board}` | {KERNELS[board]} | `{mode}` | {" | ".join(cells)} |')
    return '\n'.join(lines) + '\n'


def check_table(results, reports):
    """Compare the table of this run with the one in docs/testing.md. Return the number of failures."""
    text = table(results)
    (reports / 'guests.md').write_text(text, encoding='utf-8')
    suite = ET.Element('testsuite', name='guests')
    case = ET.SubElement(suite, 'testcase', name='the table of docs/testing.md')
    good = TABLE + text in (ROOT / 'docs/testing.md').read_text(encoding='utf-8')
    if not good:
        ET.SubElement(case, 'failure')
        ET.SubElement(suite, 'system-out').text = f'docs/testing.md does not contain the table of this run:\n{text}'
        print(f'docs/testing.md does not contain the table of this run:\n{text}', flush=True)
    ET.ElementTree(suite).write(reports / 'guests.xml')
    return not good


def main():
    reports = pathlib.Path(sys.argv[1])
    wanted = sys.argv[3] if len(sys.argv) > 3 else ''
    results = {}
    boards = sys.argv[2:3] or [board for board in BOARDS if board != DEBUG]
    failures = sum(run_board(board, wanted, reports, results) for board in boards)
    if len(sys.argv) == 2:
        failures += check_table(results, reports)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
