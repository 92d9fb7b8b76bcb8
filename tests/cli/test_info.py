# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer info"""
import os

import tap
from tap import contains, equal, expect, run, test

NAMES = ['IMXDMABUFFER_ALLOCATOR', 'IMXDMABUFFER_PHYSICAL_ADDRESS', 'IMXDMABUFFER_SYNC', 'IMXDMABUFFER_ATTACH',
         'IMXDMABUFFER_KEEP_MAPPINGS', 'IMXDMABUFFER_LOG']


def info(**options):
    document = run('info', '--json', **options).json
    equal(document['schema'], 1)
    return document


def variables(**env):
    return {variable['name']: variable for variable in info(env=env)['variables']}


@test('the versions of library and program')
def _():
    document = info()
    expect(document['library_version'] == document['program_version'], document)
    contains(run('--version').out, document['library_version'], document['program_version'])


@test('the kernel')
def _():
    system = os.uname()
    equal(info()['kernel'], {'name': system.sysname, 'release': system.release, 'machine': system.machine})


@test('the allocators are those of list')
def _():
    listed = run('list', '--json').json['allocators']
    equal(info()['allocators'], [entry['name'] for entry in listed])


@test('the configuration agrees with the list')
def _():
    document = info()
    enabled = {name for name, value in document['configuration']['enabled'].items() if value}
    equal(enabled, set(document['allocators']))


@test('no heap is named if none was configured')
def _():
    configuration = info(sim='heap reserved')['configuration']
    equal((configuration['dma_heap_node'], configuration['dma_heap_uncached']), (None, False))
    contains(run('info', sim='heap reserved').out, '\nDMA-BUF heap:  found at run time\nallocators:    dma-heap, ')


@test('no device is opened')
def _():
    log = run('info', sim='heap linux,cma-uncached; phys native; fail open 1 EACCES 0; fail heap-alloc 1 EIO 0',
              env={'IMXDMABUFFER_LOG': 'debug'})
    equal(log.err, '')


@test('variables that are not set have their defaults in effect')
def _():
    found = variables()
    expect(set(NAMES) <= set(found), found)
    for variable in found.values():
        equal(variable['value'], None)
        equal(variable['in_effect'], variable['default'])
        expect(variable['meaning'] and variable['default'], variable)


@test('variables that are set')
def _():
    found = variables(IMXDMABUFFER_ALLOCATOR='host:memfd', IMXDMABUFFER_PHYSICAL_ADDRESS='optional')
    equal((found[NAMES[0]]['value'], found[NAMES[0]]['in_effect']), ('host:memfd', 'host:memfd'))
    equal((found[NAMES[1]]['value'], found[NAMES[1]]['in_effect']), ('optional', 'optional'))
    equal(found[NAMES[2]]['value'], None)


@test('an empty variable counts as not set')
def _():
    equal(variables(IMXDMABUFFER_ALLOCATOR='')[NAMES[0]]['value'], None)


@test('a value that is not UTF-8 gives valid JSON')
def _():
    for value in (b'\xff\xfe', b'a\xc3', b'\xed\xa0\x80', b'\xf0\x80\x80\x80', b'\xc0\x80', b'\xf5\x80\x80\x80'):
        expect('\ufffd' in variables(IMXDMABUFFER_ALLOCATOR=value)[NAMES[0]]['value'], value)


@test('text beyond ASCII is kept')
def _():
    text = 'h\u00f6st \u20ac \U0001f600 \u07ff\u0800'
    equal(variables(IMXDMABUFFER_ALLOCATOR=text)[NAMES[0]]['value'], text)


@test('quotes, controls and a long value are escaped')
def _():
    text = '"\\/\n\t\x01\x1b' + 'x' * 5000
    equal(variables(IMXDMABUFFER_ALLOCATOR=text)[NAMES[0]]['value'], text)


@test('the text contains versions, allocators and variables')
def _():
    result = run('info', env={'IMXDMABUFFER_ALLOCATOR': 'host:memfd'})
    contains(result.out, 'libimxdmabuffer 1.', os.uname().release, os.uname().machine, 'in effect: host:memfd',
             'allocators:    ' + ', '.join(info()['allocators']),
             'IMXDMABUFFER_ALLOCATOR (set)', 'IMXDMABUFFER_LOG (not set)', *NAMES)
    equal(result.err, '')
    expect(max(map(len, result.out.splitlines())) < 80, result.out)


@test('control characters of values are replaced')
def _():
    result = run('info', env={'IMXDMABUFFER_ALLOCATOR': 'a\x1b[31mb'})
    expect('\x1b' not in result.out, result.out)


tap.main()
