#!/usr/bin/env bash
# First starts of Elasticsearch with `ELASTIC_PASSWORD`, on new volumes: the four calls of the keystore's tool that the entrypoint of
# the official images makes and then the start script, against `run`; interleaved, as medians; prints a table, then the bounds;
# fails where one is missed.
# usage: scripts/bench-passwords.sh [--rounds N] [elasticsearch-VERSION]...   (5 rounds of every server unless given)
. "$(dirname "${BASH_SOURCE[0]}")/boxes.sh"

ROUNDS=5 ONLY=()
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) ROUNDS=${2:?} && shift ;;
        elasticsearch-*) ONLY+=("$1") ;;
        *) die "unknown argument: $1" "usage: $0 [--rounds N] [elasticsearch-VERSION]..." ;;
    esac
    shift
done

# Server and Java.
SERVERS=$(cat <<'END'
elasticsearch 7.17.29 17
elasticsearch 8.19.21 25
elasticsearch 9.2.0 25
END
)
only_known
# To the execution of the server, as a part of the other way.
BOUND=0.5
PASSWORD=benchmark1
WAYS=(tool run)

# The entrypoint's calls for a keystore that is not there: it is made, has no password and no entry yet.
# shellcheck disable=SC2016 # expanded in the box
AS_THE_ENTRYPOINT='
set -e
cd /usr/share/elasticsearch
bin/elasticsearch-keystore create
! bin/elasticsearch-keystore has-passwd --silent
! bin/elasticsearch-keystore list | grep -q "^bootstrap.password$"
echo "$ELASTIC_PASSWORD" | bin/elasticsearch-keystore add -x bootstrap.password
exec bin/elasticsearch
'

# box WAY: the command of one start on volumes of its own. Security is on in the file of both: neither makes certificates.
box() {
    local box=$WORK/$name-$1
    rm -rf "$box"
    mkdir -p "$box/config"
    printf 'cluster.name: bench\nnetwork.host: 127.0.0.1\nxpack.security.enabled: true\n' >"$box/config/$product.yml"
    local variables=(BOX="$box" OFFICIAL=yes ELASTIC_PASSWORD="$PASSWORD") words=()
    case $1 in
        tool) words=(-- setpriv --reuid=1000 --regid=0 --clear-groups bash -c "$AS_THE_ENTRYPOINT")
            variables+=(COMMAND=init) ;;
        run) variables+=(ES_ENTRYPOINT_LOG_LEVEL=warn) ;;
    esac
    box_command "${variables[@]}" "${words[@]}"
}

# one_start WAY: a keystore was made, whichever way; otherwise nothing was measured.
one_start() {
    start 0 "$1"
    [ -s "$WORK/$name-$1/home-upper/config/$product.keystore" ] || die "no keystore was made ($name, $1)"
}

each_server() {
    local product version java name home
    while read -r product version java; do
        name=$product-$version
        is_wanted "$name" || continue
        home=$(java_home "$java")
        "$@"
    done <<<"$SERVERS"
}

# Files are in memory from then on.
warm_up() {
    local way
    for way in "${WAYS[@]}"; do one_start "$way" >/dev/null; done
}

one_round() {
    local way
    for way in "${WAYS[@]}"; do one_start "$way" >>"$WORK/$name.$way"; done
}

report() {
    local way field value line times
    for way in "${WAYS[@]}"; do
        line="| Elasticsearch $version, $way |"
        for field in 1 2 3; do
            value=$(of "$WORK/$name.$way" "$field")
            times=
            [ "$way" = tool ] || times=" ($(ratio "$value" "$(of "$WORK/$name.tool" "$field")"))"
            line+=" $(ratio "$value" 1000)$times |"
        done
        TABLE+=$line$'\n'
    done
    bound "$name: time to the execution of the server, of that with the tool" \
        "$(ratio "$(of "$WORK/$name.run" 1)" "$(of "$WORK/$name.tool" 1)")" "$BOUND"
}

say "==> lay out"
each_server warm_up
for ((round = 1; round <= ROUNDS; round++)); do
    say "==> round $round of $ROUNDS"
    each_server one_round
done

TABLE='| server, way | execution, s | HTTP, s | processors, s |
|---|---|---|---|
'
each_server report
printf '%s' "$TABLE"
say ""
tell_bounds
