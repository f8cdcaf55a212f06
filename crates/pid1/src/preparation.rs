//! The time before the child exists. Signals are blocked before `main`, and end this process while it prepares.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::signals::{Action, Forwarding, Signal, SignalSet};
use crate::system::{self, Disposition};

/// What was inherited, recorded before it changed: the mask, and two dispositions as bits.
static INHERITED_MASK: AtomicU64 = AtomicU64::new(0);
static INHERITED_IGNORES: AtomicU64 = AtomicU64::new(0);

/// The runtime opens `/dev/null` in place of a closed standard output, which takes every report.
static OUTPUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when this process started, so that what is written to it is lost.
pub fn output_was_closed() -> bool {
    OUTPUT_WAS_CLOSED.load(Ordering::Relaxed)
}

/// The signals that end the preparation.
pub(crate) const STOPPING: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP];

/// Makes the function of the same name run before `main` and before the runtime's own start, in the binary that states
/// it: the loader calls what stands in `.init_array`, see the System V ABI.
#[macro_export]
macro_rules! block_signals_first {
    () => {
        #[used]
        #[expect(
            unsafe_code,
            reason = "a function that needs nothing but the kernel may run before the runtime"
        )]
        #[unsafe(link_section = ".init_array")]
        static BLOCK_SIGNALS_FIRST: extern "C" fn() = $crate::block_signals_first;
    };
}

/// Blocks every signal and records what was inherited. Only [`block_signals_first!`](crate::block_signals_first!) calls
/// it.
pub extern "C" fn block_signals_first() {
    let mask = system::set_mask(SignalSet::ALL);
    OUTPUT_WAS_CLOSED.store(!system::is_open(1), Ordering::Relaxed);
    INHERITED_MASK.store(mask.0, Ordering::Relaxed);
    // The runtime will ignore PIPE. While CHLD is ignored the kernel reaps children itself, see wait(2).
    let ignored = [Signal::PIPE, Signal::CHLD]
        .into_iter()
        .filter(|signal| system::disposition(*signal) == Disposition::Ignored)
        .fold(SignalSet::EMPTY, SignalSet::with);
    INHERITED_IGNORES.store(ignored.0, Ordering::Relaxed);
    if ignored.contains(Signal::CHLD) {
        system::set_disposition(Signal::CHLD, Disposition::Default);
    }
}

/// The signal state that this process inherited.
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

/// While it exists, TERM, INT, QUIT and HUP end this process at any moment with 128+n, PID 1 or not. So does what stops
/// the server from outside. All other signals stay pending; they are looked at when the child runs.
#[derive(Debug)]
pub struct Preparation {
    before: Vec<(Signal, Disposition)>,
}

impl Preparation {
    /// From here on a stop signal ends this process; a pending one ends it now.
    pub fn begin(forwarding: &Forwarding) -> Self {
        let outside = forwarding.with_action(Action::StopFromOutside);
        let all = SignalSet(SignalSet::of(&STOPPING).0 | outside.0);
        let before = Signal::all()
            .filter(|signal| all.contains(*signal))
            .map(|signal| (signal, system::disposition(signal)))
            .collect();
        system::exit_on_outside(outside);
        system::exit_on(&STOPPING);
        system::set_mask(SignalSet(!all.0));
        Self { before }
    }

    /// Blocks all signals again: from here on they stay pending for [`crate::run()`], which loses none.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        system::set_mask(SignalSet::ALL);
        for (signal, before) in &self.before {
            system::set_disposition(*signal, *before);
        }
    }
}

/// For commands that only print: Ctrl-C and TERM end this process as they end any tool, also as PID 1, where the kernel
/// would discard them, see `pid_namespaces`(7). A closed pipe ends it silently.
pub fn restore_inherited_signals() {
    let inherited = Inherited::get();
    if system::own_pid() == 1 {
        let not_ignored: Vec<Signal> = STOPPING
            .into_iter()
            .filter(|signal| system::disposition(*signal) == Disposition::Default)
            .collect();
        system::exit_on(&not_ignored);
        system::exit_on(&[Signal::PIPE]);
    } else if !inherited.ignores.contains(Signal::PIPE) {
        system::set_disposition(Signal::PIPE, Disposition::Default);
    }
    system::set_mask(inherited.mask);
}
