#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the fuzzers of tests/fuzz with clang and sanitizers, and runs them with the inputs of the corpus. Writes TAP to
# standard output.
# usage: scripts/fuzz.sh [NAME]...      default: all of calls, receive, wrapped, kernel, program
# FUZZ_SECONDS: try new inputs as well, for so long with each fuzzer. The seed is a new one for each run. An input that
# fails is kept in build-fuzz/NAME/.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build-fuzz
names=("$@")
[ $# -gt 0 ] || names=(calls receive wrapped kernel program)

if [ ! -f "$build/build.ninja" ]; then
	CC=clang CFLAGS='-fsanitize=fuzzer-no-link' meson setup "$build" --werror -Dtools=disabled -Dtests=enabled \
		-Dfuzz=true -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
		>"$build-setup.log" 2>&1 ||
		{ cat "$build-setup.log" >&2; exit 1; }
	mv "$build-setup.log" "$build/setup.log"
fi
targets=()
for name in "${names[@]}"; do
	targets+=("tests/fuzz/fuzz-$name")
done
ninja -C "$build" "${targets[@]}" sim/vendor/built >"$build/compile.log" 2>&1 ||
	{ cat "$build/compile.log" >&2; exit 1; }

vendor=$PWD/$build/sim/vendor
failed=0
echo "1..${#names[@]}"
number=0
for name in "${names[@]}"; do
	number=$((number + 1))
	mkdir -p "$build/$name/corpus"
	log=$build/$name/log
	inputs=(-runs=0 "tests/fuzz/corpus/$name")
	[ "${FUZZ_SECONDS:-0}" = 0 ] ||
		inputs=(-max_total_time="$FUZZ_SECONDS" "$build/$name/corpus" "tests/fuzz/corpus/$name")
	if LD_LIBRARY_PATH=$vendor/g2d-wide:$vendor/hantro UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		"$build/tests/fuzz/fuzz-$name" -max_len=400 -timeout=600 -artifact_prefix="$build/$name/" \
		-print_final_stats=1 "${inputs[@]}" >"$log" 2>&1; then
		echo "ok $number - fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
	else
		echo "not ok $number - fuzz $name"
		tail -n 40 "$log" | sed 's/^/# /'
		failed=1
	fi
done
exit "$failed"
