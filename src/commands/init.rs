//! `init`: only the supervision, for any program.

use std::ffi::OsString;

use nix::unistd::{getegid, geteuid};
use node::{Identity, resolve_user};
use pid1::privileges::is_root;
use pid1::signals::Forwarding;
use pid1::{Image, Supervision};

use crate::cli::{Dialect, Options};
use crate::commands::supervision;
use crate::disk::read::system_text;
use crate::logging;

/// Runs the program; gives its exit code. What is not needed for that is never loaded: this process stays.
pub(crate) fn run(options: &Options, program: &OsString, arguments: &[OsString]) -> u8 {
    let (supervision, identity) = match configured(options) {
        Ok(configured) => configured,
        Err(message) => {
            logging::start("error", options.log_format);
            tracing::error!("{message}");
            return options.supervision.dialect.usage();
        }
    };
    let image = Image { name: program, arguments, environment: &[] };
    match identity.filter(|_| is_root()) {
        None => pid1::run_in_own_environment(&image, &supervision),
        Some(identity) => {
            let mut environment = pid1::own_variables(&[""]);
            identity.set_home(&mut environment);
            pid1::run(&Image { environment: &environment, ..image }, &supervision)
        }
    }
}

fn configured(options: &Options) -> Result<(Supervision, Option<Identity>), String> {
    let forwarding = match options.supervision.dialect {
        Dialect::DumbInit => Forwarding::everything(),
        Dialect::Own | Dialect::Kubectl | Dialect::Health | Dialect::Tini => Forwarding::tini(),
    };
    let mut supervision = supervision::of_options(options, forwarding)?;
    let Some(spec) = &options.user else { return Ok((supervision, None)) };
    let (passwd, group) = (system_text("/etc/passwd", 1 << 20), system_text("/etc/group", 1 << 20));
    let identity = resolve_user(spec, &passwd, &group).map_err(|why| format!("`--user`: {why}"))?;
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    if uid != 0 && (identity.uid, identity.gid) != (uid, gid) {
        return Err(format!(
            "`--user` asks for {}:{}, but this process is {uid}:{gid}, and only root can become somebody else: start the \
             container as root, or as that user and without `--user`",
            identity.uid, identity.gid
        ));
    }
    supervision.start.credentials = Some(supervision::credentials(&identity));
    supervision.start.no_new_privileges = true;
    Ok((supervision, Some(identity)))
}
