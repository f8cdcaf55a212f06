//! Looks the hosts of `DISCOVERY_HOSTS` up, for servers that cannot do it well: a list of transport addresses, once there
//! is one. Waits; a stop signal ends this process meanwhile.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "here name servers are asked, and waited for as long as the option says"
)]

mod client;
mod message;

use std::path::Path;
use std::time::{Duration, Instant};

use diagnostics::printable;
use node::World;
use server::discovery::names::{Wanted, element, wanted};

use client::{Client, Configuration};

/// From one question to the next, while nobody has an address.
const PAUSE: Duration = Duration::from_secs(1);
/// Neither file is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a list of hosts has become.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Transport addresses, and what was none of a name's business.
    pub(crate) hosts: Vec<String>,
    /// The elements without an address, each with the reason.
    pub(crate) missing: Vec<(String, String)>,
}

/// Looks all of them up, until one has an address or the time is up; nobody is asked where nothing is a name. What is
/// secret is named in no line of the log.
pub(crate) fn look_up(elements: &[&str], is_secret: bool, limit: Duration, world: &dyn World) -> Looked {
    let until = Instant::now() + limit;
    let mut is_waiting = false;
    loop {
        // A question that is asked gets a moment.
        let looked = once(elements, until.max(Instant::now() + PAUSE), world);
        let left = until.saturating_duration_since(Instant::now());
        if !looked.hosts.is_empty() || looked.missing.is_empty() || left.is_zero() {
            return looked;
        }
        if !is_waiting {
            let names: Vec<&str> = looked.missing.iter().map(|(name, _)| name.as_str()).collect();
            let names = if is_secret { "the hosts".to_owned() } else { format!("`{}`", names.join("`, `")) };
            tracing::info!(
                "waiting at most {} s for an address of {}",
                limit.as_secs_f64(),
                printable(&names)
            );
            is_waiting = true;
        }
        std::thread::sleep(PAUSE.min(left));
    }
}

fn once(elements: &[&str], until: Instant, world: &dyn World) -> Looked {
    let text = |path| {
        let bytes = world.read(Path::new(path), LARGEST).is().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    // Read again each time: neither is there for good while a container starts.
    let configuration = Configuration::new(&text("/etc/resolv.conf"), &text("/etc/hosts"));
    let number = || {
        let bytes = world.random(2).is().unwrap_or_default();
        bytes.iter().fold(0, |number, byte| number << 8 | u16::from(*byte))
    };
    let client = Client { configuration: &configuration, until, number: &number };
    let mut looked = Looked::default();
    for wish in elements {
        let found = match wanted(wish) {
            Wanted::Nothing => Ok(vec![(*wish).to_owned()]),
            Wanted::Host { name, port } => of_host(&client, name, port),
            Wanted::Service(name) => of_service(&client, name),
        };
        match found {
            Ok(hosts) if hosts.is_empty() => {
                looked.missing.push(((*wish).to_owned(), "say that there is none".to_owned()));
            }
            Ok(hosts) => {
                for host in hosts {
                    if !looked.hosts.contains(&host) {
                        looked.hosts.push(host);
                    }
                }
            }
            Err(why) => looked.missing.push(((*wish).to_owned(), why)),
        }
    }
    looked
}

fn of_host(client: &Client<'_>, name: &str, port: &str) -> Result<Vec<String>, String> {
    Ok(client.addresses(name)?.into_iter().map(|address| element(address, port)).collect())
}

fn of_service(client: &Client<'_>, name: &str) -> Result<Vec<String>, String> {
    let (mut hosts, mut why) = (Vec::new(), None);
    for (host, port) in client.services(name)? {
        match of_host(client, &host, &format!(":{port}")) {
            Ok(found) => hosts.extend(found),
            Err(reason) => why = Some(reason),
        }
    }
    // One that answers is enough.
    why.filter(|_| hosts.is_empty()).map_or(Ok(hosts), Err)
}
