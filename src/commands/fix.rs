//! `check --fix`: what is mechanical is written into manifests and files of settings.

use std::path::PathBuf;

use diagnostics::{Change, Finding};

use super::baseline;
use crate::apply;
use crate::cli::{Options, UsageError};
use crate::disk;
use crate::disk::read::{self, LARGEST_MANIFESTS};
use crate::exit;
use crate::output::{Stream, Writer, standard_output};

/// The name of standard input in reports.
pub(super) const STDIN: &str = "<stdin>";

/// Writes, and reports what is left, as `judge` finds it once these changes are made; gives the exit code. `is_sound` says
/// whether a change does what it should. What came from standard input goes to standard output, and so does the difference of
/// a dry run or of a file that has to stay as it is; the report then goes to standard error.
///
/// # Errors
/// A baseline that cannot be read.
pub(super) fn run(
    options: &Options,
    findings: &[Finding],
    is_sound: impl Fn(&Change) -> bool,
    judge: impl FnOnce(&[Change]) -> Vec<Finding>,
    output: Writer<'_>,
) -> Result<u8, UsageError> {
    let (changes, unsound): (Vec<Change>, Vec<Change>) =
        diagnostics::changes(findings).into_iter().partition(is_sound);
    for change in &unsound {
        tracing::error!(
            "`{}` would change otherwise than `--fix` means, and is left as it is; please report it",
            change.name
        );
    }
    let mut code = if unsound.is_empty() { exit::OK } else { exit::SOFTWARE };
    let mut shown = String::new();
    let mut made = Vec::new();
    for change in changes {
        if options.dry_run {
            shown += &change.diff();
            continue;
        }
        if change.name == STDIN {
            shown += &change.after();
        } else if let Err(refused) = write(&change, options.files.is_empty()) {
            shown += &change.diff();
            code = code.max(refused);
            continue;
        }
        tracing::info!("`{}`: places changed: {}", change.name, change.count());
        made.push(change);
    }
    let reads_stdin = options.files.iter().any(|name| name == "-");
    let left = if options.dry_run { findings.to_vec() } else { baseline::told(options, judge(&made))?.0 };
    let errors = Writer { stream: Stream::Error, ..output };
    let mut written = Ok(());
    let beside = options.dry_run || reads_stdin || !shown.is_empty();
    if beside {
        written = standard_output(shown.as_bytes());
    }
    let report = if beside { errors } else { output }.report(&left);
    Ok(if written.is_err() {
        exit::IO_ERROR
    } else if code == exit::OK {
        report
    } else {
        code
    })
}

/// Writes a file, unless it cannot be replaced in one step, or somebody else changed it meanwhile; gives the exit code else.
fn write(change: &Change, keeps_links: bool) -> Result<(), u8> {
    let path = PathBuf::from(&change.name);
    let mut after = change.after();
    let now = read::regular_file(&path, LARGEST_MANIFESTS).unwrap_or_default();
    let marked = now
        .strip_prefix(template::BYTE_ORDER_MARK.as_bytes())
        .filter(|_| !change.before.starts_with(template::BYTE_ORDER_MARK));
    if marked.is_some() {
        after.insert_str(0, template::BYTE_ORDER_MARK);
    }
    // By another name it may have been changed already.
    if marked.unwrap_or(&now) != change.before.as_bytes() && now != after.as_bytes() {
        tracing::error!("`{}` has changed since it was read, and is left as it is", change.name);
        return Err(exit::IO_ERROR);
    }
    let Some(obstacle) = disk::obstacle_to_replacing(&path, keeps_links) else {
        return apply::replace(&path, after.as_bytes()).map_err(|error| {
            tracing::error!("{}", error.message());
            error.exit_code()
        });
    };
    tracing::error!("`{}` {obstacle}, and is left as it is", change.name);
    Err(exit::CANT_CREATE)
}

/// Says how many of the findings `--fix` mends.
pub(super) fn count(options: &Options, findings: &[Finding]) {
    let mechanical = findings.iter().filter(|finding| !finding.edits.is_empty()).count();
    let others = findings.len() - mechanical;
    if mechanical == 0 || options.fix {
        return;
    }
    if others == 0 {
        tracing::info!("`--fix` mends all of these");
    } else {
        tracing::info!("`--fix` mends {mechanical} of these; decisions to make: {others}");
    }
}
