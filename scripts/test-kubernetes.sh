#!/usr/bin/env bash
# Tries the sets in docker/kubernetes on real clusters of this machine: `make test-kubernetes`.
# usage: scripts/test-kubernetes.sh [dry-run|left|cluster]...
#   dry-run   an API server of the oldest supported and one of the newest version judge every set, without one warning
#   left      a cluster that is interrupted, and one that fails, leave nothing on this machine
#   cluster   three nodes: a cluster of Elasticsearch is made, scaled, hurt, and stopped
# First of all: bash forgets an interrupt that comes while it waits for a program which ends by itself.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
. "$(dirname "${BASH_SOURCE[0]}")/kubernetes-programs.sh"

. "$(dirname "${BASH_SOURCE[0]}")/kubernetes-cases.sh"

# What can be applied has a namespace; the rest are parts of it.
MODERN=$ROOT/docker/kubernetes/modern
sets() { (cd "$SETS" && grep -l '^namespace: ' kustomization.yaml ./*/kustomization.yaml | xargs -n1 dirname); }

# --- An API server alone

inside_dry_run() {
    local set folders=() name
    for set in $(sets); do folders+=("$SETS/$set"); done
    for set in "$MODERN"/*/kustomization.yaml; do
        if grep -q '^namespace: ' "$set"; then folders+=("${set%/*}"); fi
    done
    for set in "${folders[@]}"; do
        name=${set#"$ROOT/docker/kubernetes/"}
        kubectl kustomize "$set" >"$WORK/set.yaml"
        # With the level of pod security that the set asks for.
        if grep -q '^kind: Namespace$' "$WORK/set.yaml"; then
            sed -n '1,/^---$/p' "$WORK/set.yaml" | sed '$d' >"$WORK/namespace.yaml"
            kubectl apply -f "$WORK/namespace.yaml" >/dev/null
        fi
        kubectl apply --dry-run=server --validate=strict --warnings-as-errors -f "$WORK/set.yaml" >/dev/null \
            || fail "$(kubectl version | tail -n 1): $name"
        pass "$(kubectl version | tail -n 1): $name"
    done
}

# --- What is left

# left FOLDER CONTAINER...: what a cluster has made that worked there, and had these containers.
left() {
    local name=$1
    shift
    grep -lszF "WORK=$name" /proc/[0-9]*/environ 2>/dev/null
    grep -lsF "$name" /proc/[0-9]*/mountinfo
    cgroups "$@"
    ip -o link | grep -E ': (control|pods[0-9])'
    [ ! -e "$name" ] || echo "$name"
}

# A pod runs in the end, so that there are containers, mounts, interfaces and cgroups.
inside_pod() {
    kubectl run waits --image es-entrypoint/elasticsearch:2.3.4 --restart Never --command -- sleep 600 >/dev/null
    within 120 kubectl wait --for=jsonpath='{.status.phase}'=Running pod/waits --timeout=1s || fail "no pod runs"
    # shellcheck disable=SC2046 # numbers
    [ -n "$(cgroups $(cluster_containers "$WORK"))" ] || fail "containers have no cgroups where they are looked for"
    { echo "$WORK"; cluster_containers "$WORK"; } >"$READY"
    [ "$1" = runs ] || exit "$1"
    sleep 600
}

# interrupted SIGNAL SECONDS: the signal comes after so many seconds, or when the pod runs. Nothing may be left then.
interrupted() {
    local signal=$1 seconds=$2 folder found containers
    folder=$(mktemp -d "$PLUGINS/XXXXXX")
    # As from a terminal: a group of its own, which gets INT as a whole. What bash puts into the background would ignore it.
    TMPDIR=$folder READY=$folder/ready setsid env --default-signal=INT \
        "$ROOT/scripts/kubernetes-cluster.sh" 1 "$ARCHIVE" -- "$0" --inside "pod runs" >"$folder.log" 2>&1 &
    CLUSTER=$!
    found=$folder/es-entrypoint-kubernetes.$CLUSTER
    within 60 test -d "$found" || fail "no cluster begins: $(cat "$folder.log")"
    if [ "$seconds" = ready ]; then
        within 240 ready_or_gone "$folder/ready" || true
        [ -e "$folder/ready" ] || fail "no pod ran: $(tail -n 20 "$folder.log")"
    else
        sleep "$seconds"
    fi
    mapfile -t containers < <(cluster_containers "$found")
    case $signal in
        INT) kill -INT -- "-$CLUSTER" ;;
        *) kill "-$signal" "$CLUSTER" ;;
    esac
    wait "$CLUSTER" || true
    CLUSTER=
    nothing_of "$signal, ${#containers[@]} containers" "$found" "${containers[@]}"
}
ready_or_gone() { [ -e "$1" ] || ! kill -0 "$CLUSTER"; }

# nothing_of WHEN FOLDER CONTAINER...: what was signalled to end needs a moment.
nothing_of() {
    local when=$1 found tries=0
    shift
    while found=$(left "$@") || true; [ -n "$found" ] && [ "$tries" -lt 50 ]; do
        tries=$((tries + 1))
        sleep 0.2
    done
    [ -z "$found" ] || fail "left behind by $when: $found"
    pass "nothing is left after $when"
}

nothing_left() {
    local folder=$PLUGINS/failed of
    mkdir "$folder"
    interrupted INT "$((RANDOM % 4))"
    interrupted TERM "$((RANDOM % 15))"
    interrupted TERM ready
    TMPDIR=$folder READY=$folder/ready cluster 1 "$ARCHIVE" -- "$0" --inside "pod 3" >"$folder/log" 2>&1 && fail "a failure is none"
    mapfile -t of <"$folder/ready"
    nothing_of "a failure" "${of[@]}"
}

# --- Outside

# The image of Elasticsearch and that of a pod's sandbox, in one file. Neither is built again where nothing in them has changed,
# and an engine is started only for that.
archives() {
    local image folder=$KUBERNETES_CACHE/images
    mkdir -p "$folder"
    provision targets elasticsearch
    image_binary
    ARCHIVE=$folder/$(image_key).tar
    [ ! -f "$ARCHIVE" ] || return 0
    provision engine base
    image=$(image_build)
    docker tag "$image" es-entrypoint/elasticsearch:2.3.4
    tar -C /usr/bin -ch catatonit | docker import --change 'ENTRYPOINT ["/catatonit", "-P"]' - es-entrypoint-test/pause:1 >/dev/null
    rm -f "$folder"/*
    docker save -o "$folder/new" es-entrypoint/elasticsearch:2.3.4 es-entrypoint-test/pause:1
    docker rmi es-entrypoint/elasticsearch:2.3.4 es-entrypoint-test/pause:1 >/dev/null
    mv "$folder/new" "$ARCHIVE"
}

# plugins: the one that reads a kubeconfig, compiled, and the one of fabric8 where there is its zip.
plugins() {
    local home
    READER=$PLUGINS/reader
    mkdir -p "$READER" "$PLUGINS/classes"
    provision java
    home=$(grep -lE '^JAVA_VERSION="17[".]' /usr/lib/jvm/*/release | head -n 1)
    step kubernetes-reader "compile a plugin that reads a kubeconfig" \
        "${home%/release}/bin/javac" -J-XX:-UsePerfData --release 8 -nowarn -Xlint:-options -proc:none \
        -cp "$CACHE/elasticsearch-$ELASTICSEARCH_VERSION/lib/*" -d "$PLUGINS/classes" "$ROOT/tests/java/KubernetesPlugin.java" \
        || die "the plugin cannot be compiled"
    "${home%/release}/bin/jar" -J-XX:-UsePerfData cf "$READER/reader.jar" -C "$PLUGINS/classes" .
    cat >"$READER/plugin-descriptor.properties" <<END
name=cloud-kubernetes
description=reads a kubeconfig
version=$ELASTICSEARCH_VERSION
jvm=true
classname=KubernetesPlugin
java.version=1.8
elasticsearch.version=$ELASTICSEARCH_VERSION
END
    echo 'grant { permission java.lang.RuntimePermission "getenv.KUBECONFIG"; };' >"$READER/plugin-security.policy"
    PLUGIN=
    if [ -n "${ES_ENTRYPOINT_TEST_PLUGIN:-}" ]; then
        have unzip || packages unzip
        PLUGIN=$PLUGINS/fabric8
        unzip -q "$ES_ENTRYPOINT_TEST_PLUGIN" -d "$PLUGIN" || die "ES_ENTRYPOINT_TEST_PLUGIN: $ES_ENTRYPOINT_TEST_PLUGIN is no zip file"
    fi
    export READER PLUGIN BINARY
}

# tree PID: its descendants, the youngest first.
tree() {
    local child
    for child in $(pgrep -P "$1"); do
        tree "$child"
        echo "$child"
    done
}

# However it ends: what was started here ends too, the cluster by its own means.
finish() {
    local status=$? process
    trap - EXIT
    trap '' INT TERM HUP
    [ -z "$CLUSTER" ] || { kill "$CLUSTER" && wait "$CLUSTER"; } 2>/dev/null || true
    for process in $(tree "$$"); do kill "$process" 2>/dev/null || true; done
    rm -rf "$PLUGINS"
    engine_stop_own || true
    exit "$status"
}

# cluster ARGUMENT...: a signal reaches this script while that one runs.
cluster() {
    setpriv --pdeathsig TERM "$ROOT/scripts/kubernetes-cluster.sh" "$@" &
    CLUSTER=$!
    local status=0
    wait "$CLUSTER" || status=$?
    CLUSTER=
    return "$status"
}

case ${1:-} in
    --inside)
        # shellcheck disable=SC2086 # with its argument
        inside_$2
        exit
        ;;
esac

. "$ROOT/scripts/image.sh"
PARTS=("$@")
[ $# -gt 0 ] || PARTS=(dry-run left cluster)
CLUSTER=
need_root "a cluster"
PLUGINS=${TMPDIR:-/tmp}/es-entrypoint-plugins.$$
trap finish EXIT
mkdir "$PLUGINS"
kubernetes_packages
provision ci
for part in "${PARTS[@]}"; do
    case $part in
        dry-run)
            for version in "$KUBERNETES_OLDEST" "$KUBERNETES"; do
                kubernetes_program "$version" kube-apiserver
                KUBERNETES_VERSION=$version cluster 0 -- "$0" --inside dry_run
            done
            ;;
        left)
            kubernetes_programs
            archives
            nothing_left
            ;;
        cluster)
            kubernetes_programs
            archives
            plugins
            cluster 3 "$ARCHIVE" -- "$0" --inside cluster
            [ -n "$PLUGIN" ] || say "SKIPPED: discovery by the plugin, which is in no registry: ES_ENTRYPOINT_TEST_PLUGIN names its zip"
            ;;
        *) die "unknown part: $part" "usage: $0 [dry-run|left|cluster]..." ;;
    esac
done
say "all passed in $SECONDS s: ${PARTS[*]}"
