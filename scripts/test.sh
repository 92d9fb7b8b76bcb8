#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs missing packages, builds, and runs the tests.
# usage: scripts/test.sh [--quick|--long]
# --quick: the tests to run after each change, in less than a minute once built
# --long: all tests, and more of those that take numbers: every fault, longer threads, more forged messages, new inputs
# for the fuzzers, 10 minutes of the soak test, a kernel with debugging
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1---full}
case "$#:$mode" in
0:* | 1:--quick | 1:--long) ;;
*)
	echo "usage: scripts/test.sh [--quick|--long]" >&2
	exit 2
	;;
esac

build=$(scripts/builddir.sh)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=
times=

if [ "$mode" = --long ]; then
	export FAULTS=all THREADS_SECONDS=20 FORGED_MESSAGES=200000
	export FUZZ_SECONDS=${FUZZ_SECONDS:-60} SOAK_SECONDS=600
else
	export FAULTS=some
fi

# Run one tier and print its duration. Continue with the next tier if it fails.
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

# Configure a build directory, unless that was done before, and build.
configure() {
	local directory=$1
	shift
	mkdir -p "$directory"
	if [ ! -f "$directory/build.ninja" ]; then
		meson setup "$directory" --werror -Dtools=enabled -Dtests=enabled "$@" >"$directory/setup.log" 2>&1 ||
			{ cat "$directory/setup.log"; return 1; }
	fi
	meson compile -C "$directory" >"$directory/compile.log" 2>&1 || { cat "$directory/compile.log"; return 1; }
}

# Build in a directory and run its tests; the report gets a name. Further arguments are those of meson test.
run_tests() {
	local name=$1 directory=$2 code=0
	shift 2
	configure "$directory" "${setup_options[@]}" || return 1
	rm -f "$directory"/meson-logs/testlog*
	meson test -C "$directory" --no-rebuild "$@" >"$directory/output.log" 2>&1 || code=$?
	# A run that was cut off leaves no report.
	cp "$directory"/meson-logs/testlog*.junit.xml "$results/$name.xml" || code=1
	cp "$directory"/meson-logs/testlog*.json "$results/$name.json" || code=1
	if [ "$code" != 0 ]; then
		tail -n 40 "$directory/output.log"
	fi
	return "$code"
}

# One board of each kind, without the suites that need more programs or more time.
tests_quick() {
	local suite without=()
	setup_options=()
	for suite in other-boards faults threads perf docs-tools packaging python; do
		without+=(--no-suite "$suite")
	done
	run_tests gcc "$build" "${without[@]}"
}

# All boards, but failures on one board of each kind: they take longest.
tests_gcc() {
	local without=(--no-suite packaging)
	[ "$mode" = --long ] || without+=(--no-suite extra-faults)
	setup_options=()
	run_tests gcc "$build" "${without[@]}"
}

# These tests build the library themselves, so the compiler and options of the build do not matter.
tests_packaging() {
	setup_options=()
	scripts/setup.sh vm || return 1
	run_tests packaging "$build" --suite packaging
}

# The further builds run one board of each kind.
tests_clang() {
	setup_options=()
	CC=clang CXX=clang++ run_tests clang build-clang --no-suite packaging --no-suite faults --no-suite other-boards
}

tests_asan() {
	local without=(--no-suite other-boards)
	[ "$mode" = --long ] || without+=(--no-suite other-faults)
	setup_options=(-Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false)
	# ASan does not see that cancellation ends the calls of a thread: it takes its own signal stack, which is registered
	# at the place of their variables, for one of them.
	ASAN_OPTIONS=use_sigaltstack=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		run_tests asan+ubsan build-asan "${without[@]}"
}

tests_tsan() {
	setup_options=(-Dbuildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false)
	THREADS_SECONDS=${THREADS_SECONDS:-2} TSAN_OPTIONS=halt_on_error=1:symbolize=0 \
		run_tests tsan build-tsan --no-suite other-boards --no-suite cli
}

tests_valgrind() {
	setup_options=()
	run_tests valgrind "$build" --suite in-process -t 10 \
		--wrap 'valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99'
}

# Build the Debian packages, install them into a separate root, and use them.
tests_packages() {
	local code=0
	scripts/setup.sh packages || return 1
	packaging/debian/check.sh >"$results/packages.tap" || code=$?
	scripts/report-tap.py packages <"$results/packages.tap" >"$results/packages.xml" || code=1
	[ "$code" = 0 ] || cat "$results/packages.tap"
	return "$code"
}

tests_fuzz() {
	local code=0
	scripts/fuzz.sh >"$results/fuzz.tap" || code=$?
	scripts/report-tap.py fuzz <"$results/fuzz.tap" >"$results/fuzz.xml" || code=1
	[ "$code" = 0 ] || cat "$results/fuzz.tap"
	return "$code"
}

# The guests' kernels are built if they are not in the cache.
tests_vm() {
	local code=0
	scripts/setup.sh vm || return 1
	tests/vm/build.sh all || return 1
	tests/vm/tests.py "$results" || code=1
	[ "$mode" != --long ] || tests/vm/tests.py "$results" virt64-6.12-debug || code=1
	return "$code"
}

if [ "$mode" = --quick ]; then
	scripts/setup.sh quick
	tier style python3 scripts/check-style.py
	tier gcc tests_quick
	tier structure python3 scripts/check-structure.py "$build"
else
	scripts/setup.sh test
	tier style python3 scripts/check-style.py
	tier gcc tests_gcc
	tier structure python3 scripts/check-structure.py "$build"
	tier valgrind tests_valgrind
	tier clang tests_clang
	tier asan+ubsan tests_asan
	tier tsan tests_tsan
	tier fuzz tests_fuzz
	tier packaging tests_packaging
	tier packages tests_packages
	tier "real kernels" tests_vm
fi
echo
echo "seconds of each tier: $times"
python3 scripts/count-tests.py "$results" "$failed"
