//! SARIF 2.1.0: all findings of a run in one document, for code scanning and for editors.

use std::fmt::Write as _;

use crate::codes;
use crate::finding::Finding;
use crate::json::Json;
use crate::page;
use crate::source::Span;

/// What a document says of its run beside the findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The working directory, absolute: what is below it has a relative path.
    pub directory: String,
    /// Nothing where the command goes on after its report.
    pub exit_code: Option<u8>,
}

/// What the paths are relative to.
const BASE: &str = "%SRCROOT%";
/// Where the pages of the codes can be read.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/findings.md#");

/// What a document begins with.
const HEAD: &str = concat!(
    "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{",
    "\"name\":\"es-entrypoint\",\"version\":\"",
    env!("CARGO_PKG_VERSION"),
    "\",\"informationUri\":\"",
    env!("CARGO_PKG_REPOSITORY"),
    "\",\"rules\":["
);

/// What follows the rules. That something was found is no failure of the tool.
const MIDDLE: &str = concat!(
    "]}},\"originalUriBaseIds\":{\"%SRCROOT%\":{\"description\":{\"text\":\"the working directory\"}}},",
    "\"columnKind\":\"unicodeCodePoints\",\"newlineSequences\":[\"\\r\\n\",\"\\n\",\"\\r\"],",
    "\"invocations\":[{\"executionSuccessful\":true"
);

/// The document, on one line.
pub(crate) fn text(findings: &[Finding], run: &Run) -> String {
    let mut json = Json::default();
    json.raw(HEAD);
    let mut rules: Vec<&str> = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.code) {
            rules.push(finding.code);
            rule(&mut json, finding.code);
        }
    }
    json.raw(MIDDLE);
    if let Some(code) = run.exit_code {
        json.number("exitCode", code.into());
    }
    json.raw("}],\"results\":[");
    let mut seen: Vec<(u64, usize)> = Vec::new();
    for finding in findings {
        let rule = rules.iter().position(|code| *code == finding.code).unwrap_or_default();
        result(&mut json, finding, rule, run, &mut seen);
    }
    json.raw("]}]}\n");
    json.into_text()
}

/// Braces stay as they are, although the standard doubles them in texts with arguments: these have none, and a reader
/// who copies `${{NAME}}` has copied something else.
fn message(json: &mut Json, name: &str, text: &str) {
    json.open(name, '{');
    json.text("text", text);
    json.raw("}");
}

/// What is said of a code: its page.
fn rule(json: &mut Json, name: &str) {
    json.open("", '{');
    json.text("id", name);
    if let Some(code) = codes::find(name) {
        message(json, "shortDescription", code.meaning);
        let summary = code.page().split("\n\n").next().unwrap_or_default();
        message(json, "fullDescription", &summary.replace('\n', " "));
        json.open("help", '{');
        json.text("text", &page::plain(code));
        json.text("markdown", &page::markdown(code.page()));
        json.raw("}");
        json.text("helpUri", &[PAGES, &name.replace('/', "")].concat());
        json.open("defaultConfiguration", '{');
        json.text("level", code.severity.split(' ').next().unwrap_or_default());
        json.raw("}");
    }
    json.raw("}");
}

fn result(json: &mut Json, finding: &Finding, rule: usize, run: &Run, seen: &mut Vec<(u64, usize)>) {
    json.open("", '{');
    json.text("ruleId", finding.code);
    json.number("ruleIndex", rule);
    json.text("level", finding.severity.word());
    message(json, "message", &finding.message_and_help());
    json.open("locations", '[');
    json.open("", '{');
    let uri = match &finding.span {
        Some(span) => physical(json, span, run),
        // GitHub refuses a whole document for one result without an artifact.
        None => artifact(json, if finding.variable.is_some() { "<environment>" } else { "<container>" }, run),
    };
    json.raw("}");
    let argument = finding.span.as_ref().and_then(Span::word).map(|word| format!("argument {word}"));
    json.open("logicalLocations", '[');
    for (name, kind) in
        [(&finding.variable, "variable"), (&finding.setting, "property"), (&argument, "parameter")]
    {
        if let Some(name) = name {
            json.open("", '{');
            json.text("name", name);
            json.text("fullyQualifiedName", name);
            json.text("kind", kind);
            json.raw("}");
        }
    }
    json.raw("]}]");
    json.open("relatedLocations", '[');
    for (index, (span, what)) in finding.also.iter().enumerate() {
        json.open("", '{');
        json.number("id", index);
        physical(json, span, run);
        json.raw("}");
        message(json, "message", &[what, " here"].concat());
        json.raw("}");
    }
    json.raw("]");
    let hash = fingerprint(finding, &uri);
    let count = match seen.binary_search_by_key(&hash, |(hash, _)| *hash) {
        Ok(at) => {
            seen[at].1 += 1;
            seen[at].1
        }
        Err(at) => {
            seen.insert(at, (hash, 1));
            1
        }
    };
    json.open("partialFingerprints", '{');
    json.text("esEntrypoint/v1", &format!("{hash:016x}:{count}"));
    json.raw("}}");
}

/// The place, whose object is left open; gives the address of the file.
fn physical(json: &mut Json, span: &Span, run: &Run) -> String {
    let place = span.locate();
    let uri = artifact(json, &place.file, run);
    // Words are no columns.
    if span.word().is_none() {
        json.open("region", '{');
        json.number("startLine", place.line);
        json.number("startColumn", place.column);
        json.number("endColumn", place.end_column);
        json.raw("}");
    }
    uri
}

/// Begins a place with its file. Standard input is no file, nor are the arguments: `<stdin>` and `<arguments>` are only
/// names.
fn artifact(json: &mut Json, file: &str, run: &Run) -> String {
    let below = |file| str::strip_prefix(file, run.directory.trim_end_matches('/'))?.strip_prefix('/');
    let (is_relative, path) = match below(file) {
        Some(below) => (true, below),
        None if file.starts_with('/') => (false, file),
        None => (!(file.starts_with('<') && file.ends_with('>')), file.trim_start_matches("./")),
    };
    let mut uri = String::from(if file.starts_with('/') && !is_relative { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    json.open("physicalLocation", '{');
    json.open("artifactLocation", '{');
    json.text("uri", &uri);
    if is_relative {
        json.text("uriBaseId", BASE);
    }
    json.raw("}");
    uri
}

/// The same for the same problem in another line, and with other numbers: a hash (FNV-1a).
fn fingerprint(finding: &Finding, uri: &str) -> u64 {
    let [variable, setting] = [&finding.variable, &finding.setting].map(|it| it.as_deref().unwrap_or(""));
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for (part, has_numbers) in [
        (finding.code, false),
        (uri, false),
        (variable, false),
        (setting, false),
        (finding.message.as_str(), true),
    ] {
        for byte in part.bytes().chain([0]).filter(|byte| !(has_numbers && byte.is_ascii_digit())) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests;
