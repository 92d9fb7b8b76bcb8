# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer alloc --verify"""
import tap
from tap import DAMAGE, contains, equal, expect, fails, for_each, run, test

HOST = {'IMXDMABUFFER_ALLOCATOR': 'host:memfd'}


def damaged(offset, *arguments, buffer='0'):
    return fails(1, 'alloc', '--verify', *arguments, preload=[DAMAGE],
                 env=HOST | {'DAMAGE_OFFSET': str(offset), 'DAMAGE_BUFFER': buffer})


@for_each('{} bytes read back as written', ['1', '7', '8', '9', '4095', '4096', '4097', '65543', '3M'])
def _(size):
    equal(run('alloc', size, '--verify', '--json', env=HOST).json['buffers'][0]['verified'], True)


@test('several buffers read back as written')
def _():
    result = run('alloc', '100000', '--verify', '--count', '5', env=HOST)
    contains(result.out, 'verified 5: ')


@for_each('a heap: {}', ['heap linux,cma-uncached; phys native', 'heap linux,cma; phys native',
                         'heap linux,cma; phys u64', 'hugepages 4; udmabuf on; pagemap privileged',
                         'hugepages 4; pagemap privileged'])
def _(machine):
    for size in ('1', '12345', '1M'):
        result = run('alloc', size, '--verify', '--count', '2', '--json', sim=machine,
                     env={} if 'heap' in machine else {'IMXDMABUFFER_ALLOCATOR': 'host'})
        equal([buffer['verified'] for buffer in result.json['buffers']], [True, True])


@for_each('a changed byte is found: {}', [0, 1, 7, 8, 4095, 4096, 65535])
def _(offset):
    result = damaged(offset, '64K')
    contains(result.err, f'buffer 0: verification failed: byte {offset} of 65536 reads 0x')
    read, written = (int(result.err.split(word)[1][:2], 16) for word in ('reads 0x', 'but 0x'))
    equal(read ^ written, 0x10)


@test('the last byte of an odd size')
def _():
    contains(damaged(12344, '12345').err, 'byte 12344 of 12345')
    contains(damaged(0, '1').err, 'byte 0 of 1')


@test('bytes behind the buffer are not compared')
def _():
    run('alloc', '100', '--verify', preload=[DAMAGE], env=HOST | {'DAMAGE_OFFSET': '100'})


@test('the damaged buffer is named')
def _():
    contains(damaged(5, '4096', '--count', '3', buffer='1').err, 'buffer 1: ')
    contains(damaged(5, '4096', '--count', '3', '--json', buffer='2').err, 'buffer 2: ')


@test('mixed-up buffers are found')
def _():
    fails(1, 'alloc', '4096', '--verify', '--count', '2', preload=[DAMAGE], env=HOST | {'DAMAGE_MIX_UP': '1'},
          message='buffer 1: verification failed')


@test('without --verify the data is not compared')
def _():
    run('alloc', '4096', '--map', preload=[DAMAGE], env=HOST | {'DAMAGE_OFFSET': '0'})


@test('a second mapping that fails')
def _():
    fails(1, 'alloc', '4096', '--verify', sim='heap linux,cma-uncached; fail mmap 2 ENOMEM',
          message='cannot be mapped a second time')


@test('the first mapping that fails')
def _():
    fails(1, 'alloc', '4096', '--verify', sim='heap linux,cma-uncached; fail mmap 1 ENOMEM', message='buffer 0: ')


@test('a failed sync of the second mapping')
def _():
    # The library does not synchronise uncached buffers, so the two calls are those of the second mapping.
    for nth in (1, 2):
        fails(1, 'alloc', '4096', '--verify', sim=f'heap linux,cma-uncached; fail sync {nth} EIO',
              message='DMA_BUF_IOCTL_SYNC')


@test('an interrupted sync of the second mapping')
def _():
    for code in ('EINTR', 'EAGAIN'):
        run('alloc', '4096', '--verify', sim=f'heap linux,cma-uncached; fail sync 1 {code} 3')


# The second sync, and the third DMA_BUF_IOCTL_PHYS (the first one finds the address), end the session of the writing.
LOST = [('heap linux,cma; phys native; fail sync 2 EIO', 'DMA_BUF_IOCTL_SYNC'),
        ('heap linux,cma; phys native; fail phys 3 EIO', 'DMA_BUF_IOCTL_PHYS')]


@for_each('a lost write-back is found: {}', LOST)
def _(case):
    machine, call = case
    for option in ('--verify', '--map'):
        result = fails(1, 'alloc', '4096', option, sim=machine, message='buffer 0: unmapping failed: ')
        contains(result.err, call, 'EIO')
        fails(1, 'alloc', '4096', option, '--json', sim=machine, message='unmapping failed')


@test('the buffer with a lost write-back is named')
def _():
    fails(1, 'alloc', '4096', '--verify', '--count', '3', sim='heap linux,cma; phys native; fail sync 4 EIO',
          message='buffer 1: unmapping failed: ')


@test('memory without a descriptor is read through the library')
def _():
    run('alloc', '4096', '--verify', '--allocator', 'ipu', sim='ipu on')


@test('--verify keeps the messages that IMXDMABUFFER_LOG asks for')
def _():
    machine = 'heap linux,cma; phys native; fail sync 2 EIO'
    for level, words in (('error', ['error']), ('debug', ['info', 'error'])):
        shown = tap.raw('alloc', '4096', '--verify', sim=machine, env={'IMXDMABUFFER_LOG': level})
        equal(shown.code, 1)
        lines = shown.err.splitlines()
        equal(len([line for line in lines if 'imxdmabuffer: alloc: buffer 0: unmapping failed: ' in line]), 1)
        for word in words:
            expect(any(line.startswith(f'imxdmabuffer: {word}: ') for line in lines), shown)
    quiet = tap.raw('alloc', '4096', '--verify', sim=machine, env={'IMXDMABUFFER_LOG': 'off'})
    equal(len(quiet.err.splitlines()), 1)
    logged = run('alloc', '4096', '--verify', sim='heap linux,cma; phys native', env={'IMXDMABUFFER_LOG': 'error'})
    equal(logged.err, '')


tap.main()
