//! `check -f`: Kubernetes manifests instead of this container.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use diagnostics::{Change, Finding, Secrets, Source, Span};
use kubernetes::Text;
use node::{Depth, Request};

use super::baseline;
use super::fix::{self, STDIN};
use crate::cli::{self, Dialect, Invocation, Options, UsageError};
use crate::disk::machine;
use crate::disk::read::{self, LARGEST_MANIFESTS};
use crate::disk::tree;
use crate::output::Writer;

/// The name of standard input.
const DASH: &str = "-";
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Reports; gives the exit code.
///
/// # Errors
/// A baseline that cannot be read.
pub(crate) fn run(options: &Options, output: Writer<'_>) -> Result<u8, UsageError> {
    let threads = machine::threads();
    let (texts, unread) = texts(options, threads);
    let judge = |texts: &[Text]| {
        let kubernetes = kubernetes::Options {
            request: options.request(Depth::Machine),
            kubernetes_minor: options.kubernetes_minor,
            suppressions: !options.no_suppressions,
            own_request: &own_request,
            share: &|count, work| pid1::share(threads, count, work),
        };
        let mut report = kubernetes::check(texts.to_vec(), &kubernetes);
        report.findings.extend(unread.iter().cloned());
        report
    };
    let report = judge(&texts);
    let (findings, note) = baseline::told(options, report.findings.clone())?;
    let code = if options.fix {
        let after = |changes: &[Change]| {
            if changes.is_empty() {
                return report.findings.clone();
            }
            let changed = |text: &Text| match changes.iter().find(|change| change.name == text.name) {
                Some(change) => Text { text: Arc::from(change.after()), ..text.clone() },
                None => text.clone(),
            };
            judge(&texts.iter().map(changed).collect::<Vec<_>>()).findings
        };
        let unreadable = |findings: &[Finding], name: &str| {
            let is_one = |it: &&Finding| {
                it.code == "k8s/not-yaml" && it.location().is_some_and(|place| place.file == name)
            };
            findings.iter().filter(is_one).count()
        };
        let all = diagnostics::changes(&findings);
        let changed = after(&all);
        let is_sound = |change: &Change| {
            unreadable(&changed, &change.name) <= unreadable(&report.findings, &change.name)
        };
        // Nearly always all of them are made, and judged by then.
        let left = |made: &[Change]| if made.len() == all.len() { changed.clone() } else { after(made) };
        fix::run(options, &findings, is_sound, left, output)?
    } else {
        output.report(&findings)
    };
    fix::count(options, &findings);
    if let Some(note) = note {
        tracing::info!("{note}");
    }
    if let Some(note) = options.es_version.and_then(server::Version::note) {
        tracing::info!("{note}");
    }
    let mut operated = String::new();
    for title in &report.operated {
        operated.extend(["; ", title, ": judged by its operator, skipped"]);
    }
    tracing::info!(
        "{} objects, {} pods of Elasticsearch or OpenSearch judged{operated}",
        report.objects,
        report.pods
    );
    Ok(code)
}

/// All texts, and what is wrong with those that cannot be read.
fn texts(options: &Options, threads: usize) -> (Vec<Text>, Vec<Finding>) {
    let (mut paths, mut findings) = (Vec::new(), Vec::new());
    for name in &options.files {
        let name = Path::new(name);
        let below = if name != Path::new(DASH) {
            files(name, &mut findings)
        } else if paths.iter().all(|path| path != name) {
            vec![name.to_owned()]
        } else {
            continue;
        };
        if below.is_empty() {
            tracing::warn!(
                "`{}` has no manifests: no `*.yaml`, `*.yml` or `*.json` in it or below",
                name.display()
            );
        }
        paths.extend(below);
    }
    let read: Vec<OnceLock<_>> = paths.iter().map(|_| OnceLock::new()).collect();
    pid1::share(threads, paths.len(), &|index| {
        if let (Some(path), Some(read)) = (paths.get(index), read.get(index)) {
            read.get_or_init(|| self::read(path));
        }
    });
    let (mut texts, mut seen) = (Vec::new(), HashSet::new());
    for (real, text, finding) in read.into_iter().filter_map(OnceLock::into_inner) {
        // Given twice, or in a directory that is given, too: it is one.
        if seen.insert(real) {
            texts.extend(text);
            findings.extend(finding);
        }
    }
    (texts, findings)
}

/// Where a file really is, its text, and what is wrong with it.
fn read(path: &Path) -> (PathBuf, Option<Text>, Option<Finding>) {
    let (name, real, content) = if path == Path::new(DASH) {
        (STDIN.to_owned(), path.to_owned(), read::standard_input(LARGEST_MANIFESTS))
    } else {
        let name = path.display().to_string();
        (name, tree::real(path), read::regular_file(path, LARGEST_MANIFESTS))
    };
    let bytes = match content {
        Ok(bytes) => bytes,
        Err(reason) => return (real, None, Some(unreadable(&name, &reason.to_string()))),
    };
    let mut finding = None;
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let message = format!("`{name}` has bytes in line {line} that are not UTF-8 text");
        // What stands there may be a secret.
        let place = Span::new(&Source::new(&*name, &*text, Secrets::none), at..at + 3).hide(true);
        let help = "kubectl refuses the document, too; the others are judged";
        finding = Some(Finding::error("k8s/not-yaml", message).at(place).help(help));
        text
    });
    (real, Some(Text { name, text: Arc::from(text) }), finding)
}

fn unreadable(name: &str, reason: &str) -> Finding {
    Finding::error("k8s/not-yaml", format!("`{name}` {reason}"))
        .at(Span::of_file(name))
        .help("nothing of it was judged")
}

/// The file, or all files of manifests below a directory, in the order of their names.
fn files(path: &Path, findings: &mut Vec<Finding>) -> Vec<PathBuf> {
    tree::files(path, &has_ending, &mut |path, error| {
        findings.push(unreadable(&path.display().to_string(), &format!("cannot be read: {error}")));
    })
}

fn has_ending(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|ending| ENDINGS.contains(&ending))
}

/// What a container asks for that starts this program with these words.
fn own_request(words: &[OsString], variables: &[(OsString, OsString)]) -> Option<Request> {
    let is_program = |word: &OsString| Path::new(word).file_name() == Some(OsStr::new("es-entrypoint"));
    let at = words.iter().position(is_program)?;
    let own: Vec<(OsString, OsString)> = variables
        .iter()
        .filter(|(name, _)| cli::PREFIXES.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)))
        .cloned()
        .collect();
    match cli::parse(Dialect::Own, &words[at + 1..], &own).ok()? {
        Invocation::Run { options, target } => Some(Request { target, ..options.request(Depth::Machine) }),
        _ => None,
    }
}
