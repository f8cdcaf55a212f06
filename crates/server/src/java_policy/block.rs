//! Our block in a policy file: put in, replaced, taken out, with every other byte left as it is.

use std::ops::Range;

use super::check::source;
use super::grant::{Grant, permissions};
use super::syntax::{line_around, parse};
use diagnostics::{Finding, Severity, Span};

/// First line of the block.
pub const BEGIN: &str = "// es-entrypoint: begin";
/// Last line of the block.
pub const END: &str = "// es-entrypoint: end";

/// Why a file cannot get our block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpatchable {
    /// The JVM throws the existing file away as it is, for what [`super::check`] finds too.
    Dropped(Vec<Finding>),
    /// Paths that are refused, or a place for the block that is not clear.
    Refused(Vec<Finding>),
}

impl Unpatchable {
    /// What is wrong.
    pub fn findings(self) -> Vec<Finding> {
        let (Self::Dropped(findings) | Self::Refused(findings)) = self;
        findings
    }
}

/// The file with one block for exactly these grants; without grants the block is taken out. Doing it again changes
/// nothing. Errors are refused paths, and a file that the JVM would throw away together with the grants.
pub fn patch(name: &str, existing: &[u8], grants: &[Grant]) -> Result<Vec<u8>, Unpatchable> {
    let permissions = permissions(grants);
    let mut errors = permissions.findings;
    errors.retain(|finding| finding.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(Unpatchable::Refused(errors));
    }
    let found = find(name, existing).map_err(Unpatchable::Refused)?;
    let mut patched = Vec::with_capacity(existing.len() + 256);
    if permissions.names.is_empty() {
        let (start, end) = found.unwrap_or((existing.len(), existing.len()));
        // A block at the end without a line end was put behind a line without one: that line end goes too.
        let ours = end == existing.len() && start < end && !existing.ends_with(b"\n");
        patched.extend_from_slice(if ours {
            without_line_end(&existing[..start])
        } else {
            &existing[..start]
        });
        patched.extend_from_slice(&existing[end..]);
        return Ok(patched);
    }
    let line_end = line_end(existing);
    let block = block(&permissions.names, line_end);
    // Before our block is behind it: the same mistake would be reported as if our lines were wrong.
    let is_kept = readable(name, existing);
    if found.is_none() {
        is_kept.clone().map_err(Unpatchable::Dropped)?;
    }
    let (start, end) = found.unwrap_or((existing.len(), existing.len()));
    patched.extend_from_slice(&existing[..start]);
    let open = found.is_none() && existing.last().is_some_and(|byte| !matches!(byte, b'\n' | b'\r'));
    if open {
        patched.extend_from_slice(line_end.as_bytes());
    }
    let begin = in_text(&patched);
    patched.extend_from_slice(block.as_bytes());
    let stays_open = open || (end == existing.len() && start < end && !existing.ends_with(b"\n"));
    if !stays_open {
        patched.extend_from_slice(line_end.as_bytes());
    }
    patched.extend_from_slice(&existing[end..]);
    match verify(name, &patched, &permissions.names, begin..begin + block.len()) {
        Ok(()) => Ok(patched),
        Err(findings) if is_kept.is_err() => Err(Unpatchable::Dropped(findings)),
        Err(findings) => Err(Unpatchable::Refused(findings)),
    }
}

/// The bytes of the block in the file's text; nothing where there is none, or none that can be distinguished from other text.
pub fn range(existing: &[u8]) -> Option<Range<usize>> {
    let (start, end) = find("", existing).ok()??;
    Some(in_text(&existing[..start])..in_text(without_line_end(&existing[..end])))
}

/// How long the bytes are as a text, in which what is no UTF-8 is replaced.
fn in_text(bytes: &[u8]) -> usize {
    bytes
        .utf8_chunks()
        .map(|chunk| chunk.valid().len() + if chunk.invalid().is_empty() { 0 } else { 3 })
        .sum()
}

/// A policy file of its own, for `-Djava.security.policy=`.
pub fn file_text(grants: &[Grant]) -> Result<String, Vec<Finding>> {
    let mut text = String::from("// Written by es-entrypoint at every start.\n");
    let patched = patch("java.policy", text.as_bytes(), grants).map_err(Unpatchable::findings)?;
    text = String::from_utf8_lossy(&patched).into_owned();
    Ok(text)
}

fn block(names: &[String], line_end: &str) -> String {
    let mut text = format!("{BEGIN}{line_end}grant {{{line_end}");
    for name in names {
        text.push_str("    permission java.io.FilePermission \"");
        for character in name.chars() {
            if matches!(character, '"' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push_str("\", \"read\";");
        text.push_str(line_end);
    }
    text.push_str("};");
    text.push_str(line_end);
    text.push_str(END);
    text
}

fn line_end(bytes: &[u8]) -> &'static str {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) if at > 0 && bytes[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The bytes of the block, its last line end included.
fn find(name: &str, bytes: &[u8]) -> Result<Option<(usize, usize)>, Vec<Finding>> {
    let mut at = 0;
    let mut begin = None;
    let mut found = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // A lone carriage return ends a line too.
        let body = without_line_end(line);
        let start = body.iter().rposition(|byte| *byte == b'\r').map_or(0, |end| end + 1);
        let trimmed = body[start..].trim_ascii();
        let is_begin = trimmed == BEGIN.as_bytes();
        if is_begin || trimmed == END.as_bytes() {
            match (is_begin, begin, found) {
                (true, None, None) => begin = Some(at + start),
                (false, Some(start), None) => {
                    found = Some((start, at + line.len()));
                    begin = None;
                }
                _ => {
                    return Err(vec![marker(
                        name,
                        bytes,
                        at + start,
                        "a second block, or lines out of order",
                    )]);
                }
            }
        }
        at += line.len();
    }
    match begin {
        Some(begin) => Err(vec![marker(name, bytes, begin, "a block without its last line")]),
        None => Ok(found),
    }
}

fn marker(name: &str, bytes: &[u8], begin: usize, what: &str) -> Finding {
    let source = source(name, bytes);
    let line = line_around(&source.text, in_text(&bytes[..begin]));
    let written = source.text.get(line.clone()).unwrap_or("").trim_end();
    let span = Span::new(&source, line.start..line.start + written.len());
    Finding::error(
        "policy/syntax",
        format!("{what}: it is unclear which part of the file es-entrypoint wrote"),
    )
    .at(span)
    .help(format!("remove the lines between and including `{BEGIN}` and `{END}`; they are written again"))
}

/// Whether the JVM would keep the grants of that file.
fn readable(name: &str, bytes: &[u8]) -> Result<(), Vec<Finding>> {
    let source = source(name, bytes);
    let findings = super::check::losing_everything(&source, &parse(&source.text));
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// Reads the result as the JVM would: the grants must really be there, in our block.
fn verify(name: &str, patched: &[u8], names: &[String], block: Range<usize>) -> Result<(), Vec<Finding>> {
    readable(name, patched)?;
    let source = source(name, patched);
    let ours = parse(&source.text).entries.iter().any(|entry| {
        entry.is_for_everyone()
            && entry.permissions.len() == names.len()
            && entry.permissions.iter().zip(names).all(|(permission, name)| {
                permission.name.as_ref() == Some(name)
                    && block.start < permission.range.start
                    && permission.range.end < block.end
            })
    });
    if ours {
        return Ok(());
    }
    Err(vec![
        Finding::error("policy/syntax", "the JVM would not see the grants in this block")
            .at(Span::new(&source, block.start..block.start + BEGIN.len()))
            .help("the block is inside a comment or a string: remove it, it is written again at the end of the file"),
    ])
}
