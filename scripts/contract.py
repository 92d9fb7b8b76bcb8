#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares docs/contract.md with the tests: promises and tests by name, and the table with what the tests do.

usage: contract.py names SOURCE          promises have their tests, numbered tests their promise, skips their reason
       contract.py table SOURCE BUILD    the table says what the tests do on the simulated boards
       contract.py write SOURCE BUILD    writes the table
"""
import json
import os
import pathlib
import re
import subprocess
import sys

ALLOCATORS = ['dma-heap', 'ion', 'dwl', 'ipu', 'g2d', 'pxp', 'host']
BEGIN, END = '<!-- table: written by scripts/contract.py -->\n', '<!-- end of table -->\n'
PROGRAMS = ['conformance-simulated', 'coherency']
FOLDERS = ['conformance', 'coherency', 'faults', 'lifetime', 'simulated', 'threads', 'unit']


def read_promises(text):
    """{number: names of its tests}"""
    items = re.findall(r'^- \*\*C(\d+)\*\* (.*?)(?=^- |^#|^$)', text, re.M | re.S)
    promises = {}
    for number, item in items:
        if int(number) in promises:
            raise SystemExit(f'C{number} stands twice in docs/contract.md')
        promises[int(number)] = re.findall(r'`(test_\w+)`', item.split('→')[-1]) if '→' in item else []
    return promises


def read_reasons(text):
    """{reason in the tests' words: letter}"""
    return {reason: letter for letter, reason in re.findall(r'^- \*\*([a-z])\*\* "([^"]+)"', text, re.M)}


def read_tests(source):
    """The names of tests that run: those that stand in a table, not only where they are defined."""
    tests = set()
    for folder in FOLDERS:
        for path in sorted((source / 'tests' / folder).glob('*.c')):
            text = path.read_text()
            for name in re.findall(r'^static void (test_\w+)\(void \*\*state\)', text, re.M):
                if len(re.findall(rf'\b{name}\b', text)) > 1:
                    tests.add(name)
    return tests


def read_skips(source):
    """Why tests of the conformance suite are skipped: literal texts, and macros for them."""
    texts = [path.read_text() for path in sorted((source / 'tests/conformance').glob('*.[ch]'))]
    macros = {name: value for text in texts for name, value in re.findall(r'#define (SKIP_\w+) "([^"]+)"', text)}
    skips = set()
    for text in texts:
        for argument in re.findall(r'\bSKIP_BECAUSE\(\s*([^;]+?)\s*\);', text):
            skips.add(macros.get(argument, argument.strip('"')))
    return skips


def compare_names(source):
    text = (source / 'docs/contract.md').read_text()
    promises, reasons, tests = read_promises(text), read_reasons(text), read_tests(source)
    yield 'promises are numbered from 1 without a gap', sorted(promises) == list(range(1, len(promises) + 1))
    for number, names in promises.items():
        yield f'C{number} names a test', bool(names)
        for name in names:
            yield f'C{number}: {name} exists', name in tests
    for name in sorted(tests):
        match = re.match(r'test_c(\d+)_', name)
        if match:
            yield f'{name} is named by its promise', name in promises.get(int(match[1]), [])
    skips = read_skips(source)
    for reason in sorted(skips):
        yield f'the reason "{reason}" is explained', reason in reasons
    for reason in reasons:
        yield f'the reason "{reason}" is one of a test', reason in skips


def run_board(test, build):
    """{name of a test: None where it passed, otherwise the reason for skipping it}"""
    environment = dict(os.environ, **test['env'])
    done = subprocess.run(test['cmd'], capture_output=True, text=True, env=environment, cwd=build, check=False)
    skipped = dict(re.findall(r'^# skipped (\S+): (.*)', done.stdout, re.M))
    passed = re.findall(r'^ok \d+ - (test_\w+)', done.stdout, re.M)
    failed = re.findall(r'^not ok \d+ - (\S+)', done.stdout, re.M)
    if failed or done.returncode != 0:
        raise SystemExit(f'{test["name"]}: {", ".join(failed) or done.stderr}')
    return {name: skipped.get(name) for name in passed}


def read_numbers(text):
    """{test: number of its promise}: tests that are numbered, or where a promise has none such, those that it names"""
    numbers = {}
    for number, names in read_promises(text).items():
        numbered = [name for name in names if name.startswith(f'test_c{number}_')]
        numbers.update({name: number for name in numbered or names})
    return numbers


def run_boards(text, build):
    """{(number, allocator): set of outcomes}"""
    numbers = read_numbers(text)
    done = subprocess.run(['meson', 'introspect', '--tests', str(build)], capture_output=True, text=True, check=True)
    outcomes = {}
    for test in json.loads(done.stdout):
        if pathlib.Path(test['cmd'][0]).name not in PROGRAMS:
            continue
        allocator = re.match(r'[a-z0-9-]+', test['cmd'][1])[0]
        for name, outcome in run_board(test, build).items():
            if name in numbers:
                outcomes.setdefault((numbers[name], allocator), set()).add(outcome)
    return outcomes


def make_row(number, outcomes, reasons):
    cells = []
    for allocator in ALLOCATORS:
        found = outcomes.get((number, allocator), set())
        letters = sorted(reasons.get(reason, '?') for reason in found if reason)
        cells.append(', '.join((['yes'] if None in found else []) + letters) or 'not tested')
    return ' | '.join(cells)


def make_table(text, outcomes):
    """Neighbours that are alike share a line."""
    reasons, spans = read_reasons(text), []
    for number in sorted({number for number, allocator in outcomes}):
        row = make_row(number, outcomes, reasons)
        if spans and spans[-1][1:] == [number - 1, row]:
            spans[-1][1] = number
        else:
            spans.append([number, number, row])
    lines = ['| | ' + ' | '.join(ALLOCATORS) + ' |', '|---|' + '---|' * len(ALLOCATORS)]
    lines += [f'| C{first}{"" if first == last else f" to C{last}"} | {row} |' for first, last, row in spans]
    return ''.join(line + '\n' for line in lines)


def split(text):
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    return before + BEGIN, table, END + after


def compare_table(source, build):
    text = (source / 'docs/contract.md').read_text()
    there, made = split(text)[1].splitlines(), make_table(text, run_boards(text, build)).splitlines()
    for line in made:
        yield f'the table has: {line}', line in there
    for line in there:
        if line not in made:
            yield f'the table has, and should not: {line}', False


def write_table(source, build):
    path = source / 'docs/contract.md'
    text = path.read_text()
    before, _, after = split(text)
    path.write_text(before + make_table(before + after, run_boards(text, build)) + after)


def report(checks):
    good, number = True, 0
    for number, (name, verdict) in enumerate(checks, 1):
        print(f'{"ok" if verdict else "not ok"} {number} - {name}')
        good = good and verdict
    print(f'1..{number}')
    return 0 if good else 1


def main():
    command, source = sys.argv[1], pathlib.Path(sys.argv[2])
    if command == 'names':
        return report(compare_names(source))
    if command == 'table':
        return report(compare_table(source, pathlib.Path(sys.argv[3])))
    return write_table(source, pathlib.Path(sys.argv[3])) or 0


if __name__ == '__main__':
    sys.exit(main())
