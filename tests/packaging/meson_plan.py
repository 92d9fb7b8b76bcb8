# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Meson would build and install with given options."""
import json
import subprocess
import tempfile

from document import SOURCE
from tap import expect


def plan(*options):
    """Configures with these options. Returns their values in the build, and the names of the files it would install."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(['meson', 'setup', folder, SOURCE, '-Dprefix=/usr', *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        # An option that is not there is an error, or in some versions of Meson a warning.
        expect(done.returncode == 0 and 'nknown option' not in done.stdout, done.stdout[-3000:])
        told = subprocess.run(['meson', 'introspect', '--buildoptions', '--installed', folder], check=True,
                              capture_output=True).stdout
    told = json.loads(told)
    return {entry['name']: entry['value'] for entry in told['buildoptions']}, sorted(told['installed'].values())
