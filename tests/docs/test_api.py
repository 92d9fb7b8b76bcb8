# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Doxygen reference of the public headers: no warnings, and complete."""
import functools
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET

import document
import tap
from document import HEADERS, SOURCE, squeeze, without_comments
from tap import Skip, contains, equal, expect, lacks, test

FUNCTIONS = {**document.prototypes(), **document.prototypes('imxdmabuffer_sim')}


@functools.cache
def reference():
    """Build the reference. Return its index of names, and the text of its pages."""
    if not shutil.which('doxygen'):
        raise Skip('doxygen is not installed')
    with tempfile.TemporaryDirectory() as directory:
        for command in (['meson', 'setup', directory, SOURCE, '-Dapi-docs=enabled', '-Dtools=disabled',
                         '-Dtests=disabled', '-Dman=disabled'], ['meson', 'compile', '-C', directory, 'api-docs']):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            expect(done.returncode == 0, done.stdout[-3000:])
        place = pathlib.Path(directory) / 'docs/api'
        pages = {path.name: path.read_text() for path in (place / 'html').glob('*.html')}
        return ET.parse(place / 'libimxdmabuffer.tag').getroot(), pages


def text_of(page):
    return squeeze(re.sub(r'<[^>]*>', ' ', reference()[1][page]))


@test('Doxygen prints no warning')
def _():
    reference()


@test('every function is documented, with its arguments')
def _():
    found = {}
    for compound in reference()[0].iter('compound'):
        # The members of classes and namespaces are those of C++.
        if compound.get('kind') in ('file', 'group') and not compound.find('name').text.endswith('.hpp'):
            for member in compound.iter('member'):
                if member.get('kind') == 'function':
                    arguments = member.find('arglist').text
                    found[member.find('name').text] = re.sub(r'[ *]', '', member.find('type').text + arguments)
    wanted = {name: re.sub(r'inline |[ *;]', '', prototype).replace(name, '', 1)
              for name, prototype in FUNCTIONS.items()}
    equal(found, wanted)


@test('every header, structure and macro is documented')
def _():
    compounds = {entry.find('name').text for entry in reference()[0].iter('compound')}
    text = ' '.join(without_comments(path.read_text()) for path in HEADERS)
    named = {name.lstrip('_') for name in re.findall(r'\bstruct (_\w+) \{', text)}
    equal(sorted(named - {name.lstrip('_') for name in compounds}), [])
    equal(sorted({path.name for path in HEADERS} - compounds), [])
    members = {member.find('name').text for member in reference()[0].iter('member')}
    guards = {path.name.upper().replace('.', '_') for path in HEADERS}
    equal(sorted(set(re.findall(r'^#define (\w+)', text, re.M)) - guards - members), [])


@test('every header and class for C++ is documented, also the functions that throw')
def _():
    paths = (SOURCE / 'include/imxdmabuffer').glob('*.hpp')
    texts = {path.name: without_comments(path.read_text()) for path in paths}
    wanted = {'imxdmabuffer::' + name for text in texts.values()
              for name in re.findall(r'^(?:template <.*> )?class (?:\[\[nodiscard\]\] )?(\w+)(?: : .*)?$', text, re.M)}
    compounds = {entry.find('name').text: entry for entry in reference()[0].iter('compound')}
    expect(len(wanted) >= 9, wanted)
    # Owner is in an inner namespace.
    equal(sorted((wanted | set(texts)) - set(compounds)), ['imxdmabuffer::Owner'])
    members = {member.find('name').text for member in compounds['imxdmabuffer::Buffer'].iter('member')}
    equal(sorted({'map', 'try_map', 'receive', 'sync_for_device'} - members), [])


@test('every function is in a group, and every group has a title')
def _():
    grouped = set()
    for compound in reference()[0].iter('compound'):
        if compound.get('kind') == 'group':
            expect(compound.find('title').text, compound.find('name').text)
            grouped |= {member.find('name').text for member in compound.iter('member')
                        if member.get('kind') == 'function'}
    equal(sorted(set(FUNCTIONS) - grouped), [])


@test('codes are a list, arguments and results are marked')
def _():
    page = reference()[1]['group__buffers.html']
    contains(page, '<li><code>ENOMEM</code>', '<dt>Parameters</dt>', '<td class="paramname">alignment</td>',
             '<dt>Returns</dt>')
    contains(text_of('imxdmabuffer_8h.html'), 'No function aborts the program')


@test('the example of imxdmabuffer_ext.h is code')
def _():
    page = reference()[1]['imxdmabuffer__ext_8h.html']
    contains(page, 'class="fragment"', '&quot;camera 0&quot;')
    lacks(page, '\\%s')


@test('reserved members are not part of the reference')
def _():
    for name in reference()[1]:
        expect('_reserved' not in text_of(name), f'_reserved in {name}')


tap.main()
