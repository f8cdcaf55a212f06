//! The options of the supervising side, given their meaning.

use std::time::Duration;

use crate::cli::{LogFormat, Options};
use crate::finding::report::MessageFormat;
use crate::supervise::log::{Log, LogLevel};
use crate::supervise::signals::{Action, Forwarding, parse_rewrite_list, parse_signal_list};
use crate::supervise::{Delivery, Supervision};

/// The supervision that the options ask for, starting from that table of signals.
///
/// # Errors
/// A signal that does not exist, as a sentence.
pub fn of_options(options: &Options, mut forwarding: Forwarding) -> Result<Supervision, String> {
    let asked = &options.supervision;
    for signal in parse_signal_list(&asked.forward.join(",")).map_err(|why| of("forward", &why))? {
        forwarding.set(signal, Action::Forward);
    }
    for signal in parse_signal_list(&asked.drop.join(",")).map_err(|why| of("drop", &why))? {
        forwarding.set(signal, Action::Drop);
    }
    for (signal, action) in parse_rewrite_list(&asked.rewrite.join(",")).map_err(|why| of("rewrite", &why))? {
        forwarding.set(signal, action);
    }
    let usual = Supervision::default();
    Ok(Supervision {
        forwarding,
        delivery: match (asked.session, asked.group) {
            (true, _) => Delivery::Session,
            (false, true) => Delivery::Group,
            (false, false) => Delivery::Single,
        },
        subreaper: !asked.no_subreaper,
        inherit_signals: asked.inherit_signals,
        grace: asked.grace.map_or(usual.grace, Duration::from_secs_f64),
        stop_timeout: asked.stop_timeout.map(Duration::from_secs_f64),
        stop_status: asked.stop_status,
        meant: asked.meant,
        log: log(options),
        ..usual
    })
}

fn of(option: &str, why: &str) -> String {
    format!("the value of `--{option}` is not valid: {why}")
}

fn log(options: &Options) -> Log {
    let level = match options.log_level.as_deref() {
        Some("off") => LogLevel::Off,
        Some("error") => LogLevel::Error,
        Some("warn") => LogLevel::Warn,
        Some("debug" | "trace") => LogLevel::Debug,
        _ => LogLevel::Info,
    };
    Log {
        level,
        json: options.log_format == LogFormat::Json || options.message_format == MessageFormat::Json,
    }
}
