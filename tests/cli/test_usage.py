# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands, options, help and wrong usage."""
import tap
from tap import contains, equal, expect, fails, for_each, run, test

HOST = {'IMXDMABUFFER_ALLOCATOR': 'host:memfd'}


@test('--help names every command and the exit codes')
def _():
    result = run('--help')
    contains(result.out, 'usage: imxdmabuffer COMMAND', '  list ', '  alloc ', '  info ', '  check ', 'Exit codes')
    equal(result.err, '')
    equal(run('-h').out, result.out)
    expect(max(map(len, result.out.splitlines())) < 80, 'lines below 80 columns')


@for_each('{} --help prints its usage and options',
          ['list', 'alloc', 'info', 'check', 'bench', 'doctor', 'top', 'map'])
def _(command):
    result = run(command, '--help')
    contains(result.out, f'usage: imxdmabuffer {command} ', '--json', '--help')
    equal(result.err, '')
    equal(run(command, '-h').out, result.out)
    expect(max(map(len, result.out.splitlines())) < 80, 'lines below 80 columns')


@test('the help of alloc names every option')
def _():
    contains(run('alloc', '--help').out, '--allocator', '--alignment', '--count', '--map', '--verify', '--hold',
             '--no-physical-address', '--require-physical-address', '--json', 'KiB', 'nv12')


@test('--help ignores later options')
def _():
    contains(run('alloc', '--help', '--nonsense').out, 'usage:')


@test('--version prints program and library')
def _():
    result = run('--version')
    equal(len(result.out.splitlines()), 1)
    contains(result.out, 'imxdmabuffer 1.', 'libimxdmabuffer 1.')


@test('no command')
def _():
    fails(2, message='such as list, doctor or alloc')


@for_each('unknown command {}', ['frobnicate', '', 'lis', 'List', 'list ', 'x' * 3000, '../list'])
def _(command):
    fails(2, command, message='unknown command')


@for_each('unknown global option {}', ['--nope', '-', '--', '--hel', '-x', '--version=1', '--json'])
def _(option):
    fails(2, option, message='unknown option')


@for_each('{} takes no argument', ['--help', '-h', '--version'])
def _(option):
    fails(2, option, 'list', message='takes no argument')


@for_each('list and info take no {}', ['extra', '', '-x', '--nope', '--json=yes', '--count', '--verify'])
def _(argument):
    for command in ('list', 'info'):
        contains(fails(2, command, argument).err, f'imxdmabuffer: {command}: ', f'{command} --help')
        fails(2, command, '--json', argument)


@test('an argument after -- is an argument')
def _():
    fails(2, 'list', '--', 'extra', message='takes no argument')
    fails(2, 'alloc', '--', '--json', message='--json')
    run('alloc', '--', '4096', env=HOST)


@test('alloc without a size')
def _():
    contains(fails(2, 'alloc').err, 'SIZE is missing')
    fails(2, 'alloc', '--json', '--count', '2', message='SIZE is missing')


@for_each('alloc with size {}', [
    '', ' ', '0', '0K', '-1', '+4096', ' 4096', '4096 ', '4096\n', '0x1000', '1e3', '1.5M', '4KB', '4T', 'K', 'junk',
    '99999999999999999999', '17179869184G', '1920x1080', '1920x1080:', 'x1080:nv12', '1920x:nv12', '0x0:nv12',
    '1920x1080:nv13', '4294967296x4294967296:rgba8888', '1920*1080:nv12', '1x1:nv12:', '\u0661\u0662', '1' * 5000])
def _(size):
    fails(2, 'alloc', size, env=HOST, message='imxdmabuffer: alloc: ')
    fails(2, 'alloc', '--json', size, env=HOST)


@test('a size with a dash is an unknown option, not a crash')
def _():
    fails(2, 'alloc', '-4096', env=HOST)
    fails(2, 'alloc', '--', '-4096', env=HOST, message='not a size')


@test('an unknown format lists the known ones')
def _():
    fails(2, 'alloc', '16x16:nope', message='nv12 nv21 i420 yv12 nv16')
    contains(fails(2, 'alloc', '16x16:nope').err, 'p010', 'xrgb8888', 'gray8')


@test('two sizes')
def _():
    fails(2, 'alloc', '4096', '8192', env=HOST, message='8192')


@for_each('--count {}', ['', '0', '00', '-1', '1.5', '1K', 'two', ' 2', '2 ', '0x2', '1000001', '18446744073709551615',
                         '99999999999999999999'])
def _(count):
    fails(2, 'alloc', '4096', '--count', count, env=HOST, message='--count')


@for_each('--alignment {}', ['', '-1', 'page', '1.5K', '0x1000', '64KB', '99999999999999999999', '16x16:nv12'])
def _(alignment):
    fails(2, 'alloc', '4096', '--alignment', alignment, env=HOST, message='alloc: ')


@for_each('--hold {}', ['', '-1', '.', '.5', '5.', '1.5.5', 'nan', 'inf', '1e3', ' 1', '1 ', '5s', '0x5',
                        '99999999999999999999', '1000000001', '1.5x', '1.-5', '1' * 5000])
def _(seconds):
    fails(2, 'alloc', '4096', '--hold', seconds, env=HOST, message='--hold')


@for_each('{} without its value', ['--allocator', '--alignment', '--count', '--hold'])
def _(option):
    fails(2, 'alloc', '4096', option, message=f'{option} needs a value')


@for_each('{} takes no value', ['--map', '--verify', '--json', '--no-physical-address', '--require-physical-address',
                               '--help'])
def _(option):
    fails(2, 'alloc', '4096', f'{option}=yes', env=HOST)


@test('--no-physical-address and --require-physical-address exclude each other')
def _():
    fails(2, 'alloc', '4096', '--no-physical-address', '--require-physical-address', message='exclude each other')


@test('an empty allocator name')
def _():
    fails(2, 'alloc', '4096', '--allocator', '', message='--allocator')
    fails(2, 'alloc', '4096', '--allocator=', message='--allocator')


@test('an ambiguous abbreviation is refused, a clear one is accepted')
def _():
    fails(2, 'alloc', '4096', '--al', 'host', env=HOST)
    run('alloc', '4096', '--verif', env=HOST)


@for_each('unknown option of alloc {}', ['--nope', '-x', '-xyz', '-jx', '--nope=1', '-\x01'])
def _(option):
    fails(2, 'alloc', '4096', option, env=HOST, message='ption')


@test('control characters of arguments are replaced in the error line')
def _():
    for arguments in (['a\nb\x1b[31m'], ['alloc', '4\n096'], ['alloc', '--no\npe', '4096'],
                      ['alloc', '4096', '--count', '1\n2'], ['list', 'x\r\ny']):
        result = fails(2, *arguments)
        expect(not any(c < ' ' or c == '\x7f' for c in result.err.rstrip('\n')), result.err)


@test('options may stand before and after the size')
def _():
    for arguments in (['--count', '2', '4096', '--json'], ['4096', '--count=2', '--json'],
                      ['--json', '--count', '2', '--', '4096']):
        equal(len(run('alloc', *arguments, env=HOST).json['buffers']), 2)


@test('options may stand after the size also if POSIXLY_CORRECT is set')
def _():
    result = run('alloc', '4096', '--json', '--count', '2', env=HOST | {'POSIXLY_CORRECT': '1'})
    equal(len(result.json['buffers']), 2)


@test('the last --count counts')
def _():
    equal(len(run('alloc', '4096', '--json', '--count', '5', '--count', '1', env=HOST).json['buffers']), 1)


tap.main()
