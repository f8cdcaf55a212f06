//! The time before the child exists: signals are blocked as the very first act, and end us cleanly while we prepare.

use crate::signals::{Signal, SignalSet};
use crate::system::{self, Disposition};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What was inherited, recorded before anybody changed it: the mask, and two dispositions as bits.
static INHERITED_MASK: AtomicU64 = AtomicU64::new(0);
static INHERITED_IGNORES: AtomicU64 = AtomicU64::new(0);

/// The runtime opens `/dev/null` in place of a closed standard output, which takes every report.
static OUTPUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether what is written to standard output is lost.
pub fn output_was_closed() -> bool {
    OUTPUT_WAS_CLOSED.load(Ordering::Relaxed)
}

/// These stop the preparation.
pub(crate) const STOPPING: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP];

/// Blocks every signal; runs before `main` and before the runtime's own start, see [`crate::block_signals_first`].
pub extern "C" fn block_signals_first() {
    let mask = system::set_mask(SignalSet::ALL);
    OUTPUT_WAS_CLOSED.store(!system::is_open(1), Ordering::Relaxed);
    INHERITED_MASK.store(mask.0, Ordering::Relaxed);
    // The runtime will ignore PIPE, and children that end would vanish while CHLD is ignored.
    let ignored = [Signal::PIPE, Signal::CHLD]
        .into_iter()
        .filter(|signal| system::disposition(*signal) == Disposition::Ignored)
        .fold(0, |bits, signal| bits | SignalSet::of(&[signal]).0);
    INHERITED_IGNORES.store(ignored, Ordering::Relaxed);
    if ignored & SignalSet::of(&[Signal::CHLD]).0 != 0 {
        system::set_disposition(Signal::CHLD, Disposition::Default);
    }
}

/// What a program found when it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inherited {
    pub(crate) mask: SignalSet,
    /// Which of PIPE and CHLD were ignored.
    pub(crate) ignores: SignalSet,
}

impl Inherited {
    pub(crate) fn get() -> Self {
        Self {
            mask: SignalSet(INHERITED_MASK.load(Ordering::Relaxed)),
            ignores: SignalSet(INHERITED_IGNORES.load(Ordering::Relaxed)),
        }
    }
}

/// The time of preparation: TERM, INT, QUIT and HUP end the process at any moment with 128+n, PID 1 or not.
/// All other signals keep waiting; they are looked at when the child runs.
#[derive(Debug)]
pub struct Preparation {
    before: [Disposition; STOPPING.len()],
}

impl Preparation {
    /// From here on a stop signal ends the process; one that came earlier ends it now.
    pub fn begin() -> Self {
        let before = STOPPING.map(system::disposition);
        system::exit_on(&STOPPING);
        system::set_mask(SignalSet(!SignalSet::of(&STOPPING).0));
        Self { before }
    }

    /// Blocks all signals again: from here on they wait for [`super::run`], which loses none.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        system::set_mask(SignalSet::ALL);
        for (signal, before) in STOPPING.into_iter().zip(self.before) {
            system::set_disposition(signal, before);
        }
    }
}

/// For commands that only print: Ctrl-C and TERM end the process as they end any tool, also where it is PID 1 (there
/// the kernel would not deliver them), and a closed pipe ends it without a message.
pub fn restore_inherited_signals() {
    let inherited = Inherited::get();
    if system::own_pid() == 1 {
        let asked: Vec<Signal> = STOPPING
            .into_iter()
            .filter(|signal| system::disposition(*signal) == Disposition::Default)
            .collect();
        system::exit_on(&asked);
        system::exit_on(&[Signal::PIPE]);
    } else if !inherited.ignores.contains(Signal::PIPE) {
        system::set_disposition(Signal::PIPE, Disposition::Default);
    }
    system::set_mask(inherited.mask);
}
