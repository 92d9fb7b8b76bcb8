#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the tests in reports: a line for each tier, which tests were skipped and why, what failed and what it said.

usage: count-tests.py FOLDER-OF-REPORTS FAILED-TIERS
Exits with 1 when a test or a tier failed, or when no test ran. What failed comes last: the end of a log tells it.
"""
import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

OUTPUT_LINES = 40  # of a failed program, enough for a report of a sanitizer


def find_skips(output):
    """Which tests said that they were skipped, and why: '# skipped NAME: WHY', or '… NAME # SKIP WHY'."""
    skips = dict(re.findall(r'^# skipped (\S+): (.*)', output, re.M))
    skips.update(re.findall(r'^ok \d+ -? ?(.*?) # SKIP (.*)', output, re.M))
    return skips


def find_output(case, suite):
    """What the program of a test printed, which Meson keeps with the test or with all tests of the program."""
    return [parent.findtext(tag, '') for parent in (suite, case) for tag in ('system-out', 'system-err')]


def find_bad_programs(path):
    """{program: (what happened, what it printed)} of Meson's log; its JUnit report says that what hung has passed."""
    bad = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        program = json.loads(line)
        if program['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
            happened = f'{program["result"]}, code {program["returncode"]}, after {program["duration"]:.0f} s'
            bad[program['name'].split(' / ')[-1]] = happened, program['stdout'] + program.get('stderr', '')
    return bad


def read(path):
    """How many tests passed; [(failed test, what its program printed)]; [(skipped test, why)]."""
    passed, failures, skips = 0, [], []
    hung = find_bad_programs(path.with_suffix('.json'))
    for suite in ET.parse(path).iter('testsuite'):
        reasons = find_skips('\n'.join(part.text or '' for part in suite.iter('system-out')))
        program = suite.get('name', '').split('.', 1)[-1]
        for case in suite.iter('testcase'):
            name = re.sub(r'^\d+ - ', '', case.get('name', '?'))
            bad = [part for tag in ('failure', 'error') if (part := case.find(tag)) is not None]
            if bad:
                hung.pop(program, hung.pop(name, None))
                said = [part.get('message', '') + (part.text or '') for part in bad] + find_output(case, suite)
                failures.append((f'{path.stem}: {program}: {name}', '\n'.join(said)))
            elif name in hung:
                pass
            elif case.find('skipped') is not None or name in reasons:
                skips.append((name, reasons.get(name, 'no reason given')))
            else:
                passed += 1
    for program, (happened, said) in hung.items():
        failures.append((f'{path.stem}: {program}: {happened}', said))
    return passed, failures, skips


def print_skips(skips):
    """One line for a reason: how often, and in which tests (each runs on many boards)."""
    tests = collections.defaultdict(list)
    for name, why in skips:
        tests[why].append(name)
    for why, names in sorted(tests.items()):
        print(f'  skipped {len(names)}: {why}: {", ".join(sorted(set(names)))}')


def print_failures(failures):
    told = set()
    for name, said in failures:
        print(f'failed: {name}')
        lines = [line for line in said.splitlines() if line and not re.match(r'ok |# skipped ', line)]
        if said not in told:
            print('\n'.join(f'    {line}' for line in lines[-OUTPUT_LINES:]))
        told.add(said)


def main():
    total, failures = [0, 0, 0], []
    for path in sorted(pathlib.Path(sys.argv[1]).glob('*.xml')):
        passed, failed, skips = read(path)
        print(f'{path.stem}: {passed} passed, {len(failed)} failed, {len(skips)} skipped')
        print_skips(skips)
        failures += failed
        total = [a + b for a, b in zip(total, (passed, len(failed), len(skips)))]
    print_failures(failures)
    if sys.argv[2]:
        print(f'failed tiers: {sys.argv[2]}')
        total[1] = max(total[1], 1)
    print(f'{total[0]} passed, {total[1]} failed, {total[2]} skipped')
    return 1 if total[1] or not total[0] else 0


if __name__ == '__main__':
    sys.exit(main())
