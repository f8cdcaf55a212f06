//! What is left to report after levels and the baseline.

use diagnostics::{Baseline, Finding};

use crate::cli::{Options, UsageError};
use crate::disk::read::{self, LARGEST_MANIFESTS};

/// The findings in the order of their places, as the options want them; and for the log, what became of the baseline.
///
/// # Errors
/// A baseline that cannot be read.
pub(super) fn told(
    options: &Options,
    mut findings: Vec<Finding>,
) -> Result<(Vec<Finding>, Option<String>), UsageError> {
    diagnostics::sort(&mut findings);
    let mut findings = options.levels.apply(findings);
    let Some(path) = &options.baseline else { return Ok((findings, None)) };
    let help = "an earlier run writes it: `es-entrypoint check … --message-format json >FILE`";
    let text = read::regular_file(path, LARGEST_MANIFESTS).map_err(|reason| {
        UsageError::new(format_args!("the file of `--baseline` {reason}")).help(format_args!("{help}"))
    })?;
    let text = read::lossy(text);
    let mut baseline = Baseline::parse(&text).map_err(|line| {
        UsageError::new(format_args!("the file of `--baseline` has no finding in line {line}"))
            .help(format_args!("{help}"))
    })?;
    let before = findings.len();
    findings.retain(|finding| !baseline.excuses(finding));
    let told = before - findings.len();
    let gone = baseline.left();
    Ok((findings, Some(format!("findings of the baseline: {told} are still there, {gone} are gone"))))
}
