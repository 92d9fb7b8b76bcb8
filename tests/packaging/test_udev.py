# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example of udev rules, and the rules in the library's messages, run through udev's own rule engine."""
import json
import re
import subprocess
import tempfile

import tap
from document import SOURCE
from tap import contains, equal, expect, run, test, video
from udev_rules import apply

RULES = SOURCE / 'packaging/udev/60-imxdmabuffer.rules'

GIVEN = [('dma_heap', f'dma_heap/{name}{suffix}') for name in ('linux,cma', 'reserved', 'default_cma_region')
         for suffix in ('', '-uncached')]
GIVEN += [('dma_heap', 'dma_heap/default-pool'), ('misc', 'ion'), ('mxc_ipu', 'mxc_ipu'), ('misc', 'pxp_device'),
          ('mxc_hantro', 'mxc_hantro'), ('mxc_hantro', 'mxc_hantro_vc8000e'), ('galcore_class', 'galcore'),
          ('misc', 'dmabuf_imx')]
LEFT_ALONE = [('dma_heap', f'dma_heap/{name}')
              for name in ('system', 'system-uncached', 'secure', 'protected,secure-video', 'dsp')]
LEFT_ALONE += [('misc', 'fuse'), ('misc', 'reserved'), ('misc', 'ionize'), ('tty', 'ttymxc0')]


def proposed(sentence):
    """Return the rule that a message of the library proposes."""
    found = re.search(r'with mode 0660: (.*MODE="0660")', sentence)
    expect(found, f'a rule expected in {sentence!r}')
    return found.group(1) + '\n'


def refused(text, name):
    """Return the message about a node that this process may not open."""
    found = run('list', '--json', sim=text).json['allocators']
    return next(entry['reason'] for entry in found if entry['name'] == name)


@test('the example gives every node of an allocator to the group, with mode 0660')
def _():
    expected = {node: (video(), '0660') for _, node in GIVEN}
    equal(apply(RULES.read_text(), GIVEN), expected)


@test('the example leaves other devices alone, and heaps that are not contiguous')
def _():
    video()
    equal(apply(RULES.read_text(), LEFT_ALONE), {node: (None, None) for _, node in LEFT_ALONE})


@test('the rule that is proposed for a heap works for its siblings too')
def _():
    rule = proposed(refused('heap linux,cma open=EACCES mode=0600', 'dma-heap'))
    nodes = [('dma_heap', 'dma_heap/linux,cma'), ('dma_heap', 'dma_heap/reserved')]
    equal(apply(rule, nodes), {node: (video(), '0660') for _, node in nodes})


@test('the rule that is proposed for another node works for this node')
def _():
    result = run('alloc', '4K', '--allocator', 'host:udmabuf', code=3,
                 sim='udmabuf on open=EACCES mode=0600; hugepages 4')
    rule = proposed(result.err)
    contains(rule, 'KERNEL=="udmabuf"')
    equal(apply(rule, [('misc', 'udmabuf'), ('misc', 'ion')]), {'udmabuf': (video(), '0660'), 'ion': (None, None)})


def install_plan(*options):
    """Return the directory in which a build with these options would install its rules."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['meson', 'setup', folder, SOURCE, '-Dtools=disabled', '-Dtests=disabled', '-Dman=disabled',
                        '-Dprefix=/usr', *options], check=True, stdout=subprocess.DEVNULL)
        plan = subprocess.run(['meson', 'introspect', '--installed', folder], check=True, capture_output=True)
    return [target for target in json.loads(plan.stdout).values() if target.endswith('.rules')]


@test('the rules are an example, unless requested')
def _():
    equal(install_plan(), ['/usr/share/doc/libimxdmabuffer/examples/60-imxdmabuffer.rules'])
    (place,) = install_plan('-Dudev-rules=enabled')
    expect(re.fullmatch(r'(/usr)?/lib/udev/rules\.d/60-imxdmabuffer\.rules', place), place)


tap.main()
