//! The hosts of `DISCOVERY_HOSTS`, looked up before the server starts.

use std::time::Duration;

use diagnostics::{Finding, Severity, printable};
use node::{Facts, World};
use server::data::Contents;
use server::discovery::names::{VARIABLE, Wanted, looked_up, wanted};
use server::generation;

use crate::cli::Options;
use crate::resolve;

/// Seconds that an address is waited for.
const PATIENCE: f64 = 60.0;

/// The addresses in place of the names, as the variable would have them; nothing where they stay as they are.
pub(super) fn addresses(
    options: &Options,
    facts: &Facts,
    world: &dyn World,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let hosts = looked_up(&facts.settings, facts.version)?;
    let text = facts.environment.text(VARIABLE)?;
    let elements: Vec<&str> = text.split(',').map(str::trim).filter(|element| !element.is_empty()).collect();
    if elements.iter().all(|element| wanted(element) == Wanted::Nothing) {
        return None;
    }
    let patience = options.discovery_wait.unwrap_or(PATIENCE);
    let found = resolve::look_up(&elements, hosts.secret, Duration::from_secs_f64(patience), world);
    let shown = |name: &str| {
        if hosts.secret { "a host of DISCOVERY_HOSTS".to_owned() } else { format!("`{}`", printable(name)) }
    };
    let is_nobody = found.hosts.is_empty();
    if is_nobody && let Some((name, why)) = found.missing.first() {
        let was_in_cluster =
            facts.machine.iter().flat_map(|machine| &machine.data).any(|data| data.contents == Contents::Own);
        let severity = if was_in_cluster { Severity::Warning } else { Severity::Error };
        let more = match found.missing.len() - 1 {
            0 => "has".to_owned(),
            more => format!("and {more} more have"),
        };
        let message = format!("{} {more} no address after {patience} s: the name servers {why}", shown(name));
        let help = if was_in_cluster {
            "this node was in a cluster and starts all the same; until a host has an address and it is started again, it \
             finds only nodes that it knew"
        } else {
            "this node would find nobody: set DISCOVERY_HOSTS to names of the masters; in Kubernetes to a headless Service \
             that selects them, with `publishNotReadyAddresses: true`"
        };
        findings.push(hosts.finding(Finding::new(severity, "discovery/unresolved", message)).help(help));
    } else {
        for (name, why) in &found.missing {
            tracing::info!("{} has no address yet: the name servers {why}", shown(name));
        }
    }
    // A name that the server can look up itself stays; some do not start with one that has no address.
    let stays = |name: &str| {
        matches!(wanted(name), Wanted::Host { .. }) && !generation(facts.version).refuses_unresolved_hosts
    };
    let missing = found.missing.into_iter().map(|(name, _)| name).filter(|name| stays(name));
    let all: Vec<String> = found.hosts.into_iter().chain(missing).collect();
    Some(all.join(","))
}
