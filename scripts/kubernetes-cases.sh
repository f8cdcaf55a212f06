# What is tried on a cluster of three nodes, for scripts/test-kubernetes.sh. To be sourced; runs within the cluster's namespaces.
# shellcheck shell=bash
# Functions are called by their names: `eventually SECONDS WHAT FUNCTION`. Findings have backquotes.
# shellcheck disable=SC2016,SC2317,SC2329

SETS=$ROOT/docker/kubernetes/elasticsearch-2
NAMESPACE=elasticsearch

# pass TEXT and fail TEXT...: a line for each thing that was tried.
pass() { say "ok: $*"; }
fail() {
    say "FAILED: $*"
    exit 1
}

# figure WHAT VALUE: a line of the table at the end.
figure() { printf '%-58s %s\n' "$1" "$2" >>"$WORK/figures"; }

# eventually SECONDS WHAT COMMAND...: until the command succeeds.
eventually() {
    local seconds=$1 what=$2 begun=$SECONDS
    shift 2
    within "$seconds" "$@" || {
        kubectl get pods -A -o wide >&2 || true
        kubectl get events -A --sort-by=.lastTimestamp 2>/dev/null | tail -n 20 >&2 || true
        fail "$what: not within $seconds s"
    }
    pass "$what ($((SECONDS - begun)) s)"
}

# What the API gives at a path of the Service for clients.
ask() { kubectl get --raw "/api/v1/namespaces/$NAMESPACE/services/elasticsearch:http/proxy$1"; }

# put PATH JSON: the same with something to write.
put() { kubectl replace --raw "/api/v1/namespaces/$NAMESPACE/services/elasticsearch:http/proxy$1" -f - <<<"$2" >/dev/null; }

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

# Whether there is a master, and all data.
lives() { ask '/_cat/health?h=status' | grep -qE 'green|yellow'; }

# No shard is on that node.
without_shards() {
    local found
    found=$(ask "/_cat/shards?h=node") && ! grep -qw -- "$1" <<<"$found"
}

gone() { ! kubectl get namespace "$1"; }

# status POD PATH: of its container.
status() { kubectl -n cases get pod "$1" -o jsonpath="{.status.containerStatuses[0].$2}"; }

# said NAMESPACE OBJECT TEXT: whether the log of a container has that.
said() { grep -qF -- "$3" <<<"$(kubectl -n "$1" logs "$2" -c elasticsearch)"; }

# The last thing that the reader of the kubeconfig said.
reader() { kubectl -n "$1" logs "$2" -c elasticsearch | grep '^kubeconfig ' | tail -n 1 | grep -qxF -- "kubeconfig $3"; }

event() {
    grep -qE -- "$2" <<<"$(kubectl -n "$1" get events -o jsonpath='{range .items[*]}{.involvedObject.name}{" "}{.message}{"\n"}{end}')"
}

is_ready() { [ "$(kubectl -n "$1" get pod "$2" -o jsonpath='{.status.containerStatuses[0].ready}')" = true ]; }

# Volumes for all claims, four on each node, and a class that waits for the pod.
volumes() {
    local node number
    kubectl apply -f - <<'YAML' >/dev/null
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
YAML
    for node in $NODES; do
        for number in 0 1 2 3; do
            cat <<YAML
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
YAML
        done
    done | kubectl apply -f - >/dev/null
}

# A set with less memory and CPU than it asks for: the whole cluster shares one small machine.
small() {
    kubectl kustomize "$1" | sed -e 's/cpu: \(500m\|250m\)/cpu: 10m/' -e 's/memory: 2Gi/memory: 700Mi/' \
        -e 's/memory: 1Gi/memory: 600Mi/' -e 's/value: 1g$/value: 256m/' -e 's/value: 512m$/value: 256m/' \
        -e 's/^  MASTER_COUNT: /  ES_JAVA_OPTS: -XX:TieredStopAtLevel=1\n&/'
}

# --- Variables

# The variables that pods really get are those of the recording, which a test of `check -f` is held to.
case_environment() {
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
    kubectl delete namespace environment --wait=false >/dev/null
}

# The kubelet has heard of the Services when another pod gets their variables.
sees_services() {
    kubectl -n environment delete pod seen --ignore-not-found --now >/dev/null
    kubectl -n environment run seen --image es-entrypoint/elasticsearch:2.3.4 --restart Never --command -- cat /proc/self/environ
    kubectl -n environment wait --for=jsonpath='{.status.phase}'=Succeeded pod/seen --timeout=20s
    kubectl -n environment logs seen | tr '\0' '\n' | grep -q '^SEARCH_HTTP_SERVICE_HOST='
}

# --- The set with StatefulSets

case_statefulsets() {
    local begun before deleted watch
    small "$SETS/unicast" >"$WORK/unicast.yaml"
    begun=$SECONDS
    kubectl apply --warnings-as-errors -f "$WORK/unicast.yaml" >/dev/null
    eventually 420 "three masters, two data nodes and two clients are green" health green 7
    figure "time to green, 7 nodes" "$((SECONDS - begun)) s"
    kubectl -n "$NAMESPACE" rollout status deployment/elasticsearch-client --timeout 120s >/dev/null || fail "the clients are not rolled out"
    # Else no replica is given out where the disk of this machine happens to be rather full.
    put /_cluster/settings '{"persistent": {"cluster.routing.allocation.disk.threshold_enabled": false}}'

    kubectl -n "$NAMESPACE" exec statefulset/elasticsearch-master -- es-entrypoint explain >"$WORK/explain"
    grep -q '^ *discovery.zen.minimum_master_nodes *2 ' "$WORK/explain" || fail "the majority of MASTER_COUNT"
    pass "the majority of MASTER_COUNT is set"

    # The README's question, by a shell in the place of curl, which no image here has. Its answer is read from the log: whoever
    # attaches to a pod that ends at once may get nothing.
    kubectl run ask --restart=Never --labels elasticsearch-client=true --image es-entrypoint/elasticsearch:2.3.4 \
        --command -- bash -c 'exec 3<>/dev/tcp/elasticsearch.elasticsearch/9200; printf "GET /_cluster/health HTTP/1.0\r\n\r\n" >&3; cat <&3' >/dev/null
    kubectl wait pod/ask --for=jsonpath='{.status.phase}'=Succeeded --timeout 120s >/dev/null || fail "kubectl run ask"
    kubectl logs ask >"$WORK/ask"
    kubectl delete pod ask --wait=false >/dev/null
    grep -q '"status":"green"' "$WORK/ask" || { cat "$WORK/ask" >&2; fail "kubectl run ask: no answer"; }
    pass "a labelled pod of another namespace asks the cluster"

    put /kept '{"settings": {"number_of_shards": 3, "number_of_replicas": 1}}'
    put /kept/doc/1 '{"text": "kept"}'
    eventually 120 "an index with replicas is green" health green 7
    kubectl -n "$NAMESPACE" scale statefulset/elasticsearch-data --replicas 3 >/dev/null
    eventually 240 "a third data node joins" health green 8
    put /_cluster/settings '{"transient": {"cluster.routing.allocation.exclude._name": "elasticsearch-data-2"}}'
    eventually 120 "its shards move away before it goes" without_shards elasticsearch-data-2
    kubectl -n "$NAMESPACE" scale statefulset/elasticsearch-data --replicas 2 >/dev/null
    eventually 120 "and leaves, and nothing was without a copy" health green 7
    put /_cluster/settings '{"transient": {"cluster.routing.allocation.exclude._name": ""}}'

    before=$(master)
    # Every state of the pod goes by. Not the function, whose shell alone would be killed.
    "$CACHE/ci/bin/kubectl" -n "$NAMESPACE" get pod "$before" --watch -o \
        jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}{"\n"}' >"$WORK/states" &
    watch=$!
    begun=$SECONDS
    kubectl -n "$NAMESPACE" delete pod "$before" --wait=false >/dev/null
    eventually 60 "another master is elected" other_master "$before"
    figure "time to another master after the elected one's deletion" "$((SECONDS - begun)) s"
    eventually 60 "the elected master has ended with 143" grep -qx 143 "$WORK/states"
    figure "its end (keeps its address for ES_ENTRYPOINT_LINGER=15)" "$((SECONDS - begun)) s, exit code 143"
    kill "$watch" 2>/dev/null || true
    [ $((SECONDS - begun)) -lt 60 ] || fail "the stop took half of the grace period"
    eventually 240 "and all nodes are there again" health green 7

    kubectl -n "$NAMESPACE" set env statefulset/elasticsearch-master MIN_MASTERS=1 >/dev/null
    eventually 120 "a refused start tells why in the termination message" refused
    eventually 30 "and the cluster lives on" lives
    kubectl -n "$NAMESPACE" set env statefulset/elasticsearch-master MIN_MASTERS- >/dev/null
    # A StatefulSet waits for ever for a pod that never becomes ready.
    kubectl -n "$NAMESPACE" delete pod elasticsearch-master-2 --wait=false >/dev/null
    eventually 240 "the update is taken back" health green 7
    grep -q '"text": "kept"' <<<"$(ask /kept/doc/1)" || fail "the document was lost"
    pass "a document that was written before is still there"

    "$CACHE/ci/bin/kubectl" -n "$NAMESPACE" get pods --watch -o \
        jsonpath='{.metadata.name} {.status.containerStatuses[0].state.terminated.exitCode} {.status.containerStatuses[0].state.terminated.finishedAt}{"\n"}' \
        >"$WORK/ends" &
    watch=$!
    deleted=$(date +%s)
    kubectl delete -f "$WORK/unicast.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone "$NAMESPACE"
    kill "$watch" 2>/dev/null || true
    # Masters as well, whose process ends before the time in which they keep their address.
    local pod code end
    while read -r pod code end; do
        [ "$code" = 143 ] || fail "$pod ended with $code"
        figure "stop of $pod" "$(($(date -d "$end" +%s) - deleted)) s, exit code $code"
    done < <(awk 'NF == 3' "$WORK/ends" | sort -u)
    pass "every pod ended with 143"
}

refused() {
    kubectl -n "$NAMESPACE" get pods -o \
        jsonpath='{range .items[*]}{.status.containerStatuses[0].lastState.terminated.message}{.status.containerStatuses[0].state.terminated.message}{"\n"}{end}' \
        | grep -q 'error\[quorum/split-brain\]: `discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2'
}

# --- The set with DaemonSets

case_daemonsets() {
    small "$ROOT/tests/sets/daemonset" >"$WORK/daemonset.yaml"
    kubectl apply --warnings-as-errors -f "$WORK/daemonset.yaml" >/dev/null
    eventually 60 "without a labelled node, the DaemonSet says that it wants no pod" wants elasticsearch-master 0
    kubectl label nodes --all kube-system/es-master-node=true >/dev/null
    kubectl label node node1 kube-system/es-data-node=true >/dev/null
    eventually 420 "masters on three labelled nodes, and data on one" health green 6
    kubectl label node node2 kube-system/es-data-node=true >/dev/null
    eventually 180 "a node is labelled, and a data node joins" health green 7
    kubectl -n "$NAMESPACE" exec daemonset/elasticsearch-data -- stat -c %u /usr/share/elasticsearch/data >"$WORK/owner"
    [ "$(cat "$WORK/owner")" = 1000 ] || fail "the directory of the node belongs to $(cat "$WORK/owner")"
    pass "the directory of the node was given to the server's user"
    if event "$NAMESPACE" "does not implement the scale subresource"; then fail "a budget for pods that have none"; fi
    kubectl delete -f "$WORK/daemonset.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone "$NAMESPACE"
    kubectl label nodes --all kube-system/es-master-node- kube-system/es-data-node- >/dev/null
}

wants() { [ "$(kubectl -n "$NAMESPACE" get daemonset "$1" -o jsonpath='{.status.desiredNumberScheduled}/{.status.observedGeneration}')" = "$2/1" ]; }

# --- Single pods: files that are missing, full, read-only or change, and the kubeconfig

# kubeconfig CONTEXT: a kubeconfig whose current context is that; it has one context, `here`.
kubeconfig() {
    cat <<YAML
apiVersion: v1
kind: Config
current-context: $1
clusters: [{name: here, cluster: {server: "https://kubernetes.default.svc", certificate-authority-data: $(base64 -w0 "$WORK/pki/ca.crt")}}]
users: [{name: elasticsearch, user: {token: elasticsearch}}]
contexts: [{name: here, context: {cluster: here, user: elasticsearch}}]
YAML
}

# secret NAMESPACE CONTEXT: the Secret of the README, made or changed.
secret() {
    kubeconfig "$2" >"$WORK/kubeconfig"
    kubectl -n "$1" create secret generic elasticsearch-kubeconfig --from-file=config="$WORK/kubeconfig" --dry-run=client -o yaml \
        | kubectl apply -f - >/dev/null
}

# ended POD CODE MESSAGE: the pod has ended with that, and its status and its log say why.
ended() { [ "$(status "$1" state.terminated.exitCode)" = "$2" ]; }
told() {
    eventually 120 "$1 ends with $2" ended "$1" "$2"
    grep -qF -- "$3" <<<"$(status "$1" state.terminated.message)" || fail "$1: the termination message says $(status "$1" state.terminated.message)"
    said cases "pod/$1" "$3" || fail "$1: its log says $(kubectl -n cases logs "$1")"
    pass "its log and its termination message say: $3"
}

case_pods() {
    local set before node
    # The overlays as they are shipped, of one master, with a plugin that stands for the one of fabric8.
    for node in $NODES; do
        mkdir -p "$WORK/$node/srv/plugin" "$WORK/$node/srv/kubernetes"
        cp "$READER"/* "$WORK/$node/srv/plugin/"
    done
    # That of a kubelet belongs to root, too, and is closed to others.
    (umask 077 && kubeconfig here >"$WORK/node1/srv/kubernetes/kubeconfig")
    for set in kubeconfig kubeconfig-host; do
        kubectl create namespace "$set" --dry-run=client -o yaml | kubectl apply -f - >/dev/null 2>&1
        [ "$set" != kubeconfig ] || secret kubeconfig here
        small "$ROOT/tests/sets/$set" >"$WORK/$set.yaml"
        kubectl apply -f "$WORK/$set.yaml" >/dev/null 2>&1
    done
    kubectl label node node1 node2 kube-system/es-master-node=true >/dev/null
    kubectl create namespace cases >/dev/null
    secret cases here
    eventually 60 "a service account" kubectl -n cases get serviceaccount default
    kubectl -n cases apply -f "$ROOT/tests/sets/cases/pods.yaml" >/dev/null

    told read-only-data 78 'error[host/data-not-writable]: `path.data` is `/usr/share/elasticsearch/data`, which is on a read-only file system'
    told full-run 74 'writing `/run/es-entrypoint/config/elasticsearch.yml` failed: no space left on device'
    told variable-gone 78 'error[template/unset]: variable `RACK` is not set'
    told template-gone 78 'error[template/unreadable]: `/config-templates` holds no template'
    told kubeconfig-gone 78 'error[kubeconfig/missing]: `/etc/kube/config` is not there'
    eventually 60 "the kubelet says that a key of a ConfigMap is gone" event cases "^key-gone .*couldn't find key CLUSTER_NAME in ConfigMap cases/empty"
    eventually 60 "the kubelet says that a Secret is gone" event cases '^secret-gone .*secret "nobody-made-it" not found'
    eventually 60 "the scheduler says that no node has the label" event cases "^label-gone .*3 node.* didn't match Pod's node affinity/selector"
    eventually 60 "the kubelet says that the node has no kubeconfig" event kubeconfig-host 'hostPath type check failed.* /srv/kubernetes/kubeconfig is not a file'

    eventually 120 "a pod is killed for memory" ended out-of-memory 137
    [ "$(status out-of-memory state.terminated.reason)" = OOMKilled ] || fail "the reason is $(status out-of-memory state.terminated.reason)"
    said cases pod/out-of-memory 'was killed by signal 9 (KILL)' || fail "its log does not say so"
    said cases pod/out-of-memory 'of this container for memory: raise its memory limit, or lower the heap' || fail "its log does not say why"
    pass "its status says OOMKilled, and its log that the kernel killed it for memory"

    eventually 300 "a user that nobody knows, on a read-only root, runs a server" is_ready cases any-user
    eventually 60 "the JVM reads the kubeconfig of a Secret" reader cases pod/any-user "read, current-context: here"
    eventually 300 "without the policy it may not" reader cases pod/policy-off denied
    eventually 300 "the set kubeconfig reads it" reader kubeconfig statefulset/elasticsearch-master "read, current-context: here"
    eventually 300 "the set kubeconfig-host reads its copy" reads_copy
    kubectl delete namespace kubeconfig kubeconfig-host --wait=false >/dev/null
    kubectl -n cases delete pod policy-off --wait=false >/dev/null
    kubectl label nodes --all kube-system/es-master-node- >/dev/null
    case_rotation
    case_full
    kubectl delete namespace cases --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone cases
    eventually 180 "everything goes within the grace period" gone kubeconfig-host
}

reads_copy() { reader kubeconfig-host "pod/$(on_node node1)" "read, current-context: here"; }
on_node() { kubectl -n kubeconfig-host get pods --field-selector "spec.nodeName=$1" -o jsonpath='{.items[0].metadata.name}'; }

# Files change below a server that runs: it stays as it is, and the questions that are asked in its container see the new ones.
case_rotation() {
    check_in any-user 0 || fail "check finds something before"
    secret cases nowhere
    eventually 180 "the JVM reads the kubeconfig that took its place" reader cases pod/any-user "read, current-context: nowhere"
    check_in any-user 0 'warning\[kubeconfig/no-current-context\]' || fail "check does not judge the new kubeconfig"
    pass "check in the container judges the new one"
    secret cases here
    kubectl -n cases patch configmap templates --type merge \
        -p '{"data": {"elasticsearch.yml": "cluster.name: ${CLUSTER_NAME}\nnode.rack: ${RACK}\n"}}' >/dev/null
    eventually 180 "check in the container judges the new template" check_in any-user 78 'error\[template/unset\]: variable `RACK` is not set'
    explains any-user || fail "explain does not judge the new template"
    pass "and so does explain"
    [ "$(status any-user restartCount)" = 0 ] || fail "the server was started again"
    grep -q '"status":"green"' <<<"$(kubectl get --raw /api/v1/namespaces/cases/pods/any-user:9200/proxy/_cluster/health)" \
        || fail "the server does not answer any more"
    pass "the server runs on with what it was started with"
}

# check_in POD CODE [TEXT]: what `check` says in the container.
check_in() {
    local code=0
    kubectl -n cases exec "$1" -- es-entrypoint check >"$WORK/check" 2>&1 || code=$?
    [ "$code" = "$2" ] || return 1
    grep -q -- "${3:-}" "$WORK/check"
}
explains() { grep -q 'variable `RACK` is not set' <<<"$(kubectl -n cases exec "$1" -- es-entrypoint explain 2>&1)"; }

# A volume becomes full: nothing that was written is lost, and the next start says why nothing can be written.
case_full() {
    eventually 300 "a server with a small volume" is_ready cases full-data
    to_full /kept/doc/1 '{"text": "kept"}' || fail "nothing can be written"
    kubectl -n cases exec full-data -- sh -c 'cat /dev/zero >/usr/share/elasticsearch/data/file' >/dev/null 2>&1 || true
    kubectl -n cases exec full-data -- sh -c 'kill 1' >/dev/null
    eventually 180 "its next start says that the volume is full" said cases pod/full-data \
        'warning[host/no-space]: `path.data` is `/usr/share/elasticsearch/data`: 0 bytes of 24 MiB are free there'
    kubectl -n cases exec full-data -- rm /usr/share/elasticsearch/data/file
    eventually 300 "and nothing was lost" kept_in_full
}
to_full() { kubectl replace --raw "/api/v1/namespaces/cases/pods/full-data:9200/proxy$1" -f - <<<"$2" >/dev/null; }
kept_in_full() { kubectl get --raw /api/v1/namespaces/cases/pods/full-data:9200/proxy/kept/doc/1 | grep -q '"text": "kept"'; }

# --- Discovery by the plugin

# The order in which the API server lists the ports of a Service is its own, made of their names: the plugin takes the first.
case_ports() {
    local pair number
    kubectl create namespace ports >/dev/null
    eventually 60 "a service account" kubectl -n ports get serviceaccount default
    kubectl -n ports run both --image es-entrypoint/elasticsearch:2.3.4 --restart Never --labels name=both --command -- sleep 600 >/dev/null
    number=0
    for pair in transport,http transport,rest nodes,clients discovery,web inner,outer; do
        number=$((number + 1))
        both "listed-$number" "{name: ${pair%,*}, port: 9300}, {name: ${pair#*,}, port: 9200}"
        both "reversed-$number" "{name: ${pair#*,}, port: 9200}, {name: ${pair%,*}, port: 9300}"
    done | kubectl -n ports apply -f - >/dev/null
    number=0
    for pair in transport,http transport,rest nodes,clients discovery,web inner,outer; do
        number=$((number + 1))
        within 60 endpoints "listed-$number" || fail "no endpoints"
        within 60 endpoints "reversed-$number" || fail "no endpoints"
        [ "$(endpoints "listed-$number")" = "$(endpoints "reversed-$number")" ] || fail "the order of the manifest counts now"
        say "    $pair: $(endpoints "listed-$number")"
        [ "$(endpoints "listed-$number")" != '9200 9300' ] || [ -n "$HTTP_FIRST" ] || HTTP_FIRST=$pair
    done
    [ -n "$HTTP_FIRST" ] || fail "9200 is never the first"
    pass "however a Service lists both ports, the API server's order is its own; with the names $HTTP_FIRST the plugin would ask 9200"
    kubectl delete namespace ports --wait=false >/dev/null
}
HTTP_FIRST=
both() {
    echo "{apiVersion: v1, kind: Service, metadata: {name: $1}, spec: {selector: {name: both}, publishNotReadyAddresses: true, ports: [$2]}}"
    echo ---
}
endpoints() { kubectl -n ports get endpoints "$1" -o jsonpath='{.subsets[0].ports[*].port}{"\n"}' 2>/dev/null | grep .; }

# The sets that need the plugin, with the one that ES_ENTRYPOINT_TEST_PLUGIN names.
case_plugin() {
    local node
    for node in $NODES; do
        mkdir -p "$WORK/$node/srv/plugin"
        rm -rf "$WORK/$node"/srv/plugin/*
        cp -R "$PLUGIN"/. "$WORK/$node/srv/plugin/"
    done
    small "$ROOT/tests/sets/both-ports" >"$WORK/both-ports.yaml"
    "$BINARY" check -f "$WORK/both-ports.yaml" >"$WORK/check" 2>&1 && fail "check -f says nothing of both ports"
    grep -q 'error\[discovery/http-port\]' "$WORK/check" || fail "check -f says nothing of both ports"
    kubectl apply -f "$WORK/both-ports.yaml" >/dev/null
    # With the names that put the HTTP port first.
    kubectl -n "$NAMESPACE" patch service elasticsearch-discovery --type json -p '[
        {"op": "replace", "path": "/spec/ports/0/name", "value": "'"${HTTP_FIRST%,*}"'"},
        {"op": "replace", "path": "/spec/ports/1/name", "value": "'"${HTTP_FIRST#*,}"'"}]' >/dev/null
    eventually 300 "the plugin asks the HTTP port, as check -f said" said "$NAMESPACE" statefulset/elasticsearch-master :9200
    eventually 300 "and nobody has a master" no_master
    kubectl delete -f "$WORK/both-ports.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone "$NAMESPACE"

    small "$ROOT/tests/sets/by-plugin" >"$WORK/by-plugin.yaml"
    kubectl apply -f "$WORK/by-plugin.yaml" >/dev/null
    eventually 420 "the set with the plugin is green" health green 7
    kubectl delete -f "$WORK/by-plugin.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone "$NAMESPACE"

    # The kubeconfig's user is one that the API server knows; its log says who asked.
    small "$ROOT/tests/sets/kubeconfig" >"$WORK/kubeconfig.yaml"
    kubectl create namespace kubeconfig --dry-run=client -o yaml | kubectl apply -f - >/dev/null 2>&1
    secret kubeconfig here
    kubectl apply -f "$WORK/kubeconfig.yaml" >/dev/null 2>&1
    kubectl -n kubeconfig create rolebinding reader --role elasticsearch-discovery --user elasticsearch >/dev/null
    eventually 300 "the plugin asks with the kubeconfig" asked
    kubectl delete -f "$WORK/kubeconfig.yaml" --wait=false >/dev/null
    eventually 180 "everything goes within the grace period" gone kubeconfig
}

no_master() { kubectl -n "$NAMESPACE" exec deployment/elasticsearch-client -- es-healthcheck | grep -q 503; }
asked() { grep '"username":"elasticsearch"' "$WORK/audit.json" | grep '"name":"elasticsearch-discovery"' | grep -q '"code":200'; }

# --- All of them

inside_cluster() {
    case_environment
    volumes
    case_statefulsets
    case_daemonsets
    case_pods
    case_ports
    if [ -n "${PLUGIN:-}" ]; then case_plugin; fi
    say "figures:"
    sed 's/^/    /' "$WORK/figures" >&2
}
