//! Java agents under the security manager: their code needs a grant of its own.

use std::path::{Path, PathBuf};

use diagnostics::Finding;

use super::place::Place;
use crate::generation::generation;
use crate::java_policy::syntax::{Entry, parse};
use crate::jvm_arguments::Argument;
use crate::version::Version;

/// A Java agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its jar, from the root on.
    pub path: PathBuf,
    pub place: Place,
}

/// The agents in the options: those with whole paths.
pub fn of_arguments(arguments: &[Argument]) -> Vec<Agent> {
    let named = super::options::of_arguments(arguments, None).into_iter();
    let agents =
        named.filter(|named| named.place.name.starts_with("`-javaagent`") && named.path.is_absolute());
    agents.map(|named| Agent { path: named.path, place: named.place }).collect()
}

/// Whether a policy file grants something to the code in that jar. What cannot be resolved here counts.
pub fn covers(policy: &[u8], jar: &Path) -> bool {
    let parsed = parse(&String::from_utf8_lossy(policy));
    // A mistake costs all of its grants.
    parsed.mistake.is_none() && parsed.entries.iter().any(|entry| is_for(entry, jar))
}

fn is_for(entry: &Entry, jar: &Path) -> bool {
    let all = || entry.permissions.iter().any(|it| it.class == "java.security.AllPermission");
    let Some(base) = entry.code_base.as_deref().filter(|_| !entry.is_for_everyone()) else { return all() };
    if base.contains("${") {
        return true;
    }
    let Some(path) = base.strip_prefix("file:") else { return false };
    let path = format!("/{}", path.trim_start_matches('/'));
    match (path.strip_suffix("/-"), path.strip_suffix("/*")) {
        (Some(directory), _) => jar.starts_with(if directory.is_empty() { "/" } else { directory }),
        (None, Some(directory)) => jar.parent() == Some(Path::new(directory)),
        (None, None) => jar == Path::new(&path),
    }
}

impl Agent {
    /// That no grant covers its code.
    pub(super) fn finding(&self, version: Version) -> Finding {
        let options = generation(version).java_options;
        let (message, jar) = if self.place.is_hidden {
            (format!("no grant covers the code of the agent that {} names", self.place.name), "/…".to_owned())
        } else {
            let jar = self.path.display().to_string();
            (format!("no grant covers the code of the agent `{jar}`"), jar)
        };
        self.place.on(Finding::warning("policy/not-granted", message)).help(format!(
            "once the server has its security manager, the agent may do nothing, and fails in silence: write `grant codeBase \
             \"file:{jar}\" {{ permission java.security.AllPermission; }};` into a policy file, and name that with \
             -Djava.security.policy=FILE in {options}"
        ))
    }
}
