#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Cross-compiles the programs of guest/ and the libraries of standins/.
# usage: tests/vm/programs.sh TARGET DIRECTORY     TARGET: aarch64-linux-gnu or arm-linux-gnueabihf
# The three stand-ins for libg2d.so.2 are in DIRECTORY/g2d-pxp, g2d-old and g2d-wide.
set -euo pipefail
[ $# = 2 ] || { echo "usage: tests/vm/programs.sh TARGET DIRECTORY" >&2; exit 2; }
target=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")"

flags=(-std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Wundef -Wformat=2 -Wcast-qual -Werror)

program() {
	local name=$1
	shift
	"$target-gcc" "${flags[@]}" -o "$out/$name" "guest/$name.c" "$@"
}

library() {
	local file=$1 soname
	shift
	soname=$(basename "$file")
	mkdir -p "$(dirname "$out/$file")"
	"$target-gcc" "${flags[@]}" -fPIC -shared -Wl,-soname,"$soname" -o "$out/$file" "$@" standins/memory.c
}

program demo_syncs guest/syncs.c guest/prime.c guest/heap.c guest/tap.c
program demo_witness guest/edu.c guest/heap.c guest/tap.c
program demo_importers guest/fence.c guest/v4l2.c guest/prime.c guest/heap.c guest/tap.c
program demo_heaps guest/heap.c guest/tap.c
program demo_ion guest/prime.c guest/v4l2.c guest/heap.c guest/tap.c
program demo_ipu_pxp guest/tap.c
program demo_standins guest/heap.c guest/tap.c -ldl
program misbehave
"$target-gcc" "${flags[@]}" -static -o "$out/misbehave-static" guest/misbehave.c

library g2d-pxp/libg2d.so.2 standins/g2d.c
library g2d-old/libg2d.so.2 '-DG2D_VERSION="6.4.3:398061"' standins/g2d.c
library g2d-wide/libg2d.so.2 -DG2D_WIDE '-DG2D_VERSION="6.4.11:1049711"' standins/g2d.c
# Built without -lm, see the source.
library libhantro.so.1 standins/hantro.c
