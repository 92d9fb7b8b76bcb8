#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the build directory of the scripts: build, or build-scripts if ./waf has configured build. A configuration of
# ./waf is for installing: it may lack allocators and tests, and its directory records the installed files.
# usage: scripts/builddir.sh
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -e build/waf-machine.ini ]; then
	echo build-scripts
else
	echo build
fi
