//! The class archive of a start: the one that is used, or made.

use std::path::Path;

use server::installation::Installation;
use server::launch::Archive;

use crate::facts::Facts;
use crate::request::ArchiveMode;

pub(super) fn archive<'a>(facts: &'a Facts, installed: &'a Installation) -> Option<Archive<'a>> {
    let is_made = matches!(facts.request.archive, ArchiveMode::Make(_));
    Some(Archive { file: file(facts)?, is_made, jars: &installed.launch.jars })
}

/// Where it is.
pub(super) fn file(facts: &Facts) -> Option<&Path> {
    match &facts.request.archive {
        ArchiveMode::Make(file) => Some(file),
        _ => facts.machine.as_ref()?.archive.as_ref()?.as_deref().ok(),
    }
}

/// Why one that is there is not used.
pub(super) fn why_not(facts: &Facts) -> Option<String> {
    facts.machine.as_ref()?.archive.as_ref()?.as_ref().err().cloned()
}
