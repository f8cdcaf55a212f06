//! A program that this process starts for a while, watches and ends itself: all that a command needs that is no supervisor.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

use crate::exec::Executable;
use crate::exit_codes;
use crate::preparation::STOPPING;
use crate::signals::{Signal, SignalSet};
use crate::spawn::{ChildSetup, ProcessGroup, spawn};
use crate::system::{self, CStringArray, Pid, Reaped};

/// The program. It is killed where it is dropped before its end.
#[derive(Debug)]
pub struct Helper {
    child: Pid,
    born: Instant,
    code: Option<u8>,
}

/// What came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The program ended with that exit code, 128+n where signal n ended it.
    Ended(u8),
    /// This process was asked to end; it is to exit with that code.
    Stopped(u8),
    /// The time is over.
    Nothing,
}

impl Helper {
    /// Starts it with nothing on its standard input, and with all that it prints in that file. All signals have to be
    /// blocked, as before `main`; the program starts with none.
    ///
    /// # Errors
    /// It cannot be executed.
    pub fn start(
        program: &Path,
        arguments: &[OsString],
        environment: &[(OsString, OsString)],
        output: &File,
    ) -> io::Result<Self> {
        let executable =
            Executable::new(program.as_os_str(), arguments, CStringArray::environment(environment)?)?;
        let null = nix::fcntl::open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        let setup = ChildSetup {
            executable: &executable,
            input: Some(null.as_raw_fd()),
            output: Some(output.as_raw_fd()),
            process_group: ProcessGroup::Supervisor,
            terminal: None,
            inherited: None,
            dies_with_parent: true,
        };
        Ok(Self { child: spawn(&setup)?, born: Instant::now(), code: None })
    }

    /// Waits at most that long.
    pub fn wait(&mut self, limit: Duration) -> Event {
        if let Some(code) = self.code() {
            return Event::Ended(code);
        }
        let signals = SignalSet(SignalSet::of(&STOPPING).0 | SignalSet::of(&[Signal::CHLD]).0);
        match system::wait(signals, Some(limit)).and_then(|received| received.signal()) {
            Some(signal) if signal != Signal::CHLD => Event::Stopped(signal.exit_code()),
            _ => self.code().map_or(Event::Nothing, Event::Ended),
        }
    }

    fn code(&mut self) -> Option<u8> {
        while self.code.is_none() {
            match system::reap() {
                Reaped::Child(pid, status) if pid == self.child => self.code = Some(status.code()),
                Reaped::Child(..) => {}
                Reaped::NoneExited => return None,
                // Somebody else has waited for it: what it ended with is not known.
                Reaped::NoChildren => self.code = Some(exit_codes::NOT_FOUND),
            }
        }
        self.code
    }

    /// The time since its start.
    pub fn age(&self) -> Duration {
        self.born.elapsed()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let _ = system::kill(self.child, Signal::TERM);
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if self.code().is_none() {
            let _ = system::kill(self.child, Signal::KILL);
        }
        while self.code().is_none() {
            let _ = system::wait(SignalSet::of(&[Signal::CHLD]), None);
        }
    }
}
