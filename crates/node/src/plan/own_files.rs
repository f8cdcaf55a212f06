//! Whether what goes to the runtime directory beside the configuration can be written, and read there.

use std::path::Path;

use diagnostics::Finding;
use server::files;

use super::policy::PolicyAction;
use crate::facts::{Configuration, Facts, MachineFacts, OwnFile};
use crate::read::targets::too_long;
use crate::request::{Depth, Target};

/// A file that is going to be written.
struct Writing<'a> {
    what: &'static str,
    file: &'a OwnFile,
    bytes: &'a [u8],
    /// What stands there is removed first.
    is_removed: bool,
}

/// `copy` is the content of the copy of a kubeconfig.
pub(super) fn check(
    facts: &Facts,
    machine: &MachineFacts,
    action: &PolicyAction,
    copy: Option<&[u8]>,
) -> Vec<Finding> {
    let own = &machine.own_files;
    let mut writings = Vec::new();
    if let PolicyAction::Property(file) = action {
        writings.push(Writing {
            what: "policy file",
            file: &own.policy,
            bytes: &file.bytes,
            is_removed: false,
        });
    }
    if let Some(bytes) = copy {
        writings.push(Writing {
            what: "copy of the kubeconfig",
            file: &own.kubeconfig,
            bytes,
            is_removed: true,
        });
    }
    let mut findings: Vec<Finding> = no_place(facts, machine, &writings).into_iter().collect();
    // Another program than the server gets no policy file.
    let is_for_server = matches!(facts.request.target, Target::Server(_));
    let known = &machine.files.closed;
    // Where nothing can be put, nothing is read.
    let is_put = |it: &&Writing<'_>| facts.runtime_dir.problem.is_none() && it.file.obstacle.is_none();
    for writing in writings.iter().filter(is_put).filter(|it| is_for_server || it.is_removed) {
        let closed =
            writing.file.closed.as_ref().filter(|closed| !known.iter().any(|it| it.closed == **closed));
        let closed = closed.filter(|_| machine.user.uid != 0);
        // One obstacle is one finding.
        if let Some(closed) = closed
            && !findings.iter().any(|it| it.code == "files/unreadable")
        {
            findings.push(files::own_closed(machine.user.uid, &writing.file.path, closed));
        }
    }
    findings
}

/// What does not fit, and `check` foresees; a start itself tries it. That the configuration in the same directory does not
/// fit is said already.
fn no_place(facts: &Facts, machine: &MachineFacts, writings: &[Writing<'_>]) -> Option<Finding> {
    let is_foreseen = matches!(facts.request.depth, Depth::Installed | Depth::Machine);
    let is_staged = matches!(facts.configuration, Configuration::Staged(_));
    let problem = facts.runtime_dir.problem.as_ref();
    let first = writings.first().filter(|_| is_foreseen)?;
    if is_staged && (problem.is_some() || machine.unwritable.is_some()) {
        return None;
    }
    let (what, problem) = if let Some(problem) = problem {
        (first.what, problem.clone())
    } else {
        let obstacle = writings.iter().find_map(|it| Some((it.what, it.obstacle(machine)?)));
        obstacle.or_else(|| too_small(&facts.runtime_dir.path, machine, writings))?
    };
    Some(Finding::error("host/runtime-dir", problem).help(format!(
        "it holds the {what}: mount a tmpfs there, or name another directory with ES_ENTRYPOINT_RUNTIME_DIR"
    )))
}

impl Writing<'_> {
    fn is_there(&self) -> bool {
        !self.is_removed && self.file.old.as_deref() == Some(self.bytes)
    }

    fn obstacle(&self, machine: &MachineFacts) -> Option<String> {
        let size = self.bytes.len() as u64;
        let limit = || machine.machine.host.file_size?.soft.filter(|limit| size > *limit);
        self.file.obstacle.clone().filter(|_| !self.is_there()).or_else(|| {
            limit().filter(|_| !self.is_there()).map(|limit| too_long(&self.file.path, size, limit))
        })
    }
}

/// The first of them that has no room, one after the other.
fn too_small(
    directory: &Path,
    machine: &MachineFacts,
    writings: &[Writing<'_>],
) -> Option<(&'static str, String)> {
    let mut left = machine.own_files.left.clone()?;
    let block = left.block;
    let whole = |bytes: &[u8]| (bytes.len() as u64).div_ceil(block) * block;
    for it in writings.iter().filter(|it| !it.is_there()) {
        let (needed, old) = (whole(it.bytes), it.file.old.as_deref());
        let is_there = u64::from(old.is_some());
        let old = old.map_or(0, whole);
        let before = if it.is_removed { (old, is_there) } else { (0, 0) };
        let free = left.bytes.map(|free| free.saturating_add(before.0));
        let files = left.files.map(|free| free.saturating_add(before.1));
        let shown = directory.display();
        if let Some(free) = free.filter(|free| *free < needed) {
            let size = it.bytes.len();
            return Some((it.what, format!("`{shown}` has {free} bytes left, the {} takes {size}", it.what)));
        }
        if files == Some(0) {
            return Some((it.what, format!("`{shown}` has no room for another file, the {}", it.what)));
        }
        left.bytes = left.bytes.map(|free| free.saturating_add(old).saturating_sub(needed));
        left.files = left.files.map(|free| free.saturating_add(is_there).saturating_sub(1));
    }
    None
}
