# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of BitBake that the recipe uses: assignments, overrides, flags, ${...} and Python expressions."""
import re
import types

from tap import expect

ASSIGNMENT = re.compile(r'^([\w:${}-]+)(?:\[([\w-]+)\])? *(\?\?=|\?=|=) *"((?:[^"\\]|\\\n|\\.)*)"$', re.M)
OPERATIONS = ('append', 'remove')


class Recipe:
    """The recipe, for a machine with these overrides and with these variables from the user."""

    def __init__(self, path, overrides=(), **settings):
        self.text = path.read_text()
        self.name, version = path.stem.split('_')
        self.values = {'BPN': self.name, 'PN': self.name, 'PV': version, 'BP': f'{self.name}-{version}'}
        self.flags, self.operations = {}, []
        for name, flag, operator, value in ASSIGNMENT.findall(self.text):
            value = value.replace('\\\n', '')
            if flag:
                self.flags.setdefault(name, {})[flag] = value
            else:
                self.assign(name.split(':'), operator, value, overrides)
        self.values.update(settings)

    def assign(self, words, operator, value, overrides):
        name, rest = words[0], words[1:]
        if rest and rest[0] in OPERATIONS:
            if all(word in overrides for word in rest[1:]):
                self.operations.append((name, rest[0], value))
        elif rest and not rest[0].startswith('${'):
            if rest[0] in overrides:
                self.values[name] = value
        elif rest or operator == '=' or name not in self.values:
            self.values[':'.join(words)] = value

    def get(self, name):
        """Return the expanded value of a variable."""
        value = self.values.get(name, '')
        for target, operation, text in self.operations:
            if target == name and operation == 'append':
                value += text
        removed = [text for target, operation, text in self.operations if (target, operation) == (name, 'remove')]
        if removed:
            value = ' '.join(word for word in self.expand(value).split() if word not in removed)
        return self.expand(value)

    def expand(self, text):
        text = re.sub(r'\$\{@(.*?)\}', lambda found: self.evaluate(found.group(1)), text)
        return re.sub(r'\$\{(\w+)\}', lambda found: self.get(found.group(1)), text)

    def evaluate(self, expression):
        def contains(variable, words, true, false, _):
            return true if set(words.split()) <= set(self.get(variable).split()) else false

        def contains_any(variable, words, true, false, _):
            return true if set(words.split()) & set(self.get(variable).split()) else false

        data = types.SimpleNamespace(getVar=self.get)
        bb = types.SimpleNamespace(utils=types.SimpleNamespace(contains=contains, contains_any=contains_any))
        return str(eval(expression, {'bb': bb, 'd': data}))  # pylint: disable=eval-used

    def keys(self):
        return self.flags['PACKAGECONFIG']

    def chosen(self):
        words = self.get('PACKAGECONFIG').split()
        expect(set(words) <= set(self.keys()), f'unknown keys: {set(words) - set(self.keys())}')
        return words

    def field(self, number):
        """Return the dependencies of the chosen keys: for building (2), for running (3), recommended (4)."""
        fields = [self.keys()[key].split(',') for key in self.chosen()]
        return [word for field in fields if len(field) > number for word in self.expand(field[number]).split()]

    def meson_options(self):
        chosen = self.chosen()
        fields = {key: value.split(',') for key, value in self.keys().items()}
        for key in chosen:
            conflicts = set(fields[key][5].split()) if len(fields[key]) > 5 else set()
            expect(not conflicts & set(chosen), f'{key} conflicts with {conflicts}')
        words = [field[0] if key in chosen else field[1] for key, field in fields.items()]
        return self.get('EXTRA_OEMESON').split() + [self.expand(word) for word in words if word]
