#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares docs/contract.md with the tests: guarantees and tests by name, and the table with the results.

usage: contract.py names SOURCE          check that guarantees have tests, numbered tests a guarantee, skips a reason
       contract.py table SOURCE BUILD    compare the table with the results of the tests on the simulated boards
       contract.py write SOURCE BUILD    write the table from these results
The results are files of the last run: meson test -C BUILD --suite conformance --suite simulated
"""
import json
import pathlib
import re
import subprocess
import sys

LIST = pathlib.Path(__file__).resolve().parent.parent / 'src/backends/list.h'
ALLOCATORS = re.findall(r'^IMXD_BACKEND\(\w+, "([\w-]+)"\)', LIST.read_text(encoding='utf-8'), re.M) + ['pool', 'slab']
BEGIN, END = '<!-- table: written by scripts/contract.py -->\n', '<!-- end of table -->\n'
DIRECTORIES = ['conformance', 'coherency', 'faults', 'lifetime', 'simulated', 'threads', 'unit']


def read_promises(text):
    """Return {number: names of its tests}."""
    items = re.findall(r'^- \*\*C(\d+)\*\* (.*?)(?=^- |^#|^$)', text, re.M | re.S)
    promises = {}
    for number, item in items:
        if int(number) in promises:
            raise SystemExit(f'C{number} is in docs/contract.md twice')
        promises[int(number)] = re.findall(r'`(test_\w+)`', item.split('→')[-1]) if '→' in item else []
    return promises


def read_reasons(text):
    """Return {reason, as in the tests: letter}."""
    return {reason: letter for letter, reason in re.findall(r'^- \*\*([a-z])\*\* "([^"]+)"', text, re.M)}


def read_tests(source):
    """Return the names of tests that run: those that are used in a table besides their definition."""
    tests = set()
    for directory in DIRECTORIES:
        for path in sorted((source / 'tests' / directory).glob('*.c')):
            text = path.read_text()
            for name in re.findall(r'^static void (test_\w+)\(void \*\*state\)', text, re.M):
                if len(re.findall(rf'\b{name}\b', text)) > 1:
                    tests.add(name)
    return tests


def read_skips(source):
    """Return the reasons for skipped tests of the conformance suite: literal texts, and macros for them."""
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
    yield 'guarantees are numbered from 1 without a gap', sorted(promises) == list(range(1, len(promises) + 1))
    for number, names in promises.items():
        yield f'C{number} names a test', bool(names)
        for name in names:
            yield f'C{number}: {name} exists', name in tests
    for name in sorted(tests):
        match = re.match(r'test_c(\d+)_', name)
        if match:
            yield f'{name} is named by its guarantee', name in promises.get(int(match[1]), [])
    skips = read_skips(source)
    for reason in sorted(skips):
        yield f'the reason "{reason}" is explained', reason in reasons
    for reason in reasons:
        yield f'the reason "{reason}" belongs to a test', reason in skips


def introspect(build, what):
    done = subprocess.run(['meson', 'introspect', f'--{what}', str(build)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def changed(path):
    """Return the time of the last change; 0 if there is no such file."""
    try:
        return pathlib.Path(path).stat().st_mtime
    except FileNotFoundError:
        return 0


def find_results(build):
    """Return {file with the results of a test: test}. Leave if one is missing, or older than program or library."""
    library = max(changed(path) for target in introspect(build, 'targets')
                  if target['name'] == 'imxdmabuffer' for path in target['filename'])
    tests = [test for test in introspect(build, 'tests') if 'CONTRACT_OUTCOMES' in test['env']]
    results = {pathlib.Path(test['env']['CONTRACT_OUTCOMES']): test for test in tests}
    if not results or len(results) != len(tests):
        raise SystemExit(f'{len(tests)} tests write results into {len(results)} files')
    missing = [test['name'] for path, test in results.items() if changed(path) == 0]
    old = [test['name'] for path, test in results.items()
           if 0 < changed(path) < max(library, changed(test['cmd'][0]))]
    if missing or old:
        raise SystemExit(f'contract.py: no results: {", ".join(missing) or "-"}; results of an older build: '
                         f'{", ".join(old) or "-"}\n'
                         f'Run first: meson test -C {build} --suite conformance --suite simulated')
    return results


def read_numbers(text):
    """Return {test: number of its guarantee}: its numbered tests, or if there are none, all its tests."""
    numbers = {}
    for number, names in read_promises(text).items():
        numbered = [name for name in names if name.startswith(f'test_c{number}_')]
        numbers.update({name: number for name in numbered or names})
    return numbers


def read_outcomes(text, build):
    """Return {(number, allocator): set of outcomes: None if the test passed, otherwise the reason for skipping it}."""
    numbers, outcomes = read_numbers(text), {}
    for path, test in find_results(build).items():
        allocator = re.match(r'[a-z0-9-]+', test['cmd'][1])[0]
        for name, outcome in re.findall(r'^(\w+): (.*)', path.read_text(), re.M):
            if name in numbers:
                found = outcomes.setdefault((numbers[name], allocator), set())
                found.add(None if outcome == 'passed' else outcome)
    return outcomes


def make_row(number, outcomes, reasons):
    cells = []
    for allocator in ALLOCATORS:
        found = outcomes.get((number, allocator), set())
        letters = sorted(reasons.get(reason, '?') for reason in found if reason)
        cells.append(', '.join((['yes'] if None in found else []) + letters) or 'not tested')
    return ' | '.join(cells)


def make_table(text, outcomes):
    """Guarantees in sequence with equal cells share a line."""
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
    there, made = split(text)[1].splitlines(), make_table(text, read_outcomes(text, build)).splitlines()
    for line in made:
        yield f'the table has: {line}', line in there
    for line in there:
        if line not in made:
            yield f'the table has no line: {line}', False


def write_table(source, build):
    path = source / 'docs/contract.md'
    text = path.read_text()
    before, _, after = split(text)
    path.write_text(before + make_table(before + after, read_outcomes(text, build)) + after)


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
