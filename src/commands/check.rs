//! `check`: every finding there is, and nothing written.

use std::ffi::OsString;

use crate::cli::Options;
use crate::commands::examine;
use crate::exit;
use crate::output::{Writer, has_error};

/// Reports; gives the exit code.
pub fn run(options: &Options, environment: &[(OsString, OsString)], output: Writer) -> u8 {
    if !options.files.is_empty() {
        tracing::error!("`check -f`: Kubernetes manifests cannot be checked by this version");
        return exit::USAGE;
    }
    let examined = examine::examine(options, environment, &[], examine::Depth::check(options));
    let findings = options.judge(examined.findings);
    if output.findings(&findings).is_err() {
        return exit::IO_ERROR;
    }
    if has_error(&findings) { exit::CONFIG } else { exit::OK }
}
