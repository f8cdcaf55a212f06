#!/usr/bin/env bash
# From a bare Debian or Ubuntu with a Rust toolchain to a cluster of three masters that loses one and goes on.
# usage: scripts/demo.sh
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"

# One stream, so that what is said and what is shown keep their order wherever they go.
exec 2>&1

PREFIX=es-entrypoint-demo-$$
NODES=()
CLEANED=

clean_up() {
    [ -z "$CLEANED" ] || return 0
    CLEANED=yes
    say ""
    say "==> clean up"
    local node
    for node in ${NODES[@]+"${NODES[@]}"}; do docker rm -fv "$node" >/dev/null 2>&1 || true; done
    docker network rm "$PREFIX" >/dev/null 2>&1 || true
    engine_stop_own
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Shows a command as a person would type it, then runs it.
show() {
    say ""
    say "\$ $(sed "s#$IMAGE#elasticsearch:2.3.4#; s#$PREFIX-##g; s#$PREFIX#demo#g" <<<"$*")"
    "$@"
}

# An answer from node $1 for path $2, through the port it has on this machine's loopback.
ask() { curl -fsS --max-time 5 "http://$(docker port "$PREFIX-$1" 9200/tcp | head -n 1)$2"; }

# await SECONDS TEXT COMMAND...: repeats a quiet command until it succeeds.
await() {
    local limit=$1 text=$2 begun=$SECONDS told=0
    shift 2
    say ""
    say "==> $text"
    until "$@" >/dev/null 2>&1; do
        if [ $((SECONDS - begun)) -gt "$limit" ]; then
            local node
            for node in "${NODES[@]}"; do docker logs --tail 15 "$node" 2>&1 | sed 's/^/    | /' >&2; done
            die "not within $limit s: $text"
        fi
        if [ $((SECONDS - begun - told)) -ge 5 ]; then
            told=$((SECONDS - begun))
            say "    ... $told s"
        fi
        sleep 0.5
    done
    say "    after $((SECONDS - begun)) s"
}

has_nodes() { ask "$1" "/_cat/health?h=node.total" | grep -qx "$2 *"; }
master() { ask "$1" "/_cat/master?h=node" | tr -d ' \n'; }
has_other_master() { local name; name=$(master "$1") && [ -n "$name" ] && [ "$name" != "$2" ]; }

provision targets tools base elasticsearch
image_binary
IMAGE=$(image_build)

say ""
say "1. A configuration in which two halves of the cluster could both elect a master is refused, before any JVM starts."
status=0
show docker run --rm -e NETWORK_HOST=0.0.0.0 -e UNICAST_HOSTS=es1,es2,es3 -e MASTER_COUNT=3 -e MIN_MASTERS=1 "$IMAGE" || status=$?
say "(exit $status)"
[ "$status" = 78 ] || die "exit 78 was expected"

say ""
say "2. Without MIN_MASTERS the right value is derived. Three nodes, which know nothing but their names and how many there are:"
docker network create "$PREFIX" >/dev/null
for node in es1 es2 es3; do
    NODES+=("$PREFIX-$node")
    show docker run -d --name "$PREFIX-$node" --hostname "$node" --network "$PREFIX" --network-alias "$node" \
        -p 127.0.0.1::9200 -e CLUSTER_NAME=demo -e NODE_NAME="$node" -e NETWORK_HOST=0.0.0.0 \
        -e UNICAST_HOSTS=es1,es2,es3 -e MASTER_COUNT=3 -e ES_HEAP_SIZE=128m "$IMAGE" >/dev/null
done
await 90 "the three form one cluster" has_nodes es1 3
say ""
say "\$ curl 'localhost:9200/_cat/nodes?v'"
ask es1 "/_cat/nodes?v&h=name,ip,master,node.role,heap.max"
say "In each container the JVM is the child of es-entrypoint, and neither is root:"
docker exec "$PREFIX-es1" sh -c 'grep -hE "^(Name|Pid|PPid|Uid):" /proc/1/status $(grep -l "^Name:.java$" /proc/[0-9]*/status) | cut -f 1,2 | paste - - - -'

old=$(master es1)
say ""
say "3. The master is $old. It is stopped: its shutdown hooks run, it exits by the signal's number, the others elect another."
show docker stop "$PREFIX-$old" >/dev/null
say "(exit $(docker inspect --format '{{.State.ExitCode}}' "$PREFIX-$old"))"
docker logs --tail 3 "$PREFIX-$old" 2>&1 | sed 's/^/    | /' >&2
for survivor in es1 es2 es3; do [ "$survivor" = "$old" ] || break; done
await 60 "the two others elect a new master" has_other_master "$survivor" "$old"
say ""
say "\$ curl 'localhost:9200/_cat/nodes?v'"
ask "$survivor" "/_cat/nodes?v&h=name,ip,master,node.role,heap.max"
say ""
say "The cluster goes on under $(master "$survivor"). Done in $SECONDS s; \`make test\` proves this and much more."
