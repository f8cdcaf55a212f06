//! The second life: after the preparation the process executes itself anew, only to supervise. The mask and the signals
//! that wait survive that, the memory of the preparation does not.
//!
//! The command line that is made and read here is not for people; `init` has its own.

use super::log::{Log, LogLevel};
use super::signals::{Forwarding, Signal, SignalSet};
use super::start::Inherited;
use super::system::{self, Words};
use super::{Delivery, Report, Supervision};
use crate::plan::Command;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

/// Marks the command line.
const MARK: &str = "--anew";

const DELIVERIES: [(&str, Delivery); 3] =
    [("single", Delivery::Single), ("group", Delivery::Group), ("session", Delivery::Session)];

const REPORTS: [(&str, Report); 3] =
    [("never", Report::Never), ("abnormal", Report::Abnormal), ("always", Report::Always)];

/// What the second life needs to know: the supervision without what has been done already.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Continued {
    pub(super) supervision: Supervision,
    pub(super) inherited: Inherited,
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
}

/// The command line of the second life: `es-entrypoint init --anew OPTION… -- PROGRAM ARG…`.
pub fn encode(command: &Command, supervision: &Supervision) -> Vec<OsString> {
    let inherited = Inherited::get();
    let word = |text: &str| OsString::from(text);
    let number = |name: &str, value: u128| OsString::from(format!("--{name}={value}"));
    let mut words = vec![word("es-entrypoint"), word("init"), word(MARK)];
    words.push(OsString::from(format!("--forwarding={}", supervision.forwarding.encode())));
    words.push(number("grace", supervision.grace.as_millis()));
    if let Some((name, _)) = DELIVERIES.iter().find(|(_, delivery)| *delivery == supervision.delivery) {
        words.push(OsString::from(format!("--delivery={name}")));
    }
    if let Some((name, _)) = REPORTS.iter().find(|(_, report)| *report == supervision.report) {
        words.push(OsString::from(format!("--report={name}")));
    }
    words.push(OsString::from(format!("--log-level={}", supervision.log.level.word())));
    if supervision.log.json {
        words.push(word("--log-json"));
    }
    if !supervision.subreaper {
        words.push(word("--no-subreaper"));
    }
    if supervision.inherit_signals {
        words.push(word("--inherit-signals"));
        words.push(number("mask", inherited.mask.0.into()));
        words.push(number("ignores", inherited.ignores.0.into()));
    }
    if supervision.lock_memory {
        words.push(word("--lock-memory"));
    }
    if let Some(timeout) = supervision.stop_timeout {
        words.push(number("stop-timeout", timeout.as_millis()));
    }
    if let Some(status) = supervision.stop_status {
        words.push(number("stop-status", status.into()));
    }
    for code in &supervision.codes_to_zero {
        words.push(number("code-to-zero", (*code).into()));
    }
    if let Some(signal) = supervision.parent_death_signal {
        words.push(OsString::from(format!("--parent-death-signal={}", signal.number())));
    }
    words.push(word("--"));
    words.push(command.program.clone());
    words.extend(command.arguments.iter().cloned());
    words
}

/// Reads what [`encode`] made, without the program's name; nothing where it is some other command line.
pub(super) fn decode(words: &[OsString]) -> Option<Continued> {
    let [init, mark, rest @ ..] = words else { return None };
    if init != "init" || mark != MARK {
        return None;
    }
    let end = rest.iter().position(|word| word == "--")?;
    let (options, command) = (&rest[..end], &rest[end + 1..]);
    let (program, arguments) = command.split_first()?;
    let mut supervision = Supervision { log: Log::default(), ..Supervision::default() };
    let mut inherited = Inherited::default();
    for option in options {
        let option = option.to_str()?;
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let milliseconds = || value.parse().ok().map(Duration::from_millis);
        match name {
            "--forwarding" => supervision.forwarding = Forwarding::decode(value)?,
            "--grace" => supervision.grace = milliseconds()?,
            "--delivery" => supervision.delivery = DELIVERIES.iter().find(|(name, _)| *name == value)?.1,
            "--report" => supervision.report = REPORTS.iter().find(|(name, _)| *name == value)?.1,
            "--log-level" => {
                supervision.log.level = LogLevel::WORDS.iter().find(|(name, _)| *name == value)?.1;
            }
            "--log-json" => supervision.log.json = true,
            "--no-subreaper" => supervision.subreaper = false,
            "--inherit-signals" => supervision.inherit_signals = true,
            "--mask" => inherited.mask = SignalSet(value.parse().ok()?),
            "--ignores" => inherited.ignores = SignalSet(value.parse().ok()?),
            "--lock-memory" => supervision.lock_memory = true,
            "--stop-timeout" => supervision.stop_timeout = Some(milliseconds()?),
            "--stop-status" => supervision.stop_status = Some(value.parse().ok()?),
            "--code-to-zero" => supervision.codes_to_zero.push(value.parse().ok()?),
            "--parent-death-signal" => {
                supervision.parent_death_signal = Some(Signal::from_number(value.parse().ok()?)?);
            }
            _ => return None,
        }
    }
    Some(Continued { supervision, inherited, program: program.clone(), arguments: arguments.to_vec() })
}

/// Starts the second life with the command's environment; returns only where that cannot be done.
pub(super) fn execute_anew(command: &Command, supervision: &Supervision) {
    let arguments = encode(command, supervision).into_iter().map(|word| word.as_bytes().to_vec()).collect();
    if let (Ok(arguments), Ok(environment)) = (Words::new(arguments), environment(&command.environment)) {
        system::execute(c"/proc/self/exe", &arguments, &environment);
    }
}

/// The environment for the kernel.
pub(super) fn environment(variables: &[(OsString, OsString)]) -> Result<Words, nix::errno::Errno> {
    Words::new(
        variables.iter().map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat()).collect(),
    )
}

/// The arguments as bytes.
pub(super) fn bytes(arguments: &[OsString]) -> Vec<Vec<u8>> {
    arguments.iter().map(|argument| OsStr::as_bytes(argument).to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::signals::Action;

    fn command() -> Command {
        Command {
            program: "java".into(),
            arguments: vec!["--".into(), "".into(), OsStr::from_bytes(b"\xff\n").to_owned()],
            environment: Vec::new(),
            working_directory: None,
            umask: None,
        }
    }

    fn survives(supervision: &Supervision) {
        let continued = decode(&encode(&command(), supervision)[1..]).unwrap();
        assert_eq!(continued.supervision, *supervision);
        assert_eq!((continued.program, continued.arguments), (command().program, command().arguments));
    }

    #[test]
    fn a_supervision_survives_the_second_life() {
        survives(&Supervision::default());
        let mut forwarding = Forwarding::jvm();
        forwarding.set(Signal::TERM, Action::Rewrite(Signal::INT));
        survives(&Supervision {
            forwarding,
            delivery: Delivery::Session,
            subreaper: false,
            inherit_signals: true,
            grace: Duration::from_millis(1_500),
            stop_timeout: Some(Duration::from_secs(90)),
            stop_status: Some(0),
            codes_to_zero: vec![143, 3],
            parent_death_signal: Some(Signal::QUIT),
            lock_memory: true,
            report: Report::Always,
            log: Log { level: LogLevel::Debug, json: true },
            ..Supervision::default()
        });
        survives(&Supervision { delivery: Delivery::Group, report: Report::Never, ..Supervision::default() });
    }

    #[test]
    fn other_command_lines_are_not_taken() {
        for words in [
            &[][..],
            &["init"],
            &["init", "--", "true"],
            &["init", "--anew"],
            &["init", "--anew", "--"],
            &["init", "--anew", "true"],
            &["init", "--anew", "--unknown", "--", "true"],
            &["init", "--anew", "--grace=x", "--", "true"],
            &["init", "--anew", "--forwarding=00", "--", "true"],
            &["run", "--anew", "--", "true"],
        ] {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(decode(&words), None, "{words:?}");
        }
    }
}
