//! Options that another one makes void: the JVM takes both and says nothing.

use super::origin::{Argument, Origin};
use crate::generation::generation;
use crate::version::Version;
use diagnostics::Finding;

/// Shares of the memory, and what sets the same size outright. Where both are there, the size counts, in whichever order
/// they stand: tried with Java 8, 17, 21 and 25.
const SHARES: &[(&str, Size)] = &[
    ("MaxRAMPercentage", Size::Maximum),
    ("MaxRAMFraction", Size::Maximum),
    ("MinRAMPercentage", Size::Maximum),
    ("MinRAMFraction", Size::Maximum),
    ("InitialRAMPercentage", Size::Initial),
    ("InitialRAMFraction", Size::Initial),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Maximum,
    Initial,
}

impl Size {
    fn is_set_by(self, argument: &Argument) -> bool {
        let (short, long) = match self {
            Self::Maximum => ("-Xmx", "-XX:MaxHeapSize="),
            Self::Initial => ("-Xms", "-XX:InitialHeapSize="),
        };
        argument.text.starts_with(short) || argument.text.starts_with(long)
    }
}

pub(super) fn check(version: Version, arguments: &[Argument]) -> Vec<Finding> {
    let mut findings = shares(version, arguments);
    findings.extend(explicit_collections(arguments));
    findings.extend(beaten(arguments));
    findings
}

/// A heap as a share of the memory.
fn shares(version: Version, arguments: &[Argument]) -> Vec<Finding> {
    let share = |argument: &Argument| {
        let flag = argument.flag()?;
        SHARES.iter().find(|(name, _)| *name == flag).map(|(_, size)| *size)
    };
    let [maximum, initial] = winners(arguments);
    let mut findings = Vec::new();
    for argument in arguments {
        let Some(size) = share(argument) else { continue };
        let winner = if size == Size::Maximum { maximum } else { initial };
        let help = match winner {
            Some(winner) => {
                let help = format!("{} sets that size", sets(winner));
                match winner.origin {
                    // The script of 1.x and 2.x always gives both sizes.
                    Origin::Script => {
                        format!("{help}: set the heap with ES_HEAP_SIZE, and take the share out")
                    }
                    _ => format!("{help}: take it out, or the share of the memory"),
                }
            }
            None if generation(version).sizes_heap && maximum.or(initial).is_none() => {
                let variable = generation(version).java_options;
                format!(
                    "{} chooses the heap itself where no size is given, half of the memory for most nodes, and puts it behind \
                     all options: take the share out, or set the size with {variable}=\"-Xms… -Xmx…\"",
                    version.name()
                )
            }
            None => continue,
        };
        let message = format!("{} does nothing", argument.origin.name(&argument.shown()));
        findings.push(argument.origin.place(Finding::warning("launch/void-option", message)).help(help));
    }
    findings
}

/// The option that counts in the place of this one of the list: the last one that sets the same.
pub fn winner<'a>(argument: &Argument, arguments: &'a [Argument]) -> Option<&'a Argument> {
    let what = sets_what(argument)?;
    let last = arguments.iter().rev().find(|other| sets_what(other) == Some(what))?;
    (!std::ptr::eq(last, argument)).then_some(last)
}

/// What an option sets that only one can set; nothing for those of which each counts.
fn sets_what(argument: &Argument) -> Option<&str> {
    const SHORT: [(&str, &str); 3] =
        [("-Xmx", "MaxHeapSize"), ("-Xms", "InitialHeapSize"), ("-Xss", "ThreadStackSize")];
    const ADD_UP: [&str; 6] = [
        "CompileCommand",
        "CompileOnly",
        "Flags",
        "FlightRecorderOptions",
        "StartFlightRecording",
        "VMOptionsFile",
    ];
    if let Some((_, what)) = SHORT.iter().find(|(short, _)| argument.text.starts_with(short)) {
        return Some(what);
    }
    match argument.flag() {
        Some(flag) => Some(flag).filter(|flag| !ADD_UP.contains(flag)),
        None => argument.text.starts_with("-D").then(|| argument.text.split('=').next()).flatten(),
    }
}

/// The last ones that set the maximum and the initial size.
fn winners(arguments: &[Argument]) -> [Option<&Argument>; 2] {
    [Size::Maximum, Size::Initial].map(|size| arguments.iter().rev().find(|other| size.is_set_by(other)))
}

fn sets(winner: &Argument) -> String {
    match &winner.origin {
        Origin::Size(name) => format!("`{name}`"),
        origin => format!("`{}` of {}", winner.shown(), origin.words()),
    }
}

/// `System.gc()` cannot be concurrent where it is switched off.
fn explicit_collections(arguments: &[Argument]) -> Option<Finding> {
    let last = |name: &str| {
        arguments.iter().rev().find(|argument| argument.switch().is_some_and(|(other, _)| other == name))
    };
    let is_on = |argument: &&Argument| argument.switch().is_some_and(|(_, is_on)| is_on);
    let concurrent = last("ExplicitGCInvokesConcurrent").filter(is_on)?;
    let disabled = last("DisableExplicitGC").filter(is_on)?;
    let message = format!("{} does nothing", concurrent.origin.name(&concurrent.text));
    Some(
        concurrent
            .origin
            .place(Finding::warning("launch/void-option", message))
            .help(format!("{} switches off what it is about: keep one of the two", sets(disabled))),
    )
}

/// Variables that the JVM reads before its command line lose against it, also against the defaults of `jvm.options`.
fn beaten(arguments: &[Argument]) -> Vec<Finding> {
    let [maximum, initial] = winners(arguments);
    let mut findings = Vec::new();
    for argument in arguments {
        let Origin::Variable(variable @ ("JAVA_TOOL_OPTIONS" | "JDK_JAVA_OPTIONS")) = argument.origin else {
            continue;
        };
        let Some((size, value)) = size(argument) else { continue };
        let winner = if size == Size::Maximum { maximum } else { initial };
        let Some(winner) = winner.filter(|winner| winner.origin != argument.origin) else { continue };
        if self::size(winner).is_some_and(|(_, other)| other == value) {
            continue;
        }
        let message = format!("{} does nothing", argument.origin.name(&argument.shown()));
        findings.push(argument.origin.place(Finding::warning("launch/void-option", message)).help(format!(
            "the JVM reads {variable} before its command line, where {} sets that size: change it there",
            sets(winner)
        )));
    }
    findings
}

fn size(argument: &Argument) -> Option<(Size, &str)> {
    let size = [Size::Maximum, Size::Initial].into_iter().find(|size| size.is_set_by(argument))?;
    let text = &argument.text;
    Some((size, text.split_once('=').map_or_else(|| text.get(4..).unwrap_or(""), |(_, value)| value)))
}
