# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs rules through udev's own rule engine, for devices in a mock of /sys."""
import pathlib
import re
import shutil
import subprocess
import tempfile

from tap import Skip, expect

# A separate /run and /dev, in name spaces that need no privilege: the machine itself is not touched.
SCRIPT = '''
set -e
mount -t tmpfs none /run
mkdir -p /run/udev/rules.d
cp "$1" /run/udev/rules.d/60-checked.rules
mkdir /run/real
mount --rbind /dev /run/real
mount -t tmpfs none /dev
for node in null zero full random urandom tty; do
	touch /dev/$node
	mount --bind /run/real/$node /dev/$node
done
mkdir /dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 none /dev/pts
ln -s pts/ptmx /dev/ptmx
shift
devices=$1
shift
exec umockdev-run --device "$devices" -- sh -c 'for path; do
	echo "== $path"
	udevadm test --action=add "/sys$path" 2>&1
done' sh "$@"
'''


def check_tools():
    for tool in ('udevadm', 'umockdev-run', 'unshare'):
        if not shutil.which(tool):
            raise Skip(f'{tool} is not there')
    if subprocess.run(['unshare', '-rm', 'true'], capture_output=True, check=False).returncode != 0:
        raise Skip('this system allows no name spaces')


def describe(number, subsystem, node):
    name = node.split('/')[-1]
    return (f'P: /devices/virtual/{subsystem}/{name}\nN: {node}\nE: DEVNAME=/dev/{node}\nE: SUBSYSTEM={subsystem}\n'
            f'E: MAJOR=250\nE: MINOR={number}\nA: dev=250:{number}\\n\n')


def apply(rules, devices):
    """rules: text; devices: pairs of subsystem and node below /dev. Returns node to (gid, mode); None if not set."""
    check_tools()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / 'rules').write_text(rules)
        described = '\n'.join(describe(number, *device) for number, device in enumerate(devices))
        (folder / 'devices').write_text(described)
        paths = [f'/devices/virtual/{subsystem}/{node.split("/")[-1]}' for subsystem, node in devices]
        arguments = ['sh', folder / 'rules', folder / 'devices', *paths]
        done = subprocess.run(['unshare', '-rm', 'sh', '-c', SCRIPT, *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == 0, done.stdout)
    parts = dict(re.findall(r'^== (\S+)\n(.*?)(?=^== |\Z)', done.stdout, re.M | re.S))
    problems = re.findall(r'^/run/udev/rules.d/60-checked.rules:\d+ .*', done.stdout, re.M)
    expect(not problems, f'udev does not understand: {problems}')
    result = {}
    for (_, node), path in zip(devices, paths):
        text = parts.get(path, '')
        expect(f'DEVNAME=/dev/{node}' in text, f'udev did not see {node}: {done.stdout[-2000:]}')
        gid = re.search(r'60-checked.rules:\d+ GROUP (\d+)', text)
        mode = re.search(r'60-checked.rules:\d+ MODE (\d+)', text)
        result[node] = (int(gid.group(1)) if gid else None, mode.group(1) if mode else None)
    return result
