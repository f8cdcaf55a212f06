# Shared by the scripts beside it; to be sourced: where things are, progress on slow steps, packages.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${CACHE_DIR:-$ROOT/.cache}
LOGS=$CACHE/logs
BUILT=${CARGO_TARGET_DIR:-$ROOT/target}
mkdir -p "$LOGS"

ARCHITECTURE=$(uname -m)
TARGET=$ARCHITECTURE-unknown-linux-musl
case $ARCHITECTURE in
    x86_64) FOREIGN_ARCHITECTURE=aarch64 ;;
    aarch64) FOREIGN_ARCHITECTURE=x86_64 ;;
    *) echo "error: this is a $ARCHITECTURE machine; the images are made for x86_64 and aarch64 only" >&2; exit 1 ;;
esac
FOREIGN_TARGET=$FOREIGN_ARCHITECTURE-unknown-linux-musl

# rustup's installer only edits the profile of login shells.
if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
fi

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $1"
    shift
    local line
    for line in "$@"; do say "  $line"; done
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

need_root() {
    [ "$(id -u)" = 0 ] || die "$1 needs root" "run the same command as root, or with sudo -E"
}

# step NAME TEXT COMMAND...: runs it quietly, tells the time every ten seconds, shows the log's end on failure.
step() {
    local text=$2 log=$LOGS/$1.log begun=$SECONDS told=0 pid status=0
    shift 2
    say "==> $text"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        if [ $((SECONDS - begun - told)) -ge 10 ]; then
            told=$((SECONDS - begun))
            say "    ... $told s"
        fi
    done
    wait "$pid" || status=$?
    if [ "$status" != 0 ]; then
        say "    failed after $((SECONDS - begun)) s (exit $status); the end of $log:"
        tail -n 40 "$log" | sed 's/^/    | /' >&2
        return "$status"
    fi
    say "    done in $((SECONDS - begun)) s"
}

# packages NAME...: installs Debian packages, after one update of the lists a run.
PACKAGE_LISTS_FRESH=
packages() {
    have apt-get || die "these programs are missing, and there is no apt-get to install them: $*" \
        "install them by hand, then run this again"
    need_root "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    if [ -z "$PACKAGE_LISTS_FRESH" ]; then
        step apt-update "update the package lists" apt-get update -q \
            || die "the package lists cannot be fetched" "is there a network?" "missing packages: $*"
        PACKAGE_LISTS_FRESH=yes
    fi
    step "apt-$1" "install $*" apt-get install -q -y --no-install-recommends "$@" \
        || die "the packages cannot be installed: $*" "is there a network?"
}

# python_folder FOLDER PACKAGE...: a folder of its own with these packages of the Python index; the file `done` says that
# they are all there.
python_folder() {
    local folder=$1
    shift
    if ! have python3 || ! python3 -c 'import ensurepip' 2>/dev/null; then packages python3-venv; fi
    rm -rf "$folder"
    python3 -m venv "$folder" && "$folder/bin/pip" install -q "$@" && touch "$folder/done"
}

# fingerprint FILE...: a short key for the contents.
fingerprint() { cat "$@" | sha256sum | cut -c1-12; }

# replace_lines PAGE TABLE: the page with the lines of that table, each in the place of the one that has the same first cell; the page
# has a table with the same head.
replace_lines() {
    TABLE=${2%$'\n'} awk '
        BEGIN {
            count = split(ENVIRON["TABLE"], lines, "\n")
            for (number = 3; number <= count; number++) { split(lines[number], cells, "|"); new[cells[2]] = lines[number] }
        }
        { split($0, cells, "|") }
        $0 == lines[1] { found = 1 }
        /^\|/ && cells[2] in new { print new[cells[2]]; delete new[cells[2]]; next }
        { print }
        END {
            if (!found) { print "error: no table has the head: " lines[1] >"/dev/stderr"; exit 1 }
            for (cell in new) { print "error: no line begins with: |" cell "|" >"/dev/stderr"; exit 1 }
        }' "$1"
}

# replace_table PAGE BEGINNING TABLE: the page with that table in the place of the one whose first line begins so.
replace_table() {
    TABLE=${3%$'\n'} awk -v beginning="$2" '
        !inside && index($0, beginning) == 1 { print ENVIRON["TABLE"]; inside = 1; found = 1; next }
        inside && /^[|]/ { next }
        { inside = 0; print }
        END { if (!found) { print "error: no table begins with: " beginning >"/dev/stderr"; exit 1 } }
    ' "$1"
}

# What benchmarks share: the median of numbers, one a line; and one number as a part of another.
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
ratio() { awk -v left="$1" -v right="$2" 'BEGIN { printf "%.2f", left / right }'; }

# replace_chart PAGE CHART FILE: that page becomes docs/benchmarks.md, and the chart of its table that file.
replace_chart() {
    "$ROOT/scripts/chart.sh" "$2" "$1" >"$1.svg" || die "the chart cannot be drawn"
    cat "$1" >"$ROOT/docs/benchmarks.md"
    cat "$1.svg" >"$3"
}
