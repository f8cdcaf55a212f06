#!/usr/bin/env bash
# A short walk through the binary: does it start, render, supervise and report? For architectures we can only emulate.
# usage: scripts/smoke.sh COMMAND...     for instance: scripts/smoke.sh qemu-aarch64-static PATH/es-entrypoint
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

expect() {
    local expected=$1 actual=$2
    [ "$actual" = "$expected" ] || die "smoke test: expected \`$expected\`, got \`$actual\`"
}

version=$("$@" --version)
expect "es-entrypoint $(sed -n 's/^version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n 1)" "$version"

expect 'cluster.name: "a: b"' "$(printf 'cluster.name: ${NAME}\n' | env NAME='a: b' "$@" render -)"

status=0
"$@" quorum 3 --min 1 >/dev/null || status=$?
expect 78 "$status"

status=0
output=$("$@" init -- sh -c 'echo child; exit 7' 2>&1) || status=$?
expect 7 "$status"
expect child "$output"
say "    smoke test passed: $*"
