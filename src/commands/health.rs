//! `health`: whether the node of this container answers, for probes.

use std::time::Duration;

use diagnostics::printable;
use node::{Depth, Health};
use server::network::{Questions, Service};
use template::Environment;

use crate::ask::ask;
use crate::cli::{Options, UsageError};
use crate::disk::Disk;
use crate::exit;
use crate::output;

/// In seconds, for everything. A node that needs longer serves nobody.
const PATIENCE: f64 = 5.0;

/// Prints a line that says why; gives the exit code.
///
/// # Errors
/// There is no configuration to read.
pub(crate) fn run(options: &Options, environment: &Environment) -> Result<u8, UsageError> {
    let found = node::health(
        &options.request(Depth::Start),
        environment,
        options.ready == Some(true),
        &Disk::default(),
    );
    let health = found.map_err(|why| {
        UsageError::new(format_args!("{why}")).help(format_args!(
            "where `run` has options for these, `health` needs the same: `--es-home`, `--config-dir`, `--runtime-dir`, or \
             their variables"
        ))
    })?;
    let limit = Duration::from_secs_f64(options.timeout.unwrap_or(PATIENCE));
    let (line, code) = match answer(&health, limit) {
        Ok(line) => (line, exit::OK),
        Err(line) => (line, 1),
    };
    // Who asks may have gone away.
    let _ = output::standard_output(format!("{}\n", printable(&line)).as_bytes());
    Ok(code)
}

fn answer(health: &Health, limit: Duration) -> Result<String, String> {
    let target = &health.target;
    let addresses = match &health.questions {
        Questions::Ask(addresses) => addresses,
        Questions::Nobody { others: true } => {
            return Err(format!("this node does not listen on {}, somebody else does", target.name()));
        }
        Questions::Nobody { others: false } => return Err(closed(health)),
    };
    // The kernel alone would take the connection.
    if health.is_stopped && target.service == Service::Transport {
        return Err("the server is stopped by a signal".to_owned());
    }
    ask(target.service, addresses, limit)
}

fn closed(health: &Health) -> String {
    let why = match health.target.service {
        Service::Readiness => ": the node is in no cluster",
        _ => "",
    };
    format!("nothing listens on {}{why}", health.target.name())
}
