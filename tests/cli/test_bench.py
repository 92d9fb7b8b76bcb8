# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer bench: the structure of its output. No test depends on a duration."""
import fcntl
import functools
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import tempfile
import termios
import threading
import xml.etree.ElementTree as xml

import tap
from tap import PROGRAM, check_error, contains, environment, equal, expect, fails, for_each, lacks, raw, run, test

HEAPS = ['dma-heap:/dev/dma_heap/linux,cma', 'dma-heap:/dev/dma_heap/linux,cma-uncached']
MACHINE = 'heap linux,cma-uncached; heap linux,cma; phys native'
TIMES = ['allocate', 'map', 'first-touch', 'unmap', 'free', 'map-again', 'session', 'sync-all-to-device',
         'sync-all-from-device', 'sync-range-to-device', 'sync-range-from-device', 'pool', 'frame-new', 'frame-pool',
         'frame-mapped']
SPEEDS = ['write', 'read', 'copy']
SIZES = [4 << 10, 64 << 10, 1 << 20, 4 << 20]
# Fewer sizes take less time.
SMALL = 'heap linux,cma-uncached limit={0}; heap linux,cma limit={0}; phys native'
SMALLEST = SMALL.format('4K')
UNCACHED = ['--quick', '--allocator', HEAPS[1]]
MEMFD = ['--quick', '--allocator', 'host:memfd']


@functools.cache
def whole_machine():
    """Return the document and the picture of all allocators of a machine with two heaps."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, 'bench.svg')
        document = run('bench', '--quick', '--json', '--svg', path, sim=MACHINE).json
        return document, xml.parse(path).getroot()


def select(document, **members):
    return [point for point in document['points'] if members.items() <= point.items()]


def entries(document):
    return {(entry['name'], entry['sync']): entry for entry in document['allocators']}


@test('all usable allocators are measured: each heap by its path, and host')
def _():
    document, _ = whole_machine()
    equal(document['schema'], 1)
    equal([entry['name'] for entry in document['allocators']], [*HEAPS, 'host'])
    equal(document['unusable'], 'ion dwl ipu g2d pxp')
    equal([entries(document)[name, None]['cached'] for name in HEAPS], [True, False])
    equal([entries(document)[name, None]['coherency'] for name in HEAPS], ['phys', 'uncached'])
    equal([entries(document)[name, None]['with_physical_address'] for name in HEAPS], [True, True])


@test('each allocator has points of each operation, sizes ascending')
def _():
    document, _ = whole_machine()
    for name in [*HEAPS, 'host']:
        for operation in TIMES + SPEEDS:
            points = select(document, allocator=name, operation=operation)
            equal((name, operation, [point['size'] for point in points]), (name, operation, SIZES))
    equal(len(document['points']), 3 * len(TIMES + SPEEDS) * len(SIZES))


@test('each point has a unit, and a median between the percentiles')
def _():
    document, _ = whole_machine()
    for point in document['points']:
        equal(set(point), {'allocator', 'sync', 'size', 'operation', 'unit', 'median', 'p5', 'p95', 'repetitions'})
        equal(point['unit'], 'MiB/s' if point['operation'] in SPEEDS else 'ns')
        expect(0 <= point['p5'] <= point['median'] <= point['p95'], point)
        expect(1 <= point['repetitions'] <= 1000, point)


@test('the control loop decides what is noisy')
def _():
    document, _ = whole_machine()
    control = document['control']
    # One more than the points between which it runs: the five times of a buffer's life are measured together.
    equal(control['repetitions'], 1 + 3 * len(SIZES) * (len(TIMES + SPEEDS) - 4))
    # The document has rounded values.
    if abs(control['p95'] - 1.5 * control['median']) > 1:
        equal(document['noisy'], control['p95'] > 1.5 * control['median'])


@test('secure heaps are left out, the system heap is measured without an address')
def _():
    document = run('bench', '--quick', '--json',
                   sim='heap secure; heap protected,a; heap system scattered limit=64K').json
    names = [entry['name'] for entry in document['allocators']]
    equal(names, ['dma-heap:/dev/dma_heap/system', 'host'])
    equal(document['allocators'][0]['with_physical_address'], False)
    text = run('bench', '--quick', '--allocator', names[0], sim='heap system scattered limit=4K').out
    contains(text, 'allocated without looking for the physical')


@test('where the process can maintain caches, both ways are measured')
def _():
    document = run('bench', '--quick', '--json', '--allocator', HEAPS[0], '--allocator', HEAPS[1],
                   sim=SMALL.format('64K') + '; cpu arm64').json
    equal(list(entries(document)), [(HEAPS[0], 'user'), (HEAPS[0], 'kernel'), (HEAPS[1], None)])
    equal([entry['coherency'] for entry in document['allocators']], ['user', 'phys', 'uncached'])
    for sync in ('user', 'kernel'):
        equal(len(select(document, allocator=HEAPS[0], sync=sync)), len(TIMES + SPEEDS) * 2)


@test('allocators beyond the most are an error before anything is measured')
def _():
    fails(1, 'bench', '--quick', *(['--allocator', HEAPS[0]] * 9), sim=MACHINE + '; cpu arm64',
          message='more than 16 allocators')


@test('--allocator chooses, in its order')
def _():
    document = run('bench', '--json', *UNCACHED, '--allocator', HEAPS[0], sim=SMALLEST).json
    equal([entry['name'] for entry in document['allocators']], [HEAPS[1], HEAPS[0]])
    equal({point['allocator'] for point in document['points']}, set(HEAPS))
    equal(document['unusable'], None)


@test('a machine without devices measures host')
def _():
    text = run('bench', '--quick', sim='').out
    equal(re.findall(r'^allocator: (.*)', text, re.M), ['host'])
    contains(text, 'Not usable: dma-heap ion dwl ipu g2d pxp; ')


@test('the text has tables of operations and sizes, below 80 columns, and no progress without a terminal')
def _():
    result = run('bench', *MEMFD, '--allocator', HEAPS[1], sim=MACHINE)
    equal(result.err, '')
    expect(max(map(len, result.out.splitlines())) < 80, result.out)
    equal(re.findall(r'^allocator: (.*)', result.out, re.M), ['host:memfd', HEAPS[1]])
    tables = re.findall(r'^ +4K +64K +1M +4M\n((?:.+\n)+)', result.out, re.M)
    equal(len(tables), 2)
    for table in tables:
        rows = table.splitlines()
        equal(len(rows), len(TIMES + SPEEDS))
        for row in rows[:len(TIMES)]:
            expect(re.search(r'\w(?: +[0-9.]{1,4}[num]?s){4}$', row), row)
        for row in rows[len(TIMES):]:
            expect(re.search(r', MiB/s(?: +\d+){4}$', row), row)


def box(element):
    """Return the rectangle of a text, with letters a little wider than they are, or the points of a shape."""
    get = lambda name: float(element.get(name, 0))  # noqa: E731
    kind = element.tag.split('}')[1]
    if kind == 'polyline':
        return [tuple(map(float, pair.split(','))) for pair in element.get('points').split()]
    if kind == 'line':
        return [(get('x1'), get('y1')), (get('x2'), get('y2'))]
    if kind == 'circle':
        return [(get('cx') - get('r'), get('cy') - get('r')), (get('cx') + get('r'), get('cy') + get('r'))]
    if kind == 'rect':
        return [(get('x'), get('y')), (get('x') + get('width'), get('y') + get('height'))]
    if kind != 'text':
        return []
    size, length = get('font-size'), 0.65 * get('font-size') * len(element.text)
    if element.get('transform'):
        x, y = map(float, re.match(r'translate\((\S+) (\S+)\)', element.get('transform')).groups())
        return [(x - size, y - length / 2), (x, y + length / 2)]
    left = get('x') - {'start': 0, 'middle': length / 2, 'end': length}[element.get('text-anchor')]
    return [(left, get('y') - size), (left + length, get('y'))]


def curves(picture):
    """Return colour and dashes of each curve; lines of the legend have two points."""
    lines = [element for element in picture.iter() if element.tag.endswith('polyline')]
    return [(line.get('stroke'), line.get('stroke-dasharray')) for line in lines if len(box(line)) == len(SIZES)]


def texts(picture):
    return [element.text for element in picture.iter() if element.tag.endswith('text')]


@test('the picture has a curve for each allocator and way, with different dashes')
def _():
    _, picture = whole_machine()
    found = curves(picture)
    equal(len(found), 3 * 3)
    equal(len(set(found)), 3 * 3)
    equal((len({colour for colour, _ in found}), len({dashes for _, dashes in found})), (3, 3))


@test('the picture has labelled axes and a legend')
def _():
    _, picture = whole_machine()
    found = texts(picture)
    contains(found, 'size of the buffer', 'time of a frame (median)', '4 KiB', '64 KiB', '1 MiB', '4 MiB', '1 ms',
             'new buffer for each frame', 'buffer from a pool', 'same buffer, mapped again', 'A  linux,cma',
             'B  linux,cma-uncached', 'C  host')
    for letter in 'ABC':
        equal(found.count(letter), 3)


def check_places(picture, alphabet):
    """Check that all is inside of the picture, and that no letters overlap. Return the number of letters."""
    _, _, width, height = map(float, picture.get('viewBox').split())
    boxes = [(element, box(element)) for element in picture.iter()]
    for element, points in boxes:
        for x, y in points:
            expect(0 <= x <= width and 0 <= y <= height, xml.tostring(element))
    letters = [points[0] for element, points in boxes
               if element.tag.endswith('text') and element.text in list(alphabet)]
    for x, y in letters:
        equal(len([other for other in letters if other[0] == x and abs(other[1] - y) < 11]), 1)
    return len(letters)


@test('nothing is outside of the picture, and no letters overlap')
def _():
    equal(check_places(whole_machine()[1], 'ABC'), 9)


@test('the most allocators have room, also if all curves end at the same place')
def _():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, 'bench.svg')
        run('bench', '--quick', '--svg', path, *(['--allocator', HEAPS[1]] * 16), sim=SMALLEST)
        equal(check_places(xml.parse(path).getroot(), 'ABCDEFGHIJKLMNOP'), 48)


@test('a long name is cut in the picture, and whole beside the pointer')
def _():
    with tempfile.TemporaryDirectory() as directory:
        path, name = pathlib.Path(directory, 'bench.svg'), 'reserved-' + 'x' * 20
        run('bench', '--quick', '--svg', path, '--allocator', f'dma-heap:/dev/dma_heap/{name}',
            sim=f'heap {name} limit=4K')
        picture = xml.parse(path).getroot()
        contains(texts(picture), f'A  {name[:20]}...')
        contains([element.text for element in picture.iter()], f'dma-heap:/dev/dma_heap/{name}')


@for_each('--svg {} fails after the table is printed', ['/dev/full', '/nonexistent/bench.svg'])
def _(path):
    result = run('bench', *UNCACHED, '--svg', path, code=1, sim=SMALLEST)
    contains(result.out, f'allocator: {HEAPS[1]}\n', 'frame: new buffer')


@test('a full standard output and a closed pipe')
def _():
    with open('/dev/full', 'wb') as full:
        check_error(raw('bench', *UNCACHED, sim=SMALLEST, stdout=full))
    reader, writer = os.pipe()
    os.close(reader)
    result = raw('bench', *UNCACHED, '--json', sim=SMALLEST, stdout=writer)
    os.close(writer)
    equal(result.code, 1)
    check_error(result)


@test('sizes that a heap cannot give are skipped, with the reason')
def _():
    machine = 'heap linux,cma limit=1M; phys native'
    document = run('bench', '--quick', '--json', '--allocator', HEAPS[0], sim=machine).json
    entry, = document['allocators']
    equal((entry['skipped_from'], entry['failed']), (SIZES[3], False))
    contains(entry['skipped_reason'], 'ENOMEM')
    for operation in TIMES + SPEEDS:
        equal([point['size'] for point in select(document, operation=operation)], SIZES[:3])
    result = run('bench', '--quick', '--allocator', HEAPS[0], sim=machine)
    equal(result.err, '')
    contains(result.out, '  not measured from 4M on: ')
    equal(len(re.findall(r'^\w.*\d\w* +-$', result.out, re.M)), len(TIMES + SPEEDS))


@test('one buffer at a time: a heap of 4 MiB gives 4 MiB')
def _():
    document = run('bench', '--quick', '--json', '--allocator', HEAPS[0], sim='heap linux,cma limit=4M').json
    equal(document['allocators'][0]['skipped_from'], None)


@test('an allocator that gives no size is a failure, the others are measured')
def _():
    machine = 'heap linux,cma; phys native; fail heap-alloc 4 ENOMEM 0'
    result = run('bench', '--quick', '--allocator', HEAPS[0], code=1, sim=machine)
    contains(result.out, 'not measured from 4K on')
    lacks(result.out, ' 64K ', 'frame: new buffer')
    contains(result.err, 'ENOMEM')
    result = run('bench', *MEMFD, '--allocator', HEAPS[0], sim=machine)
    contains(result.out, 'not measured from 4K on', 'allocator: host:memfd\n')
    equal(result.out.count('frame: new buffer'), 1)


@test('a failing sync is reported, and ends with exit code 1')
def _():
    machine = SMALLEST + '; fail sync 1 EIO'
    result = run('bench', '--quick', '--allocator', HEAPS[0], '--allocator', HEAPS[1], code=1, sim=machine)
    contains(result.out, 'failed from 4K on: DMA_BUF_IOCTL_SYNC', f'allocator: {HEAPS[1]}\n', 'frame: new buffer')
    contains(result.err, HEAPS[0], 'EIO')
    result = run('bench', '--json', '--quick', '--allocator', HEAPS[0], '--allocator', HEAPS[1], code=1, sim=machine)
    equal([entry['failed'] for entry in result.json['allocators']], [True, False])
    equal({point['allocator'] for point in result.json['points']}, {HEAPS[1]})


@test('a failing map is reported, and ends with exit code 1')
def _():
    result = run('bench', '--quick', '--allocator', HEAPS[0], code=1, sim='heap linux,cma; fail mmap 1 EIO 0')
    contains(result.out, 'failed from 4K on: mapping 4096 bytes')


@for_each('--allocator {} is not usable', ['nonsense', 'dma-heap', 'host:nonsense', 'HOST', HEAPS[0]])
def _(name):
    fails(3, 'bench', *MEMFD, '--allocator', name, sim='')


@for_each('wrong usage: {}', [['4096'], ['--allocator', ''], ['--allocator', 'pool'], ['--allocator', 'pool:host'],
                              ['--svg', ''], ['--svg'], ['--nope'], ['--quick=1'], ['--allocator', 'host'] * 17])
def _(arguments):
    fails(2, 'bench', *arguments, message='bench --help')


def watch(columns):
    """Run with a terminal of this width as standard error. Return what is written to it, and the document."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    written = []

    def read():
        # The terminal's other end is closed: EIO.
        try:
            while data := os.read(master, 4096):
                written.append(data)
        except OSError:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    try:
        done = subprocess.run([PROGRAM, 'bench', '--json', *MEMFD], env=environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=slave, timeout=tap.TIMEOUT, check=True)
    finally:
        os.close(slave)
        reader.join()
        os.close(master)
    return b''.join(written).decode(), json.loads(done.stdout)


@for_each('progress on a terminal of {} columns is one line, cleared at the end', [20, 500])
def _(columns):
    text, document = watch(columns)
    equal(len(document['points']), len(TIMES + SPEEDS) * len(SIZES))
    lines = text.split('\r')
    lacks(text, '\n')
    expect(max(map(len, lines)) < columns, text)
    contains(lines[1], '  0% 4K allocate')
    expect(lines[-2].strip() == '' and lines[-2] != '' and lines[-1] == '', lines[-2:])
    # Each line covers the one before it.
    equal(len({len(line) for line in lines if line}), 1)


tap.main()
