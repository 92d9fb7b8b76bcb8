# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages are complete, correct, and well formed."""
import re
import shutil
import subprocess

import document
import tap
from document import BUILD, SOURCE, squeeze
from tap import Skip, contains, equal, expect, for_each, run, test

PAGES = ('imxdmabuffer.1', 'libimxdmabuffer.3', 'libimxdmabuffer.7')
BOARD = 'heap linux,cma-uncached; phys native'


def page(name):
    return (SOURCE / f'man/{name}.scd.in').read_text()


def section(text, heading):
    """Return the part of a page below a heading of either level."""
    found = re.search(rf'^##? {re.escape(heading)}\n(.*?)(?=^##? |\Z)', text, re.M | re.S)
    expect(found, f'a section {heading!r} expected')
    return found.group(1)


def options_of(text):
    return set(re.findall(r'(?<![\w-])--[a-z][a-z-]*', text))


def help_of_commands():
    """Return the commands in the program's help, with the help of each."""
    names = re.findall(r'^  ([a-z][\w-]*)  +\S', run('--help').out, re.M)
    names = [name for name in names if name != 'imxdmabuffer']
    expect(len(names) >= 3, f'few commands found: {names}')
    return {name: run(name, '--help').out for name in names}


@test('libimxdmabuffer(3) has every prototype of the headers')
def _():
    text = squeeze(page('libimxdmabuffer.3'))
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
    # Codes that are documented once: for missing members, and for the constructors below that heading.
    everywhere = document.codes(section(text, 'Errors')) - {'EINVAL'}
    others = section(text, 'THE OTHER ALLOCATORS')
    of_constructors = document.codes(others.split('\n\n')[0])
    expect(everywhere == {'ENOSYS'} and 'ENXIO' in of_constructors, (everywhere, of_constructors))
    told = {}
    for paragraph in text.split('\n\n'):
        for name in re.findall(r'^\*(imx_dma_buffer_\w+)\*\(\)', paragraph):
            told[name] = document.codes(paragraph)
    for name, wanted in document.documented_codes().items():
        found, general = told.get(name, set()), everywhere
        if f'*{name}*()' in others and name.endswith('_allocator_new'):
            general = everywhere | of_constructors
        equal((name, sorted(wanted - found - general)), (name, []))
        equal((name, sorted(found - wanted)), (name, []))


@test('the example of libimxdmabuffer(3) compiles and runs')
def _():
    code = section(page('libimxdmabuffer.3'), 'EXAMPLE').split('```')[1].replace('\\\\', '\\')
    document.run_example(code, IMXDMABUFFER_PHYSICAL_ADDRESS='optional')


@test('libimxdmabuffer(7) has every environment variable with its default')
def _():
    text = section(page('libimxdmabuffer.7'), 'ENVIRONMENT')
    entries = dict(re.findall(r'^\*(\w+)\*\n((?:\t.*\n)+)', text, re.M))
    variables = {entry['name']: entry for entry in run('info', '--json').json['variables']}
    equal(list(entries), list(variables))
    for name, entry in variables.items():
        contains(squeeze(entries[name]), f'Default: {entry["default"]}.')


@test('libimxdmabuffer(7) names every heap that is searched, in that order, and every device node')
def _():
    source = (SOURCE / 'src/backends/dma_heap_search.c').read_text()
    searched = [name for names in re.findall(r'const (?:uncached|plain)\[\] = \{(.*?)\}', source, re.S)
                for name in re.findall(r'"([\w,-]+)"', names)]
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
    told = re.search(r'^Exit codes: (.*)', run('--help').out, re.M).group(1)
    equal(codes, re.findall(r'\b(\d) ', told))


@for_each('the example {} works', document.commands(page('imxdmabuffer.1')))
def _(line):
    words = line.split()
    equal(words[0], 'imxdmabuffer')
    run(*words[1:], sim=BOARD)


@for_each('{} is well formed', PAGES)
def _(name):
    if not (BUILD / 'man' / name).exists():
        raise Skip('scdoc is not there')
    if not shutil.which('mandoc'):
        raise Skip('mandoc is not there')
    done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', BUILD / 'man' / name], capture_output=True,
                          text=True, check=False)
    equal((done.returncode, done.stdout), (0, ''))


@for_each('{} names the version', PAGES)
def _(name):
    if not (BUILD / 'man' / name).exists():
        raise Skip('scdoc is not there')
    version = run('--version').out.split()[1]
    contains((BUILD / 'man' / name).read_text().split('.SH')[0], f'"libimxdmabuffer {version}"')


tap.main()
