# SPDX-License-Identifier: LGPL-2.1-or-later
"""The targets and files that Meson would build and install with given options."""
import contextlib
import json
import pathlib
import re
import subprocess
import tempfile

from document import SOURCE
from tap import expect

# The names of all allocators, from their one list.
ALLOCATORS = re.findall(r'^IMXD_BACKEND\(\w+, "([\w-]+)"\)', (SOURCE / 'src/backends/list.h').read_text(), re.M)


@contextlib.contextmanager
def configured(*options):
    """Set up a build directory with these options."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(['meson', 'setup', folder, SOURCE, '-Dprefix=/usr', *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        # An unknown option is an error, or in some versions of Meson a warning.
        expect(done.returncode == 0 and 'nknown option' not in done.stdout, done.stdout[-3000:])
        yield pathlib.Path(folder)


def plan(*options):
    """Configure with these options. Return their values in the build, and the names of the files to install."""
    with configured(*options) as folder:
        told = subprocess.run(['meson', 'introspect', '--buildoptions', '--installed', folder], check=True,
                              capture_output=True).stdout
    told = json.loads(told)
    return {entry['name']: entry['value'] for entry in told['buildoptions']}, sorted(told['installed'].values())


def macros(*options):
    """Return the macros of imxdmabuffer_config.h about heaps, with these options."""
    with configured(*options) as folder:
        text = (folder / 'include/imxdmabuffer/imxdmabuffer_config.h').read_text()
    return dict(re.findall(r'^#define IMXDMABUFFER_(DMA_HEAP_\w+) (.*)$', text, re.M))
