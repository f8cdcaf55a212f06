//! The directory for temporary files: the server needs it, and loads native code from there.

use std::path::{Path, PathBuf};

use diagnostics::{Finding, Severity, Span};

use crate::generation::{PolicyUse, generation};
use crate::jvm_options::JvmOption;
use crate::version::Version;

/// What names the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// Nothing: it is `/tmp`.
    Nobody,
    Variable(&'static str),
    /// An option of the JVM: in a file at that place, or in a variable.
    Option(Option<Span>),
}

/// What is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Missing,
    NotADirectory,
    /// The server's user can make no files there.
    Closed,
    /// Nothing is wrong, or nobody can say.
    Fine,
}

/// The directory of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Temporary {
    pub path: PathBuf,
    pub named_by: NamedBy,
    pub state: State,
    /// Where the library for native code is unpacked and loaded from, when that is mounted `noexec`.
    pub not_executable: Option<PathBuf>,
}

/// What the judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub version: Version,
    pub temporary: &'a Temporary,
    /// The setting that asks for locked memory.
    pub memory_lock: Option<&'a str>,
    /// See [`crate::bootstrap::bootstrap_checks_enforced`].
    pub enforced: bool,
}

/// The value of the last option that sets this property of the JVM: those of the files, then those of the variables.
pub fn property<'a>(
    lines: &'a [JvmOption],
    variables: &'a str,
    name: &str,
) -> Option<(&'a str, Option<&'a Span>)> {
    let words = |text: &'a str| text.split([' ', '\t', '\r', '\n']);
    let option = format!("-D{name}=");
    let in_lines = lines.iter().filter(|line| line.is_certain && line.text.contains(&option));
    let in_lines = in_lines.flat_map(|line| words(&line.text).map(|word| (word, Some(&line.span))));
    let named = in_lines.chain(words(variables).map(|word| (word, None)));
    named.filter_map(|(word, span)| Some((word.strip_prefix(&option)?, span))).next_back()
}

/// What is wrong with it.
pub fn check(inputs: &Inputs) -> Vec<Finding> {
    unusable(inputs).or_else(|| not_executable(inputs)).into_iter().collect()
}

/// Tried: 2.3.4 and 5.6.16 start without it; 6.3 to 8.13 need one that can be written, 8.19 one that is there.
fn unusable(inputs: &Inputs) -> Option<Finding> {
    let Inputs { version, temporary, .. } = inputs;
    let generation = generation(*version);
    let shown = temporary.path.display();
    let (code, what) = match temporary.state {
        State::Fine => return None,
        State::Missing => ("files/missing", "does not exist"),
        State::NotADirectory => ("files/missing", "is not a directory"),
        State::Closed => ("host/tmp-not-writable", "is not writable for the server's user"),
    };
    let is_needed = generation.temporary_variable.is_some();
    // The launcher makes a directory of its own below `/tmp`; with one that is named it writes nothing there.
    let is_left_alone = temporary.state == State::Closed
        && generation.policy == PolicyUse::Entitlements
        && temporary.named_by != NamedBy::Nobody;
    if is_left_alone {
        return None;
    }
    let subject = match &temporary.named_by {
        NamedBy::Nobody => format!("`{shown}`, the directory for temporary files,"),
        NamedBy::Variable(name) => format!("`{name}` is `{shown}`, which"),
        NamedBy::Option(_) => format!("`-Djava.io.tmpdir` is `{shown}`, which"),
    };
    let (severity, consequence) = if is_needed {
        (Severity::Error, "the server does not start without it")
    } else {
        (Severity::Warning, "native code, and with it memory locking, is not available without it")
    };
    let unset = match &temporary.named_by {
        NamedBy::Variable(name) => format!(", or unset {name}"),
        NamedBy::Option(_) => ", or remove the option".to_owned(),
        NamedBy::Nobody => String::new(),
    };
    let finding = Finding::new(severity, code, format!("{subject} {what}"));
    let finding = match &temporary.named_by {
        NamedBy::Variable(name) => finding.variable(*name),
        NamedBy::Option(Some(span)) => finding.at(span.clone()),
        NamedBy::Option(None) | NamedBy::Nobody => finding,
    };
    Some(finding.help(format!(
        "{consequence}: mount a directory there that the server's user may write to (`--tmpfs {shown}:exec,mode=1777`, in \
         Kubernetes an `emptyDir`){unset}"
    )))
}

/// Tried with 2.3.4, 5.6.16 and 6.2.4: JNA cannot be loaded then. A node that others reach is refused from 5.2 on, as the
/// system call filter is missing.
fn not_executable(inputs: &Inputs) -> Option<Finding> {
    let Inputs { version, temporary, memory_lock, enforced } = inputs;
    let directory = temporary.not_executable.as_ref()?;
    let shown = directory.display();
    let generation = generation(*version);
    let (severity, consequence) = match memory_lock {
        Some(setting) => (Severity::Error, format!(", so that `{setting}` cannot lock memory")),
        None if *enforced && generation.limits.refuse => (
            Severity::Error,
            ", and without it the server refuses to start: it cannot filter system calls".to_owned(),
        ),
        None => {
            (Severity::Warning, ", and with it go memory locking and the filter for system calls".to_owned())
        }
    };
    let message = format!(
        "`{shown}` is mounted `noexec`: the library for native code cannot be loaded from there{consequence}"
    );
    let elsewhere = match generation.temporary_variable {
        Some(name) => format!("set {name} to a directory on a volume"),
        None => format!("set `-Djava.io.tmpdir=` in {} to a directory on a volume", generation.java_options),
    };
    Some(Finding::new(severity, "host/tmp-noexec", message).help(format!(
        "a tmpfs of Docker is `noexec` unless it says otherwise: `--tmpfs {shown}:exec`; or {elsewhere}"
    )))
}

/// Where the JVM's library for native code is unpacked: up to JNA 4 in the directory for temporary files, later in a cache
/// below the home directory where that can be made. Tried with JNA 4.5.1, 5.5.0 and 5.13.0.
pub fn unpacks_to_cache(jna: u16) -> bool {
    jna >= 5
}

/// The cache of that user.
pub fn cache(home: &Path, xdg_cache_home: Option<&Path>) -> PathBuf {
    xdg_cache_home.map_or_else(|| home.join(".cache"), Path::to_owned).join("JNA/temp")
}
