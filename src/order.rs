//! Sorting and finding twins, with one compiled body for all types: each further instance of the library's sort or map
//! costs the static binary several kilobytes, and nothing here is long.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Names with the index at which each was seen last.
#[derive(Clone, Debug, Default)]
pub struct Seen(BTreeMap<String, usize>);

impl Seen {
    /// Notes the name, and gives the index that it was seen at before.
    pub fn before(&mut self, name: &str, index: usize) -> Option<usize> {
        self.0.insert(name.to_owned(), index)
    }
}

/// Sorts, keeping the order of equal items.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = permutation(items.len(), &|left, right| compare(&items[left], &items[right]));
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|index| unsorted[index].take()));
}

/// The indices in the order of their items.
fn permutation(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|left, right| compare(*left, *right));
    order
}

#[cfg(test)]
mod tests {
    use super::sort_by;

    #[test]
    fn equal_items_keep_their_order() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        sort_by(&mut items, |left, right| left.0.cmp(&right.0));
        assert_eq!(items, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        let mut none: Vec<u8> = Vec::new();
        sort_by(&mut none, Ord::cmp);
        assert_eq!(none, []);
    }
}
