#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Checks the guests and the runner against README.md. Prints a line for each run, and the output of failed runs.
# usage: tests/vm/selftest.sh [virt64|virt64-6.12|sabrelite]   default: all three
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check NAME STATUS TEXT ARGUMENT...: run.sh must return STATUS. Its standard output and error must match TEXT, an
# extended regular expression, if TEXT is not empty.
check() {
	local name=$1 status=$2 text=$3 code=0 begin=$SECONDS
	shift 3
	"$here/run.sh" "$@" >"$work/output" 2>&1 || code=$?
	if [ "$code" = "$status" ] && { [ -z "$text" ] || grep -qaE -- "$text" "$work/output"; }; then
		echo "ok - $name, $((SECONDS - begin)) s"
		passed=$((passed + 1))
	else
		echo "not ok - $name: status $code, expected $status with \"$text\""
		sed 's/^/    /' "$work/output" | tail -n 40
		failed=$((failed + 1))
	fi
}

# A program that was not made for the guest, with a library that it finds by its run path.
foreign() {
	local target=$1 directory=$work/foreign-$1
	mkdir -p "$directory/lib"
	echo 'int answer(void); int answer(void) { return 42; }' >"$directory/answer.c"
	"$target-gcc" -shared -fPIC -Wl,-soname,libanswer.so.3 -o "$directory/lib/libanswer.so.3" "$directory/answer.c"
	echo 'int answer(void); int main(void) { return answer(); }' >"$directory/main.c"
	# shellcheck disable=SC2016
	"$target-gcc" -o "$directory/main" "$directory/main.c" "$directory/lib/libanswer.so.3" -Wl,-rpath,'$ORIGIN/lib'
}

runner() {
	local board=$1 programs=$2
	check "$board: exit status" 7 '' "$board" -- "$programs/misbehave" exit 7
	check "$board: static program" 8 '' "$board" -- "$programs/misbehave-static" exit 8
	check "$board: killed by a signal" 139 '' "$board" -- "$programs/misbehave" signal 11
	check "$board: time limit" 124 '' "$board" --timeout 3 -- "$programs/misbehave" sleep
	check "$board: panic" 125 'kernel panicked' "$board" -- "$programs/misbehave" panic
	check "$board: complaint" 125 'the kernel complains' "$board" -- "$programs/misbehave" complain
	check "$board: hang" 125 'guest hangs' "$board" --timeout 3 -- "$programs/misbehave" freeze
	check "$board: no boot" 125 'kernel panicked' "$board" --kernel-args rdinit=/missing -- "$programs/misbehave" exit 0
	check "$board: user, arguments, environment" 0 '^1000:1001,44,45 \[a b\] \[\] x=y z$' "$board" \
		--as-user 1000:1001,44,45 --env 'WORD=x=y z' -- "$programs/misbehave" whoami 'a b' ''
	check "$board: process left behind" 0 'left behind' "$board" -- "$programs/misbehave" orphan
	check "$board: foreign program" 42 '' "$board" -- "$work/foreign-$3/main"
	check "$board: no such program" 2 'does not exist' "$board" -- "$work/missing"
	check "$board: program of this machine" 2 'this board runs' "$board" -- /bin/true
	check "$board: access to nodes" 0 '^1..1$' "$board" --as-user 1000 -- "$programs/demo_heaps" reserved denied
	check "$board: access to nodes, given" 0 'allocation from reserved' "$board" --as-user 1000:1000,44 \
		--access /dev/dma_heap/reserved:0660:0:44 -- "$programs/demo_heaps" reserved
}

# Standard output must arrive unchanged, and separate from standard error.
exact() {
	local board=$1 programs=$2
	"$here/run.sh" "$board" -- "$programs/misbehave" bytes >"$work/bytes" 2>"$work/errors" || true
	python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 1000)' >"$work/expected"
	if cmp "$work/bytes" "$work/expected" && [ "$(cat "$work/errors")" = "to standard error" ]; then
		echo "ok - $board: exact output"
		passed=$((passed + 1))
	else
		echo "not ok - $board: exact output"
		failed=$((failed + 1))
	fi
}

heaps() {
	local board=$1 demo=$2/demo_heaps frames=frames
	[[ $board != *-6.12 ]] || frames=pfnmap
	check "$board: mainline" 0 'the kernel has no DMA_BUF_IOCTL_PHYS' "$board" -- "$demo" reserved $frames
	check "$board: nxp" 0 'reserved-uncached exists' "$board" --mode nxp -- "$demo" reserved phys uncached $frames
	if [ $frames = pfnmap ]; then
		check "$board: mainline 6.18" 0 'no frames' "$board" --mode mainline-6.18 -- "$demo" default_cma_region
		check "$board: its other name" 0 'no frames' "$board" --mode mainline-6.18 -- "$demo" reserved
		check "$board: nxp 6.18" 0 'no frames' "$board" --mode nxp-6.18 -- "$demo" default_cma_region phys uncached
		check "$board: its other names" 0 'no frames' "$board" --mode nxp-6.18 -- "$demo" reserved phys uncached
	else
		check "$board: a mode of another kernel" 2 "has the modes mainline, nxp" "$board" --mode nxp-6.18 -- \
			"$demo" none
	fi
	check "$board: nxp, linux,cma" 0 'linux,cma-uncached exists' "$board" --mode nxp --heap-node linux,cma -- \
		"$demo" linux,cma phys uncached $frames
	check "$board: no contiguous heap" 0 'no contiguous heap' "$board" --kernel-args cma=0 -- "$demo" none
	check "$board: address 0" 1 'not ok .* the kernel returns the address: 0x0' "$board" --mode nxp \
		--kernel-args dma_buf_phys.zero=1 -- "$demo" reserved phys uncached $frames
	check "$board: a wrong expectation fails" 1 '^not ok' "$board" -- "$demo" reserved phys $frames
}

devices() {
	local board=$1 programs=$2 ion generation
	local ipu=(leak index leak)
	generation=0
	for ion in new legacy gki; do
		generation=$((generation + 1))
		cat >"$work/suite" <<-END
			ion|root|$programs/demo_ion $ion dmabuf_imx
			ipu and pxp|root|$programs/demo_ipu_pxp ${ipu[generation - 1]} $generation
		END
		[ $# = 2 ] || cat >>"$work/suite" <<-END
			ion, 32-bit|root|$3/demo_ion $ion dmabuf_imx
			ipu and pxp, 32-bit|root|$3/demo_ipu_pxp ${ipu[generation - 1]} $generation
		END
		check "$board: ion $ion, ipu ${ipu[generation - 1]}, pxp $generation" 0 '' "$board" --module-args \
			"ion=$ion ipu=${ipu[generation - 1]} pxp=$generation dmabuf_imx=1" --suite "$work/suite"
	done
	check "$board: ion abi" 0 'begin at 8' "$board" --module-args 'ion=abi ion_dma_heaps=2' -- \
		"$programs/demo_ion" abi
	check "$board: a CPU access ends twice" 125 'an end without a start' "$board" --module-args ion=new -- \
		"$programs/demo_ion" unbalanced
	[[ $board != virt64* ]] || check "$board: cache maintenance is counted" 0 'the end of the attachment: 0' "$board" \
		--mode nxp --module-args count_syncs=1 -- "$programs/demo_syncs"
	check "$board: no devices" 0 'no /dev/pxp_device' "$board" -- "$programs/demo_ipu_pxp" none 0
}

standins() {
	local board=$1 programs=$2 target=$3 variant layout
	for variant in pxp old wide; do
		layout=old
		[ $variant != wide ] || layout=wide
		check "$board: libg2d $variant, libhantro" 0 'all memory is freed' "$board" --mode nxp --heap-node linux,cma \
			--library "$programs/g2d-$variant/libg2d.so.2" --library "$programs/libhantro.so.1" \
			--library "/usr/$target/lib/libm.so.6" -- "$programs/demo_standins" $layout
	done
}

# The address comes from pagemap in mode mainline, and from the kernel's ioctl in mode nxp.
importers() {
	local board=$1 programs=$2 mode
	for mode in mainline nxp; do
		check "$board: importers, $mode" 0 'vivid refuses the buffer of system' "$board" --mode $mode -- \
			"$programs/demo_importers"
	done
}

board_virt64_6.12() {
	local programs=$work/aarch64 narrow=$work/armhf
	heaps virt64-6.12 "$programs"
	devices virt64-6.12 "$programs" "$narrow"
	standins virt64-6.12 "$programs" aarch64-linux-gnu
	importers virt64-6.12 "$programs"
	check "virt64-6.12: importers, 32-bit program" 0 'vgem imports' virt64-6.12 --32 -- "$narrow/demo_importers"
	check "virt64-6.12: witness" 0 'does not find it a page further' virt64-6.12 --mode nxp -- "$programs/demo_witness"
	check "virt64-6.12: witness without an address" 77 'SKIP the address is unknown' virt64-6.12 -- \
		"$programs/demo_witness"
}

board_virt64() {
	local programs=$work/aarch64 narrow=$work/armhf mode
	runner virt64 "$programs" aarch64-linux-gnu
	exact virt64 "$programs"
	check "virt64: 32-bit program" 42 '' virt64 --32 -- "$work/foreign-arm-linux-gnueabihf/main"
	check "virt64: 64-bit program refused" 2 'this board runs arm' virt64 --32 -- "$programs/misbehave" exit 0
	heaps virt64 "$programs"
	check "virt64: nxp, 32-bit program" 0 'the 4-byte encoding on aarch64: Inapp' virt64 --mode nxp --32 -- \
		"$narrow/demo_heaps" reserved phys uncached frames
	devices virt64 "$programs" "$narrow"
	standins virt64 "$programs" aarch64-linux-gnu
	importers virt64 "$programs"
	check "virt64: importers, 32-bit program" 0 'vgem imports' virt64 --32 -- "$narrow/demo_importers"
	for mode in mainline nxp; do
		check "virt64: witness, $mode" 0 'does not find it a page further' virt64 --mode $mode -- \
			"$programs/demo_witness"
	done
	check "virt64: witness, 32-bit program" 0 'does not find it a page further' virt64 --32 -- "$narrow/demo_witness"
}

board_sabrelite() {
	local programs=$work/armhf
	runner sabrelite "$programs" arm-linux-gnueabihf
	exact sabrelite "$programs"
	heaps sabrelite "$programs"
	check "sabrelite: 8-byte encoding" 1 'not ok .* the 4-byte encoding' sabrelite --mode nxp \
		--kernel-args dma_buf_phys.wide=1 -- "$programs/demo_heaps" reserved phys uncached frames
	check "sabrelite: above 2 GiB" 0 'above 2 GiB' sabrelite --memory 3G --mode nxp -- "$programs/demo_heaps" reserved \
		phys uncached frames high
	devices sabrelite "$programs"
	standins sabrelite "$programs" arm-linux-gnueabihf
	importers sabrelite "$programs"
	check "sabrelite: no witness" 77 'SKIP this board has no edu' sabrelite -- "$programs/demo_witness"
}

boards=("${@:-virt64}")
[ $# -gt 0 ] || boards=(virt64 virt64-6.12 sabrelite)
for board in "${boards[@]}"; do
	"$here/build.sh" "$board"
done
"$here/programs.sh" aarch64-linux-gnu "$work/aarch64"
"$here/programs.sh" arm-linux-gnueabihf "$work/armhf"
foreign aarch64-linux-gnu
foreign arm-linux-gnueabihf
for board in "${boards[@]}"; do
	"board_${board//-/_}"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
