//! Two garbage collectors: the JVM refuses to choose.

use std::collections::HashMap;

use super::origin::{Argument, Origin};
use crate::generation::generation;
use crate::version::Version;
use diagnostics::Finding;

/// Switches that choose one, with the last Java that knows them. Those of one family go together. Tried with Java 8, 17, 21
/// and 25.
const SWITCHES: &[(&str, Family, u16)] = &[
    ("UseSerialGC", Family::Serial, u16::MAX),
    ("UseParallelGC", Family::Parallel, u16::MAX),
    ("UseParallelOldGC", Family::Parallel, 14),
    ("UseConcMarkSweepGC", Family::ConcurrentMarkSweep, 13),
    ("UseParNewGC", Family::ConcurrentMarkSweep, 9),
    ("UseG1GC", Family::G1, u16::MAX),
    ("UseZGC", Family::Z, u16::MAX),
    ("UseShenandoahGC", Family::Shenandoah, u16::MAX),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Serial,
    Parallel,
    ConcurrentMarkSweep,
    G1,
    Z,
    Shenandoah,
}

/// The first two of different families that are switched on in the end.
pub(super) fn check(version: Version, java: u16, arguments: &[Argument]) -> Option<Finding> {
    let last: HashMap<&str, bool> = arguments.iter().filter_map(Argument::switch).collect();
    let is_on = |name: &str| last.get(name) == Some(&true);
    let mut chosen = arguments.iter().filter_map(|argument| {
        let (name, _) = argument.switch().filter(|(name, sign)| *sign && is_on(name))?;
        let (_, family, _) = SWITCHES.iter().find(|(other, _, last)| *other == name && java <= *last)?;
        Some((argument, *family))
    });
    let (first, family) = chosen.next()?;
    let (second, _) = chosen.find(|(_, other)| *other != family)?;
    Some(finding(version, java, first, second))
}

fn finding(version: Version, java: u16, first: &Argument, second: &Argument) -> Finding {
    let message = format!(
        "two garbage collectors: `{}` of {} and `{}` of {}",
        first.text,
        first.origin.words(),
        second.text,
        second.origin.words()
    );
    let words =
        if java < 9 { "Conflicting collector combinations" } else { "Multiple garbage collectors selected" };
    let remedy = match (&first.origin, &second.origin) {
        (Origin::Script, other) | (other, Origin::Script) => of_script(version, first, second, other),
        (Origin::Line(_), Origin::Variable(name)) => format!(
            "take the options of the other one out of `jvm.options`, with all that belong to it, or `{}` out of {name}",
            second.text
        ),
        _ => "keep one of them, with the options that belong to it".to_owned(),
    };
    let finding = Finding::error("launch/conflicting-options", message)
        .help(format!("the JVM does not start (`{words}`): {remedy}"));
    // What the author wrote last is what is new.
    let placed = if second.origin == Origin::Script { first } else { second };
    placed.origin.place(finding)
}

/// The scripts of 1.x and 2.x add their own choice.
fn of_script(version: Version, first: &Argument, second: &Argument, other: &Origin) -> String {
    let wanted = if first.origin == Origin::Script { second } else { first };
    let name = match other {
        Origin::Variable(name) => *name,
        _ => "ES_JAVA_OPTS",
    };
    if generation(version).reads_collector_variable {
        let text = &wanted.text;
        format!(
            "set ES_GC_OPTS={text}, which takes the place of the script's choice, and take it out of {name}"
        )
    } else {
        format!(
            "the script always chooses: take `{}` out of {name}, or switch the other one off there, too: \
             -XX:-UseConcMarkSweepGC -XX:-UseParNewGC",
            wanted.text
        )
    }
}
