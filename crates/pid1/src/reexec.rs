//! The second life: when the child runs, the process executes itself anew, only to supervise. The mask, the signals that
//! wait, the child and the right to adopt orphans survive that; the memory of the preparation does not, nor does the
//! environment with what may be secret in it.
//!
//! The command line that is made and read here is not for people; `init` has its own.

use crate::log::{Log, LogLevel};
use crate::run::Started;
use crate::signals::Forwarding;
use crate::spawn::ProcessGroup;
use crate::supervision::{Delivery, Supervision};
use crate::system::{self, CStringArray};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

/// Marks the command line.
const MARK: &str = "--reexec";

const DELIVERIES: [(&str, Delivery); 3] =
    [("single", Delivery::Single), ("group", Delivery::Group), ("session", Delivery::Session)];

const GROUPS: [(&str, ProcessGroup); 3] = [
    ("supervisor", ProcessGroup::Supervisor),
    ("own", ProcessGroup::Own),
    ("session", ProcessGroup::Session),
];

/// What the second life needs to know: the child, and the supervision without what has been done already.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReexecState {
    pub(crate) started: Started,
    pub(crate) supervision: Supervision,
}

/// The word of a value in one of the tables above.
fn word<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

/// The value of a word in one of the tables above.
fn value<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

/// The command line of the second life: `es-entrypoint init --reexec OPTION… -- PROGRAM`.
fn encode(started: &Started, supervision: &Supervision) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = ["es-entrypoint", "init", MARK].map(|word| word.as_bytes().to_vec()).into();
    let mut option = |name: &str, value: &dyn std::fmt::Display| {
        words.push(format!("--{name}={value}").into_bytes());
    };
    option("child", &started.child);
    option("process-group", &word(&GROUPS, &started.process_group));
    // The clock goes on, its readings cannot be written down.
    option("age", &started.born.elapsed().as_millis());
    option("has-foreground", &started.has_foreground);
    if let Some(kills) = started.kills_before {
        option("kills-before", &kills);
    }
    option("forwarding", &supervision.forwarding.encode());
    option("delivery", &word(&DELIVERIES, &supervision.delivery));
    option("stops-with-child", &supervision.stops_with_child);
    option("subreaper", &supervision.subreaper);
    option("grace", &supervision.grace.as_millis());
    option("resend-early-stop", &supervision.resend_early_stop);
    option("log-level", &supervision.log.level.word());
    option("log-json", &supervision.log.json);
    if let Some(timeout) = supervision.stop_timeout {
        option("stop-timeout", &timeout.as_millis());
    }
    if let Some(status) = supervision.stop_status {
        option("stop-status", &status);
    }
    for code in &supervision.success_codes {
        option("success-code", code);
    }
    words.push(b"--".to_vec());
    words.push(started.program.as_bytes().to_vec());
    words
}

/// Reads what [`encode`] made, without the program's name; nothing where it is some other command line.
pub(crate) fn decode(words: &[OsString]) -> Option<ReexecState> {
    let [init, mark, options @ .., end, program] = words else { return None };
    if init != "init" || mark != MARK || end != "--" {
        return None;
    }
    let mut supervision = Supervision { log: Log::default(), ..Supervision::default() };
    let mut started = Started {
        program: program.clone(),
        child: 0,
        process_group: ProcessGroup::Supervisor,
        has_foreground: false,
        born: Instant::now(),
        kills_before: None,
    };
    for option in options {
        let (name, text) = option.to_str()?.split_once('=')?;
        let milliseconds = || text.parse().ok().map(Duration::from_millis);
        match name {
            "--child" => started.child = text.parse().ok()?,
            "--process-group" => started.process_group = value(&GROUPS, text)?,
            "--age" => started.born = started.born.checked_sub(milliseconds()?)?,
            "--has-foreground" => started.has_foreground = text.parse().ok()?,
            "--kills-before" => started.kills_before = Some(text.parse().ok()?),
            "--forwarding" => supervision.forwarding = Forwarding::decode(text)?,
            "--delivery" => supervision.delivery = value(&DELIVERIES, text)?,
            "--stops-with-child" => supervision.stops_with_child = text.parse().ok()?,
            "--subreaper" => supervision.subreaper = text.parse().ok()?,
            "--grace" => supervision.grace = milliseconds()?,
            "--resend-early-stop" => supervision.resend_early_stop = text.parse().ok()?,
            "--log-level" => supervision.log.level = value(&LogLevel::WORDS, text)?,
            "--log-json" => supervision.log.json = text.parse().ok()?,
            "--stop-timeout" => supervision.stop_timeout = Some(milliseconds()?),
            "--stop-status" => supervision.stop_status = Some(text.parse().ok()?),
            "--success-code" => supervision.success_codes.push(text.parse().ok()?),
            _ => return None,
        }
    }
    // Nothing else is ever signalled: not a group that nobody made, not every process.
    (started.child > 1).then_some(ReexecState { started, supervision })
}

/// Starts the second life; returns only where that cannot be done.
pub(crate) fn execute(started: &Started, supervision: &Supervision) {
    if let (Ok(arguments), Ok(environment)) =
        (CStringArray::new(encode(started, supervision)), CStringArray::new(Vec::new()))
    {
        system::execute(c"/proc/self/exe", &arguments, &environment);
    }
}

/// The environment for the kernel.
pub(crate) fn environment(variables: &[(OsString, OsString)]) -> Result<CStringArray, nix::errno::Errno> {
    CStringArray::new(
        variables.iter().map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat()).collect(),
    )
}

/// The arguments as bytes.
pub(crate) fn bytes(arguments: &[OsString]) -> Vec<Vec<u8>> {
    arguments.iter().map(|argument| OsStr::as_bytes(argument).to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{Action, Signal};

    fn words(started: &Started, supervision: &Supervision) -> Vec<OsString> {
        let words = encode(started, supervision);
        words.iter().skip(1).map(|word| OsStr::from_bytes(word).to_owned()).collect()
    }

    fn started() -> Started {
        Started {
            program: OsStr::from_bytes(b"--\xff\n").to_owned(),
            child: 7,
            process_group: ProcessGroup::Supervisor,
            has_foreground: false,
            born: Instant::now(),
            kills_before: None,
        }
    }

    fn survives(started: &Started, supervision: &Supervision) {
        let before = Instant::now();
        let state = decode(&words(started, supervision)).unwrap();
        let shift = state.started.born.max(started.born) - state.started.born.min(started.born);
        assert!(shift <= before.elapsed() + Duration::from_millis(1), "{shift:?}");
        assert_eq!(Started { born: started.born, ..state.started }, *started);
        assert_eq!(state.supervision, *supervision);
    }

    #[test]
    fn a_supervision_survives_the_second_life() {
        survives(&started(), &Supervision::default());
        let mut forwarding = Forwarding::jvm();
        forwarding.set(Signal::TERM, Action::Rewrite(Signal::INT));
        survives(
            &Started {
                process_group: ProcessGroup::Own,
                has_foreground: true,
                born: started().born.checked_sub(Duration::from_secs(1)).unwrap(),
                kills_before: Some(3),
                ..started()
            },
            &Supervision {
                forwarding,
                delivery: Delivery::Session,
                stops_with_child: true,
                subreaper: false,
                resend_early_stop: true,
                grace: Duration::from_millis(1_500),
                stop_timeout: Some(Duration::from_secs(90)),
                stop_status: Some(0),
                success_codes: vec![143, 3],
                log: Log { level: LogLevel::Debug, json: true },
                ..Supervision::default()
            },
        );
        survives(
            &Started { process_group: ProcessGroup::Session, ..started() },
            &Supervision { delivery: Delivery::Group, ..Supervision::default() },
        );
    }

    #[test]
    fn other_command_lines_are_not_taken() {
        for words in [
            &[][..],
            &["init"],
            &["init", "--", "true"],
            &["init", "--reexec"],
            &["init", "--reexec", "--"],
            &["init", "--reexec", "true"],
            &["init", "--reexec", "--", "true"],
            &["init", "--reexec", "--child=0", "--", "true"],
            &["init", "--reexec", "--child=1", "--", "true"],
            &["init", "--reexec", "--child=-7", "--", "true"],
            &["init", "--reexec", "--child=7", "--unknown=1", "--", "true"],
            &["init", "--reexec", "--child=7", "--grace=x", "--", "true"],
            &["init", "--reexec", "--child=7", "--process-group=there", "--", "true"],
            &["init", "--reexec", "--child=7", "--forwarding=00", "--", "true"],
            &["init", "--reexec", "--child=7", "--", "true", "more"],
            &["run", "--reexec", "--child=7", "--", "true"],
        ] {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(decode(&words), None, "{words:?}");
        }
    }
}
