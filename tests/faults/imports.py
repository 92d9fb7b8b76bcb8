#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that the faults program, which replaces functions of the C library, can make each one that the library uses
fail. Functions that it does not replace are on one of the lists below.

usage: imports.py LIBRARY FAULTS-PROGRAM
"""
import re
import subprocess
import sys

# Functions for compilers, the dynamic linker and the C library itself.
INTERNAL = re.compile(r'_ITM_|__aeabi_|__cxa_|__errno_location$|__gmon_start__$|__stack_chk_|__tls_get_addr|stderr$')

# Functions that are fortified (_FORTIFY_SOURCE) or renamed for C99 or C23 are listed by their plain names.
CANNOT_FAIL = '''
    clock_gettime fprintf vfprintf free memcmp memcpy memmove memset pthread_cond_broadcast pthread_cond_init
    pthread_cond_timedwait pthread_condattr_destroy pthread_condattr_init pthread_condattr_setclock
    pthread_mutex_destroy pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_self
    pthread_getspecific pthread_setcancelstate secure_getenv snprintf sscanf strchr strcmp strcpy strcspn strlen
    strncmp strnlen strpbrk strrchr strspn strstr strtol strtoul strtoull vsnprintf
    pthread_register_cancel pthread_unregister_cancel pthread_unwind_next sigsetjmp
'''.split()

NOT_DRIVEN = {
    'closedir': 'its result does not matter: the names have been read',
    'dlerror': 'only returns the text of a failure',
    'dlopen': 'fails on every board without the library, and if malloc() in it fails',
    'dlsym': 'fails with libraries that have other functions (sim/vendor)',
    'getgrgid_r': 'returns a name for a message, which has the number otherwise; fails if malloc() in it fails',
    'getpwuid_r': 'as getgrgid_r',
    'getxattr': 'fails on most files: they have no access control list',
    'pthread_key_create': 'runs before main(); without a key, messages are lost, as without memory',
    'pthread_setspecific': 'fails only if malloc() fails',
    'pthread_sigmask': 'fails only for an unknown operation',
    'sigfillset': 'cannot fail',
    'pthread_atfork': 'fails only if malloc() fails',
    'register_atfork': 'as pthread_atfork, which calls it',
    'strerror_r': 'returns a text for every number',
    'sysconf': 'reads the auxiliary vector and sysinfo(); -1 for an unknown value is handled',
}


def symbols(kind, path):
    """Return the dynamic symbols without their versions."""
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
