//! While the child runs: wait, forward signals, reap. Nothing here ends this process but the exit of the child.

use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::child::{Started, target};
use crate::idle;
use crate::reap::{Found, reap_all};
use crate::report::FirstSignal;
use crate::signals::{Action, Signal, SignalSet};
use crate::spawn::ProcessGroup;
use crate::supervision::{EarlyStop, Watch};
use crate::system::{self, ExitStatus, Received};

/// What was seen while the child ran.
#[derive(Debug)]
pub(crate) struct Watched {
    /// `None`: the kernel says that this process has no children, yet the exit of this one was never seen.
    pub(crate) status: Option<ExitStatus>,
    /// The first signal that the child got from this process.
    pub(crate) first: Option<FirstSignal>,
    /// All signals that the child got from this process.
    pub(crate) delivered: SignalSet,
}

/// A JVM of Java 8 that starts loses signals between setting its handlers and starting the thread that serves them. So
/// a stop signal within this time of the start is sent again. A JVM that shuts down already ignores that.
const EARLY_STOP_WINDOW: Duration = Duration::from_secs(60);
const RESEND_EVERY: Duration = Duration::from_secs(1);

/// Watches the child until it exits.
pub(crate) fn watch(started: &Started, watch: &Watch) -> Watched {
    let &Started { child, process_group, born, .. } = started;
    let log = watch.log;
    let target = target(child, watch.delivery);
    let mut watched = Watched { status: None, first: None, delivered: SignalSet::EMPTY };
    let mut first: Option<(FirstSignal, Instant)> = None;
    let mut kill_at: Option<Instant> = None;
    let mut resend: Option<(Signal, Instant)> = None;
    let mut failure_logged = false;
    // Children that this process had before it was executed may have exited before it listened.
    let mut found = reap_all(child, watch);
    let mut first_wait = true;
    while found == Found::Running {
        let next = kill_at.into_iter().chain(resend.map(|(_, at)| at)).min();
        let timeout = next.map(|next| next.saturating_duration_since(Instant::now()));
        let received = if first_wait {
            first_wait = false;
            Some(idle::wait_with_code_pages_released())
        } else {
            system::wait(SignalSet::ALL, timeout)
        };
        let Some(received) = received else {
            let now = Instant::now();
            if let Some((signal, _)) = resend.filter(|(_, at)| *at <= now) {
                let is_below = watch.early_stop == EarlyStop::Below;
                let below = if is_below { system::children_of(child) } else { vec![target] };
                for process in &below {
                    let _ = system::kill(*process, signal);
                }
                let is_done = is_below && !below.is_empty();
                resend = (!is_done && is_early(watch, born)).then_some((signal, now + RESEND_EVERY));
            }
            if kill_at.is_some_and(|kill_at| kill_at <= now) {
                kill_at = None;
                log.warn("the child did not end in the time that `--stop-timeout` gives: it gets KILL");
                let _ = system::kill(target, Signal::KILL);
            }
            continue;
        };
        let Some(signal) = received.signal() else { continue };
        if signal == Signal::CHLD {
            found = reap_all(child, watch);
            continue;
        }
        let Some(to_send) = decide(signal, &received, process_group, watch) else { continue };
        match system::forward(target, to_send, &received) {
            Ok(()) => {
                log.debug(format_args!("{to_send} forwarded"));
                watched.delivered = watched.delivered.with(to_send);
                first.get_or_insert_with(|| {
                    let (sender, before) = (received.sender(), Duration::ZERO);
                    (FirstSignal { came: signal, sent: to_send, sender, before }, Instant::now())
                });
                if matches!(to_send, Signal::TERM | Signal::INT | Signal::HUP) && is_early(watch, born) {
                    resend = Some((to_send, Instant::now() + RESEND_EVERY));
                }
                let stops = |signal| matches!(signal, Signal::TERM | Signal::INT);
                if (stops(signal) || stops(to_send)) && kill_at.is_none() {
                    kill_at = watch.stop_timeout.map(|timeout| Instant::now() + timeout);
                }
            }
            // The child has exited, and its CHLD is pending.
            Err(Errno::ESRCH) => {}
            Err(error) if !failure_logged => {
                failure_logged = true;
                log.warn(&format!("cannot forward {to_send} to the child: {}", error.desc()));
            }
            Err(_) => {}
        }
        if watch.stops_with_child && matches!(signal, Signal::TSTP | Signal::TTIN | Signal::TTOU) {
            system::suspend();
        }
    }
    if let Found::Exited(status) = found {
        watched.status = Some(status);
    }
    watched.first = first.map(|(first, at)| FirstSignal { before: at.elapsed(), ..first });
    watched
}

/// Whether the child may not have seen a stop signal, or not handed it on. A launcher may wait for its server for minutes.
fn is_early(watch: &Watch, born: Instant) -> bool {
    match watch.early_stop {
        EarlyStop::Once => false,
        EarlyStop::Again => born.elapsed() < EARLY_STOP_WINDOW,
        EarlyStop::Below => true,
    }
}

/// The signal that the child gets for a received one, if any.
pub(crate) fn decide(
    signal: Signal,
    received: &Received,
    process_group: ProcessGroup,
    watch: &Watch,
) -> Option<Signal> {
    // This process wrote to a pipe that nobody reads.
    if signal == Signal::PIPE && received.is_from_itself() {
        return None;
    }
    // The terminal sends these to its whole foreground group, see termios(3): a child in the same group has them
    // already.
    let by_terminal = [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::WINCH];
    if received.is_from_kernel() && process_group == ProcessGroup::Supervisor && by_terminal.contains(&signal)
    {
        return None;
    }
    match watch.forwarding.action(signal) {
        Action::Forward => Some(signal),
        Action::Rewrite(to) => Some(to),
        Action::StopFromOutside if received.is_from_outside() => Some(Signal::TERM),
        Action::StopFromOutside => {
            watch.log.info(&format!(
                "{signal} from {} dropped: it stops the server only from outside of the container; `--rewrite \
                 {signal}:TERM` forwards it as TERM from everywhere",
                sender(received)
            ));
            None
        }
        Action::Drop => {
            watch.log.info(&format!("{signal} from {} dropped", sender(received)));
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
