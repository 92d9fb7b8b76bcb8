# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer list"""
import pathlib
import tempfile

import tap
from tap import contains, equal, expect, lacks, run, somebody, test, video

UNCACHED = 'heap linux,cma-uncached; phys native'
MEMBERS = {
    'name': str, 'description': str, 'default': bool, 'usable': bool, 'reason': (str, type(None)), 'errno': int,
    'errno_name': (str, type(None)), 'node': (str, type(None)), 'node_owner': (str, type(None)),
    'node_group': (str, type(None)), 'node_mode': (str, type(None)), 'dmabuf': (bool, type(None)),
    'physical_address': (bool, type(None)), 'physical_address_reason': (str, type(None)),
    'coherent_by_address': (str, type(None)),
    'cached': (bool, type(None)), 'contiguous': (bool, type(None)), 'zeroed': (bool, type(None)),
    'sizes_32bit': (bool, type(None)),
}


def entries(**options):
    document = run('list', '--json', **options).json
    equal(document['schema'], 1)
    for entry in document['allocators']:
        equal(set(entry), set(MEMBERS))
        for name, kind in MEMBERS.items():
            expect(isinstance(entry[name], kind), f'{name}: {entry[name]!r}')
        equal(entry['usable'], entry['errno'] == 0)
        equal(entry['usable'], entry['reason'] is None)
        equal(entry['usable'], entry['errno_name'] is None)
        equal(entry['usable'], entry['dmabuf'] is not None)
    return {entry['name']: entry for entry in document['allocators']}


@test('the allocators are listed in the order in which they are tried')
def _():
    names = list(entries(sim=''))
    equal(names[0], 'dma-heap')
    equal(names[-1], 'host')


@test('an uncached heap with physical addresses')
def _():
    heap = entries(sim=UNCACHED)['dma-heap']
    equal((heap['usable'], heap['default'], heap['dmabuf'], heap['physical_address'], heap['cached']),
          (True, True, True, True, False))
    equal((heap['contiguous'], heap['zeroed'], heap['sizes_32bit']), (True, True, False))
    equal(heap['node'], '/dev/dma_heap/linux,cma-uncached')
    equal(heap['physical_address_reason'], None)


@test('a cached heap without physical addresses has a reason')
def _():
    heap = entries(sim='heap linux,cma; phys absent')['dma-heap']
    equal((heap['usable'], heap['dmabuf'], heap['physical_address'], heap['cached']), (True, True, False, True))
    contains(heap['physical_address_reason'], 'pagemap')


@test('memory that sessions do not make coherent for users of addresses is marked')
def _():
    equal(entries(sim=UNCACHED)['dma-heap']['coherent_by_address'], 'yes')
    equal(entries(sim='heap linux,cma; phys native')['dma-heap']['coherent_by_address'], 'yes')
    equal(entries(sim='heap linux,cma; phys absent')['dma-heap']['coherent_by_address'], 'no')
    equal(entries(sim='')['dma-heap']['coherent_by_address'], None)
    contains(run('list', sim='heap linux,cma; phys absent').out, 'not coherent: ', 'DMA_BUF_IOCTL_PHYS')
    lacks(run('list', sim=UNCACHED).out, 'not coherent')


@test('owner, group and mode of the node')
def _():
    heap = entries(sim=UNCACHED + '; heap linux,cma-uncached owner=0:0 mode=0600')['dma-heap']
    equal((heap['node_owner'], heap['node_group'], heap['node_mode']), ('root', 'root', '0600'))
    user = somebody()
    heap = entries(sim=f'{UNCACHED}; heap linux,cma-uncached owner={user.pw_uid}:{video()} mode=660')['dma-heap']
    equal((heap['node_owner'], heap['node_group'], heap['node_mode']), (user.pw_name, 'video', '0660'))


@test('owner and group without a name are numbers')
def _():
    heap = entries(sim=UNCACHED + '; heap linux,cma-uncached owner=54321:54322 mode=0666')['dma-heap']
    equal((heap['node_owner'], heap['node_group'], heap['node_mode']), ('54321', '54322', '0666'))


@test('files in the current directory that are named like a library are ignored')
def _():
    with tempfile.TemporaryDirectory() as folder:
        for name in ('libg2d.so.2', 'libhantro.so.1'):
            pathlib.Path(folder, name).touch(mode=0o640)
        found = entries(sim='', cwd=folder)
        shown = run('list', sim='', cwd=folder).out
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


@test('the uncached CMA heap is chosen from several heaps')
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


@test('a missing node')
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
    equal((host['usable'], host['dmabuf'], host['physical_address']), (True, True, True))


@test('host needs no simulator')
def _():
    equal(entries()['host']['usable'], True)


@test('the table marks the default and shows the node')
def _():
    result = run('list', sim=f'{UNCACHED}; heap linux,cma-uncached owner=0:{video()} mode=0660')
    lines = result.out.splitlines()
    expect(lines[0].split() == ['allocator', 'usable', 'node', 'owner', 'mode', 'DMA-BUF', 'address', 'cached'],
           lines[0])
    equal(lines[1].split(), ['*', 'dma-heap', 'yes', '/dev/dma_heap/linux,cma-uncached', 'root:video', '0660', 'yes',
                             'yes', 'no'])
    contains(result.out, '* the default')
    equal(result.err, '')


@test('the table keeps to 100 columns and gives the reasons')
def _():
    result = run('list', sim='heap linux,cma open=EACCES mode=0600')
    expect(max(map(len, result.out.splitlines())) <= 100, result.out)
    contains(result.out, 'not usable: ', 'no default allocator')
    lacks(result.out, '*')
    reason = entries(sim='heap linux,cma open=EACCES mode=0600')['dma-heap']['reason']
    contains(' '.join(result.out.split()), ' '.join(reason.split()))


@test('the table gives the reason for a missing address')
def _():
    contains(run('list', sim='heap linux,cma; phys absent').out, 'no address: ')


@test('a node name with line breaks or invalid text')
def _():
    for path in ('/dev/dma_heap/a\nb\x1b[31m', b'/dev/dma_heap/\xff\xfe'):
        name = 'dma-heap:' + path if isinstance(path, str) else b'dma-heap:' + path
        entries(sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': name})
    result = run('list', sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/a\nb\x1b[31m'})
    lacks(result.out, '\x1b', 'a\nb')


@test('a node of any length')
def _():
    name = 'dma-heap:/dev/' + 'x' * 6000
    entries(sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': name})
    run('list', sim=UNCACHED, env={'IMXDMABUFFER_ALLOCATOR': name})


tap.main()
