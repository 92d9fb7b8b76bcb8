#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the tests in reports. Prints a line for each tier, the skipped tests with reasons, the failures with output.

usage: count-tests.py DIRECTORY-OF-REPORTS FAILED-TIERS
Exits with 1 if a test or a tier failed, or if no test ran. Failures come last, at the end of a log.
"""
import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

OUTPUT_LINES = 40  # of a failed program, enough for a report of a sanitizer


def find_skips(output):
    """Return {skipped test: reason}, from lines '# skipped NAME: REASON' and '… NAME # SKIP REASON'."""
    skips = dict(re.findall(r'^# skipped (\S+): (.*)', output, re.M))
    skips.update(re.findall(r'^ok \d+ -? ?(.*?) # SKIP (.*)', output, re.M))
    return skips


def find_output(case, suite):
    """Return the output of a test's program. Meson stores it with the test or with all tests of the program."""
    return [parent.findtext(tag, '') for parent in (suite, case) for tag in ('system-out', 'system-err')]


def find_bad_programs(path):
    """Return {program: (result, output)} from Meson's log. In its JUnit report, programs that hung have passed."""
    bad = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        program = json.loads(line)
        if program['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
            result = f'{program["result"]}, code {program["returncode"]}, after {program["duration"]:.0f} s'
            bad[program['name'].split(' / ')[-1]] = result, program['stdout'] + program.get('stderr', '')
    return bad


def read(path):
    """Return the number of passed tests, [(failed test, output)], [(skipped test, reason)]."""
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
                output = [part.get('message', '') + (part.text or '') for part in bad] + find_output(case, suite)
                failures.append((f'{path.stem}: {program}: {name}', '\n'.join(output)))
            elif name in hung:
                pass
            elif case.find('skipped') is not None or name in reasons:
                skips.append((name, reasons.get(name, 'no reason given')))
            else:
                passed += 1
    for program, (result, output) in hung.items():
        failures.append((f'{path.stem}: {program}: {result}', output))
    return passed, failures, skips


def print_skips(skips):
    """Print a line for each reason: the number of skips, and the tests (each runs on many boards)."""
    tests = collections.defaultdict(list)
    for name, reason in skips:
        tests[reason].append(name)
    for reason, names in sorted(tests.items()):
        print(f'  skipped {len(names)}: {reason}: {", ".join(sorted(set(names)))}')


def print_failures(failures):
    printed = set()
    for name, output in failures:
        print(f'failed: {name}')
        lines = [line for line in output.splitlines() if line and not re.match(r'ok |# skipped ', line)]
        if output not in printed:
            print('\n'.join(f'    {line}' for line in lines[-OUTPUT_LINES:]))
        printed.add(output)


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
