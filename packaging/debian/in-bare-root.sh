#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Try a release as its first user: the commands of README, its example with the installed library, the Debian packages.
# Installs and removes packages, so bare-root.sh runs this in a root that is gone afterwards. Prints TAP, with seconds.
# usage: packaging/debian/in-bare-root.sh ARCHIVE DIRECTORY
# ARCHIVE: of the release, unpacked here; DIRECTORY: gets the Debian packages, source and binary
set -euo pipefail
cd "$(dirname "$0")/../.."
archive=$1
keep=$2
version=$(sed -n "s/^  version: '\([^']*\)',$/\1/p" meson.build)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
number=0

# Run one step. End after a failure: later steps depend on this one. In a condition, bash would go on after errors.
step() {
	local name=$1 log=$scratch/step.log begin=$SECONDS code
	shift
	number=$((number + 1))
	set +e
	(
		set -ex
		"$@"
	) >"$log" 2>&1
	code=$?
	set -e
	if [ "$code" != 0 ]; then
		echo "not ok $number - $name"
		tail -n 60 "$log" | sed 's/^/# /'
		echo "1..$number"
		exit 1
	fi
	echo "ok $number - $name, $((SECONDS - begin)) s"
	sed -n '$s/^[0-9]* passed, .*/#   &/p' "$log"
}

# Otherwise a package that the scripts forget would not be missed.
is_bare() {
	local program
	for program in cc gcc clang git meson ninja pkg-config python3; do
		! command -v "$program" || return 1
	done
}

install() {
	apt-get install --yes --no-install-recommends "$@"
}

# The library that README's example runs with must be one of this directory.
compile_example() {
	local directory=$1 command found
	command=$(sed -n 's/^Compile it with `\([^`]*\)`.*/\1/p' README.md)
	sed -n '/^```c$/,/^```$/p' README.md | sed '1d;$d' >"$scratch/example.c"
	(cd "$scratch" && eval "$command")
	found=$(ldd "$scratch/a.out" | sed -n 's/.*libimxdmabuffer\.so\.1 => \([^ ]*\).*/\1/p')
	[ "$(realpath "${found%/*}")" = "$(realpath "$directory")" ] || { echo "$found is not in $directory"; return 1; }
	IMXDMABUFFER_ALLOCATOR=host "$scratch/a.out"
	[ "$(pkg-config --modversion libimxdmabuffer)" = "$version" ]
}

nothing_is_left() {
	local left
	ldconfig
	left=$(find / -xdev -name '*imxdmabuffer*' -not -path '/srv/*' -not -path "$scratch/*" -not -path '/proc/*')
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

install_with_meson() {
	local library
	meson setup build-meson -Dtests=disabled
	meson install -C build-meson
	ldconfig
	library=$(pkg-config --variable=libdir libimxdmabuffer)
	compile_example "$library"
	imxdmabuffer --version | grep -F "imxdmabuffer $version (libimxdmabuffer $version)"
	ninja -C build-meson uninstall
	nothing_is_left
}

install_with_waf() {
	./waf configure -o build-waf
	./waf
	./waf install
	ldconfig
	compile_example /usr/local/lib
	./waf uninstall
	nothing_is_left
}

# As Debian builds packages, with time_t of 64 bits everywhere, but with the other compiler.
build_with_clang() {
	local name
	install clang dpkg-dev
	export CC=clang DEB_BUILD_MAINT_OPTIONS=hardening=+all
	for name in CFLAGS CPPFLAGS LDFLAGS; do
		export "$name=$(dpkg-buildflags --get "$name")"
	done
	CPPFLAGS+=" -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64"
	# Not a flag for C++.
	CFLAGS+=" -Werror=implicit-function-declaration"
	echo "$($CC --version | head -n 1) $CFLAGS $CPPFLAGS"
	meson setup build-clang --werror -Dbuildtype=plain -Dtests=enabled -Dtools=enabled
	meson compile -C build-clang
	meson test -C build-clang --suite unit --suite simulated --suite foreign
}

# The archive itself is the source package's first part, unchanged: both have the same checksum.
build_source_package() {
	mkdir "$scratch/debian"
	cp "$archive" "$scratch/debian/libimxdmabuffer_$version.orig.tar.xz"
	cd "$scratch/debian"
	tar --extract --file="$archive"
	dpkg-source --abort-on-upstream-changes --build "libimxdmabuffer-$version"
	mkdir -p "$keep"
	cp ./*.dsc ./*.tar.xz "$keep"
	dpkg-source --extract ./*.dsc "$scratch/unpacked"
}

# Install the packages into this root, where dpkg checks their dependencies and runs their scripts.
use_packages() {
	local test names package
	install "$keep"/*.deb gcc libc6-dev pkgconf
	for test in debian/tests/*; do
		[ "${test##*/}" = control ] || "$test"
	done
	compile_example "/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)"
	gzip -cd /usr/share/man/man1/imxdmabuffer.1.gz | grep -F "\"libimxdmabuffer $version\""
	mapfile -t names < <(for package in "$keep"/*.deb; do dpkg-deb --field "$package" Package; done)
	apt-get purge --yes "${names[@]}"
	nothing_is_left
}

mapfile -t commands < <(sed -n 's/^\(scripts\/[a-z]*\.sh\) .*# .*/\1/p' README.md)
[ "${#commands[@]}" = 2 ] || { echo "not ok 1 - README has two commands"; exit 1; }
step "no compiler and no git are there" is_bare
step "README: ${commands[0]}" "${commands[0]}"
step "README: ${commands[1]} --quick" "${commands[1]}" --quick
step "README: its example uses the library that Meson installs, and uninstalls" install_with_meson
step "README: its example uses the library that waf installs, and uninstalls" install_with_waf
step "the tools for Debian packages are installed" scripts/setup.sh packages
step "the source package is built from the archive, and unpacks" build_source_package
step "the source package builds its binary packages" "$scratch/unpacked/packaging/debian/check.sh" "$keep"
step "the packages are installed, used and removed" use_packages
step "clang builds with Debian's flags, and passes the short suites" build_with_clang
echo "1..$number"
