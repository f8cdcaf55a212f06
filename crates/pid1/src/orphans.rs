//! The processes that outlive the child.

use std::time::{Duration, Instant};

use crate::linger::is_stop;
use crate::reap::{adopts_orphans, log_reaped};
use crate::signals::{Signal, SignalSet};
use crate::supervision::Watch;
use crate::system::{self, Pid, Reaped};

/// Killed processes are gone within moments; one that hangs in the kernel must not hold this process for ever.
const AFTER_KILL: Duration = Duration::from_secs(2);

/// All remaining processes get TERM, after [`Watch::grace`] KILL. Returns as soon as none is left, and whether somebody
/// asked meanwhile to stop.
pub(crate) fn terminate_orphans(watch: &Watch) -> bool {
    let mut is_stopped = false;
    if !adopts_orphans(watch) {
        return is_stopped;
    }
    let is_first_process = system::own_pid() == 1;
    let mut signalled: Vec<Pid> = Vec::new();
    let mut deadline = Instant::now() + watch.grace;
    let mut signal = Signal::TERM;
    let mut first_round = true;
    loop {
        loop {
            match system::reap() {
                Reaped::Child(pid, status) => {
                    signalled.retain(|other| *other != pid);
                    log_reaped(pid, status, watch);
                }
                Reaped::NoneExited => break,
                Reaped::NoChildren => return is_stopped,
            }
        }
        if is_first_process && first_round {
            // A process that is born later is signalled below, as soon as it is a child of this one.
            signalled = system::processes();
            let _ = system::kill(-1, signal);
            let _ = system::kill(-1, Signal::CONT);
        }
        // Processes whose parents exit are adopted one generation after the other.
        for pid in system::children() {
            if !signalled.contains(&pid) {
                signalled.push(pid);
                let _ = system::kill(pid, signal);
                let _ = system::kill(pid, Signal::CONT);
            }
        }
        first_round = false;
        let now = Instant::now();
        if now >= deadline {
            if signal == Signal::KILL {
                return is_stopped;
            }
            watch.log.info("processes are left after `--grace`: they get KILL");
            signal = Signal::KILL;
            deadline = now + AFTER_KILL;
            signalled.clear();
            first_round = true;
            continue;
        }
        // There is no child any more that other signals could be forwarded to.
        let received = system::wait(SignalSet::ALL, Some(deadline - now));
        is_stopped |= received.is_some_and(|received| is_stop(&received, watch));
    }
}
