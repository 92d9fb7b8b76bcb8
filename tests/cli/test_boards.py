# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer alloc on simulated boards."""
import tap
from tap import contains, equal, expect, fails, lacks, run, test

UNCACHED = 'heap linux,cma-uncached; phys native'
CACHED = 'heap linux,cma; phys native'
MAINLINE = 'heap linux,cma; phys absent; pagemap pfnmap'


def buffers(*arguments, **options):
    document = run('alloc', '--json', *arguments, **options).json
    equal(document['fallback_reason'], None)
    return document['buffers']


@test('an uncached heap: address, descriptor, properties')
def _():
    buffer, = buffers('1920x1080:nv12', sim=UNCACHED)
    equal((buffer['size'], buffer['reserved_size']), (3110400, 3112960))
    equal((buffer['physical_address'], buffer['address_source']), ('0x4c000000', 'dmabuf-ioctl'))
    equal((buffer['address_pinned'], buffer['contiguous'], buffer['is_dmabuf']), (True, 'yes', True))
    equal((buffer['cached'], buffer['zeroed'], buffer['coherency']), ('no', 'yes', 'uncached'))
    equal((buffer['allocator'], buffer['exporter']), ('dma-heap', 'linux,cma-uncached'))
    expect(buffer['contiguous_length'] >= 3110400, buffer)


@test('--name names each DMA-BUF; each has an inode number')
def _():
    found = buffers('4096', '--count', '3', '--name', 'camera', sim=UNCACHED)
    equal([buffer['name'] for buffer in found], ['camera'] * 3)
    equal(len({buffer['inode'] for buffer in found}), 3)
    expect(all(buffer['inode'] > 0 for buffer in found), found)
    equal(buffers('4096', sim=UNCACHED)[0]['name'], None)
    contains(run('alloc', '4096', '--name', 'camera', sim=UNCACHED).out,
             '  0: DMA-BUF of linux,cma-uncached, uncached, named "camera"\n')


@test('invalid names')
def _():
    fails(1, 'alloc', '4096', '--name', 'x' * 32, sim=UNCACHED, message='at most 31')
    fails(1, 'alloc', '4096', '--name', 'two\nlines', sim=UNCACHED, message='control characters')
    fails(1, 'alloc', '4096', '--name', 'camera', sim=UNCACHED + '; release 5.2.0', message='Linux 5.3')
    fails(2, 'alloc', '4096', '--name', message='needs a value')


@test('kernels before 5.3 have neither inode numbers nor names')
def _():
    buffer, = buffers('4096', sim='heap linux,cma; phys native; release 4.19.0; names phys')
    equal((buffer['inode'], buffer['name']), (None, None))


@test('standard error is empty after a success')
def _():
    equal(run('alloc', '4096', '--verify', sim=UNCACHED).err, '')


@test('a cached heap with DMA_BUF_IOCTL_PHYS')
def _():
    buffer, = buffers('64K', sim=CACHED)
    equal((buffer['cached'], buffer['coherency']), ('yes', 'phys'))
    equal(buffer['physical_address'], '0x4c000000')
    contains(run('alloc', '64K', '--map', sim=CACHED, env={'IMXDMABUFFER_LOG': 'debug'}).err,
             'sync sessions of a buffer: phys')


@test('the 64-bit encoding of DMA_BUF_IOCTL_PHYS')
def _():
    equal(buffers('64K', sim='heap linux,cma; phys u64')[0]['physical_address'], '0x4c000000')


@test('addresses of buffers do not overlap')
def _():
    found = buffers('1M', '--count', '16', sim=UNCACHED)
    addresses = sorted(int(buffer['physical_address'], 16) for buffer in found)
    expect(all(b - a >= 1 << 20 for a, b in zip(addresses, addresses[1:])), addresses)


@test('addresses above 4 GiB')
def _():
    equal(buffers('64K', sim=UNCACHED + '; base 0x1c0000000')[0]['physical_address'], '0x1c0000000')


@test('/dev/dmabuf_imx')
def _():
    buffer, = buffers('64K', sim='heap linux,cma-uncached; phys absent; dmabuf-imx on')
    equal((buffer['physical_address'], buffer['address_source']), ('0x4c000000', 'dmabuf-imx'))


@test('page frames of a privileged process')
def _():
    buffer, = buffers('64K', sim='heap linux,cma-uncached; phys absent; pagemap privileged')
    equal((buffer['physical_address'], buffer['address_source']), ('0x4c000000', 'pagemap'))


@test('without physical addresses the allocation fails with a hint')
def _():
    result = fails(1, 'alloc', '64K', sim=MAINLINE)
    contains(result.err, 'physical address', '--no-physical-address')


@test('--no-physical-address allocates without physical addresses')
def _():
    buffer, = buffers('64K', '--no-physical-address', '--verify', sim=MAINLINE)
    equal((buffer['physical_address'], buffer['address_source'], buffer['address_pinned']), (None, 'none', None))
    equal((buffer['contiguous'], buffer['coherency'], buffer['is_dmabuf']), ('yes', 'importer', True))
    expect(len(buffer['physical_address_reason']) > 30, buffer)
    lacks(fails(1, 'alloc', '1G', '--no-physical-address', sim=MAINLINE).err, '--no-physical-address')


@test('a device that stays attached is named')
def _():
    sim = MAINLINE + '; render etnaviv'
    buffer, = buffers('64K', '--no-physical-address', sim=sim)
    equal((buffer['coherency'], buffer['attached_driver']), ('attachment', 'etnaviv'))
    contains(run('alloc', '64K', '--no-physical-address', sim=sim).out,
             '  0: a device of the driver etnaviv stays attached')
    for value, sentence in [('perhaps', 'auto is used'), ('/dev/dri/renderD144', 'no such node'), ('auto', '')]:
        warned = run('list', sim=sim, env={'IMXDMABUFFER_ATTACH': value, 'IMXDMABUFFER_LOG': 'warning'}).err
        equal((f'IMXDMABUFFER_ATTACH={value}' in warned, sentence in warned), (value != 'auto', True))
    off, = buffers('64K', '--no-physical-address', sim=sim, env={'IMXDMABUFFER_ATTACH': 'off'})
    equal((off['coherency'], off['attached_driver']), ('importer', None))


@test('an IOMMU')
def _():
    equal([buffers('64K', sim=f'{UNCACHED}; {iommu}')[0]['iommu']
           for iommu in ('udmabuf off', 'iommu DMA', 'iommu untold')], ['no', 'yes', 'unknown'])
    contains(run('alloc', '64K', sim=UNCACHED + '; iommu DMA').out, '  0: an IOMMU translates addresses here')
    lacks(run('alloc', '64K', sim=UNCACHED).out, 'IOMMU')


@test('IMXDMABUFFER_PHYSICAL_ADDRESS counts only without an allocator and without an option')
def _():
    optional = {'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'}
    equal(buffers('64K', sim=MAINLINE, env=optional)[0]['physical_address'], None)
    fails(1, 'alloc', '64K', '--allocator', 'dma-heap', sim=MAINLINE, env=optional, message='--no-physical-address')
    fails(1, 'alloc', '64K', '--require-physical-address', sim=MAINLINE, env=optional, message='physical address')
    required = {'IMXDMABUFFER_PHYSICAL_ADDRESS': 'required'}
    equal(buffers('64K', '--no-physical-address', sim=MAINLINE, env=required)[0]['physical_address'], None)


@test('the text contains the reason without an address, and the devices that sync sessions serve')
def _():
    result = run('alloc', '64K', '--no-physical-address', '--count', '2', sim=MAINLINE)
    lines = result.out.splitlines()
    equal(lines[2].split()[:5], ['0', '65536', 'unknown', 'yes', 'allocator'])
    equal(lines[2].split()[-1], 'importer')
    contains(result.out, '  0-1: DMA-BUF of linux,cma, cached\n', '  0-1: the physical address is unknown', 'attached')
    expect(max(map(len, lines)) < 80, result.out)


@test('the text shows address and descriptor')
def _():
    lines = run('alloc', '64K', sim=UNCACHED).out.splitlines()
    equal(lines[0], 'allocator: dma-heap')
    words = lines[2].split()
    equal(words[:5], ['0', '65536', '0x4c000000', 'yes', 'dmabuf-ioctl'])
    expect(int(words[5]) > 2, words)
    equal(words[6:], ['uncached'])
    equal(lines[3:], ['  0: DMA-BUF of linux,cma-uncached, uncached', 'freed 1'])


@test('0 is not an address')
def _():
    fails(1, 'alloc', '64K', sim='heap linux,cma; phys zero')
    equal(buffers('64K', '--no-physical-address', sim='heap linux,cma; phys zero')[0]['physical_address'], None)


@test('if DMA_BUF_IOCTL_PHYS fails there is no address')
def _():
    equal(buffers('64K', '--no-physical-address', sim='heap linux,cma; phys fault')[0]['physical_address'], None)


@test('a scattered heap has no address, even if the kernel returns one')
def _():
    machine = 'heap system scattered; phys native'
    fails(1, 'alloc', '64K', '--allocator', 'dma-heap:/dev/dma_heap/system', sim=machine)
    result = run('alloc', '64K', '--json', '--allocator', 'dma-heap:/dev/dma_heap/system', '--no-physical-address',
                 sim=machine, code=0)
    buffer, = result.json['buffers']
    equal(buffer['physical_address'], None)
    expect(buffer['contiguous'] != 'yes', buffer)


@test('one of several heaps is the default, another can be named')
def _():
    machine = ('heap system scattered; heap linux,cma; heap linux,cma-uncached; phys native; '
               'heap reserved base=0x90000000')
    equal(buffers('64K', sim=machine)[0]['exporter'], 'linux,cma-uncached')
    buffer, = buffers('64K', '--allocator', 'dma-heap:/dev/dma_heap/reserved', sim=machine)
    equal((buffer['exporter'], buffer['physical_address']), ('reserved', '0x90000000'))


@test('the environment names a heap')
def _():
    buffer, = buffers('64K', sim=UNCACHED + '; heap reserved',
                      env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap:/dev/dma_heap/reserved'})
    equal(buffer['exporter'], 'reserved')


@test('a closed heap: exit code 3 if it is named, host otherwise')
def _():
    machine = 'heap linux,cma open=EACCES mode=0660'
    fails(3, 'alloc', '4096', '--allocator', 'dma-heap', sim=machine, message='EACCES')
    fails(3, 'alloc', '4096', sim=machine, env={'IMXDMABUFFER_ALLOCATOR': 'dma-heap'},
          message='/dev/dma_heap/linux,cma')
    result = run('alloc', '4096', '--json', sim=machine)
    equal(result.json['allocator'], 'host')
    contains(result.json['fallback_reason'], 'EACCES')
    contains(result.err, 'EACCES')


@test('a node that opens only for reading is enough')
def _():
    equal(buffers('4096', sim=UNCACHED + '; heap linux,cma-uncached open-write=EACCES')[0]['allocator'], 'dma-heap')


@test('a heap that runs out')
def _():
    result = fails(1, 'alloc', '1M', '--count', '4', sim='heap linux,cma-uncached limit=2M; phys native')
    contains(result.err, 'buffer 2 of 4: ', 'ENOMEM')
    fails(1, 'alloc', '4M', '--json', sim='heap linux,cma-uncached limit=2M', message='ENOMEM')


@test('host does not replace a full heap')
def _():
    fails(1, 'alloc', '64K', sim='heap linux,cma-uncached limit=4K; phys native', message='ENOMEM')


@test('the kernel\'s alignment, and none beyond it')
def _():
    equal(int(buffers('4096', '--alignment', '1M', sim=UNCACHED)[0]['physical_address'], 16) % (1 << 20), 0)
    result = run('alloc', '4096', '--alignment', '1G', '--no-physical-address', sim=MAINLINE, code=1)
    lacks(result.err, '; --no-physical-address')


@test('an odd size')
def _():
    buffer, = buffers('12345', '--verify', '--map', sim=UNCACHED)
    equal((buffer['size'], buffer['reserved_size']), (12345, 16384))


@test('a mapping that fails')
def _():
    fails(1, 'alloc', '4096', '--map', sim=UNCACHED + '; fail mmap 1 ENOMEM', message='buffer 0: ')
    fails(1, 'alloc', '4096', '--map', '--count', '2', sim=UNCACHED + '; fail mmap 2 EAGAIN', message='buffer 1: ')


@test('interrupted system calls are repeated')
def _():
    buffers('4096', '--verify', sim=CACHED + '; fail open 1 EINTR; fail heap-alloc 1 EINTR; fail sync 1 EINTR')


tap.main()
