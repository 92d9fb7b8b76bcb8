# SPDX-License-Identifier: LGPL-2.1-or-later
"""The output of imxdmabuffer list on four boards, word for word. GOLDEN_WRITE=1 writes the files."""
import os
import pathlib
import re
import sys

import tap
from tap import equal, expect, run, test, video

GOLDEN = pathlib.Path(__file__).with_name('golden')
VENDORS = dict(argument.split('=', 1) for argument in sys.argv[4:])
# The text VIDEO is replaced by the number of the group video.
NODE = 'owner=VIDEO mode=0660'

# The board and its kernel, the simulated machine, the vendors' libraries.
BOARDS = {
    'imx6q-4.9': (f'release 4.9.88; phys old; ion legacy {NODE} heap user id=0; ipu on {NODE}; g2d on {NODE}',
                  ['g2d-old-1']),
    'imx7d-5.4': ('release 5.4.70; phys native; ion new heap linux,cma id=1 heap system id=0 type=system; '
                  f'pxp 2 {NODE}', []),
    'imx8mp-5.15': (f'release 5.15.71; phys native; heap linux,cma-uncached {NODE}; heap linux,cma {NODE}; '
                    f'heap system scattered {NODE}; dwl on {NODE}; g2d on {NODE} base=0x8ffff000',
                    ['hantro', 'g2d-old']),
    'imx93-6.6': (f'release 6.6.36; phys native; heap linux,cma-uncached {NODE}; heap linux,cma {NODE}; '
                  f'heap system scattered; pxp 3 {NODE}', ['g2d-pxp']),
}


def golden(name, sim, vendors):
    def _():
        directories = [VENDORS[vendor] for vendor in vendors] + [os.environ.get('LD_LIBRARY_PATH', '')]
        shown = run('list', sim=sim.replace('VIDEO', f'0:{video()}'),
                    env={'LD_LIBRARY_PATH': ':'.join(directories)}).out
        # The properties of the host allocator depend on the user and the machine.
        expect(max(map(len, shown.splitlines())) < 80, shown)
        shown = re.sub(r'^  host .*\n(?: {4}.*\n)*', '', shown, flags=re.M)
        path = GOLDEN / f'{name}.txt'
        if os.environ.get('GOLDEN_WRITE'):
            path.write_text(shown, encoding='utf-8')
        equal(shown, path.read_text(encoding='utf-8'))
    return _


for board, (machine, libraries) in BOARDS.items():
    test(f'the list of {board}')(golden(board, machine, libraries))

tap.main()
