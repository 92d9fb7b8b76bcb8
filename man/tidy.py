# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run scdoc, and remove paragraph macros without effect. The pages look the same.

scdoc ends each block with .P, also before a heading and before the end of an indented block. There the macro has no
effect, and mandoc's lint prints a warning. A page with tables begins with the line that makes man(1) run tbl: groff of
Debian 13 prints a warning without it.

usage: tidy.py SCDOC <PAGE.scd >PAGE
"""
import re
import subprocess
import sys


def tidy(page):
    # Move a macro before the end of indented blocks behind it: text may follow there.
    page = re.sub(r'^\.P\n((?:\.P\n|\.RE\n)*\.RE\n)', lambda found: found[1].replace('.P\n', '') + '.P\n', page,
                  flags=re.M)
    # Headings, the end of the page and another paragraph need no macro.
    page = re.sub(r'^(\.S[HS] .*\n)(?:\.P\n)+', r'\1', page, flags=re.M)
    return re.sub(r'^(?:\.P\n)+(?=\.(?:P|SH|SS)\b|\Z)', '', page, flags=re.M)


done = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.PIPE, text=True, check=False)
if done.returncode == 0:
    sys.stdout.write(('\'\\" t\n' if '\n.TS\n' in done.stdout else '') + tidy(done.stdout))
sys.exit(done.returncode)
