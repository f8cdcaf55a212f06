//! How to supervise: what the caller decides.

use std::time::Duration;

use crate::log::{Log, LogLevel};
use crate::privileges::Credentials;
use crate::signals::{Forwarding, Signal};

/// Who gets the forwarded signals, and how far the child is set apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The child alone. What else runs is its own business.
    #[default]
    Single,
    /// The process group that the child leads.
    Group,
    /// The same, in a session of its own that takes the terminal.
    Session,
}

/// How to supervise.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the user")]
pub struct Supervision {
    pub forwarding: Forwarding,
    pub delivery: Delivery,
    /// A child that gets its signals alone leads a group all the same, as tini's does: what it sends to its group stays
    /// there. Otherwise only where it gets the terminal.
    pub own_group: bool,
    /// Stop ourselves with the child when somebody sends TSTP, TTIN or TTOU.
    pub stops_with_child: bool,
    /// Where we are not PID 1: orphans below us become our children, and are ended with the rest.
    pub subreaper: bool,
    /// The child keeps the blocked and ignored signals that we found.
    pub inherit_signals: bool,
    /// How long what is left after the child may take to end.
    pub grace: Duration,
    /// How long the child may take to end after the first TERM or INT; nothing: as long as it likes.
    pub stop_timeout: Option<Duration>,
    /// The child is a JVM of Java 8, which may forget a TERM, INT or HUP of its first moments: it gets it again.
    pub resend_early_stop: bool,
    /// The exit code for a child that ended by the TERM or INT that we forwarded.
    pub stop_status: Option<u8>,
    /// Exit codes that become 0.
    pub success_codes: Vec<u8>,
    /// The signal that we want when our own parent dies.
    pub parent_death_signal: Option<Signal>,
    /// Who the child and we shall be. Where we are not root there is no attempt.
    pub credentials: Option<Credentials>,
    pub no_new_privileges: bool,
    /// Give the child `CAP_IPC_LOCK`, where the container has it and the identity changes.
    pub lock_memory: bool,
    /// Raise the soft limits that the server checks to the hard ones.
    pub raise_limits: bool,
    /// What to ask for where the program is not found; not for a second life, whose program was named on purpose.
    pub suggested_command: Option<&'static str>,
    pub log: Log,
    /// At which level each reaped orphan is told.
    pub log_reaped: LogLevel,
}

/// For any program, as `init` starts it.
impl Default for Supervision {
    fn default() -> Self {
        Self {
            forwarding: Forwarding::tini(),
            delivery: Delivery::Single,
            own_group: false,
            stops_with_child: false,
            subreaper: true,
            inherit_signals: false,
            grace: Duration::from_secs(5),
            stop_timeout: None,
            resend_early_stop: false,
            stop_status: None,
            success_codes: Vec::new(),
            parent_death_signal: None,
            credentials: None,
            no_new_privileges: false,
            lock_memory: false,
            raise_limits: false,
            suggested_command: None,
            log: Log::default(),
            log_reaped: LogLevel::Debug,
        }
    }
}
