#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the folder that the scripts build in: build, or build-scripts where ./waf has configured build. What that chose
# is for installing and may lack allocators and tests; its folder keeps the record of what was installed.
# usage: scripts/folder.sh
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -e build/waf-machine.ini ]; then
	echo build-scripts
else
	echo build
fi
