# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages are complete, correct, and well formed."""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import document
import tap
from document import BUILD, SOURCE, squeeze
from tap import Skip, contains, equal, expect, for_each, run, test

PAGES = ('imxdmabuffer.1', 'libimxdmabuffer.3', 'libimxdmabuffer.7', 'imxdmabuffer_sim.3')
BOARD = 'heap linux,cma-uncached; phys native'


@functools.cache
def page(name):
    source = SOURCE / f'man/{name}.scd.in'
    if name != 'imxdmabuffer.1':
        return source.read_text()
    # Its commands come from the program's table.
    return subprocess.run([sys.executable, SOURCE / 'tools/generate.py', 'man', source, '1.3.0'], capture_output=True,
                          text=True, check=True).stdout


def section(text, heading):
    """Return the part of a page below a heading of either level."""
    found = re.search(rf'^##? {re.escape(heading)}\n(.*?)(?=^##? |\Z)', text, re.M | re.S)
    expect(found, f'a section {heading!r} expected')
    return found.group(1)


def options_of(text):
    return set(re.findall(r'(?<![\w-])--[a-z][a-z-]*', text))


def help_of_commands():
    """Return the commands that the program's help lists, with the help of each."""
    names = re.findall(r'^  ([a-z][\w-]*)  +\S', run('--help').out, re.M)
    names = [name for name in names if name != 'imxdmabuffer']
    expect(len(names) >= 3, f'few commands found: {names}')
    return {name: run(name, '--help').out for name in names}


@test('libimxdmabuffer(3) has every prototype of the headers')
def _():
    text = squeeze(page('libimxdmabuffer.3')).replace('( ', '(')
    missing = [prototype for prototype in document.prototypes().values() if prototype not in text]
    equal(missing, [])


@test('libimxdmabuffer(3) explains every function, and names no other')
def _():
    text, known = page('libimxdmabuffer.3'), document.prototypes()
    explained = set(re.findall(r'\*(imx_dma_buffer_\w+)\*\(\)', text))
    equal(sorted(set(known) - explained), [])
    equal(sorted(set(re.findall(r'\bimx_dma_buffer_\w+', text)) - set(known)), [])


@test('libimxdmabuffer(3) has the error codes of every function, and no other')
def _():
    text = page('libimxdmabuffer.3')
    # Codes that are documented once: those of missing members, and those of the constructors behind that heading.
    everywhere = document.codes(section(text, 'Errors')) - {'EINVAL'}
    others = section(text, 'THE OTHER ALLOCATORS')
    of_constructors = document.codes(others.split('\n\n')[0])
    expect(everywhere == {'ENOSYS'} and 'ENXIO' in of_constructors, (everywhere, of_constructors))
    documented = {}
    for paragraph in text.split('\n\n'):
        for name in re.findall(r'^\*(imx_dma_buffer_\w+)\*\(\)', paragraph):
            documented[name] = document.codes(paragraph)
    for name, wanted in document.documented_codes().items():
        found, general = documented.get(name, set()), everywhere
        if f'*{name}*()' in others and name.endswith('_allocator_new'):
            general = everywhere | of_constructors
        equal((name, sorted(wanted - found - general)), (name, []))
        equal((name, sorted(found - wanted)), (name, []))


@test('libimxdmabuffer(3) marks the functions since 1.3')
def _():
    text, marked = page('libimxdmabuffer.3'), set()
    for part in re.split(r'^# ', text, flags=re.M):
        names = set(re.findall(r'^\*(imx_dma_buffer_\w+)\*\(\)', part, re.M))
        if 'functions of this group exist since 1.3' in part or 'Both functions exist since 1.3' in part:
            marked |= names
        else:
            marked |= {name for paragraph in part.split('\n\n') if 'Since 1.3.' in squeeze(paragraph)
                       for name in re.findall(r'^\*(imx_dma_buffer_\w+)\*\(\)', paragraph)}
    exported = (SOURCE / 'src/libimxdmabuffer.map').read_text()
    equal(sorted(marked), sorted(re.findall(r'^\t\t(imx_dma_buffer_\w+);', exported, re.M)))


@test('every function has a page that refers to libimxdmabuffer(3)')
def _():
    listed = re.findall(r"^  '(imx_dma_buffer_\w+)',$", (SOURCE / 'man/meson.build').read_text(), re.M)
    equal(listed, sorted(document.prototypes()))
    if not (BUILD / 'man/libimxdmabuffer.3').exists():
        raise Skip('scdoc is not installed')
    for name in listed:
        equal((BUILD / f'man/{name}.3').read_text(), '.so man3/libimxdmabuffer.3\n')


@test('man finds the page of a function')
def _():
    if not shutil.which('man') or not (BUILD / 'man/libimxdmabuffer.3').exists():
        raise Skip('man or scdoc is not installed')
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / 'man3').mkdir()
        for name in ('libimxdmabuffer', 'imx_dma_buffer_map'):
            shutil.copy(BUILD / f'man/{name}.3', pathlib.Path(directory) / 'man3')
        done = subprocess.run(['man', '-M', directory, '3', 'imx_dma_buffer_map'], capture_output=True, text=True,
                              check=False, env={'PATH': os.environ['PATH'], 'LC_ALL': 'C', 'MANPAGER': 'cat'})
    expect(done.returncode == 0, done.stderr)
    contains(done.stdout, 'uint8_t *imx_dma_buffer_map(ImxDmaBuffer *buffer')


@test('the example of libimxdmabuffer(3) compiles and runs')
def _():
    code = section(page('libimxdmabuffer.3'), 'EXAMPLE').split('```')[1].replace('\\\\', '\\')
    document.run_example(code, IMXDMABUFFER_PHYSICAL_ADDRESS='optional')


@test('imxdmabuffer_sim(3) has every prototype, explains every function, and has a page for each')
def _():
    text, known = page('imxdmabuffer_sim.3'), document.prototypes('imxdmabuffer_sim')
    squeezed = squeeze(text)
    equal([prototype for prototype in known.values() if prototype.replace('static inline ', '') not in squeezed], [])
    equal(sorted(set(re.findall(r'\*(imxdmabuffer_sim_\w+)\*\(\)', text))), sorted(known))
    listed = re.findall(r"^  '(imxdmabuffer_sim_\w+)',$", (SOURCE / 'man/meson.build').read_text(), re.M)
    equal(listed, sorted(known))


@test('imxdmabuffer_sim(3) has the error codes of every function, and the names of all calls')
def _():
    text = page('imxdmabuffer_sim.3')
    for paragraph in text.split('\n\n'):
        for name in re.findall(r'^\*(imxdmabuffer_sim_\w+)\*\(\)', paragraph, re.M):
            if name.endswith('_fd') or name.split('_')[-1] in ('read', 'write', 'fill', 'copy'):
                # These share a paragraph, and their comments refer to the first one's.
                continue
            equal((name, document.codes(paragraph)), (name, document.documented_codes('imxdmabuffer_sim')[name]))
    names = re.findall(r'\bNAME\(\w+, "([\w-]+)"\)', (SOURCE / 'sim/kernel/calls.c').read_text())
    contains(squeeze(text), 'The kinds of calls are ' + ', '.join(names) + '.')


@test('the example of imxdmabuffer_sim(3) compiles and runs')
def _():
    code = section(page('imxdmabuffer_sim.3'), 'EXAMPLE').split('```')[1].replace('\\\\', '\\')
    equal(document.run_example(code, 'imx8mp'), '0x80\n')


@test('libimxdmabuffer(7) has every environment variable with its default')
def _():
    text = section(page('libimxdmabuffer.7'), 'ENVIRONMENT')
    entries = dict(re.findall(r'^\*(\w+)\*\n((?:\t.*\n)+)', text, re.M))
    variables = {entry['name']: entry for entry in run('info', '--json').json['variables']}
    equal(list(entries), list(variables))
    for name, entry in variables.items():
        contains(squeeze(entries[name]), f'Default: {entry["default"]}.')


@test('libimxdmabuffer(7) names the heaps in the order of the search, and every device node')
def _():
    known = re.findall(r'\{"([\w,-]+)", CMA\}', (SOURCE / 'src/dmabuf/heap.c').read_text())
    searched = [name + '-uncached' for name in known] + known
    expect(len(searched) > 5, searched)
    entry = squeeze(re.search(r'^\*dma-heap\*\n((?:\t.*\n)+)', page('libimxdmabuffer.7'), re.M).group(1))
    any_name = '|'.join(sorted(map(re.escape, searched), key=len, reverse=True))
    equal(re.findall(rf'\b(?:{any_name})(?![\w-])', entry), searched)
    files = section(page('libimxdmabuffer.7'), 'FILES')
    texts = [path.read_text() for path in (SOURCE / 'src').rglob('*.[ch]')]
    nodes = {node for text in texts for node in re.findall(r'"(/dev/[\w/]+)', text)}
    expect(len(nodes) > 5, nodes)
    contains(files, *nodes)


@test('libimxdmabuffer(7) lists the allocators in the order in which they are tried')
def _():
    text = section(page('libimxdmabuffer.7'), 'ALLOCATORS')
    described = re.findall(r'^\*([\w-]+)\*\n\t', text, re.M)
    built_in = [entry['name'] for entry in run('list', '--json').json['allocators']]
    equal([name for name in described if name in built_in], built_in)
    equal(described, list(run('info', '--json').json['configuration']['enabled']))


@test('imxdmabuffer(1) has every command')
def _():
    text, names = page('imxdmabuffer.1'), help_of_commands()
    equal(re.findall(r'^## imxdmabuffer (\S+)$', text, re.M), list(names))
    for name in names:
        contains(section(text, 'SYNOPSIS'), f'*imxdmabuffer {name}*')


@test('imxdmabuffer(1) has every option of every command, and no other')
def _():
    text = page('imxdmabuffer.1')
    for name, help_text in help_of_commands().items():
        part = section(text, f'imxdmabuffer {name}')
        documented = set(re.findall(r'^\*(--[a-z-]+)\*', part, re.M))
        equal((name, sorted(documented)), (name, sorted(options_of(help_text))))
    equal(sorted(options_of(run('--help').out) - {'--help', '--version'}), [])


@test('imxdmabuffer(1) has the exit codes')
def _():
    codes = re.findall(r'^\*(\d)\*\n\t', section(page('imxdmabuffer.1'), 'EXIT STATUS'), re.M)
    printed = re.search(r'^Exit codes: (.*?)\n\Z', run('--help').out, re.M | re.S).group(1)
    equal(codes, re.findall(r'\b(\d) ', printed))


@for_each('the example {} works', document.commands(page('imxdmabuffer.1')))
def _(line):
    words = line.split()
    equal(words[0], 'imxdmabuffer')
    run(*words[1:], sim=BOARD)


@for_each('a page begins with the line for tbl if it has tables: {}', ['imxdmabuffer.1', 'libimxdmabuffer.7'])
def _(name):
    path = BUILD / 'man' / name
    if not path.exists():
        raise Skip('the pages are not built')
    text = path.read_text()
    equal(text.startswith('\'\\" t\n'), '\n.TS\n' in text)


@for_each('{} is well formed', PAGES)
def _(name):
    if not (BUILD / 'man' / name).exists():
        raise Skip('scdoc is not installed')
    if not shutil.which('mandoc'):
        raise Skip('mandoc is not installed')
    done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', BUILD / 'man' / name], capture_output=True,
                          text=True, check=False)
    equal((done.returncode, done.stdout), (0, ''))


@for_each('{} names the version', PAGES)
def _(name):
    if not (BUILD / 'man' / name).exists():
        raise Skip('scdoc is not installed')
    version = run('--version').out.split()[1]
    contains((BUILD / 'man' / name).read_text().split('.SH')[0], f'"libimxdmabuffer {version}"')


tap.main()
