#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Make a bare Debian root, and try the archive of a release there: in-bare-root.sh of the archive runs in it.
# The root has Debian's essential packages, apt and xz only, and is gone afterwards. Without root, user namespaces do.
# usage: packaging/debian/bare-root.sh ARCHIVE DIRECTORY [SUITE]
# DIRECTORY: gets the Debian packages, source and binary, and the log; SUITE: bookworm, or a newer one of Debian
set -euo pipefail

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
	echo "usage: packaging/debian/bare-root.sh ARCHIVE DIRECTORY [SUITE]" >&2
	exit 2
fi
suite=${3:-bookworm}
mkdir -p "$2"
directory=$(realpath "$2")
archive=${1##*/}
top=${archive%.tar.xz}
log=$directory/mmdebstrap.log
begin=$SECONDS

echo "== a bare root: $suite"
# What the hooks print goes to standard error.
if ! mmdebstrap --variant=apt --include=xz-utils \
	--customize-hook="upload '$(realpath "$1")' '/srv/$archive'" \
	--customize-hook="chroot \"\$1\" tar --extract --directory=/srv --file='/srv/$archive'" \
	--customize-hook="chroot \"\$1\" '/srv/$top/packaging/debian/in-bare-root.sh' '/srv/$archive' /srv/packages" \
	--customize-hook="sync-out /srv/packages '$directory'" \
	"$suite" /dev/null 2>&1 | tee "$log" | sed --unbuffered -n '/^\(ok\|not ok\|#\|1\.\.\)/p'; then
	tail -n 20 "$log" >&2
	echo "== a bare root: $suite: FAILED, $((SECONDS - begin)) s" >&2
	exit 1
fi
echo "== a bare root: $suite: ok, $((SECONDS - begin)) s"
