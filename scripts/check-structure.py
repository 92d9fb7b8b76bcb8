#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the layers of src/ and sim/: calls from object files (nm), includes from the text.

usage: check-structure.py BUILD-DIRECTORY

A file may call and include only its own layer and the ones that LAYERS names for it. No calls and no includes go in a
circle. A header declares functions and objects only of the .c file with its name.
"""
import pathlib
import re
import subprocess
import sys

# Each layer, and the layers that it may use. Order matters for reading only.
LAYERS = {
    'src/uapi': [],
    'src/base': [],
    'src/dmabuf': ['src/base', 'src/uapi'],
    'src/backend': ['src/dmabuf', 'src/base'],
    'src/backends': ['src/backend', 'src/dmabuf', 'src/base', 'src/uapi'],
    'src/core': ['src/backend', 'src/dmabuf', 'src/base', 'src/uapi'],
    'src/api': ['src/core', 'src/backends', 'src/backend', 'src/dmabuf', 'src/base'],
    'sim/kernel': [],
    'sim/devices': ['sim/kernel'],
    'sim/config': ['sim/devices', 'sim/kernel'],
    'sim/check': ['sim/kernel'],
    'sim/preload': ['sim/config', 'sim/check', 'sim/devices', 'sim/kernel'],
}
# The core uses the back ends through the table of imxd_backends in core/selection.c: data, and no calls.
TABLE = re.compile(r'imxd_\w+_backend$')
OBJECTS = {'src': 'src/libimxdmabuffer.so.*.p/*.c.o', 'sim': 'sim/*.p/*.c.o'}


def layer_of(path):
    return str(path.parent)


def read_symbols(pattern, build, root):
    """{source: (symbols that it defines, symbols that it needs)}"""
    # Meson writes _ for / in the names of object files.
    names = {str(path.relative_to(root)).replace('/', '_') + '.o': path for path in root.rglob('*.c')}
    objects = [path for path in sorted(build.glob(pattern)) if path.name in names]
    sources = {names[path.name]: (set(), set()) for path in objects}
    done = subprocess.run(['nm', '-A', *map(str, objects)], capture_output=True, text=True, check=bool(objects))
    for line in done.stdout.splitlines():
        path, rest = line.split(':', 1)
        kind, name = rest.split()[-2:]
        defined, needed = sources[names[pathlib.Path(path).name]]
        if kind == 'U':
            needed.add(name)
        elif kind in 'TDBRVWC':
            defined.add(name)
    return sources


def find_calls(sources):
    """{source: {source that it calls: a symbol}}"""
    owners = {name: source for source, (defined, _) in sources.items() for name in defined}
    calls = {source: {} for source in sources}
    for source, (_, needed) in sources.items():
        for name in sorted(needed):
            owner = owners.get(name)
            if owner and owner != source and not TABLE.match(name):
                calls[source].setdefault(owner, name)
    return calls


def find_includes(paths):
    """{file: {file of the tree that it includes: the text}}"""
    includes = {}
    for path in paths:
        found = includes.setdefault(path, {})
        for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            for candidate in (path.parent / name, pathlib.Path('src') / name, pathlib.Path('sim') / name):
                candidate = pathlib.Path(*_normal(candidate.parts))
                if candidate in paths:
                    found[candidate] = name
                    break
    return includes


def _normal(parts):
    result = []
    for part in parts:
        if part == '..':
            result.pop()
        else:
            result.append(part)
    return result


def find_cycles(graph):
    """Groups of files that reach each other (Tarjan's algorithm)."""
    index, low, stack, cycles = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                cycles.append(sorted(group))

    sys.setrecursionlimit(10000)
    for node in graph:
        if node not in index:
            visit(node)
    return cycles


def check_arrows(graph, verb):
    for path, others in graph.items():
        here = layer_of(path)
        for other, what in others.items():
            there = layer_of(other)
            if here in LAYERS and there in LAYERS and there != here and there not in LAYERS[here]:
                yield f'{path}: {verb} {other} ({what}): {here} may not use {there}'


def check_headers(sources, paths):
    """A declaration in a header: a name before a parenthesis, or an extern object."""
    owners = {name: source for source, (defined, _) in sources.items() for name in defined}
    for path in paths:
        if path.suffix != '.h' or layer_of(path) not in LAYERS:
            continue
        text = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)
        text = re.sub(r'^\s*#.*?(?<!\\)\n', '', text, flags=re.M | re.S)
        names = set(re.findall(r'^[a-z][\w *]*?\b(\w+)\([^;{]*\)[^;{]*;', text, re.M))
        names |= set(re.findall(r'^extern [^;()]*?\b(\w+)(?:\[\w*\])*;', text, re.M))
        for name in sorted(names):
            owner = owners.get(name)
            if owner and owner.with_suffix('.h') != path:
                yield f'{path}: declares {name} of {owner}'


def main():
    build, problems, counts = pathlib.Path(sys.argv[1]), [], []
    for root, pattern in OBJECTS.items():
        paths = {path for path in pathlib.Path(root).rglob('*') if path.suffix in {'.c', '.h'}}
        sources = read_symbols(pattern, build, pathlib.Path(root))
        if not sources:
            problems.append(f'{build / pattern}: no object files; build first')
        calls, includes = find_calls(sources), find_includes(paths)
        problems += check_arrows(calls, 'calls') if sources else []
        problems += check_arrows(includes, 'includes')
        problems += check_headers(sources, paths)
        for graph, verb in ((calls, 'call'), (includes, 'include')):
            cycles = find_cycles(graph)
            problems += [f'{root}: these files {verb} each other: ' + ', '.join(map(str, cycle)) for cycle in cycles]
        counts.append(f'{len(sources)} files of {root}')
    print('\n'.join(problems) if problems else ' and '.join(counts) + ' keep to their layers')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
