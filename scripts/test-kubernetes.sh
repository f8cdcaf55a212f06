#!/usr/bin/env bash
# Tries the sets in docker/kubernetes on real clusters of this machine: `make test-kubernetes`.
# usage: scripts/test-kubernetes.sh [dry-run|cluster]...
#   dry-run   an API server of the oldest supported and one of the newest version judge every set, without one warning
#   cluster   three nodes: a cluster of Elasticsearch is made, scaled, hurt, and stopped
. "$(dirname "${BASH_SOURCE[0]}")/kubernetes-programs.sh"

SETS=$ROOT/docker/kubernetes/elasticsearch-2
NAMESPACE=elasticsearch
ARCHIVES=$KUBERNETES_CACHE/images

# pass TEXT and fail TEXT...: a line for each thing that was tried.
pass() { say "ok: $*"; }
fail() {
    say "FAILED: $*"
    exit 1
}

# eventually SECONDS WHAT COMMAND...: until the command succeeds.
eventually() {
    local seconds=$1 what=$2 begun=$SECONDS
    shift 2
    within "$seconds" "$@" || {
        kubectl -n "$NAMESPACE" get pods -o wide >&2 || true
        kubectl -n "$NAMESPACE" get events --sort-by=.lastTimestamp 2>/dev/null | tail -n 20 >&2 || true
        fail "$what: not within $seconds s"
    }
    pass "$what ($((SECONDS - begun)) s)"
}

# What can be applied has a namespace; the rest are parts of it.
sets() { (cd "$SETS" && grep -l '^namespace: ' kustomization.yaml ./*/kustomization.yaml | xargs -n1 dirname); }

# --- An API server alone

inside_dry_run() {
    local set
    for set in $(sets); do
        kubectl kustomize "$SETS/$set" >"$WORK/set.yaml"
        # With the level of pod security that the set asks for.
        if grep -q '^kind: Namespace$' "$WORK/set.yaml"; then
            sed -n '1,/^---$/p' "$WORK/set.yaml" | sed '$d' >"$WORK/namespace.yaml"
            kubectl apply -f "$WORK/namespace.yaml" >/dev/null
        fi
        kubectl apply --dry-run=server --validate=strict --warnings-as-errors -f "$WORK/set.yaml" >/dev/null \
            || fail "$(kubectl version | tail -n 1): $set"
        pass "$(kubectl version | tail -n 1): $set"
    done
}

# --- A cluster

# What the API gives at a path of the Service for clients.
ask() { kubectl get --raw "/api/v1/namespaces/$NAMESPACE/services/elasticsearch:http/proxy$1"; }

# health STATUS NODES: whether the cluster has that.
health() {
    local found
    found=$(ask '/_cat/health?h=status,node.total' 2>/dev/null) || return 1
    [ "$(tr -s ' \n' ' ' <<<"$found")" = "$1 $2 " ]
}

master() { ask '/_cat/master?h=node' | tr -d ' \n'; }

# Another master than that one.
other_master() {
    local now
    now=$(master) && [ -n "$now" ] && [ "$now" != "$1" ]
}

# Volumes for all claims, four on each node, and a class that waits for the pod.
volumes() {
    local node number
    kubectl apply -f - <<'END' >/dev/null
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
END
    for node in $NODES; do
        for number in 0 1 2 3; do
            cat <<END
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $node-$number}
spec:
  capacity: {storage: 20Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: local
  persistentVolumeReclaimPolicy: Retain
  local: {path: /srv/volumes/$number}
  nodeAffinity:
    required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$node]}]}]}
END
        done
    done | kubectl apply -f - >/dev/null
}

# A set with less memory and CPU than it asks for: the whole cluster shares one small machine.
small() {
    kubectl kustomize "$1" | sed -e 's/cpu: \(500m\|250m\)/cpu: 10m/' -e 's/memory: 2Gi/memory: 700Mi/' \
        -e 's/memory: 1Gi/memory: 600Mi/' -e 's/value: 1g$/value: 256m/' -e 's/value: 512m$/value: 256m/'
}

# The variables that pods really get are those of the recording, which a test of `check -f` is held to.
environment() {
    local pod
    kubectl create namespace environment >/dev/null
    eventually 60 "a service account" kubectl -n environment get serviceaccount default
    # Only Services that were there before a pod are in its environment.
    awk 'BEGIN { RS = "---\n"; ORS = "---\n" } !/\nkind: Pod\n/' "$ROOT/tests/sets/environment/pods.yaml" \
        | kubectl -n environment apply -f - >/dev/null
    eventually 60 "the kubelet knows the Services" sees_services
    kubectl -n environment apply -f "$ROOT/tests/sets/environment/pods.yaml" >/dev/null 2>&1
    for pod in sources links; do
        eventually 60 "the pod $pod" kubectl -n environment wait --for=jsonpath='{.status.phase}'=Succeeded "pod/$pod" --timeout=1s
        echo "pod $pod"
        # Each on its line, without what the image has, and without addresses, which are others each time.
        kubectl -n environment logs "$pod" | sed -z 's/\n/\\n/g' | tr '\0' '\n' \
            | grep -vE '^(PATH|HOME|HOSTNAME|KUBERNETES_[A-Z0-9_]*)=' \
            | sed -E 's/\b10\.(96|244)\.[0-9]+\.[0-9]+\b/10.0.0.1/' | LC_ALL=C sort
    done >"$WORK/recorded"
    diff -u "$ROOT/tests/sets/environment/recorded.txt" "$WORK/recorded" >&2 || fail "pods got other variables than recorded"
    pass "pods get the variables that check -f works out"
}

# The kubelet has heard of the Services when another pod gets their variables.
sees_services() {
    kubectl -n environment delete pod seen --ignore-not-found --now >/dev/null
    kubectl -n environment run seen --image es-entrypoint/elasticsearch:2.3.4 --restart Never --command -- cat /proc/self/environ
    kubectl -n environment wait --for=jsonpath='{.status.phase}'=Succeeded pod/seen --timeout=20s
    kubectl -n environment logs seen | tr '\0' '\n' | grep -q '^SEARCH_HTTP_SERVICE_HOST='
}

inside_cluster() {
    local begun before
    environment
    volumes
    small "$SETS/unicast" >"$WORK/unicast.yaml"
    begun=$SECONDS
    kubectl apply --warnings-as-errors -f "$WORK/unicast.yaml" >/dev/null
    eventually 300 "three masters, two data nodes and two clients are green" health green 7
    say "    time to green: $((SECONDS - begun)) s"

    kubectl -n "$NAMESPACE" exec statefulset/elasticsearch-master -- es-entrypoint explain >"$WORK/explain"
    grep -q '^ *discovery.zen.minimum_master_nodes *2 ' "$WORK/explain" || fail "the majority of MASTER_COUNT"
    pass "the majority of MASTER_COUNT is set"

    kubectl -n "$NAMESPACE" scale statefulset/elasticsearch-data --replicas 3 >/dev/null
    eventually 180 "a third data node joins" health green 8
    kubectl -n "$NAMESPACE" scale statefulset/elasticsearch-data --replicas 2 >/dev/null
    eventually 120 "and leaves" health green 7

    before=$(master)
    # Every state of the pod goes by.
    kubectl -n "$NAMESPACE" get pod "$before" --watch -o \
        jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}{"\n"}' >"$WORK/states" &
    begun=$SECONDS
    kubectl -n "$NAMESPACE" delete pod "$before" --wait=false >/dev/null
    eventually 60 "another master is elected" other_master "$before"
    eventually 60 "the elected master has ended with 143" grep -qx 143 "$WORK/states"
    kill %% 2>/dev/null || true
    [ $((SECONDS - begun)) -lt 60 ] || fail "the stop took half of the grace period"
    eventually 180 "and all nodes are there again" health green 7

    kubectl -n "$NAMESPACE" set env statefulset/elasticsearch-master MIN_MASTERS=1 >/dev/null
    eventually 120 "a refused start tells why in the termination message" refused
    eventually 30 "and the cluster lives on" lives
    kubectl -n "$NAMESPACE" set env statefulset/elasticsearch-master MIN_MASTERS- >/dev/null
    # A StatefulSet waits for ever for a pod that never becomes ready.
    kubectl -n "$NAMESPACE" delete pod elasticsearch-master-2 --wait=false >/dev/null
    eventually 240 "the update is taken back" health green 7

    kubectl delete -f "$WORK/unicast.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone

    begun=$SECONDS
    small "$ROOT/tests/sets/daemonset" >"$WORK/daemonset.yaml"
    kubectl apply --warnings-as-errors -f "$WORK/daemonset.yaml" >/dev/null
    kubectl label nodes --all kube-system/es-master-node=true >/dev/null
    kubectl label node node1 kube-system/es-data-node=true >/dev/null
    eventually 300 "masters on three labelled nodes, and data on one" health green 6
    kubectl label node node2 kube-system/es-data-node=true >/dev/null
    eventually 120 "a node is labelled, and a data node joins" health green 7
    kubectl -n "$NAMESPACE" exec daemonset/elasticsearch-data -- stat -c %u /usr/share/elasticsearch/data >"$WORK/owner"
    [ "$(cat "$WORK/owner")" = 1000 ] || fail "the directory of the node belongs to $(cat "$WORK/owner")"
    pass "the directory of the node was given to the server's user"
    kubectl delete -f "$WORK/daemonset.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone
}

# Whether there is a master, and all data.
lives() { ask '/_cat/health?h=status' | grep -qE 'green|yellow'; }

refused() {
    kubectl -n "$NAMESPACE" get pods -o \
        jsonpath='{range .items[*]}{.status.containerStatuses[0].lastState.terminated.message}{.status.containerStatuses[0].state.terminated.message}{"\n"}{end}' \
        | grep -q 'error\[quorum/split-brain\]: `discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2'
}

gone() { ! kubectl get namespace "$NAMESPACE"; }

# --- Outside

archives() {
    local image
    mkdir -p "$ARCHIVES"
    . "$ROOT/scripts/image.sh"
    provision targets engine base elasticsearch
    image_binary
    image=$(image_build)
    if [ ! -f "$ARCHIVES/${image##*:}.tar" ]; then
        docker tag "$image" es-entrypoint/elasticsearch:2.3.4
        tar -C /usr/bin -ch catatonit | docker import --change 'ENTRYPOINT ["/catatonit", "-P"]' - es-entrypoint-test/pause:1 >/dev/null
        rm -f "$ARCHIVES"/*.tar
        docker save -o "$ARCHIVES/new" es-entrypoint/elasticsearch:2.3.4 es-entrypoint-test/pause:1
        docker rmi es-entrypoint/elasticsearch:2.3.4 es-entrypoint-test/pause:1 >/dev/null
        mv "$ARCHIVES/new" "$ARCHIVES/${image##*:}.tar"
    fi
    ARCHIVE=$ARCHIVES/${image##*:}.tar
}

case ${1:-} in
    --inside)
        "inside_$2"
        exit
        ;;
esac

PARTS=("$@")
[ $# -gt 0 ] || PARTS=(dry-run cluster)
need_root "a cluster"
kubernetes_packages
"$ROOT/scripts/provision.sh" ci
for part in "${PARTS[@]}"; do
    case $part in
        dry-run)
            for version in "$KUBERNETES_OLDEST" "$KUBERNETES"; do
                kubernetes_program "$version" kube-apiserver
                KUBERNETES_VERSION=$version "$ROOT/scripts/kubernetes-cluster.sh" 0 -- "$0" --inside dry_run
            done
            ;;
        cluster)
            kubernetes_programs
            archives
            "$ROOT/scripts/kubernetes-cluster.sh" 3 "$ARCHIVE" -- "$0" --inside cluster
            say "SKIPPED: discovery by the plugin, which is in no registry, was not tried on the cluster"
            ;;
        *) die "unknown part: $part" "usage: $0 [dry-run|cluster]..." ;;
    esac
done
say "all passed: ${PARTS[*]}"
