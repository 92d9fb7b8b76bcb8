#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs missing packages and builds. Then allocates, fills, checks and frees buffers for video on this machine.
# usage: scripts/demo.sh
# On a machine without an allocator of a board, root reserves a few huge pages until the end.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# != 0 ]; then
	echo "usage: scripts/demo.sh" >&2
	exit 2
fi

program=$(scripts/builddir.sh)/tools/imxdmabuffer
pages_file=/proc/sys/vm/nr_hugepages
# Four pictures of 3110400 bytes take two huge pages of 2 MiB each, one of 1382400 bytes takes one.
needed=9
borrowed_from=

say() {
	printf '\n== %s\n' "$*"
}

give_back() {
	[ -n "$borrowed_from" ] || return 0
	echo "demo: setting the number of huge pages back to $borrowed_from"
	if ! echo "$borrowed_from" 2>/dev/null >"$pages_file"; then
		echo "demo: cannot set it back; run: echo $borrowed_from >$pages_file" >&2
		return 1
	fi
	borrowed_from=
}

finish() {
	local code=$?
	trap - EXIT
	trap '' INT TERM HUP PIPE
	give_back || code=1
	if [ "$code" != 0 ]; then
		echo "demo: failed with exit code $code" >&2
	fi
	exit "$code"
}

memory_info() {
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

# Raise the number of huge pages so that `needed` are free, and store the previous number.
borrow_huge_pages() {
	local free before wanted
	if [ "$(memory_info Hugepagesize)" != 2048 ] || [ ! -w "$pages_file" ]; then
		echo "demo: this machine has no huge pages of 2 MiB; using ordinary memory"
		return 0
	fi
	free=$(($(memory_info HugePages_Free) - $(memory_info HugePages_Rsvd)))
	if [ "$free" -ge "$needed" ]; then
		echo "demo: $free huge pages are free, $needed are needed: the number stays"
		return 0
	fi
	before=$(<"$pages_file")
	wanted=$((before + needed - free))
	echo "demo: raising the number of huge pages from $before to $wanted until the end"
	borrowed_from=$before
	if ! echo "$wanted" 2>/dev/null >"$pages_file"; then
		borrowed_from=
		echo "demo: cannot change the number of huge pages; using ordinary memory"
	elif [ "$(<"$pages_file")" -lt "$wanted" ]; then
		echo "demo: memory is fragmented, the kernel found only $(<"$pages_file") huge pages; using ordinary memory"
	fi
}

# Print the line of the default allocator, or nothing without one. Its words: asterisk, name, usable, DMA-BUF,
# address, cached, coherency.
default_line() {
	"$program" list | awk '$1 == "*" && NF == 7'
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE

say "setting up"
scripts/setup.sh demo

say "the allocators of this machine: imxdmabuffer list"
"$program" list
read -r _ allocator _ _ address _ <<<"$(default_line)"

options=(--verify)
if [ -n "$allocator" ] && [ "$allocator" != host ]; then
	# Kernels other than NXP's give no address of a heap's memory; devices then import the DMA-BUF.
	[ "$address" = yes ] || options+=(--no-physical-address)
else
	allocator=host
	options+=(--allocator host)
	if [ "$(id -u)" = 0 ]; then
		say "no allocator of a board on this machine: reserving huge pages for the allocator host"
		borrow_huge_pages
	else
		say "no allocator of a board on this machine: using the allocator host; physical addresses need root"
	fi
fi

say "four pictures of 1920x1080 in NV12: imxdmabuffer alloc 1920x1080:nv12 --count 4 ${options[*]}"
"$program" alloc 1920x1080:nv12 --count 4 "${options[@]}"

say "one picture of 1280x720 in NV12: imxdmabuffer alloc 1280x720:nv12 ${options[*]}"
"$program" alloc 1280x720:nv12 "${options[@]}"

say "done"
give_back
echo "demo: five buffers of the allocator $allocator were allocated, written, read back through a second mapping" \
	"and freed."
