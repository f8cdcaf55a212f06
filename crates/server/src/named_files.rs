//! The files that settings and options of the JVM name: whether they are there, open to the server's user, and within what
//! its policy allows.

mod agents;
mod options;
mod place;
mod settings;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use diagnostics::{Finding, Severity};

use crate::access::Closed;
use crate::files::open_up;
use crate::generation::{PolicyUse, WorkingDirectory, generation};
use crate::version::Version;
pub use agents::{Agent, covers, of_arguments as agents};
pub use options::of_arguments;
pub use place::Place;
pub use settings::of_settings;

/// What a file is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is read.
    Read,
    /// It is written: a file that is made, or a directory in which files are made.
    Write,
    /// Files are made in that directory, which must be there.
    WriteInto,
    /// The same, and the directory is made where it is not there.
    MakeAndWriteInto,
    /// A directory that is made where it is not there, and read.
    MakeAndRead,
}

/// What a path is below, where it does not begin with `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Configuration,
    Home,
    /// The directory in which the JVM starts.
    WorkingDirectory,
}

/// One path that somebody names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As it is written.
    pub path: PathBuf,
    pub base: Base,
    pub used: Use,
    /// What becomes of the start where it cannot be used.
    pub severity: Severity,
    /// What is lost then.
    pub effect: &'static str,
    /// The policy has to allow it: the server grants nothing of its own for it.
    pub is_guarded: bool,
    pub place: Place,
}

/// What is wrong with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Missing,
    Closed(Closed),
    /// It may be listed, and nothing can be made in it.
    NotWritable(Closed),
    /// Neither is it there, nor can the server's user make it.
    CannotBeMade(Closed),
    Outside,
}

/// A path that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    pub named: Named,
    /// From the root on.
    pub path: PathBuf,
    pub state: State,
}

/// All that the rule depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub version: Version,
    pub server_uid: u32,
    /// The configuration directory of the user, and where the server will read it.
    pub config_dir: Option<&'a Path>,
    pub effective_config_dir: Option<&'a Path>,
    pub unusable: &'a [Unusable],
    /// Agents whose code no policy covers.
    pub agents: &'a [Agent],
}

/// A finding for each path, with all that name it.
pub fn check(inputs: &Inputs) -> Vec<Finding> {
    let mut findings: Vec<(&Unusable, Finding)> = Vec::new();
    let mut of_path: HashMap<&Path, Vec<usize>> = HashMap::new();
    for unusable in inputs.unusable {
        if matches!(unusable.state, State::Closed(_) | State::NotWritable(_) | State::CannotBeMade(_))
            && inputs.server_uid == 0
        {
            continue;
        }
        let is_same = |index: &&usize| {
            let (other, finding) = &findings[**index];
            other.state == unusable.state && finding.severity == severity(unusable)
        };
        let place = &unusable.named.place;
        let of_path = of_path.entry(&unusable.path).or_default();
        match (of_path.iter().find(is_same), &place.span) {
            (Some(index), Some(span)) => {
                findings[*index].1.also.push((span.clone(), format!("{} names it", place.name)));
            }
            (Some(_), None) => {}
            (None, _) => {
                of_path.push(findings.len());
                findings.push((unusable, finding(inputs, unusable)));
            }
        }
    }
    let mut findings: Vec<Finding> = findings.into_iter().map(|(_, finding)| finding).collect();
    findings.extend(inputs.agents.iter().map(|agent| agent.finding(inputs.version)));
    findings
}

/// A directory that is only written to later lets the server start.
fn severity(unusable: &Unusable) -> Severity {
    match (&unusable.state, unusable.named.used) {
        (State::NotWritable(_), Use::MakeAndWriteInto) => Severity::Warning,
        _ => unusable.named.severity,
    }
}

fn finding(inputs: &Inputs, unusable: &Unusable) -> Finding {
    let Unusable { named, path, state } = unusable;
    let Named { place, used, .. } = named;
    let effect = match (state, used) {
        (State::NotWritable(_), Use::MakeAndWriteInto) => "what the server writes to it would fail",
        _ => named.effect,
    };
    let uid = inputs.server_uid;
    let name = &place.name;
    // What must not be shown is called by who names it.
    let what = if place.is_hidden {
        format!("what {name} names")
    } else {
        format!("`{}`, which {name} names,", path.display())
    };
    let because = |closed: &Closed| if place.is_hidden { String::new() } else { format!(": {closed}") };
    let directory = if matches!(used, Use::Read | Use::Write) { "" } else { "the directory " };
    let (code, message, help) = match state {
        State::Missing => {
            ("files/missing", format!("{directory}{what} is not there"), missing(inputs, named))
        }
        State::Closed(closed) => (
            "files/unreadable",
            format!("user {uid} cannot read {}{}", what.trim_end_matches(','), because(closed)),
            open(uid, place, path, closed, if *used == Use::Read { "r" } else { "rwx" }),
        ),
        State::NotWritable(closed) => (
            "files/unreadable",
            format!("user {uid} cannot write to {}{}", what.trim_end_matches(','), because(closed)),
            open(uid, place, path, closed, "rwx"),
        ),
        State::CannotBeMade(closed) => (
            "files/missing",
            format!("{directory}{what} is not there, and user {uid} cannot make it{}", because(closed)),
            format!("mount it, or make it in the image and give it to that user: `chown {uid}`"),
        ),
        State::Outside => {
            let may = format!("{what} is outside of what {} may read", inputs.version.name());
            ("files/outside", may, outside(inputs, named, path))
        }
    };
    let finding = Finding::new(severity(unusable), code, message);
    place.on(finding).help(format!("{effect}: {help}"))
}

fn missing(inputs: &Inputs, named: &Named) -> String {
    let in_logs = matches!(generation(inputs.version).working_directory, WorkingDirectory::LogsFromPatch(_));
    let below = match named.base {
        Base::Configuration if named.path.is_relative() => {
            let directory = inputs.config_dir.map(|it| format!(" `{}`", it.display())).unwrap_or_default();
            format!("; a name without `/` at its start is below the configuration directory{directory}")
        }
        Base::WorkingDirectory if named.path.is_relative() && in_logs => {
            "; this version starts the JVM in the directory of logs, and a name without `/` at its start is below that: `gc.log` \
             instead of `logs/gc.log`"
                .to_owned()
        }
        Base::WorkingDirectory if named.path.is_relative() => {
            "; a name without `/` at its start is below the directory in which the JVM starts".to_owned()
        }
        _ => String::new(),
    };
    let how = match named.used {
        Use::Read => "mount it",
        Use::Write => "make its directory",
        Use::WriteInto | Use::MakeAndWriteInto | Use::MakeAndRead => "make it",
    };
    format!("{how}, or correct the path{below}")
}

fn open(uid: u32, place: &Place, path: &Path, closed: &Closed, bits: &str) -> String {
    if place.is_hidden {
        return "give that user the right with `chmod` or `chown`; for a mounted ConfigMap or Secret `defaultMode`, or \
                `securityContext.fsGroup`"
            .to_owned();
    }
    open_up(uid, path, closed, bits)
}

fn outside(inputs: &Inputs, named: &Named, path: &Path) -> String {
    // A copy of the configuration takes its place.
    let below = inputs.config_dir.filter(|it| inputs.effective_config_dir != Some(it));
    if let Some(relative) = below.and_then(|directory| path.strip_prefix(directory).ok())
        && !named.place.is_hidden
    {
        return format!(
            "the server gets a copy of the configuration: name the file relative to it, `{}`",
            relative.display()
        );
    }
    let mount = "mount it below the configuration directory";
    let granted = match path.parent().filter(|_| !named.place.is_hidden) {
        Some(directory) if directory != Path::new("/") => format!("JAVA_POLICY_READ={}", directory.display()),
        _ => "JAVA_POLICY_READ to its directory".to_owned(),
    };
    match generation(inputs.version).policy {
        PolicyUse::Switchable | PolicyUse::Consulted => format!("set {granted}, or {mount}"),
        _ => format!("{mount}: no policy file is consulted by this version"),
    }
}

#[cfg(test)]
mod tests;
