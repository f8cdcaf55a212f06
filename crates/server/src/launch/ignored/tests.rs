use super::*;
use crate::settings::samples;
use crate::slip::is_slip;

const TWO: Version = Version::elasticsearch(2, 3, 4);
const SEVEN: Version = Version::elasticsearch(7, 17, 29);
const EIGHT: Version = Version::elasticsearch(8, 15, 0);
const OPEN: Version = Version::opensearch(2, 19, 6);

struct Case<'a> {
    version: Version,
    variables: &'a [(&'a str, &'a str)],
    settings: Settings,
    mapping: Mapping,
    referenced: &'a [&'a str],
    script: &'a str,
    bootstrapped: bool,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self {
            version: TWO,
            variables: &[],
            settings: Settings::default(),
            mapping: Mapping::Nobody,
            referenced: &[],
            script: "",
            bootstrapped: false,
        }
    }
}

/// One line a finding: `variable: message | help`.
fn found(case: &Case<'_>) -> Vec<String> {
    let environment: Environment = case.variables.iter().copied().collect();
    let files = LaunchFiles { script: Some(case.script.as_bytes().to_vec()), ..LaunchFiles::default() };
    let findings = check(&Inputs {
        config_dir: None,
        version: case.version,
        environment: &environment,
        settings: &case.settings,
        mapping: case.mapping,
        referenced: &case.referenced.iter().map(|name| (*name).to_owned()).collect(),
        knows_files: true,
        files: Some(&files),
        plugins: Some(&["opensearch-security".to_owned()]),
        bootstrapped: case.bootstrapped,
    });
    assert!(findings.iter().all(|it| it.code == CODE && it.severity == diagnostics::Severity::Warning));
    let line = |finding: &Finding| {
        let (variable, help) = (finding.variable.clone().unwrap(), finding.help.clone().unwrap());
        format!("{variable}: {} | {help}", finding.message)
    };
    findings.iter().map(line).collect()
}

fn of_variables(version: Version, variables: &[(&str, &str)]) -> Vec<String> {
    found(&Case { version, variables, ..Case::default() })
}

#[test]
fn settings_that_nobody_makes() {
    assert_eq!(
        of_variables(TWO, &[("cluster.name", "prod")]),
        [
            "cluster.name: `cluster.name` is meant as a setting, but this distribution of Elasticsearch 2.3.4 makes no \
          settings of variables | write `cluster.name` into `elasticsearch.yml`, or pass the argument \
          `--cluster.name=…`"
        ]
    );
    let case =
        |version, name| Case { version, variables: name, referenced: &["CLUSTER_NAME"], ..Case::default() };
    assert_eq!(
        found(&case(OPEN, &[("cluster.name", "prod")])),
        [
            "cluster.name: `cluster.name` is meant as a setting, but this distribution of OpenSearch 2.19.6 makes no \
          settings of variables | set CLUSTER_NAME instead, or pass the argument `-Ecluster.name=…`"
        ]
    );
    assert_eq!(
        found(&case(SEVEN, &[("ES_SETTING_NODE_ATTR_RACK", "r1")])),
        [
            "ES_SETTING_NODE_ATTR_RACK: `ES_SETTING_NODE_ATTR_RACK` is meant as a setting, but this distribution of \
          Elasticsearch 7.17.29 makes no settings of variables | write `node.attr.rack` into `elasticsearch.yml`, or \
          pass the argument `-Enode.attr.rack=…`"
        ]
    );
}

#[test]
fn a_name_that_the_script_passes_over() {
    use super::super::variables::Dotted;
    let mapping = Mapping::Script { dotted: Dotted::WholeWithDashes, encoded: true };
    let case = |mapping| Case {
        version: SEVEN,
        variables: &[("ES_SETTING_NODE_ATTR_RACK1", "r"), ("node.attr.rackId", "r"), ("cluster.name", "x")],
        mapping,
        ..Case::default()
    };
    let passed_over = |name: &str, key: &str| {
        format!(
            "{name}: `{name}` is meant as a setting, but the start script passes over such a name | write `{key}` into \
             `elasticsearch.yml`, or pass the argument `-E{key}=…`"
        )
    };
    assert_eq!(
        found(&case(mapping)),
        [
            passed_over("ES_SETTING_NODE_ATTR_RACK1", "node.attr.rack1"),
            passed_over("node.attr.rackId", "node.attr.rackId")
        ]
    );
    assert_eq!(found(&case(Mapping::Unknown)), [""; 0]);
}

#[test]
fn dotted_names_of_others_and_settings_that_hold_all_the_same() {
    let variables = &[
        ("spring.application.name", "x"),
        ("java.io.tmpdir", "/tmp"),
        ("http.proxyHost", "proxy"),
        ("log.level", "x"),
        ("cluster.name", ""),
        ("a.b", "c"),
        ("ES_SETTING_", "x"),
    ];
    assert_eq!(of_variables(TWO, variables), [""; 0]);
    let settings = samples::texts(&[("cluster.name", "prod")]);
    let case = Case { variables: &[("cluster.name", "prod")], settings, ..Case::default() };
    assert_eq!(found(&case), [""; 0]);
}

#[test]
fn security_that_nobody_switches() {
    let (six, eight) = (Version::elasticsearch(6, 8, 23), Version::elasticsearch(8, 19, 21));
    let line = |help: &str| {
        [format!(
            "SECURITY_ENABLED: `SECURITY_ENABLED` is set, but no template of this start uses it | unset it{help}"
        )]
    };
    let write = ", or write `xpack.security.enabled: ${SECURITY_ENABLED}` into `elasticsearch.yml`: the server sees only \
                 its settings";
    assert_eq!(of_variables(six, &[("SECURITY_ENABLED", "true")]), line(write));
    assert_eq!(of_variables(eight, &[("SECURITY_ENABLED", "false")]), line(write));
    assert_eq!(
        of_variables(TWO, &[("SECURITY_ENABLED", "true")]),
        line(
            ": Elasticsearch 2.3.4 has no `xpack.security.enabled`; only the built-in templates of Elasticsearch 7 to 9 and \
             OpenSearch 1 to 3 use that variable"
        )
    );
    // It is as the variable says.
    for (version, text) in [(TWO, "false"), (six, "False"), (eight, "true"), (OPEN, "true"), (six, "maybe")] {
        assert_eq!(of_variables(version, &[("SECURITY_ENABLED", text)]), [""; 0], "{version} {text}");
    }
    let settings = samples::texts(&[("xpack.security.enabled", "true")]);
    let case = Case { version: six, variables: &[("SECURITY_ENABLED", "true")], settings, ..Case::default() };
    assert_eq!(found(&case), [""; 0]);
}

#[test]
fn documented_variables_without_a_template() {
    assert_eq!(
        of_variables(
            SEVEN,
            &[
                ("CLUSTER_NAME", "logs"),
                ("MIN_MASTERS", "2"),
                ("NODE_MASTER", "false"),
                ("PATH_PLUGINS", "/p")
            ]
        ),
        [
            "CLUSTER_NAME: `CLUSTER_NAME` is set, but no template of this start uses it | unset it, or write \
             `cluster.name: ${CLUSTER_NAME}` into `elasticsearch.yml`: the server sees only its settings",
            "MIN_MASTERS: `MIN_MASTERS` is set, but no template of this start uses it | unset it: the masters of \
             Elasticsearch 7.17.29 keep their majority themselves",
            "NODE_MASTER: `NODE_MASTER` is set, but no template of this start uses it | unset it, or write \
             `node.master: ${NODE_MASTER}` into `elasticsearch.yml`: the server sees only its settings",
            "PATH_PLUGINS: `PATH_PLUGINS` is set, but no template of this start uses it | unset it: Elasticsearch \
             7.17.29 has no `path.plugins`; only the built-in templates of Elasticsearch 1 to 2 use that variable",
        ]
    );
    let helps = |version, name| -> String {
        let line = of_variables(version, &[(name, "x")]).remove(0);
        line.split_once(" | ").unwrap().1.to_owned()
    };
    for (version, name, help) in [
        (
            OPEN,
            "UNICAST_HOSTS",
            "unset it, or write `discovery.seed_hosts: ${UNICAST_HOSTS}` into `opensearch.yml`: the server sees only its settings",
        ),
        (
            EIGHT,
            "NODE_DATA",
            "unset it and list the roles of this node in `elasticsearch.yml`, as `node.roles`",
        ),
        (
            EIGHT,
            "BOOTSTRAP_MLOCKALL",
            "unset it, or write `bootstrap.memory_lock: ${BOOTSTRAP_MLOCKALL}` into `elasticsearch.yml`: the server sees only its settings",
        ),
        (
            EIGHT,
            "MIN_MASTERS",
            "unset it: Elasticsearch 8.15.0 has no `discovery.zen.minimum_master_nodes`; only the built-in templates of \
             Elasticsearch 1 to 6 use that variable",
        ),
        (
            TWO,
            "TRANSPORT_TLS_KEY",
            "unset it: only the built-in templates of Elasticsearch 7 to 9 and OpenSearch 1 to 3 use it",
        ),
    ] {
        assert_eq!(helps(version, name), help, "{name}");
    }
    for variable in TEMPLATE_VARIABLES {
        let variables = &[(variable.name, "true")];
        let is_of_others = EVERYDAY.contains(&variable.name)
            || (settings_of(variable.name).is_none() && foreign::find(variable.name).is_none());
        assert_eq!(of_variables(SEVEN, variables).is_empty(), is_of_others, "{}", variable.name);
        let used = Case { variables, referenced: &[variable.name], ..Case::default() };
        assert_eq!(found(&used), [""; 0], "{}", variable.name);
    }
}

#[test]
fn names_that_other_tools_set_too() {
    for version in [TWO, SEVEN, OPEN] {
        let variables = &[
            ("NAMESPACE", "search"),
            ("LOG_LEVEL", "debug"),
            ("KUBECONFIG", "/etc/kube/config"),
            ("NAMESPACE_FILE", "/var/run/secrets/kubernetes.io/serviceaccount/namespace"),
            ("LOG_LEVEL_FILE", "/run/secrets/level"),
            ("KUBECONFIG_FILE", "/run/secrets/kubeconfig"),
        ];
        assert_eq!(of_variables(version, variables), [""; 0], "{}", version.name());
    }
}

#[test]
fn a_namespace_beside_the_service_is_meant_for_the_plugin() {
    let variables = &[("DISCOVERY_SERVICE", "es"), ("NAMESPACE", "search")];
    let found = of_variables(TWO, variables);
    let expected = "NAMESPACE: `NAMESPACE` is set, but no template of this start uses it | unset it, or write \
                    `cloud.kubernetes.namespace: ${NAMESPACE}` into `elasticsearch.yml`: the server sees only its settings";
    assert_eq!(found[1..], [expected]);
}

#[test]
fn a_kubeconfig_that_nothing_reads() {
    let nobody = "KUBECONFIG: `KUBECONFIG` is set, but nothing reads it | unset it";
    let variables = &[("KUBECONFIG", "/kubeconfig")];
    let settings = samples::texts(&[("cloud.kubernetes.service", "es")]);
    // From 7 on no plugin reads one.
    for (version, plugin, count) in [(TWO, true, 1), (TWO, false, 0), (SEVEN, true, 0)] {
        let settings = if plugin { settings.clone() } else { Settings::default() };
        let case = Case { version, variables, settings, ..Case::default() };
        let help = "or turn on discovery by the Kubernetes API: only its plugin reads one";
        let expected: Vec<String> = (0..count).map(|_| format!("{nobody}, {help}")).collect();
        assert_eq!(found(&case), expected, "{} {plugin}", version.name());
    }
    assert_eq!(of_variables(TWO, &[("KUBECONFIG", "/k"), ("KUBECONFIG_COPY", "true")]).len(), 1);
    for settings in
        [samples::texts(&[("discovery.type", "kubernetes")]), samples::unknown(&["discovery.type"])]
    {
        assert_eq!(found(&Case { variables, settings, ..Case::default() }), [""; 0]);
    }
}

#[test]
fn variables_of_other_images() {
    let case =
        |version, variables, referenced| found(&Case { version, variables, referenced, ..Case::default() });
    assert_eq!(
        case(TWO, &[("MASTER_COUNT", "3"), ("NUMBER_OF_MASTERS", "2")], &["MIN_MASTERS"]),
        [
            "NUMBER_OF_MASTERS: `NUMBER_OF_MASTERS` is a variable of other images, which nothing here reads | set \
          MASTER_COUNT to the number of all master-eligible nodes, from which MIN_MASTERS is derived, or set MIN_MASTERS"
        ]
    );
    assert_eq!(
        case(SEVEN, &[("MINIMUM_MASTER_NODES", "2")], &[]),
        [
            "MINIMUM_MASTER_NODES: `MINIMUM_MASTER_NODES` is a variable of other images, which nothing here reads | unset \
          it: the masters of Elasticsearch 7.17.29 keep their majority themselves"
        ]
    );
    assert_eq!(
        case(
            EIGHT,
            &[
                ("ELASTICSEARCH_CLUSTER_HOSTS", "a,b"),
                ("ELASTICSEARCH_CLUSTER_NAME", "logs"),
                ("ELASTICSEARCH_HEAP_SIZE", "1g"),
            ],
            &["CLUSTER_NAME"]
        ),
        [
            "ELASTICSEARCH_CLUSTER_HOSTS: `ELASTICSEARCH_CLUSTER_HOSTS` is a variable of Bitnami's images, which \
             nothing here reads | write `discovery.seed_hosts` into `elasticsearch.yml`, or pass the argument \
             `-Ediscovery.seed_hosts=…`",
            "ELASTICSEARCH_CLUSTER_NAME: `ELASTICSEARCH_CLUSTER_NAME` is a variable of Bitnami's images, which nothing \
             here reads | set CLUSTER_NAME instead",
            "ELASTICSEARCH_HEAP_SIZE: `ELASTICSEARCH_HEAP_SIZE` is a variable of Bitnami's images, which nothing here \
             reads | set ES_JAVA_OPTS=\"-Xms… -Xmx…\" instead",
        ]
    );
    assert_eq!(
        case(TWO, &[("DISCOVERY_ZEN_PING_UNICAST_HOSTS", "a"), ("HEAP_SIZE", "1g")], &["UNICAST_HOSTS"]),
        [
            "DISCOVERY_ZEN_PING_UNICAST_HOSTS: `DISCOVERY_ZEN_PING_UNICAST_HOSTS` is set, but nothing reads it | set \
             UNICAST_HOSTS instead",
            "HEAP_SIZE: `HEAP_SIZE` is set, but nothing reads it | set ES_HEAP_SIZE instead",
        ]
    );
    assert_eq!(
        case(EIGHT, &[("NUMBER_OF_SHARDS", "1")], &[]),
        [
            "NUMBER_OF_SHARDS: `NUMBER_OF_SHARDS` is a variable of other images, which nothing here reads | unset it: \
          Elasticsearch 8.15.0 has no `index.number_of_shards`: remove it; settings of indices belong in index templates"
        ]
    );
}

#[test]
fn what_the_official_entrypoint_would_do() {
    let case = |settings: &[(&str, &str)], bootstrapped| {
        let settings = samples::texts(settings);
        let variables = &[("ENROLLMENT_TOKEN", "x"), ("ES_LOG_STYLE", "console")];
        found(&Case { version: SEVEN, variables, settings, bootstrapped, ..Case::default() })
    };
    assert_eq!(
        case(&[("a.b", "c")], false),
        [
            "ENROLLMENT_TOKEN: `ENROLLMENT_TOKEN` is a variable of the official image's entrypoint, which is not used here \
          | unset it: nodes enrol themselves from 8.0 on"
        ]
    );
    // Security is off, or the first start is over.
    assert_eq!(case(&[("xpack.security.enabled", "false")], false), [""; 0]);
    assert_eq!(case(&[("a.b", "c")], true), [""; 0]);
    for version in [TWO, OPEN] {
        assert_eq!(of_variables(version, &[("ENROLLMENT_TOKEN", "x"), ("ES_LOG_STYLE", "file")]), [""; 0]);
    }
    let disabled = of_variables(OPEN, &[("DISABLE_SECURITY_PLUGIN", "true")]);
    assert_eq!(
        disabled,
        [
            "DISABLE_SECURITY_PLUGIN: `DISABLE_SECURITY_PLUGIN` is a variable of the official image's entrypoint, which is \
          not used here | write `plugins.security.disabled` into `opensearch.yml`, or pass the argument \
          `-Eplugins.security.disabled=…`"
        ]
    );
    // Other programs take these for a yes, as well; here they would leave the plugin on without a word.
    for yes in ["TRUE", "yes", "on", "1"] {
        assert_eq!(
            of_variables(OPEN, &[("DISABLE_SECURITY_PLUGIN", yes)]),
            [
                "DISABLE_SECURITY_PLUGIN: `DISABLE_SECURITY_PLUGIN` says yes in a word that does not count, and the plugin \
              stays on | only `true` switches it off: set DISABLE_SECURITY_PLUGIN=true"
            ],
            "{yes}"
        );
        let settings = samples::texts(&[("plugins.security.disabled", "true")]);
        let variables = &[("DISABLE_SECURITY_PLUGIN", yes)];
        assert_eq!(found(&Case { version: OPEN, variables, settings, ..Case::default() }), [""; 0]);
        assert_eq!(of_variables(SEVEN, variables), [""; 0]);
    }
    for no in ["False", "no", "off", "0", ""] {
        assert_eq!(of_variables(OPEN, &[("DISABLE_SECURITY_PLUGIN", no)]), [""; 0], "{no}");
    }
}

#[test]
fn files_that_nobody_reads() {
    let case =
        |variables, referenced| found(&Case { version: SEVEN, variables, referenced, ..Case::default() });
    let nobody = "is set, but no template of this start uses";
    assert_eq!(
        case(
            &[
                ("CLUSTERNAMES_FILE", "/etc/name"),
                ("CLUSTER_NAME_FILE", "/etc/name"),
                ("DB_PASSWORD_FILE", "/run/secrets/db"),
                ("S3_PASWORD_FILE", "/etc/s3"),
            ],
            &["S3_PASSWORD"]
        ),
        [
            format!(
                "CLUSTERNAMES_FILE: `CLUSTERNAMES_FILE` {nobody} `CLUSTERNAMES` | did you mean CLUSTER_NAME_FILE?"
            ),
            format!(
                "CLUSTER_NAME_FILE: `CLUSTER_NAME_FILE` {nobody} `CLUSTER_NAME` | write `${{CLUSTER_NAME}}` where the \
                 content of that file belongs, or unset CLUSTER_NAME_FILE"
            ),
            format!(
                "DB_PASSWORD_FILE: `DB_PASSWORD_FILE` {nobody} `DB_PASSWORD` | write `${{DB_PASSWORD}}` where the \
                 content of that file belongs, or unset DB_PASSWORD_FILE"
            ),
            format!(
                "S3_PASWORD_FILE: `S3_PASWORD_FILE` {nobody} `S3_PASWORD` | did you mean S3_PASSWORD_FILE?"
            ),
        ]
    );
    assert_eq!(
        case(
            &[
                ("LOG_FILE", "/run/secrets.log"),
                ("PID_FILE", "/run/es.pid"),
                ("MASTER_COUNT_FILE", "/run/secrets/count"),
                ("DB_PASSWORD_FILE", "/run/secrets/db"),
                ("S3_PASSWORD_FILE", "/etc/other"),
                ("EMPTY_FILE", ""),
                ("AWS_SHARED_CREDENTIALS_FILE", "/run/secrets/aws"),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"),
                ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/azure/tokens/azure-identity-token"),
                ("KUBERNETES_CERTS_CA_FILE", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"),
                ("TOKEN_FILE", "/var/run/secrets/kubernetes.io/serviceaccount/token"),
                ("SSL_CERT_FILE", "/run/secrets/ca.pem"),
                ("_FILE", "/run/secrets/x"),
            ],
            &["DB_PASSWORD"]
        ),
        [""; 0]
    );
}

#[test]
fn slips() {
    for (name, known, is) in [
        ("CLUSTERNAME", "CLUSTER_NAME", true),
        ("CLUSTER_NAMES", "CLUSTER_NAME", true),
        ("CLUSTER_NAM", "CLUSTER_NAME", true),
        ("CLUSTER_NAEM", "CLUSTER_NAME", true),
        ("CLUSTER_NAMX", "CLUSTER_NAME", true),
        ("DB_PASSWORD", "S3_PASSWORD", false),
        ("CLUSTER", "CLUSTER_NAME", false),
        ("LOG", "LOGS", false),
        ("PATH_DATE", "PATH_DATA", true),
        ("", "A", false),
    ] {
        assert_eq!(is_slip(name, known), is, "{name} {known}");
    }
}

#[test]
fn what_others_set_and_what_a_script_reads() {
    let silent = [
        ("ELASTICSEARCH_PORT", "tcp://10.0.0.1:9200"),
        ("ELASTICSEARCH_PORT_9200_TCP", "tcp://10.0.0.1:9200"),
        ("ELASTICSEARCH_SERVICE_HOST", "10.0.0.1"),
        ("ELASTICSEARCH_SERVICE_PORT", "9200"),
        ("ELASTICSEARCH_CLUSTER_NAME_PORT", "tcp://10.0.0.1:9200"),
        ("ELASTICSEARCH_VERSION", "2.3.4"),
        ("ELASTIC_CONTAINER", "true"),
        ("ES_JAVA_OPTS", "-Xmx1g"),
        ("ES_HOME", "/usr/share/elasticsearch"),
        ("HTTP_PORT", "9200"),
        ("POD_NAME", "es-0"),
        ("OPENSEARCH_HOME", "/usr/share/opensearch"),
        ("DISABLE_INSTALL_DEMO_CONFIG", "true"),
        ("DISABLE_SECURITY_PLUGIN", "false"),
    ];
    for version in [TWO, SEVEN, OPEN] {
        assert_eq!(of_variables(version, &silent), [""; 0]);
    }
    // An entrypoint in front of this program has put it there.
    let passed_on = [("ES_JAVA_OPTS", "-Xms1g -Xmx1g"), ("HEAP_SIZE", "1g")];
    assert_eq!(of_variables(SEVEN, &passed_on), [""; 0]);
    let taught = |script| Case { variables: &[("HEAP_SIZE", "1g")], script, ..Case::default() };
    assert_eq!(found(&taught("exec java -Xmx$HEAP_SIZE")), [""; 0]);
    for script in
        ["exec java -Xmx$ES_HEAP_SIZE", "  # HEAP_SIZE is not read", "unset HEAP_SIZE\nread HEAP_SIZE"]
    {
        assert_eq!(found(&taught(script)).len(), 1, "{script}");
    }
}

#[test]
fn nearly_a_variable_of_the_start_script() {
    let nothing = |name: &str, help: &str| format!("{name}: `{name}` is set, but nothing reads it | {help}");
    for (name, help) in
        [("ES_JAVA_OPT", "set ES_JAVA_OPTS instead"), ("ES_PATHCONF", "did you mean ES_PATH_CONF?")]
    {
        assert_eq!(of_variables(SEVEN, &[(name, "x")]), [nothing(name, help)]);
    }
    for name in ["ES_JAVA_OPTS", "ES_JAVA_HOME", "JAVA_OPTS", "ES_HOME", "MY_JAVA_OPT", "ES_HEAP_SIZE"] {
        assert_eq!(of_variables(SEVEN, &[(name, "x")]), [""; 0], "{name}");
    }
    assert_eq!(of_variables(SEVEN, &[("ES_JAVA_OPT", "-Xmx1g"), ("ES_JAVA_OPTS", "-Xmx1g -Xms1g")]), [""; 0]);
}
