//! The nearest known name to a mistyped one. A leaf.

/// The candidate that differs least from `name` (ignoring case and `-` against `_`), unless all differ too much to
/// be the right one: by more than a third of the characters, or more than three. Names of one or two letters are near
/// to everything: only their case may differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = normal(name);
    let bound = (wanted.len() / 3).min(3);
    candidates
        .into_iter()
        // Names are short; a hostile one must not cost quadratic time.
        .filter(|candidate| wanted.len() <= LONGEST && candidate.len().abs_diff(wanted.len()) <= bound)
        .map(|candidate| (distance(&wanted, &normal(candidate), bound), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

const LONGEST: usize = 256;

fn normal(name: &str) -> Vec<u8> {
    name.bytes().map(|byte| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }).collect()
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours count 1. What is above the
/// bound may be given up early.
fn distance(left: &[u8], right: &[u8], bound: usize) -> usize {
    let width = right.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, left_byte) in left.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, right_byte) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(left_byte != right_byte);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped =
                row > 0 && column > 0 && left[row - 1] == *right_byte && *left_byte == right[column - 1];
            if swapped {
                best = best.min(before_last[column - 1] + 1);
            }
            current[column + 1] = best;
        }
        // A row is never better than the two before it.
        if last.iter().chain(&current).min() > Some(&bound) {
            return bound + 1;
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant_and_nothing_else() {
        let names = ["es-home", "config-dir", "strict", "stop-timeout"];
        assert_eq!(nearest("stirct", names), Some("strict"));
        assert_eq!(nearest("ES_HOME", names), Some("es-home"));
        assert_eq!(nearest("confg-dir", names), Some("config-dir"));
        assert_eq!(nearest("banana", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("X", ["_", "A", "XY"]), None);
        assert_eq!(nearest("ab", ["a", "abc", "AB"]), Some("AB"));
        assert_eq!(nearest("stop-timeouts-of-pod", names), None);
        assert_eq!(nearest(&"x".repeat(100_000), names), None);
    }
}
