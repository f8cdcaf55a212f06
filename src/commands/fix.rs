//! `check --fix`: what is mechanical is written into the manifests.

use std::path::PathBuf;
use std::rc::Rc;

use diagnostics::{Change, Finding};
use kubernetes::{Report, Text};

use super::baseline;
use crate::apply;
use crate::cli::{Options, UsageError};
use crate::disk::read::{self, LARGEST_MANIFESTS};
use crate::exit;
use crate::output::{Stream, Writer, standard_output};

/// The name of standard input in reports.
pub(super) const STDIN: &str = "<stdin>";

/// Writes, and reports what is left; gives the exit code. What came from standard input goes to standard output, and so does
/// the difference of a dry run; the report then goes to standard error.
///
/// # Errors
/// A baseline that cannot be read.
pub(super) fn run(
    options: &Options,
    texts: &[Text],
    all: &[Finding],
    findings: &[Finding],
    judge: impl Fn(&[Text]) -> Report,
    output: Writer<'_>,
) -> Result<u8, UsageError> {
    let changes = diagnostics::changes(findings);
    let errors = Writer { stream: Stream::Error, ..output };
    if options.dry_run {
        let diff: String = changes.iter().map(Change::diff).collect();
        let written = standard_output(diff.as_bytes());
        let code = errors.report(findings);
        return Ok(if written.is_err() { exit::IO_ERROR } else { code });
    }
    let new: Vec<Text> = texts
        .iter()
        .map(|text| match changes.iter().find(|change| change.name == text.name) {
            Some(change) => Text { text: Rc::from(change.after()), ..text.clone() },
            None => text.clone(),
        })
        .collect();
    let after = judge(&new);
    let unreadable = |findings: &[Finding]| findings.iter().filter(|it| it.code == "k8s/not-yaml").count();
    if unreadable(&after.findings) > unreadable(all) {
        tracing::error!("what `--fix` would write is not YAML, so that nothing is written; please report it");
        return Ok(exit::SOFTWARE);
    }
    for change in &changes {
        if change.name != STDIN
            && let Err(code) = write(change)
        {
            return Ok(code);
        }
        tracing::info!("`{}`: places changed: {}", change.name, change.count());
    }
    let (left, _) = baseline::told(options, after.findings)?;
    let Some(stdin) = new.iter().find(|text| text.name == STDIN) else { return Ok(output.report(&left)) };
    let written = standard_output(stdin.text.as_bytes());
    let code = errors.report(&left);
    Ok(if written.is_err() { exit::IO_ERROR } else { code })
}

/// Writes a file, unless somebody else did meanwhile.
fn write(change: &Change) -> Result<(), u8> {
    let path = PathBuf::from(&change.name);
    let after = change.after();
    let now = read::regular_file(&path, LARGEST_MANIFESTS).unwrap_or_default();
    // By another name it may have been changed already.
    if now != change.before.as_bytes() && now != after.as_bytes() {
        tracing::error!("`{}` has changed since it was read, and is left as it is", change.name);
        return Err(exit::IO_ERROR);
    }
    apply::replace(&path, after.as_bytes()).map_err(|error| {
        tracing::error!("{}", error.message());
        error.exit_code()
    })
}
