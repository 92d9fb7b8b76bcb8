#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what the program and its manual page have of commands.py.

usage: generate.py table      the C source of the commands
       generate.py options    the C header with the numbers of the options
       generate.py man PAGE VERSION   the manual page: PAGE with @synopsis@, @commands@ and @version@ replaced
"""
import pathlib
import re
import sys
import textwrap

from commands import COMMANDS

WIDTH = 79
LICENSE = '/* SPDX-License-Identifier: LGPL-2.1-or-later */'


def plain(text):
    """Remove the markup of scdoc."""
    return re.sub(r'(?<!\w)_([A-Z]+)_(?!\w)|(?<!\w)_([a-z][a-z ]*)_(?!\w)|\*([^*]+)\*',
                  lambda found: next(filter(None, found.groups())), text)


def spell(option):
    return f'--{option.name}' + (f' {option.value}' if option.value else '')


def help_text(command):
    """Return the text of --help below the usage line."""
    paragraphs = [textwrap.fill(plain(text), WIDTH, break_on_hyphens=False, break_long_words=False)
                  for text in command.about]
    column = max(len(spell(option)) for option in command.options) + 4
    lines = []
    for option in command.options:
        wrapped = textwrap.wrap(plain(option.text), WIDTH - column, break_on_hyphens=False, break_long_words=False)
        lines.append(f'  {spell(option)}'.ljust(column) + wrapped[0])
        lines += [' ' * column + line for line in wrapped[1:]]
    return '\n\n'.join([*paragraphs, '\n'.join(lines)]) + '\n'


def literal(text):
    """Return a text as C string literals, one a line."""
    lines = text.splitlines(keepends=True) or ['']
    return '\n'.join('\t\t"' + line.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n') + '"'
                     for line in lines)


def identifier(option):
    return 'OPTION_' + option.name.upper().replace('-', '_')


def table():
    print(f'{LICENSE}\n#include "command.h"\n\nstruct command const commands[] = {{')
    for command in COMMANDS:
        options = ''.join(f'\t\t{{"{option.name}", {"required" if option.value else "no"}_argument, NULL, '
                          f'{identifier(option)}}},\n' for option in command.options)
        summary = 'NULL' if command.hidden else literal(command.summary).strip()
        print(f'\t{{"{command.name}", {summary},\n{literal(command.arguments)},\n{literal(help_text(command))},\n'
              f'\t\t(struct option const[]){{\n{options}\t\t{{0}}}},\n\t\trun_{command.name}}},')
    print('\t{0},\n};')


def options():
    names = {identifier(option): None for command in COMMANDS for option in command.options}
    # Above the values of next_option() that are no options.
    print(f'{LICENSE}\nenum {{\n\tOPTION_FIRST = 255,')
    print(''.join(f'\t{name},\n' for name in names) + '};')
    print(''.join(f'int run_{command.name}(struct command const *command, int argc, char **argv);\n'
                  for command in COMMANDS))




def wrap(text, indent=''):
    return textwrap.fill(text, 116, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False,
                         break_long_words=False)


def man(page, version):
    shown = [command for command in COMMANDS if not command.hidden]
    synopsis = '\n\n'.join(f'*imxdmabuffer {command.name}* ' +
                           re.sub(r'\b[A-Z]+\b', r'_\g<0>_', command.arguments) for command in shown)
    parts = []
    for command in shown:
        part = [f'## imxdmabuffer {command.name}', *(wrap(text) for text in [*command.about, *command.more])]
        for option in command.options:
            value = re.sub(r'[A-Z]+', r'_\g<0>_', f' {option.value}') if option.value else ''
            text = option.text if option.name != 'help' else 'Prints the options of the command.'
            part.append(f'*--{option.name}*{value}\n' + wrap(f'{text} {option.more}'.strip(), '\t'))
        parts.append('\n\n'.join(part))
    text = pathlib.Path(page).read_text(encoding='utf-8')
    for name, replacement in {'synopsis': synopsis, 'commands': '\n\n'.join(parts), 'version': version}.items():
        text = text.replace(f'@{name}@', replacement)
    print(text, end='')


def main():
    actions = {'table': table, 'options': options, 'man': man}
    actions[sys.argv[1]](*sys.argv[2:])


if __name__ == '__main__':
    main()
