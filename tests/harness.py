# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests in Python that print TAP: registering, checking, running."""
import traceback

tests = []


class Skip(Exception):
    """Raised by a test that cannot run here, with the reason."""


def test(name):
    def add(function):
        tests.append((name, function))
        return function
    return add


def for_each(name, cases):
    """Register a test for each case; {} in the name is replaced by the case."""
    def add(function):
        for case in cases:
            tests.append((name.format(repr(case).replace('#', '')[:60]), lambda case=case: function(case)))
        return function
    return add


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def equal(got, wanted):
    expect(got == wanted, f'{wanted!r} expected, got {got!r}')


def contains(text, *parts):
    for part in parts:
        expect(part in text, f'{part!r} expected in {text!r}')


def lacks(text, *parts):
    for part in parts:
        expect(part not in text, f'{part!r} not expected in {text!r}')


def main():
    print(f'1..{len(tests)}')
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f'ok {number} - {name}', flush=True)
        except Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}', flush=True)
        except Exception:  # a test must not keep the others from running
            print(f'not ok {number} - {name}')
            for line in traceback.format_exc().splitlines():
                print(f'# {line}', flush=True)
