//! Probes that kill a server, or take it out of service, for what it cannot help.

use diagnostics::Finding;
use server::Product;
use server::settings::kinds::{Reading, reading};

use super::properties::command_line;
use crate::field::Field;
use crate::image::Family;
use crate::pod::Node;
use crate::workload::containers;

/// A start with some data takes that long.
const START: i64 = 90;

/// The findings.
pub(super) fn check(node: &Node<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let probe = node.pod.container.get(name);
        if !probe.is_there() {
            continue;
        }
        findings.extend(closed_port(node, name, probe));
        findings.extend(of_cluster(node, name, probe));
        findings.extend(too_early(node, name, probe));
    }
    findings
}

/// It asks a port on which nobody answers as the probe wants it.
fn closed_port(node: &Node<'_>, name: &str, probe: Field<'_>) -> Option<Finding> {
    let (http, tcp) = (probe.get("httpGet"), probe.get("tcpSocket"));
    let is_http = http.is_there();
    let handler = if is_http { http } else { tcp };
    let field = handler.get("port");
    let written = field.number_or_text()?;
    let container = node.pod.container;
    let number = match written.parse::<i64>() {
        Ok(number) => Some(number),
        Err(_) => container
            .get("ports")
            .items()
            .find(|port| port.get("name").text() == Some(written))
            .and_then(|port| port.get("containerPort").integer()),
    };
    let effect = match name {
        "livenessProbe" => "the container is killed again and again",
        _ => "the pod never becomes ready",
    };
    let told = |what: String, fix: &str| {
        let help = format!("{effect}: {fix}");
        Some(node.place(Finding::error("k8s/probe", what).help(help), &[field]))
    };
    let Some(number) = number else {
        let is_unnamed = container.get("ports").items().all(|port| port.get("name").text() != Some(written));
        // The kubelet skips a liveness probe that it cannot make.
        if name == "livenessProbe" || !is_unnamed {
            return None;
        }
        return told(
            format!(
                "the {name} of {} names the port `{written}`, which the container does not have",
                node.title()
            ),
            "name one of its `ports`, or give the number",
        );
    };
    let settings = &node.facts.settings;
    let port = |keys: &[&str], default: i64| match keys.iter().find_map(|key| settings.get(key)) {
        None => Some(default),
        Some(setting) if !setting.is_set_or_unknown() => Some(default),
        // Of a range, the first that is free.
        Some(setting) => setting.text()?.split('-').next()?.trim().parse().ok(),
    };
    let (http_port, transport) =
        (port(&["http.port"], 9200)?, port(&["transport.port", "transport.tcp.port"], 9300)?);
    if !node.knows_settings() || handler.get("host").is_there() {
        return None;
    }
    if is_http && number == transport {
        return told(
            format!("the {name} of {} asks the transport port {number} by HTTP", node.title()),
            "use `tcpSocket` for this port",
        );
    }
    // Another container of the pod may have the port.
    if containers(node.pod.spec()).count() > 1 {
        return None;
    }
    let enabled = settings.get("http.enabled");
    if number == http_port
        && enabled.is_some_and(|it| it.is_set() && reading(it, node.facts.version) == Some(Reading::False))
    {
        return told(
            format!("the {name} of {} asks the port {number}, but HTTP is switched off", node.title()),
            &format!("use `tcpSocket` with the transport port, {transport}"),
        );
    }
    let is_closed = [9200, 9300].contains(&number) || (!is_http && has_no_other_port(node));
    if is_closed && ![http_port, transport].contains(&number) {
        return told(
            format!(
                "the {name} of {} asks the port {number}, on which the server does not listen",
                node.title()
            ),
            &format!("its settings say {http_port} for HTTP and {transport} for the transport"),
        );
    }
    None
}

/// Nothing opens ports but HTTP and the transport, for certain: no setting, no option of the JVM, no program of the user's.
fn has_no_other_port(node: &Node<'_>) -> bool {
    let container = node.pod.container;
    let is_other = |setting: &template::Setting| {
        setting.key.starts_with("remote_cluster")
            || setting.key.contains("port")
                && !["http.port", "transport.port", "transport.tcp.port"].contains(&&*setting.key)
    };
    let is_plain = |mount: &crate::files::Mount<'_>| {
        let path = mount.path.to_string_lossy();
        path.ends_with("/data") || path.ends_with("/elasticsearch.yml")
    };
    node.pod.image.family == Family::Official
        && node.facts.known_version().is_some_and(|version| version.product == Product::Elasticsearch)
        && !["command", "args", "lifecycle", "envFrom"].iter().any(|name| container.get(name).is_there())
        && !node.variables.own().any(|(name, _)| name.contains("JAVA"))
        && !node.facts.settings.entries.iter().any(is_other)
        && node.container.mounts.iter().all(is_plain)
}

/// It asks about the cluster, not about this node.
fn of_cluster(node: &Node<'_>, name: &str, probe: Field<'_>) -> Option<Finding> {
    let path = probe.at(&["httpGet", "path"]);
    let command = probe.at(&["exec", "command"]);
    let text = path.text().map_or_else(|| command_line(command), str::to_owned);
    if !text.contains("_cluster/health") && !text.contains("_cat/health") {
        return None;
    }
    // What a script looks for in the answer may be the colour.
    let is_local = text.contains("local=true") && !text.contains("wait_for_status") && !text.contains("grep");
    if is_local {
        return None;
    }
    let finding = match name {
        "livenessProbe" => {
            let message = format!("the livenessProbe of {} asks for the health of the cluster", node.title());
            let help = "when the cluster has no master or misses shards, its nodes are killed one after the other, which makes \
                        it worse: use `tcpSocket` with the transport port, or no livenessProbe";
            Finding::error("k8s/probe", message).help(help)
        }
        "readinessProbe" => {
            let message =
                format!("the readinessProbe of {} asks for the health of the cluster", node.title());
            let help = "a cluster without a master, or that is not green, loses all its nodes from the Services, and an update \
                        stops: add `local=true` and no `wait_for_status`, or use `tcpSocket`";
            Finding::warning("k8s/probe", message).help(help)
        }
        _ => return None,
    };
    Some(node.place(finding, &[path, command]))
}

/// It kills a server that is still starting.
fn too_early(node: &Node<'_>, name: &str, probe: Field<'_>) -> Option<Finding> {
    let is_first = match name {
        "startupProbe" => true,
        _ => name == "livenessProbe" && !node.pod.container.get("startupProbe").is_there(),
    };
    if !is_first {
        return None;
    }
    let number =
        |key: &str, default: i64| probe.get(key).integer().filter(|number| *number > 0).unwrap_or(default);
    let after = number("failureThreshold", 3)
        .saturating_sub(1)
        .saturating_mul(number("periodSeconds", 10))
        .saturating_add(number("initialDelaySeconds", 0));
    if after >= START {
        return None;
    }
    let message =
        format!("the {name} of {} kills a server that has not started after {after} s", node.title());
    let fix = if name == "startupProbe" {
        "raise its `failureThreshold`"
    } else {
        "add a `startupProbe` with `failureThreshold: 60`, or leave the livenessProbe out"
    };
    let help = format!(
        "with data to recover, or on a busy node, a start takes longer, and then none ever ends: {fix}"
    );
    Some(node.place(Finding::warning("k8s/probe", message).help(help), &[probe]))
}
