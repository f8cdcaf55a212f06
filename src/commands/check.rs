//! `check`: every finding there is, and nothing written.

use diagnostics::{Change, Finding, MessageFormat};
use node::{Depth, Facts, VersionFrom};
use template::{Environment, Template};

use super::baseline;
use super::fix;
use crate::cli::{Options, UsageError};
use crate::disk::Disk;
use crate::output::Writer;

/// Reports; gives the exit code.
///
/// # Errors
/// A baseline that cannot be read.
pub(crate) fn run(options: &Options, environment: Environment, output: Writer<'_>) -> Result<u8, UsageError> {
    let depth = if options.host { Depth::Machine } else { Depth::Installed };
    // Only what writes reads again.
    let again = options.fix.then(|| environment.clone());
    let (facts, findings, notes) = judged(options, depth, environment);
    for note in notes {
        tracing::info!("{note}");
    }
    let (findings, note) = baseline::told(options, findings)?;
    let code = match again {
        None => output.report(&findings),
        Some(environment) => {
            let after = |_: &[Change]| judged(options, depth, environment).1;
            fix::run(options, &findings, |change| is_sound(change, &facts), after, output)?
        }
    };
    fix::count(options, &findings);
    if let Some(note) = note {
        tracing::info!("{note}");
    }
    let nothing = findings.is_empty() && options.message_format == MessageFormat::Human;
    if let Some(judged) = what_was_judged(&facts, nothing, &findings) {
        tracing::info!("{judged}");
    }
    Ok(code)
}

/// What was read, what is wrong with it, and what the log says of it.
fn judged(options: &Options, depth: Depth, environment: Environment) -> (Facts, Vec<Finding>, Vec<String>) {
    let facts = node::read(options.request(depth), environment, &Disk::default());
    let mut findings = node::judge(&facts);
    let notes = node::plan(&facts, &mut findings).notes;
    (facts, findings, notes)
}

/// Whether the settings of a file that was read are the same after a change, but for those that it is about.
fn is_sound(change: &Change, facts: &Facts) -> bool {
    let Some(file) = facts.files.iter().find(|file| file.template.name == change.name) else { return false };
    let (after, version) = (change.after(), facts.version);
    let template = Template { bytes: after.as_bytes(), ..file.template.template() };
    let changed = template::inspect(&template, &facts.environment, &facts.request.levels);
    server::settings::is_as_meant(&file.inspected.settings, &changed.settings, version)
}

/// What was judged, for the log: where `nothing` was found, which is no report at all, where nobody named what is judged,
/// and where findings speak of a version that nobody named. Templates of the working directory are not looked for; who
/// has them there wants to know.
fn what_was_judged(facts: &Facts, nothing: bool, findings: &[Finding]) -> Option<String> {
    let server = facts.version.name().to_string();
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
