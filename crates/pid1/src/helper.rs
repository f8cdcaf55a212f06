//! A program that this process starts for a while, watches and ends itself: all that a command needs that is no supervisor.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::preparation::STOPPING;
use crate::signals::{Signal, SignalSet};
use crate::system;

/// The program. It is killed where it is dropped before its end.
#[derive(Debug)]
pub struct Helper {
    child: Child,
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
        output: File,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(Self { child: command.spawn()?, born: Instant::now(), code: None })
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
        if self.code.is_none() {
            let status = self.child.try_wait().ok().flatten()?;
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            let signal = status.signal().and_then(Signal::from_number);
            self.code = code.or(signal.map(Signal::exit_code));
        }
        self.code
    }

    /// The time since its start.
    pub fn age(&self) -> Duration {
        self.born.elapsed()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let _ = system::kill(self.child.id().cast_signed(), Signal::TERM);
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if self.code().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
