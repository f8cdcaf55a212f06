#!/usr/bin/env bash
# Measures side by side with others, interleaved in one run and as ratios; fails where a bound is missed.
# usage: scripts/bench.sh [prepare|init|manifests|starts|passwords]...   (default: all)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- prepare init manifests starts passwords
for part in "$@"; do
    case $part in
        prepare | init | manifests | starts | passwords) ;;
        *) die "unknown part: $part" "usage: $0 [prepare|init|manifests|starts|passwords]..." ;;
    esac
done
MISSED=()
for part in "$@"; do
    "$ROOT/scripts/bench-$part.sh" || MISSED+=("$part")
done
[ ${#MISSED[@]} = 0 ] || die "bounds were missed, or something failed, in: ${MISSED[*]}"
