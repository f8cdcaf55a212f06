//! `check`: every finding there is, and nothing written.

use std::ffi::OsString;

use crate::cli::Options;
use crate::commands::examine;
use crate::output::Writer;

/// Reports; gives the exit code.
pub fn run(options: &Options, environment: &[(OsString, OsString)], output: Writer) -> u8 {
    let examined = examine::examine(options, environment, &[], examine::Depth::check(options));
    output.report(&options.judge(examined.findings))
}
