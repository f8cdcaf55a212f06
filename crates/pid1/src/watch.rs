//! While the child runs: wait, pass signals on, reap. Nothing here can end the process but the end of the child.

use crate::idle;
use crate::report::FirstSignal;
use crate::run::Started;
use crate::signals::{Action, Signal, SignalSet};
use crate::spawn::ProcessGroup;
use crate::supervision::{Delivery, Supervision};
use crate::system::{self, ExitStatus, Pid, Reaped, Received};
use std::time::{Duration, Instant};

/// What was seen while the child ran.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Nothing: the kernel says that we have no children, yet the end of this one was never seen.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) first: Option<FirstSignal>,
    /// The signals that the child got from us.
    pub(crate) delivered: SignalSet,
}

/// Whom to send to: one process, or the group that it leads.
fn target(child: Pid, delivery: Delivery) -> Pid {
    match delivery {
        Delivery::Single => child,
        Delivery::Group | Delivery::Session => -child,
    }
}

/// A JVM of Java 8 that starts forgets what comes between its handlers and the thread that asks for their signals. So
/// what stops one this young is repeated so often, until it ends or is older; a JVM that ends already takes no notice.
const EARLY_STOP_WINDOW: Duration = Duration::from_secs(60);
const RESEND_EVERY: Duration = Duration::from_secs(1);

/// Stays until the child has ended.
pub(crate) fn watch(started: &Started, supervision: &Supervision) -> Watched {
    let &Started { child, process_group, born, .. } = started;
    let log = supervision.log;
    let target = target(child, supervision.delivery);
    let mut watched = Watched { status: None, first: None, delivered: SignalSet::EMPTY };
    let mut first: Option<(Signal, Pid, Instant)> = None;
    let mut deadline: Option<Instant> = None;
    let mut again: Option<(Signal, Instant)> = None;
    let mut failure_logged = false;
    // Children of a program that we replaced may have ended before anybody listened.
    let mut found = reap_all(child, supervision);
    let mut first_wait = true;
    while found == Found::Running {
        let next = deadline.into_iter().chain(again.map(|(_, at)| at)).min();
        let patience = next.map(|next| next.saturating_duration_since(Instant::now()));
        let received = if first_wait {
            first_wait = false;
            Some(idle::wait_with_code_pages_released())
        } else {
            system::wait(SignalSet::ALL, patience)
        };
        let Some(received) = received else {
            let now = Instant::now();
            if let Some((signal, _)) = again.filter(|(_, at)| *at <= now) {
                let _ = system::kill(target, signal);
                again = (born.elapsed() < EARLY_STOP_WINDOW).then_some((signal, now + RESEND_EVERY));
            }
            if deadline.is_some_and(|deadline| deadline <= now) {
                deadline = None;
                log.warn("the child did not end in the time that `--stop-timeout` gives: it gets KILL");
                let _ = system::kill(target, Signal::KILL);
            }
            continue;
        };
        let Some(signal) = received.signal() else { continue };
        if signal == Signal::CHLD {
            found = reap_all(child, supervision);
            continue;
        }
        let Some(to_send) = decide(signal, &received, process_group, supervision) else { continue };
        match system::forward(target, to_send, &received) {
            Ok(()) => {
                log.debug(format_args!("{to_send} forwarded"));
                watched.delivered = watched.delivered.with(to_send);
                first.get_or_insert_with(|| (to_send, received.sender(), Instant::now()));
                if supervision.resend_early_stop
                    && matches!(to_send, Signal::TERM | Signal::INT | Signal::HUP)
                    && born.elapsed() < EARLY_STOP_WINDOW
                {
                    again = Some((to_send, Instant::now() + RESEND_EVERY));
                }
                if matches!(signal, Signal::TERM | Signal::INT) && deadline.is_none() {
                    deadline = supervision.stop_timeout.map(|timeout| Instant::now() + timeout);
                }
            }
            // It ended, and its SIGCHLD is already waiting for us.
            Err(nix::errno::Errno::ESRCH) => {}
            Err(error) if !failure_logged => {
                failure_logged = true;
                log.warn(&format!("cannot forward {to_send} to the child: {}", error.desc()));
            }
            Err(_) => {}
        }
        if supervision.stops_with_child && matches!(signal, Signal::TSTP | Signal::TTIN | Signal::TTOU) {
            system::suspend();
        }
    }
    if let Found::Ended(status) = found {
        watched.status = Some(status);
    }
    watched.first = first.map(|(signal, sender, at)| FirstSignal { signal, sender, before: at.elapsed() });
    watched
}

/// What the child gets for a received signal; nothing where it shall not get any.
fn decide(
    signal: Signal,
    received: &Received,
    process_group: ProcessGroup,
    supervision: &Supervision,
) -> Option<Signal> {
    // We wrote to a pipe that nobody reads.
    if signal == Signal::PIPE && received.is_our_own() {
        return None;
    }
    // Keys of the terminal reach the whole foreground group: a child in our group has got the same already.
    let by_terminal = [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::WINCH];
    if received.by_kernel() && process_group == ProcessGroup::Supervisor && by_terminal.contains(&signal) {
        return None;
    }
    match supervision.forwarding.action(signal) {
        Action::Forward => Some(signal),
        Action::Rewrite(to) => Some(to),
        Action::Drop => {
            supervision.log.info(&format!("{signal} from {} dropped", sender(received)));
            None
        }
    }
}

fn sender(received: &Received) -> String {
    match received.sender() {
        0 => "outside".to_owned(),
        pid => format!("process {pid}"),
    }
}

/// What reaping found out about the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Running,
    Ended(ExitStatus),
    /// There are no children at all, and its end was not seen.
    Lost,
}

/// Orphans seldom end alone: after one we look so often for the next before we sleep, which takes about 15 µs.
/// Waking us for each one costs those who make them more.
const SPIN_POLLS: u32 = 64;

/// Whether another child ends within a moment.
fn another_ends() -> bool {
    let children = SignalSet::of(&[Signal::CHLD]);
    (0..SPIN_POLLS).any(|_| system::wait(children, Some(Duration::ZERO)).is_some())
}

/// Reaps all that have ended.
fn reap_all(child: Pid, supervision: &Supervision) -> Found {
    // Where we shall not be the parent of what is left, its group is told to end: now, for once the child is reaped its
    // number may be somebody else's.
    let target = target(child, supervision.delivery);
    if target < 0 && !adopts_orphans(supervision) && system::has_ended(child) {
        let _ = system::kill(target, Signal::TERM);
    }
    let mut found = Found::Running;
    let mut reaped = false;
    loop {
        match system::reap() {
            Reaped::Child(pid, status) if pid == child => found = Found::Ended(status),
            Reaped::Child(pid, status) => {
                log_reaped(pid, status, supervision);
                reaped = true;
            }
            Reaped::NoneEnded if found == Found::Running && std::mem::take(&mut reaped) && another_ends() => {
            }
            Reaped::NoChildren if found == Found::Running => return Found::Lost,
            Reaped::NoneEnded | Reaped::NoChildren => return found,
        }
    }
}

fn log_reaped(pid: Pid, status: ExitStatus, supervision: &Supervision) {
    supervision
        .log
        .format(supervision.log_reaped, format_args!("process {pid} reaped, code {}", status.code()));
}

/// Whether there is a second phase: the orphans are our children.
fn adopts_orphans(supervision: &Supervision) -> bool {
    system::own_pid() == 1 || supervision.subreaper
}

/// Killed processes are gone within moments; one that hangs in the kernel must not hold us for ever.
const AFTER_KILL: Duration = Duration::from_secs(2);

/// The second phase: whatever is left gets TERM, after `grace` KILL. Returns at once when nothing is left.
pub(crate) fn terminate_orphans(supervision: &Supervision) {
    if !adopts_orphans(supervision) {
        return;
    }
    let everything = system::own_pid() == 1;
    let log = supervision.log;
    let mut signalled: Vec<Pid> = Vec::new();
    let mut deadline = Instant::now() + supervision.grace;
    let mut signal = Signal::TERM;
    let mut first_round = true;
    loop {
        loop {
            match system::reap() {
                Reaped::Child(pid, status) => {
                    signalled.retain(|other| *other != pid);
                    log_reaped(pid, status, supervision);
                }
                Reaped::NoneEnded => break,
                Reaped::NoChildren => return,
            }
        }
        if everything && first_round {
            // Who is born later is signalled as soon as it is our child.
            signalled = system::processes();
            let _ = system::kill(-1, signal);
            let _ = system::kill(-1, Signal::CONT);
        }
        // Those whose parents end come to us one generation after the other.
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
                return;
            }
            log.info("processes are left after `--grace`: they get KILL");
            signal = Signal::KILL;
            deadline = now + AFTER_KILL;
            signalled.clear();
            first_round = true;
            continue;
        }
        // Other signals have nobody to go to any more.
        system::wait(SignalSet::ALL, Some(deadline - now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule 19: a group is signalled only where the child leads one, and nothing but the child is ever a target.
    #[test]
    fn rule_19_targets() {
        assert_eq!(target(7, Delivery::Single), 7);
        assert_eq!(target(7, Delivery::Group), -7);
        assert_eq!(target(7, Delivery::Session), -7);
    }
}
