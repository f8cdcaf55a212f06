#!/usr/bin/env bash
# The programs of a Kubernetes cluster, for `make test-kubernetes`: Debian's packages, and what no registry has, built from its
# Go modules. Kept in ~/.cache/es-entrypoint (or $KUBERNETES_CACHE), outside of the checkout; a build that was interrupted goes on.
# To be sourced.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The newest that the Go proxy serves, for the cluster; of the oldest that is supported, the API server alone.
KUBERNETES=1.37.2
KUBERNETES_OLDEST=1.30.14
COREDNS=1.14.7
KUBERNETES_CACHE=${KUBERNETES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/es-entrypoint}

# That of the Python index, which `scripts/provision.sh ci` brings.
kubectl() { "$CACHE/ci/bin/kubectl" "$@"; }

# within SECONDS COMMAND...: until the command succeeds, if it does in that time.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.3
    done
}

# cluster_containers FOLDER: the numbers of all containers of a cluster that works there. Each has a cgroup of that name, which is
# empty in the end and stays.
cluster_containers() { find "$1"/node*/containerd/io.containerd.grpc.v1.cri/{containers,sandboxes} -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null || true; }

# cgroups NUMBER...: those that are there, the innermost first.
cgroups() {
    local number
    for number in "$@"; do find /sys/fs/cgroup -depth -path "*/k8s.io/$number*" -type d 2>/dev/null || true; done
}

kubernetes_packages() {
    local missing=()
    have etcd || missing+=(etcd-server)
    have containerd || missing+=(containerd)
    have runc || missing+=(runc)
    [ -x /usr/lib/cni/bridge ] || missing+=(containernetworking-plugins)
    have conntrack || missing+=(conntrack)
    have iptables || missing+=(iptables)
    have catatonit || missing+=(catatonit)
    have ip || missing+=(iproute2)
    have go || missing+=(golang-go)
    [ ${#missing[@]} = 0 ] || packages "${missing[@]}"
}

# kubernetes_program VERSION PROGRAM: builds k8s.io/kubernetes/cmd/PROGRAM. The modules below staging/ are modules of their own.
kubernetes_program() {
    local version=$1 program=$2 folder=$KUBERNETES_CACHE/kubernetes-$1
    [ ! -x "$folder/$program" ] || return 0
    mkdir -p "$folder/module"
    step "kubernetes-$version-$program" "build $program $version" build_kubernetes_program "$version" "$program" "$folder" \
        || die "$program $version cannot be built" "is there a network?"
}

build_kubernetes_program() {
    local version=$1 program=$2 folder=$3 source
    export GOFLAGS=-mod=mod GONOSUMDB='k8s.io/*' GOTOOLCHAIN=local CGO_ENABLED=0
    cd "$folder/module"
    if [ ! -f go.mod ]; then
        source=$(cd / && go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
        {
            echo 'module es-entrypoint/kubernetes'
            grep -E '^go |^godebug ' "$source/go.mod"
            sed -n '/^godebug (/,/^)/p' "$source/go.mod"
            echo "require k8s.io/kubernetes v$version"
            sed -n 's#^\t\{0,1\}\(replace \)\{0,1\}\(k8s.io/[^ ]*\) => ./staging/src/.*#replace \2 => \2 v0.'"${version#1.}"'#p' "$source/go.mod"
        } >go.mod.new
        mv go.mod.new go.mod
    fi
    go build -trimpath \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/client-go/pkg/version.gitVersion=v$version" \
        -o "$folder/$program.new" "k8s.io/kubernetes/cmd/$program"
    mv "$folder/$program.new" "$folder/$program"
}

# The DNS server of the cluster: CoreDNS with the five plugins that are needed.
coredns_program() {
    local folder=$KUBERNETES_CACHE/coredns-$COREDNS
    [ ! -x "$folder/coredns" ] || return 0
    mkdir -p "$folder/module"
    step coredns "build CoreDNS $COREDNS" build_coredns "$folder" || die "CoreDNS cannot be built" "is there a network?"
}

build_coredns() {
    local folder=$1
    export GOFLAGS=-mod=mod GOTOOLCHAIN=local CGO_ENABLED=0
    cd "$folder/module"
    cat >main.go <<'END'
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
)

func init() {
	dnsserver.Directives = []string{"bind", "errors", "log", "cache", "kubernetes"}
}

func main() {
	coremain.Run()
}
END
    if [ ! -f go.mod ]; then
        go mod init es-entrypoint/coredns
        go get "github.com/coredns/coredns@v$COREDNS"
    fi
    go mod tidy
    go build -trimpath -ldflags '-s -w' -o "$folder/coredns.new" .
    mv "$folder/coredns.new" "$folder/coredns"
}

# All that a cluster needs.
kubernetes_programs() {
    local program
    kubernetes_packages
    for program in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
        kubernetes_program "$KUBERNETES" "$program"
    done
    coredns_program
    kubernetes_program "$KUBERNETES_OLDEST" kube-apiserver
}
