#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that each function of the C library that the library uses can be made to fail: by the faults program, which
has functions of its own in their place. What it has not is on one of the lists below.

usage: imports.py LIBRARY FAULTS-PROGRAM
"""
import re
import subprocess
import sys

# Of compilers, the dynamic linker and the C library themselves.
INTERNAL = re.compile(r'_ITM_|__aeabi_|__cxa_|__errno_location$|__gmon_start__$|__stack_chk_|__tls_get_addr|stderr$')

# Those that check their arguments (_FORTIFY_SOURCE), or have another name for C99 or C23, are called by these names.
CANNOT_FAIL = '''
    fprintf free memcmp memcpy memmove memset pthread_mutex_destroy pthread_mutex_lock pthread_mutex_unlock
    pthread_once secure_getenv snprintf sscanf strchr strcmp strcpy strcspn strlen strncmp strnlen strrchr strspn
    strstr strtol strtoul strtoull vsnprintf
'''.split()

NOT_DRIVEN = {
    'closedir': 'its result is of no use: the names have been read',
    'dlerror': 'only gives the text of a failure',
    'dlopen': 'fails where the library is missing, on every board without it, and with the heap memory that it takes',
    'dlsym': 'fails with libraries that have other functions (sim/vendor)',
    'getgrgid_r': 'a name for a sentence, which has the number otherwise; fails with the heap memory that it takes',
    'getpwuid_r': 'as getgrgid_r',
    'pthread_atfork': 'fails for lack of heap memory only',
    'register_atfork': 'as pthread_atfork, which calls it',
    'strerror_r': 'gives a text for every number',
    'sysconf': 'answers from the auxiliary vector and sysinfo(); -1, where it does not know, is allowed for',
}


def symbols(kind, path):
    """The dynamic symbols without their versions."""
    text = subprocess.run(['nm', '-D', kind, path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split('@')[0] for line in text.splitlines() if line}


def plain(name):
    return re.sub(r'^__(isoc\d\d_)?|_chk$', '', name)


def main():
    library, faults = sys.argv[1:]
    used = sorted(name for name in symbols('--undefined-only', library) if not INTERNAL.match(name))
    played = symbols('--defined-only', faults)
    bad = 0
    for number, name in enumerate(used, 1):
        good = name in played or plain(name) in CANNOT_FAIL or plain(name) in NOT_DRIVEN
        bad += not good
        print(f'{"ok" if good else "not ok"} {number} - {name} fails in tests/faults, or need not')
    print(f'{"ok" if len(used) > 30 else "not ok"} {len(used) + 1} - {len(used)} functions are used')
    print(f'1..{len(used) + 1}')
    return 1 if bad or len(used) <= 30 else 0


if __name__ == '__main__':
    sys.exit(main())
