#!/usr/bin/env bash
# PID 1 side by side with other inits: prints the table of docs/benchmarks.md, then the bounds; fails where one is missed.
# The probes are in benches/init; each says at its head what it measures.
# usage: scripts/bench-init.sh [--write]   (--write: puts the table into that page and draws docs/benchmarks.svg from it)
# The lists of ways are named to a function; the backquotes are Markdown.
# shellcheck disable=SC2034,SC2016
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"

[ $# = 0 ] || [ "$*" = --write ] || die "usage: $0 [--write]"
WRITE=${1:-}
provision targets peers
need_root "making PID namespaces"
image_binary

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
chmod 755 "$WORK"

PROBES=$CACHE/probes-$(fingerprint "$ROOT"/benches/init/*)
mkdir -p "$PROBES"
for source in "$ROOT"/benches/init/*.c; do
    probe=$PROBES/$(basename "$source" .c)
    [ -x "$probe" ] || { cc -O2 -Wall -Wextra -o "$probe.new" "$source" && mv "$probe.new" "$probe"; } || die "$source cannot be compiled"
done

# `run` prepares a real configuration each time; after the first time nothing is left to write.
mkdir "$WORK/config" "$WORK/runtime" "$WORK/templates"
cp "$ROOT/config-templates/elasticsearch-2/"* "$WORK/templates/"
chown 1000:1000 "$WORK/config" "$WORK/runtime"
run=("$BINARY" run --es-version 2.3.4 --templates "$WORK/templates" --config-dir "$WORK/config" --runtime-dir "$WORK/runtime"
    --user 1000:1000 --policy off --log-level off)
"${run[@]}" -- true || die "the measured command fails: ${run[*]} -- true"

NAMES=('`init`' '`run`' tini tini-static dumb-init catatonit pid1)
OURS=0 RUN=1 TINI=2 REFERENCE=3
PEERS=(2 3 4 5 6)
FILES=("$BINARY" "$BINARY" "$(command -v tini)" "$(command -v tini-static)" "$(command -v dumb-init)" "$(command -v catatonit)" "$PID1")

# The way into each contender, for the child alone and for its process group; - where there is none.
words() { printf '%s\037' "$@"; }
SINGLE=("$(words "$BINARY" init --)" "$(words "${run[@]}" --)" "$(words tini --)" "$(words tini-static --)"
    "$(words dumb-init --single-child)" "$(words catatonit)" "$(words "$PID1")")
GROUP=("$(words "$BINARY" init --group --)" "$(words "${run[@]}" --group --)" "$(words tini -g --)" "$(words tini-static -g --)"
    "$(words dumb-init)" "$(words catatonit -g)" -)

# measure LIST SKIPPED CHILD... -- PROBE...: runs the probe with the contenders of the list (but those whose numbers are
# in the second word), each with the child; the lines come into the array MEASURED, in the order of NAMES.
measure() {
    local -n list=$1
    local skipped=" $2 " child=() index arguments=() asked=() lines
    shift 2
    while [ "$1" != -- ]; do child+=("$1"); shift; done
    shift
    for index in "${!list[@]}"; do
        [ "${list[index]}" != - ] && [[ $skipped != *" $index "* ]] || continue
        local way=()
        IFS=$'\037' read -r -d '' -a way <<<"${list[index]}" || true
        unset 'way[-1]'
        [ ${#arguments[@]} = 0 ] || arguments+=(::)
        arguments+=("${way[@]}" "${child[@]}")
        asked+=("$index")
    done
    say "    $(basename "$1")"
    mapfile -t lines < <("$@" "${arguments[@]}")
    [ ${#lines[@]} = ${#asked[@]} ] || die "the probe failed: $*"
    MEASURED=(- - - - - - -)
    for index in "${!asked[@]}"; do MEASURED[asked[index]]=${lines[index]}; done
}

# column NUMBER: of what was measured, into the array VALUES.
column() {
    local index
    VALUES=()
    for index in "${!MEASURED[@]}"; do VALUES[index]=$(awk -v field="$1" '{ print $1 == "-" ? "-" : $field }' <<<"${MEASURED[index]}"); done
}

# row TEXT [FORMAT [ratio]]: a line of the table from VALUES, with what each is in comparison with tini-static.
TABLE=
row() {
    TABLE+="| $1 |$(printf '%s\n' "${VALUES[@]}" | awk -v format="${2:-%d}" -v ratio="${3:-}" -v reference="${VALUES[REFERENCE]}" '
        $1 == "-" { printf " – |"; next }
        { printf " " format (ratio ? " (%.2f)" : "") " |", $1, (ratio ? $1 / reference : 0) }')"$'\n'
}

# bound TEXT CONDITION [NAME=VALUE]...: one line about a bound, as awk sees the condition.
MISSED=0 BOUNDS=
bound() {
    local text=$1 condition=$2 setting settings=()
    shift 2
    for setting in "$@"; do settings+=(-v "$setting"); done
    if awk "${settings[@]}" "BEGIN { exit !($condition) }"; then
        BOUNDS+="  $text: held"$'\n'
    else
        BOUNDS+="  $text: MISSED"$'\n'
        MISSED=$((MISSED + 1))
    fi
}

# best lowest|highest: the best value of the peers.
best() {
    local index
    for index in "${PEERS[@]}"; do [ "${VALUES[index]}" = - ] || echo "${VALUES[index]}"; done | sort -g | if [ "$1" = lowest ]; then head -n 1; else tail -n 1; fi
}

say "==> measure PID 1"
VALUES=()
for index in "${!FILES[@]}"; do VALUES[index]=$(stat -L -c %s "${FILES[index]}"); done
row "size, bytes" %d ratio

measure SINGLE "" sleep 1000 -- "$PROBES/idle"
column 1
row "resident memory while idle, kB" %d ratio
for index in $OURS $RUN; do
    bound "resident memory of ${NAMES[index]} $(ratio "${VALUES[index]}" "${VALUES[REFERENCE]}") of tini-static's, at most 0.35" \
        "ours <= 0.35 * theirs" ours="${VALUES[index]}" theirs="${VALUES[REFERENCE]}"
done
column 2
row "anonymous memory while idle, kB" %d ratio
for index in $OURS $RUN; do
    bound "anonymous memory of ${NAMES[index]} $(ratio "${VALUES[index]}" "${VALUES[REFERENCE]}") of tini-static's, at most 1" \
        "ours <= theirs" ours="${VALUES[index]}" theirs="${VALUES[REFERENCE]}"
done
column 3
row "context switches in 10 idle seconds"
for index in $OURS $RUN; do bound "context switches of ${NAMES[index]} while idle: ${VALUES[index]}, none" "ours == 0" ours="${VALUES[index]}"; done

# In the place of `run` the program alone, with an argument that it does not look at: the baseline.
PLAIN=("${SINGLE[@]}")
PLAIN[RUN]=$(words true)
measure PLAIN "" true -- "$PROBES/startup" 1000
alone=${MEASURED[RUN]}
for index in "${!MEASURED[@]}"; do
    MEASURED[index]=$(awk -v alone="$alone" '{ split(alone, base); print $1 - base[1], $2 - base[2] }' <<<"${MEASURED[index]}")
done
MEASURED[RUN]=-
column 1
row "start of \`true\` as PID 1, added µs" %d ratio
bound "added start ${VALUES[OURS]} µs, below every peer's (best: $(best lowest))" "ours < theirs" ours="${VALUES[OURS]}" theirs="$(best lowest)"
bound "added start $(ratio "${VALUES[OURS]}" "${VALUES[TINI]}") of tini's, at most 0.5" "ours <= 0.5 * theirs" ours="${VALUES[OURS]}" theirs="${VALUES[TINI]}"

delays=(0 50 100 150 200 300 500 700) rounds=50
measure SINGLE "" sleep 1000 -- "$PROBES/early" "$rounds" "${delays[@]}" --
late=(0 0)
for place in "${!delays[@]}"; do
    column $((place + 1))
    if [ "${delays[place]}" -ge 150 ]; then
        for index in $OURS $RUN; do late[index]=$((late[index] + VALUES[index])); done
    fi
    for index in "${!VALUES[@]}"; do VALUES[index]=$((VALUES[index] * 100 / rounds)); done
    row "TERM lost ${delays[place]} µs after the execution" %d%%
done
for index in $OURS $RUN; do bound "early TERMs lost by ${NAMES[index]} from 150 µs on: ${late[index]}, none" "ours == 0" ours="${late[index]}"; done

for list in SINGLE GROUP; do
    measure $list "" -- "$PROBES/pending" 200
    column 1
    mode=${list,,}
    row "TERM pending at the start, lost of 200, $mode"
    for index in $OURS $RUN; do bound "pending TERMs lost by ${NAMES[index]}, $mode: ${VALUES[index]}, none" "ours == 0" ours="${VALUES[index]}"; done
done

# Each contender twice: what one and the same program differs from itself is chance. pid1 forwards TERM and INT only.
first=()
for turn in 1 2; do
    measure SINGLE "$RUN 6" -- "$PROBES/latency" 2000
    column 1
    [ "$turn" = 2 ] || first=("${VALUES[@]}")
done
noise=0
for index in "${!VALUES[@]}"; do
    [ "${VALUES[index]}" != - ] || continue
    noise=$(awk -v noise="$noise" -v one="${first[index]}" -v other="${VALUES[index]}" 'BEGIN { spread = one > other ? one - other : other - one; print (spread > noise ? spread : noise) }')
    VALUES[index]=$(awk -v one="${first[index]}" -v other="${VALUES[index]}" 'BEGIN { print (one + other) / 2 }')
done
row "a signal to the child, µs" %.1f ratio
bound "a forwarded signal takes ${VALUES[OURS]} µs, the best peer's $(best lowest), chance $noise" "ours <= theirs + noise" \
    ours="${VALUES[OURS]}" theirs="$(best lowest)" noise="$noise"

for kind in churn burst; do
    measure SINGLE "$RUN" -- "$PROBES/storm" 12 3000 "$kind"
    noise=$(printf '%s\n' "${MEASURED[@]}" | awk '$1 != "-" { spread = $2 > $3 ? $2 - $3 : $3 - $2; if (spread > noise) noise = spread } END { print noise + 0 }')
    left=$(printf '%s\n' "${MEASURED[OURS]}" | awk '{ print $4 }')
    column 1
    row "orphans reaped a second, $([ $kind = churn ] && echo "made one by one" || echo "3,000 ending at once")" %d ratio
    bound "orphans reaped a second, $kind: ${VALUES[OURS]}, the best peer's $(best highest), chance $noise" "ours >= theirs - noise" \
        ours="${VALUES[OURS]}" theirs="$(best highest)" noise="$noise"
    bound "orphans never reaped, $kind: $left, none" "ours == 0" ours="$left"
done

TABLE=$(printf '| | %s | %s | %s | %s | %s | %s | %s |\n' "${NAMES[@]}"
    echo "|---|---|---|---|---|---|---|---|"
    printf '%s' "$TABLE")
echo "$TABLE"
say ""
MACHINE="Machine: $(nproc) processors, Linux $(uname -r), $(dpkg-query -W -f '${Package} ${Version}, ' tini dumb-init catatonit)pid1 $PID1_VERSION"
say "$MACHINE"
if [ -n "$WRITE" ]; then
    # The page keeps its text; the table and the line about the machine are replaced.
    replace_table "$ROOT/docs/benchmarks.md" '| | `init` |' "$TABLE" \
        | MACHINE=$MACHINE awk '/^Machine: / { print ENVIRON["MACHINE"] "."; next } { print }' >"$WORK/page"
    replace_chart "$WORK/page" init "$ROOT/docs/benchmarks.svg"
fi
say "Bounds:"
printf '%s' "$BOUNDS" >&2
[ "$MISSED" = 0 ] || die "$MISSED bounds were missed"
