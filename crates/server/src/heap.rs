//! Where the JVM's heap sizes come from in each generation, and whether they can work. Pure.

mod choice;
mod inputs;
pub(crate) mod size;
mod sources;

use std::collections::HashSet;

use crate::generation::{MemoryVariables, generation};
use crate::jvm_arguments::Origin;
pub use choice::chosen;
use diagnostics::{Finding, Severity, is_secret_name};
pub use inputs::HeapInputs;
pub use size::human;
use size::{COMPRESSED_POINTERS_END, MEBIBYTE, half};
use sources::HeapOption;

/// Everything that is wrong with the heap.
pub fn judge(inputs: &HeapInputs) -> Vec<Finding> {
    let mut findings = sources::ignored_variables(inputs);
    if sources::are_unknown(inputs) {
        return findings;
    }
    let mut initial: Option<(u64, Origin)> = None;
    let mut maximum: Option<(u64, Origin)> = None;
    let mut refused = Refused::default();
    // The maximum that the last one took the place of.
    let mut replaced: Option<(u64, Origin)> = None;
    for option in sources::options(inputs.arguments) {
        match size::parse(&option.size, inputs.java_major.is_some_and(|major| major >= 9)) {
            None => refused.add(&option.flag, &option.origin, || invalid(&option)),
            Some(0) if option.maximum => refused.add(&option.flag, &option.origin, || invalid(&option)),
            // The JVM's own choice.
            Some(0) => initial = None,
            Some(bytes) if option.maximum => {
                let is_ours = option.origin == Origin::Limit;
                let earlier = maximum.replace((bytes, option.origin)).filter(|_| !is_ours);
                replaced = earlier.filter(|(other, origin)| *other != bytes && *origin != Origin::Script);
            }
            Some(bytes) => initial = Some((bytes, option.origin)),
        }
    }
    for (size, flag, least) in [(&maximum, "-Xmx", 2 * MEBIBYTE), (&initial, "-Xms", MEBIBYTE)] {
        if let Some((bytes, origin)) = size
            && *bytes < least
        {
            refused.add(flag, origin, || too_small(flag, *bytes, origin));
        }
    }
    if !refused.findings.is_empty() {
        findings.append(&mut refused.findings);
        return findings;
    }
    findings.extend(unequal(inputs, initial.as_ref(), maximum.as_ref()));
    let is_possible = || initial.as_ref().zip(maximum.as_ref()).is_none_or(|(least, most)| least.0 <= most.0);
    if let (Some((_, origin)), Some((_, loser))) = (&maximum, &replaced)
        && is_possible()
    {
        findings.extend(beaten(inputs, origin, loser));
    }
    if let Some((bytes, origin)) = &maximum {
        findings.extend(against_memory(inputs, *bytes, origin));
        if *bytes >= COMPRESSED_POINTERS_END {
            findings.push(
                with_origin(
                    Finding::warning(
                        "heap/over-32g",
                        format!("the heap of {} is too large for compressed object pointers", human(*bytes)),
                    ),
                    origin,
                )
                .help(format!(
                    "from 32 GiB on every pointer takes twice the space, and the heap holds less than one of 31 GiB does: set \
                     31g or less{}",
                    if fitting(inputs, *bytes) == *bytes { ", or more than 48g" } else { "" }
                )),
            );
        }
    }
    findings
}

/// A size that somebody set, and that a variable which the JVM reads last takes the place of.
fn beaten(inputs: &HeapInputs, winner: &Origin, loser: &Origin) -> Option<Finding> {
    let Origin::Variable(name) = winner else { return None };
    if !inputs.java_variables.after.contains(name) {
        return None;
    }
    let message = format!("{} does not count: `{name}` sets another maximum heap", loser.name("-Xmx"));
    Some(with_origin(Finding::warning("launch/ignored-variable", message), loser).help(format!(
        "the JVM reads `{name}` after all its arguments: take the heap out of it, or of the other"
    )))
}

/// Sizes with which the JVM does not start.
#[derive(Default)]
struct Refused {
    findings: Vec<Finding>,
    /// What was reported: the place or the name of what gave a size, and the option.
    said: HashSet<(String, u32, String)>,
}

impl Refused {
    /// Reports each place once: `ES_HEAP_SIZE` sets both options, and an option may be repeated.
    fn add(&mut self, flag: &str, origin: &Origin, finding: impl FnOnce() -> Finding) {
        let flag = if matches!(origin, Origin::Size(_)) { "" } else { flag };
        let (name, at) = match origin {
            Origin::Line(span) => (span.source.name.as_str(), span.range.start),
            Origin::Size(name) | Origin::Variable(name) => (*name, 0),
            Origin::Script | Origin::Limit => ("", 0),
        };
        if self.said.insert((name.to_owned(), at, flag.to_owned())) {
            self.findings.push(finding());
        }
    }
}

fn invalid(option: &HeapOption) -> Finding {
    let HeapOption { flag, size: text, origin, written, .. } = option;
    // What is not at all like a size may be an option with a password in it.
    let is_like_a_size = |text: &&str| {
        let may_be_in_it = |it: char| it.is_ascii_alphanumeric() || "\"' .,+-:=".contains(it);
        text.len() <= 40 && text.chars().all(may_be_in_it) && !is_secret_name(text)
    };
    let written = written.as_deref().filter(is_like_a_size);
    let message = match (origin, written) {
        (Origin::Size(name), Some(written)) => {
            format!("`{name}` is `{written}`, which is not a size that the JVM reads")
        }
        (Origin::Size(name), None) => format!("`{name}` is not a size that the JVM reads"),
        (Origin::Variable(name), written) => {
            format!("`{}` in `{name}` has no size that the JVM reads", written.unwrap_or(flag))
        }
        (Origin::Line(_), _) => format!("`{flag}` has no size that the JVM reads"),
        (Origin::Script | Origin::Limit, _) => format!("`{flag}` has no size"),
    };
    let mut help =
        "the JVM does not start: a size is a whole number and one letter, `k`, `m` or `g`".to_owned();
    let bare = text.trim_matches(['"', '\'']);
    if bare != text {
        help.push_str(
            ", and quotes are no part of it; `docker run --env-file` and the list form of compose keep them",
        );
    }
    if let Some(suggestion) = size::suggest(bare) {
        help.push_str(": write `");
        help.push_str(&suggestion);
        help.push('`');
    }
    with_origin(Finding::error("heap/invalid", message), origin).help(help)
}

fn too_small(flag: &str, bytes: u64, origin: &Origin) -> Finding {
    let what = origin.name(flag);
    let mut help = "the server does not start with so small a heap".to_owned();
    if bytes < MEBIBYTE {
        help.push_str(": a number without a letter counts bytes, `m` makes it mebibytes");
    }
    with_origin(Finding::error("heap/invalid", format!("{what} is {}", human(bytes))), origin).help(help)
}

fn unequal(
    inputs: &HeapInputs,
    initial: Option<&(u64, Origin)>,
    maximum: Option<&(u64, Origin)>,
) -> Option<Finding> {
    let refuses = inputs.enforced && generation(inputs.version).limits.refuse;
    let (maximum, origin) = maximum?;
    let Some((initial, initial_origin)) = initial else {
        // Up to 2.x there always is an initial size.
        return Some(
            with_origin(
                Finding::new(severity(refuses), "heap/xms-xmx", "`-Xmx` is set, but `-Xms` is not"),
                origin,
            )
            .help(format!(
                "the heap would be resized while the server works: {}",
                match fitting(inputs, *maximum) {
                    size if size == *maximum => format!("add `-Xms{}`", size::short(size)),
                    _ => equal_help(inputs, *maximum, [origin, origin]),
                }
            )),
        );
    };
    if initial > maximum {
        return Some(
            with_origin(
                Finding::error(
                    "heap/invalid",
                    format!(
                        "the initial heap of {} is larger than the maximum of {}",
                        human(*initial),
                        human(*maximum)
                    ),
                ),
                if matches!(initial_origin, Origin::Script) { origin } else { initial_origin },
            )
            .help(equal_help(inputs, *maximum, [initial_origin, origin])),
        );
    }
    // Up to 2.x the shipped defaults differ, which is no mistake.
    if initial == maximum || (matches!(initial_origin, Origin::Script) && matches!(origin, Origin::Script)) {
        return None;
    }
    let message =
        format!("the initial heap of {} and the maximum of {} differ", human(*initial), human(*maximum));
    let finding = Finding::new(severity(refuses), "heap/xms-xmx", message);
    let origin = if matches!(origin, Origin::Script) { initial_origin } else { origin };
    Some(with_origin(finding, origin).help(format!(
        "resizing pauses the server and undoes memory locking: {}",
        equal_help(inputs, *maximum, [initial_origin, origin])
    )))
}

fn equal_help(inputs: &HeapInputs, maximum: u64, origins: [&Origin; 2]) -> String {
    let last = inputs.java_variables.after.iter();
    if let Some(name) = last.into_iter().find(|name| origins.contains(&&Origin::Variable(name))) {
        return format!("the JVM reads `{name}` after all its arguments: give both sizes there, or none");
    }
    let size = size::short(fitting(inputs, maximum));
    let generation = generation(inputs.version);
    if generation.memory_variables == MemoryVariables::Read {
        format!("set ES_HEAP_SIZE={size} alone, it sets both")
    } else {
        format!("set both: {}=\"-Xms{size} -Xmx{size}\"", generation.java_options)
    }
}

/// The memory that the heap has to fit into, and what it is.
fn memory(inputs: &HeapInputs) -> Option<(u64, &'static str)> {
    match (inputs.memory_limit, inputs.total_memory) {
        (Some(limit), total) if total.is_none_or(|total| limit <= total) => {
            Some((limit, "container's memory limit"))
        }
        (_, Some(total)) => Some((total, "machine's memory")),
        _ => None,
    }
}

/// The size that all findings about one heap advise: that one, or what fits into the memory.
fn fitting(inputs: &HeapInputs, wanted: u64) -> u64 {
    let too_small = memory(inputs).map(|(memory, _)| memory).filter(|memory| wanted > memory / 4 * 3);
    too_small.map_or(wanted, half)
}

fn against_memory(inputs: &HeapInputs, wanted: u64, origin: &Origin) -> Option<Finding> {
    let (memory, what) = memory(inputs)?;
    let half = half(memory);
    let which = if half < memory / 2 / MEBIBYTE * MEBIBYTE {
        "the most with compressed object pointers"
    } else {
        "half of that memory"
    };
    let half = size::short(half);
    let setting = match origin {
        Origin::Size(_) | Origin::Script | Origin::Limit => format!("ES_HEAP_SIZE={half}"),
        Origin::Variable(name) => format!("{name}=\"-Xms{half} -Xmx{half}\""),
        Origin::Line(_) => format!(
            "{}=\"-Xms{half} -Xmx{half}\" (or `-Xms` and `-Xmx` in this file)",
            generation(inputs.version).java_options
        ),
    };
    let remedy = format!(
        "set {setting}, {which}, or give more memory (`docker run --memory`, in Kubernetes \
         `resources.limits.memory`)"
    );
    let (finding, help) = if wanted > memory {
        (
            Finding::error(
                "heap/over-limit",
                format!("the heap of {} does not fit into the {what} of {}", human(wanted), human(memory)),
            ),
            format!("the kernel would kill the server once it uses its heap: {remedy}"),
        )
    } else if wanted > memory / 4 * 3 {
        (
            Finding::warning(
                "heap/over-limit",
                format!("the heap of {} leaves little of the {what} of {}", human(wanted), human(memory)),
            ),
            format!("the JVM needs memory besides its heap, and Lucene needs the page cache: {remedy}"),
        )
    } else {
        return None;
    };
    Some(with_origin(finding, origin).help(help))
}

fn with_origin(finding: Finding, origin: &Origin) -> Finding {
    origin.place(finding)
}

fn severity(error: bool) -> Severity {
    if error { Severity::Error } else { Severity::Warning }
}

#[cfg(test)]
mod tests;
