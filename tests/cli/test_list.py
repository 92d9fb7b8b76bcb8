# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer list"""
import pathlib
import re
import tempfile

import tap
from tap import contains, equal, expect, lacks, other_user, run, test, video

UNCACHED = 'heap linux,cma-uncached; phys native'
MEMBERS = {
    'name': str, 'description': str, 'default': bool, 'usable': bool, 'reason': (str, type(None)), 'errno': int,
    'errno_name': (str, type(None)), 'node': (str, type(None)), 'node_owner': (str, type(None)),
    'node_group': (str, type(None)), 'node_mode': (str, type(None)), 'dmabuf': (bool, type(None)),
    'physical_address': (bool, type(None)), 'physical_address_reason': (str, type(None)),
    'coherency': (str, type(None)), 'without_address_only': bool,
    'cached': (bool, type(None)), 'contiguous': (bool, type(None)), 'zeroed': (bool, type(None)),
    'max_size': (int, type(None)),
}


def entries(**options):
    document = run('list', '--json', **options).json
    equal(set(document), {'schema', 'allocators', 'default', 'default_reason'})
    equal(document['schema'], 1)
    equal([entry['name'] for entry in document['allocators'] if entry['default']],
          [document['default']] if document['default'] else [])
    equal(document['default'] is None, document['default_reason'] is not None)
    for entry in document['allocators']:
        equal(set(entry), set(MEMBERS))
        for name, kind in MEMBERS.items():
            expect(isinstance(entry[name], kind), f'{name}: {entry[name]!r}')
        equal(entry['usable'], entry['errno'] == 0)
        equal(entry['usable'], entry['reason'] is None)
        equal(entry['usable'], entry['errno_name'] is None)
        equal(entry['usable'], entry['coherency'] is not None)
    return {entry['name']: entry for entry in document['allocators']}


@test('the allocators are in the order in which they are tried')
def _():
    names = list(entries(sim=''))
    equal(names[0], 'dma-heap')
    equal(names[-1], 'host')


@test('an uncached heap with physical addresses')
def _():
    heap = entries(sim=UNCACHED)['dma-heap']
    equal((heap['usable'], heap['default'], heap['dmabuf'], heap['physical_address'], heap['cached']),
          (True, True, True, True, False))
    equal((heap['contiguous'], heap['zeroed'], heap['max_size']), (True, True, None))
    equal(heap['node'], '/dev/dma_heap/linux,cma-uncached')
    equal(heap['physical_address_reason'], None)


@test('a cached heap without physical addresses has a reason')
def _():
    heap = entries(sim='heap linux,cma; phys absent')['dma-heap']
    equal((heap['usable'], heap['dmabuf'], heap['physical_address'], heap['cached']), (True, True, False, True))
    contains(heap['physical_address_reason'], 'pagemap')


@test('coherency')
def _():
    equal(entries(sim=UNCACHED)['dma-heap']['coherency'], 'uncached')
    equal(entries(sim='heap linux,cma; phys native')['dma-heap']['coherency'], 'phys')
    equal(entries(sim='heap linux,cma; phys absent')['dma-heap']['coherency'], 'importer')
    equal(entries(sim='')['dma-heap']['coherency'], None)
    contains(run('list', sim='heap linux,cma; phys absent').out, '    importer: ', 'DMA_BUF_IOCTL_PHYS')
    lacks(run('list', sim=UNCACHED).out, 'importer')


@test('the largest size')
def _():
    equal(entries(sim='ipu on')['ipu']['max_size'], (2 << 30) - 4096)


@test('owner, group and mode of the node')
def _():
    heap = entries(sim=UNCACHED + '; heap linux,cma-uncached owner=0:0 mode=0600')['dma-heap']
    equal((heap['node_owner'], heap['node_group'], heap['node_mode']), ('root', 'root', '0600'))
    user = other_user()
    heap = entries(sim=f'{UNCACHED}; heap linux,cma-uncached owner={user.pw_uid}:{video()} mode=660')['dma-heap']
    equal((heap['node_owner'], heap['node_group'], heap['node_mode']), (user.pw_name, 'video', '0660'))


@test('owner and group without a name are numbers')
def _():
    heap = entries(sim=UNCACHED + '; heap linux,cma-uncached owner=54321:54322 mode=0666')['dma-heap']
    equal((heap['node_owner'], heap['node_group'], heap['node_mode']), ('54321', '54322', '0666'))


@test('a file in the working directory is not taken for a library')
def _():
    with tempfile.TemporaryDirectory() as directory:
        for name in ('libg2d.so.2', 'libhantro.so.1'):
            pathlib.Path(directory, name).touch(mode=0o640)
        found = entries(sim='', cwd=directory)
        shown = run('list', sim='', cwd=directory).out
    for allocator, name in (('g2d', 'libg2d.so.2'), ('dwl', 'libhantro.so.1')):
        entry = found[allocator]
        equal((entry['node'], entry['node_owner'], entry['node_group'], entry['node_mode']), (name, None, None, None))
    lacks(shown, '0640')


@test('a machine without heaps')
def _():
    found = entries(sim='')
    heap = found['dma-heap']
    equal((heap['usable'], heap['errno_name'], heap['errno'], heap['node_mode']), (False, 'ENOENT', 2, None))
    contains(heap['reason'], '/dev/dma_heap')
    equal([entry['default'] for entry in found.values()], [False] * len(found))


@test('a heap that this process may not open')
def _():
    heap = entries(sim=f'heap linux,cma open=EACCES mode=0660 owner=0:{video()}')['dma-heap']
    equal((heap['usable'], heap['errno_name'], heap['errno'], heap['default']), (False, 'EACCES', 13, False))
    equal((heap['node'], heap['node_group'], heap['node_mode']), ('/dev/dma_heap/linux,cma', 'video', '0660'))
    contains(heap['reason'], '/dev/dma_heap/linux,cma')


@test('the udev rule that is proposed names the node')
def _():
    refused = {'IMXDMABUFFER_ALLOCATOR': 'host:udmabuf'}
    found = entries(sim='heap linux,cma open=EACCES mode=0600; ion new open=EACCES mode=0600; '
                        'udmabuf on open=EACCES mode=0600', env=refused)
    contains(found['dma-heap']['reason'], 'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"')
    contains(found['ion']['reason'], 'KERNEL=="ion", GROUP="video", MODE="0660"')
    contains(found['host']['reason'], 'KERNEL=="udmabuf", GROUP="video", MODE="0660"')


@test('the uncached one of several heaps is taken')
def _():
    heap = entries(sim='heap system scattered; heap linux,cma; heap linux,cma-uncached; heap reserved')['dma-heap']
    equal(heap['node'], '/dev/dma_heap/linux,cma-uncached')


@test('an allocator that the environment names is the default')
def _():
    found = entries(sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': 'host'})
    equal((found['dma-heap']['default'], found['host']['default']), (False, True))


@test('a node that the environment names')
def _():
    found = entries(sim=UNCACHED + '; heap other', env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/other'})
    equal((found['dma-heap']['node'], found['dma-heap']['default']), ('/dev/dma_heap/other', True))
    equal(found['dma-heap']['cached'], True)


@test('a node that does not exist')
def _():
    found = entries(sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/none'})
    equal((found['dma-heap']['usable'], found['dma-heap']['node_mode']), (False, None))


@test('an exhausted heap is not usable')
def _():
    heap = entries(sim=UNCACHED + '; fail heap-alloc 1 ENOMEM 0')['dma-heap']
    equal((heap['usable'], heap['errno_name'], heap['default']), (False, 'ENOMEM', False))


@test('udmabuf makes DMA-BUFs of host memory')
def _():
    host = entries(sim='udmabuf on; hugepages 4; pagemap privileged')['host']
    equal((host['usable'], host['dmabuf'], host['physical_address']), (True, True, None))


@test('host is usable on every machine')
def _():
    equal(entries()['host']['usable'], True)


@test('the table marks the default and shows the node')
def _():
    result = run('list', sim=f'{UNCACHED}; heap linux,cma-uncached owner=0:{video()} mode=0660')
    lines = result.out.splitlines()
    expect(lines[0].split() == ['allocator', 'usable', 'DMA-BUF', 'address', 'cached', 'coherency'],
           lines[0])
    equal(lines[1].split(), ['*', 'dma-heap', 'yes', 'yes', 'yes', 'no', 'uncached'])
    equal(lines[2], '    node: /dev/dma_heap/linux,cma-uncached, root:video, mode 0660')
    contains(result.out, '* the default')
    equal(result.err, '')


@test('the table fits 80 columns and contains the reason')
def _():
    result = run('list', sim='heap linux,cma open=EACCES mode=0600')
    expect(max(map(len, result.out.splitlines())) < 80, result.out)
    contains(result.out, 'not usable: ', 'no default: ')
    lacks(result.out, '*')
    reason = entries(sim='heap linux,cma open=EACCES mode=0600')['dma-heap']['reason']
    contains(' '.join(result.out.split()), ' '.join(reason.split()))


@test('no default if a mechanism with DMA-BUFs is closed and only one without DMA-BUFs is usable')
def _():
    machine = 'heap linux,cma open=EACCES mode=0600; ipu on'
    document = run('list', '--json', sim=machine).json
    equal((document['default'], {entry['name']: entry for entry in document['allocators']}['ipu']['usable']),
          (None, True))
    contains(document['default_reason'], 'EACCES', 'IMXDMABUFFER_ALLOCATOR')
    reason = 'no default: ' + document['default_reason']
    contains(' '.join(run('list', sim=machine).out.split()), ' '.join(reason.split()))


@test('no default if the environment names no allocator of the library')
def _():
    result = run('list', sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': 'nonsense'})
    lacks(result.out, '*')
    contains(result.out, 'no default: IMXDMABUFFER_ALLOCATOR=', 'nonsense')


@test('the table contains the reason without an address')
def _():
    contains(run('list', sim='heap linux,cma; phys absent').out, 'no address: ')


@test('an allocator that allocates only without addresses says so')
def _():
    machine, optional = 'heap linux,cma; phys absent', {'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'}
    row = re.compile(r'^\* dma-heap +without address ', re.M)
    out = run('list', sim=machine).out
    expect(row.search(out), out)
    contains(' '.join(out.split()), 'set IMXDMABUFFER_PHYSICAL_ADDRESS=optional')
    equal(entries(sim=machine)['dma-heap']['without_address_only'], True)
    run('alloc', '4096', sim=machine, code=1)
    out = run('list', sim=machine, env=optional).out
    expect(not row.search(out), out)
    lacks(out, 'remedy:')
    equal(entries(sim=machine, env=optional)['dma-heap']['without_address_only'], False)
    equal(entries(sim=UNCACHED)['dma-heap']['without_address_only'], False)
    run('alloc', '4096', sim=machine, env=optional)


@test('a node whose name contains control characters or is not UTF-8')
def _():
    for path in ('/dev/dma_heap/a\nb\x1b[31m', b'/dev/dma_heap/\xff\xfe'):
        name = 'dma-heap:' + path if isinstance(path, str) else b'dma-heap:' + path
        entries(sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': name})
    result = run('list', sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/a\nb\x1b[31m'})
    lacks(result.out, '\x1b', 'a\nb')


@test('a node with a long name')
def _():
    name = 'dma-heap:/dev/' + 'x' * 6000
    entries(sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': name})
    run('list', sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': name})


tap.main()
