# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the tests of the documents: reading headers and pages."""
import errno
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from tap import PROGRAM, expect

SOURCE, BUILD = pathlib.Path(sys.argv[4]), pathlib.Path(sys.argv[5])
HEADERS = sorted((SOURCE / 'include/imxdmabuffer').glob('*.h'))


def squeeze(text):
    return ' '.join(text.split())


def without_comments(text):
    return re.sub(r'/\*.*?\*/', '', text, flags=re.S)


def prototypes(prefix='imx_dma_buffer'):
    """Return the public functions: name to prototype, white space squeezed."""
    result = {}
    for path in HEADERS:
        text = re.sub(r'^#.*?(?<!\\)$', '', without_comments(path.read_text()), flags=re.M | re.S)
        for found in re.finditer(rf'^(?!typedef|extern)[\w \t*]+?\b({prefix}_\w+)\([^;{{]*\);', text, re.M):
            result[found.group(1)] = squeeze(found.group(0))
    expect(len(result) > 20, f'few functions found in the headers: {sorted(result)}')
    return result


def codes(text):
    return {word for word in re.findall(r'\bE[A-Z]+\b', text) if hasattr(errno, word)}


def documented_codes(prefix='imx_dma_buffer'):
    """Return the error codes in the comment of each public function."""
    result = {}
    for path in HEADERS:
        for comment, name in re.findall(rf'/\*((?:(?!\*/).)*)\*/\n[\w \t*]+?\b({prefix}_\w+)\([^;{{]*\);',
                                        path.read_text(), re.S):
            result[name] = codes(comment)
    wanted = set(prototypes(prefix))
    expect(set(result) == wanted, f'comments are missing: {set(result) ^ wanted}')
    return result


def commands(text):
    """Return the lines of a page's literal blocks that call the program."""
    blocks = re.findall(r'^```(?:sh)?\n(.*?)^```', text, re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if re.match(r'(\w+=\S+ )*imxdmabuffer ', line)]


def build_example(code, directory):
    """Compile a program with the headers and the library of the build. Return its path."""
    source = pathlib.Path(directory) / 'example.c'
    source.write_text(code)
    command = [*os.environ['CC'].split(), '-Wall', '-Wextra', '-Werror', source, '-o', directory + '/example',
               f'-I{SOURCE}/include', f'-I{BUILD}/include', f'-L{BUILD}/src', '-limxdmabuffer',
               f'-Wl,-rpath,{BUILD}/src']
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f'the example does not compile: {done.stdout}{done.stderr}')
    return directory + '/example'


def run_example(code, board=None, **variables):
    """Compile a program. Run it with the host allocator, or on a simulated board. Return its output."""
    if not board:
        variables['IMXDMABUFFER_ALLOCATOR'] = 'host'
    on_board = [PROGRAM, 'sim', '--board', board] if board else []
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([*on_board, build_example(code, directory)], capture_output=True, text=True, check=False,
                              env={**os.environ, **variables})
        expect(done.returncode == 0, f'the example fails: {done.stdout}{done.stderr}')
    return done.stdout
