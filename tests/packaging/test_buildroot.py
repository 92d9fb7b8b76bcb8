# SPDX-License-Identifier: LGPL-2.1-or-later
"""The package for Buildroot: its menu, the results in make and Meson, the licence."""
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import tap
from document import SOURCE
from meson_plan import ALLOCATORS, plan
from tap import Skip, equal, expect, run, test

FOLDER = SOURCE / 'packaging/buildroot'
PACKAGE = FOLDER / 'package/libimxdmabuffer'
PREFIX = 'BR2_PACKAGE_LIBIMXDMABUFFER'
# The host allocator is for development: recipes have no key for it.
FEATURES = tuple(name for name in ALLOCATORS if name != 'host')

# Buildroot's own symbols, as far as the package's menu and makefile refer to them.
MENU = '''
config BR2_TOOLCHAIN_HAS_THREADS
	def_bool y
config BR2_STATIC_LIBS
	bool "static"
config BR2_PACKAGE_JSON_C
	bool "json-c"
source "$BR2_EXTERNAL_IMXDMABUFFER_PATH/Config.in"
'''
CONFIGURE = '''
import kconfiglib, sys
menu = kconfiglib.Kconfig(sys.argv[1], warn_to_stderr=False)
for setting in sys.argv[2:]:
    name, value = setting.split('=')
    menu.syms[name].set_value(value)
for warning in menu.warnings:
    print('# warning:', warning)
for symbol in menu.unique_defined_syms:
    if symbol.str_value == 'y':
        print(symbol.name + '=y')
'''
# Buildroot evaluates meson-package for a package that Meson builds.
MAKEFILE = '''
include $(BR2_EXTERNAL_IMXDMABUFFER_PATH)/external.mk
meson-package = seen := yes
$(eval $(meson-package))
all:
	@echo 'options $(LIBIMXDMABUFFER_CONF_OPTS)'
	@echo 'needs $(LIBIMXDMABUFFER_DEPENDENCIES)'
	@echo 'version $(LIBIMXDMABUFFER_VERSION)'
	@echo 'site $(LIBIMXDMABUFFER_SITE)'
	@echo 'licence $(LIBIMXDMABUFFER_LICENSE_FILES)'
'''


def interpreter():
    for python in (sys.executable, '/usr/bin/python3'):
        if subprocess.run([python, '-c', 'import kconfiglib'], capture_output=True, check=False).returncode == 0:
            return python
    raise Skip('kconfiglib is not there')


def call(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    expect(done.returncode == 0, f'{command}: {done.stdout}')
    return done.stdout


def configure(*settings):
    """Return the symbols that are set in the menu, and the variables of the package's makefile."""
    environment = dict(os.environ, BR2_EXTERNAL_IMXDMABUFFER_PATH=str(FOLDER))
    with tempfile.TemporaryDirectory() as folder:
        menu, makefile = pathlib.Path(folder) / 'Config.in', pathlib.Path(folder) / 'Makefile'
        menu.write_text(MENU)
        lines = call([interpreter(), '-c', CONFIGURE, menu, *settings], env=environment).splitlines()
        equal([line for line in lines if line.startswith('#')], [])
        makefile.write_text(MAKEFILE)
        told = call(['make', '-s', '-f', makefile, *lines], env=environment)
    return {line.split('=')[0] for line in lines}, dict(line.split(' ', 1) for line in told.splitlines())


def built(told):
    """Return the allocators that Meson would build with the makefile's options."""
    values, files = plan(*told['options'].split())
    return {name for name in FEATURES if values[name] == 'enabled'}, files


@test('the menu has an entry for each allocator, all on')
def _():
    symbols, told = configure(f'{PREFIX}=y')
    expected = {f'{PREFIX}_{name.upper().replace("-", "_")}' for name in (*FEATURES, 'tools')}
    equal({name for name in symbols if name.startswith(PREFIX + '_')}, expected)
    expect('BR2_PACKAGE_JSON_C' in symbols, 'the program needs json-c')
    names, files = built(told)
    equal(names, set(FEATURES))
    expect('/usr/bin/imxdmabuffer' in files, f'the program expected in {files}')
    expect('json-c' in told['needs'].split(), told['needs'])


@test('each entry switches its allocator off')
def _():
    for feature in FEATURES:
        _, told = configure(f'{PREFIX}=y', f'{PREFIX}_{feature.upper().replace("-", "_")}=n')
        off = re.findall(r'-D([\w-]+)=disabled', told['options'])
        equal(off, ['tests', 'man', feature])


@test('all allocators and the program can be left out')
def _():
    settings = [f'{PREFIX}_{name.upper().replace("-", "_")}=n' for name in (*FEATURES, 'tools')]
    symbols, told = configure(f'{PREFIX}=y', *settings)
    expect('BR2_PACKAGE_JSON_C' not in symbols, 'json-c is not needed')
    names, files = built(told)
    equal((names, [name for name in files if '/bin/' in name]), (set(), []))


@test('a static system has all allocators but those that open libraries')
def _():
    _, told = configure('BR2_STATIC_LIBS=y', f'{PREFIX}=y')
    equal(built(told)[0], set(FEATURES) - {'dwl', 'g2d'})


@test('version, place and licence')
def _():
    _, told = configure(f'{PREFIX}=y')
    equal(told['version'], run('--version').out.split()[1])
    equal(pathlib.Path(told['site']).resolve(), SOURCE.resolve())
    equal(told['licence'], 'LICENSE')
    sums = re.findall(r'^sha256  (\w+)  (\S+)$', (PACKAGE / 'libimxdmabuffer.hash').read_text(), re.M)
    equal(sums[:1], [(hashlib.sha256((SOURCE / 'LICENSE').read_bytes()).hexdigest(), 'LICENSE')])
    equal([(len(digest), name) for digest, name in sums[1:]], [(64, f'libimxdmabuffer-{told["version"]}.tar.xz')])


@test('external.desc has the name that the makefiles use')
def _():
    name = re.search(r'^name: (\w+)$', (FOLDER / 'external.desc').read_text(), re.M).group(1)
    used = set()
    for path in FOLDER.rglob('*'):
        if path.is_file():
            used |= set(re.findall(r'BR2_EXTERNAL_(\w+)_PATH', path.read_text()))
    equal(used, {name})


tap.main()
