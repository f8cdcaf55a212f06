//! The ports that a node listens on: one that only root may bind, and one for both services.
//!
//! Tried on 1.7.5, 2.3.4, 5.6.16 and 8.19.21: the transport service binds first, and of a range of ports each service takes the
//! first that it can have. Where there is none, the node ends.

use super::chains::{http_is_off, is_followed, same_addresses};
use crate::bootstrap::HostInputs;
use crate::bootstrap::facts::NET_BIND_SERVICE;
use diagnostics::Finding;
use template::{Setting, Settings};

/// The ports of a service: its name, its settings, the one that wins first, and its ports where nothing is said.
pub(super) type PortsOf = (&'static str, &'static [&'static str], (u16, u16));

pub(super) const HTTP: PortsOf = ("http", &["http.port"], (9200, 9300));
pub(super) const TRANSPORT: PortsOf = ("transport", &["transport.port", "transport.tcp.port"], (9300, 9400));

/// The first and the last port of a service, and the setting that says so; nothing where that is not known.
pub(super) fn ports(settings: &Settings, service: PortsOf) -> Option<((u16, u16), Option<&Setting>)> {
    let (_, keys, default) = service;
    let found = keys.iter().filter_map(|key| settings.get(key)).find(|it| it.is_unknown() || it.is_set());
    let Some(setting) = found else { return Some((default, None)) };
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let mut range: Option<(u16, u16)> = None;
    for part in setting.text()?.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        range = Some(range.map_or((first, last), |(lowest, highest)| (lowest.min(first), highest.max(last))));
    }
    Some((range?, Some(setting)))
}

/// HTTP on the one port that the transport service has taken before.
pub fn same_port(settings: &Settings) -> Option<Finding> {
    if http_is_off(settings) || !is_followed(settings) || !same_addresses(settings) {
        return None;
    }
    let ((port, last), http) = ports(settings, HTTP)?;
    let ((first, _), transport) = ports(settings, TRANSPORT)?;
    let http = http?;
    if port != last || port != first || port == 0 {
        return None;
    }
    let other = match transport {
        Some(transport) => format!("as in `{}`", transport.key),
        None => "which is that of the transport service where no other is set".to_owned(),
    };
    let message = format!("`{}` is {port}, {other}", http.key);
    let fix = match http.variable() {
        Some(variable) => format!("set {variable}=9200"),
        None => format!("write `{}: 9200`", http.key),
    };
    let fix = if port == 9200 { "give the transport service another one, 9300".to_owned() } else { fix };
    let finding = http.finding(Finding::error("settings/same-port", message));
    let finding = finding.help(format!(
        "nodes talk to each other over the transport service, clients use HTTP, and each needs a port of its own: the node would \
         end with `Failed to bind to [{port}]`; {fix}"
    ));
    Some(match transport {
        Some(transport) => finding.also(transport.value_span.clone(), "taken before"),
        None => finding,
    })
}

/// Ports that the server's user may not bind.
pub fn privileged(inputs: &HostInputs) -> Vec<Finding> {
    let facts = inputs.facts;
    let (Some(start), Some(capabilities)) = (facts.unprivileged_port_start, facts.capabilities) else {
        return Vec::new();
    };
    // The change of user leaves it no capability of that kind.
    let own = if inputs.server_uid == facts.uid { capabilities.effective } else { 0 };
    if own & NET_BIND_SERVICE != 0 || !is_followed(inputs.settings) {
        return Vec::new();
    }
    let services: &[PortsOf] = if http_is_off(inputs.settings) { &[TRANSPORT] } else { &[TRANSPORT, HTTP] };
    let mut findings = Vec::new();
    for service in services {
        let Some(((first, last), Some(setting))) = ports(inputs.settings, *service) else { continue };
        // 0 is any port that is free.
        if first == 0 || u32::from(last) >= start {
            continue;
        }
        let which = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let (uid, usual) = (inputs.server_uid, service.2.0);
        let message =
            format!("`{}` is {which}, and user {uid} may bind ports from {start} on only", setting.key);
        let write = match setting.variable() {
            Some(variable) => format!("set {variable}={usual}"),
            None => format!("write `{}: {usual}`", setting.key),
        };
        let help = format!(
            "the node would end with `Failed to bind to [{which}]`: {write}, and give clients the other port outside of the \
             container, `docker run -p {first}:{usual}` or a Service with `targetPort: {usual}`; or allow it with \
             `docker run --sysctl net.ipv4.ip_unprivileged_port_start=0`, in Kubernetes `securityContext.sysctls`"
        );
        findings.push(setting.finding(Finding::error("host/privileged-port", message)).help(help));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::facts::{Capabilities, HostFacts};
    use crate::settings::samples::{from_variable, texts, unknown};
    use crate::version::Version;

    fn same(pairs: &[(&str, &str)]) -> Option<String> {
        same_port(&texts(pairs))
            .map(|it| format!("{} {} | {}", it.code, it.message, it.help.clone().unwrap()))
    }

    const WHY: &str = "nodes talk to each other over the transport service, clients use HTTP, and each needs a port of its own: \
                       the node would end with `Failed to bind to ";

    #[test]
    fn one_port_for_both() {
        for (pairs, message, fix) in [
            (
                &[("http.port", "9300"), ("transport.tcp.port", "9300")][..],
                "`http.port` is 9300, as in `transport.tcp.port`",
                "[9300]`; write `http.port: 9200`",
            ),
            (
                &[("http.port", "9300")],
                "`http.port` is 9300, which is that of the transport service where no other is set",
                "[9300]`; write `http.port: 9200`",
            ),
            (
                &[
                    ("http.port", "9200"),
                    ("transport.port", "9200-9300"),
                    ("http.host", "10.0.0.4"),
                    ("network.host", "10.0.0.4"),
                ],
                "`http.port` is 9200, as in `transport.port`",
                "[9200]`; give the transport service another one, 9300",
            ),
        ] {
            assert_eq!(same(pairs), Some(format!("settings/same-port {message} | {WHY}{fix}")), "{pairs:?}");
        }
    }

    #[test]
    fn two_ports() {
        for pairs in [
            &[][..],
            &[("http.port", "9200"), ("transport.port", "9300")],
            // It takes 9301.
            &[("http.port", "9300-9400")],
            &[("transport.port", "9200")],
            &[("http.port", "9305"), ("transport.port", "9300-9400")],
            &[("http.port", "0"), ("transport.port", "0")],
            &[("http.port", "x"), ("transport.port", "x")],
            &[("http.port", "9300"), ("http.enabled", "false")],
            &[("http.port", "9300"), ("http.host", "_local_"), ("transport.host", "_eth0_")],
            &[("http.port", "9300"), ("transport.profiles.default.port", "9500")],
        ] {
            assert_eq!(same(pairs), None, "{pairs:?}");
        }
        assert_eq!(same_port(&unknown(&["http.port"])), None);
    }

    fn closed(settings: &Settings, facts: &HostFacts, server_uid: u32) -> Vec<String> {
        let inputs = HostInputs {
            version: Version::elasticsearch(2, 3, 4),
            facts,
            settings,
            arguments: &[],
            server_uid,
            handover: crate::bootstrap::facts::Handover::Given,
            root_allowed: false,
            enforced: true,
        };
        privileged(&inputs)
            .into_iter()
            .map(|it| format!("{} {} | {}", it.code, it.message, it.help.clone().unwrap()))
            .collect()
    }

    fn facts(start: Option<u32>, uid: u32, effective: u64) -> HostFacts {
        let capabilities = Some(Capabilities { effective, ..Capabilities::default() });
        HostFacts { uid, capabilities, unprivileged_port_start: start, ..HostFacts::default() }
    }

    #[test]
    fn ports_of_root() {
        let settings = from_variable("http.port", "80", "HTTP_PORT");
        let found = [
            "host/privileged-port `http.port` is 80, and user 1000 may bind ports from 1024 on only | the node would end with \
             `Failed to bind to [80]`: set HTTP_PORT=9200, and give clients the other port outside of the container, `docker run \
             -p 80:9200` or a Service with `targetPort: 9200`; or allow it with `docker run --sysctl \
             net.ipv4.ip_unprivileged_port_start=0`, in Kubernetes `securityContext.sysctls`",
        ];
        assert_eq!(closed(&settings, &facts(Some(1024), 1000, 0), 1000), found);
        // What root has does not go down to the server's user.
        assert_eq!(closed(&settings, &facts(Some(1024), 0, u64::MAX), 1000), found);
        let both = texts(&[("http.port", "22-25"), ("transport.tcp.port", "1023")]);
        let found = closed(&both, &facts(Some(1024), 1000, 0), 1000);
        let keys: Vec<_> = found.iter().map(|it| it.split(", and user").next().unwrap()).collect();
        assert_eq!(
            keys,
            [
                "host/privileged-port `transport.tcp.port` is 1023",
                "host/privileged-port `http.port` is 22 to 25"
            ]
        );
    }

    #[test]
    fn ports_that_may_be_bound() {
        let settings = texts(&[("http.port", "80"), ("transport.tcp.port", "443")]);
        // Docker's default.
        assert_eq!(closed(&settings, &facts(Some(0), 1000, 0), 1000), [""; 0]);
        assert_eq!(closed(&settings, &facts(Some(80), 1000, 0), 1000), [""; 0]);
        assert_eq!(closed(&settings, &facts(None, 1000, 0), 1000), [""; 0]);
        assert_eq!(closed(&settings, &facts(Some(1024), 1000, NET_BIND_SERVICE), 1000), [""; 0]);
        assert_eq!(closed(&settings, &facts(Some(1024), 0, NET_BIND_SERVICE), 0), [""; 0]);
        let no_capabilities = HostFacts { capabilities: None, ..facts(Some(1024), 1000, 0) };
        assert_eq!(closed(&settings, &no_capabilities, 1000), [""; 0]);
        // 5.6.16 took 1024.
        for (key, text) in
            [("http.port", "22-9205"), ("http.port", "0"), ("http.port", "9200"), ("http.port", "abc")]
        {
            assert_eq!(closed(&texts(&[(key, text)]), &facts(Some(1024), 1000, 0), 1000), [""; 0], "{text}");
        }
        let off = texts(&[("http.port", "80"), ("http.enabled", "false")]);
        assert_eq!(closed(&off, &facts(Some(1024), 1000, 0), 1000), [""; 0]);
    }
}
