#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the tests in Meson's reports: a line for each tier, why tests were skipped, the names of those that failed.

usage: count-tests.py FOLDER-OF-REPORTS FAILED-TIERS
Exits with 1 when a test or a tier failed, or when no test ran.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ET


def find_skips(output):
    """Which tests said that they were skipped, and why: '# skipped NAME: WHY', or '… NAME # SKIP WHY'."""
    skips = dict(re.findall(r'^# skipped (\S+): (.*)', output, re.M))
    skips.update(re.findall(r'^ok \d+ -? ?(.*?) # SKIP (.*)', output, re.M))
    return skips


def read(path):
    passed, failures, skips = 0, [], []
    for suite in ET.parse(path).iter('testsuite'):
        reasons = find_skips(''.join(part.text or '' for part in suite.iter('system-out')))
        for case in suite.iter('testcase'):
            name = re.sub(r'^\d+ - ', '', case.get('name', '?'))
            full = f'{suite.get("name", "").split(".")[-1]}: {name}'
            if case.find('failure') is not None or case.find('error') is not None:
                failures.append(full)
            elif case.find('skipped') is not None or name in reasons:
                skips.append((full, reasons.get(name, 'no reason given')))
            else:
                passed += 1
    return passed, failures, skips


def main():
    total = [0, 0, 0]
    for path in sorted(pathlib.Path(sys.argv[1]).glob('*.xml')):
        passed, failures, skips = read(path)
        print(f'{path.stem}: {passed} passed, {len(failures)} failed, {len(skips)} skipped')
        for name in failures:
            print(f'  failed: {name}')
        for name, why in skips:
            print(f'  skipped: {name}: {why}')
        total = [a + b for a, b in zip(total, (passed, len(failures), len(skips)))]
    if sys.argv[2] != '0':
        print('a tier failed')
        total[1] = max(total[1], 1)
    print(f'{total[0]} passed, {total[1]} failed, {total[2]} skipped')
    return 1 if total[1] or not total[0] else 0


if __name__ == '__main__':
    sys.exit(main())
