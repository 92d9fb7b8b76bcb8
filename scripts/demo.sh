#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sets up what is missing, then allocates, fills, checks and frees buffers for video with whatever this machine has.
# usage: scripts/demo.sh
# On a machine without an allocator of a board, root borrows a few huge pages meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# != 0 ]; then
	echo "usage: scripts/demo.sh" >&2
	exit 2
fi

program=$(scripts/folder.sh)/tools/imxdmabuffer
pages_file=/proc/sys/vm/nr_hugepages
# Four pictures of 3110400 bytes take two huge pages of 2 MiB each, one of 1382400 bytes takes one.
needed=9
borrowed_from=

say() {
	printf '\n== %s\n' "$*"
}

give_back() {
	[ -n "$borrowed_from" ] || return 0
	echo "demo: the number of huge pages is set back to $borrowed_from"
	if ! echo "$borrowed_from" 2>/dev/null >"$pages_file"; then
		echo "demo: it could not be set back; do it with: echo $borrowed_from >$pages_file" >&2
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

# Sets the number of huge pages so that `needed` are free, and remembers what it was.
borrow_huge_pages() {
	local free before wanted
	if [ "$(memory_info Hugepagesize)" != 2048 ] || [ ! -w "$pages_file" ]; then
		echo "demo: there are no huge pages of 2 MiB to borrow here; ordinary memory serves"
		return 0
	fi
	free=$(($(memory_info HugePages_Free) - $(memory_info HugePages_Rsvd)))
	if [ "$free" -ge "$needed" ]; then
		echo "demo: $free huge pages are free, $needed are needed: nothing to borrow"
		return 0
	fi
	before=$(<"$pages_file")
	wanted=$((before + needed - free))
	echo "demo: the number of huge pages is raised from $before to $wanted, and set back at the end"
	borrowed_from=$before
	if ! echo "$wanted" 2>/dev/null >"$pages_file"; then
		borrowed_from=
		echo "demo: this system does not let the number of huge pages be changed; ordinary memory serves"
	elif [ "$(<"$pages_file")" -lt "$wanted" ]; then
		echo "demo: the kernel found only $(<"$pages_file"): memory is fragmented; ordinary memory serves for the rest"
	fi
}

# The line of the default allocator, "" without one. Its words: asterisk, name, usable, DMA-BUF, address, cached,
# coherency.
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

say "what this machine offers: imxdmabuffer list"
"$program" list
read -r _ allocator _ _ address _ <<<"$(default_line)"

options=(--verify)
if [ -n "$allocator" ] && [ "$allocator" != host ]; then
	# Kernels that are not NXP's tell no address for a heap; devices then take the DMA-BUF.
	[ "$address" = yes ] || options+=(--no-physical-address)
else
	allocator=host
	options+=(--allocator host)
	if [ "$(id -u)" = 0 ]; then
		say "no allocator of a board serves here: borrowing huge pages for the allocator host"
		borrow_huge_pages
	else
		say "no allocator of a board serves here: the allocator host does; root would see physical addresses"
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
