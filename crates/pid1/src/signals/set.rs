//! Sets of signals.

use super::Signal;

/// A set of signals as the kernel's bit mask: signal n is bit n-1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignalSet(pub(crate) u64);

impl SignalSet {
    pub(crate) const EMPTY: Self = Self(0);
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// The set of these signals.
    pub(crate) const fn of(signals: &[Signal]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < signals.len() {
            bits |= 1 << (signals[index].0 - 1);
            index += 1;
        }
        Self(bits)
    }

    /// The set with one more.
    #[must_use]
    pub(crate) fn with(self, signal: Signal) -> Self {
        Self(self.0 | Self::of(&[signal]).0)
    }

    /// Whether the signal is in the set.
    pub(crate) fn contains(self, signal: Signal) -> bool {
        self.0 & Self::of(&[signal]).0 != 0
    }
}
