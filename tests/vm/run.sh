#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs one or more programs in a guest and returns the exit status. run.sh --help lists the options.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
