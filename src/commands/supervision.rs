//! The options of the supervising side, given their meaning.

use std::time::Duration;

use node::Identity;
use pid1::privileges::Credentials;

use crate::cli::{Dialect, LogFormat, Options};
use pid1::log::{Log, LogLevel};
use pid1::signals::{Action, Forwarding, Signal, parse_rewrite_list, parse_signal, parse_signal_list};
use pid1::{Delivery, EarlyStop, Start, Supervision, Watch};

/// The supervision that the options ask for, starting from that table of signals.
///
/// # Errors
/// A signal that does not exist, as a sentence.
pub(crate) fn of_options(options: &Options, mut forwarding: Forwarding) -> Result<Supervision, String> {
    let asked = &options.supervision;
    let delivery = match (asked.session, asked.group) {
        (true, _) => Delivery::Session,
        (false, true) => Delivery::Group,
        (false, false) => Delivery::Single,
    };
    if delivery == Delivery::Session {
        // The kernel lets no terminal stop a group that nobody outside of it could continue.
        for signal in [Signal::TSTP, Signal::TTIN, Signal::TTOU] {
            if forwarding.action(signal) == Action::Forward {
                forwarding.set(signal, Action::Rewrite(Signal::STOP));
            }
        }
    }
    for (option, list, action) in
        [("forward", &asked.forward, Action::Forward), ("drop", &asked.drop, Action::Drop)]
    {
        for signal in parse_signal_list(list).map_err(|why| of(option, &why))? {
            forwarding.set(signal, action);
        }
    }
    for (signal, action) in parse_rewrite_list(&asked.rewrite).map_err(|why| of("rewrite", &why))? {
        forwarding.set(signal, action);
    }
    let parent_death_signal = match &asked.parent_death_signal {
        Some(signal) => Some(parse_signal(signal).map_err(|why| of("parent-death-signal", &why))?),
        None => None,
    };
    let start = Start {
        own_group: asked.dialect == Dialect::Tini,
        inherit_signals: asked.inherit_signals,
        parent_death_signal,
        suggested_command: asked.suggested_command,
        ..Start::default()
    };
    let defaults = Watch::default();
    let watch = Watch {
        forwarding,
        delivery,
        stops_with_child: delivery == Delivery::Session || asked.dialect == Dialect::DumbInit,
        subreaper: !asked.no_subreaper,
        grace: asked.grace.map_or(defaults.grace, Duration::from_secs_f64),
        linger: asked.linger.map_or(defaults.linger, Duration::from_secs_f64),
        stop_timeout: asked.stop_timeout.map(Duration::from_secs_f64),
        is_server: false,
        early_stop: EarlyStop::Once,
        stop_status: asked.stop_status,
        success_codes: asked.success_codes.clone(),
        log: log(options),
        log_reaped: if asked.log_reaped { LogLevel::Warn } else { LogLevel::Debug },
    };
    Ok(Supervision { start, watch })
}

fn of(option: &str, why: &str) -> String {
    format!("the value of `--{option}` is not valid: {why}")
}

fn log(options: &Options) -> Log {
    let level = match options.log_level {
        Some("off") => LogLevel::Off,
        Some("error") => LogLevel::Error,
        Some("warn") => LogLevel::Warn,
        Some("debug" | "trace") => LogLevel::Debug,
        _ => LogLevel::Info,
    };
    Log { level, json: options.log_format == LogFormat::Json || options.message_format.is_json() }
}

/// The identity as the kernel has it.
pub(crate) fn credentials(identity: &Identity) -> Credentials {
    Credentials { uid: identity.uid, gid: identity.gid, groups: identity.groups.clone() }
}
