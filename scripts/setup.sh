#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs missing packages on Debian 12 and makes a release build in the directory that scripts/builddir.sh prints.
# usage: scripts/setup.sh [demo|quick|test|vm|packages|release]
# demo: library and program; quick: also the tests of scripts/test.sh --quick; test: all tests and their tools;
# vm: only the packages for cross builds for the guests, without a build;
# packages: only those for building and checking the Debian packages, without a build
# release: only those for making a release and trying it in a bare root, without a build
set -euo pipefail
cd "$(dirname "$0")/.."

# Without dpkg-dev, Meson does not know Debian's directory for libraries, and would install to lib64.
packages=(gcc libc6-dev meson ninja-build dpkg-dev pkgconf libjson-c-dev python3)
options=(-Dtests=disabled)
architectures=()
case "${1:-demo}" in
demo) ;;
quick)
	packages+=(libcmocka-dev)
	options=(-Dtests=enabled)
	;;
test)
	packages+=(libcmocka-dev clang libclang-rt-14-dev clang-tidy g++ libgtest-dev abigail-tools valgrind binutils scdoc
		mandoc doxygen udev umockdev python3-kconfiglib python3-prometheus-client make
		python3-dev python3-pytest python3-numpy mypy python3-mesonpy python3-pip
		libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev gstreamer1.0-plugins-base)
	options=(-Dtests=enabled -Dman=enabled -Dpython=enabled)
	;;
vm)
	packages=(gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-arm64-cross libc6-dev-armhf-cross
		libcmocka-dev:arm64 libcmocka-dev:armhf libjson-c-dev:arm64 musl-tools clang-19 qemu-user)
	architectures=(arm64 armhf)
	;;
packages) packages+=(build-essential debhelper dh-python fakeroot libcmocka-dev lintian python3-dev scdoc) ;;
release)
	packages=(git xz-utils mmdebstrap)
	[ "$(id -u)" = 0 ] || packages+=(uidmap)
	;;
*)
	echo "usage: scripts/setup.sh [demo|quick|test|vm|packages|release]" >&2
	exit 2
	;;
esac

# A name without an architecture means this machine's, because others may be installed as well.
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
	# If an index cannot be fetched, the packages may be available nevertheless.
	"${as_root[@]}" apt-get update >"$log" 2>&1 || true
	if ! "${install[@]}" "${missing[@]}" >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "setup: the packages could not be installed" >&2
		exit 1
	fi
fi

case "${1:-demo}" in vm | packages | release) exit 0 ;; esac

# A build directory of the demonstration has no tests: configure it again, and keep its objects.
build=$(scripts/builddir.sh)
if [ -f "$build/build.ninja" ]; then
	[ "${1:-demo}" = demo ] || meson setup --reconfigure "$build" "${options[@]}" >"$build/setup.log" 2>&1 ||
		{ cat "$build/setup.log" >&2; exit 1; }
else
	mkdir -p "$build"
	meson setup "$build" --werror -Dtools=enabled "${options[@]}" >"$build/setup.log" 2>&1 ||
		{ cat "$build/setup.log" >&2; exit 1; }
fi
meson compile -C "$build" >"$build/compile.log" 2>&1 || { cat "$build/compile.log" >&2; exit 1; }
echo "setup: built in $build/"
