//! From which version on a setting is there, deprecated or gone.

use crate::version::{Product, Version};

/// Steps as the catalogue writes them: `1.0, 7.9 deprecated, 8.0 removed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life<'a>(&'a str);

/// What a version makes of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody looked: no finding may follow from it.
    Unknown,
    /// Only later versions have it.
    NotYet,
    Present,
    /// It works, but the server says that it will go.
    Deprecated,
    /// Removed, or never there.
    Removed,
}

/// One step: a version, major and minor, and what holds from then on.
type Step<'a> = (&'a str, (u16, u16), State);

impl<'a> Life<'a> {
    /// Of a text of the catalogue, which the tests read whole.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Whether all steps are of the catalogue's form, and the versions rise.
    #[cfg(test)]
    pub(super) fn is_sound(self) -> bool {
        let is_rising = |steps: &[Step]| steps.windows(2).all(|pair| pair[0].1 < pair[1].1);
        let steps: Option<Vec<Step>> = self.0.split(", ").map(step).collect();
        matches!(self.0, "-" | "?") || steps.is_some_and(|steps| is_rising(&steps))
    }

    fn texts(self) -> impl Iterator<Item = &'a str> {
        self.0.split(',').map(str::trim_start)
    }

    pub fn state(self, version: Version) -> State {
        match self.0 {
            "-" => State::Removed,
            "?" => State::Unknown,
            _ => {
                let is_reached = |step: &Step| step.1 <= (version.major, version.minor);
                let state = self.texts().filter_map(step).take_while(is_reached).last();
                let state = state.map_or(State::NotYet, |(_, _, state)| state);
                // Not there, and nobody saw it there before a later version.
                let is_first =
                    || self.first().is_some_and(|(_, from, _)| from > (version.major, version.minor));
                if state == State::Removed && is_first() { State::NotYet } else { state }
            }
        }
    }

    /// The first step from which on it is there.
    fn first(self) -> Option<Step<'a>> {
        let mut steps = self.texts().filter_map(step);
        steps.find(|(_, _, state)| matches!(state, State::Present | State::Deprecated))
    }

    /// The version that what holds for `version` began with, as it is written.
    pub(super) fn since(self, version: Version) -> Option<&'a str> {
        let steps = self.texts().filter_map(step);
        let reached = steps.take_while(|(_, from, _)| *from <= (version.major, version.minor));
        reached.last().map(|(text, ..)| text)
    }

    /// The first version that is known to have it, as it is written, and whether the ones before it do not for sure.
    pub(super) fn since_when(self) -> Option<(&'a str, bool)> {
        let (text, from, _) = self.first()?;
        let before = self.texts().filter_map(step).take_while(|(_, version, _)| *version < from).last();
        Some((text, before.is_none_or(|(_, _, state)| state != State::Unknown)))
    }

    /// The versions of the steps.
    #[cfg(test)]
    pub(super) fn versions(self, product: Product) -> Vec<Version> {
        let version = |(_, (major, minor), _)| Version { product, major, minor, patch: 0 };
        self.texts().filter_map(step).map(version).collect()
    }
}

/// `7.9`, `7.9 deprecated`, `8.0 removed`, `3.0 ?`.
fn step(text: &str) -> Option<Step<'_>> {
    let (version, state) = match text.split_once(' ') {
        None => (text, State::Present),
        Some((version, "deprecated")) => (version, State::Deprecated),
        Some((version, "removed")) => (version, State::Removed),
        Some((version, "?")) => (version, State::Unknown),
        Some(_) => return None,
    };
    let (major, minor) = version.split_once('.')?;
    Some((version, (major.parse().ok()?, minor.parse().ok()?), state))
}

/// A life for each product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lives<'a> {
    pub elasticsearch: Life<'a>,
    pub opensearch: Life<'a>,
}

impl<'a> Lives<'a> {
    pub fn of(self, product: Product) -> Life<'a> {
        match product {
            Product::Elasticsearch => self.elasticsearch,
            Product::OpenSearch => self.opensearch,
        }
    }

    /// The only product that ever had it.
    pub(super) fn only(self) -> Option<Product> {
        match (self.elasticsearch.0, self.opensearch.0) {
            ("-", _) => Some(Product::OpenSearch),
            (_, "-") => Some(Product::Elasticsearch),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_at_or_below_a_version_counts() {
        for (text, expected) in [
            ("1.0", "ppp"),
            ("-", "rrr"),
            ("?", "???"),
            ("2.4", "npp"),
            ("1.0, 5.0 deprecated, 8.0 removed", "pdr"),
            ("1.0 ?, 2.4 removed, 8.0", "?np"),
            ("1.0 ?, 2.4, 5.0 removed, 8.0", "?rp"),
            ("1.0 ?, 2.4 removed, 8.0 ?", "?r?"),
        ] {
            let life = Life::new(text);
            assert!(life.is_sound(), "{text}");
            let letter = |version: &str| match life.state(Version::parse(version).unwrap()) {
                State::Unknown => '?',
                State::NotYet => 'n',
                State::Present => 'p',
                State::Deprecated => 'd',
                State::Removed => 'r',
            };
            let found: String = ["2.3.4", "5.6.16", "8.0.0"].map(letter).iter().collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "1", "1.0,2.0", "1.0 gone", "2.0, 1.0 removed", "1.0, 1.0", "-1.0", "a.b", "1.0 "] {
            assert!(!Life::new(text).is_sound(), "{text}");
        }
    }
}
