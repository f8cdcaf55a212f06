#!/usr/bin/env bash
# The release binary of a target must run anywhere: no interpreter, no shared library, small.
# usage: scripts/static-check.sh TARGET...
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SIZE_LIMIT=800000

check_static() {
    local binary=$BUILT/$1/release/es-entrypoint headers size
    headers=$(readelf --wide --program-headers --dynamic "$binary")
    if grep -q INTERP <<<"$headers"; then die "$binary asks for an interpreter"; fi
    if grep -q NEEDED <<<"$headers"; then die "$binary needs shared libraries"; fi
    if grep -q DYNAMIC <<<"$headers"; then die "$binary has a dynamic section"; fi
    if grep 'GNU_STACK' <<<"$headers" | grep -q 'RWE'; then die "$binary has an executable stack"; fi
    size=$(stat -c %s "$binary")
    say "    $1: static, $size of $SIZE_LIMIT bytes"
    [ "$size" -le "$SIZE_LIMIT" ] || die "$binary is larger than $SIZE_LIMIT bytes"
}

have readelf || packages binutils
for target in "$@"; do check_static "$target"; done
