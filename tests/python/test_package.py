# SPDX-License-Identifier: LGPL-2.1-or-later
"""Types, descriptions, the documentation's example, and the wheel."""
import importlib.util
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import imxdmabuffer

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = pathlib.Path(imxdmabuffer.__file__).parent
PAGE = SOURCE / 'docs/in-a-program.md'


def run(*command, code=0, **options):
    done = subprocess.run(list(map(str, command)), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)
    assert done.returncode == code, done.stdout
    return done.stdout


def example():
    text = PAGE.read_text().split('\n## Python\n')[1]
    return re.search(r'^```python\n(.*?)^```', text, re.M | re.S)[1]


def objects():
    """All public objects of the package: their names, themselves, and the objects they belong to."""
    for name in imxdmabuffer.__all__:
        if name.startswith('_'):
            continue
        item = getattr(imxdmabuffer, name)
        yield name, item, imxdmabuffer
        # Numbers, tuples and their methods have descriptions of their own.
        for member, value in vars(item).items() if isinstance(item, type) and not issubclass(item, int) else ():
            if not member.startswith('_') or member in ('__enter__', '__exit__'):
                yield f'{name}.{member}', value, item


def test_everything_is_described():
    found = list(objects())
    assert len(found) > 80 and imxdmabuffer.__doc__
    assert [name for name, item, _ in found if not (item.__doc__ or '').strip()] == []


def test_functions_have_signatures():
    for name, item, owner in objects():
        if callable(item) and not isinstance(item, type) and '__' not in name and not issubclass_of_tuple(owner):
            assert inspect.signature(item) is not None


def issubclass_of_tuple(owner):
    return isinstance(owner, type) and issubclass(owner, tuple)


def need(module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f'{sys.executable} has no module {module}')


@pytest.fixture
def mypy(tmp_path):
    need('mypy')
    environment = {**os.environ, 'MYPYPATH': str(PACKAGE.parent), 'MYPY_CACHE_DIR': str(tmp_path / 'cache')}
    environment.pop('LD_PRELOAD', None)

    def check(*arguments, code=0):
        return run(sys.executable, '-m', 'mypy', '--strict', *arguments, code=code, env=environment, cwd=tmp_path)
    return check


def test_types_of_the_package_and_the_example(mypy, tmp_path):
    path = tmp_path / 'example.py'
    path.write_text(example())
    wrong = tmp_path / 'wrong.py'
    wrong.write_text('import imxdmabuffer\n'
                     'imxdmabuffer.Allocator().allocate("4096")\n'
                     'imxdmabuffer.Allocator().allocate(1).map("x")\n'
                     'imxdmabuffer.Allocator().allocate(1).physical_address + 1\n')
    assert 'Success' in mypy(PACKAGE, path)
    found = mypy(wrong, code=1)
    assert sorted(set(re.findall(r'^wrong\.py:(\d)', found, re.M))) == ['2', '3', '4']


def test_the_stubs_agree_with_the_module(tmp_path):
    need('mypy')
    environment = {**os.environ, 'MYPYPATH': str(PACKAGE.parent), 'MYPY_CACHE_DIR': str(tmp_path / 'cache')}
    environment.pop('LD_PRELOAD', None)
    allowed = tmp_path / 'allowed'
    # Named tuples of C have no fields in the way of typing.NamedTuple; the types cannot be created by programs.
    allowed.write_text('.*\\.(AllocatorInfo|Properties|Address|PoolStats)(\\..*)?\n'
                       '.*\\.(Buffer|Mapping)\\.(__new__|__init__)\n.*\\.Mapping\\.__buffer__\n')
    run(sys.executable, '-m', 'mypy.stubtest', 'imxdmabuffer', '--allowlist', allowed, '--ignore-unused-allowlist',
        env=environment, cwd=tmp_path)


def test_the_example_of_the_documentation(tmp_path):
    lines = example().splitlines()
    assert len(lines) <= 10
    run(sys.executable, '-c', example(), cwd=tmp_path, env={**os.environ, 'IMXDMABUFFER_ALLOCATOR': 'host'})


def test_two_interpreters():
    """Each module has its own state: no type is shared, and the end of one does not touch the other."""
    for _ in range(3):
        spec = importlib.util.find_spec('imxdmabuffer._imxdmabuffer')
        other = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(other)
        assert other.Allocator is not imxdmabuffer.Allocator
        buffer = other.Allocator('host').allocate(64)
        assert type(buffer) is other.Buffer
        del other, spec
        with buffer.map('w') as view:
            view[0] = 1


@pytest.fixture
def wheel(tmp_path):
    for module in ('mesonpy', 'pip'):
        need(module)
    # Without the build directories.
    left_out = shutil.ignore_patterns('build', 'build-*', '.git', '__pycache__')
    shutil.copytree(SOURCE, tmp_path / 'source', ignore=left_out)
    environment = {key: value for key, value in os.environ.items() if key not in ('LD_PRELOAD', 'PYTHONPATH')}
    run(sys.executable, '-m', 'pip', 'wheel', '--no-build-isolation', '--no-deps', '--no-index',
        '--disable-pip-version-check', '--wheel-dir', tmp_path / 'wheels', tmp_path / 'source', env=environment)
    return next((tmp_path / 'wheels').glob('*.whl'))


def test_the_wheel(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / 'site')
        package = sorted(name for name in archive.namelist() if '.dist-info/' not in name)
        licence = [name for name in archive.namelist() if name.endswith('.dist-info/METADATA')]
        assert 'GNU LESSER GENERAL PUBLIC LICENSE' in archive.read(licence[0]).decode()
    assert [re.sub(r'\.cpython-\S*', '', name) for name in package] == [
        'imxdmabuffer/__init__.py', 'imxdmabuffer/_imxdmabuffer', 'imxdmabuffer/_imxdmabuffer.pyi',
        'imxdmabuffer/py.typed']
    environment = {**os.environ, 'PYTHONPATH': str(tmp_path / 'site')}
    environment.pop('LD_PRELOAD', None)
    program = ('import imxdmabuffer; print(imxdmabuffer.__file__);'
               'imxdmabuffer.Allocator("host").allocate(64).map("w").unmap()')
    assert str(tmp_path / 'site') in run(sys.executable, '-c', program, env=environment, cwd=tmp_path)
