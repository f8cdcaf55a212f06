//! Where each generation reads heap sizes, in the order in which the JVM gets them: the last one wins.

use super::inputs::HeapInputs;
use crate::generation::{MemoryVariables, generation};
use crate::jvm_arguments::{Argument, Origin};
use diagnostics::Finding;

/// One heap option.
pub(super) struct HeapOption {
    /// `-Xmx` or `-XX:MaxHeapSize=`.
    pub(super) flag: String,
    pub(super) maximum: bool,
    pub(super) size: String,
    pub(super) origin: Origin,
    /// What the user wrote, where a message may show it: a whole variable, or a word of one.
    pub(super) written: Option<String>,
}

/// Every heap option in the order of the command line.
pub(super) fn options(arguments: &[Argument]) -> Vec<HeapOption> {
    arguments.iter().filter_map(option).collect()
}

/// Variables of older generations that are still set.
pub(super) fn ignored_variables(inputs: &HeapInputs) -> Vec<Finding> {
    let generation = generation(inputs.version);
    if generation.memory_variables == MemoryVariables::Read {
        return Vec::new();
    }
    let (variable, server) = (generation.java_options, inputs.version.name());
    let mut findings = Vec::new();
    for (name, flags) in [("ES_HEAP_SIZE", "-Xms… -Xmx…"), ("ES_MIN_MEM", "-Xms…"), ("ES_MAX_MEM", "-Xmx…")]
    {
        if value(inputs, name).is_empty() {
            continue;
        }
        let help = format!("unset {name} and set the heap with {variable}=\"{flags}\" or in `jvm.options`");
        let finding = if generation.memory_variables == MemoryVariables::Refused {
            Finding::error("heap/ignored", format!("{server} refuses to start when `{name}` is set"))
        } else {
            Finding::warning("heap/ignored", format!("{server} does not read `{name}`"))
        };
        findings.push(finding.variable(name).help(help));
    }
    findings
}

/// Whether a variable is set that may hold sizes, and nobody can say to what.
pub(super) fn are_unknown(inputs: &HeapInputs) -> bool {
    let may_hold: template::Question = |name| {
        ["_OPTS", "_OPTIONS"].iter().any(|end| name.ends_with(end))
            || ["ES_HEAP_SIZE", "ES_MIN_MEM", "ES_MAX_MEM"].contains(&name)
    };
    !inputs.environment.unknown_in_process(may_hold).is_empty()
}

fn value(inputs: &HeapInputs, name: &str) -> String {
    inputs.environment.process(name).unwrap_or_default().to_string_lossy().into_owned()
}

fn option(argument: &Argument) -> Option<HeapOption> {
    let flags =
        [("-Xmx", true), ("-Xms", false), ("-XX:MaxHeapSize=", true), ("-XX:InitialHeapSize=", false)];
    let (flag, maximum) = flags.into_iter().find(|(flag, _)| argument.text.starts_with(flag))?;
    Some(HeapOption {
        flag: flag.trim_end_matches('=').to_owned(),
        maximum,
        size: argument.text[flag.len()..].to_owned(),
        origin: argument.origin.clone(),
        written: argument.written.clone(),
    })
}
