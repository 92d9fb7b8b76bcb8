# SPDX-License-Identifier: LGPL-2.1-or-later
"""The instructions of arm64 with which a process maintains caches: QEMU's user mode traces each one.

QEMU does nothing for them, so this shows which are executed, in which order and for which lines, not their effect.
"""
import pathlib
import re
import subprocess
import tempfile

import tap
from document import SOURCE
from tap import equal, expect, for_each, test

TARGET = 'aarch64-linux-gnu'
WORK = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
PROGRAM = pathlib.Path(WORK.name) / 'instructions'
# The last five bits of the first two name a register.
CLEAN, CLEAN_INVALIDATE, DSB, DMB = 0xd50b7a20, 0xd50b7e20, 0xd5033f9f, 0xd5033fbf
TO, FROM, BOTH = '1', '2', '3'


def run(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, done.stdout.decode(errors='replace')[-3000:])
    return done.stdout.decode(errors='replace')


def build():
    directory = pathlib.Path(WORK.name) / 'build'
    run('meson', 'setup', '--werror', '-Dman=disabled', '-Dtools=disabled', '-Dtests=disabled',
        '-Ddefault_library=static', f'--cross-file={SOURCE}/tests/vm/cross/{TARGET}.ini', directory, SOURCE)
    run('meson', 'compile', '-C', directory, 'imxdmabuffer')
    run(f'{TARGET}-gcc', '-static', '-no-pie', '-pthread', '-w', f'-I{SOURCE}/include', f'-I{directory}/include',
        '-o', PROGRAM, f'{SOURCE}/tests/packaging/instructions.c', directory / 'src/libimxdmabuffer.a')


def code_range():
    """Return the addresses of the functions in src/base/cache.c, as QEMU's filter takes them."""
    symbols = {name: int(address, 16) for address, kind, name in re.findall(
        r'^(\w+) (\w) (imxd_cache_clean|imxd_barrier_done)$', run(f'{TARGET}-nm', PROGRAM), re.M) if kind in 'Tt'}
    return f'{symbols["imxd_cache_clean"]:#x}..{symbols["imxd_barrier_done"] + 64:#x}'


def step_option():
    return '-one-insn-per-tb' if 'one-insn-per-tb' in run('qemu-aarch64', '-h') else '-singlestep'


def trace(processor, *arguments):
    """Return the address of the buffer, its properties, and [(opcode, address)] of maintenance and barriers."""
    log = pathlib.Path(WORK.name) / 'log'
    words = run('qemu-aarch64', '-cpu', processor, step_option(), '-d', 'in_asm,cpu,nochain', '-dfilter',
                code_range(), '-D', log, PROGRAM, *arguments).split()
    opcodes, executed = {}, []
    for block in re.split(r'^(?= PC=|IN:)', log.read_text(), flags=re.M):
        opcodes.update((int(address, 16), int(opcode, 16))
                       for address, opcode in re.findall(r'^0x(\w+):\s+(\w{8})\s', block, re.M))
        found = re.match(r' PC=(\w+)', block)
        if not found:
            continue
        registers = {int(number): int(value, 16) for number, value in re.findall(r'X(\d\d)=(\w{16})', block)}
        opcode = opcodes[int(found[1], 16)]
        if opcode in (DSB, DMB):
            executed.append((opcode, None))
        elif opcode & ~31 in (CLEAN, CLEAN_INVALIDATE):
            executed.append((opcode & ~31, registers[opcode & 31]))
    return int(words[0], 16), words[1:], executed


def lines(begin, length, line):
    return list(range(begin & ~(line - 1), begin + length, line))


@test('the program is built, and QEMU traces it')
def _():
    build()
    _, properties, executed = trace('cortex-a53', 'device', '0', '1', TO)
    equal(properties, ['4096', 'user', '64'])
    equal(len(executed), 2)


@for_each('ranges for the device: {}', [('0', '64'), ('0', '65'), ('63', '2'), ('100', '200'), ('4095', '1'),
                                        ('0', '4096')])
def _(case):
    offset, length = map(int, case)
    for processor, line in ('cortex-a53', 64), ('max', 32):
        address, _, executed = trace(processor, 'device', *case, TO)
        equal(executed, [(CLEAN, at) for at in lines(address + offset, length, line)] + [(DSB, None)])


@for_each('ranges for the CPU: {}', [('0', '64'), ('63', '2'), ('100', '200'), ('4095', '1')])
def _(case):
    offset, length = map(int, case)
    for direction in FROM, BOTH:
        address, _, executed = trace('cortex-a53', 'cpu', *case, direction)
        equal(executed, [(DMB, None)] + [(CLEAN_INVALIDATE, at) for at in lines(address + offset, length, 64)] +
              [(DSB, None)])
    equal(trace('cortex-a53', 'cpu', *case, TO)[2], [])


@test('before a device writes, the range is cleaned too')
def _():
    address, _, executed = trace('cortex-a53', 'device', '100', '200', FROM)
    equal(executed, [(CLEAN, at) for at in lines(address + 100, 200, 64)] + [(DSB, None)])


@for_each('a session: {}', ['read', 'write', 'overwrite'])
def _(case):
    address, _, executed = trace('cortex-a53', case, '0', '0', '0')
    everything = lines(address, 4096, 64)
    start = [] if case == 'overwrite' else [(CLEAN_INVALIDATE, at) for at in everything]
    stop = [] if case == 'read' else [(CLEAN, at) for at in everything]
    equal(executed, [(DMB, None), *start, (DSB, None), *stop, (DSB, None)])


tap.main()
