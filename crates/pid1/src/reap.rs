//! Reaping: the child, and the orphans that this process adopted.

use std::time::Duration;

use crate::child::target;
use crate::signals::{Signal, SignalSet};
use crate::supervision::Watch;
use crate::system::{self, ExitStatus, Pid, Reaped};

/// Whether orphans become children of this process.
pub(crate) fn adopts_orphans(watch: &Watch) -> bool {
    system::own_pid() == 1 || watch.subreaper
}

/// What reaping found out about the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Running,
    Exited(ExitStatus),
    /// There are no children at all, and its exit was not seen.
    Lost,
}

/// Reaps all children that have exited.
pub(crate) fn reap_all(child: Pid, watch: &Watch) -> Found {
    // Where this process does not adopt the orphans, the child's group gets TERM instead. That has to happen before the
    // child is reaped: afterwards its number may be another group's.
    let target = target(child, watch.delivery);
    if target < 0 && !adopts_orphans(watch) && system::has_exited(child) {
        let _ = system::kill(target, Signal::TERM);
    }
    let mut found = Found::Running;
    let mut reaped = false;
    loop {
        match system::reap() {
            Reaped::Child(pid, status) if pid == child => found = Found::Exited(status),
            Reaped::Child(pid, status) => {
                log_reaped(pid, status, watch);
                reaped = true;
            }
            Reaped::NoneExited
                if found == Found::Running && std::mem::take(&mut reaped) && another_exits() => {}
            Reaped::NoChildren if found == Found::Running => return Found::Lost,
            Reaped::NoneExited | Reaped::NoChildren => return found,
        }
    }
}

pub(crate) fn log_reaped(pid: Pid, status: ExitStatus, watch: &Watch) {
    watch.log.format(watch.log_reaped, format_args!("process {pid} reaped, code {}", status.code()));
}

/// Orphans seldom exit alone. After one of them so many polls look for the next before this process sleeps, which takes
/// about 15 µs. A wake-up for each orphan costs those who make them more.
const SPIN_POLLS: u32 = 64;

/// Whether another child exits within a moment.
fn another_exits() -> bool {
    let children = SignalSet::of(&[Signal::CHLD]);
    (0..SPIN_POLLS).any(|_| system::wait(children, Some(Duration::ZERO)).is_some())
}
