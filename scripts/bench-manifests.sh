#!/usr/bin/env bash
# `check -f` over 1,000 files of manifests, side by side with kubeconform; fails where a bound is missed.
# usage: scripts/bench-manifests.sh
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"
exec 2>&1

provision targets kubeconform
have /usr/bin/time || packages time
image_binary

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit
MISSED=0

# manifests DIRECTORY COUNT: files of about 15 kB and seven objects, as public sets have them: two Services, the settings, the
# nodes of a cluster with a budget, and the log shipper beside them with its settings. Every tenth has a fault.
manifests() {
    mkdir "$1"
    awk -v folder="$1" -v count="$2" '
    function service(name, headless, port, label) {
        return sprintf("---\napiVersion: v1\nkind: Service\nmetadata:\n  name: %s\n  namespace: logs-%d\n  labels:\n    app: elasticsearch\n    component: %s\nspec:\n%s  selector:\n    app: elasticsearch\n%s  ports:\n    - name: %s\n      port: %d\n      protocol: TCP\n", name, file, name, headless ? "  clusterIP: None\n  publishNotReadyAddresses: true\n" : "", label, port == 9300 ? "transport" : "http", port)
    }
    function workload(role, replicas,   text) {
        text = sprintf("---\n# The %s nodes of cluster %d\napiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: es-%s\n  namespace: logs-%d\n  labels:\n    app: elasticsearch\n    role: %s\nspec:\n  replicas: %d\n  serviceName: es-discovery\n  podManagementPolicy: Parallel\n  selector:\n    matchLabels:\n      app: elasticsearch\n      role: %s\n  template:\n    metadata:\n      labels:\n        app: elasticsearch\n        role: %s\n      annotations:\n        es-entrypoint/version: 6.8.23\n    spec:\n      terminationGracePeriodSeconds: 120\n      enableServiceLinks: false\n      securityContext:\n        fsGroup: 1000\n        runAsUser: 1000\n      topologySpreadConstraints:\n        - maxSkew: 1\n          topologyKey: kubernetes.io/hostname\n          whenUnsatisfiable: DoNotSchedule\n          labelSelector:\n            matchLabels:\n              app: elasticsearch\n              role: %s\n", role, file, role, file, role, replicas, role, role, role)
        text = text "      initContainers:\n        - name: sysctl\n          image: registry.example.org/busybox:1.36\n          command: [sysctl, -w, vm.max_map_count=262144]\n          securityContext:\n            privileged: true\n            runAsUser: 0\n"
        text = text sprintf("      containers:\n        - name: elasticsearch\n          image: registry.example.org/elasticsearch:6.8.23\n          command: [\"es-entrypoint\"]\n          ports:\n            - containerPort: 9200\n              name: http\n            - containerPort: 9300\n              name: transport\n          env:\n            - name: CLUSTER_NAME\n              value: logs-%d\n            - name: NODE_MASTER\n              value: \"%s\"\n            - name: NODE_DATA\n              value: \"%s\"\n            - name: MIN_MASTERS\n              value: \"%d\"\n            - name: POD_NAME\n              valueFrom:\n                fieldRef:\n                  fieldPath: metadata.name\n            - name: HEAP\n              value: 512m\n            - name: ES_JAVA_OPTS\n              value: -Xms$(HEAP) -Xmx$(HEAP)\n", file, role == "master" ? "true" : "false", role == "client" ? "false" : "true", role == "master" && file % 10 == 9 ? 1 : 2)
        text = text sprintf("          resources:\n            requests:\n              cpu: 500m\n              memory: 1Gi\n            limits:\n              memory: 1Gi\n          readinessProbe:\n            tcpSocket:\n              port: transport\n            initialDelaySeconds: 10\n          volumeMounts:\n            - name: templates\n              mountPath: /config-templates\n            - name: data\n              mountPath: /usr/share/elasticsearch/data\n      volumes:\n        - name: templates\n          configMap:\n            name: es-templates\n  volumeClaimTemplates:\n    - metadata:\n        name: data\n      spec:\n        accessModes:\n          - ReadWriteOnce\n        resources:\n          requests:\n            storage: 10Gi\n")
        return text
    }
    function shipper(   text, index_) {
        text = sprintf("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shipper\n  namespace: logs-%d\ndata:\n  shipper.conf: |\n", file)
        for (index_ = 0; index_ < 56; index_++)
            text = text sprintf("    <source>\n      @type tail\n      path /var/log/containers/app-%d-*.log\n      pos_file /var/log/app-%d.pos\n      tag kubernetes.app-%d\n      read_from_head true\n    </source>\n", index_, index_, index_)
        return text sprintf("---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: shipper\n  namespace: logs-%d\nspec:\n  selector:\n    matchLabels:\n      app: shipper\n  template:\n    metadata:\n      labels:\n        app: shipper\n    spec:\n      tolerations:\n        - operator: Exists\n      containers:\n        - name: shipper\n          image: registry.example.org/shipper:1.16\n          volumeMounts:\n            - name: logs\n              mountPath: /var/log\n            - name: conf\n              mountPath: /etc/shipper\n      volumes:\n        - name: logs\n          hostPath:\n            path: /var/log\n        - name: conf\n          configMap:\n            name: shipper\n", file)
    }
    BEGIN {
        for (file = 0; file < count; file++) {
            name = sprintf("%s/cluster-%05d.yaml", folder, file)
            text = service("es", 0, 9200, "    role: master\n") service("es-discovery", 1, 9300, "")
            text = text sprintf("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: es-templates\n  namespace: logs-%d\ndata:\n  elasticsearch.yml: |\n    # Cluster %d\n    cluster.name: ${CLUSTER_NAME}\n    node:\n      name: ${POD_NAME}\n      master: ${NODE_MASTER}\n      data: ${NODE_DATA}\n    network.host: ${NETWORK_HOST:-_site_}\n    discovery.zen:\n      ping.unicast.hosts: [es-discovery]\n      minimum_master_nodes: ${MIN_MASTERS}\n    bootstrap.memory_lock: false\n    gateway.recover_after_nodes: 2\n  jvm.options: |\n    -XX:+UseConcMarkSweepGC\n    -XX:CMSInitiatingOccupancyFraction=75\n    -XX:+UseCMSInitiatingOccupancyOnly\n  log4j2.properties: |\n    status = error\n    appender.console.type = Console\n    appender.console.name = console\n    appender.console.layout.type = PatternLayout\n    appender.console.layout.pattern = [%%d{ISO8601}][%%-5p][%%-25c{1.}] %%marker%%m%%n\n    rootLogger.level = info\n    rootLogger.appenderRef.console.ref = console\n", file, file)
            text = text workload("master", 3)
            text = text sprintf("---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: es-master\n  namespace: logs-%d\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      role: master\n", file)
            printf "%s%s", text, shipper() >name
            close(name)
        }
    }'
}

manifests small 1000
manifests large 2000
bytes=$(cat small/* | wc -c)
say ""
say "1,000 files of manifests, $bytes bytes: time and largest resident set, start of the process included"

theirs=("$KUBECONFORM/kubeconform" -schema-location "$KUBECONFORM/schemas/{{ .ResourceKind }}{{ .KindSuffix }}.json" -summary small)
"${theirs[@]}" >theirs.txt || die "kubeconform refuses the manifests: $(tail -n 3 theirs.txt)"
ours=("$BINARY" check --log-level off -f small)
status=0
"${ours[@]}" >ours.txt || status=$?
[ "$status" = 78 ] || die "the faults were not found: $status"
[ "$(grep -c '^error\[quorum/split-brain\]' ours.txt)" = 100 ] || die "not every fault was found: $(sort ours.txt | uniq -c | sort -n | tail -n 3)"

# measure NAME COMMAND...: one run, its milliseconds and kB to NAME.times and NAME.peaks.
measure() {
    local name=$1 begun
    shift
    begun=${EPOCHREALTIME/./}
    /usr/bin/time -q -o peak -f %M "$@" >/dev/null 2>&1 </dev/null || true
    echo $((${EPOCHREALTIME/./} - begun)) >>"$name.times"
    cat peak >>"$name.peaks"
}
for ((round = 0; round < 7; round++)); do
    measure theirs "${theirs[@]}"
    measure ours "${ours[@]}"
    measure large "$BINARY" check --log-level off -f large
done

# row NAME VALUE REFERENCE UNIT BOUND: BOUND is the largest ratio allowed, or -.
row() {
    awk -v name="$1" -v value="$2" -v reference="$3" -v unit="$4" -v bound="$5" 'BEGIN {
        ratio = value / reference
        verdict = bound == "-" ? "" : sprintf("at most %s: %s", bound, ratio <= bound ? "held" : "MISSED")
        printf "  %-50s %12.1f %s %8.3f x  %s\n", name, value, unit, ratio, verdict
        exit verdict ~ /MISSED/
    }' || MISSED=$((MISSED + 1))
}
milliseconds() { median <"$1.times" | awk '{ print $1 / 1000 }'; }
reference=$(milliseconds theirs) own=$(milliseconds ours) double=$(milliseconds large)
row "kubeconform $KUBECONFORM_VERSION (schemas from a folder)" "$reference" "$reference" ms -
row "es-entrypoint check -f" "$own" "$reference" ms 0.25
row "es-entrypoint check -f, 2,000 files" "$double" "$own" ms 2.3
reference=$(median <theirs.peaks) own=$(median <ours.peaks)
row "kubeconform: memory" "$reference" "$reference" kB -
row "es-entrypoint: memory" "$own" "$reference" kB 1

[ "$MISSED" = 0 ] || die "$MISSED bounds were missed"
