//! The entry points: start the child, watch it, exit as it did.

use std::ffi::OsString;
use std::path::Path;

use crate::child::{Image, Started};
use crate::exit_codes;
use crate::report::Death;
use crate::signals::{Signal, SignalSet};
use crate::start::start_child;
use crate::supervision::{Supervision, Watch};
use crate::system::{self, CStringArray, ExitStatus};
use crate::{linger, oom, orphans, reexec, terminal, watch};

/// Runs the program as a child and watches it. Gives the exit code for this process: the child's, 128+n where signal n
/// ended it, 126 or 127 where it could not be executed.
pub fn run(image: &Image<'_>, supervision: &Supervision) -> u8 {
    match start_child(
        image,
        CStringArray::environment(image.environment),
        &supervision.start,
        &supervision.watch,
    ) {
        Ok(started) => supervise(&started, &supervision.watch),
        Err(code) => code,
    }
}

/// As [`run()`], but the child gets the environment of this process in place of the image's: nothing is copied.
pub fn run_in_own_environment(image: &Image<'_>, supervision: &Supervision) -> u8 {
    match start_child(image, Ok(CStringArray::own_environment()), &supervision.start, &supervision.watch) {
        Ok(started) => supervise(&started, &supervision.watch),
        Err(code) => code,
    }
}

/// As [`run()`], but once the child runs this process re-executes itself, which frees all memory of the preparation.
/// The child does not wait for that. `main` has to call [`resume`] first.
pub fn run_then_reexec(image: &Image<'_>, supervision: &Supervision) -> u8 {
    let Supervision { start, watch } = supervision;
    match start_child(image, CStringArray::environment(image.environment), start, watch) {
        Ok(started) => {
            reexec::execute(&started, watch);
            // There is no `/proc`, or the user that this process is now may not execute the file.
            watch.log.debug(format_args!("cannot re-execute this program: it keeps the memory that it has"));
            supervise(&started, watch)
        }
        Err(code) => code,
    }
}

/// Goes on after the re-execution of [`run_then_reexec`] and gives the exit code for this process. `None`: the
/// arguments (without the program's name) are not of such a re-execution.
pub fn resume(arguments: &[OsString]) -> Option<u8> {
    // The runtime has unblocked two signals that are the C library's own.
    system::set_mask(SignalSet::ALL);
    let state = reexec::decode(arguments)?;
    system::set_name(c"es-entrypoint");
    Some(supervise(&state.started, &state.watch))
}

/// Watches the child until it exits, then terminates its orphans. Gives the exit code for this process.
fn supervise(started: &Started, watch: &Watch) -> u8 {
    let log = watch.log;
    let watched = watch::watch(started, watch);
    if started.has_foreground {
        terminal::take_back();
    }
    let Some(status) = watched.status else {
        log.error("the kernel says that there is no child any more, and its exit was never seen");
        return exit_codes::NOT_FOUND;
    };
    let death = Death {
        name: &Path::new(&started.program).file_name().unwrap_or(&started.program).to_string_lossy(),
        pid: started.child,
        status,
        after: started.born.elapsed(),
        first: watched.first,
        delivered: watched.delivered,
        memory_kills: oom::kills().zip(started.kills_before).map(|(now, then)| now.saturating_sub(then)),
        is_server: watch.is_server,
    };
    if death.is_abnormal() {
        log.warn(&death.line());
    }
    let is_stopped_again = orphans::terminate_orphans(watch);
    let is_stopped = STOPS.iter().any(|signal| watched.delivered.contains(*signal));
    if is_stopped && !is_stopped_again && !watch.linger.is_zero() {
        linger::linger(watch);
    }
    exit_code(status, watched.delivered, watch)
}

/// The signals that ask the child to end.
const STOPS: [Signal; 2] = [Signal::TERM, Signal::INT];

/// The exit code for this process, from the child's.
fn exit_code(status: ExitStatus, delivered: SignalSet, watch: &Watch) -> u8 {
    let code = status.code();
    let stopped = STOPS.iter().any(|signal| code == signal.exit_code() && delivered.contains(*signal));
    match watch.stop_status {
        Some(status) if stopped => status,
        _ if watch.success_codes.contains(&code) => 0,
        _ => code,
    }
}
