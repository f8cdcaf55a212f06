//! The second life: when the child runs, the process executes itself anew, only to supervise. The mask, the signals that
//! wait, the child and the right to adopt orphans survive that; the memory of the preparation does not, nor does the
//! environment with what may be secret in it.
//!
//! The command line that is made and read here is not for people; `init` has its own.

use crate::log::{Log, LogLevel};
use crate::run::Started;
use crate::signals::Forwarding;
use crate::spawn::Place;
use crate::supervision::{Delivery, Supervision};
use crate::system::{self, Words};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

/// Marks the command line.
const MARK: &str = "--anew";

const DELIVERIES: [(&str, Delivery); 3] =
    [("single", Delivery::Single), ("group", Delivery::Group), ("session", Delivery::Session)];

const PLACES: [(&str, Place); 3] =
    [("ours", Place::Ours), ("group", Place::Group), ("session", Place::Session)];

/// What the second life needs to know: the child, and the supervision without what has been done already.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Continued {
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

/// The command line of the second life: `es-entrypoint init --anew OPTION… -- PROGRAM`.
fn encode(started: &Started, supervision: &Supervision) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = ["es-entrypoint", "init", MARK].map(|word| word.as_bytes().to_vec()).into();
    let mut option = |name: &str, value: &dyn std::fmt::Display| {
        words.push(format!("--{name}={value}").into_bytes());
    };
    option("child", &started.child);
    option("place", &word(&PLACES, &started.place));
    // The clock goes on, its readings cannot be written down.
    option("age", &started.born.elapsed().as_millis());
    option("lent", &started.lent);
    if let Some(kills) = started.kills_before {
        option("kills-before", &kills);
    }
    option("forwarding", &supervision.forwarding.encode());
    option("delivery", &word(&DELIVERIES, &supervision.delivery));
    option("stops-with-child", &supervision.stops_with_child);
    option("subreaper", &supervision.subreaper);
    option("grace", &supervision.grace.as_millis());
    option("repeats-early-stop", &supervision.repeats_early_stop);
    option("log-level", &supervision.log.level.word());
    option("log-json", &supervision.log.json);
    if let Some(timeout) = supervision.stop_timeout {
        option("stop-timeout", &timeout.as_millis());
    }
    if let Some(status) = supervision.stop_status {
        option("stop-status", &status);
    }
    for code in &supervision.codes_to_zero {
        option("code-to-zero", code);
    }
    words.push(b"--".to_vec());
    words.push(started.program.as_bytes().to_vec());
    words
}

/// Reads what [`encode`] made, without the program's name; nothing where it is some other command line.
pub(crate) fn decode(words: &[OsString]) -> Option<Continued> {
    let [init, mark, options @ .., end, program] = words else { return None };
    if init != "init" || mark != MARK || end != "--" {
        return None;
    }
    let mut supervision = Supervision { log: Log::default(), ..Supervision::default() };
    let mut started = Started {
        program: program.clone(),
        child: 0,
        place: Place::Ours,
        lent: false,
        born: Instant::now(),
        kills_before: None,
    };
    for option in options {
        let (name, text) = option.to_str()?.split_once('=')?;
        let milliseconds = || text.parse().ok().map(Duration::from_millis);
        match name {
            "--child" => started.child = text.parse().ok()?,
            "--place" => started.place = value(&PLACES, text)?,
            "--age" => started.born = started.born.checked_sub(milliseconds()?)?,
            "--lent" => started.lent = text.parse().ok()?,
            "--kills-before" => started.kills_before = Some(text.parse().ok()?),
            "--forwarding" => supervision.forwarding = Forwarding::decode(text)?,
            "--delivery" => supervision.delivery = value(&DELIVERIES, text)?,
            "--stops-with-child" => supervision.stops_with_child = text.parse().ok()?,
            "--subreaper" => supervision.subreaper = text.parse().ok()?,
            "--grace" => supervision.grace = milliseconds()?,
            "--repeats-early-stop" => supervision.repeats_early_stop = text.parse().ok()?,
            "--log-level" => supervision.log.level = value(&LogLevel::WORDS, text)?,
            "--log-json" => supervision.log.json = text.parse().ok()?,
            "--stop-timeout" => supervision.stop_timeout = Some(milliseconds()?),
            "--stop-status" => supervision.stop_status = Some(text.parse().ok()?),
            "--code-to-zero" => supervision.codes_to_zero.push(text.parse().ok()?),
            _ => return None,
        }
    }
    // Nothing else is ever signalled: not a group that nobody made, not every process.
    (started.child > 1).then_some(Continued { started, supervision })
}

/// Starts the second life; returns only where that cannot be done.
pub(crate) fn execute_anew(started: &Started, supervision: &Supervision) {
    if let (Ok(arguments), Ok(environment)) =
        (Words::new(encode(started, supervision)), Words::new(Vec::new()))
    {
        system::execute(c"/proc/self/exe", &arguments, &environment);
    }
}

/// The environment for the kernel.
pub(crate) fn environment(variables: &[(OsString, OsString)]) -> Result<Words, nix::errno::Errno> {
    Words::new(
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
            place: Place::Ours,
            lent: false,
            born: Instant::now(),
            kills_before: None,
        }
    }

    fn survives(started: &Started, supervision: &Supervision) {
        let before = Instant::now();
        let continued = decode(&words(started, supervision)).unwrap();
        let shift = continued.started.born.max(started.born) - continued.started.born.min(started.born);
        assert!(shift <= before.elapsed() + Duration::from_millis(1), "{shift:?}");
        assert_eq!(Started { born: started.born, ..continued.started }, *started);
        assert_eq!(continued.supervision, *supervision);
    }

    #[test]
    fn a_supervision_survives_the_second_life() {
        survives(&started(), &Supervision::default());
        let mut forwarding = Forwarding::jvm();
        forwarding.set(Signal::TERM, Action::Rewrite(Signal::INT));
        survives(
            &Started {
                place: Place::Group,
                lent: true,
                born: started().born.checked_sub(Duration::from_secs(1)).unwrap(),
                kills_before: Some(3),
                ..started()
            },
            &Supervision {
                forwarding,
                delivery: Delivery::Session,
                stops_with_child: true,
                subreaper: false,
                repeats_early_stop: true,
                grace: Duration::from_millis(1_500),
                stop_timeout: Some(Duration::from_secs(90)),
                stop_status: Some(0),
                codes_to_zero: vec![143, 3],
                log: Log { level: LogLevel::Debug, json: true },
                ..Supervision::default()
            },
        );
        survives(
            &Started { place: Place::Session, ..started() },
            &Supervision { delivery: Delivery::Group, ..Supervision::default() },
        );
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
            &["init", "--anew", "--", "true"],
            &["init", "--anew", "--child=0", "--", "true"],
            &["init", "--anew", "--child=1", "--", "true"],
            &["init", "--anew", "--child=-7", "--", "true"],
            &["init", "--anew", "--child=7", "--unknown=1", "--", "true"],
            &["init", "--anew", "--child=7", "--grace=x", "--", "true"],
            &["init", "--anew", "--child=7", "--place=there", "--", "true"],
            &["init", "--anew", "--child=7", "--forwarding=00", "--", "true"],
            &["init", "--anew", "--child=7", "--", "true", "more"],
            &["run", "--anew", "--child=7", "--", "true"],
        ] {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(decode(&words), None, "{words:?}");
        }
    }
}
