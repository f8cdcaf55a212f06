//! The fabric8 plugin in a pod: the Service that it asks for, as Kubernetes describes it in variables, and the token that
//! it asks with.

use std::net::IpAddr;

use super::keys::SERVICE;
use super::plugins::kubernetes_setting;
use super::ports::{self, first_port};
use crate::generation::generation;
use crate::kubeconfig::{self, Access};
use crate::version::Version;
use diagnostics::{Finding, Severity};
use template::{Environment, Question, Setting, Settings};

const NAMESPACE: &str = "cloud.kubernetes.namespace";

/// The settings with the Service and the namespace that the plugin asks for, where it is asked for.
pub fn asked(settings: &Settings, version: Version) -> Option<(&Setting, Option<&Setting>)> {
    kubernetes_setting(settings).filter(|_| generation(version).has_kubernetes_plugin)?;
    Some((settings.get(SERVICE)?, settings.get(NAMESPACE)))
}

/// The Service lists the HTTP port. `own_namespace` is that of the pod: only its Services are in the variables, and only
/// where they were there before the pod and have an address.
pub fn service(
    settings: &Settings,
    version: Version,
    environment: &Environment,
    own_namespace: Option<&str>,
) -> Option<Finding> {
    kubernetes_setting(settings).filter(|_| generation(version).has_kubernetes_plugin)?;
    let service = settings.get(SERVICE)?;
    let name = service.text().filter(|name| !name.is_empty())?;
    let namespace = settings.text(NAMESPACE)?;
    if own_namespace != Some(namespace) {
        return None;
    }
    let transport = first_port(settings, &["transport.port", "transport.tcp.port"], 9300)?;
    let http = first_port(settings, &["http.port"], 9200)?;
    let listed = linked_ports(name, environment);
    let found = *listed.iter().find(|port| ports::is_http(**port, transport, http))?;
    let message = format!(
        "the Service `{name}`, by which nodes find each other, lists the HTTP port {found}{}",
        if listed.contains(&transport) { format!(" beside {transport}") } else { String::new() }
    );
    let help = format!(
        "the plugin takes the first port of each pod in an order of the API server's own, so that nodes may never find each \
         other: make a Service for discovery alone, which lists {transport} and nothing else, with `clusterIP: None` and \
         `publishNotReadyAddresses: true`"
    );
    Some(service.finding(Finding::error("discovery/http-port", message)).help(help))
}

/// The TCP ports of a Service with an address, from variables like `ES_PORT_9200_TCP=tcp://10.0.0.1:9200`.
fn linked_ports(service: &str, environment: &Environment) -> Vec<u16> {
    let prefix = service.to_ascii_uppercase().replace(['-', '.'], "_");
    let host = environment.text_in_process(&format!("{prefix}_SERVICE_HOST"));
    if host.is_none_or(|host| host.parse::<IpAddr>().is_err()) {
        return Vec::new();
    }
    let prefix = format!("{prefix}_PORT_");
    let mut ports: Vec<u16> = environment
        .in_process(|name| name.ends_with("_TCP"))
        .into_iter()
        .filter_map(|(name, value)| {
            let port = name.strip_prefix(&prefix)?.strip_suffix("_TCP")?.parse().ok()?;
            template::is_service_link(name, value.to_str()?).then_some(port)
        })
        .collect();
    diagnostics::order::sort(&mut ports);
    ports
}

/// The service account's token, as the server's user finds it, where the plugin reads no kubeconfig instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub path: &'static str,
    pub access: Access,
}

/// What the judgement of the token depends on.
#[derive(Clone, Copy, Debug)]
pub struct TokenInputs<'a> {
    pub settings: &'a Settings,
    /// Nothing where it is not known.
    pub version: Option<Version>,
    pub environment: &'a Environment,
    pub token: &'a Token,
    pub uid: u32,
    pub gid: u32,
}

/// What a pod says to the API server who it is with.
pub const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// What every pod has.
const API_SERVER: &str = "KUBERNETES_SERVICE_HOST";

/// Without a token that it can read the plugin asks as nobody, for ever.
pub fn token(inputs: &TokenInputs<'_>) -> Option<Finding> {
    let TokenInputs { settings, version, environment, token, uid, gid } = inputs;
    let is_set = |name: &str| environment.set_in_process(name).is_some();
    // Other ways to say who asks, or whom; what they hold is the user's affair.
    let is_other: Question = |name| {
        (name.starts_with("KUBERNETES_AUTH_") && name != "KUBERNETES_AUTH_TRYKUBECONFIG")
            || name.starts_with("KUBERNETES_CLIENT_")
            || name == "KUBERNETES_MASTER"
    };
    let has_other_way = environment.in_process(is_other).values().any(|value| !value.is_empty())
        || !environment.unknown_in_process(is_other).is_empty();
    if has_other_way || !kubeconfig::is_read(*version, settings) {
        return None;
    }
    let setting = kubernetes_setting(settings)?;
    let path = token.path;
    // Where the accounts of the image are not known, the group is most likely called like the user.
    let gid = if *gid == 0 { uid } else { gid };
    let asks =
        "the plugin asks the API server as nobody (`system:anonymous`), is refused, and finds no other node";
    let (severity, message, help) = match &token.access {
        Access::Unreadable(reason) => (
            Severity::Error,
            format!("the service account's token `{path}` cannot be read by uid {uid}: {reason}"),
            format!(
                "{asks}: in the pod's `securityContext` set `fsGroup: {gid}` (Kubernetes then lets that group read the token), \
                 or `runAsUser: {uid}`, or leave `runAsUser: 0` out"
            ),
        ),
        // Only in a pod it should be there.
        Access::Missing if is_set(API_SERVER) || environment.is_unknown_in_process(API_SERVER) => (
            Severity::Warning,
            format!("there is no service account's token `{path}` and no kubeconfig"),
            format!(
                "{asks}: leave `automountServiceAccountToken: false` out, and allow the service account to `get` the endpoints of \
                 the discovery Service"
            ),
        ),
        Access::Missing | Access::Readable | Access::Unknown => return None,
    };
    let finding = Finding::new(severity, "discovery/no-token", message);
    Some(setting.finding(finding).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::texts;

    const TWO: Version = Version::elasticsearch(2, 3, 4);

    fn settings(more: &[(&str, &str)]) -> Settings {
        let mut all = vec![
            ("discovery.type", "kubernetes"),
            ("cloud.kubernetes.service", "es-all"),
            ("cloud.kubernetes.namespace", "search"),
        ];
        all.extend(more);
        texts(&all)
    }

    const BOTH: &[(&str, &str)] = &[
        ("ES_ALL_SERVICE_HOST", "10.96.0.7"),
        ("ES_ALL_SERVICE_PORT", "9200"),
        ("ES_ALL_PORT_9200_TCP", "tcp://10.96.0.7:9200"),
        ("ES_ALL_PORT_9200_TCP_PORT", "9200"),
        ("ES_ALL_PORT_9300_TCP", "tcp://10.96.0.7:9300"),
    ];

    fn found(more: &[(&str, &str)], pairs: &[(&str, &str)], own: Option<&str>) -> Option<String> {
        let environment: Environment = pairs.iter().copied().collect();
        service(&settings(more), TWO, &environment, own).map(|finding| finding.message.clone())
    }

    #[test]
    fn a_service_with_the_http_port() {
        let begin = "the Service `es-all`, by which nodes find each other, lists the HTTP port";
        assert_eq!(found(&[], BOTH, Some("search")), Some(format!("{begin} 9200 beside 9300")));
        assert_eq!(found(&[], &BOTH[..4], Some("search")), Some(format!("{begin} 9200")));
        let moved: &[(&str, &str)] =
            &[("ES_ALL_SERVICE_HOST", "fd00::7"), ("ES_ALL_PORT_8200_TCP", "tcp://[fd00::7]:8200")];
        assert_eq!(found(&[("http.port", "8200")], moved, Some("search")), Some(format!("{begin} 8200")));
        for (more, pairs, own) in [
            // Another port that is none of ours says nothing, nor does transport on that number.
            (&[][..], moved, Some("search")),
            (&[("transport.tcp.port", "9200")], &BOTH[..4], Some("search")),
            (&[], &BOTH[4..], Some("search")),
            // A headless Service has no variables; what is left is somebody else's.
            (&[], &BOTH[2..], Some("search")),
            (&[], &[("ES_ALL_SERVICE_HOST", "10.96.0.7"), ("ES_ALL_PORT_9200_TCP", "yes")], Some("search")),
            // The Service of that name in another namespace is not the one that is described.
            (&[], BOTH, Some("other")),
            (&[], BOTH, None),
        ] {
            assert_eq!(found(more, pairs, own), None, "{more:?} {pairs:?} {own:?}");
        }
        let environment: Environment = BOTH.iter().copied().collect();
        let no_plugin =
            texts(&[("cloud.kubernetes.service", "es-all"), ("cloud.kubernetes.namespace", "search")]);
        assert_eq!(service(&no_plugin, TWO, &environment, Some("search")), None);
    }

    fn judged(access: Access, pairs: &[(&str, &str)]) -> Option<String> {
        let environment: Environment = pairs.iter().copied().collect();
        let found = token(&TokenInputs {
            settings: &settings(&[]),
            version: Some(TWO),
            environment: &environment,
            token: &Token { path: "/token", access },
            uid: 1000,
            gid: 7,
        })?;
        Some(format!("{} {} | {}", found.severity.word(), found.message, found.help.clone().unwrap()))
    }

    #[test]
    fn a_token_that_the_server_cannot_read() {
        let closed = || Access::Unreadable("mode 0600, owner 0".to_owned());
        let asks = "the plugin asks the API server as nobody (`system:anonymous`), is refused, and finds no other node";
        assert_eq!(
            judged(closed(), &[]),
            Some(format!(
                "error the service account's token `/token` cannot be read by uid 1000: mode 0600, owner 0 | {asks}: in the pod's \
                 `securityContext` set `fsGroup: 7` (Kubernetes then lets that group read the token), or `runAsUser: 1000`, or \
                 leave `runAsUser: 0` out"
            ))
        );
        let pod = ("KUBERNETES_SERVICE_HOST", "10.96.0.1");
        assert_eq!(
            judged(Access::Missing, &[pod]),
            Some(format!(
                "warning there is no service account's token `/token` and no kubeconfig | {asks}: leave \
                 `automountServiceAccountToken: false` out, and allow the service account to `get` the endpoints of the discovery \
                 Service"
            ))
        );
        // Away from Kubernetes nobody can tell, and there are other ways to ask.
        assert_eq!(judged(Access::Missing, &[]), None);
        for access in [Access::Readable, Access::Unknown] {
            assert_eq!(judged(access, &[pod]), None);
        }
        for name in ["KUBERNETES_AUTH_TOKEN", "KUBERNETES_CLIENT_CERTIFICATE_FILE", "KUBERNETES_MASTER"] {
            assert_eq!(judged(closed(), &[pod, (name, "x")]), None, "{name}");
        }
        assert!(judged(closed(), &[("KUBERNETES_AUTH_TRYKUBECONFIG", "false")]).is_some());
    }
}
