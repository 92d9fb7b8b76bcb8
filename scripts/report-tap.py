#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Converts TAP on standard input into a report for count-tests.py, for tests that Meson does not run.

usage: report-tap.py SUITE
Exits with 1 if a test failed, or if the plan is missing or does not match.
"""
import re
import sys
import xml.etree.ElementTree as ET


def main():
    text = sys.stdin.read()
    suite = ET.Element('testsuite', name=sys.argv[1])
    results = re.findall(r'^(ok|not ok) \d+ -? ?(.*)$', text, re.M)
    for verdict, name in results:
        case = ET.SubElement(suite, 'testcase', name=name.split(' # SKIP')[0])
        if verdict != 'ok':
            ET.SubElement(case, 'failure', message=name)
    plan = re.search(r'^1\.\.(\d+)$', text, re.M)
    kept = plan is not None and int(plan.group(1)) == len(results)
    if not kept:
        case = ET.SubElement(suite, 'testcase', name='the plan')
        ET.SubElement(case, 'failure', message='missing, or not the number of tests')
    ET.SubElement(suite, 'system-out').text = text
    root = ET.Element('testsuites')
    root.append(suite)
    ET.ElementTree(root).write(sys.stdout, encoding='unicode')
    return 0 if kept and all(verdict == 'ok' for verdict, _ in results) else 1


if __name__ == '__main__':
    sys.exit(main())
