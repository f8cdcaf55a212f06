//! Every finding code there is, with what it stands for: the list behind `--allow`, `--warn` and `--deny`,
//! `help findings`, `help CODE` and docs/findings.md.

/// One code and its meaning in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    /// `error`, `warning` or `error or warning`, before `--allow`, `--warn`, `--deny` and `--strict`.
    pub severity: &'static str,
    pub meaning: &'static str,
}

/// The rows. Where a page is missing it does not compile, and the compiler names the file.
macro_rules! codes {
    ($(code($name:literal, $severity:ident, $meaning:literal $(,)?)),* $(,)?) => {
        &[$({
            const _: &str = include_str!(concat!("../pages/", $name, ".md"));
            Code { name: $name, severity: $severity, meaning: $meaning }
        }),*]
    };
}

const ERROR: &str = "error";
const WARNING: &str = "warning";
const EITHER: &str = "error or warning";

/// All codes, by area.
pub const CODES: &[Code] = codes![
    code("template/unset", ERROR, "a placeholder's variable is not set and has no default"),
    code("template/syntax", ERROR, "a placeholder that cannot be read"),
    code(
        "template/unsafe-value",
        ERROR,
        "a value that the format cannot hold, or that the server would expand again",
    ),
    code("template/not-yaml", ERROR, "the template is not one YAML document"),
    code("template/unrendered", ERROR, "the source of another template engine: Helm, Jinja or ERB"),
    code("template/structure", ERROR, "the rendered file would not have the template's structure"),
    code(
        "template/unreadable",
        ERROR,
        "a template is missing, not a regular file, not readable or above 32 MiB",
    ),
    code("keystore/wrong-password", ERROR, "the keystore has another password, or one that is not given"),
    code("keystore/corrupt", ERROR, "a keystore that the server cannot read"),
    code("keystore/unknown-format", ERROR, "a keystore of a format that cannot be written here"),
    code("keystore/unknown-setting", ERROR, "a variable for the keystore whose name is no secure setting"),
    code("settings/removed", EITHER, "a setting that this version no longer has"),
    code("settings/deprecated", WARNING, "a setting that is deprecated in this version"),
    code("settings/not-yet", EITHER, "a setting that only later generations have"),
    code("settings/unknown", EITHER, "a setting that no known version has"),
    code("settings/boolean", ERROR, "a boolean that this version refuses, or reads as its opposite"),
    code("settings/invalid-host", ERROR, "a text that is no address where this node is bound or published"),
    code("settings/invalid-value", ERROR, "a value, or two settings together, that this version refuses"),
    code("settings/secure", ERROR, "a setting of the keystore in the file"),
    code("settings/no-http-tls", ERROR, "tokens or certificates of clients without the TLS that they need"),
    code("settings/half-tls", EITHER, "keys for TLS without what switches it on, or the other way round"),
    code("settings/no-transport-tls", ERROR, "security without TLS between nodes, which it demands"),
    code("settings/same-port", ERROR, "HTTP has the port of the transport service"),
    code("settings/null", EITHER, "a setting, or an element of a list, without a value"),
    code("settings/shape", ERROR, "the file is a list, a text or nothing, or a key is no name"),
    code("settings/alias", ERROR, "an alias as a value: the server reads its name as a text"),
    code("settings/duplicate-key", EITHER, "the same setting twice, or the same name twice in one mapping"),
    code("settings/old-yaml", ERROR, "YAML that this version's parser refuses: tabs, `[es-0:9300]`, emojis"),
    code("settings/nested-list", ERROR, "a mapping or a list as an element of a list"),
    code("settings/cors-any-origin", WARNING, "web pages of every origin may query this node"),
    code(
        "settings/list-in-string",
        EITHER,
        "a comma inside one element of a list, or a list of JSON in a text",
    ),
    code("discovery/no-hosts", ERROR, "several masters, and nothing says where the others are"),
    code("discovery/not-configured", ERROR, "a node that others reach, and nothing says how it finds them"),
    code("discovery/plugin-missing", ERROR, "a discovery type or hosts provider without its plugin"),
    code(
        "discovery/load-balanced",
        WARNING,
        "a Service for discovery whose address leads to one random node"
    ),
    code("discovery/no-service", WARNING, "a Service for discovery that is not among the manifests"),
    code("discovery/no-transport", ERROR, "a Service for discovery that does not lead to the transport port"),
    code("discovery/pod-name", ERROR, "a pod's name in a list of hosts that does not exist in the DNS"),
    code("discovery/selects-nothing", ERROR, "a Service for discovery that selects no master-eligible pod"),
    code(
        "discovery/waits-for-ready",
        ERROR,
        "masters that are ready only in a cluster, which forms only of ready ones"
    ),
    code("discovery/http-port", ERROR, "discovery points at the HTTP port instead of the transport port"),
    code("discovery/no-token", EITHER, "the Kubernetes plugin cannot read the service account's token"),
    code("discovery/invalid-host", EITHER, "a host list with a text that can be no host"),
    code("discovery/incomplete", ERROR, "Kubernetes discovery without a service or namespace does nothing"),
    code(
        "discovery/unresolved",
        EITHER,
        "no host of DISCOVERY_HOSTS has an address when the server is to start"
    ),
    code("discovery/multicast", WARNING, "every node that multicast reaches may join"),
    code("discovery/loopback", WARNING, "a cluster is configured, but this node listens on loopback only"),
    code("env/service-link", ERROR, "a value that Kubernetes injected for a Service of that name"),
    code(
        "env/contradiction",
        EITHER,
        "variables that say different things, or one without the other that it needs"
    ),
    code("env/quoted-value", WARNING, "a value in quotes that became a part of it"),
    code("env/blank-around-value", WARNING, "a blank or line break at the edge of a value that keeps it"),
    code("env/invisible-character", WARNING, "a byte order mark or the like at the edge of a value"),
    code("env/later-reference", WARNING, "`$(NAME)` that Kubernetes left as it is"),
    code("env/dollar", WARNING, "`$$` in a manifest, of which Kubernetes makes one `$`"),
    code("env/not-expanded", WARNING, "`{{ … }}`, `%NAME%` or `$NAME` that nobody filled in"),
    code("env/both-file-and-value", ERROR, "`NAME` and `NAME_FILE` are both set"),
    code("env/enrollment-token", ERROR, "a token that no node can enrol itself with"),
    code("env/log-style", ERROR, "`ES_LOG_STYLE` is neither `console` nor `file`"),
    code("env/unreadable-file", ERROR, "`NAME_FILE` names a file that cannot be used"),
    code("quorum/split-brain", ERROR, "two halves of the cluster could both elect a master"),
    code("quorum/unreachable", ERROR, "the minimum is above the number of masters"),
    code("quorum/unknown", EITHER, "a cluster without a known number of masters"),
    code("quorum/not-a-number", ERROR, "a minimum or a number of masters that is not a 32-bit integer"),
    code("quorum/zero", ERROR, "a minimum or a number of masters below 1"),
    code("quorum/fragile", WARNING, "the cluster survives the loss of fewer masters than it could"),
    code("quorum/even-masters", WARNING, "an even number of masters is no safer than one less"),
    code(
        "quorum/master-count",
        ERROR,
        "`MASTER_COUNT` or the list of first masters disagrees with the replicas"
    ),
    code("quorum/no-master", ERROR, "no node of the cluster may be elected master"),
    code("quorum/ignored", WARNING, "`minimum_master_nodes` has no effect on this version"),
    code("quorum/removed", ERROR, "`minimum_master_nodes` keeps this version from starting"),
    code("quorum/initial-masters-missing", EITHER, "a new cluster without the list of its first masters"),
    code("quorum/initial-masters-minority", ERROR, "the list of first masters names fewer than a majority"),
    code("quorum/initial-masters-duplicate", ERROR, "the list of first masters names a node twice"),
    code(
        "quorum/initial-masters-with-single-node",
        ERROR,
        "the list of first masters with `discovery.type: single-node`",
    ),
    code(
        "quorum/initial-masters-left-over",
        WARNING,
        "the list of first masters is still set after the first start",
    ),
    code(
        "quorum/initial-masters-without-this-node",
        WARNING,
        "the list of first masters lacks this master-eligible node",
    ),
    code("kubeconfig/missing", EITHER, "`KUBECONFIG` names a file that is not there"),
    code("kubeconfig/unreadable", EITHER, "the kubeconfig cannot be read, or not by the server's user"),
    code(
        "kubeconfig/no-current-context",
        EITHER,
        "no usable context: the plugin silently uses the service account",
    ),
    code("kubeconfig/missing-file", EITHER, "the kubeconfig names a file that is not mounted"),
    code(
        "kubeconfig/relative-path",
        EITHER,
        "a relative path, below the JVM's working directory for the plugin",
    ),
    code(
        "kubeconfig/unsupported-auth",
        EITHER,
        "`exec`, `auth-provider` and `tokenFile`, which the plugin does not support",
    ),
    code(
        "kubeconfig/try-flag",
        WARNING,
        "`KUBERNETES_AUTH_TRYKUBECONFIG` changes nothing, or disables KUBECONFIG",
    ),
    code("policy/cwd-relative", EITHER, "a permission relative to the JVM's working directory"),
    code("policy/symlink-star", WARNING, "`dir/*` does not match files behind symbolic links"),
    code("policy/syntax", EITHER, "a syntax error: the JVM starts without the grants"),
    code("policy/pointless", WARNING, "the server may read the path anyway, or no policy file is consulted"),
    code("policy/too-broad", EITHER, "a permission far wider than needed"),
    code(
        "policy/not-writable",
        EITHER,
        "the policy file cannot be patched, or the one named cannot be merged",
    ),
    code("policy/unsafe-path", ERROR, "a path that a policy file cannot hold safely"),
    code("policy/not-granted", EITHER, "no grant covers a path, a kubeconfig, or the code of a Java agent",),
    code("policy/stale-path", WARNING, "an exact path in a mounted Secret no longer matches after an update"),
    code("policy/missing-path", WARNING, "the path to be readable is not there"),
    code("files/missing", EITHER, "a file that the server needs, or that somebody names, is not there",),
    code("files/changed-twice", WARNING, "user and server both changed a file since the last start"),
    code("files/torn-block", ERROR, "the settings of security that the server made have no end mark"),
    code("files/mounted-target", WARNING, "a mounted file stands where a template is rendered to"),
    code("files/no-answer", WARNING, "a mount, of a network for instance, gave no answer"),
    code("files/not-writable", ERROR, "the configuration cannot be rendered there; `run` ends with 73 or 74"),
    code("files/outside", EITHER, "a setting names a file that the server's policy does not let it read"),
    code("files/unreadable", EITHER, "a file that the server opens is closed to its user"),
    code("host/no-installation", ERROR, "no Elasticsearch or OpenSearch found"),
    code("host/max-map-count", EITHER, "`vm.max_map_count` is too low"),
    code("host/nofile", EITHER, "too few file descriptors"),
    code("host/nproc", EITHER, "too few processes or threads"),
    code("host/memlock", EITHER, "memory cannot be locked"),
    code("host/root", EITHER, "the server would run as root"),
    code("host/data-not-writable", ERROR, "the data or log directory is not writable for the server's user"),
    code("host/data-locked", ERROR, "another server uses the data directory"),
    code("host/other-data", EITHER, "the data directory holds data of another version or cluster"),
    code("host/no-space", EITHER, "nothing more can be written to the data or log directory"),
    code("host/disk-watermark", WARNING, "the data volume is fuller than the server's marks allow"),
    code("host/memory", EITHER, "less memory than the server needs"),
    code("host/java-version", ERROR, "a Java that this version cannot run on"),
    code("host/java-build", ERROR, "a build of Java with a fault for which the server refuses it"),
    code(
        "host/system-call-filter",
        ERROR,
        "the kernel has no filter for system calls, which the server demands"
    ),
    code("host/address-space", EITHER, "the address space is limited"),
    code("host/file-size", EITHER, "the size of files is limited"),
    code("host/tmp-noexec", EITHER, "native code cannot be loaded from the directory for temporary files"),
    code("host/tmp-not-writable", EITHER, "the directory for temporary files is closed to the server's user"),
    code("host/runtime-dir", ERROR, "no directory for the staged configuration; `run` ends with 73"),
    code("host/no-address", ERROR, "no interface of this container has the address of a setting"),
    code("host/several-addresses", WARNING, "the address that other nodes are told is one of several"),
    code("host/privileged-port", ERROR, "a port that the server's user may not bind"),
    code("host/user", ERROR, "the server's user does not exist, or this process cannot become it"),
    code("heap/invalid", ERROR, "a heap size that the JVM refuses"),
    code("heap/xms-xmx", EITHER, "initial and maximum heap differ"),
    code("heap/over-limit", EITHER, "the heap does not fit the container's memory"),
    code("heap/over-32g", WARNING, "the heap is too large for compressed object pointers"),
    code("heap/ignored", EITHER, "a heap variable that this version does not read"),
    code("launch/no-java", ERROR, "no `java` found"),
    code("launch/not-direct", ERROR, "`--launch direct`, where the JVM cannot be executed at once"),
    code("launch/daemonize", ERROR, "`-d` would send the server into the background"),
    code("launch/class-path", ERROR, "`ES_CLASSPATH` is set, with which the server refuses to start"),
    code("launch/ignored-variable", WARNING, "a variable that does not reach the server"),
    code("launch/removed-variable", ERROR, "a variable with which the start script refuses to start"),
    code("launch/invalid-option", ERROR, "a word among the JVM's options that is none"),
    code("launch/conflicting-options", ERROR, "two garbage collectors among the JVM's options"),
    code("launch/refused-option", ERROR, "an option that the Java which will run refuses"),
    code("launch/serial-collector", ERROR, "the serial collector, with which the server refuses to start"),
    code(
        "launch/starts-program",
        ERROR,
        "an option for which the JVM would start a program, which the server forbids"
    ),
    code("launch/void-option", WARNING, "an option of the JVM that another one makes void"),
    code("launch/blank-in-option", ERROR, "a JVM option with a blank, where the start script splits it"),
    code("archive/not-possible", ERROR, "`archive`, where the server's JVM cannot have a class archive"),
    code("k8s/not-yaml", ERROR, "a document of a manifest that cannot be read"),
    code("k8s/disruption-budget", EITHER, "masters without a budget of disruption that fits their number"),
    code("k8s/spread", WARNING, "several masters may run on one node"),
    code("k8s/wrong-type", ERROR, "a field of a manifest with a type that the API server refuses"),
    code("k8s/refused", ERROR, "a selector or a mount with which the API server refuses a workload"),
    code("k8s/no-program", ERROR, "options as the whole command of a container"),
    code("k8s/shared-data", ERROR, "two servers can get one data directory"),
    code("k8s/lost-data", EITHER, "data or the state of the cluster goes with the pod"),
    code("k8s/data-not-writable", ERROR, "a volume that the server's user may not write to"),
    code("k8s/grace-period", WARNING, "a node with data has less than 60 s to stop"),
    code(
        "k8s/probe",
        EITHER,
        "a probe that kills a server, or takes it out of service, for what it cannot help"
    ),
    code("k8s/privileged", WARNING, "the server's container is privileged for no use"),
    code("k8s/memory-lock", ERROR, "memory is to be locked, and the container may not lock any"),
    code("k8s/max-map-count", WARNING, "nothing raises `vm.max_map_count`"),
    code("k8s/heap", WARNING, "a memory limit, and no heap that fits it"),
    code("k8s/no-effect", WARNING, "`ulimit` or `sysctl` in an init container does nothing for the server"),
    code(
        "k8s/duplicate-key",
        ERROR,
        "a name twice in one mapping of a manifest: the later one wins silently"
    ),
    code("k8s/removed-api", ERROR, "an API version that clusters no longer serve"),
    code("k8s/ignored-init", ERROR, "init containers in an annotation, which is ignored"),
    code("k8s/two-variants", WARNING, "one object twice in a run"),
    code("k8s/unused-allow", WARNING, "an `allow` in a manifest that names nothing which is found"),
    code("k8s/annotation", ERROR, "an annotation for this program that cannot be followed"),
    code("k8s/missing-key", ERROR, "a ConfigMap or Secret of the input lacks the key that a pod asks for"),
    code(
        "k8s/missing-mount",
        ERROR,
        "a file that is named below no mount, or a claim that is not where the data is"
    ),
    code("k8s/unreadable-mount", ERROR, "the mode of a Secret or ConfigMap keeps the server's user out"),
    code("k8s/unread-update", WARNING, "a `subPath` mount of a file that is meant to change"),
    code("k8s/secret-in-plain", WARNING, "the value of a secret as a text of the manifest"),
];

/// The entry of that name.
pub fn find(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.name == name)
}

impl Code {
    /// `quorum` of `quorum/split-brain`.
    pub fn area(&self) -> &'static str {
        self.name.split('/').next().unwrap_or_default()
    }
}
