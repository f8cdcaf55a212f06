#!/usr/bin/env bash
# A Kubernetes cluster of one control plane and several nodes on this machine, around one command.
# usage: scripts/kubernetes-cluster.sh NODES ARCHIVE... -- COMMAND...
# ARCHIVE is an image as `docker save` writes it, for all nodes. Without nodes there are only an API server and etcd.
#
# Everything lives in namespaces of its own for mounts, network and processes: what the command leaves behind ends with it, and
# nothing of this machine's network is touched. The command finds KUBECONFIG, and NODES with the names of the nodes.
# First of all: bash forgets an interrupt that comes while it waits for a program which ends by itself.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
. "$(dirname "${BASH_SOURCE[0]}")/kubernetes-programs.sh"

# The control plane's address, which all nodes share but for the last number, and where Services and pods are.
ADDRESS=10.10.0.1
SERVICES=10.96.0
PODS=10.244
PROGRAMS=$KUBERNETES_CACHE/kubernetes-${KUBERNETES_VERSION:-$KUBERNETES}

# cluster NODES ARCHIVE... -- COMMAND...: within the namespaces.
cluster() {
    local nodes=$1 archives=() number status=0
    shift
    while [ "$1" != -- ]; do
        archives+=("$1")
        shift
    done
    shift
    export KUBECONFIG=$WORK/admin.kubeconfig NODES=
    echo "nameserver $ADDRESS" >"$WORK/resolv.conf"
    cluster_network
    cluster_credentials
    control_plane "$nodes"
    for ((number = 1; number <= nodes; number++)); do
        NODES+="node$number "
        ip address add "10.10.0.1$number/32" dev control
        node "$number" "${archives[@]}" &
    done
    [ "$nodes" = 0 ] || cluster_ready "$nodes"
    "$@" || status=$?
    [ "$status" = 0 ] || cluster_logs
    exit "$status"
}

cluster_network() {
    mount --make-rprivate /
    mount -t tmpfs tmpfs /run
    mkdir -p /run/lock
    ip link set lo up
    # There is no other kind of device in every kernel that carries addresses alone.
    ip link add control type bridge
    ip address add "$ADDRESS/24" dev control
    ip link set control up
    # Addresses of Services need a way out before they are translated.
    ip route add default via "$ADDRESS" dev control 2>/dev/null || ip route add default dev control
    echo 1 >/proc/sys/net/ipv4/ip_forward
    if [ -f /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
        echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
    fi
}

# A certificate for the API server, a key for service accounts, a token for everybody who asks.
cluster_credentials() {
    local name number
    mkdir -p "$WORK/pki"
    (
        cd "$WORK/pki"
        exec >/dev/null 2>&1
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout ca.key -out ca.crt
        openssl req -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -keyout server.key -out server.csr
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt -extfile <(
            echo "subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:$ADDRESS,IP:$SERVICES.1"
        )
        openssl genrsa -out accounts.key 2048
    )
    {
        echo 'admin,admin,admin,"system:masters"'
        echo 'controllers,system:kube-controller-manager,controllers'
        echo 'scheduler,system:kube-scheduler,scheduler'
        echo 'proxy,system:kube-proxy,proxy'
        echo 'dns,dns,dns,"system:masters"'
        for number in 1 2 3 4 5 6 7 8 9; do echo "node$number,system:node:node$number,node$number,\"system:nodes\""; done
    } >"$WORK/tokens.csv"
    for name in admin controllers scheduler proxy dns node{1..9}; do
        cat >"$WORK/$name.kubeconfig" <<END
apiVersion: v1
kind: Config
current-context: test
clusters: [{name: test, cluster: {server: "https://$ADDRESS:6443", certificate-authority: $WORK/pki/ca.crt}}]
users: [{name: test, user: {token: $name}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
END
    done
}

# start NAME COMMAND...: in the background, with a log.
start() {
    local name=$1
    shift
    "$@" >"$WORK/$name.log" 2>&1 </dev/null &
}

# await SECONDS WHAT COMMAND...: until the command succeeds, or the end.
await() {
    local seconds=$1 what=$2
    shift 2
    within "$seconds" "$@" || {
        cluster_logs
        die "$what: not in time"
    }
}

cluster_logs() {
    local log
    for log in "$WORK"/*.log; do
        say "--- the end of $(basename "$log")"
        tail -n 15 "$log" | cut -c1-300 >&2
    done
}

control_plane() {
    start etcd etcd --data-dir "$WORK/etcd" --unsafe-no-fsync --log-level error \
        --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380
    start kube-apiserver "$PROGRAMS/kube-apiserver" --etcd-servers http://127.0.0.1:2379 \
        --bind-address "$ADDRESS" --advertise-address "$ADDRESS" --secure-port 6443 --allow-privileged \
        --tls-cert-file "$WORK/pki/server.crt" --tls-private-key-file "$WORK/pki/server.key" \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$WORK/pki/accounts.key" \
        --service-account-signing-key-file "$WORK/pki/accounts.key" --token-auth-file "$WORK/tokens.csv" \
        --authorization-mode Node,RBAC --service-cluster-ip-range "$SERVICES.0/24" \
        --kubelet-preferred-address-types InternalIP --audit-policy-file <(
            printf 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, resources: [{group: "", resources: [endpoints]}]}, {level: None}]\n'
        ) --audit-log-path "$WORK/audit.json"
    await 120 "the API server" kubectl get --raw /readyz
    [ "$1" != 0 ] || return 0
    start kube-controller-manager "$PROGRAMS/kube-controller-manager" --kubeconfig "$WORK/controllers.kubeconfig" \
        --authentication-kubeconfig "$WORK/controllers.kubeconfig" --authorization-kubeconfig "$WORK/controllers.kubeconfig" \
        --service-account-private-key-file "$WORK/pki/accounts.key" --root-ca-file "$WORK/pki/ca.crt" \
        --use-service-account-credentials --leader-elect=false --node-monitor-grace-period 60s
    start kube-scheduler "$PROGRAMS/kube-scheduler" --kubeconfig "$WORK/scheduler.kubeconfig" \
        --authentication-kubeconfig "$WORK/scheduler.kubeconfig" --authorization-kubeconfig "$WORK/scheduler.kubeconfig" \
        --leader-elect=false
    cat >"$WORK/proxy.yaml" <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clusterCIDR: $PODS.0.0/16
hostnameOverride: node1
clientConnection: {kubeconfig: $WORK/proxy.kubeconfig}
conntrack: {maxPerCore: 0, min: 0, tcpCloseWaitTimeout: 0s, tcpEstablishedTimeout: 0s}
iptables: {masqueradeAll: true}
END
    start kube-proxy "$PROGRAMS/kube-proxy" --config "$WORK/proxy.yaml"
    cat >"$WORK/Corefile" <<END
.:53 {
    bind $ADDRESS
    errors
    cache 5
    kubernetes cluster.local {
        kubeconfig $WORK/dns.kubeconfig
        ttl 2
    }
}
END
    start coredns "$KUBERNETES_CACHE/coredns-$COREDNS/coredns" -conf "$WORK/Corefile"
}

# node NUMBER ARCHIVE...: a containerd and a kubelet with mounts of their own, as if this were another machine.
node() {
    local number=$1 name=node$1
    shift
    mkdir -p "$WORK/$name"
    export WORK PROGRAMS ADDRESS PODS
    exec unshare --mount --propagation private bash -c '
        set -euo pipefail
        number=$1 name=node$1
        shift
        home=$WORK/$name
        mkdir -p "$home"/{containerd,kubelet,srv,cni}
        mount -t tmpfs tmpfs /run
        mkdir -p /run/containerd /run/kubelet /srv
        # The paths of sockets are short.
        mount --bind "$home/kubelet" /run/kubelet
        mount --bind "$home/srv" /srv
        mount -t tmpfs tmpfs /var/log
        mkdir -p /var/log/pods /var/log/containers
        for volume in 0 1 2 3; do mkdir -p "/srv/volumes/$volume"; done
        cat >"$home/containerd.toml" <<END
version = 2
root = "$home/containerd"
state = "/run/containerd"
[grpc]
address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "es-entrypoint-test/pause:1"
# Not everybody may lower it, and nothing here is to outlive the machine.
restrict_oom_score_adj = true
stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$home/cni"
END
        cat >"$home/cni/net.conflist" <<END
{"cniVersion": "0.4.0", "name": "$name", "plugins": [
  {"type": "bridge", "bridge": "pods$number", "isGateway": true, "hairpinMode": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$home/addresses", "ranges": [[{"subnet": "$PODS.$number.0/24"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
        cat >"$home/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 10.10.0.1$number
healthzBindAddress: 127.0.0.1
healthzPort: 1024$number
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
clusterDNS: [$ADDRESS]
clusterDomain: cluster.local
resolvConf: $WORK/resolv.conf
evictionHard: {memory.available: 1Mi, nodefs.available: 0%, imagefs.available: 0%, nodefs.inodesFree: 0%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
maxPods: 30
syncFrequency: 10s
END
        containerd --config "$home/containerd.toml" >"$WORK/$name-containerd.log" 2>&1 </dev/null &
        export CONTAINERD_ADDRESS=/run/containerd/containerd.sock
        for wait in $(seq 300); do ctr version >/dev/null 2>&1 && break; sleep 0.2; done
        for archive in "$@"; do ctr -n k8s.io images import "$archive" >>"$WORK/$name-containerd.log" 2>&1; done
        exec "$PROGRAMS/kubelet" --config "$home/kubelet.yaml" --kubeconfig "$WORK/$name.kubeconfig" \
            --hostname-override "$name" --node-ip "10.10.0.1$number" --root-dir /run/kubelet --cert-dir "$home/pki"
    ' node "$number" "$@" >"$WORK/$name-kubelet.log" 2>&1 </dev/null
}

cluster_ready() {
    local number
    kubectl create clusterrolebinding proxy --clusterrole system:node-proxier --user system:kube-proxy >/dev/null 2>&1 || true
    for ((number = 1; number <= $1; number++)); do
        await 180 "node$number" kubectl wait --for=condition=Ready "node/node$number" --timeout=1s
    done
}

# However it ends: the kernel ends everything in the namespaces with their first process.
cluster_end() {
    local status=$? tries=0 containers left
    trap - EXIT
    trap '' INT TERM HUP
    if [ -n "$NAMESPACES" ]; then
        kill -KILL "$NAMESPACES" 2>/dev/null || true
        wait "$NAMESPACES" 2>/dev/null || true
    fi
    mapfile -t containers < <(cluster_containers "$WORK")
    # The last of them may still be on its way.
    while [ "$tries" -lt 100 ]; do
        cgroups "${containers[@]}" | xargs -r rmdir 2>/dev/null || true
        rm -rf "$WORK" 2>/dev/null || true
        left=$(cgroups "${containers[@]}")
        if [ ! -e "$WORK" ] && [ -z "$left" ]; then break; fi
        tries=$((tries + 1))
        sleep 0.1
    done
    # Unless another cluster has something in there.
    rmdir /sys/fs/cgroup/{,*/}k8s.io 2>/dev/null || true
    exit "$status"
}

if [ "${1:-}" = --inside ]; then
    shift
    cluster "$@"
elif [ "${BASH_SOURCE[0]}" = "$0" ]; then
    need_root "a cluster"
    NAMESPACES=
    WORK=${TMPDIR:-/tmp}/es-entrypoint-kubernetes.$$
    export WORK
    trap cluster_end EXIT
    mkdir "$WORK"
    # In the background, so that a signal is heard at once; where this script is killed, they end all the same.
    setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
        "$0" --inside "$@" &
    NAMESPACES=$!
    status=0
    wait "$NAMESPACES" || status=$?
    NAMESPACES=
    exit "$status"
fi
