#!/usr/bin/env bash
# Starts of real servers through their own script, with the JVM executed at once, and with a class archive: time, processors and
# memory, interleaved, as medians; prints the table of docs/benchmarks.md, then the bounds; fails where one is missed.
# usage: scripts/bench-starts.sh [--write] [--rounds N] [PRODUCT-VERSION]...
#   --write: puts the table, or the lines of the servers that are named, into that page and draws docs/starts.svg from it
#   --rounds: 5 unless given
. "$(dirname "${BASH_SOURCE[0]}")/boxes.sh"

WRITE='' ROUNDS=5 ONLY=()
while [ $# -gt 0 ]; do
    case $1 in
        --write) WRITE=yes ;;
        --rounds) ROUNDS=${2:?} && shift ;;
        elasticsearch-* | opensearch-*) ONLY+=("$1") ;;
        *) die "unknown argument: $1" "usage: $0 [--write] [--rounds N] [PRODUCT-VERSION]..." ;;
    esac
    shift
done

# Server, Java, whether it can have an archive, and its bounds: to HTTP directly and with the archive, as parts of the script's.
SERVERS=$(cat <<'END'
elasticsearch 6.8.23 8 - 0.75 -
elasticsearch 7.17.29 17 archive 0.75 0.55
elasticsearch 8.15.0 21 archive 0.85 -
elasticsearch 8.19.21 25 - 0.85 -
elasticsearch 9.2.0 25 - 0.85 -
opensearch 1.3.20 17 archive - -
opensearch 2.19.6 17 archive 0.75 0.55
opensearch 3.6.0 25 - 0.75 -
END
)
only_known
# All processors, and the time of one; then what start.py prints of each start.
PROCESSORS=(0 1)
FIELDS=(1 2 3 4)

# box WAY: the command that starts the server of the loop below in that way. The first start of each lays out its files, and makes
# what only a first start makes.
box() {
    local variables=(BOX="$WORK/$name-$1") words=()
    case $product-${version%%.*} in
        elasticsearch-[89]) variables+=(SECURITY_ENABLED=false) ;;
    esac
    case $1 in
        script) words=(-- setpriv --reuid=1000 --regid=1000 --clear-groups "/usr/share/$product/bin/$product")
            variables+=(COMMAND=init) ;;
        make) variables+=(BOX="$WORK/$name-archive" COMMAND=archive ES_ENTRYPOINT_LOG_LEVEL=warn) ;;
        *) variables+=(NETWORK_HOST=127.0.0.1 CLUSTER_NAME=bench ES_ENTRYPOINT_LAUNCH=direct ES_ENTRYPOINT_LOG_LEVEL=debug) ;;
    esac
    box_command "${variables[@]}" "${words[@]}"
}

each_server() {
    local product version java archive direct_bound archive_bound name home way ways
    while read -r product version java archive direct_bound archive_bound; do
        name=$product-$version
        is_wanted "$name" || continue
        home=$(java_home "$java")
        ways=(script direct)
        [ "$archive" = - ] || ways+=(archive)
        "$@"
    done <<<"$SERVERS"
}

lay_out() {
    say "==> lay out $name on Java $java"
    local settings
    settings=$(printf 'cluster.name: bench\nnetwork.host: 127.0.0.1\n')
    [ "$product-${version%%.*}" != elasticsearch-8 ] && [ "$product-${version%%.*}" != elasticsearch-9 ] || settings+=$'\nxpack.security.enabled: false'
    mkdir -p "$WORK/$name-script/config"
    echo "$settings" >"$WORK/$name-script/config/$product.yml"
    for way in "${ways[@]}"; do
        mkdir -p "$WORK/$name-$way"
        if [ "$way" = archive ]; then
            box make
            "${BOX_COMMAND[@]}" >"$WORK/log" 2>&1 </dev/null || { tail -n 30 "$WORK/log" >&2; die "no archive of $name was made"; }
        fi
        start 0 "$way" >/dev/null
    done
}

# What es-entrypoint says of the last start: milliseconds until it executes the server; nothing where it starts the script.
own_time() { sed -n 's/^es-entrypoint: debug: time until the server is executed: .* in all \([0-9.]*\) ms$/\1/p' "$WORK/log"; }

one_round() {
    local processors measured own
    for processors in "${PROCESSORS[@]}"; do
        for way in "${ways[@]}"; do
            measured=$(start "$processors" "$way")
            own=$(own_time)
            [ -n "$own" ] || [ "$way" = script ] || die "$name, $way: es-entrypoint does not say what it took"
            echo "$measured $own" >>"$WORK/$name-$way.$processors"
        done
    done
}

# A line of the table for each way: with all processors, then with the time of one.
report() {
    local processors field value script line
    for way in "${ways[@]}"; do
        case $product in elasticsearch) line="| Elasticsearch" ;; opensearch) line="| OpenSearch" ;; esac
        line+=" $version, $way | $java |"
        # Memory is the same with one processor.
        for processors in "${PROCESSORS[@]}"; do
            for field in "${FIELDS[@]:0:$((4 - processors))}"; do
                value=$(of "$WORK/$name-$way.$processors" "$field") script=$(of "$WORK/$name-script.$processors" "$field")
                line+=$(awk -v value="$value" -v script="$script" -v way="$way" -v field="$field" 'BEGIN {
                    text = field == 1 ? sprintf("%d", value) : field == 4 ? sprintf("%d", value / 1024) : sprintf("%.1f", value / 1000)
                    printf " %s%s |", text, (way == "script" || field == 1 ? "" : sprintf(" (%.2f)", value / script))
                }')
            done
        done
        TABLE+=$line$'\n'
    done
    local name_of=$WORK/$name
    bound "$name, direct: time to HTTP, of the script's" "$(ratio "$(of "$name_of-direct.0" 2)" "$(of "$name_of-script.0" 2)")" "$direct_bound"
    if [ "$archive" != - ]; then
        bound "$name, archive: time to HTTP, of the script's" "$(ratio "$(of "$name_of-archive.0" 2)" "$(of "$name_of-script.0" 2)")" "$archive_bound"
        [ "$archive_bound" = - ] || bound "$name, archive: time of processors, of the script's" \
            "$(ratio "$(of "$name_of-archive.0" 3)" "$(of "$name_of-script.0" 3)")" 0.6
    fi
    local execution=10
    case $product-${version%%.*} in
        elasticsearch-[89])
            bound "$name, direct: memory in MB more than the script's" \
                "$((($(of "$name_of-direct.0" 4) - $(of "$name_of-script.0" 4)) / 1024))" -75
            # The keystore is opened before the start. To derive its key takes a tenth of a second, with a password and without.
            execution=150
            ;;
    esac
    bound "$name, direct: milliseconds of our own to the execution of the server" "$(of "$name_of-direct.0" 5)" "$execution"
}

each_server lay_out
for ((round = 1; round <= ROUNDS; round++)); do
    say "==> round $round of $ROUNDS"
    each_server one_round
done

TABLE='| server, way | Java | execution, ms | HTTP, s | processors, s | memory, MB | one processor: execution, ms | HTTP, s | processors, s |
|---|---|---|---|---|---|---|---|---|
'
each_server report
printf '%s' "$TABLE"
say ""
if [ -n "$WRITE" ]; then
    # The ways of a server are compared with each other, not with another server's.
    if [ ${#ONLY[@]} = 0 ]; then
        replace_table "$ROOT/docs/benchmarks.md" '| server, way |' "$TABLE" >"$WORK/page"
    else
        replace_lines "$ROOT/docs/benchmarks.md" "$TABLE" >"$WORK/page"
    fi
    replace_chart "$WORK/page" starts "$ROOT/docs/starts.svg"
fi
tell_bounds
