#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the library's tests on the guests' real kernels, and write reports for scripts/count-tests.py.

usage: tests.py DIRECTORY [BOARD [TEXT]]

DIRECTORY: for the reports. TEXT: run only scenarios with this text in their name, such as "mainline: all".
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGETS = {'arm64': 'aarch64-linux-gnu', 'armhf': 'arm-linux-gnueabihf'}
BOARDS = {'virt64': ['arm64', 'armhf'], 'sabrelite': ['armhf']}
HEAPS = '/dev/dma_heap/'
SOAK_SECONDS = os.environ.get('SOAK_SECONDS', '60')
# For programs in modes in which no address is known.
WITHOUT_ADDRESS = {'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'}
# The devices and libraries of these scenarios support only programs of the kernel's own architecture.
NATIVE = 'native: '


def task(program, *arguments, user='root', **variables):
    return program, arguments, user, variables


def conformance(name, **variables):
    # The second part forks, so it runs alone. The suite reads the guest's physical memory through /dev/mem.
    return [task('conformance', name, *part, CMOCKA_MESSAGE_OUTPUT='TAP', CONFORMANCE_DEVICE='/dev/mem', **variables)
            for part in ([], ['passing'])]


def everything(source, node, kind, host):
    """Return the tasks for a guest that has a contiguous heap, with physical addresses for root."""
    return [
        task('choice', HEAPS + node, kind),
        task('choice', 'none', HEAPS + node, 'mode 0600', 'udev rule', user='1000'),
        task('addresses', source),
        task('nodes', node),
        task('importers'),
        task('passing'),
        *conformance('dma-heap'),
        *conformance('dma-heap:system', CONFORMANCE_ADDRESS='optional'),
        *(one for name in host for one in conformance(name)),
        task('lifetime'),
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
    target = TARGETS[BOARDS[board][0]]
    directory = ROOT / f'build-vm-{BOARDS[board][0]}/programs'
    for variant, layout in ('pxp', 'old'), ('old', 'old'), ('wide', 'wide'):
        yield ('nxp', f'{NATIVE}libhantro, libg2d {variant}',
               ['--heap-node', 'linux,cma', f'--library={directory}/g2d-{variant}/libg2d.so.2',
                f'--library={directory}/libhantro.so.1', f'--library=/usr/{target}/lib/libm.so.6'],
               [task('demo_standins', layout), *conformance('g2d'), *conformance('dwl')])


def scenarios(board):
    """Yield mode, name, options of the runner and tasks."""
    hugepages = ['--kernel-args', 'hugepages=24'] if board == 'virt64' else []
    host = ['host', 'host:memfd'] + (['host:udmabuf', 'host:hugetlb'] if hugepages else [])
    witness = [task('witness')] if board == 'virt64' else []
    yield 'mainline', 'all', hugepages, witness + everything('pagemap', 'reserved', 'cached', host)
    yield 'nxp', 'all', [], witness + everything('dmabuf-ioctl', 'reserved-uncached', 'uncached', ['host'])
    yield ('nxp', 'cached heap', ['--env', 'IMXDMABUFFER_ALLOCATOR=dma-heap:reserved'],
           [task('addresses', 'dmabuf-ioctl'), task('importers'), task('passing'),
            *conformance('dma-heap:reserved')])
    yield 'mainline', 'heap linux,cma', ['--heap-node', 'linux,cma'], [task('choice', HEAPS + 'linux,cma', 'cached')]
    yield ('nxp', 'heap linux,cma', ['--heap-node', 'linux,cma'],
           [task('choice', HEAPS + 'linux,cma-uncached', 'uncached'), task('addresses', 'dmabuf-ioctl')])
    yield 'mainline', 'no CMA heap', ['--kernel-args', 'cma=0'], [task('choice', 'none', 'no CMA heap, only', 'system')]
    yield ('mainline', 'a user of the group', ['--access', HEAPS + 'reserved:0660:0:44'],
           [task('choice', HEAPS + 'reserved', 'cached', user='1000:1000,44'),
            task('addresses', 'none', user='1000:1000,44'),
            task('choice', 'none', 'mode 0660', 'add the user to group video', user='1000')])
    yield ('nxp', 'a user of the group', ['--access', HEAPS + 'reserved-uncached:0660:0:44'],
           [task('addresses', 'dmabuf-ioctl', user='1000:1000,44')])
    yield ('pfnmap', 'no address', [], [task('choice', HEAPS + 'reserved', 'cached'), task('addresses', 'none'),
                                        task('passing', 'none'),
                                        task('importers', **WITHOUT_ADDRESS), task('lifetime', **WITHOUT_ADDRESS),
                                        *conformance('dma-heap', CONFORMANCE_ADDRESS='optional')])
    yield ('mainline-6.18', 'no address', [], [task('choice', HEAPS + 'default_cma_region', 'cached'),
                                               task('addresses', 'none'), task('passing', 'none'),
                                               task('importers', **WITHOUT_ADDRESS),
                                               task('lifetime', **WITHOUT_ADDRESS)])
    yield ('nxp-6.18', 'all', [], [task('choice', HEAPS + 'default_cma_region-uncached', 'uncached'),
                                   task('addresses', 'dmabuf-ioctl'), task('importers', CHECK_SCATTERED='1'),
                                   task('passing'), *conformance('dma-heap')])
    if board == 'virt64':
        yield ('nxp', f'{NATIVE}soak', ['--env', 'IMXDMABUFFER_ALLOCATOR=dma-heap:reserved',
                                        '--timeout', str(int(SOAK_SECONDS) + 240)], [task('soak', SOAK_SECONDS)])
    yield 'nxp-6.18', 'PHYS returns 0', ['--kernel-args', 'dma_buf_phys.zero=1'], [task('addresses', 'none')]
    yield from devices(board)
    if board == 'sabrelite':
        yield 'nxp', 'above 2 GiB', ['--memory', '3G'], [task('addresses', 'dmabuf-ioctl', '0x80000000')]
        yield 'mainline', 'above 2 GiB', ['--memory', '3G'], [task('addresses', 'pagemap', '0x80000000')]
        yield 'nxp', '64-bit PHYS', ['--kernel-args', 'dma_buf_phys.wide=1'], [task('addresses', 'dmabuf-ioctl')]


def build(architecture):
    target = TARGETS[architecture]
    directory = ROOT / f'build-vm-{architecture}'
    if not (directory / 'build.ninja').exists():
        subprocess.run(['meson', 'setup', directory, ROOT, '--werror', f'--cross-file={HERE}/cross/{target}.ini',
                        '-Dtests=disabled', '-Dtools=disabled', '-Dguest-tests=true'],
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


def run_board(board, wanted, reports):
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
        print(f'  {time.monotonic() - begin:.1f} s', flush=True)
    for mode, tree in trees.items():
        ET.ElementTree(tree).write(reports / f'{board} {mode}.xml')
    return failures


def main():
    reports = pathlib.Path(sys.argv[1])
    wanted = sys.argv[3] if len(sys.argv) > 3 else ''
    failures = sum(run_board(board, wanted, reports) for board in sys.argv[2:3] or BOARDS)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
