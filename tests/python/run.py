#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run files of pytest, and print TAP. The output of pytest goes to standard error.

usage: run.py FILE...
"""
import importlib.util
import os
import sys

TAP = os.fdopen(os.dup(1), 'w', buffering=1)


class Report:
    """A plugin of pytest that prints a TAP line for each test."""

    def __init__(self):
        self.number = 0

    def pytest_runtest_logreport(self, report):
        if report.when != 'call' and report.passed:
            return
        self.number += 1
        name, end = report.nodeid.split('::', 1)[-1].replace('#', ''), ''
        if report.skipped:
            end = ' # SKIP ' + report.longrepr[-1].removeprefix('Skipped: ')
        print(f'{"not " if report.failed else ""}ok {self.number} - {name}{end}', file=TAP)
        for line in str(report.longrepr).splitlines() if report.failed else []:
            print('#', line, file=TAP)


def main():
    for name in ('PYTEST_ADDOPTS', 'PYTEST_PLUGINS'):
        os.environ.pop(name, None)
    for module in ('pytest', 'numpy'):
        if importlib.util.find_spec(module) is None:
            print(f'1..0 # SKIP {sys.executable} has no module {module}', file=TAP)
            return 0
    import pytest
    report = Report()
    os.dup2(2, 1)
    code = pytest.main(['-q', '--no-header', '-p', 'no:cacheprovider', *sys.argv[1:]], plugins=[report])
    print(f'1..{report.number}', file=TAP)
    return 0 if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and report.number else 2


if __name__ == '__main__':
    sys.exit(main())
