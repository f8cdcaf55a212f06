//! Sorting. The standard library's is 4 kB of code for each type that is sorted; here everything is sorted by the one for
//! indexes. Equals stay in their order.
//!
//! To collect into a `BTreeMap` or a `BTreeSet` sorts as well, while `extend` puts in one by one.

use std::cmp::Ordering;

/// Sorts by the order of the type.
pub fn sort<T: Ord>(items: &mut [T]) {
    let order = indexes(items.len(), &|one, other| items[one].cmp(&items[other]));
    arrange(items, order);
}

/// Sorts by a key, which is asked for once.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    let order = indexes(keys.len(), &|one, other| keys[one].cmp(&keys[other]));
    arrange(items, order);
}

/// The indexes of that many items, in the order of the items.
pub fn indexes(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

/// Puts to each place the item whose index stands there.
fn arrange<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        // Around one cycle: each step puts one item to its place, and the one that was there to where it came from.
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_sorts() {
        // Numbers without a pattern, so that all kinds of cycles occur.
        let numbers = (0_u32..200).map(|index| (index.wrapping_mul(2_654_435_761) >> 24, index));
        for count in [0, 1, 2, 3, 7, 50, 200] {
            let items: Vec<(u32, u32)> = numbers.clone().take(count).collect();
            let (mut ours, mut theirs) = (items.clone(), items.clone());
            sort(&mut ours);
            theirs.sort_unstable();
            assert_eq!(ours, theirs);
            let (mut ours, mut theirs) = (items.clone(), items);
            sort_by_key(&mut ours, |(number, _)| number % 8);
            theirs.sort_by_key(|(number, _)| number % 8);
            assert_eq!(ours, theirs, "equals stay in their order");
        }
    }
}
