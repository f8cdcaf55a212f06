//! `check`: every finding there is, and nothing written.

use std::ffi::OsString;

use crate::cli::Options;
use crate::commands::examine;
use crate::finding::report::MessageFormat;
use crate::output::Writer;

/// Reports; gives the exit code.
pub fn run(options: &Options, environment: &[(OsString, OsString)], output: Writer) -> u8 {
    let examined = examine::examine(options, environment, &[], examine::Depth::check(options));
    let findings = options.judge(examined.findings);
    let code = output.report(&findings);
    let nothing = findings.is_empty() && options.message_format == MessageFormat::Human;
    if let Some(judged) = examined.inputs.judged(examined.version, nothing, &findings) {
        tracing::info!("{judged}");
    }
    code
}
