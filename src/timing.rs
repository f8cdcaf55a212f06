//! Where the time goes until the server is executed: each step of this program, on the monotonic clock.

#![expect(clippy::disallowed_methods, reason = "a report on the time; no decision depends on it")]

use std::time::{Duration, Instant};

/// A clock of steps, started where the work begins.
#[derive(Debug)]
pub(crate) struct Timing {
    last: Instant,
    steps: Vec<(&'static str, Duration)>,
}

impl Timing {
    pub(crate) fn begin() -> Self {
        Self { last: Instant::now(), steps: Vec::new() }
    }

    /// The time since the last step belongs to this one.
    pub(crate) fn step(&mut self, name: &'static str) {
        let now = Instant::now();
        self.steps.push((name, now - self.last));
        self.last = now;
    }

    /// Each step with its milliseconds, and then all of them.
    pub(crate) fn milliseconds(&self) -> Vec<(&'static str, f64)> {
        let all = self.steps.iter().map(|(_, time)| *time).sum::<Duration>();
        let steps = self.steps.iter().copied().chain([("in all", all)]);
        steps.map(|(name, time)| (name, time.as_secs_f64() * 1000.0)).collect()
    }

    /// The same in one line.
    pub(crate) fn line(&self) -> String {
        let steps = self.milliseconds().into_iter().map(|(name, time)| format!("{name} {time:.1} ms"));
        steps.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up() {
        let begun = Instant::now();
        let timing = Timing {
            last: begun,
            steps: vec![("read", Duration::from_micros(1250)), ("judge", Duration::from_micros(750))],
        };
        assert_eq!(timing.milliseconds(), [("read", 1.25), ("judge", 0.75), ("in all", 2.0)]);
        assert_eq!(timing.line(), "read 1.2 ms, judge 0.8 ms, in all 2.0 ms");
        let mut timing = Timing::begin();
        timing.step("read");
        assert!(timing.steps[0].1 <= begun.elapsed());
    }
}
