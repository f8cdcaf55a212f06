//! `init`: only the supervision, for any program.

use std::ffi::OsString;

use crate::cli::{Dialect, Options};
use crate::commands::supervision;
use crate::files::read::system_text;
use crate::logging;
use crate::plan::Command;
use crate::supervise::privileges::is_root;
use crate::supervise::signals::Forwarding;
use crate::supervise::users::resolve_user;
use crate::supervise::{self, Supervision};

/// Runs the program; gives its exit code. What is not needed for that is never loaded: this process stays.
pub fn run(options: &Options, program: OsString, arguments: Vec<OsString>) -> u8 {
    let supervision = match configured(options) {
        Ok(supervision) => supervision,
        Err(message) => {
            logging::start("error", options.log_format);
            tracing::error!("{message}");
            return options.supervision.dialect.usage();
        }
    };
    let mut command = Command { program, arguments, environment: Vec::new() };
    match supervision.identity.as_ref().filter(|_| is_root()) {
        None => supervise::run_in_own_environment(&command, &supervision),
        Some(identity) => {
            command.environment = supervise::own_variables(&[""]);
            identity.set_home(&mut command.environment);
            supervise::run(&command, &supervision)
        }
    }
}

fn configured(options: &Options) -> Result<Supervision, String> {
    let forwarding = match options.supervision.dialect {
        Dialect::DumbInit => Forwarding::everything(),
        Dialect::Own | Dialect::Tini => Forwarding::tini(),
    };
    let mut supervision = supervision::of_options(options, forwarding)?;
    if let Some(spec) = &options.user {
        let (passwd, group) = (system_text("/etc/passwd", 1 << 20), system_text("/etc/group", 1 << 20));
        supervision.identity =
            Some(resolve_user(spec, &passwd, &group).map_err(|why| format!("`--user`: {why}"))?);
        supervision.no_new_privileges = true;
    }
    Ok(supervision)
}
