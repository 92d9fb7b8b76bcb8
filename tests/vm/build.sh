#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the kernels and init of the test guests, from Debian's linux-source-6.1 and linux-source-6.12.
# usage: tests/vm/build.sh [--print] [virt64|virt64-6.12|virt64-6.12-debug|sabrelite|all]
#   all, the default: all boards without debugging
#   --print: print the directory of the kernel and the path of init, for one board
# Progress goes to standard error.
# The results are kept in $IMXDMABUFFER_VM_CACHE, by default ~/.cache/libimxdmabuffer/vm: one directory for each board
# and each version of configuration, patches, module and kernel source. These directories may be removed at any time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${IMXDMABUFFER_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/libimxdmabuffer/vm}
# A build uses a copy of the inputs. Edits during the build then cannot end up under the name of the old inputs.
inputs=$here
# Increment this number if the script changes so that the same inputs give another result.
recipe=2

only_print=no
if [ "${1:-}" = --print ]; then
	only_print=yes
	shift
fi
case "${1:-all}" in
virt64 | virt64-6.12 | virt64-6.12-debug | sabrelite) boards=("$1") ;;
all) boards=(virt64 virt64-6.12 sabrelite) ;;
*)
	echo "usage: tests/vm/build.sh [--print] [virt64|virt64-6.12|virt64-6.12-debug|sabrelite|all]" >&2
	exit 2
	;;
esac

say() {
	echo "vm: $*" >&2
}

install_missing() {
	local package present missing=() as_root=() log
	present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
	for package in "$@"; do
		grep -qxF "installed $package" <<<"$present" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing ${missing[*]}"
	[ "$(id -u)" = 0 ] || as_root=(sudo)
	log=$(mktemp)
	# A failed update matters only if the installation fails too.
	"${as_root[@]}" apt-get update >"$log" 2>&1 || true
	if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		say "cannot install the packages"
		exit 1
	fi
	rm -f "$log"
}

# Set the variables of a board.
choose() {
	board=$1
	version=6.1
	configs=(kernel/common.config "kernel/${board%%-*}.config")
	case "$board" in
	virt64*)
		arch=arm64 triplet=aarch64-linux-gnu
		targets=(Image)
		image=arch/arm64/boot/Image
		tree=
		;;
	sabrelite)
		arch=arm triplet=arm-linux-gnueabihf
		targets=(zImage imx6q-sabrelite.dtb)
		image=arch/arm/boot/zImage
		tree=arch/arm/boot/dts/imx6q-sabrelite.dtb
		;;
	esac
	[[ $board != *-6.12* ]] || version=6.12
	[[ $board != *-debug ]] || configs+=(kernel/debug.config)
	source_package=linux-source-$version
}

# Print the directory of the board's kernel. Its name is a hash of all inputs.
kernel_directory() {
	local sum
	sum=$({
		echo "$recipe"
		dpkg-query -W -f '${Version}' "$source_package"
		cd "$inputs"
		sha256sum "${configs[@]}" kernel/*.[ch] patches/*.patch "patches/$version"/* modules/*
	} | sha256sum | cut -c 1-16)
	echo "$cache/$board-$sum"
}

unpack_source() {
	source=$work/source-$version
	[ ! -d "$source" ] || return 0
	say "unpacking $source_package"
	mkdir "$work/unpacked"
	# The excluded register tables of graphics cards are a quarter of the source.
	tar -C "$work/unpacked" -xf "/usr/src/$source_package.tar.xz" --strip-components=1 \
		--exclude='*/drivers/gpu/drm/amd/include/asic_reg' --exclude='*/Documentation/[a-z]*'
	local patch
	for patch in "$inputs"/patches/*.patch "$inputs/patches/$version"/*.patch; do
		patch -d "$work/unpacked" -p1 -s <"$patch"
	done
	cp "$inputs"/kernel/*.[ch] "$work/unpacked/drivers/dma-buf/"
	mv "$work/unpacked" "$source"
}

kernel_make() {
	make -C "$source" O="$work/$board" ARCH="$arch" CROSS_COMPILE="$triplet-" KBUILD_BUILD_USER=test \
		KBUILD_BUILD_HOST=guest KBUILD_BUILD_TIMESTAMP=@0 -j "$(nproc)" "$@"
}

configure() {
	local missing
	kernel_make -s allnoconfig >/dev/null
	(cd "$work/$board" && "$source/scripts/kconfig/merge_config.sh" -m -O . .config "${configs[@]/#/$inputs/}" \
		>/dev/null)
	kernel_make -s olddefconfig >/dev/null
	if missing=$(grep -h ^CONFIG_ "${configs[@]/#/$inputs/}" |
		grep -vxFf "$work/$board/.config"); then
		say "$board: the kernel configuration does not accept these options:" "$missing"
		return 1
	fi
}

# Run a command with its output in a log, and print the progress every 20 seconds.
with_progress() {
	local log=$1 begin=$SECONDS pid
	shift
	"$@" >"$log" 2>&1 &
	pid=$!
	while sleep 2 && kill -0 "$pid" 2>/dev/null; do
		[ $(((SECONDS - begin) % 20)) -ge 2 ] ||
			say "$board: $(grep -c '^  [A-Z]' "$log" || true) files, $((SECONDS - begin)) s"
	done
	if ! wait "$pid"; then
		grep -n -B 2 -A 8 -E 'error|Error' "$log" | tail -n 40 >&2
		say "$board: the build failed"
		return 1
	fi
}

build_module() {
	cp -r "$inputs/modules" "$work/modules-$board"
	kernel_make -s M="$work/modules-$board" modules
}

build_kernel() {
	local directory=$1 begin=$SECONDS
	unpack_source
	say "$board: building the kernel, about 4 minutes on two cores"
	mkdir -p "$work/$board" "$work/result-$board"
	configure
	with_progress "$work/$board.log" kernel_make "${targets[@]}" modules
	with_progress "$work/$board-module.log" build_module
	cp "$work/$board/$image" "$work/result-$board/kernel"
	cp "$work/$board/.config" "$work/result-$board/config"
	cp "$work/modules-$board/imx_devices.ko" "$work/result-$board/"
	[ -z "$tree" ] || cp "$work/$board/$tree" "$work/result-$board/board.dtb"
	# Rename at the end, so that an interrupted build leaves no incomplete result.
	mv "$work/result-$board" "$directory"
	say "$board: the kernel is built, $((SECONDS - begin)) s"
}

# init depends only on its own source.
init_path() {
	echo "$1/init-$(sha256sum <"$inputs/init/init.c" | cut -c 1-16)"
}

build_init() {
	local path=$1
	say "$board: compiling init"
	"$triplet-gcc" -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -Wall -Wextra -Werror -static -s \
		-o "$path.$$" "$inputs/init/init.c"
	mv "$path.$$" "$path"
}

# Allow one build at a time. The lock is released when the last process of a build ends. Remove the working directories
# of builds that were killed.
lock() {
	[ -z "${work:-}" ] || return 0
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock -n 9 || { say "waiting for another build"; flock 9; }
	rm -rf "$cache"/work.*
	work=$(mktemp -d "$cache/work.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir "$work/inputs"
	cp -r "$here/kernel" "$here/patches" "$here/modules" "$here/init" "$work/inputs/"
	inputs=$work/inputs
}

clean_up() {
	local pids
	pids=$(jobs -p)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || { kill $pids 2>/dev/null || true; wait; }
	rm -rf "$work"
}

build_board() {
	local directory init
	choose "$1"
	directory=$(kernel_directory)
	init=$(init_path "$directory")
	if [ ! -f "$directory/kernel" ] || [ ! -f "$init" ]; then
		lock
		directory=$(kernel_directory)
		init=$(init_path "$directory")
		# Another build of the same inputs may have held the lock.
		[ -f "$directory/kernel" ] || build_kernel "$directory"
		[ -f "$init" ] || build_init "$init"
	fi
	if [ "$only_print" = yes ]; then
		printf '%s\n' "$directory" "$init"
	else
		echo "$board: $directory"
	fi
}

packages=()
for each in "${boards[@]}"; do
	choose "$each"
	packages+=("$source_package")
done
install_missing "${packages[@]}" gcc make gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-arm64-cross \
	libc6-dev-armhf-cross bc bison flex libelf-dev libssl-dev xz-utils patch qemu-system-arm device-tree-compiler \
	binutils python3
for each in "${boards[@]}"; do
	build_board "$each"
done
