//! Where each generation reads heap sizes, in the order in which the JVM gets them: the last one wins.

use super::inputs::HeapInputs;
use crate::generation::{MemoryVariables, generation};
use diagnostics::{Finding, Span};

/// Who set a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The variable holds the size alone.
    Size(&'static str),
    /// The variable holds JVM options.
    Variable(&'static str),
    /// A line of `jvm.options`.
    Line(Span),
    /// Nobody: the start script's default.
    Default,
}

impl Origin {
    /// What the message calls it.
    pub(super) fn name(&self, flag: &str) -> String {
        match self {
            Self::Size(name) => format!("`{name}`"),
            Self::Variable(name) => format!("`{flag}` in `{name}`"),
            Self::Line(_) | Self::Default => format!("`{flag}`"),
        }
    }
}

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
pub(super) fn options(inputs: &HeapInputs) -> Vec<HeapOption> {
    let mut options = Vec::new();
    let generation = generation(inputs.version);
    for name in &inputs.java_variables.before {
        of_java(&mut options, inputs, name);
    }
    if generation.memory_variables == MemoryVariables::Read {
        words(&mut options, &value(inputs, "JAVA_OPTS"), &Origin::Variable("JAVA_OPTS"));
        for (flag, name, default) in [("-Xms", "ES_MIN_MEM", "256m"), ("-Xmx", "ES_MAX_MEM", "1g")] {
            let set = ["ES_HEAP_SIZE", name].into_iter().find(|name| !value(inputs, name).is_empty());
            let (text, origin) = match set {
                Some(name) => (value(inputs, name), Origin::Size(name)),
                None => (default.into(), Origin::Default),
            };
            // The script pastes it behind the flag and splits the whole at blanks. What then is no option would be the class
            // that the JVM runs: the text as a whole is no size.
            let blanks = [' ', '\t', '\n'];
            let (size, rest) = text.split_once(blanks).unwrap_or((&text, ""));
            let is_whole =
                size.is_empty() || rest.split(blanks).any(|word| !word.is_empty() && !word.starts_with('-'));
            options.push(HeapOption {
                flag: flag.to_owned(),
                maximum: flag == "-Xmx",
                size: if is_whole { text.clone() } else { size.to_owned() },
                origin: origin.clone(),
                written: set.is_some().then(|| text.clone()),
            });
            words(&mut options, rest, &origin);
        }
    } else {
        // A line that counts for some Java only is not reported where the Java that will run is not known.
        for line in inputs.jvm_options.iter().filter(|line| line.is_certain) {
            options.extend(option(&line.text, &Origin::Line(line.span.clone())));
        }
    }
    let name = generation.java_options;
    words(&mut options, &value(inputs, name), &Origin::Variable(name));
    for name in &inputs.java_variables.after {
        of_java(&mut options, inputs, name);
    }
    options
}

/// A variable that the JVM reads: quotes around words go.
fn of_java(options: &mut Vec<HeapOption>, inputs: &HeapInputs, name: &'static str) {
    words(options, &value(inputs, name).replace(['"', '\''], ""), &Origin::Variable(name));
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

fn value(inputs: &HeapInputs, name: &str) -> String {
    inputs.environment.process(name).unwrap_or_default().to_string_lossy().into_owned()
}

fn words(options: &mut Vec<HeapOption>, text: &str, origin: &Origin) {
    for word in text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()) {
        options.extend(option(word, origin));
    }
}

fn option(word: &str, origin: &Origin) -> Option<HeapOption> {
    let flags =
        [("-Xmx", true), ("-Xms", false), ("-XX:MaxHeapSize=", true), ("-XX:InitialHeapSize=", false)];
    let (flag, maximum) = flags.into_iter().find(|(flag, _)| word.starts_with(flag))?;
    let size = word[flag.len()..].to_owned();
    let written = matches!(origin, Origin::Variable(_)).then(|| word.to_owned());
    Some(HeapOption {
        flag: flag.trim_end_matches('=').to_owned(),
        maximum,
        size,
        origin: origin.clone(),
        written,
    })
}
