# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer doctor, on a good board and on broken ones."""
import os
import resource

import tap
from board import RULES, configuration, good_board, group, limit, memory
from tap import contains, equal, expect, fails, test
from tree import area

MIB = 1 << 20
HEAPS = 'heap linux,cma-uncached mode=0660; heap linux,cma mode=0660; heap system scattered mode=0660; phys native; '


def examine(place, code=4, sim=HEAPS, arguments=('--json',), **options):
    # A finding is no failure of the program: there is no error line.
    result = tap.raw('doctor', '--root', str(place.root), *arguments, sim=sim, **options)
    equal((result.code, result.err), (code, ''))
    return result


def findings(place, **options):
    return examine(place, **options).json['findings']


def first(place, **options):
    return findings(place, **options)[0]


def facts(document):
    result = {}
    for fact in document['facts']:
        result.setdefault(fact['name'], []).append(fact['value'])
    return result


@test('nothing is wrong on a good board')
def _():
    with good_board() as place:
        document = examine(place, 0).json
        text = examine(place, 0, arguments=()).out
    equal((document['schema'], document['findings'], document['not_seen']), (1, [], []))
    expect(text.endswith('\nnothing is wrong\n') and max(map(len, text.splitlines())) < 80, text)


@test('the facts')
def _():
    with good_board() as place:
        found = facts(examine(place, 0, env={'IMXDMABUFFER_LOG': 'error'}).json)
    equal(found['board'], ['NXP i.MX8MPlus EVK board, i.MX8MP revision 1.1'])
    contains(found['kernel'][0], 'Linux 6.6.36-lts, ')
    equal(found['environment'], ['IMXDMABUFFER_LOG=error'])
    equal(found['allocators'][0],
          'dma-heap (default): /dev/dma_heap/linux,cma-uncached, uncached, addresses yes, coherency uncached')
    expect(any(line.startswith('/dev/dma_heap/linux,cma, root:root, mode 0660') for line in found['heaps']), found)
    equal(found['CMA'], ['512 MiB', 'linux,cma: 496 MiB free in 1 run, the largest 496 MiB'])
    equal(found['IOMMU'], ['none: devices use physical addresses'])
    equal(found['limits'][1:], ['control group /system.slice: 1.00 GiB of memory, 512 MiB left'])


@test('an IOMMU is a fact, not a fault: the report says which devices cannot use a physical address')
def _():
    with good_board() as place:
        group(place, 0, 'identity', '30000000.camera')
        equal(facts(examine(place, 0).json)['IOMMU'], ['groups: 1, none translated: devices use physical addresses'])
        group(place, 1, 'DMA', '38000000.gpu', '38000001.gpu')
        group(place, 2, 'DMA-FQ', '40000000.video')
        # Without devices, nobody uses the group.
        group(place, 3, 'DMA')
        (place.root / 'sys/kernel/iommu_groups/4/devices').mkdir(parents=True)
        found = facts(examine(place, 0).json)['IOMMU']
        equal(found[0], 'groups: 2 of 3 translated, with the devices 38000000.gpu, 38000001.gpu, 40000000.video')
        contains(found[1], 'no fault', 'cannot use a physical address', 'pass it the DMA-BUF')
        text = examine(place, 0, arguments=()).out
        expect(text.endswith('\nnothing is wrong\n') and max(map(len, text.splitlines())) < 80, text)


@test('IOMMUs of kernels before 4.19, and of many devices')
def _():
    with good_board() as place:
        group(place, 0, None, '38000000.gpu')
        equal(facts(examine(place, 0).json)['IOMMU'][0],
              'groups: 0 of 1 translated, 1 of unknown type (Linux before 4.19), with the devices 38000000.gpu')
        group(place, 1, 'DMA', *[f'{number:08x}.device' for number in range(60)])
        line = facts(examine(place, 0).json)['IOMMU'][0]
        shown = line.split('with the devices ')[1].split(' and ')[0].split(', ')
        contains(line, f' and {61 - len(shown)} more')
        expect(len(shown) > 20, line)


@test('board 1: a wrong environment variable')
def _():
    with good_board() as place:
        for name in 'dma_heap', 'dma-heap:/dev/dma_heap/other', 'ion':
            found = first(place, env={'IMXDMABUFFER_ALLOCATOR': name})
            equal((found['id'], found['severity']), ('environment', 'error'))
            contains(found['evidence'], f'IMXDMABUFFER_ALLOCATOR={name}: ')


@test('board 2: a kernel without the CMA heap')
def _():
    with good_board() as place:
        configuration(place, 'DMABUF_HEAPS_CMA')
        found = findings(place, sim='heap system scattered mode=0660')
    equal([one['id'] for one in found], ['kernel-config', 'no-allocator'])
    equal(found[0]['evidence'], '/proc/config.gz: not set: CONFIG_DMABUF_HEAPS_CMA')


@test('board 3: no CMA area')
def _():
    with good_board() as place:
        memory(place, 0, 0)
        found = findings(place, sim='heap system scattered mode=0660')
    equal([one['id'] for one in found], ['no-cma', 'no-allocator'])
    contains(found[0]['remedy'], 'cma=', 'device tree')


@test('board 4: a rule for names that this kernel does not have')
def _():
    rule = 'SUBSYSTEM=="dma_heap", KERNEL=="linux,cma*", GROUP="video", \\\n  MODE="0660"\n'
    with good_board() as place:
        place.write(RULES, rule)
        findings(place, code=0)
        found = first(place, sim='heap default_cma_region mode=0600; heap system scattered; phys native')
        equal((found['id'], found['severity']), ('udev-rule', 'error'))
        contains(found['evidence'], f'{RULES}: SUBSYSTEM=="dma_heap", KERNEL=="linux,cma*"')
        # One rule that matches is enough; rules of other subsystems say nothing.
        place.write('/usr/lib/udev/rules.d/99-other.rules', 'SUBSYSTEMS=="dma_heap", MODE="0666"\n'
                    'SUBSYSTEM=="dma_heap", KERNEL=="a|default_cma*", MODE="0660"\n')
        findings(place, code=0, sim='heap default_cma_region mode=0600; phys native')


@test('board 5: a heap that is closed to the user')
def _():
    user = tap.other_user()
    with good_board() as place:
        result = tap.raw_as(user, 'doctor', '--root', str(place.root), '--json',
                            sim='heap linux,cma open=EACCES mode=0600; phys native')
        equal(result.code, 4)
        found = result.json['findings']
    equal([one['id'] for one in found], ['closed'])
    contains(found[0]['evidence'], 'dma-heap: /dev/dma_heap/linux,cma', 'mode 0600')
    contains(found[0]['remedy'], 'add the user to the group')


@test('board 6: a device that a control group denies')
def _():
    with good_board() as place:
        found = first(place, sim='heap linux,cma open=EPERM mode=0660; phys native')
    equal(found['id'], 'denied')
    contains(found['remedy'], 'control group', 'container')


@test('board 7: no physical addresses')
def _():
    with good_board() as place:
        found = first(place, sim='heap linux,cma mode=0660; phys absent; pagemap pfnmap')
        equal((found['id'], found['severity']), ('no-address', 'warning'))
        # Nothing is wrong for programs that need none, also if the memory is cached.
        for heap in 'linux,cma-uncached', 'linux,cma':
            findings(place, code=0, sim=f'heap {heap} mode=0660; phys absent; pagemap pfnmap',
                     env={'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'})


@test('board 8: cached memory that nothing keeps coherent')
def _():
    with good_board() as place:
        found = first(place, sim='heap linux,cma mode=0660; phys absent; pagemap privileged')
    equal((found['id'], found['severity']), ('incoherent', 'error'))


@test('board 9: 16 MiB of CMA')
def _():
    with good_board() as place:
        memory(place, 16, 10)
        found = first(place)
    equal((found['id'], found['severity'], found['evidence']),
          ('cma-small', 'warning', '/proc/meminfo: CmaTotal: 16384 kB'))


@test('board 10: CMA that is used up')
def _():
    with good_board() as place:
        area(place, 'linux,cma', 0x58000000, [True] * 31 * 1024 + [False] * 1024)
        found = first(place)
        equal((found['id'], found['evidence']),
              ('cma-full', '/sys/kernel/debug/cma/linux,cma/bitmap: 4.00 MiB of 128 MiB free'))
        # What is lent to page cache can be had, but is not in CmaFree.
        area(place, 'linux,cma', 0x58000000, [False] * 32 * 1024)
        memory(place, 512, 3)
        findings(place, code=0)


@test('board 11: fragmented CMA')
def _():
    with good_board() as place:
        area(place, 'linux,cma', 0x58000000, ([True] + [False] * 1023) * 16)
        found = first(place)
    equal(found['id'], 'cma-fragmented')
    contains(found['evidence'], '/sys/kernel/debug/cma/linux,cma/bitmap: 63.9 MiB free, but the largest run has 4.00 ')


@test('board 12: libhantro without its heap')
def _():
    with good_board() as place:
        place.write('/usr/lib/libhantro.so.1', '')
        findings(place, code=0)
        equal(first(place, sim='heap linux,cma mode=0660; phys native')['id'], 'hantro-heap')


@test('board 13: little memory in the control group')
def _():
    with good_board() as place:
        limit(place, '/system.slice', 128 * MIB, 100 * MIB, 8 * MIB)
        found = first(place)
        equal(found['id'], 'memory-limit')
        contains(found['evidence'], '/sys/fs/cgroup/system.slice/memory.max: 128 MiB, 36.0 MiB left')
        # Page cache that the kernel can drop does not count as used.
        limit(place, '/system.slice', 128 * MIB, 100 * MIB, 90 * MIB)
        findings(place, code=0)
        limit(place, '', 64 * MIB, 60 * MIB)
        equal(first(place)['id'], 'memory-limit')


def limited(kind, value):
    return lambda: resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


@test('board 14: few descriptors')
def _():
    with good_board() as place:
        equal(first(place, preexec_fn=limited(resource.RLIMIT_NOFILE, 64))['id'], 'descriptors')


@test('board 15: a limited address space')
def _():
    if tap.runtimes():
        raise tap.Skip('a sanitizer needs the address space')
    with good_board() as place:
        equal(first(place, preexec_fn=limited(resource.RLIMIT_AS, 1 << 29))['id'], 'address-space')


@test('board 16: a heap for everybody')
def _():
    with good_board() as place:
        for mode in '0666', '0664', '0662':
            found = first(place, sim=HEAPS.replace('linux,cma mode=0660', f'linux,cma mode={mode}'))
            equal((found['id'], found['evidence']), ('world-accessible', f'/dev/dma_heap/linux,cma has mode {mode}'))


@test('board 17: PHYS of Linux 5.15 loses memory')
def _():
    with good_board() as place:
        sim = 'release 5.15.71; phys native; heap linux,cma mode=0660'
        equal(first(place, sim=sim)['id'], 'phys-loses-memory')
        findings(place, code=0, sim=sim.replace('linux,cma', 'linux,cma-uncached'))


@test('a board that another mechanism serves needs no heap')
def _():
    with good_board() as place:
        configuration(place, 'DMABUF_HEAPS', 'DMABUF_HEAPS_CMA')
        memory(place, 0, 0)
        findings(place, code=0, sim='release 4.9.88; ipu on mode=0660')


@test('ION closed to the user, with a heap that serves')
def _():
    with good_board() as place:
        found = first(place, sim=HEAPS + 'ion new open=EACCES mode=0600 heap a id=1')
    expect(found['id'] in ('closed', 'denied'), found)
    contains(found['evidence'], 'ion: /dev/ion')


@test('the rules of the package, and heaps that they leave out')
def _():
    rules = (tap.SOURCE / 'packaging/udev/60-imxdmabuffer.rules').read_text()
    with good_board() as place:
        place.write(RULES, rules)
        findings(place, code=0)
        for others in 'heap system scattered; heap secure mode=0600', 'heap dsp mode=0600; heap protected mode=0600':
            expect('udev-rule' not in [one['id'] for one in findings(place, sim=others)], others)


@test('rules in comments, of other keys, and hidden files')
def _():
    board = 'heap default_cma_region mode=0600; phys native'
    wrong = 'SUBSYSTEM=="dma_heap", KERNEL=="linux,cma*", MODE="0660"\n'
    with good_board() as place:
        place.write(RULES, wrong + '# SUBSYSTEM=="dma_heap", MODE="0660"\nKERNELS=="x", XKERNEL=="default*"\n')
        equal(first(place, sim=board)['id'], 'udev-rule')
        place.write('/lib/udev/rules.d/10-a.rules', 'SUBSYSTEM=="dma_heap", MODE="0660"\n')
        findings(place, code=0, sim=board)
        # A file hides those of the same name in later directories.
        place.write('/etc/udev/rules.d/10-a.rules', '')
        equal(first(place, sim=board)['id'], 'udev-rule')


@test('a container with a control group of its own')
def _():
    with good_board() as place:
        place.write('/proc/self/cgroup', '0::/\n')
        limit(place, '', 64 * MIB, 60 * MIB)
        found = findings(place)
        equal([(one['id'], one['evidence']) for one in found],
              [('memory-limit', '/sys/fs/cgroup/memory.max: 64.0 MiB, 4.00 MiB left')])
        place.write('/proc/self/cgroup', '4:memory:/docker/1\n')
        equal(examine(place, 0).json['not_seen'], ['limits of control groups of version 1'])


@test('a FIFO in the place of a file')
def _():
    with good_board() as place:
        (place.root / 'proc/config.gz').unlink()
        os.mkfifo(place.root / 'proc/config.gz')
        (place.root / 'sys/devices/soc0/soc_id').unlink()
        os.mkfifo(place.root / 'sys/devices/soc0/soc_id')
        contains(examine(place, 0).json['not_seen'][0], '/proc/config.gz')


@test('several faults: errors first')
def _():
    with good_board() as place:
        memory(place, 16, 10)
        limit(place, '', 64 * MIB, 60 * MIB)
        found = findings(place, sim='heap linux,cma mode=0666; phys absent; pagemap privileged')
        text = examine(place, arguments=(), sim='heap linux,cma mode=0666; phys absent; pagemap privileged').out
    equal([one['id'] for one in found], ['incoherent', 'cma-small', 'memory-limit', 'world-accessible'])
    contains(text, '\n1. error: ', '\n2. warning: ', '\n   evidence: ', '\n   remedy:   ')
    expect(max(map(len, text.splitlines())) < 80, text)


@test('what cannot be seen is said')
def _():
    with good_board() as place:
        (place.root / 'proc/config.gz').write_bytes(b'no gzip')
        for name in 'base_pfn', 'count', 'order_per_bit', 'bitmap':
            (place.root / 'sys/kernel/debug/cma/linux,cma' / name).unlink()
        gaps = examine(place, 0).json['not_seen']
    equal(len(gaps), 2)
    contains(gaps[0], '/proc/config.gz')
    contains(gaps[1], '/sys/kernel/debug/cma')


@test('names cannot harm a terminal')
def _():
    with good_board() as place:
        place.write('/sys/firmware/devicetree/base/model', b'a\x1b[31m\x9b\nb\0')
        place.write(RULES, 'SUBSYSTEM=="dma_heap", KERNEL=="\x1b[2J"\n')
        text = examine(place, arguments=()).out
    expect(not [character for character in text if not ' ' <= character <= '~' and character != '\n'], repr(text))


@test('a machine that cannot be looked at')
def _():
    fails(1, 'doctor', '--root', '/nonexistent', message='/proc cannot be read')


@test('this machine')
def _():
    result = tap.raw('doctor', '--json')
    expect(result.code in (0, 4) and result.err == '', result)
    equal(result.code == 4, bool(result.json['findings']))


@test('wrong usage')
def _():
    fails(2, 'doctor', 'extra', message='takes no argument')


tap.main()
