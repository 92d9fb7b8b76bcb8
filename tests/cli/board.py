# SPDX-License-Identifier: LGPL-2.1-or-later
"""A board on which doctor finds nothing wrong, as files below a root; tests break one thing of it."""
import contextlib
import gzip
import os

from tree import area, tree

NEEDED = ['DMABUF_HEAPS', 'DMABUF_HEAPS_CMA', 'CMA', 'DMA_CMA']
RULES = '/etc/udev/rules.d/60-imxdmabuffer.rules'
GOOD_RULE = '# comment\nSUBSYSTEM=="dma_heap", KERNEL!="system*|secure*", GROUP="video", MODE="0660"\n'


def configuration(place, *unset):
    lines = [f'# CONFIG_{name} is not set\n' if name in unset else f'CONFIG_{name}=y\n' for name in NEEDED]
    place.write('/proc/config.gz', gzip.compress(''.join(['CONFIG_ARM64=y\n', *lines]).encode()))


def memory(place, total=512, free=400):
    place.write('/proc/meminfo', f'MemTotal: 4096000 kB\nCmaTotal: {total << 10} kB\nCmaFree: {free << 10} kB\n')


def limit(place, group, size, used=0, inactive=0):
    place.write(f'/sys/fs/cgroup{group}/memory.max', f'{size}\n')
    place.write(f'/sys/fs/cgroup{group}/memory.current', f'{used}\n')
    place.write(f'/sys/fs/cgroup{group}/memory.stat', f'anon 0\ninactive_file {inactive}\nslab_reclaimable 0\n')


@contextlib.contextmanager
def good_board():
    with tree() as place:
        os.chmod(place.root, 0o755)
        place.write('/sys/firmware/devicetree/base/model', b'NXP i.MX8MPlus EVK board\0')
        place.write('/sys/devices/soc0/soc_id', 'i.MX8MP\n')
        place.write('/sys/devices/soc0/revision', '1.1\n')
        place.write('/proc/sys/kernel/osrelease', '6.6.36-lts\n')
        place.write('/proc/self/cgroup', '0::/system.slice/app.service\n')
        limit(place, '/system.slice/app.service', 'max')
        limit(place, '/system.slice', 1 << 30, 1 << 29)
        place.write(RULES, GOOD_RULE)
        configuration(place)
        memory(place)
        area(place, 'linux,cma', 0x58000000, [True] * 4096 + [False] * (32 * 4096 - 4096))
        yield place


def group(place, number, kind, *devices):
    if kind:
        place.write(f'/sys/kernel/iommu_groups/{number}/type', kind + '\n')
    for device in devices:
        place.write(f'/sys/kernel/iommu_groups/{number}/devices/{device}', '')
