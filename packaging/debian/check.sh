#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Build the Debian packages from a copy of the tree, check them, install them into a separate root and use them there.
# Needs the packages that scripts/setup.sh packages installs. Does not change the machine, and needs no root.
# usage: packaging/debian/check.sh [DIRECTORY]   DIRECTORY: keep the packages there
set -euo pipefail
cd "$(dirname "$0")/../.."

keep=${1:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
number=0

# Run one step and print a TAP line. End after a failure: later steps depend on this one.
step() {
	local name=$1 log=$scratch/step.log
	shift
	number=$((number + 1))
	if "$@" >"$log" 2>&1; then
		echo "ok $number - $name"
		return
	fi
	echo "not ok $number - $name"
	tail -n 60 "$log" | sed 's/^/# /'
	echo "1..$number"
	exit 1
}

# Copy the tree as it would be committed, without the files of earlier builds.
copy_tree() {
	mkdir "$scratch/source"
	if git rev-parse --is-inside-work-tree >"$scratch/git.log" 2>&1; then
		git ls-files -z -co --exclude-standard --deduplicate >"$scratch/names"
	else
		find . \( -path './build*' -o -name .git \) -prune -o -type f -print0 >"$scratch/names"
	fi
	tar --create --null --files-from="$scratch/names" --ignore-failed-read | tar --extract --directory="$scratch/source"
}

build() {
	(cd "$scratch/source" && dpkg-buildpackage -us -uc -b)
}

# Only a first upload to Debian closes a bug.
check_policy() {
	lintian --allow-root --fail-on error,warning \
		--suppress-tags initial-upload-closes-no-bugs "$scratch"/*.changes
}

# Copy the list of installed packages, so that dpkg can check dependencies. It writes into the separate root only.
prepare_root() {
	mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers}
	cp /var/lib/dpkg/status "$root/var/lib/dpkg/status"
}

in_root() {
	dpkg --root="$root" --force-not-root --force-script-chrootless --force-bad-path --no-triggers --log=/dev/null "$@" \
		2>&1 | grep -v 'files list file for package'
}

install() {
	in_root --install "$scratch"/*.deb
	! dpkg --root="$root" --audit | grep -E 'imxdmabuffer'
}

# Use the installed files before those of the machine, and none of the source tree.
run_test() {
	local libraries
	libraries=$root/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
	env PYTHONPATH="$root/usr/lib/python3/dist-packages" \
		PATH="$root/usr/bin:$PATH" LD_LIBRARY_PATH="$libraries" PKG_CONFIG_PATH="$libraries/pkgconfig" \
		PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
		"$scratch/source/debian/tests/$1"
}

purge() {
	local left names
	mapfile -t names < <(for package in "$scratch"/*.deb; do dpkg-deb --field "$package" Package; done)
	in_root --purge "${names[@]}"
	left=$(find "$root" -path "$root/var" -prune -o -type f -print -o -type l -print)
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

root=$scratch/root
step "the tree is copied" copy_tree
step "dpkg-buildpackage -us -uc -b" build
step "lintian finds no error and no warning" check_policy
step "an empty root is made" prepare_root
step "the packages install into an empty root" install
for test in "$scratch"/source/debian/tests/*; do
	[ "${test##*/}" = control ] || step "the packages' test ${test##*/}" run_test "${test##*/}"
done
step "nothing stays after the packages are purged" purge
echo "1..$number"
if [ -n "$keep" ]; then
	mkdir -p "$keep"
	cp "$scratch"/*.deb "$keep"
fi
