//! `init`: only the supervision, for any program.

use std::ffi::OsString;

use crate::cli::Options;
use crate::commands::supervision;
use crate::exit;
use crate::plan::Command;
use crate::supervise::{self, Forwarding};

/// Runs the program; gives its exit code.
pub fn run(
    options: &Options,
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
) -> u8 {
    let supervision = match supervision::of_options(options, Forwarding::tini(), options.user.as_deref()) {
        Ok(supervision) => supervision,
        Err(message) => {
            tracing::error!("{message}");
            return exit::USAGE;
        }
    };
    let command = Command { program, arguments, environment, working_directory: None, umask: None };
    supervise::run(&command, &supervision)
}
