//! Names that are nearly others.

/// Whether one is the other with a slip of the pen: a letter more, less, another or in the wrong place, or without `_`.
/// Names of a few letters are near to many others.
pub(crate) fn is_slip(name: &str, known: &str) -> bool {
    const SHORT: usize = 4;
    let plain = |name: &str| name.bytes().filter(|byte| *byte != b'_').collect::<Vec<u8>>();
    let length = |name: &str| name.bytes().filter(|byte| *byte != b'_').count();
    if length(name).abs_diff(length(known)) > 1 {
        return false;
    }
    let (one, other) = (plain(name), plain(known));
    let same = |(one, other): &(&u8, &u8)| one == other;
    let begin = one.iter().zip(&other).take_while(same).count();
    let longest = one.len().max(other.len());
    let end = one.iter().rev().zip(other.iter().rev()).take(longest - begin).take_while(same).count();
    let is_swapped = || {
        let (left, right) = (one.get(begin..begin + 2), other.get(begin..begin + 2));
        one.len() == other.len()
            && left.zip(right).is_some_and(|(left, right)| left[0] == right[1] && left[1] == right[0])
    };
    one.len() > SHORT && (begin + end + 1 >= longest || (begin + end + 2 == longest && is_swapped()))
}
