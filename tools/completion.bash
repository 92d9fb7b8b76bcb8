# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of imxdmabuffer's command lines in bash. The program prints the candidates.
_imxdmabuffer() {
	local program=${COMP_WORDS[0]/#\~/$HOME}
	mapfile -t COMPREPLY < <("$program" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _imxdmabuffer imxdmabuffer
