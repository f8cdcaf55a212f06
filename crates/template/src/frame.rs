//! Where in a YAML document a scalar stands.

use std::ops::Range;

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
}

/// The dotted name of the setting whose value is being read.
pub(crate) fn setting_name(frames: &[Frame]) -> String {
    let mut name = String::new();
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
