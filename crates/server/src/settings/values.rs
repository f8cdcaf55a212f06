//! Values that the server's own grammar refuses, although the file is good YAML.
//!
//! Tried on 7.17.29 and 8.19.21: none of them starts.

use std::borrow::Cow;

use super::catalogue::{Fix, Kind, Row, find};
use super::life::State;
use super::measured;
use super::ports;
use crate::generation::{PolicyUse, Roles, generation};
use crate::quorum::MINIMUM_MASTER_NODES;
use crate::roles::is_several;
use crate::version::Version;
use diagnostics::Finding;
use template::{Environment, Setting, Settings};

const CODE: &str = "settings/invalid-value";

/// What is wrong with a value; `row` is that of the key.
pub(super) fn check(
    setting: &Setting,
    row: Option<Row<'static>>,
    version: Version,
    is_guess: bool,
) -> Option<Finding> {
    let generation = generation(version);
    let key = &*setting.key;
    // The server resolves what is left of these.
    let mut elements = setting.elements().into_iter().filter(|text| !text.contains("${"));
    let says_kind = |row: &Row| !row.name.ends_with('*') || matches!(row.kind, Kind::Enum(_));
    let row = row.as_ref().filter(|row| says_kind(row))?;
    let kind = row.kind;
    let (element, what, help) = match kind {
        Kind::Port => {
            let has_manager =
                !is_guess && matches!(generation.policy, PolicyUse::NotConsulted | PolicyUse::Consulted);
            let (element, help) = elements.find_map(|text| Some((text, ports::wrong(text, has_manager)?)))?;
            (element, Cow::from("no port"), help.to_owned())
        }
        _ if key.ends_with("processors") && elements.clone().any(is_below_one) => {
            let help = "remove it: the JVM knows the container's processors";
            (elements.find(|text| is_below_one(text))?, "less than 1".into(), help.to_owned())
        }
        _ if is_guess => return None,
        Kind::List("enum:roles") => {
            let is_later = version.later_than().is_some();
            let is_known =
                |role: &str| is_later || generation.known_roles.is_none_or(|known| known.contains(&role));
            // A comma in an element is another finding.
            let is_wrong = |text: &&str| {
                !text.trim().is_empty() && !text.contains(',') && (!is_known(text.trim()) || is_several(text))
            };
            let element = elements.find(is_wrong)?;
            let help = match (element.trim(), generation.known_roles) {
                ("cluster_manager", _) => {
                    format!("write `{}`; only OpenSearch from 2.0 on has that name", generation.master_role)
                }
                (_, Some(known)) if !is_several(element) => format!("there are {}", known.join(", ")),
                _ => "only commas divide roles: write one between each two of them".to_owned(),
            };
            (element, "no role".into(), help)
        }
        Kind::Text if key == "cluster.name" && generation.refuses_colon_in_cluster_name => {
            let help = "in `cluster:index` it ends the name of a cluster: write another character";
            (
                setting.text().filter(|text| text.contains(':') && !text.contains("${"))?,
                "with a colon".into(),
                help.to_owned(),
            )
        }
        // The rule of majorities reads it.
        _ if key == MINIMUM_MASTER_NODES => return None,
        _ if generation.refuses_unknown_settings => {
            let text = setting.text().filter(|text| !text.contains("${"))?;
            let (what, help) = measured::check(kind, text, || setting.is_secret())?;
            if row.state(version) == State::Unknown {
                return None;
            }
            (text, what.into(), help)
        }
        _ => return None,
    };
    // What the version does not have is another finding.
    if !is_guess && matches!(row.state(version), State::NotYet | State::Removed) {
        return None;
    }
    let server = version.name();
    let shown = if setting.is_secret() || element.len() > 100 || element.contains(['`', '\n']) {
        format!("a value of `{key}` is {what}")
    } else if what.starts_with("with") {
        format!("`{key}` is `{element}`, {what}")
    } else {
        format!("`{element}` in `{key}` is {what}")
    };
    let effect = match (kind, generation.known_roles) {
        (Kind::List("enum:roles"), None) => "makes one role of that name, and the node has none of these",
        _ => "refuses to start",
    };
    let finding = Finding::error(CODE, format!("{shown}: {server} {effect}"));
    Some(setting.finding(finding).at(setting.span_of(|text| text == element).clone()).help(help))
}

fn is_below_one(text: &str) -> bool {
    text.parse().is_ok_and(|number: i64| number < 1)
}

/// More processors than the launcher's JVM sees, of which there are `available`.
pub fn processors(
    settings: &Settings,
    version: Version,
    environment: &Environment,
    available: Option<u64>,
) -> Option<Finding> {
    let available = available.filter(|_| generation(version).refuses_more_processors)?;
    let setting = settings.get("node.processors")?;
    // Parts of one may be named, too.
    let wanted: u64 = setting.text()?.split('.').next()?.parse().ok()?;
    // Options that say how many it sees.
    let is_told = |name| {
        let text = environment.get(name).map(|_| environment.text(name));
        text.is_some_and(|text| text.is_none_or(|text| text.contains("ActiveProcessorCount")))
    };
    if wanted <= available || ["CLI_JAVA_OPTS", "JDK_JAVA_OPTIONS"].into_iter().any(is_told) {
        return None;
    }
    let server = version.name();
    let message = format!(
        "`node.processors` is more than the {available} of this container: {server} refuses to start"
    );
    let help = "remove it: the JVM knows the container's processors";
    Some(setting.finding(Finding::error(CODE, message)).help(help))
}

/// `node.roles` beside what it takes the place of.
pub(super) fn roles_twice(settings: &Settings, version: Version) -> Option<Finding> {
    if generation(version).roles != Roles::ListOrBooleans {
        return None;
    }
    let roles = settings.get("node.roles").filter(|roles| roles.is_list() || roles.is_set())?;
    // Those that are gone are a finding of their own. Those of modules, whose lists nobody recorded, are refused with them, too,
    // and without them.
    let is_legacy = |setting: &&Setting| {
        let row = find(&setting.key).filter(|row| matches!(row.fix, Fix::Role(_)));
        row.is_some_and(|row| !matches!(row.state(version), State::Removed | State::NotYet))
    };
    let other = settings.entries.iter().filter(|setting| setting.is_set()).find(is_legacy)?;
    let message =
        format!("`{}` cannot stand beside `node.roles`: {} refuses to start", other.key, version.name());
    let finding = other.finding(Finding::error(CODE, message)).at(other.key_span.clone());
    let help = format!("remove `{}`, and name in `node.roles` all that this node is", other.key);
    Some(finding.help(help).also(roles.key_span.clone(), "`node.roles` is"))
}

/// Secrets that only the keystore may hold.
pub(super) fn secure(setting: &Setting, row: Option<Row<'_>>, version: Version) -> Option<Finding> {
    let key = &*setting.key;
    let row = row.filter(|row| !matches!(row.state(version), State::Removed | State::NotYet))?;
    let is_xpack = || key.starts_with("xpack.") && key.contains(".secure_");
    let is_secure = row.kind == Kind::Secure || is_xpack();
    let keystore = generation(version).keystore.filter(|_| is_secure)?;
    let tool = keystore.replace('.', "-");
    let add = if key.ends_with("_file") { "add-file" } else { "add" };
    let message = format!("`{key}` belongs into the keystore: {} refuses to start", version.name());
    let finding = setting.finding(Finding::error("settings/secure", message)).at(setting.key_span.clone());
    Some(finding.help(format!("remove it here, and run `bin/{tool} {add} {key}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{from_variable, list, reported, texts, together, unknown};

    const SEVEN: Version = Version::elasticsearch(7, 17, 29);
    const EIGHT: Version = Version::elasticsearch(8, 19, 21);

    fn found(settings: &Settings, version: Version, is_guess: bool) -> Vec<String> {
        let findings = super::super::check(settings, version, is_guess, None);
        let own = |it: &Finding| matches!(it.code, CODE | "settings/secure");
        let own: Vec<Finding> = findings.into_iter().filter(own).collect();
        let helps = own.iter().map(|it| it.help_text().unwrap());
        reported(&own).into_iter().zip(helps).map(|(line, help)| format!("{line} | {help}")).collect()
    }

    #[test]
    fn what_servers_refuse() {
        let roles = "there are data, data_cold, data_content, data_frozen, data_hot, data_warm, ingest, master, ml, \
                     remote_cluster_client, transform, voting_only";
        for (settings, version, expected) in [
            (
                list("node.roles", &["data", "mastr"]),
                SEVEN,
                format!("1:1 `mastr` in `node.roles` is no role: Elasticsearch 7.17.29 refuses to start | {roles}"),
            ),
            (
                texts(&[("node.roles", "master,index")]),
                SEVEN,
                format!(
                    "1:1 `index` in `node.roles` is no role: Elasticsearch 7.17.29 refuses to start | {roles}"
                ),
            ),
            (
                texts(&[("node.roles", "search")]),
                Version::opensearch(2, 0, 1),
                "1:1 `search` in `node.roles` is no role: OpenSearch 2.0.1 refuses to start | there are cluster_manager, data, \
                 ingest, master, remote_cluster_client"
                    .to_owned(),
            ),
            (
                texts(&[("node.roles", "cluster_manager")]),
                EIGHT,
                "1:1 `cluster_manager` in `node.roles` is no role: Elasticsearch 8.19.21 refuses to start | write `master`; only \
                 OpenSearch from 2.0 on has that name"
                    .to_owned(),
            ),
            (
                texts(&[("node.roles", "data,cluster_manager")]),
                Version::opensearch(1, 3, 20),
                "1:1 `cluster_manager` in `node.roles` is no role: OpenSearch 1.3.20 refuses to start | write `master`; only \
                 OpenSearch from 2.0 on has that name"
                    .to_owned(),
            ),
            (
                from_variable("node.roles", "master data", "NODE_ROLES"),
                EIGHT,
                "1:1 `master data` in `node.roles` is no role: Elasticsearch 8.19.21 refuses to start | only commas divide \
                 roles: write one between each two of them"
                    .to_owned(),
            ),
            (
                list("node.roles", &["ingest", "data ml"]),
                Version::opensearch(2, 19, 6),
                "1:1 `data ml` in `node.roles` is no role: OpenSearch 2.19.6 makes one role of that name, and the node has \
                 none of these | only commas divide roles: write one between each two of them"
                    .to_owned(),
            ),
            (
                texts(&[("cluster.name", "logs:prod")]),
                SEVEN,
                "1:1 `cluster.name` is `logs:prod`, with a colon: Elasticsearch 7.17.29 refuses to start | in `cluster:index` it \
                 ends the name of a cluster: write another character"
                    .to_owned(),
            ),
            (
                from_variable("http.port", "92000-92100", "HTTP_PORT"),
                Version::elasticsearch(2, 3, 4),
                "1:1 `92000-92100` in `http.port` is no port: Elasticsearch 2.3.4 refuses to start | ports end at 65535"
                    .to_owned(),
            ),
            (
                texts(&[("transport.connect_timeout", "30")]),
                SEVEN,
                "1:1 `30` in `transport.connect_timeout` is a time without a unit: Elasticsearch 7.17.29 refuses to start | write a \
                 unit, for instance `30s`; there are nanos, micros, ms, s, m, h, d"
                    .to_owned(),
            ),
            (
                from_variable("logger.level", "verbose", "LOG_LEVEL"),
                EIGHT,
                "1:1 `verbose` in `logger.level` is none of its values: Elasticsearch 8.19.21 refuses to start | there are all, \
                 trace, debug, info, warn, error, fatal, off"
                    .to_owned(),
            ),
            (
                texts(&[("xpack.security.transport.ssl.verification_mode", "partial")]),
                EIGHT,
                "1:1 `partial` in `xpack.security.transport.ssl.verification_mode` is none of its values: Elasticsearch 8.19.21 \
                 refuses to start | there are none, certificate, full"
                    .to_owned(),
            ),
            (
                texts(&[("processors", "0")]),
                Version::elasticsearch(6, 8, 23),
                "1:1 `0` in `processors` is less than 1: Elasticsearch 6.8.23 refuses to start | remove it: the JVM knows the \
                 container's processors"
                    .to_owned(),
            ),
            (
                texts(&[("node.roles", "master"), ("node.master", "true")]),
                SEVEN,
                "2:1 `node.master` cannot stand beside `node.roles`: Elasticsearch 7.17.29 refuses to start | remove `node.master`, \
                 and name in `node.roles` all that this node is; `node.roles` is in line 1"
                    .to_owned(),
            ),
            (
                texts(&[("node.roles", "data"), ("node.remote_cluster_client", "true"), ("node.ml", "false")]),
                SEVEN,
                "2:1 `node.remote_cluster_client` cannot stand beside `node.roles`: Elasticsearch 7.17.29 refuses to start | \
                 remove `node.remote_cluster_client`, and name in `node.roles` all that this node is; `node.roles` is in line 1"
                    .to_owned(),
            ),
            (
                texts(&[("node.ml", "false"), ("node.roles", "data")]),
                SEVEN,
                "1:1 `node.ml` cannot stand beside `node.roles`: Elasticsearch 7.17.29 refuses to start | remove `node.ml`, and \
                 name in `node.roles` all that this node is; `node.roles` is in line 2"
                    .to_owned(),
            ),
        ] {
            assert_eq!(found(&settings, version, false), [format!("error[settings/invalid-value] {expected}")]);
        }
        assert_eq!(
            found(&texts(&[("bootstrap.password", "hunter2")]), SEVEN, false),
            [
                "error[settings/secure] 1:1 `bootstrap.password` belongs into the keystore: Elasticsearch 7.17.29 refuses to start | \
              remove it here, and run `bin/elasticsearch-keystore add bootstrap.password`"
            ]
        );
    }

    #[test]
    fn what_servers_take() {
        for (pairs, version) in [
            (&[("node.roles", "data, master,voting_only")][..], SEVEN),
            (&[("node.roles", "")], SEVEN),
            (&[("node.roles", "coordinating_only")], Version::opensearch(2, 19, 6)),
            (&[("node.roles", "mastr")], Version::elasticsearch(6, 8, 23)),
            (&[("node.roles", "${ROLE}")], EIGHT),
            (&[("node.roles", "data"), ("node.master", "")], SEVEN),
            (&[("cluster.name", "logs:prod")], Version::elasticsearch(5, 6, 16)),
            (&[("cluster.name", "${A:b}")], EIGHT),
            (&[("node.name", "a:b")], EIGHT),
            (&[("http.port", "9200-9300"), ("transport.port", "65535")], EIGHT),
            (&[("transport.connect_timeout", "30s")], SEVEN),
            (&[("transport.connect_timeout", "-1")], SEVEN),
            (&[("transport.connect_timeout", "30")], Version::elasticsearch(1, 7, 5)),
            (&[("node.processors", "1")], EIGHT),
            (&[("bootstrap.password", "x")], Version::elasticsearch(5, 6, 16)),
            (&[("xpack.security.transport.ssl.keystore.password", "x")], EIGHT),
        ] {
            assert_eq!(found(&texts(pairs), version, false), [""; 0], "{pairs:?} {version}");
        }
        let keys = ["node.roles", "cluster.name", "http.port", "node.master", "transport.connect_timeout"];
        assert_eq!(found(&unknown(&keys), SEVEN, false), [""; 0]);
        let roles = together([list("node.roles", &[]), unknown(&["node.data"])]);
        assert_eq!(found(&roles, SEVEN, false), [""; 0]);
    }

    #[test]
    fn more_processors_than_there_are() {
        let found = |key: &str, text: &str, version, variables: &[(&str, &str)], available| {
            let environment: Environment = variables.iter().copied().collect();
            processors(&from_variable(key, text, "PROCESSORS"), version, &environment, available)
                .map(|it| it.message.clone())
        };
        let key = "node.processors";
        assert_eq!(
            found(key, "64", EIGHT, &[], Some(2)).as_deref(),
            Some(
                "`node.processors` is more than the 2 of this container: Elasticsearch 8.19.21 refuses to start"
            )
        );
        let told = [("CLI_JAVA_OPTS", "-XX:ActiveProcessorCount=64")];
        for (key, text, version, variables, available) in [
            (key, "2", EIGHT, &[][..], Some(2)),
            (key, "1.5", EIGHT, &[], Some(2)),
            (key, "64", EIGHT, &[], None),
            (key, "x", EIGHT, &[], Some(2)),
            (key, "64", EIGHT, &told, Some(2)),
            (key, "64", SEVEN, &[], Some(2)),
            ("processors", "64", Version::elasticsearch(6, 8, 23), &[], Some(2)),
        ] {
            assert_eq!(found(key, text, version, variables, available), None, "{key} {text} {version}");
        }
    }

    #[test]
    fn without_a_version_what_holds_for_all() {
        let settings = texts(&[("http.port", "92000"), ("node.roles", "mastr"), ("cluster.name", "a:b")]);
        assert_eq!(found(&settings, SEVEN, true).len(), 1);
    }

    #[test]
    fn secrets_of_the_keystore() {
        let keys = |version, keys: &[&str]| {
            let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (*key, "x")).collect();
            found(&texts(&pairs), version, false).len()
        };
        let all = [
            "keystore.seed",
            "xpack.security.http.ssl.keystore.secure_password",
            "xpack.security.authc.realms.ldap.l.secure_bind_password",
            "xpack.security.transport.ssl.secure_key_passphrase",
        ];
        assert_eq!([keys(EIGHT, &all), keys(Version::opensearch(2, 19, 6), &all)], [4, 1]);
        // Those of repositories, discovery and realms have a name of one's own in the middle.
        let all = [
            "s3.client.default.access_key",
            "s3.client.b.secret_key",
            "azure.client.default.key",
            "gcs.client.default.credentials_file",
            "discovery.ec2.secret_key",
            "xpack.security.authc.realms.oidc.o.rp.client_secret",
        ];
        assert_eq!([keys(EIGHT, &all), keys(Version::opensearch(2, 19, 6), &all)], [6, 5]);
        let others =
            ["s3.client.default.region", "gcs.client.default.project_id", "azure.client.default.timeout"];
        assert_eq!(keys(EIGHT, &others), 0);
        let file = &found(&texts(&[("gcs.client.default.credentials_file", "x")]), SEVEN, false)[0];
        assert!(
            file.ends_with("run `bin/elasticsearch-keystore add-file gcs.client.default.credentials_file`")
        );
    }
}
