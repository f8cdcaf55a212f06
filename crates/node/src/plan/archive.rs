//! The class archive of a start: the one that is used, or made.

use server::installation::Installation;
use server::launch::Archive;

use crate::facts::{Facts, MachineFacts};
use crate::request::ArchiveMode;

pub(super) fn archive<'a>(
    facts: &'a Facts,
    machine: &'a MachineFacts,
    installed: &'a Installation,
) -> Option<Archive<'a>> {
    let (file, is_made) = match &facts.request.archive {
        ArchiveMode::Make(file) => (file.as_path(), true),
        _ => (machine.archive.as_ref()?.as_deref().ok()?, false),
    };
    Some(Archive { file, is_made, jars: &installed.launch.jars })
}

/// Why one that is there is not used.
pub(super) fn why_not(facts: &Facts) -> Option<String> {
    facts.machine.as_ref()?.archive.as_ref()?.as_ref().err().cloned()
}
