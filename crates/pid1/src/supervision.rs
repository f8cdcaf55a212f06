//! How to supervise: what the caller decides.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::log::{Log, LogLevel};
use crate::privileges::Credentials;
use crate::signals::{Forwarding, Signal};

/// How to supervise. The two parts end at different times: the first with the spawn, the second with the child.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supervision {
    /// How the child is started.
    pub start: Start,
    /// What happens while it runs and after it exits.
    pub watch: Watch,
}

/// What matters until the child runs, and never again. The default is what `init` does for any program.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the user")]
pub struct Start {
    /// The child leads a process group even where it gets its signals alone, as under tini: what it sends to its group
    /// stays there. Otherwise only a child that gets the terminal does.
    pub own_group: bool,
    /// The child keeps the blocked and ignored signals that this process inherited. Otherwise it starts with none,
    /// which is not what execve(2) does.
    pub inherit_signals: bool,
    /// The signal that this process gets when its own parent exits, see `PR_SET_PDEATHSIG` in prctl(2).
    pub parent_death_signal: Option<Signal>,
    /// Whom this process and the child become. Ignored where this process is not root.
    pub credentials: Option<Credentials>,
    /// No execve(2) below this process gains privileges, see `PR_SET_NO_NEW_PRIVS` in prctl(2).
    pub no_new_privileges: bool,
    /// The child keeps `CAP_IPC_LOCK`, see capabilities(7), where the container has it and the identity changes.
    pub lock_memory: bool,
    /// The soft limits that the server checks are raised to the hard ones, see getrlimit(2).
    pub raise_limits: bool,
    /// The directory that the child starts in; nothing: that of this process.
    pub working_directory: Option<PathBuf>,
    /// What the child reads on its standard input; nothing: it has ours.
    pub input: Option<Input>,
    /// The subcommand to suggest where the program is not found.
    pub suggested_command: Option<&'static str>,
}

/// What a child reads on its standard input: at most what a pipe takes, 64 KiB. It may be a secret.
#[derive(Clone, PartialEq)]
pub struct Input {
    /// What it reads.
    pub bytes: Vec<u8>,
    /// The child never reads an end: it holds the other end itself, so that nobody else has to.
    pub stays_open: bool,
}

impl fmt::Debug for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Input({} bytes)", self.bytes.len())
    }
}

/// What matters while the child runs and after it exits. [`crate::run_then_reexec`] carries all of it over the
/// re-execution. The default is what `init` does for any program.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// What happens to each signal that this process receives.
    pub forwarding: Forwarding,
    /// Which processes get the forwarded signals.
    pub delivery: Delivery,
    /// This process stops itself after it forwarded TSTP, TTIN or TTOU.
    pub stops_with_child: bool,
    /// Where this process is not PID 1 it adopts the orphans below it, see `PR_SET_CHILD_SUBREAPER` in prctl(2). They
    /// are terminated after the child.
    pub subreaper: bool,
    /// How long the processes that outlive the child have between TERM and KILL.
    pub grace: Duration,
    /// How long this process stays after a TERM or INT that it forwarded, when the child and all others have ended: the
    /// address of a pod lives as long. A second one ends that.
    pub linger: Duration,
    /// How long the child has between the first TERM or INT and KILL. `None`: for ever.
    pub stop_timeout: Option<Duration>,
    /// The child is the server or its launcher: an exit code of 128+n says which signal ended the JVM.
    pub is_server: bool,
    /// What becomes of a TERM, INT or HUP that may come too early for the child.
    pub early_stop: EarlyStop,
    /// The exit code of this process where the child exited by a TERM or INT that was forwarded to it.
    pub stop_status: Option<u8>,
    /// Exit codes of the child that become 0.
    pub success_codes: Vec<u8>,
    /// Where log lines go and which are written.
    pub log: Log,
    /// The level at which each reaped orphan is logged.
    pub log_reaped: LogLevel,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            forwarding: Forwarding::tini(),
            delivery: Delivery::Single,
            stops_with_child: false,
            subreaper: true,
            grace: Duration::from_secs(5),
            linger: Duration::ZERO,
            stop_timeout: None,
            is_server: false,
            early_stop: EarlyStop::Once,
            stop_status: None,
            success_codes: Vec::new(),
            log: Log::default(),
            log_reaped: LogLevel::Debug,
        }
    }
}

/// What else happens to a TERM, INT or HUP that the child got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EarlyStop {
    /// Nothing: no child loses it.
    #[default]
    Once,
    /// The child is a JVM of Java 8, which may lose it while it starts: it is sent again.
    Again,
    /// The child is a launcher, which tells the server of it only when that has started: the server gets it as well.
    Below,
}

impl EarlyStop {
    pub(crate) const ALL: [Self; 3] = [Self::Once, Self::Again, Self::Below];

    /// The word of a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Again => "again",
            Self::Below => "below",
        }
    }
}

/// Which processes get the forwarded signals, and how far the child is set apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The child alone.
    #[default]
    Single,
    /// The process group that the child leads, see setpgid(2).
    Group,
    /// The same, in a session of its own that takes the terminal, see setsid(2).
    Session,
}

impl Delivery {
    pub(crate) const ALL: [Self; 3] = [Self::Single, Self::Group, Self::Session];

    /// The word of a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Group => "group",
            Self::Session => "session",
        }
    }
}
