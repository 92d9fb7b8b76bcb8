# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer sim --check-caches"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import tap
from tap import PROGRAM, SOURCE, Skip, contains, equal, expect, fails, for_each, lacks, raw, test

MISTAKES = os.path.abspath(sys.argv[4])

# Strategies "user" and "phys". Cached memory has addresses there.
RUNS = ['imx8mp --check-caches', 'imx8mp --trace-cpu', 'imx6q --check-caches']

# mistake: ({kind: function at the place}, the same with --trace-cpu, if it differs)
FOUND = {
    'write_without_start': ({'session-not-started': 'write_without_start', 'device-read-old': 'device_reads',
                             'cpu-wrote-outside': 'write_without_start'},
                            {'session-not-started': 'write_without_start', 'device-read-old': 'device_reads',
                             'cpu-outside': 'write_without_start'}),
    'read_without_start': ({}, {'cpu-read-old': 'read_without_start'}),
    'read_without_stop': ({'device-read-old': 'read_without_stop'},),
    'read_after_unmap': ({}, {'cpu-outside': 'read_after_unmap'}),
    'unmap_without_stop': ({'session-left-open': 'unmap_without_stop'},),
    'write_beside_device': ({'line-shared': 'write_beside_device'},),
    'write_under_device': ({'device-write-lost': 'write_under_device'},),
    'free_in_use': ({'used-after-free': 'free_in_use'},),
    'free_before_fence': ({'freed-in-use': 'free_before_fence'},),
    'forget_to_free': ({'leaked': 'main'},),
    'sync_only_reads': ({'device-read-old': 'sync_only_reads', 'cpu-write-lost': 'sync_only_reads'},),
    'sync_too_late': ({'cpu-wrote-outside': 'sync_too_late'}, {'cpu-outside': 'sync_too_late'}),
    'sync_by_kernel': ({'session-ineffective': 'sync_by_kernel'},),
    'detach_dirty': ({'cpu-write-lost': 'detach_dirty'},),
    'transfer': ({}, {'cpu-outside': 'transfer'}),
    'mistake_in_child': ({'device-read-old': 'mistake_in_child'},),
    'mistake_after_exec': ({'device-read-old': 'read_without_stop'},),
}
# What looks wrong, and is not.
GOOD = ['overwrite', 'hand_over_ranges', 'use_views', 'use_pool', 'use_threads', 'share_buffer', 'fork_before_handover',
        'move_mapping', 'protect_part']


def check(board, option, *words, env=None, **options):
    """Return the result, and the report. What a program leaves that crashes is removed."""
    with tempfile.TemporaryDirectory() as directory:
        report = pathlib.Path(directory) / 'report'
        result = raw('sim', '--board', board, option, '--report', str(report), '--', *words,
                     env={'TMPDIR': directory, **(env or {})}, **options)
        return result, json.loads(report.read_text()) if report.exists() else None


def places(report, kind='findings'):
    """{kind: functions from the innermost one on}"""
    return {finding['kind']: [frame.get('function') for frame in finding['place']] for finding in report[kind]}


@for_each('{}', [f'{mistake} on {run}' for mistake in FOUND for run in RUNS])
def _(case):
    mistake, _, board, option = case.split()
    expected = FOUND[mistake][-1 if option == '--trace-cpu' else 0]
    result, report = check(board, option, MISTAKES, mistake)
    found = places(report)
    equal(sorted(found), sorted(expected))
    for kind, function in expected.items():
        expect(function in found[kind], f'{kind}: {found[kind]}')
    equal(result.code, 99 if expected else 0)
    result, report = check(board, option, MISTAKES, mistake, 'mended')
    equal((result.code, report['findings']), (0, []))


@for_each('nothing is wrong: {}', [f'{good} on {run}' for good in GOOD for run in RUNS])
def _(case):
    good, _, board, option = case.split()
    result, report = check(board, option, MISTAKES, good)
    equal((result.code, report['findings']), (0, []))
    expect(report['cached_buffers'] > 0, report)


@test('the report of one mistake, as JSON')
def _():
    result, report = check('imx8mp', '--check-caches', MISTAKES, 'write_under_device')
    equal((report['exit_code'], report['remarks'], report['buffers'], report['findings_cut']), (0, [], 1, 0))
    finding, = report['findings']
    equal(finding['buffer'], {'name': 'frame', 'heap': 'linux,cma', 'size': 16384,
                              'address': finding['buffer']['address']})
    # The device writes four pages, one after another.
    equal((finding['lines'], finding['begin'], finding['end'], finding['times'], finding['traced']),
          (256, 0, 16384, 4, False))
    equal(finding['before']['call'], 'the start of a session')
    expect('write_under_device' in [frame['function'] for frame in finding['before']['place']], finding)
    equal({frame['module'] for frame in finding['place']}, {MISTAKES})
    contains(result.err, 'device-write-lost: ', 'buffer  "frame", 16384 bytes of linux,cma', '0 to 16383: 256 lines',
             'before  the start of a session', 'findings: 1, remarks: 0, buffers: 1, cached: 1')
    expect(max(map(len, result.err.splitlines())) < 80, result.err)


@test('source lines, if addr2line is installed')
def _():
    if subprocess.run(['sh', '-c', 'command -v addr2line'], capture_output=True, check=False).returncode != 0:
        raise Skip('addr2line is not installed')
    with tempfile.TemporaryDirectory() as directory:
        program = pathlib.Path(directory) / 'program'
        sources = sorted((SOURCE / 'tests/cli/mistakes').glob('*.c'))
        build = pathlib.Path(PROGRAM).parent.parent
        subprocess.run(['cc', '-g', '-D_GNU_SOURCE', f'-I{SOURCE}/include', f'-I{build}/include', *sources, '-o',
                        program, f'-L{build}/src', '-limxdmabuffer', '-pthread'], check=True)
        _, report = check('imx8mp', '--check-caches', str(program), 'read_without_stop')
    frames = report['findings'][0]['place']
    equal([frame['function'] for frame in frames], ['device_reads', 'read_without_stop', 'main'])
    path = pathlib.Path(frames[0]['file'])
    equal(path.name, 'main.c')
    contains(path.read_text().splitlines()[frames[0]['line'] - 1], 'imxdmabuffer_sim_read(')


@test('one finding for each place, with a count')
def _():
    _, report = check('imx8mp', '--check-caches', PROGRAM, 'bench', '--quick', '--allocator', 'dma-heap')
    repeated = [finding['times'] for finding in report['findings']]
    expect(repeated and max(repeated) > 10 and report['findings_cut'] == 0, repeated)


@test('a needless session is a remark, and no finding')
def _():
    result, report = check('imx8mp', '--check-caches', MISTAKES, 'sync_for_nothing')
    equal((result.code, report['findings'], list(places(report, 'remarks'))), (0, [], ['session-needless']))
    result, report = check('imx8mp', '--check-caches', MISTAKES, 'sync_for_nothing', 'mended')
    equal((result.code, report['findings'], report['remarks']), (0, [], []))


@for_each('closed pages do not change a program: {}', ['transfer', 'pass_pointer', 'use_own_handler',
                                                          'mask_all', 'ignore_fault', 'jump_nowhere'])
def _(name):
    results = [raw('sim', '--board', 'imx8mp', *options, '--', MISTAKES, name).out
               for options in ([], ['--check-caches'], ['--trace-cpu'])]
    equal(results[1:], [results[0]] * 2)
    expect(re.search('good|called', results[0]), results[0])


@test('a program that crashes')
def _():
    result, report = check('imx8mp', '--trace-cpu', MISTAKES, 'crash')
    equal((result.code, report['exit_code'], list(places(report))), (99, 128 + signal.SIGSEGV, ['cpu-read-old']))
    result, report = check('imx8mp', '--check-caches', MISTAKES, 'crash')
    equal((result.code, report['findings']), (128 + signal.SIGSEGV, []))


@for_each('a signal that ends the program is passed on, with {}', ['--check-caches', '--trace-cpu'])
def _(option):
    result, report = check('imx8mp', option, MISTAKES, 'raise_fault')
    # The library's memory is lost with the process.
    equal((result.code, report['exit_code'], report['findings']), (139, 139, []))


@test('mistakes before and after exec()')
def _():
    _, report = check('imx8mp', '--check-caches', MISTAKES, 'mistakes_around_exec')
    equal([finding['kind'] for finding in report['findings']], ['device-read-old'] * 2)


@test('a program with a long path')
def _():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, *['long' * 60] * 12, 'mistakes')
        path.parent.mkdir(parents=True)
        shutil.copy(MISTAKES, path)
        result, report = check('imx8mp', '--check-caches', str(path), 'read_without_stop')
    equal((result.code, list(places(report))), (99, ['device-read-old']))


@test('a program in another directory than its report')
def _():
    with tempfile.TemporaryDirectory() as directory:
        os.mkdir(directory + '/here')
        result = raw('sim', '--board', 'imx8mp', '--check-caches', '--', 'sh', '-c',
                     f'cd /; {MISTAKES} read_without_stop', cwd=directory, env={'TMPDIR': 'here'})
    equal(result.code, 99)


@test('memory that the destructor of a library frees is no leak')
def _():
    code = """
        #include <imxdmabuffer/imxdmabuffer.h>
        static ImxDmaBufferAllocator *allocator;
        void begin(void) { imx_dma_buffer_allocate(allocator = imx_dma_buffer_allocator_new(0), 4096, 0, 0); }
        __attribute__((destructor)) static void end(void) { imx_dma_buffer_allocator_destroy(allocator); }"""
    build = pathlib.Path(PROGRAM).parent.parent
    with tempfile.TemporaryDirectory() as directory:
        flags = [f'-I{SOURCE}/include', f'-I{build}/include', f'-L{build}/src', f'-L{directory}',
                 f'-Wl,-rpath,{directory}']
        for name, text, more in (('libown.so', code, ['-shared', '-fPIC', '-limxdmabuffer']),
                                 ('program', 'void begin(void); int main(void) { begin(); return 0; }',
                                  ['-lown', f'-Wl,-rpath-link,{build}/src'])):
            subprocess.run(['cc', '-x', 'c', '-', '-o', f'{directory}/{name}', *flags, *more], input=text, text=True,
                           check=True)
        result, report = check('imx8mp', '--check-caches', f'{directory}/program')
    equal((result.code, report['findings'], report['buffers']), (0, [], 1))


@test('calls of the library that are not seen')
def _():
    code = ('import ctypes; c = ctypes.CDLL("libimxdmabuffer.so.1"); p = ctypes.c_void_p\n'
            'for name in ("allocator_new", "allocate", "map"): getattr(c, "imx_dma_buffer_" + name).restype = p\n'
            'b = p(c.imx_dma_buffer_allocate(p(c.imx_dma_buffer_allocator_new(None)), p(4096), p(0), None))\n'
            'm = c.imx_dma_buffer_map(b, 3, None); ctypes.memset(m, 1, 4096); c.imx_dma_buffer_unmap(b)\n'
            'c.imx_dma_buffer_deallocate(b)')
    result, report = check('imx8mp', '--trace-cpu', sys.executable, '-c', code)
    equal((result.code, report['findings'], report['untold_maps']), (0, [], 1))
    contains(result.err, 'note: the program called libimxdmabuffer in a way that the simulator does not see')


@for_each('the exit code {} is passed on', [0, 1, 7, 126])
def _(code):
    result, report = check('imx8mp', '--trace-cpu', 'sh', '-c', f'echo out; exit {code}')
    equal((result.code, result.out, report['exit_code']), (code, 'out\n', code))


@test('a signal for the program')
def _():
    # The shell ends with the code of its trap, so the signal has reached it.
    process = subprocess.Popen([PROGRAM, 'sim', '--board', 'imx8mp', '--check-caches', 'sh', '-c',
                                'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done'],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=tap.environment())
    equal(process.stdout.readline(), 'ready\n')
    process.terminate()
    contains(process.communicate()[1], 'findings: 0')
    equal(process.returncode, 5)


@for_each('the programs of this project are right: {}', [
    'alloc 3M --verify', 'alloc 64K --count 4 --verify --allocator pool:dma-heap', 'list'])
def _(words):
    for board in ['imx8mp', 'imx8mp/mainline', 'imx6q', 'imx6q/mainline', 'imx6ull/mainline', 'imx8mp/5.10']:
        result, report = check(board, '--trace-cpu', PROGRAM, *words.split(),
                               env={'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'})
        equal((board, report['findings'], result.code in (0, 1, 3)), (board, [], True))


@test('test-alloc is right on all boards')
def _():
    boards = [line.split()[0] for line in tap.run('sim', '--list-boards').out.splitlines()]
    test_alloc = str(pathlib.Path(PROGRAM).parent.parent / 'test-alloc')
    for board in boards:
        _, report = check(board, '--trace-cpu', test_alloc)
        equal((board, report['findings']), (board, []))


# What the conformance suite does wrong on purpose, by the guarantee that it shows: sessions that are left open (3, 5,
# 48, 59) or stopped without a start (40, 74, 84), the CPU's writes without a session (22, 40, 85, 118). The simulator
# does not see that a child holds memory (120).
MISUSES = {3, 5, 22, 40, 48, 59, 74, 84, 85, 118, 120}
# Reads of a second mapping without a session: 56, 58.
MISUSES_BY_PAGE = MISUSES | {56, 58}


@for_each('mistakes of the conformance suite, with {}', ['--check-caches', '--trace-cpu'])
def _(option):
    if subprocess.run(['sh', '-c', 'command -v addr2line'], capture_output=True, check=False).returncode != 0:
        raise Skip('addr2line is not installed')
    conformance = str(pathlib.Path(PROGRAM).parent.parent / 'tests/conformance/conformance')
    _, report = check('imx8mp', option, conformance, 'dma-heap:/dev/dma_heap/linux,cma')
    found = set()
    for finding in report['findings']:
        frames = finding['place'] + (finding['before']['place'] if 'before' in finding else [])
        found.add(int(next(re.match(r'test_c(\d+)', frame['function'])[1] for frame in frames
                           if frame.get('function', '').startswith('test_c'))))
    equal(found, MISUSES_BY_PAGE if option == '--trace-cpu' else MISUSES)


@test('the default allocator is the cached heap')
def _():
    for options, variables, expected in (([], {}, ('dma-heap', 'no')), (['--check-caches'], {}, ('dma-heap', 'yes')),
                                         (['--check-caches'], {'IMXDMABUFFER_ALLOCATOR': 'ipu'}, ('ipu', 'no'))):
        result = raw('sim', '--board', 'imx6q', *options, '--', PROGRAM, 'alloc', '4096', '--json', env=variables)
        found = json.loads(result.out)
        equal((found['allocator'], found['buffers'][0]['cached']), expected)


@test('uncached memory hides mistakes')
def _():
    result, report = check('imx8mp', '--check-caches', MISTAKES, 'read_without_stop',
                           env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/linux,cma-uncached'})
    equal((result.code, report['findings'], report['cached_buffers']), (0, [], 0))
    contains(result.err, 'note: all memory was uncached')
    lacks(check('imx8mp', '--check-caches', MISTAKES, 'overwrite')[0].err, 'note: ')


@test('the report cannot be written')
def _():
    result = raw('sim', '--board', 'imx8mp', '--report', '/nonexistent/report', '--', 'true')
    equal(result.code, 1)
    contains(result.err, '/nonexistent/report')
    fails(1, 'sim', '--board', 'imx8mp', '--check-caches', 'true', env={'TMPDIR': '/nonexistent'},
          message='no file for the report')


@test('nothing is left behind')
def _():
    with tempfile.TemporaryDirectory() as directory:
        raw('sim', '--board', 'imx8mp', '--trace-cpu', '--', MISTAKES, 'crash', env={'TMPDIR': directory})
        equal([name for name in os.listdir(directory) if 'sim-' in name and 'dmabuffer' in name
               and os.path.isfile(os.path.join(directory, name))], [])


tap.main()
