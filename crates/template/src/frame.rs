//! Where in a YAML document a scalar stands.

use std::ops::Range;

use diagnostics::names_secret;

/// A collection that is being read.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) mapping: bool,
    pub(crate) flow: bool,
    /// The next node of the mapping is a key.
    pub(crate) expects_key: bool,
    /// The current key of the mapping.
    pub(crate) key: String,
    /// Where that key is written.
    pub(crate) key_range: Range<usize>,
    /// How many items the sequence has had.
    pub(crate) items: usize,
    /// How long the name is that the collections around it make together.
    pub(crate) outside: usize,
}

/// The same as far as it may be shown: what is below the name of a secret may be a part of it that looks like a key.
pub(crate) fn shown_setting_name(frames: &[Frame]) -> String {
    let Some(depth) = frames.iter().position(|frame| frame.mapping && names_secret(&frame.key)) else {
        return setting_name(frames);
    };
    let mut name = setting_name(frames.get(..=depth).unwrap_or(frames));
    // A key of blanks and quotes is more than a name.
    if let Some(end) =
        name.find(|character: char| !(character.is_alphanumeric() || "._-/$<>{}".contains(character)))
    {
        name.truncate(end);
        name.push('…');
    } else if frames.iter().skip(depth + 1).any(|frame| frame.mapping) {
        name.push_str(".…");
    }
    name
}

/// No server has a setting with a longer name. Long keys around many others would make far more text than the file has.
const LONGEST_NAME: usize = 1000;

/// How long the dotted name is, or a little more.
pub(crate) fn name_length(frames: &[Frame]) -> usize {
    frames.last().map_or(0, |frame| frame.outside + frame.key.len() + 1)
}

/// Whether no setting can have the name that is being read.
pub(crate) fn is_too_long(frames: &[Frame]) -> bool {
    name_length(frames) > LONGEST_NAME
}

/// The dotted name of the setting whose value is being read; empty where none can have that name.
pub(crate) fn setting_name(frames: &[Frame]) -> String {
    let mut name = String::new();
    if is_too_long(frames) {
        return name;
    }
    for (depth, frame) in frames.iter().enumerate() {
        let part = if frame.mapping {
            frame.key.clone()
        } else if depth + 1 < frames.len() {
            frame.items.saturating_sub(1).to_string()
        } else {
            continue;
        };
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&part);
    }
    name
}
