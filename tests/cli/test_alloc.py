# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer alloc with the host allocator."""
import resource

import tap
from tap import contains, equal, expect, fails, for_each, lacks, run, test

HOST = {'IMXDMABUFFER_ALLOCATOR': 'host:memfd'}
MEMBERS = {'size', 'reserved_size', 'alignment', 'allocator', 'fd', 'is_dmabuf', 'exporter', 'physical_address',
           'physical_address_reason', 'address_source', 'address_pinned', 'contiguous', 'contiguous_length', 'cached',
           'zeroed', 'coherency', 'attached_driver', 'iommu', 'inode', 'name', 'sync_is_ranged', 'sync_granule'}


def alloc(*arguments, extra=(), **options):
    document = run('alloc', '--json', *arguments, **options).json
    equal(document['schema'], 1)
    equal(set(document), {'schema', 'allocator', 'fallback_reason', 'pool', 'buffers'})
    for buffer in document['buffers']:
        equal(set(buffer), MEMBERS | set(extra))
        equal(buffer['allocator'], document['allocator'])
        expect(buffer['reserved_size'] >= buffer['size'], buffer)
        expect(buffer['contiguous'] in ('yes', 'no', 'unknown'), buffer)
        expect(buffer['coherency'] in ('unknown', 'uncached', 'phys', 'importer', 'vendor', 'user', 'attachment'),
               buffer)
        equal(buffer['physical_address'] is None, buffer['physical_address_reason'] is not None)
        equal(buffer['physical_address'] is None, buffer['address_pinned'] is None)
        if buffer['physical_address']:
            expect(int(buffer['physical_address'], 16) > 0, buffer)
            expect(buffer['contiguous_length'] >= buffer['size'], buffer)
            expect(buffer['address_source'] != 'none', buffer)
    return document


@test('a buffer of the host allocator')
def _():
    buffer, = alloc('3M', env=HOST)['buffers']
    equal((buffer['size'], buffer['is_dmabuf'], buffer['cached'], buffer['zeroed']), (3145728, False, 'yes', 'yes'))
    expect(buffer['fd'] > 2, buffer)
    equal((buffer['exporter'], buffer['inode'], buffer['name']), (None, None, None))


@test('--name needs a DMA-BUF')
def _():
    fails(1, 'alloc', '4096', '--name', 'camera', env=HOST, message='--name: ')
    fails(1, 'alloc', '4096', '--name', 'camera', env=HOST, message='only DMA-BUFs have names')


@for_each('sizes: {}', [('4096', 4096), ('64K', 65536), ('1MiB', 1 << 20), ('1', 1), ('1920x1080:nv12', 3110400),
                        ('1281x721:i420', 1281 * 721 + 2 * 641 * 361), ('17x3:yuyv', 9 * 4 * 3)])
def _(case):
    equal(alloc(case[0], env=HOST)['buffers'][0]['size'], case[1])


@test('--allocator takes a name and a target')
def _():
    for name in ('host', 'host:memfd'):
        document = alloc('4096', '--allocator', name)
        equal((document['allocator'], document['fallback_reason']), ('host', None))


@test('--allocator overrides the environment')
def _():
    equal(alloc('4096', '--allocator', 'host:memfd', env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap'})['allocator'], 'host')


@test('--count allocates separate buffers')
def _():
    buffers = alloc('4096', '--count', '8', env=HOST)['buffers']
    equal(len(buffers), 8)
    equal(len({buffer['fd'] for buffer in buffers}), 8)


@test('--alignment aligns the address')
def _():
    buffer, = alloc('100', '--alignment', '4K', env=HOST)['buffers']
    equal(buffer['alignment'], 4096)
    if buffer['physical_address']:
        equal(int(buffer['physical_address'], 16) % 4096, 0)
    for alignment in ('0', '1', '16'):
        equal(alloc('100', '--alignment', alignment, env=HOST)['buffers'][0]['alignment'], int(alignment))


@test('an impossible alignment')
def _():
    fails(1, 'alloc', '4096', '--alignment', '1G', env=HOST)
    lacks(fails(1, 'alloc', '4096', '--alignment', '1G', env=HOST).err, '--no-physical-address')


@test('--map is reported')
def _():
    equal(alloc('64K', '--map', extra=['mapped'], env=HOST)['buffers'][0]['mapped'], True)
    contains(run('alloc', '64K', '--map', '--count', '2', env=HOST).out, 'mapped and unmapped 2\n')


@test('--no-physical-address with the host allocator')
def _():
    alloc('4096', '--no-physical-address', env=HOST)


@test('--require-physical-address applies to the host allocator')
def _():
    machine = 'hugepages 2; pagemap {}'
    buffer, = alloc('4096', '--require-physical-address', '--allocator', 'host:hugetlb',
                    sim=machine.format('privileged'))['buffers']
    equal(buffer['physical_address'], '0x80000000')
    result = fails(1, 'alloc', '4096', '--require-physical-address', '--allocator', 'host:hugetlb',
                   sim=machine.format('unprivileged'))
    contains(result.err, 'CAP_SYS_ADMIN')
    lacks(result.err, '; --no-physical-address')


@test('without CAP_SYS_ADMIN the address is null, with the reason')
def _():
    buffer, = alloc('4096', env={'IMXDMABUFFER_ALLOCATOR': 'host:hugetlb'},
                    sim='hugepages 1; pagemap unprivileged')['buffers']
    equal((buffer['physical_address'], buffer['address_source']), (None, 'none'))
    contains(buffer['physical_address_reason'], 'pagemap', 'CAP_SYS_ADMIN')
    equal(buffer['contiguous'], 'yes')


@test('huge pages: contiguous, not pinned')
def _():
    buffer, = alloc('1280x720:nv12', sim='hugepages 1; pagemap privileged',
                    env={'IMXDMABUFFER_ALLOCATOR': 'host:hugetlb'})['buffers']
    equal((buffer['contiguous'], buffer['address_source'], buffer['address_pinned'], buffer['physical_address']),
          ('yes', 'pagemap', False, '0x80000000'))


@test('adjacent huge pages are contiguous, others are not')
def _():
    for layout, contiguous, address in (('contiguous', 'yes', '0x80000000'), ('apart', 'no', None)):
        buffer, = alloc('3M', sim=f'hugepages 4 {layout}; pagemap privileged',
                        env={'IMXDMABUFFER_ALLOCATOR': 'host:hugetlb'})['buffers']
        equal((buffer['contiguous'], buffer['physical_address']), (contiguous, address))
        if not address:
            equal(buffer['contiguous_length'], 2 << 20)
            contains(buffer['physical_address_reason'], '2097152 of 3145728')


@test('contiguity is reported also if the address was not looked for')
def _():
    for layout, contiguous in (('contiguous', 'yes'), ('apart', 'no')):
        buffer, = alloc('3M', '--no-physical-address', sim=f'hugepages 4 {layout}; pagemap privileged',
                        env={'IMXDMABUFFER_ALLOCATOR': 'host:hugetlb'})['buffers']
        equal((buffer['contiguous'], buffer['address_source']), (contiguous, 'pagemap'))
    buffer, = alloc('3M', '--no-physical-address', sim='hugepages 4; pagemap unprivileged',
                    env={'IMXDMABUFFER_ALLOCATOR': 'host:hugetlb'})['buffers']
    equal((buffer['contiguous'], buffer['address_source']), ('unknown', 'none'))


@test('huge pages and udmabuf: a DMA-BUF')
def _():
    buffer, = alloc('1M', '--verify', extra=['verified'], env={'IMXDMABUFFER_ALLOCATOR': 'host'},
                    sim='hugepages 1; udmabuf on; pagemap privileged')['buffers']
    equal((buffer['is_dmabuf'], buffer['exporter'], buffer['address_pinned']), (True, 'udmabuf', True))


@test('no huge pages left')
def _():
    fails(1, 'alloc', '3M', '--count', '2', sim='hugepages 3', env={'IMXDMABUFFER_ALLOCATOR': 'host:hugetlb'},
          message='buffer 1 of 2: ')


@test('the text has one line per buffer')
def _():
    result = run('alloc', '64K', '--count', '3', '--allocator', 'host:hugetlb', sim='hugepages 3; pagemap privileged')
    lines = result.out.splitlines()
    equal(lines[0], 'allocator: host')
    equal(lines[1].split(), ['#', 'size', 'address', 'contiguous', 'known', 'by', 'fd', 'coherency'])
    equal([line.split()[:5] for line in lines[2:5]],
          [[str(i), '65536', hex(0x80000000 + (i << 21)), 'yes', 'pagemap'] for i in range(3)])
    equal(lines[5], '  0-2: memory file, not a DMA-BUF, cached')
    contains(lines[6], '  0-2: ', 'may move the pages')
    equal(lines[-1], 'freed 3')
    equal(result.err, '')


@test('equal notes of several buffers are printed once')
def _():
    result = run('alloc', '64K', '--count', '3', '--allocator', 'host:hugetlb', sim='hugepages 3; pagemap unprivileged')
    equal(result.out.count('pagemap:'), 1)
    contains(result.out, '  0-2: ', 'unknown')


@test('without an allocator of a board, host is used, with a note of one line')
def _():
    result = run('alloc', '4096', sim='')
    equal(len(result.err.splitlines()), 1)
    contains(result.err, 'imxdmabuffer: alloc: note: ', '"host"', '/dev/dma_heap')
    contains(result.out, 'allocator: host')


@test('the fallback and its reason are in the JSON document')
def _():
    document = alloc('4096', sim='')
    equal(document['allocator'], 'host')
    contains(document['fallback_reason'], '/dev/dma_heap')


@test('an empty IMXDMABUFFER_ALLOCATOR does not prevent the fallback')
def _():
    equal(alloc('4096', sim='', env={'IMXDMABUFFER_ALLOCATOR': ''})['allocator'], 'host')


@test('a choice in the environment is not replaced')
def _():
    for name in ('dma-heap', 'nonsense', 'dma-heap:/dev/dma_heap/none', 'host:nonsense', ':', 'host2'):
        fails(3, 'alloc', '4096', sim='', env={'IMXDMABUFFER_ALLOCATOR': name})


@for_each('--allocator {} is not usable', ['dma-heap', 'nonsense', 'host:nonsense', 'HOST', 'hos', ':', 'host\n', '-',
                                           'dma-heap:/dev/null', 'dma-heap:/', 'x' * 5000, 'host:' + 'y' * 5000])
def _(name):
    fails(3, 'alloc', '4096', '--allocator', name, sim='')
    fails(3, 'alloc', '4096', '--json', '--allocator', name, sim='')


@test('an unknown name lists the known ones')
def _():
    fails(3, 'alloc', '4096', '--allocator', 'nonsense', message='dma-heap, ')


@for_each('too much memory: {}', ['1000000G', '9223372036854775807', '18446744073709551615', '7999999999G'])
def _(size):
    for extra in ([], ['--json'], ['--alignment', '64K'], ['--verify']):
        fails(1, 'alloc', size, *extra, env=HOST)


@test('huge alignments')
def _():
    for alignment in ('18446744073709551615', '9223372036854775808', '9223372036854775807'):
        fails(1, 'alloc', '4096', '--alignment', alignment, env=HOST)


@test('more buffers than descriptors')
def _():
    result = fails(1, 'alloc', '1', '--count', '1000', env=HOST,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
    contains(result.err, ' of 1000: ', 'EMFILE')


@test('an allocation that fails half-way')
def _():
    result = fails(1, 'alloc', '4096', '--count', '4', '--json', env={'IMXDMABUFFER_ALLOCATOR': 'host:memfd'},
                   sim='fail memfd-create 3 ENFILE')
    contains(result.err, 'buffer 2 of 4: ', 'ENFILE')


@test('IMXDMABUFFER_LOG makes the library log to standard error')
def _():
    result = run('alloc', '4096', '--json', '--allocator', 'host', sim='', env={'IMXDMABUFFER_LOG': 'debug'})
    expect(result.json and result.err, result)


@test('the granule of ranged syncs')
def _():
    cached = {'sim': 'heap linux,cma; phys absent; cpu arm64 line=64 granule=128', 'env': {'IMXDMABUFFER_SYNC': 'user'}}
    found = run('alloc', '64K', '--json', '--no-physical-address', **cached).json['buffers'][0]
    equal((found['sync_is_ranged'], found['sync_granule']), ('yes', 128))
    contains(run('alloc', '64K', '--no-physical-address', **cached).out, 'cached, ranged sync in granules of 128 bytes')
    found = run('alloc', '64K', '--json', sim='heap linux,cma; phys native').json['buffers'][0]
    equal((found['sync_is_ranged'], found['sync_granule']), ('no', 0))
    lacks(run('alloc', '64K', sim='heap linux,cma-uncached; phys native').out, 'granules')


@test('what a pool reserves')
def _():
    sim = 'heap linux,cma-uncached; phys native'
    found = run('alloc', '1100K', '--count', '2', '--allocator', 'pool:dma-heap', '--json', sim=sim).json
    equal(found['pool'], {'used_bytes': 2560 << 10, 'wasted_bytes': 360 << 10})
    contains(run('alloc', '1100K', '--count', '2', '--allocator', 'pool:dma-heap', sim=sim).out,
             '\npool: 2.50 MiB in use, of which 360 KiB were not asked for\n')
    equal(run('alloc', '1100K', '--json', sim=sim).json['pool'], None)
    lacks(run('alloc', '1100K', sim=sim).out, 'pool')


tap.main()
