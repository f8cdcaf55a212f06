//! Keys that values made the same.

use std::collections::{HashMap, HashSet};

use yaml::EventKind;

/// The place in the template of a key with a placeholder that came out the same as another key of its mapping.
pub(crate) fn duplicate_key(
    rendered: &str,
    with_placeholders: &[(String, usize, usize)],
) -> Option<(usize, usize)> {
    if with_placeholders.is_empty() {
        return None;
    }
    let places: HashMap<&str, (usize, usize)> =
        with_placeholders.iter().map(|(text, start, end)| (text.as_str(), (*start, *end))).collect();
    // For each open collection: the keys so far (none in sequences) and whether a key comes next.
    let mut open: Vec<(Option<HashSet<String>>, bool)> = Vec::new();
    let mut found = None;
    let read = yaml::read(rendered, &mut |entry| {
        if matches!(entry.kind, EventKind::End) {
            open.pop();
            return;
        }
        if let Some((Some(keys), expects_key)) = open.last_mut() {
            if found.is_none()
                && *expects_key
                && matches!(entry.kind, EventKind::Scalar(_))
                && !keys.insert(entry.value.clone())
            {
                found = places.get(entry.value.as_str()).copied();
            }
            *expects_key = !*expects_key;
        }
        match entry.kind {
            EventKind::MappingStart { .. } => open.push((Some(HashSet::new()), true)),
            EventKind::SequenceStart { .. } => open.push((None, false)),
            _ => {}
        }
    });
    read.ok().and(found)
}
