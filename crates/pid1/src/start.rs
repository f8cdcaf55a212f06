//! The start of the child. Until the child runs every problem ends this process; from then on only the child's exit
//! does.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;

use crate::child::{Image, Started};
use crate::exec::Executable;
use crate::exit_codes::{CANNOT_EXECUTE, NOT_FOUND};
use crate::log::Log;
use crate::preparation::{Inherited, STOPPING};
use crate::signals::{Action, Signal, SignalSet};
use crate::spawn::{ChildSetup, ProcessGroup, spawn};
use crate::supervision::{Delivery, Input, Start, Watch};
use crate::system::{CStringArray, Disposition};
use crate::watch::decide;
use crate::{oom, privileges, system, terminal};

/// Prepares this process and starts the child; the error is the exit code for this process.
pub(crate) fn start_child(
    image: &Image<'_>,
    environment: Result<CStringArray, Errno>,
    start: &Start,
    watch: &Watch,
) -> Result<Started, u8> {
    system::set_mask(SignalSet::ALL);
    prepare_process(start).map_err(|error| {
        watch.log.error(&format!("{error:#}"));
        CANNOT_EXECUTE
    })?;
    match environment.and_then(|environment| Executable::new(image.name, image.arguments, environment)) {
        Ok(executable) => spawn_child(image.name, &executable, start, watch),
        Err(error) => Err(cannot_execute(image.name, None, error, start, watch.log)),
    }
}

/// What holds for this process and the child alike.
fn prepare_process(start: &Start) -> anyhow::Result<()> {
    if start.raise_limits {
        privileges::raise_limits();
    }
    if let Some(credentials) = start.credentials.as_ref().filter(|_| privileges::is_root()) {
        privileges::take_credentials(credentials, start.lock_memory)?;
    }
    if start.no_new_privileges {
        system::set_no_new_privileges()
            .map_err(|error| anyhow!(error.desc()))
            .context("cannot set `no_new_privs`")?;
    }
    if let Some(directory) = &start.working_directory {
        // This process leaves it once the child runs.
        std::env::set_current_dir(directory)
            .with_context(|| format!("cannot change to `{}`", directory.display()))?;
    }
    Ok(())
}

/// Spawns the child, after the last look at the signals that came before it; the error is the exit code.
fn spawn_child(
    program: &OsStr,
    executable: &Executable,
    start: &Start,
    watch: &Watch,
) -> Result<Started, u8> {
    let log = watch.log;
    let inherited = Inherited::get();
    if !start.inherit_signals {
        system::reset_dispositions();
    }
    system::set_disposition(Signal::CHLD, Disposition::Default);
    if let Some(signal) = start.parent_death_signal {
        system::set_parent_death_signal(signal);
    }
    let first_process = system::own_pid() == 1;
    if watch.subreaper && !first_process {
        system::become_subreaper();
    }
    let foreground = match watch.delivery {
        Delivery::Session => {
            if let Some(stop) = stopped_before(watch).or_else(|| terminal::give_up().map(Stop::by)) {
                return Err(not_started(program, stop, log));
            }
            None
        }
        Delivery::Single | Delivery::Group => terminal::in_foreground(),
    };
    let process_group = match watch.delivery {
        Delivery::Session => ProcessGroup::Session,
        Delivery::Single if foreground.is_none() && !start.own_group => ProcessGroup::Supervisor,
        Delivery::Single | Delivery::Group => ProcessGroup::Own,
    };
    if let Some(stop) = stopped_before(watch) {
        return Err(not_started(program, stop, log));
    }
    let input = start.input.as_ref().map(pipe_with).transpose();
    let input = input.map_err(|error| {
        log.error(&format!("cannot hand `{}` its input: {}", program.display(), error.desc()));
        CANNOT_EXECUTE
    })?;
    let setup = ChildSetup {
        executable,
        input: input.as_ref().map(OwnedFd::as_raw_fd),
        output: None,
        process_group,
        terminal: foreground.as_ref().map(std::os::fd::AsRawFd::as_raw_fd),
        inherited: start.inherit_signals.then_some(inherited),
        dies_with_parent: !first_process,
    };
    let child = spawn(&setup).map_err(|error| {
        if foreground.is_some() {
            terminal::take_back();
        }
        cannot_execute(program, executable.existing(), error, start, log)
    })?;
    // What follows is done only now, because the child does not have to wait for it.
    let born = Instant::now();
    let has_foreground = foreground.is_some();
    drop((foreground, input));
    if start.lock_memory {
        privileges::drop_memory_locking();
    }
    release_descriptors();
    let kills_before = oom::kills();
    Ok(Started { program: program.to_owned(), child, process_group, has_foreground, born, kills_before })
}

/// A pipe that holds these bytes and nothing after them: then comes its end, or whoever reads waits for ever.
fn pipe_with(input: &Input) -> Result<OwnedFd, Errno> {
    let (end, other) = nix::unistd::pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)?;
    if nix::unistd::write(&other, &input.bytes)? < input.bytes.len() {
        return Err(Errno::EFBIG);
    }
    if input.stays_open {
        // Opened like that, one descriptor is both ends, see fifo(7).
        let path = format!("/proc/self/fd/{}", end.as_raw_fd());
        return nix::fcntl::open(path.as_str(), OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty());
    }
    // The child waits for what it reads, as everybody does.
    fcntl(&end, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok(end)
}

/// What kept the child from being started: the signal that came, and the one that it stands for.
#[derive(Clone, Copy, Debug)]
struct Stop {
    came: Signal,
    means: Signal,
}

impl Stop {
    fn by(signal: Signal) -> Self {
        Self { came: signal, means: signal }
    }
}

/// A stop signal that is pending already and that the child would have got.
fn stopped_before(watch: &Watch) -> Option<Stop> {
    let outside = watch.forwarding.with_action(Action::StopFromOutside);
    let stopping = SignalSet(SignalSet::of(&STOPPING).0 | outside.0);
    while let Some(received) = system::wait(stopping, Some(Duration::ZERO)) {
        let signal = received.signal()?;
        if outside.contains(signal) {
            if let Some(means) = decide(signal, &received, ProcessGroup::Own, watch) {
                return Some(Stop { came: signal, means });
            }
        } else if watch.forwarding.action(signal) != Action::Drop {
            return Some(Stop::by(signal));
        }
    }
    None
}

fn not_started(program: &OsStr, stop: Stop, log: Log) -> u8 {
    log.info(&format!("{} came before `{}` was started: nothing was started", stop.came, program.display()));
    stop.means.exit_code()
}

/// The child has its own copies. Those of this process would only keep files open and a mount busy.
fn release_descriptors() {
    system::close_inherited();
    let _ = std::env::set_current_dir("/");
}

/// Logs why the program could not be executed; gives the exit code that shells have for that.
fn cannot_execute(program: &OsStr, existing: Option<&Path>, error: Errno, start: &Start, log: Log) -> u8 {
    let name = program.display();
    let (reason, code) = match (error, existing) {
        (Errno::ENOENT | Errno::ENOTDIR | Errno::ENAMETOOLONG | Errno::ELOOP, None) => {
            let looked = if program.as_bytes().contains(&b'/') {
                "there is no such file"
            } else {
                "not found in `PATH`"
            };
            (looked.to_owned(), NOT_FOUND)
        }
        (Errno::ENOENT, Some(file)) => (
            format!("`{}` is there, but the interpreter or loader that it names is not", file.display()),
            CANNOT_EXECUTE,
        ),
        (Errno::EACCES, Some(file)) if file.is_dir() => ("it is a directory".to_owned(), CANNOT_EXECUTE),
        (Errno::EACCES, Some(file)) => (
            format!("`{}` may not be executed by this user, or not from this mount", file.display()),
            CANNOT_EXECUTE,
        ),
        (error, _) => (error.desc().to_owned(), CANNOT_EXECUTE),
    };
    let hint = match start.suggested_command {
        Some(command) if code == NOT_FOUND => format!("; did you mean `es-entrypoint {command}`?"),
        _ => String::new(),
    };
    log.error(&format!("cannot run `{name}`: {reason}{hint}"));
    code
}

#[cfg(test)]
mod tests {
    use nix::unistd::read;

    use super::*;

    /// What is read, and what comes then.
    fn ends(stays_open: bool) -> (Vec<u8>, Result<usize, Errno>) {
        let pipe = pipe_with(&Input { bytes: vec![7; 60_000], stays_open }).unwrap();
        // Where a child would wait.
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let mut bytes = vec![0; 60_000];
        assert_eq!(read(&pipe, &mut bytes), Ok(60_000));
        (bytes, read(&pipe, &mut [0]))
    }

    #[test]
    fn an_input_has_an_end_or_none() {
        assert_eq!(ends(false), (vec![7; 60_000], Ok(0)));
        assert_eq!(ends(true), (vec![7; 60_000], Err(Errno::EAGAIN)));
        let large = Input { bytes: vec![0; 70_000], stays_open: true };
        assert_eq!(pipe_with(&large).unwrap_err(), Errno::EFBIG);
    }
}
