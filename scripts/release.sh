#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Checks a release, makes its archive, and tries the archive in bare Debian roots. Changes no file of the tree.
# usage: scripts/release.sh [--check|--archive|--tag] [DIRECTORY]
# --check: only the tree and its versions; --archive: also the archive, without trying it
# --tag: everything, and then the annotated tag; nothing is pushed
# DIRECTORY: for the archive, the Debian packages and the logs (build-release)
set -euo pipefail
cd "$(dirname "$0")/.."

mode=full
case "${1-}" in
--check | --archive | --tag)
	mode=${1#--}
	shift
	;;
esac
if [ $# -gt 1 ] || [[ ${1-} == -* ]]; then
	echo "usage: scripts/release.sh [--check|--archive|--tag] [DIRECTORY]" >&2
	exit 2
fi
directory=${1:-build-release}
version=$(sed -n "s/^  version: '\([^']*\)',$/\1/p" meson.build)
name=libimxdmabuffer-$version
commit=$(git rev-parse HEAD)
# The first is the one that README names; the other one has newer compilers and flags.
suites=(bookworm trixie)
failed=

problem() {
	echo "release: $*" >&2
	failed=yes
}

# A file, and the version that it has. No version is a problem, too.
agree() {
	[ "$2" = "$version" ] || problem "$1 has the version ${2:-(none)}, meson.build has $version"
}

# The first line of a file that matches, as sed rewrites it.
find_first() {
	sed -n -E "$2;T;q" "$1"
}

check_tree() {
	local changes tagged
	if ! changes=$(git status --porcelain) || [ -n "$changes" ]; then
		problem "the tree is dirty: commit, stash or remove these files first"
		head -n 20 <<<"$changes" >&2
	fi
	tagged=$(git rev-parse --quiet --verify "refs/tags/v$version^{commit}") || return 0
	[ "$tagged" = "$commit" ] || problem "the tag v$version exists, and is another commit"
}

check_versions() {
	local recipe recipes=(packaging/yocto/*.bb) page file found
	[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || problem "meson.build has no version of three numbers"
	agree src/meson.build "$(find_first src/meson.build "s/^ *version: '([^']*)', soversion.*/\1/p")"
	agree debian/changelog "$(find_first debian/changelog 's/^libimxdmabuffer \((.*)-[^-]*\) .*/\1/p')"
	[ "${#recipes[@]}" = 1 ] || problem "packaging/yocto has several recipes: ${recipes[*]}"
	recipe=${recipes[0]##*/libimxdmabuffer_}
	agree "the name of ${recipes[0]}" "${recipe%.bb}"
	file=packaging/buildroot/package/libimxdmabuffer/libimxdmabuffer.mk
	agree "$file" "$(find_first "$file" 's/^LIBIMXDMABUFFER_VERSION = (.*)/\1/p')"
	file=packaging/buildroot/package/libimxdmabuffer/libimxdmabuffer.hash
	agree "$file" "$(find_first "$file" 's/^sha256 .* libimxdmabuffer-(.*)\.tar\.xz$/\1/p')"
	agree NEWS "$(find_first NEWS 's/^([0-9][0-9.]*) .*/\1/p')"
	for page in man/*.scd.in; do
		[[ $(head -n 1 "$page") == *' "libimxdmabuffer @version@"' ]] ||
			problem "the first line of $page does not end with \"libimxdmabuffer @version@\""
	done
	# waf takes the version from Meson. Documents name the archive in commands.
	while IFS=: read -r file found; do
		agree "$file" "$found"
	done < <(grep -oE 'libimxdmabuffer[-_][0-9]+\.[0-9]+\.[0-9]+' README.md docs/*.md | sed 's/:libimxdmabuffer./:/')
}

# What an archive in development lacks: dates, a frozen interface, and room for its checksum in the recipes.
check_release() {
	local date file symbol
	date=$(find_first NEWS 's/^[0-9][0-9.]* \(([^)]*)\).*/\1/p')
	[[ $date =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] && date --date "$date" >/dev/null 2>&1 ||
		problem "NEWS has \"$date\" beside the version, not the date of the release as YYYY-MM-DD"
	[ "$(find_first debian/changelog 's/^libimxdmabuffer \(.*\) ([^;]*);.*/\1/p')" != UNRELEASED ] ||
		problem "debian/changelog is UNRELEASED: set the distribution and the date (dch --release)"
	while read -r symbol; do
		grep -q "'$symbol'" tests/abi/libimxdmabuffer-x86_64.abi ||
			problem "the frozen interface lacks $symbol: run python3 tests/abi/test_abi.py . --renew"
	done < <(sed -n -E 's/^[^ #]+ [a-z]+(:[0-9a-z]+)? [^ ]+ (\w+)$/\2/p' tests/abi/symbols.txt)
	for file in packaging/yocto/*.bb packaging/buildroot/package/*/*.hash; do
		grep -qE '(^|[^0-9a-f])0{64}([^0-9a-f]|$)' "$file" ||
			problem "$file has the checksum of another archive: set it to 64 zeros"
	done
}

# The same for each machine and user: git takes the times from the commit, and settings have no effect.
make_archive() {
	mkdir -p "$directory"
	git -c tar.umask=0022 -c core.autocrlf=false archive --format=tar --prefix="$name/" "$commit" |
		env --unset=XZ_DEFAULTS --unset=XZ_OPT xz --threads=1 -6 >"$directory/$name.tar.xz"
}

print_checksum() {
	local sum
	sum=$(sha256sum "$directory/$name.tar.xz" | cut -d ' ' -f 1)
	echo "SHA-256 of $directory/$name.tar.xz: $sum"
	echo "This command fills it into the recipes, which cannot contain it in the archive itself:"
	echo "sed -i 's/0\\{64\\}/$sum/' packaging/yocto/*.bb packaging/buildroot/package/*/*.hash"
}

[ "$mode" = check ] || scripts/setup.sh release
check_tree
check_versions
check_release
if [ -n "$failed" ]; then
	echo "release: not made" >&2
	exit 1
fi
echo "release: the tree is clean, and all files have the version $version"
[ "$mode" != check ] || exit 0
make_archive
if [ "$mode" != archive ]; then
	for suite in "${suites[@]}"; do
		packaging/debian/bare-root.sh "$directory/$name.tar.xz" "$directory/$suite" "$suite"
	done
fi
print_checksum
if [ "$mode" = tag ]; then
	git tag --annotate --message "libimxdmabuffer $version" "v$version" "$commit"
	echo "release: made the tag v$version"
fi
