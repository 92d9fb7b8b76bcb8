#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sets up what is missing and passes the tests.
# usage: scripts/test.sh [--quick]   --quick: only what a developer runs after each change
set -euo pipefail
cd "$(dirname "$0")/.."

quick=no
case "${1:-}" in
'') ;;
--quick) quick=yes ;;
*)
	echo "usage: scripts/test.sh [--quick]" >&2
	exit 2
	;;
esac

build=$(scripts/folder.sh)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=
times=

# Runs one tier, says how long it took, and goes on with the next one when it fails.
tier() {
	local name=$1 begin=$SECONDS state=ok
	shift
	echo "== $name"
	if ! "$@"; then
		state=FAILED
		failed+="${failed:+, }$name"
	fi
	echo "== $name: $state, $((SECONDS - begin)) s"
	times+="${times:+, }$name $((SECONDS - begin)) s"
}

# Configures a build folder, unless that was done before, and builds.
configure() {
	local folder=$1
	shift
	mkdir -p "$folder"
	if [ ! -f "$folder/build.ninja" ]; then
		meson setup "$folder" --werror -Dtools=enabled -Dtests=enabled "$@" >"$folder/setup.log" 2>&1 ||
			{ cat "$folder/setup.log"; return 1; }
	fi
	meson compile -C "$folder" >"$folder/compile.log" 2>&1 || { cat "$folder/compile.log"; return 1; }
}

# Builds in a folder and runs its tests; the report gets a name. What follows goes to meson test.
run_tests() {
	local name=$1 folder=$2 code=0
	shift 2
	configure "$folder" "${setup_options[@]}" || return 1
	rm -f "$folder"/meson-logs/testlog*
	meson test -C "$folder" --no-rebuild "$@" >"$folder/output.log" 2>&1 || code=$?
	# A run that was cut off leaves no report.
	cp "$folder"/meson-logs/testlog*.junit.xml "$results/$name.xml" || code=1
	cp "$folder"/meson-logs/testlog*.json "$results/$name.json" || code=1
	if [ "$code" != 0 ]; then
		tail -n 40 "$folder/output.log"
	fi
	return "$code"
}

tests_gcc() {
	setup_options=()
	local slow=()
	[ "$quick" = no ] || slow=(--no-suite faults --no-suite threads)
	FAULTS=some run_tests gcc "$build" --no-suite packaging "${slow[@]}"
}

# These build the library themselves, so that it does not matter what else is built how.
tests_packaging() {
	setup_options=()
	scripts/setup.sh vm || return 1
	run_tests packaging "$build" --suite packaging
}

tests_clang() {
	setup_options=()
	CC=clang run_tests clang build-clang --no-suite packaging --no-suite faults
}

tests_asan() {
	setup_options=(-Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false)
	FAULTS=some UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 run_tests asan+ubsan build-asan
}

tests_tsan() {
	setup_options=(-Dbuildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false)
	THREADS_SECONDS=2 TSAN_OPTIONS=halt_on_error=1:symbolize=0 run_tests tsan build-tsan
}

tests_valgrind() {
	setup_options=()
	run_tests valgrind "$build" --suite in-process -t 10 \
		--wrap 'valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99'
}

# The Debian packages, built, installed into a root of their own and used.
tests_packages() {
	local code=0
	scripts/setup.sh packages || return 1
	packaging/debian/check.sh >"$results/packages.tap" || code=$?
	scripts/report-tap.py packages <"$results/packages.tap" >"$results/packages.xml" || code=1
	[ "$code" = 0 ] || cat "$results/packages.tap"
	return "$code"
}

# The guests' kernels are built where they are not in the cache.
tests_vm() {
	scripts/setup.sh vm || return 1
	tests/vm/build.sh all || return 1
	tests/vm/tests.py "$results"
}

scripts/setup.sh test
tier style python3 scripts/check-style.py
tier gcc tests_gcc
if [ "$quick" = no ]; then
	tier valgrind tests_valgrind
	tier clang tests_clang
	tier asan+ubsan tests_asan
	tier tsan tests_tsan
	tier packaging tests_packaging
	tier packages tests_packages
	tier "real kernels" tests_vm
fi
echo
echo "seconds of each tier: $times"
python3 scripts/count-tests.py "$results" "$failed"
