#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Convert the comments of a public header to Doxygen's form, and print the header.

usage: filter.py HEADER

The headers are written for readers. The form of a comment shows its meaning: a comment above a declaration documents
this declaration; "name: ..." at the beginning of a line describes a parameter; "Returns ..." describes the result;
lines that begin with error codes are a list; lines that are indented by four blanks are an example. Comments that begin
with two asterisks are for Doxygen already and are not changed.
"""
import pathlib
import re
import sys

COMMENT = re.compile(r'^([ \t]*)/\*(?!\*)(.*?)\*/', re.M | re.S)
EXAMPLE = ' ' * 4
CODES = re.compile(r'^  ((?:E[A-Z0-9]+(?:, )?)+)  +(?=\S)')


def parameters(declaration):
    """Return the names of the parameters of the function, or function type, that the text begins with."""
    found = re.match(r'\s*(?:typedef )?[\w \t*]+?(?:\(\*\w+\))?\(([^()]*)\);', declaration)
    return re.findall(r'(\w+)(?:\[\w*\])?(?:,|$)', found.group(1)) if found else []


def mark(line, names):
    """Convert one line of a comment, without its frame."""
    line = CODES.sub(r'- `\1` ', line)
    found = re.match(r'([a-z_]+(?:, [a-z_]+)*): ', line)
    if found and set(found.group(1).split(', ')) <= set(names):
        line = f'@param {found.group(1).replace(", ", ",")} {line[found.end():]}'
    line = re.sub(r'^Returns ', '@return ', line)
    # Characters of commands, links and tags.
    return re.sub(r'([<>#%])', r'\\\1', line)


def mark_all(lines, names):
    """Convert the lines of a comment. An example begins after an empty line and ends at a line without indentation."""
    result, in_example = [], False
    for number, line in enumerate(lines):
        if not in_example and line.startswith(EXAMPLE) and number > 0 and not lines[number - 1]:
            in_example = True
            result.append('@code{.c}')
        elif in_example and line and not line.startswith(EXAMPLE):
            in_example = False
            result.append('@endcode')
        result.append(line[len(EXAMPLE):] if in_example else mark(line, names))
    return result + (['@endcode'] if in_example else [])


def convert(comment, declaration, is_first):
    indent, text = comment.groups()
    lines = [re.sub(r'^[ \t]*\* ?', '', line) for line in text.split('\n')]
    lines = [line.rstrip() for line in mark_all(lines, parameters(declaration))]
    lines[0] = lines[0].strip()
    return f'{indent}/**{" @file" if is_first else ""} ' + f'\n{indent} * '.join(lines) + ' */'


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')
    # The first comment is the licence, the second one describes the file.
    licence, rest = text.split('\n', 1)
    result, place = [licence + '\n'], 0
    for number, comment in enumerate(COMMENT.finditer(rest)):
        result += [rest[place:comment.start()], convert(comment, rest[comment.end():], number == 0)]
        place = comment.end()
    text = ''.join(result) + rest[place:]
    # Reserved members are not part of the interface.
    print(re.sub(r'\n[^\n]*\b_reserved\w*(?:\[[^\]]*\])?;', '', text), end='')


if __name__ == '__main__':
    main()
