# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer check: a simulated device bears witness about simulated caches."""
import glob
import os
import sys

import tap
from tap import Skip, contains, equal, expect, fails, for_each, run, test

GIVEN = dict(argument.split('=', 1) for argument in sys.argv[4:])
M2M = GIVEN.pop('m2m')

G2D = 'g2d on'
COHERENT = f'heap linux,cma; phys native; {G2D}'
UNCACHED = f'heap linux,cma-uncached; phys native; {G2D}'
# The address is known, but no call maintains caches for devices that use it.
IMPORTER = f'heap linux,cma; phys absent; pagemap privileged; {G2D}'


def libraries(name):
    return {'LD_LIBRARY_PATH': ':'.join([GIVEN[name] if name else '', os.environ.get('LD_LIBRARY_PATH', '')])}


def check(sim, *options, library='g2d-wide', code=0, env=None, **more):
    return run('check', *options, sim=sim, code=code, env=libraries(library) | (env or {}), **more)


def check_json(sim, **more):
    return check(sim, '--json', **more).json


def with_m2m(words, sim='heap linux,cma; phys absent', **more):
    return check_json(sim, library=None, preload=[M2M], env={'M2M': words}, **more)


def wrong(document, coherency):
    """The trials of a strategy that are no controls: [(session, lines that are stale or lost)]."""
    strategy = next(entry for entry in document['strategies'] if entry['coherency'] == coherency)
    return [(trial['session'], (trial['stale'] or 0) + (trial['lost'] or 0)) for trial in strategy['trials']
            if not trial['control']]


def controls(document):
    return [(trial['stale'], trial['lost']) for trial in document['strategies'][0]['trials'] if trial['control']]


@for_each('cached memory with DMA_BUF_IOCTL_PHYS is coherent, says {}', [
    'g2d-wide', 'g2d-wide-silent', 'g2d-old', 'g2d-old-1', 'g2d-generous'])
def _(library):
    document = check_json(COHERENT, library=library)
    equal((document['verdict'], document['stale'], document['lost'], document['failed']), ('coherent', 0, 0, 0))
    equal([entry['coherency'] for entry in document['strategies']], ['phys'])
    equal({count for _, count in wrong(document, 'phys')}, {0})
    # Without sessions everything goes wrong: the device and the counts are not blind.
    equal(controls(document), [(2048, None), (None, 2048)])
    expect(document['faults_would_show'], document)


@test('libg2d of the PxP bears witness too')
def _():
    sim = 'heap linux,cma-uncached; heap linux,cma; phys native; pxp 3'
    equal(check_json(sim, library='g2d-pxp')['device']['witness'], 'libg2d')
    contains(check(sim, '--allocator', 'dma-heap:/dev/dma_heap/linux,cma', library='g2d-pxp').out, '\ncoherent: ')


@test('all kinds of sessions are tried, and all lines of the buffer')
def _():
    trials = check_json(COHERENT)['strategies'][0]['trials']
    equal([trial['session'] for trial in trials if trial['direction'] == 'device writes'],
          ['map read', 'map read-write', 'manual read', 'manual read-write', 'range, unaligned', 'none (control)'])
    equal([trial['session'] for trial in trials if trial['direction'] == 'device reads'],
          ['map write', 'map read-write', 'map overwrite', 'manual read-write', 'range, unaligned', 'map write, parts',
           'none (control)'])
    # Half of the buffer, from inside of a line to inside of a line.
    equal({trial['lines'] for trial in trials}, {2048, 1025})


@test('memory that nobody maintains is not coherent')
def _():
    result = check(IMPORTER, '--json', code=4)
    document = result.json
    equal(document['verdict'], 'not coherent')
    expect(document['stale'] > 0 and document['lost'] > 0, result)
    expect(all(count > 0 for _, count in wrong(document, 'importer')), result)
    contains(result.err, f'not coherent: {document["lost"]} lost lines, {document["stale"]} stale lines', 'libg2d.so.2')
    contains(check(IMPORTER, code=4).out, '\nnot coherent: the device did not see ')


@test('each strategy that can be chosen is tried, and one without a promise is no fault')
def _():
    result = check(f'{IMPORTER}; cpu arm64', '--json')
    document = result.json
    equal([(entry['coherency'], entry['default'], entry['serves_device']) for entry in document['strategies']],
          [('user', True, True), ('importer', False, False)])
    equal({count for _, count in wrong(document, 'user')}, {0})
    expect(all(count > 0 for _, count in wrong(document, 'importer')), result)
    equal((document['verdict'], document['lost'], document['stale']), ('coherent', 0, 0))
    contains(check(f'{IMPORTER}; cpu arm64').out, 'note: wrong lines of a strategy')


@test('a strategy that is chosen by the environment is the default')
def _():
    document = check(f'{IMPORTER}; cpu arm64', '--json', code=4, env={'IMXDMABUFFER_SYNC': 'kernel'}).json
    equal([(entry['coherency'], entry['default']) for entry in document['strategies']],
          [('importer', True), ('user', False)])


@test('the kernel and the process are tried on a board that has both')
def _():
    document = check_json(f'{COHERENT}; cpu arm64')
    equal([entry['coherency'] for entry in document['strategies']], ['user', 'phys'])
    equal({count for name in ('user', 'phys') for _, count in wrong(document, name)}, {0})


@test('an attached device keeps memory coherent')
def _():
    document = check_json(f'{IMPORTER}; render etnaviv')
    equal((document['strategies'][0]['coherency'], document['verdict']), ('attachment', 'coherent'))


@test('uncached memory is coherent, also without sessions')
def _():
    document = check_json(UNCACHED)
    equal((document['verdict'], document['strategies'][0]['coherency']), ('coherent', 'uncached'))
    equal(controls(document), [(0, None), (None, 0)])
    expect(document['faults_would_show'], document)
    tap.lacks(check(UNCACHED).out, 'without a session')


@test('the memory of libg2d itself is tried by name')
def _():
    equal(check(COHERENT, '--allocator', 'g2d', '--json').json['strategies'][0]['coherency'], 'uncached')


def no_devices():
    if glob.glob('/dev/video*') or any('0x1234' in open(path, encoding='ascii').read()
                                       for path in glob.glob('/sys/bus/pci/devices/*/vendor')):
        raise Skip('this machine has devices')


@test('without a device the reasons are given')
def _():
    no_devices()
    for options in ((), ('--json',)):
        result = fails(1, 'check', *options, sim=COHERENT, env=libraries(None))
        contains(result.err, 'no device bears witness', 'libg2d.so.2', 'libg2d.so.1', '/dev/video', '1234:11e8', 'root')


@test('a witness that needs an address is not there for memory without one')
def _():
    no_devices()
    result = fails(1, 'check', sim=f'heap linux,cma; phys absent; {G2D}', env=libraries('g2d-wide'))
    contains(result.err, 'libg2d: it uses physical addresses, and that of this memory is unknown')


@test('a chosen witness is the only one')
def _():
    no_devices()
    contains(check(COHERENT, '--witness', 'libg2d').out, 'device: libg2d.so.2')
    result = fails(1, 'check', '--witness', 'v4l2', sim=COHERENT, env=libraries('g2d-wide'))
    contains(result.err, '/dev/video')
    expect('1234' not in result.err, result)
    fails(1, 'check', '--witness', 'edu', sim=COHERENT, env=libraries('g2d-wide'), message='1234:11e8')


@for_each('libg2d without {}', ['its node', 'memory', 'a working copy'])
def _(what):
    no_devices()
    sim = {'its node': 'heap linux,cma; phys native', 'memory': f'{COHERENT} limit=64K',
           'a working copy': f'{COHERENT}; fail g2d-copy 1 EIO 1'}[what]
    message = {'its node': 'g2d_open', 'memory': 'g2d_alloc', 'a working copy': 'g2d_copy'}[what]
    fails(1, 'check', sim=sim, env=libraries('g2d-wide'), message=message)


@test('a device that fails in a trial ends the check')
def _():
    fails(1, 'check', sim=f'{COHERENT}; fail g2d-copy 3 EIO 1', env=libraries('g2d-wide'), message='g2d_copy')


@test('an unusable allocator')
def _():
    env = libraries('g2d-wide')
    fails(3, 'check', '--allocator', 'nope', sim=COHERENT, env=env, message='nope')
    fails(3, 'check', '--allocator', 'ion', sim=COHERENT, env=env, message='ion')
    fails(3, 'check', sim='', env=env)
    fails(3, 'check', '--allocator', 'dma-heap', sim=f'{COHERENT}; fail heap-alloc 1 ENOMEM 0', env=env)


@test('wrong usage')
def _():
    fails(2, 'check', 'extra', message='takes no argument')
    fails(2, 'check', '--allocator', '', message='--allocator')
    fails(2, 'check', '--witness', 'pxp', message='--witness')


@for_each('memory is never called coherent if a call fails: {}', [('sync', 30), ('phys', 20)])
def _(case):
    call, least = case
    # On, until all calls have failed once.
    for number in range(1, 100):
        result = tap.raw('check', '--json', '--allocator', 'dma-heap', sim=f'{COHERENT}; fail {call} {number} EIO 1',
                         env=libraries('g2d-wide'))
        # The first calls show the library whether the kernel has them. A failure for the moment changes nothing then.
        if result.code == 0 and number <= 3:
            continue
        if result.code == 0:
            break
        tap.check_error(result)
        expect(result.code in (1, 4), result)
        if result.code == 1:
            contains(result.err, f'DMA_BUF_IOCTL_{call.upper()}')
        if result.code == 1 and result.out:
            equal((result.json['verdict'], result.json['failed']), ('failed', 1))
    expect(least < number < 99, f'{number} calls')


@test('a trial whose session fails is shown with its error')
def _():
    result = check(f'{COHERENT}; fail sync 5 EIO 1', code=1)
    contains(result.out, ' failed ', '\n    failed: DMA_BUF_IOCTL_SYNC', '\nfailed: trials that failed: 1')


@test('the text fits 80 columns and ends with the verdict')
def _():
    for sim, code in ((COHERENT, 0), (IMPORTER, 4), (UNCACHED, 0), (f'{COHERENT}; fail sync 5 EIO 1', 1),
                      (f'{COHERENT}; cpu arm64', 0), (f'{IMPORTER}; cpu arm64', 0)):
        text = check(sim, code=code).out
        expect(max(map(len, text.splitlines())) < 80, text)
        contains(text, 'allocator: dma-heap /dev/dma_heap/linux,cma',
                 'device: libg2d.so.2, which uses physical addresses')
        last = [line for line in text.splitlines() if not line.startswith(' ')][-1]
        expect(last.split(':')[0] in ('coherent', 'not coherent', 'failed'), text)


@test('the JSON document has a schema, and what the text has')
def _():
    document = check_json(COHERENT)
    equal((document['schema'], document['allocator'], document['node']), (1, 'dma-heap', '/dev/dma_heap/linux,cma'))
    equal(document['device'], {'witness': 'libg2d', 'name': 'libg2d.so.2', 'uses': 'address', 'emulated': False})
    equal((document['size'], document['line_size']), (128 * 1024, 64))
    equal(set(document['strategies'][0]['trials'][0]),
          {'session', 'direction', 'lines', 'stale', 'lost', 'control', 'error'})


@for_each('a driver of V4L2 that imports: {}', ['copy', 'planes', 'encode', 'planes encode'])
def _(words):
    document = with_m2m(words)
    equal(document['device'], {'witness': 'v4l2', 'name': '/dev/video0 of the driver test-m2m', 'uses': 'dmabuf',
                               'emulated': False})
    equal((document['verdict'], document['strategies'][0]['coherency']), ('coherent', 'importer'))
    equal({count for _, count in wrong(document, 'importer')}, {0})
    lines = 2400 if 'encode' not in words else 1200
    equal(controls(document), [(lines, None), (None, lines)])
    # Only the image of a device that copies can be written in parts.
    equal(('map write, parts', 0) in wrong(document, 'importer'), 'encode' not in words)


@for_each('a driver of V4L2 that does not attach is not served: {}', ['', 'planes', 'encode'])
def _(words):
    document = with_m2m(f'{words} unattached', code=4)
    expect(all(count > 0 for _, count in wrong(document, 'importer')), document)


@test('a driver of V4L2 whose result does not depend on the picture is no witness')
def _():
    result = fails(1, 'check', '--witness', 'v4l2', sim=COHERENT, preload=[M2M], env=libraries(None) | {'M2M': 'same'})
    contains(result.err, '/dev/video0: ', 'does not depend on the picture')


@test('a driver of V4L2 is no witness for memory without DMA-BUFs')
def _():
    fails(1, 'check', '--witness', 'v4l2', '--allocator', 'g2d', sim=COHERENT, env=libraries('g2d-wide'),
          message='this memory is none')


tap.main()
