#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing on Debian 12 and leaves a release build in build/, or where scripts/folder.sh says.
# usage: scripts/setup.sh [demo|test|vm|packages]
# demo: library and program; test: the tests and their tools too; vm: only what cross builds for the guests need;
# packages: only what building and checking the Debian packages needs
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(gcc libc6-dev meson ninja-build pkgconf libjson-c-dev python3)
tests=disabled
architectures=()
case "${1:-demo}" in
demo) ;;
test)
	packages+=(libcmocka-dev clang libclang-rt-14-dev g++ abigail-tools valgrind binutils scdoc mandoc doxygen udev
		umockdev python3-kconfiglib make)
	tests=enabled
	;;
vm)
	packages=(gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-arm64-cross libc6-dev-armhf-cross
		libcmocka-dev:arm64 libcmocka-dev:armhf)
	architectures=(arm64 armhf)
	;;
packages) packages+=(build-essential debhelper dpkg-dev fakeroot libcmocka-dev lintian scdoc) ;;
*)
	echo "usage: scripts/setup.sh [demo|test|vm|packages]" >&2
	exit 2
	;;
esac

# A name without an architecture means this machine's: others may be installed beside it.
is_installed() {
	local architecture=$native
	case "$1" in *:*) architecture=${1##*:} ;; esac
	dpkg-query -W -f '${Architecture}=${db:Status-Status}\n' "$1" 2>/dev/null |
		grep -qE "^(all|$architecture)=installed$"
}

native=$(dpkg --print-architecture)
missing=()
for package in "${packages[@]}"; do
	is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
	echo "setup: installing ${missing[*]}"
	as_root=()
	[ "$(id -u)" = 0 ] || as_root=(sudo)
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
	for architecture in "${architectures[@]}"; do
		"${as_root[@]}" dpkg --add-architecture "$architecture"
	done
	# An index that cannot be fetched matters only if the packages cannot be installed then.
	"${as_root[@]}" apt-get update >"$log" 2>&1 || true
	if ! "${install[@]}" "${missing[@]}" >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "setup: the packages could not be installed" >&2
		exit 1
	fi
fi

case "${1:-demo}" in vm | packages) exit 0 ;; esac

# A build folder that was made for the demonstration lacks the tests: it is configured again, not made anew.
build=$(scripts/folder.sh)
if [ -f "$build/build.ninja" ]; then
	[ "$tests" = disabled ] || meson configure "$build" -Dtests=enabled
else
	mkdir -p "$build"
	meson setup "$build" --werror -Dtools=enabled "-Dtests=$tests" >"$build/setup.log" 2>&1 ||
		{ cat "$build/setup.log" >&2; exit 1; }
fi
meson compile -C "$build" >"$build/compile.log" 2>&1 || { cat "$build/compile.log" >&2; exit 1; }
echo "setup: built in $build/"
