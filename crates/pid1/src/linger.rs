//! The time by which this process, and with it the address of its pod, outlives a server that was stopped.
//!
//! The others notice at once that a port of this address is closed. Up to Elasticsearch 6 they wait for an answer of an
//! address that is gone.

use std::time::Instant;

use crate::reap::log_reaped;
use crate::signals::{Action, Signal, SignalSet};
use crate::supervision::Watch;
use crate::system::{self, Reaped, Received};

/// Stays for [`Watch::linger`], or until somebody asks again to stop.
pub(crate) fn linger(watch: &Watch) {
    watch
        .log
        .info("the server has ended, this process stays as long as `--linger` says; another TERM ends it");
    let deadline = Instant::now() + watch.linger;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        let Some(received) = system::wait(SignalSet::ALL, Some(left)) else { continue };
        if is_stop(&received, watch) {
            return;
        }
        while let Reaped::Child(pid, status) = system::reap() {
            log_reaped(pid, status, watch);
        }
    }
}

/// Whether the signal asks this process to stop.
pub(crate) fn is_stop(received: &Received, watch: &Watch) -> bool {
    received.signal().is_some_and(|signal| match watch.forwarding.action(signal) {
        Action::StopFromOutside => received.is_from_outside(),
        Action::Forward | Action::Drop | Action::Rewrite(_) => matches!(signal, Signal::TERM | Signal::INT),
    })
}
