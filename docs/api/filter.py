#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns the comments of a public header into what Doxygen reads, and prints the header.

usage: filter.py HEADER

The headers are written for people. What Doxygen wants to be marked can be told from the form: a comment above a
declaration documents it; "name: ..." at the beginning of a line is about the parameter of that name; "Returns ..." is
what is returned; lines that begin with error codes are a list.
"""
import pathlib
import re
import sys

COMMENT = re.compile(r'^([ \t]*)/\*(?!\*)(.*?)\*/', re.M | re.S)
CODES = re.compile(r'^  ((?:E[A-Z0-9]+(?:, )?)+)  +(?=\S)')


def parameters(declaration):
    """The names of the parameters of a function, or of a function type, that begins there."""
    found = re.match(r'\s*(?:typedef )?[\w \t*]+?(?:\(\*\w+\))?\(([^()]*)\);', declaration)
    return re.findall(r'(\w+)(?:\[\w*\])?(?:,|$)', found.group(1)) if found else []


def mark(line, names):
    """One line of a comment, without its frame."""
    line = CODES.sub(r'- `\1` ', line)
    found = re.match(r'([a-z_]+(?:, [a-z_]+)*): ', line)
    if found and set(found.group(1).split(', ')) <= set(names):
        line = f'@param {found.group(1).replace(", ", ",")} {line[found.end():]}'
    line = re.sub(r'^Returns ', '@return ', line)
    # What Doxygen would take for a command, a link or a tag.
    return re.sub(r'([<>#%])', r'\\\1', line)


def convert(comment, declaration, is_first):
    indent, text = comment.groups()
    lines = [re.sub(r'^[ \t]*\* ?', '', line) for line in text.split('\n')]
    lines = [mark(line, parameters(declaration)).rstrip() for line in lines]
    lines[0] = lines[0].strip()
    return f'{indent}/**{" @file" if is_first else ""} ' + f'\n{indent} * '.join(lines) + ' */'


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')
    # The first comment is the licence's line, the second one is about the file.
    licence, rest = text.split('\n', 1)
    result, place = [licence + '\n'], 0
    for number, comment in enumerate(COMMENT.finditer(rest)):
        result += [rest[place:comment.start()], convert(comment, rest[comment.end():], number == 0)]
        place = comment.end()
    text = ''.join(result) + rest[place:]
    # Room to grow is no part of the interface.
    print(re.sub(r'\n[^\n]*\b_reserved\w*(?:\[[^\]]*\])?;', '', text), end='')


if __name__ == '__main__':
    main()
