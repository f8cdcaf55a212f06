//! The process re-executes itself once the child runs, only to supervise. The signal mask, pending signals, the child
//! and the adoption of orphans survive that, see execve(2). The memory of the preparation does not, nor does the
//! environment with its secrets.
//!
//! The command line that is written and read here is no interface: writer and reader are the same file on disk.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::child::Started;
use crate::log::{Log, LogLevel};
use crate::signals::Forwarding;
use crate::spawn::ProcessGroup;
use crate::supervision::{Delivery, EarlyStop, Watch};
use crate::system::{self, CStringArray};

/// What is known about the child, and how to watch it. What concerned the start only is done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReexecState {
    pub(crate) started: Started,
    pub(crate) watch: Watch,
}

/// Marks the command line.
const FLAG: &str = "--reexec";

/// Re-executes this process; returns only where that is impossible.
pub(crate) fn execute(started: &Started, watch: &Watch) {
    if let (Ok(arguments), Ok(environment)) =
        (CStringArray::new(encode(started, watch)), CStringArray::new(Vec::new()))
    {
        system::execute(c"/proc/self/exe", &arguments, &environment);
    }
}

/// `es-entrypoint init --reexec --NAME=VALUE… -- PROGRAM`. No `..` in the patterns: a new field has to be written here.
fn encode(started: &Started, watch: &Watch) -> Vec<Vec<u8>> {
    let Started { program, child, process_group, has_foreground, born, kills_before } = started;
    let Watch {
        forwarding,
        delivery,
        stops_with_child,
        subreaper,
        grace,
        linger,
        stop_timeout,
        is_server,
        early_stop,
        stop_status,
        success_codes,
        log: Log { level, json },
        log_reaped,
    } = watch;
    let fields = [
        ("child", child.to_string()),
        ("process-group", process_group.word().to_owned()),
        ("has-foreground", has_foreground.to_string()),
        // The clock goes on; its readings cannot be written down.
        ("age-ns", nanoseconds(born.elapsed())),
        ("kills-before", optional(*kills_before)),
        ("forwarding", forwarding.encode()),
        ("delivery", delivery.word().to_owned()),
        ("stops-with-child", stops_with_child.to_string()),
        ("subreaper", subreaper.to_string()),
        ("grace-ns", nanoseconds(*grace)),
        ("linger-ns", nanoseconds(*linger)),
        ("stop-timeout-ns", optional(stop_timeout.map(nanoseconds))),
        ("is-server", is_server.to_string()),
        ("early-stop", early_stop.word().to_owned()),
        ("stop-status", optional(*stop_status)),
        ("success-codes", success_codes.iter().map(u8::to_string).collect::<Vec<_>>().join(",")),
        ("log-level", level.word().to_owned()),
        ("log-json", json.to_string()),
        ("log-reaped", log_reaped.word().to_owned()),
    ];
    let mut words: Vec<Vec<u8>> = ["es-entrypoint", "init", FLAG].map(|word| word.as_bytes().to_vec()).into();
    words.extend(fields.into_iter().map(|(name, value)| format!("--{name}={value}").into_bytes()));
    words.push(b"--".to_vec());
    words.push(program.as_bytes().to_vec());
    words
}

/// Reads what [`encode`] wrote, without the program's name. `None`: it is some other command line.
pub(crate) fn decode(words: &[OsString]) -> Option<ReexecState> {
    let [init, flag, fields @ .., end, program] = words else { return None };
    if init != "init" || flag != FLAG || end != "--" {
        return None;
    }
    let mut fields = Fields(fields);
    // The fields of a struct expression are read in the order in which they are written here, which is that of
    // `encode`.
    let started = Started {
        program: program.clone(),
        child: fields.next("child", parse)?,
        process_group: fields
            .next("process-group", |text| find(&ProcessGroup::ALL, |group| group.word() == text))?,
        has_foreground: fields.next("has-foreground", parse)?,
        born: fields.next("age-ns", |text| Instant::now().checked_sub(duration(text)?))?,
        kills_before: fields.next("kills-before", |text| absent_or(text, parse))?,
    };
    let level = |text: &str| find(&LogLevel::ALL, |level| level.word() == text);
    let watch = Watch {
        forwarding: fields.next("forwarding", Forwarding::decode)?,
        delivery: fields.next("delivery", |text| find(&Delivery::ALL, |delivery| delivery.word() == text))?,
        stops_with_child: fields.next("stops-with-child", parse)?,
        subreaper: fields.next("subreaper", parse)?,
        grace: fields.next("grace-ns", duration)?,
        linger: fields.next("linger-ns", duration)?,
        stop_timeout: fields.next("stop-timeout-ns", |text| absent_or(text, duration))?,
        is_server: fields.next("is-server", parse)?,
        early_stop: fields.next("early-stop", |text| find(&EarlyStop::ALL, |stop| stop.word() == text))?,
        stop_status: fields.next("stop-status", |text| absent_or(text, parse))?,
        success_codes: fields.next("success-codes", |text| {
            text.split(',').filter(|code| !code.is_empty()).map(parse).collect()
        })?,
        log: Log { level: fields.next("log-level", level)?, json: fields.next("log-json", parse)? },
        log_reaped: fields.next("log-reaped", level)?,
    };
    // A signal goes to this number or, as a group, to its negative: never to every process, see kill(2).
    (fields.0.is_empty() && started.child > 1).then_some(ReexecState { started, watch })
}

/// The words that are not read yet.
struct Fields<'a>(&'a [OsString]);

impl Fields<'_> {
    /// The value of the next word, which has to have that name.
    fn next<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (word, others) = self.0.split_first()?;
        self.0 = others;
        let (found, value) = word.to_str()?.strip_prefix("--")?.split_once('=')?;
        if found == name { read(value) } else { None }
    }
}

fn nanoseconds(duration: Duration) -> String {
    duration.as_nanos().to_string()
}

fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn duration(text: &str) -> Option<Duration> {
    parse(text).map(Duration::from_nanos)
}

/// An empty text is an absent value.
#[expect(clippy::option_option, reason = "the outer one says whether the text could be read")]
fn absent_or<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}

fn find<T: Copy>(all: &[T], is_it: impl Fn(T) -> bool) -> Option<T> {
    all.iter().copied().find(|value| is_it(*value))
}

#[cfg(test)]
mod tests;
