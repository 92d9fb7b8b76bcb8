# SPDX-License-Identifier: LGPL-2.1-or-later
"""imxdmabuffer metrics, read by the parser of Prometheus' own client."""
import json
import os
import pathlib
import resource
import stat
import subprocess
import sys

import tap
from tap import Skip, contains, equal, expect, fails, lacks, run, test
from tree import area, tree

# Prints what Prometheus reads.
PARSER = '''
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
print(json.dumps([[family.name, family.type, family.documentation,
                   [[sample.name, sorted(sample.labels.items()), sample.value] for sample in family.samples]]
                  for family in families]))
'''

MIB = 1 << 20
SHARED = (101, 8 * MIB, 'linux,cma', 'frame', 4)


def sample(place):
    place.process(10, 'camera "\\', [SHARED, SHARED, (102, 2 * MIB, 'linux,cma', '', 1)])
    place.process(20, 'player', [SHARED, (103, 16 * MIB, 'drm', 'screen', 2)])
    place.process(30, 'shell')
    place.write('/proc/meminfo', 'MemTotal: 1024 kB\nCmaTotal:          65536 kB\nCmaFree:           40960 kB\n')
    area(place, 'linux,cma', 0x58000000, [True] * 1024 + [False] * 2048 + [True] + [False] * 1023)
    place.write('/sys/kernel/mm/cma/linux,cma/alloc_pages_success', '4711\n')
    place.write('/sys/kernel/mm/cma/linux,cma/alloc_pages_fail', '12\n')


def metrics(place, *arguments):
    return run('metrics', '--root', str(place.root), *arguments).out


def parse(text):
    """Return {(name, labels): value} and {name: type}, as Prometheus reads it."""
    # Debian installs the module for its own Python.
    for python in sys.executable, '/usr/bin/python3':
        done = subprocess.run([python, '-c', PARSER], input=text, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        if 'ModuleNotFoundError' not in done.stderr:
            raise AssertionError(done.stderr)
    else:
        raise Skip('python3-prometheus-client is not installed')
    values, types = {}, {}
    for name, kind, documentation, samples in json.loads(done.stdout):
        expect(documentation, f'{name} has a text')
        types[name] = kind
        values |= {(sample, tuple(map(tuple, labels))): value for sample, labels, value in samples}
    return values, types


@test('all numbers, as Prometheus reads them')
def _():
    with tree() as place:
        sample(place)
        values, types = parse(metrics(place))
    camera, player = (('pid', '10'), ('process', 'camera "\\')), (('pid', '20'), ('process', 'player'))
    cma, exporter = (('area', 'linux,cma'),), (('exporter', 'linux,cma'),)
    equal(values, {
        ('imxdmabuffer_dmabuf_buffers', exporter): 2, ('imxdmabuffer_dmabuf_buffers', (('exporter', 'drm'),)): 1,
        ('imxdmabuffer_dmabuf_bytes', exporter): 10 * MIB,
        ('imxdmabuffer_dmabuf_bytes', (('exporter', 'drm'),)): 16 * MIB,
        ('imxdmabuffer_process_dmabuf_buffers', camera): 2, ('imxdmabuffer_process_dmabuf_buffers', player): 2,
        ('imxdmabuffer_process_dmabuf_bytes', camera): 10 * MIB,
        ('imxdmabuffer_process_dmabuf_bytes', player): 24 * MIB,
        ('imxdmabuffer_unreadable_processes', ()): 0, ('imxdmabuffer_hidden_processes', ()): 0,
        ('imxdmabuffer_indistinct_descriptors', ()): 0,
        ('imxdmabuffer_cma_size_bytes', ()): 64 * MIB, ('imxdmabuffer_cma_free_bytes', ()): 40 * MIB,
        ('imxdmabuffer_cma_area_size_bytes', cma): 16 * MIB,
        ('imxdmabuffer_cma_area_free_bytes', cma): 3071 * 4096,
        ('imxdmabuffer_cma_area_largest_run_bytes', cma): 8 * MIB,
        ('imxdmabuffer_cma_area_allocated_pages_total', cma): 4711,
        ('imxdmabuffer_cma_area_failed_pages_total', cma): 12})
    equal({name for name, kind in types.items() if kind == 'counter'},
          {'imxdmabuffer_cma_area_allocated_pages', 'imxdmabuffer_cma_area_failed_pages'})


@test('what is unknown is left out')
def _():
    with tree() as place:
        place.process(30, 'shell')
        values, _types = parse(metrics(place))
    equal(set(values.values()), {0})
    equal(len(values), 3)


@test('this machine')
def _():
    values, _types = parse(run('metrics').out)
    expect(('imxdmabuffer_unreadable_processes', ()) in values, values)


@test('a text file is replaced as a whole, and others may read it')
def _():
    with tree() as place:
        sample(place)
        path = place.root / 'imxdmabuffer.prom'
        path.write_text('old')
        with path.open(encoding='utf-8') as old:
            before = os.umask(0o022)
            try:
                equal(metrics(place, '--textfile', str(path)), '')
            finally:
                os.umask(before)
            equal(old.read(), 'old')
        equal(path.read_text(), metrics(place))
        equal(stat.S_IMODE(path.stat().st_mode), 0o644)
        equal([one.name for one in place.root.iterdir() if 'prom' in one.name], [path.name])


@test('a file that cannot be written keeps its content')
def _():
    with tree() as place:
        sample(place)
        path = place.root / 'imxdmabuffer.prom'
        path.write_text('old')
        arguments = 'metrics', '--root', str(place.root), '--textfile'
        result = fails(1, *arguments, str(path), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99)))
        contains(result.err, 'imxdmabuffer.prom cannot be written: File too large')
        equal(path.read_text(), 'old')
        equal([one.name for one in place.root.iterdir() if 'prom' in one.name], [path.name])
        fails(1, *arguments, '/nonexistent/x.prom', message='/nonexistent/x.prom cannot be written: No such file')
        fails(1, *arguments, '/dev/full', message='/dev/full is no regular file')
        expect(stat.S_ISCHR(os.stat('/dev/full').st_mode), 'the device is still there')


@test('standard output that is full')
def _():
    with open('/dev/full', 'wb') as full:
        contains(run('metrics', code=1, stdout=full).err, 'standard output cannot be written')


@test('a root without /proc')
def _():
    fails(1, 'metrics', '--root', '/nonexistent', message='/proc cannot be read: No such file or directory')


@test('wrong usage')
def _():
    fails(2, 'metrics', 'extra', message='takes no argument')
    fails(2, 'metrics', '--json', message='unknown')
    fails(2, 'metrics', '--textfile', message='needs a value')


@test('the service and the timer')
def _():
    examples = pathlib.Path(__file__).resolve().parent / '../../examples/metrics'
    service = (examples / 'imxdmabuffer-metrics.service').read_text()
    command = [line for line in service.splitlines() if line.startswith('ExecStart=')][0]
    words = command.removeprefix('ExecStart=').split()
    equal(words[:3], ['/usr/bin/imxdmabuffer', 'metrics', '--textfile'])
    directory = os.path.dirname(words[3])
    contains(service, f'ReadWritePaths={directory}\n', 'Type=oneshot\n')
    lacks(service, 'ProtectKernelTunables', 'ProtectProc', 'ProcSubset', 'PrivateUsers')
    contains((examples / 'imxdmabuffer-metrics.timer').read_text(), 'OnUnitActiveSec=', 'WantedBy=timers.target')


tap.main()
