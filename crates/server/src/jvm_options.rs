//! The options of the JVM that files give: `jvm.options`, then the files of `jvm.options.d` in the order of their names.
//! The only reader of them: heap, policy and launch look at what it gives.

use std::collections::BTreeSet;

use diagnostics::{Finding, Source, Span};
use template::Format;

use crate::generation::{JvmOptions, generation};
use crate::version::Version;

/// A file of JVM options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionsFile {
    /// The path as the user knows it: the template's, where there is one.
    pub name: String,
    /// What the JVM gets.
    pub text: String,
    /// What the user wrote, where `text` was rendered from it. Rendering keeps the lines.
    pub template: Option<String>,
    /// Its lines may be shown. Those that an earlier start rendered may hold values.
    pub is_shown: bool,
    /// The numbers of the lines, from 0 on, into which a secret was put.
    pub secret_lines: BTreeSet<usize>,
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JvmOption {
    /// The rest of the line, without versions of Java before it; it may hold values that must not be shown.
    pub text: String,
    /// The option in the line that the user wrote, or that whole line where values were put into it.
    pub span: Span,
    /// It counts. Otherwise the line is for some versions of Java only, and the Java that will run is not known.
    pub is_certain: bool,
    /// A secret was put into its line.
    pub is_secret: bool,
}

/// The options of these files, in the order in which the JVM gets them. Those for another Java than `java_major` are left
/// out.
pub fn parse(version: Version, java_major: Option<u16>, files: &[OptionsFile]) -> Vec<JvmOption> {
    let grammar = generation(version).jvm_options;
    let mut options = Vec::new();
    for file in files.iter().filter(|_| grammar != JvmOptions::None) {
        let written = file.template.as_ref().unwrap_or(&file.text);
        let source = Source::new(&file.name, written.as_str(), Format::JvmOptions.secrets());
        let mut written_lines = written.split('\n');
        let mut next = 0;
        for (number, line) in file.text.split('\n').enumerate() {
            let begin = next;
            let written = written_lines.next().unwrap_or("");
            next += written.len() + 1;
            let Some(found) = option(line, grammar, java_major) else { continue };
            // What stands beside an option on its line may be a value that was rendered into the file.
            let is_alone = !written.trim_ascii().contains([' ', '\t']);
            let written = written.trim_ascii_end();
            let range = if written == line.trim_ascii_end() {
                found.start..found.start + found.text.len()
            } else {
                written.len() - written.trim_ascii_start().len()..written.len()
            };
            options.push(JvmOption {
                text: found.text.to_owned(),
                span: Span::new(&source, begin + range.start..begin + range.end)
                    .hide(!(file.is_shown && is_alone)),
                is_certain: found.is_certain,
                is_secret: file.secret_lines.contains(&number),
            });
        }
    }
    options
}

/// The lines that the launcher takes for no option, no comment and not for blank: it refuses the whole file.
pub fn refused_lines(version: Version, files: &[OptionsFile]) -> Vec<Span> {
    let mut found = Vec::new();
    for file in files.iter().filter(|_| generation(version).refuses_odd_option_lines) {
        let written = file.template.as_ref().unwrap_or(&file.text);
        let source = Source::new(&file.name, written.as_str(), Format::JvmOptions.secrets());
        let mut written_lines = written.split('\n');
        let mut next = 0;
        for line in file.text.split('\n') {
            let begin = next;
            let length = written_lines.next().unwrap_or("").len();
            next += length + 1;
            if is_refused(line) {
                found.push(Span::new(&source, begin..begin + length).hide(!file.is_shown));
            }
        }
    }
    found
}

/// The lines about which the launcher complains.
pub fn check(version: Version, refused: &[Span]) -> Vec<Finding> {
    let finding = |span: &Span| {
        let message = format!("{} takes this line for no option of the JVM", version.name());
        Finding::error("launch/invalid-option", message).at(span.clone()).help(
            "it refuses the whole file and does not start: an option begins with `-` in the first column, or after the versions of \
             Java that it is for, `17-:`; a comment begins with `#` there",
        )
    };
    refused.iter().map(finding).collect()
}

/// Tried on 6.8.23 to 9.5 and OpenSearch: blanks before an option are enough.
fn is_refused(line: &str) -> bool {
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim_ascii().is_empty() || line.starts_with(['#', '-']) {
        return false;
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_range = |range: &str| {
        let (from, to) = range.split_once('-').unwrap_or((range, ""));
        !from.is_empty() && digits(from) && digits(to)
    };
    !line.split_once(':').is_some_and(|(range, option)| is_range(range) && option.starts_with('-'))
}

/// The lines that the script of 5.x hands on, as they are: it knows no versions of Java.
pub(crate) fn plain_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"-"))
}

struct Found<'a> {
    start: usize,
    text: &'a str,
    is_certain: bool,
}

/// The option of a line: from 6.0 on `8:`, `8-:` and `8-13:` may precede it.
fn option(line: &str, grammar: JvmOptions, java_major: Option<u16>) -> Option<Found<'_>> {
    if grammar == JvmOptions::Lines {
        let text = plain_lines(line.as_bytes()).next().map(|_| line.trim_ascii_end())?;
        return Some(Found { start: 0, text, is_certain: true });
    }
    let trimmed = line.trim_ascii();
    let start = line.len() - line.trim_ascii_start().len();
    if trimmed.starts_with('-') {
        return Some(Found { start, text: trimmed, is_certain: true });
    }
    let (range, text) = trimmed.split_once(':')?;
    if !text.starts_with('-') {
        return None;
    }
    let (from, to): (u16, u16) = match range.split_once('-') {
        None => (range.parse().ok()?, range.parse().ok()?),
        Some((from, "")) => (from.parse().ok()?, u16::MAX),
        Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
    };
    let fits = java_major.is_none_or(|java| from <= java && java <= to);
    fits.then_some(Found { start: start + range.len() + 1, text, is_certain: java_major.is_some() })
}

#[cfg(test)]
mod tests;
