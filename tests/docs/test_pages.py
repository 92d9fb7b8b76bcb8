# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names in the documents exist, and documented commands work."""
import contextlib
import fnmatch
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tarfile
import tempfile

import document
import tap
from document import SOURCE
from tap import Skip, contains, equal, expect, for_each, run, test

PAGES = sorted(str(path.relative_to(SOURCE)) for path in [*SOURCE.glob('*.md'), *SOURCE.glob('docs/*.md')])

# The beginning of a command line that runs in the simulator.
PROGRAM = re.compile(r"^(?:LD_PRELOAD=\S*libimxdmabuffer-sim\.so |IMXDMABUFFER_\w+=(?:'[^']*'|\S*) )*"
                     r'(?:build/tools/)?imxdmabuffer (?!COMMAND)')
BOARD = 'heap linux,cma-uncached; phys native'


def text_of(page):
    return (SOURCE / page).read_text()


def blocks(page):
    return [block for _, block in re.findall(r'^```(\w*)\n(.*?)^```', text_of(page), re.M | re.S)]


def command_lines():
    for page in PAGES:
        for block in blocks(page):
            for line in block.splitlines():
                if PROGRAM.match(line):
                    yield page, line.split('  #')[0]


@for_each('{} runs', list(command_lines()))
def _(case):
    words = shlex.split(case[1])
    number = next(i for i, word in enumerate(words) if word.endswith('imxdmabuffer'))
    variables = dict(word.split('=', 1) for word in words[:number] if not word.startswith('LD_PRELOAD='))
    board = variables.pop('IMXDMABUFFER_SIM', BOARD)
    last = max(number for number, word in enumerate(words[:-1]) if word.endswith('imxdmabuffer'))
    # These judge the machine that runs the test.
    expected = (0, 1, 4) if words[last + 1] in ('doctor', 'check', 'map') else (0,)
    # "sim" brings its own board, and runs the program that follows.
    if words[number + 1] == 'sim':
        words = [tap.PROGRAM if word == 'imxdmabuffer' else word for word in words]
        board = None
    result = tap.raw(*words[number + 1:], sim=board, env=variables)
    expect(result.code in expected, result)


@for_each('the links of {} lead somewhere', PAGES)
def _(page):
    targets = re.findall(r'\]\((?!https?:)([^)#]+)[^)]*\)', text_of(page))
    equal([target for target in targets if not (SOURCE / page).parent.joinpath(target).exists()], [])


@test('the documents of libimxdmabuffer-dev refer only to each other')
def _():
    pages = text_of('debian/libimxdmabuffer-dev.docs').split()
    for page in pages:
        targets = re.findall(r'\]\((?!https?:)([^)#]+)[^)]*\)', text_of(page))
        equal((page, [target for target in targets if f'docs/{target}' not in pages]), (page, []))


@test('packaging.md, the recipe and the changelog have the version of this build')
def _():
    version = run('--version').out.split()[1]
    equal(set(re.findall(r'libimxdmabuffer[-_](\d[\d.]*\d)', text_of('docs/packaging.md'))), {version})
    expect(f'libimxdmabuffer-{version}.tar.xz' in text_of('docs/packaging.md'), 'the archive for the recipe')
    expect(text_of('debian/changelog').startswith(f'libimxdmabuffer ({version}-'), 'the changelog is of this version')


@for_each('the files that {} names exist', PAGES)
def _(page):
    names = re.findall(r'`((?:docs|include|man|packaging|scripts|sim|src|tests|tools)/[\w./-]*\w)`', text_of(page))
    # NAME and IDENTIFIER are placeholders.
    equal([name for name in names if not re.search('NAME|IDENTIFIER', name) and not (SOURCE / name).exists()], [])


@for_each('the functions that {} names exist', PAGES)
def _(page):
    known = set(document.prototypes())
    named = set(re.findall(r'\bimx_dma_buffer_\w*[a-z]\b(?!_)', text_of(page)))
    equal(sorted(named - known), [])


@for_each('the options of the build that {} names exist', PAGES)
def _(page):
    known = set(re.findall(r"^option\('([\w-]+)'", (SOURCE / 'meson_options.txt').read_text(), re.M))
    known |= {'b_sanitize', 'b_lundef', 'buildtype', 'default_library', 'prefix'}
    equal([name for name in re.findall(r'(?<![\w-])-D([\w-]+)=', text_of(page)) if name not in known], [])


@for_each('{} does not configure an existing build directory, where options would have no effect', PAGES)
def _(page):
    directories = re.findall(r'\bmeson setup (?:-\S+ )*([\w./-]+)', text_of(page))
    equal([name for name in directories if name == 'build'], [])


@for_each('the variables that {} names exist', PAGES)
def _(page):
    known = {entry['name'] for entry in run('info', '--json').json['variables']} | {'IMXDMABUFFER_SIM'}
    # The macros of imxdmabuffer_config.h.
    known |= set(re.findall(r'\bIMXDMABUFFER_\w*[A-Z]\b', text_of('include/imxdmabuffer/meson.build')))
    known |= {f'IMXDMABUFFER_{identifier.upper()}_ALLOCATOR_ENABLED'
              for identifier in re.findall(r'^IMXD_BACKEND\((\w+), ', text_of('src/backends/list.h'), re.M)}
    named = set(re.findall(r'\bIMXDMABUFFER_\w*[A-Z]\b', text_of(page)))
    equal(sorted(named - known), [])


@for_each('the example of simulator.md on {}', ['imx8mp', 'imx8mp/mainline', 'imx6q/4.14'])
def _(board):
    (code,) = re.findall(r'^```c\n(.*?)^```', text_of('docs/simulator.md'), re.M | re.S)
    environment = {'IMXDMABUFFER_PHYSICAL_ADDRESS': 'optional'}
    equal(document.run_example(code, board, **environment), 'the frame is right\nno memory: reported\n')
    try:
        document.run_example(code, **environment)
    except AssertionError as failure:
        # 77: skipped.
        expect(str(failure) == 'the example fails: ', failure)


def stanzas():
    """Return patterns and licence of the stanzas with files of debian/copyright."""
    for stanza in text_of('debian/copyright').split('\n\n'):
        fields = dict(re.findall(r'^(\w[\w-]*): *((?:.*\n?)(?:[ \t].*\n?)*)', stanza, re.M))
        if 'Files' in fields:
            yield fields['Files'].split(), fields['License'].split()[0]


@test('debian/copyright agrees with the licence in each file')
def _():
    names = {'LGPL-2.1-or-later': 'LGPL-2.1+', 'GPL-2.0-only': 'GPL-2'}
    listed, found = {}, {}
    for directory in ('debian', 'docs', 'include', 'man', 'packaging', 'scripts', 'sim', 'src', 'tests', 'tools'):
        for path in (path for path in (SOURCE / directory).rglob('*') if path.is_file()):
            licence = re.search(r'SPDX-License-Identifier: ([\w.-]+)', path.read_bytes()[:400].decode(errors='replace'))
            if licence:
                name = str(path.relative_to(SOURCE))
                found[name] = names[licence[1]]
                # The last stanza that matches counts; an asterisk matches directories, too.
                listed[name] = [text for patterns, text in stanzas()
                              if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)][-1]
    expect(set(found.values()) == set(names.values()), set(found.values()))
    equal({name: text for name, text in listed.items() if text != found[name]}, {})


def kernels(page, least):
    """Return the rows of the table of a page: kernel, simulated board, and the choice there."""
    rows = re.findall(r'^\| ([^|]+) \| `([^`]+)` \| (.*) \|$', text_of(page), re.M)
    expect(len(rows) >= least, f'few kernels found: {rows}')
    return [(kernel, board, [cell.strip() for cell in cells.split('|')]) for kernel, board, cells in rows]


@for_each('the choice of boards.md and neighbours.md: {}',
          kernels('docs/boards.md', 9) + kernels('docs/neighbours.md', 6))
def _(case):
    _, board, cells = case
    # Without privileges: root would see page frames.
    found = run('list', '--json', sim=board + '; pagemap unprivileged').json['allocators']
    wide = run('list', '--json', sim=board + '; pagemap unprivileged; cpu arm64').json['allocators']
    chosen = [(entry['name'], entry['node'], 'yes' if entry['cached'] else 'no',
               'yes' if entry['physical_address'] else 'no', on_arm64['coherency'], entry['coherency'])
              for entry, on_arm64 in zip(found, wide) if entry['default']]
    equal(chosen or [('none', '', '', '', '', '')], [tuple(cells)])


def smmus():
    """Return the rows of the table of boards.md about SMMUs: board, property, default, and the worth of an address."""
    rows = re.findall(r'^\| `(imx\w+)` \| i\.MX [^|]+ \| (\w+) \| ([\w-]+) \| ([^|]+) \|$', text_of('docs/boards.md'),
                      re.M)
    equal([row[0] for row in rows], ['imx8qm', 'imx8qxp', 'imx91', 'imx93', 'imx94', 'imx95'])
    return rows


@for_each('the SMMU of boards.md: {}', smmus())
def _(case):
    board, iommu, default, worth = case
    document = tap.raw('sim', '--board', board, tap.PROGRAM, 'alloc', '4096', '--json').json
    buffer, = document['buffers']
    equal((document['allocator'], buffer['iommu'], buffer['address_source']), (default, iommu, 'dmabuf-ioctl'))
    equal(worth == 'works', iommu == 'no')


# Statements of the simulator for each allocator of a processor.
DRIVERS = {'dma-heap': 'heap linux,cma', 'ion': 'ion new heap linux,cma', 'ipu': 'ipu on', 'pxp': 'pxp 3'}


def processors():
    """Return the rows of the second table of boards.md: processor and era, and the order of the search."""
    (table,) = re.findall(r'^\| processor \| (.*) \|\n\|[-|]+\|\n((?:\|.*\n)+)', text_of('docs/boards.md'), re.M)
    eras = table[0].split(' | ')
    for row in table[1].splitlines():
        name, *cells = row.strip('| ').split(' | ')
        equal((name, len(cells)), (name, len(eras)))
        for era, cell in zip(eras, cells):
            if cell != '–':
                yield f'{name}, {era}', cell.split(', ')


@for_each('the order of boards.md: {}', list(processors()))
def _(case):
    chain = case[1]
    order = list(run('info', '--json').json['configuration']['enabled'])
    equal([name.strip('()') for name in chain], sorted((name.strip('()') for name in chain), key=order.index))
    # Each is the default if the ones before it do not exist. The vendors' libraries do not depend on the kernel.
    left = [name for name in chain if name in DRIVERS]
    while left:
        board = '; '.join(DRIVERS[name] for name in left)
        found = run('list', '--json', sim=board + '; phys native').json['allocators']
        equal([entry['name'] for entry in found if entry['default']], left[:1])
        left.pop(0)


@contextlib.contextmanager
def capture_program():
    """Compile the example of mainline.md."""
    code, = re.findall(r'^```c\n(.*?)^```', text_of('docs/mainline.md'), re.M | re.S)
    with tempfile.TemporaryDirectory() as directory:
        yield document.build_example(code, directory)


def on_mainline(program, m2m):
    """Run the example on a simulated board with a driver of V4L2, whose pictures have bytes of 1."""
    preload = f'LD_PRELOAD="$LD_PRELOAD:{pathlib.Path(tap.DAMAGE).with_name("m2m.so")}"'
    return tap.raw('sim', '--board', 'imx8mp/mainline', 'sh', '-c', f'{preload} exec {program} /dev/video0',
                   env={'M2M': m2m})


@test('the example of mainline.md reads the picture that a driver wrote into the DMA-BUF')
def _():
    with capture_program() as program:
        result = on_mainline(program, 'planes same')
        equal((result.code, result.out, result.err), (0, '153600 bytes, the first one is 1\n', ''))
        failed = tap.raw('sim', '--board', 'imx8mp/mainline', program, '/dev/null')
        equal((failed.code, failed.out), (1, ''))
        contains(failed.err, 'no picture: ')


def report_of(board, directory):
    """Run the lines of board-report.md on a simulated board, with fewer measurements. Return the archive's files."""
    lines, = re.findall(r'^```sh\n(.*?)^```', text_of('docs/board-report.md'), re.M | re.S)
    wrapper = pathlib.Path(directory, 'imxdmabuffer')
    wrapper.write_text(f'#!/bin/sh\n[ "$1" != bench ] || set -- "$@" --quick --allocator host:memfd\n'
                       f'exec {tap.PROGRAM} "$@"\n')
    wrapper.chmod(0o755)
    done = tap.raw('sim', '--board', board, 'env', f'PATH={directory}:/usr/bin:/bin', 'sh', '-c', lines,
                   cwd=directory)
    equal((done.code, done.out, done.err), (0, '', ''))
    with tarfile.open(f'{directory}/board-report.tar.gz') as archive:
        return {member.name.removeprefix('board-report/'): archive.extractfile(member).read().decode()
                for member in archive.getmembers() if member.isfile()}


@test('the lines of board-report.md collect the documents with the members that it lists')
def _():
    listed = re.findall(r'^\| `([\w.]+)` \| ([^|]*) \|', text_of('docs/board-report.md'), re.M)
    with tempfile.TemporaryDirectory() as directory:
        files = report_of('imx8mp', directory)
    equal({name: set(re.findall(r'`(\w+)`', members)) for name, members in listed},
          {name: set(json.loads(text)) for name, text in files.items() if name.endswith('.json')})
    codes = re.findall(r'^(\w+): exit code (\d)$', files['machine.txt'], re.M)
    equal([name for name, _ in codes], ['list', 'doctor', 'check', 'bench'])
    expect(all(code in '04' for _, code in codes), files['machine.txt'])
    contains(files['machine.txt'], '6.12.20', run('--version').out)


@test('a board without a device for check: the reasons are in a file')
def _():
    with tempfile.TemporaryDirectory() as directory:
        files = report_of('imx8mp/mainline', directory)
    contains(files['machine.txt'], 'check: exit code 1\n', 'bench: exit code 0\n')
    equal(files['check.json'], '')
    contains(files['check.txt'], 'no device bears witness')


@test('simulator.md explains each finding of the simulator')
def _():
    named = re.findall(r'^\t\[SIM_\w+\] = "([a-z-]+)",$', text_of('sim/check/finding.c'), re.M)
    explained = re.findall(r'^\t\{"([a-z-]+)", (true|false),', text_of('tools/sim_texts.c'), re.M)
    equal([name for name, _ in explained], named)
    page = text_of('docs/simulator.md')
    table = page[page.index('| Finding | Meaning |'):].split('\n\n')[0]
    faults = [name for name, is_remark in explained if is_remark == 'false']
    equal(sorted(re.findall(r'^\| `([a-z-]+)`', table, re.M)), sorted(faults))
    for remark in (name for name, is_remark in explained if is_remark == 'true'):
        contains(page, f'`{remark}`')


@test('systemd accepts the unit in permissions.md')
def _():
    if not shutil.which('systemd-analyze'):
        raise Skip('systemd-analyze is not installed')
    unit = re.search(r'^```ini\n(.*?)^```', text_of('docs/permissions.md'), re.M | re.S).group(1)
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / 'example.service'
        # The program need not be installed.
        path.write_text(unit.replace('/usr/bin/imxdmabuffer', '/bin/true'))
        done = subprocess.run(['systemd-analyze', 'verify', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
    expect(done.returncode == 0, done.stdout)
    equal([line for line in done.stdout.splitlines() if 'example.service' in line], [])


tap.main()
