//! The life of the supervising process: the start of the child, the time with it, the exit code.

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use nix::errno::Errno;

use crate::log::Log;
use crate::preparation::{self, Inherited};
use crate::report::Death;
use crate::signals::{Action, Forwarding, Signal, SignalSet};
use crate::spawn::{Executable, ProcessGroup, Start};
use crate::supervision::{Delivery, Supervision};
use crate::system::{CStringArray, Pid};
use crate::{privileges, reexec, report, spawn, system, terminal, watch};

/// The program was found but cannot be executed.
const CANNOT_EXECUTE: u8 = 126;
/// The program was not found; also where the kernel lost our child.
const NOT_FOUND: u8 = 127;

/// What to execute, in words that live elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// A path, or a bare name that is looked up in the `PATH` of `environment`.
    pub name: &'a OsStr,
    /// The arguments without the program itself.
    pub arguments: &'a [OsString],
    /// The whole environment of the process.
    pub environment: &'a [(OsString, OsString)],
}

/// Starts the program, stays with it, and gives the exit code for our own end.
pub fn run(program: &Image<'_>, supervision: &Supervision) -> u8 {
    match start_child(program, reexec::environment(program.environment), supervision) {
        Ok(started) => supervise(&started, supervision),
        Err(code) => code,
    }
}

/// The same, with the environment that this process was started with in place of the program's: nothing is copied.
pub fn run_in_own_environment(program: &Image<'_>, supervision: &Supervision) -> u8 {
    match start_child(program, Ok(CStringArray::own_environment()), supervision) {
        Ok(started) => supervise(&started, supervision),
        Err(code) => code,
    }
}

/// The same, but once the child runs this process begins a new life: whatever memory the preparation took is given
/// back. The child does not wait for that.
pub fn run_then_reexec(program: &Image<'_>, supervision: &Supervision) -> u8 {
    match start_child(program, reexec::environment(program.environment), supervision) {
        Ok(started) => {
            reexec::execute(&started, supervision);
            // No `/proc`, or the executable may not be executed by the user we are now.
            supervision.log.debug(format_args!("cannot execute this program anew, going on as it is"));
            supervise(&started, supervision)
        }
        Err(code) => code,
    }
}

/// Takes over when the arguments (without the program's name) are those of [`run_then_reexec`]'s second life.
pub fn resume(arguments: &[OsString]) -> Option<u8> {
    // The runtime's start has unblocked two signals of the C library's.
    system::set_mask(SignalSet::ALL);
    let state = reexec::decode(arguments)?;
    system::set_name(c"es-entrypoint");
    Some(supervise(&state.started, &state.supervision))
}

/// A child that runs, and what is known of its start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Started {
    /// What was asked for, for messages.
    pub(crate) program: OsString,
    pub(crate) child: Pid,
    pub(crate) process_group: ProcessGroup,
    /// The child was given the terminal's foreground.
    pub(crate) has_foreground: bool,
    pub(crate) born: Instant,
    /// The counter of processes killed for memory at that time.
    pub(crate) kills_before: Option<u64>,
}

/// Enters the child's surroundings and starts it; the error is our exit code.
fn start_child(
    program: &Image<'_>,
    environment: Result<CStringArray, Errno>,
    supervision: &Supervision,
) -> Result<Started, u8> {
    system::set_mask(SignalSet::ALL);
    prepare_process(supervision).map_err(|error| {
        supervision.log.error(&format!("{error:#}"));

        CANNOT_EXECUTE
    })?;
    let executable = environment.and_then(|environment| {
        Executable::new(program.name, &reexec::bytes(program.arguments), environment)
    });
    match executable {
        Ok(executable) => spawn_child(program.name, &executable, supervision),
        Err(error) => Err(cannot_execute(program.name, None, error, supervision)),
    }
}

/// What holds for us and the child alike.
fn prepare_process(supervision: &Supervision) -> anyhow::Result<()> {
    if supervision.raise_limits {
        privileges::raise_limits();
    }
    if let Some(credentials) = supervision.credentials.as_ref().filter(|_| privileges::is_root()) {
        privileges::take_credentials(credentials, supervision.lock_memory)?;
    }
    if supervision.no_new_privileges {
        system::set_no_new_privileges()
            .map_err(|error| anyhow!(error.desc()))
            .context("cannot set `no_new_privs`")?;
    }
    Ok(())
}

/// Starts the child, after the last look at the signals that came before it; the error is our exit code.
fn spawn_child(program: &OsStr, executable: &Executable, supervision: &Supervision) -> Result<Started, u8> {
    let log = supervision.log;
    let inherited = Inherited::get();
    if !supervision.inherit_signals {
        system::reset_dispositions();
    }
    system::set_disposition(Signal::CHLD, system::Disposition::Default);
    if let Some(signal) = supervision.parent_death_signal {
        system::set_parent_death_signal(signal);
    }
    let first_process = system::own_pid() == 1;
    if supervision.subreaper && !first_process {
        system::become_subreaper();
    }
    let foreground = match supervision.delivery {
        Delivery::Session => {
            if let Some(signal) = stopped_before(&supervision.forwarding).or_else(terminal::give_up) {
                return Err(not_started(program, signal, log));
            }
            None
        }
        Delivery::Single | Delivery::Group => terminal::in_foreground(),
    };
    let process_group = match supervision.delivery {
        Delivery::Session => ProcessGroup::Session,
        Delivery::Single if foreground.is_none() && !supervision.own_group => ProcessGroup::Supervisor,
        Delivery::Single | Delivery::Group => ProcessGroup::Own,
    };
    if let Some(signal) = stopped_before(&supervision.forwarding) {
        return Err(not_started(program, signal, log));
    }
    let start = Start {
        executable,
        process_group,
        terminal: foreground.as_ref().map(std::os::fd::AsRawFd::as_raw_fd),
        inherited: supervision.inherit_signals.then_some(inherited),
        dies_with_us: !first_process,
    };
    let child = spawn::spawn(&start).map_err(|error| {
        if foreground.is_some() {
            terminal::take_back();
        }
        cannot_execute(program, executable.existing(), error, supervision)
    })?;
    // Only now, as all that follows: the child runs already.
    let born = Instant::now();
    let has_foreground = foreground.is_some();
    drop(foreground);
    if supervision.lock_memory {
        privileges::forget_memory_locking();
    }
    release_descriptors();
    let kills_before = memory_kills();
    Ok(Started { program: program.to_owned(), child, process_group, has_foreground, born, kills_before })
}

/// The life with the child; gives the exit code.
fn supervise(started: &Started, supervision: &Supervision) -> u8 {
    let log = supervision.log;
    let watched = watch::watch(started, supervision);
    if started.has_foreground {
        terminal::take_back();
    }
    let Some(status) = watched.status else {
        log.error("the kernel says that there is no child any more, and its end was never seen");
        return NOT_FOUND;
    };
    let death = Death {
        name: &Path::new(&started.program).file_name().unwrap_or(&started.program).to_string_lossy(),
        pid: started.child,
        status,
        after: started.born.elapsed(),
        first: watched.first,
        memory_kills: memory_kills().zip(started.kills_before).map(|(now, then)| now.saturating_sub(then)),
    };
    if death.is_abnormal() {
        log.warn(&death.line());
    }
    watch::terminate_orphans(supervision);
    exit_code(status, watched.delivered, supervision)
}

/// The exit code that the child's end gives us.
fn exit_code(status: system::ExitStatus, delivered: SignalSet, supervision: &Supervision) -> u8 {
    let code = status.code();
    let stopped = [Signal::TERM, Signal::INT]
        .into_iter()
        .any(|signal| code == signal.exit_code() && delivered.contains(signal));
    match supervision.stop_status {
        Some(status) if stopped => status,
        _ if supervision.success_codes.contains(&code) => 0,
        _ => code,
    }
}

/// A stop signal that has come already and that the child would have got.
fn stopped_before(forwarding: &Forwarding) -> Option<Signal> {
    while let Some(received) = system::wait(SignalSet::of(&preparation::STOPPING), Some(Duration::ZERO)) {
        let signal = received.signal()?;
        if forwarding.action(signal) != Action::Drop {
            return Some(signal);
        }
    }
    None
}

fn not_started(program: &OsStr, signal: Signal, log: Log) -> u8 {
    log.info(&format!("{signal} came before `{}` was started: nothing was started", program.display()));
    signal.exit_code()
}

/// The child has all it needs: hold nothing that could be in somebody's way.
fn release_descriptors() {
    system::close_inherited();
    let _ = std::env::set_current_dir("/");
}

/// The counter of processes that were killed for memory, where there is one to be read.
fn memory_kills() -> Option<u64> {
    let cgroups = system::read_small(c"/proc/self/cgroup")?;
    report::counter_files(&cgroups)
        .into_iter()
        .find_map(|file| report::memory_kills(&system::read_small(&CString::new(file).ok()?)?))
}

/// Says why the program could not be started, and with which code shells answer that.
fn cannot_execute(program: &OsStr, existing: Option<&Path>, error: Errno, supervision: &Supervision) -> u8 {
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
    let hint = match supervision.suggested_command {
        Some(command) if code == NOT_FOUND => format!("; did you mean `es-entrypoint {command}`?"),
        _ => String::new(),
    };
    supervision.log.error(&format!("cannot run `{name}`: {reason}{hint}"));
    code
}
