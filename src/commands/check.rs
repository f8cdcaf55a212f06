//! `check`: every finding there is, and nothing written.

use diagnostics::{Finding, MessageFormat};
use node::{Depth, Facts, VersionFrom};
use template::Environment;

use super::baseline;
use crate::cli::{Options, UsageError};
use crate::disk::Disk;
use crate::output::Writer;

/// Reports; gives the exit code.
///
/// # Errors
/// A baseline that cannot be read.
pub(crate) fn run(options: &Options, environment: Environment, output: Writer<'_>) -> Result<u8, UsageError> {
    let depth = if options.host { Depth::Machine } else { Depth::Installed };
    let disk = Disk::default();
    let facts = node::read(options.request(depth), environment, &disk);
    let mut findings = node::judge(&facts);
    let planned = node::plan(&facts, &mut findings);
    planned.notes.iter().for_each(|note| tracing::info!("{note}"));
    let (findings, note) = baseline::told(options, findings)?;
    let code = output.report(&findings);
    if let Some(note) = note {
        tracing::info!("{note}");
    }
    let nothing = findings.is_empty() && options.message_format == MessageFormat::Human;
    if let Some(judged) = what_was_judged(&facts, nothing, &findings) {
        tracing::info!("{judged}");
    }
    Ok(code)
}

/// What was judged, for the log: where `nothing` was found, which is no report at all, where nobody named what is judged,
/// and where findings speak of a version that nobody named. Templates of the working directory are not looked for; who
/// has them there wants to know.
fn what_was_judged(facts: &Facts, nothing: bool, findings: &[Finding]) -> Option<String> {
    let server = facts.version.name();
    let named = facts.sources.directory.as_ref();
    let is_guess = facts.version_from == VersionFrom::Guess;
    let from = match named {
        Some(directory) if nothing => format!("`{}`", directory.display()),
        Some(_) => {
            let names_it = |text: &str| text.contains(&server);
            let speaks = |it: &Finding| names_it(&it.message) || it.help.as_deref().is_some_and(names_it);
            return (is_guess && findings.iter().any(speaks)).then(|| {
                format!("{server} is a guess from the settings: name your version with `--es-version`")
            });
        }
        None if facts.files.is_empty() => return None,
        None => "the built-in template".to_owned(),
    };
    let guess = if is_guess { " (a guess)" } else { "" };
    let found = match nothing {
        true if facts.is_judged_here() => ": nothing found",
        true => ": nothing found; this machine was not judged, `--host` does that",
        false => "",
    };
    let unused = if named.is_none() && facts.sources.has_unused_templates {
        "; `config-templates` of this directory is not used without `--templates config-templates`"
    } else {
        ""
    };
    let none = if nothing && !facts.has_settings {
        "; none of them is the `elasticsearch.yml` or `opensearch.yml` of that directory, so that no setting was judged"
    } else {
        ""
    };
    let count = facts.files.len();
    Some(format!("files judged: {count} of {from} for {server}{guess}{found}{none}{unused}"))
}
