//! Where each generation reads heap sizes, in the order in which the JVM gets them: the last one wins.

use super::{HeapInputs, OptionsFile};
use crate::generation::{JvmOptions, MemoryVariables, generation};
use diagnostics::{Finding, Source, Span};

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
}

/// Every heap option in the order of the command line.
pub(super) fn options(inputs: &HeapInputs) -> Vec<HeapOption> {
    let mut options = Vec::new();
    let generation = generation(inputs.version);
    if generation.memory_variables == MemoryVariables::Read {
        words(&mut options, &value(inputs, "JAVA_OPTS"), &Origin::Variable("JAVA_OPTS"));
        for (flag, name, default) in [("-Xms", "ES_MIN_MEM", "256m"), ("-Xmx", "ES_MAX_MEM", "1g")] {
            let set = ["ES_HEAP_SIZE", name].into_iter().find(|name| !value(inputs, name).is_empty());
            let (text, origin) = match set {
                Some(name) => (value(inputs, name), Origin::Size(name)),
                None => (default.into(), Origin::Default),
            };
            // The script pastes it behind the flag and splits the whole at blanks.
            let before = options.len();
            words(&mut options, &format!("{flag}{text}"), &origin);
            for option in &mut options[before..] {
                flag.clone_into(&mut option.flag);
            }
        }
    } else {
        for file in inputs.jvm_options {
            lines(&mut options, inputs, file);
        }
    }
    let name = generation.java_options;
    words(&mut options, &value(inputs, name), &Origin::Variable(name));
    options
}

/// Variables of older generations that are still set.
pub(super) fn ignored_variables(inputs: &HeapInputs) -> Vec<Finding> {
    let generation = generation(inputs.version);
    if generation.memory_variables == MemoryVariables::Read {
        return Vec::new();
    }
    let variable = generation.java_options;
    let mut findings = Vec::new();
    for (name, flags) in [("ES_HEAP_SIZE", "-Xms… -Xmx…"), ("ES_MIN_MEM", "-Xms…"), ("ES_MAX_MEM", "-Xmx…")]
    {
        if value(inputs, name).is_empty() {
            continue;
        }
        let help = format!("unset {name} and set the heap with {variable}=\"{flags}\" or in `jvm.options`");
        let finding = if generation.memory_variables == MemoryVariables::Refused {
            Finding::error("heap/ignored", format!("this generation refuses to start when `{name}` is set"))
        } else {
            Finding::warning("heap/ignored", format!("this generation does not read `{name}`"))
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
    Some(HeapOption { flag: flag.trim_end_matches('=').to_owned(), maximum, size, origin: origin.clone() })
}

fn lines(options: &mut Vec<HeapOption>, inputs: &HeapInputs, file: &OptionsFile) {
    let written = file.template.as_ref().unwrap_or(&file.text);
    let may_show = if file.is_shown { template::may_show } else { |_: &str| false };
    let source = Source::new(&file.name, written.as_str(), may_show);
    let mut start = 0;
    let mut written_lines = written.split_inclusive('\n');
    for line in file.text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        // Rendering keeps the lines. Values are not shown: the line is the one that the user wrote.
        let written = written_lines.next().unwrap_or("");
        let begin = start;
        start += written.len();
        let Some((offset, word)) = applicable(line, inputs) else { continue };
        // Only a line that is an option of ours is worth the copy.
        let Some(option) = option(word, &Origin::Default) else { continue };
        let written = written.trim_ascii_end();
        let range = if written == line.trim_ascii_end() {
            offset..offset + word.len()
        } else {
            written.len() - written.trim_ascii_start().len()..written.len()
        };
        let span = Span::new(&source, begin + range.start..begin + range.end);
        options.push(HeapOption { origin: Origin::Line(span), ..option });
    }
}

/// The option of a line and where it starts, when the line holds for this Java: from 6.0 on `8:`, `8-:` and
/// `8-13:` may precede it.
fn applicable<'a>(line: &'a str, inputs: &HeapInputs) -> Option<(usize, &'a str)> {
    if generation(inputs.version).jvm_options == JvmOptions::Lines {
        return line.starts_with('-').then(|| (0, line.trim_ascii_end()));
    }
    let trimmed = line.trim_ascii();
    let start = line.len() - line.trim_ascii_start().len();
    if trimmed.starts_with('-') {
        return Some((start, trimmed));
    }
    let (range, option) = trimmed.split_once(':')?;
    if !option.starts_with('-') {
        return None;
    }
    let (from, to): (u16, u16) = match range.split_once('-') {
        None => (range.parse().ok()?, range.parse().ok()?),
        Some((from, "")) => (from.parse().ok()?, u16::MAX),
        Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
    };
    let java = inputs.java_major?;
    (from <= java && java <= to).then_some((start + range.len() + 1, option))
}
