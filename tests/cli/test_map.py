# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer map"""
import pathlib
import random
import resource
import xml.etree.ElementTree as ET

import tap
from tap import contains, equal, expect, fails, for_each, lacks, run, test
from tree import PAGE, area, tree

MIB = 1 << 20
BASE = 0x58000000
SVG = '{http://www.w3.org/2000/svg}'


def show(place, *arguments, **options):
    return run('map', '--root', str(place.root), *arguments, **options)


def pages(size, *used):
    """Return the pages of an area. used: (offset, length) in bytes."""
    result = [False] * (size // PAGE)
    for offset, length in used:
        for page in range(offset // PAGE, min((offset + length) // PAGE, len(result))):
            result[page] = True
    return result


def kernel_fit(used, base, size, alignment=None):
    """Return how many buffers fit, as cma_alloc() of Linux 6.1 searches."""
    used = bytearray(used)
    count = -(-size // PAGE)
    order = 0
    while PAGE << order < size and order < 8:
        order += 1
    step = alignment // PAGE if alignment else 1 << order
    found = 0
    while True:
        first = -(base // PAGE) % step
        start = next((page for page in range(first, len(used) - count + 1, step)
                      if used.find(1, page, page + count) < 0), None)
        if start is None:
            return found
        used[start:start + count] = b'\1' * count
        found += 1


@test('free memory, runs, the largest one')
def _():
    with tree() as place:
        area(place, 'linux,cma', BASE, pages(64 * MIB, (0, 3 * MIB), (20 * MIB, 4 * MIB), (60 * MIB, PAGE)))
        document = show(place, '--json').json
    equal(document['areas'], [{
        'name': 'linux,cma', 'size': 64 * MIB, 'base': BASE, 'free': 57 * MIB - PAGE, 'free_runs': 3,
        'largest_run': 36 * MIB, 'largest_run_base': BASE + 24 * MIB, 'allocated_pages': None, 'failed_pages': None}])


@test('the picture')
def _():
    with tree() as place:
        area(place, 'linux,cma', BASE, pages(64 * MIB, (0, 2 * MIB), (MIB * 8, PAGE), (60 * MIB, 4 * MIB)))
        lines = show(place).out.splitlines()
    equal(lines[0], 'linux,cma: 64.0 MiB, 58.0 MiB free in 2 runs, the largest 52.0 MiB at')
    rows = [line.split() for line in lines if line.strip().startswith('0x') and len(line) > 30]
    equal([row[0] for row in rows], [f'{BASE + row * 4 * MIB:#x}' for row in range(16)])
    picture = [row[1] for row in rows]
    equal(picture[0], '#' * 32 + '.' * 32)
    equal(picture[2], '+' + '=' * 63)
    equal((picture[3:15], picture[15]), (['=' * 64] * 12, '#' * 64))
    contains('\n'.join(lines), '# used, + used in part, . free, = free and in the largest run', 'one sign: 64.0 KiB')
    expect(max(map(len, lines)) < 80, lines)


@for_each('an area of {} pages', [1, 31, 32, 33, 1000, 4096, 100003])
def _(count):
    with tree() as place:
        area(place, 'a', BASE, [False] * count)
        document, text = show(place, '--json').json['areas'][0], show(place).out
        equal((document['free'], document['free_runs'], document['largest_run']), (count * PAGE, 1, count * PAGE))
        area(place, 'a', BASE, [True] * count)
        document = show(place, '--json').json['areas'][0]
        equal((document['free'], document['free_runs'], document['largest_run']), (0, 0, 0))
    rows = [line for line in text.splitlines() if line.strip().startswith('0x')]
    expect(1 <= len(rows) <= 16, text)


@for_each('random area {}: the forecast is that of the kernel', range(6))
def _(seed):
    generator = random.Random(seed)
    used = pages(16 * MIB, *[(generator.randrange(16 * 256) * PAGE, generator.randrange(1, 300) * PAGE)
                             for _ in range(generator.randrange(1, 14))])
    base = BASE + generator.choice([0, MIB // 2, 3 * PAGE])
    with tree() as place:
        area(place, 'a', base, used)
        for size in 5 * PAGE, MIB // 2, 3 * MIB // 2 + 1:
            for alignment in None, PAGE, 64 * PAGE:
                options = ['--alignment', str(alignment)] if alignment else []
                found = show(place, '--json', str(size), *options).json['areas'][0]['fits']
                equal((size, alignment, found), (size, alignment, kernel_fit(used, base, size, alignment)))


@test('bits that stand for several pages')
def _():
    with tree() as place:
        area(place, 'a', BASE, [True, False, False, False], order=2)
        document = show(place, '--json', '8K').json['areas'][0]
    equal((document['size'], document['free'], document['fits']), (16 * PAGE, 12 * PAGE, 3))


@test('the forecast as text')
def _():
    with tree() as place:
        area(place, 'a', BASE, pages(16 * MIB, (3 * MIB, MIB), (11 * MIB, MIB)))
        contains(show(place, '3M').out, '  a buffer of 3.00 MiB fits 4 times, the next one fails\n')
        contains(show(place, '7M').out, '  a buffer of 7.00 MiB fits 1 time, the next one fails\n')
        contains(show(place, '8M').out, '  a buffer of 8.00 MiB does not fit: the free memory is fragmented\n')
        contains(show(place, '1G').out, '  a buffer of 1.00 GiB does not fit\n')
        contains(show(place, '4M', '--alignment', '256M').out,
                 '  a buffer of 4.00 MiB does not fit: no free run has a place with its alignment\n')
        contains(show(place, '1920x1080:nv12').out, 'a buffer of 2.97 MiB fits 4 times')


@test('counters of sysfs, and the old names of debugfs')
def _():
    with tree() as place:
        area(place, 'cma-reserved', BASE, [False] * 256)
        area(place, 'other', BASE + MIB, [False] * 256)
        place.write('/sys/kernel/mm/cma/reserved/alloc_pages_success', '4711\n')
        place.write('/sys/kernel/mm/cma/reserved/alloc_pages_fail', '12\n')
        areas = show(place, '--json').json['areas']
        equal([(one['name'], one['allocated_pages'], one['failed_pages']) for one in areas],
              [('other', None, None), ('reserved', 4711, 12)])
        contains(show(place).out, '  since boot: 4711 pages allocated, 12 not available when asked for\n')


@test('old names of debugfs are cut')
def _():
    with tree() as place:
        area(place, 'cma-default_cma', BASE, [False] * 256)
        place.write('/sys/kernel/mm/cma/default_cma_region/alloc_pages_success', '1\n')
        place.write('/sys/kernel/mm/cma/default_cma_region/alloc_pages_fail', '2\n')
        areas = show(place, '--json').json['areas']
        equal([(one['name'], one['size'], one['failed_pages']) for one in areas], [('default_cma_region', MIB, 2)])


def without_debugfs(place):
    place.write('/proc/meminfo', 'MemTotal: 1024 kB\nCmaTotal:          65536 kB\nCmaFree:           40960 kB\n')
    place.write('/sys/kernel/mm/cma/reserved/alloc_pages_success', '3\n')
    place.write('/sys/kernel/mm/cma/reserved/alloc_pages_fail', '1\n')


@test('without debugfs, sizes and counters are printed')
def _():
    with tree() as place:
        without_debugfs(place)
        result = show(place)
        equal(result.out, 'CMA: 64.0 MiB, 40.0 MiB free\nreserved\n'
                          '  since boot: 3 pages allocated, 1 not available when asked for\n')
        contains(result.err, 'note: no picture: /sys/kernel/debug/cma: No such file or directory; root',
                 'CONFIG_CMA_DEBUGFS')
        document = show(place, '--json').json
        equal((document['total'], document['free'], document['areas'][0]['free']), (64 * MIB, 40 * MIB, None))
        for arguments in ['8M'], ['--svg', str(place.root / 'x.svg')]:
            fails(1, 'map', '--root', str(place.root), *arguments, message='the free runs are unknown')
        expect(not (place.root / 'x.svg').exists(), 'no picture')
        # Linux 6.14 has the size in sysfs.
        place.write('/sys/kernel/mm/cma/reserved/total_pages', '16384\n')
        contains(show(place).out, '\nreserved: 64.0 MiB\n')


@for_each('a damaged bitmap is no bitmap: {}', ['', '1 2', 'x', '0 0 0 0 0 0 0 y'])
def _(text):
    with tree() as place:
        area(place, 'a', BASE, [False] * 256)
        place.write('/sys/kernel/debug/cma/a/bitmap', text)
        equal(show(place, '--json').json['areas'][0]['free'], None)


@test('an area of several ranges has no picture')
def _():
    with tree() as place:
        area(place, 'a', BASE, [False] * 256)
        place.write('/sys/kernel/debug/cma/a/ranges/1/base_pfn', '4711\n')
        found = show(place, '--json').json['areas'][0]
        equal((found['free'], found['size']), (None, MIB))
        contains(show(place).err, 'an area has several ranges')


@for_each('numbers that no machine has: {}', ['count', 'base_pfn', 'order_per_bit'])
def _(name):
    with tree() as place:
        for number in (1 << 64) - 1, (1 << 63) + 1, 1 << 63, 1 << 52, 64:
            area(place, 'a', BASE, [False] * 256)
            place.write(f'/sys/kernel/debug/cma/a/{name}', f'{number}\n')
            equal(show(place, '--json').json['areas'][0]['free'],
                  {'base_pfn': MIB, 'count': 64 * PAGE}.get(name) if number == 64 else None)


@test('areas are in the order of their names')
def _():
    with tree() as place:
        for name in 'zeta', 'alpha', 'mid':
            area(place, name, BASE, [False] * 256)
        equal([one['name'] for one in show(place, '--json').json['areas']], ['alpha', 'mid', 'zeta'])


@test('of two runs of one length, the first one is the largest')
def _():
    with tree() as place:
        area(place, 'a', BASE, pages(MIB, (256 * 1024, 512 * 1024)))
        found = show(place, '--json').json['areas'][0]
        equal((found['largest_run'], found['largest_run_base']), (256 * 1024, BASE))


@test('no CMA')
def _():
    with tree() as place:
        place.write('/proc/meminfo', 'MemTotal: 1024 kB\n')
        fails(1, 'map', '--root', str(place.root), message='no CMA area')


@test('the SVG picture: labels, units, areas, and all inside')
def _():
    with tree() as place:
        area(place, 'linux,cma', BASE, pages(64 * MIB, (0, 3 * MIB), (20 * MIB, 4 * MIB)))
        area(place, 'a<&"\x1b', 0x1_0000_0000, pages(1 * MIB, (0, 64 * PAGE)))
        path = place.root / 'map.svg'
        show(place, '--svg', str(path))
        root = ET.parse(path).getroot()
    width, height = float(root.get('width')), float(root.get('height'))
    labels = [element.text for element in root.iter(SVG + 'text')]
    for wanted in ('linux,cma', 'a<&"?', 'used', 'free, in the largest run', 'one cell: 32.0 KiB', '0x58000000',
                   '64.0 MiB, 57.0 MiB free in 2 runs, the largest 40.0 MiB at 0x59800000'):
        expect(wanted in labels, (wanted, labels))
    for element in root.iter(SVG + 'rect'):
        expect(float(element.get('x', 0)) + float(element.get('width')) <= width, element.attrib)
        expect(float(element.get('y', 0)) + float(element.get('height')) <= height, element.attrib)
    tips = [element.text for element in root.iter(SVG + 'title')]
    expect('2.00 MiB from 0x58000000' in tips, tips)


@test('a file that cannot be written')
def _():
    with tree() as place:
        area(place, 'a', BASE, [False] * 256)
        for path in '/nonexistent/x.svg', '/dev/full', str(place.root):
            result = run('map', '--root', str(place.root), '--svg', path, code=1)
            contains(result.out, 'a: 1.00 MiB, 1.00 MiB free in 1 run')
            contains(result.err, path)
        equal(sorted(path.name for path in pathlib.Path(place.root).iterdir()), ['sys'])


@for_each('a terminal of {} columns', [20, 40, 80])
def _(columns):
    with tree() as place:
        area(place, 'linux,cma', BASE, pages(64 * MIB, (0, 3 * MIB)))
        text = tap.on_terminal(columns, 'map', '--root', str(place.root))
    rows = [line for line in text.splitlines() if line.strip().startswith('0x5') and line.count(' ') > 1]
    expect(rows and max(map(len, rows)) < columns, text)


@test('a link stays, and so does the mode')
def _():
    with tree() as place:
        area(place, 'a', BASE, [False] * 256)
        target, link = place.root / 'target.svg', place.root / 'link.svg'
        target.write_text('old')
        target.chmod(0o600)
        link.symlink_to(target)
        show(place, '--svg', str(link))
        expect(link.is_symlink() and '<svg' in target.read_text(), 'the target was replaced')
        equal(target.stat().st_mode & 0o777, 0o600)


@test('a failed write leaves the old picture')
def _():
    with tree() as place:
        area(place, 'a', BASE, [False] * 256)
        path = place.root / 'x.svg'
        path.write_text('old')
        result = run('map', '--root', str(place.root), '--svg', str(path), code=1,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256)))
        contains(result.err, 'x.svg cannot be written: File too large')
        equal(path.read_text(), 'old')
        lacks(' '.join(one.name for one in place.root.iterdir()), 'x.svg.')


@for_each('wrong usage: {}', [
    ['x'], ['0'], ['1M', '2M'], ['--alignment', '3', '1M'], ['--alignment', '0', '1M'], ['--alignment', 'x', '1M']])
def _(arguments):
    fails(2, 'map', *arguments, message='imxdmabuffer: map: ')


tap.main()
