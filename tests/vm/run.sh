#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a program, or a list of them, in a guest and returns its exit status. run.sh --help tells the options.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
