# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer_sim.h: a program that is not built with the simulator, on boards and without one."""
import os
import re
import subprocess
import sys

import tap
from tap import SOURCE, equal, expect, for_each, raw, test

DEVICES, BLIT, BLIT_WIDE = map(os.path.abspath, sys.argv[4:7])
HEADER = (SOURCE / 'include/imxdmabuffer/imxdmabuffer_sim.h').read_text()


# One board of each kind: addresses or none; caches that the kernel, an attached device or the program maintains; ION.
@for_each('devices, failures and counts on {}', ['imx6q', 'imx6q/mainline', 'imx6ull/5.4', 'imx6ull/mainline', 'imx8mp',
                                                 'imx8mp/mainline', 'imx95'])
def _(board):
    result = raw('sim', '--board', board, DEVICES, env={'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'})
    equal((result.code, result.out, result.err), (0, 'passed\n', ''))


@for_each('libg2d fills and copies surfaces: {}', [('imx8mp', BLIT_WIDE), ('imx8mp/5.10', BLIT), ('imx93', BLIT)])
def _(case):
    result = raw('sim', '--board', *case)
    equal((result.code, result.out, result.err), (0, 'passed\n', ''))


@test('without the simulator, the functions are NULL')
def _():
    done = subprocess.run([DEVICES], env=tap.environment(), capture_output=True, text=True, check=False)
    equal((done.returncode, done.stdout, done.stderr), (0, 'skipped: no simulator\n', ''))


@test('every function is weak, and in the library')
def _():
    declared = set(re.findall(r'^(?!static)[a-z][\w *]*?\b(imxdmabuffer_sim_\w+)\(', HEADER, re.M))
    weak = re.findall(r'^#pragma weak (\w+)$', HEADER, re.M)
    equal(sorted(weak), sorted(declared))
    symbols = subprocess.run(['nm', '-D', '--defined-only', tap.SIMULATOR], capture_output=True, text=True, check=True)
    found = set(re.findall(r'\b(imxdmabuffer_sim_\w+)$', symbols.stdout, re.M))
    # The hook that maintains caches for the library.
    equal(sorted(found - {'imxdmabuffer_sim_cache'}), sorted(declared))


@test('the test program calls every function')
def _():
    text = (SOURCE / 'tests/cli/devices.c').read_text()
    called = set(re.findall(r'\b(imxdmabuffer_sim_\w+)\(', text))
    expect(len(called) > 20, called)
    equal(sorted(set(re.findall(r'^#pragma weak (\w+)$', HEADER, re.M)) - called), [])


tap.main()
