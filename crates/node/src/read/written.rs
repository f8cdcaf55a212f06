//! The directories that the server writes to, before and after our own steps.

use std::path::{Path, PathBuf};

use server::bootstrap::facts::{self as host, Directory, Handover};
use server::data::DataFacts;
use server::paths;

use super::data;
use super::eyes::Eyes;
use super::making::may;
use super::runtime::{self, CanGive};
use crate::facts::Facts;
use crate::request::{Depth, Ownership};
use crate::world::{Machine, World};

/// Those of the directories that will belong to the server's user.
pub(super) fn given(
    directories: &[(String, PathBuf)],
    handover: Handover,
    machine: &Machine,
    world: &dyn World,
) -> Vec<PathBuf> {
    if handover != Handover::Given {
        return Vec::new();
    }
    let there = directories.iter().filter_map(|(_, path)| world.real(path).is());
    there.filter(|path| has_known_owner(path, machine, world)).collect()
}

/// The owner of a file has to be somebody of this user namespace: root of it has no say about others, whom it sees as a
/// number of nobody.
fn has_known_owner(path: &Path, machine: &Machine, world: &dyn World) -> bool {
    let Some((look, namespace)) = world.look(path).is().zip(machine.namespace.as_ref()) else { return true };
    namespace.has_user(look.uid) && namespace.has_group(look.gid)
}

/// What is known of them, and of the data in them.
pub(super) fn directories(
    facts: &Facts,
    named: &[(String, PathBuf)],
    machine: &Machine,
    eyes: &Eyes<'_>,
) -> (Vec<Directory>, Vec<DataFacts>) {
    let makes = (machine.user.effective_uid == 0).then(|| CanGive(may(machine, host::CHOWN)));
    let looked =
        named.iter().filter_map(|(setting, path)| runtime::directory(setting, path, eyes, makes)).collect();
    let starts = facts.request.depth == Depth::Start;
    let data = facts.known_version().map_or_else(Vec::new, |version| {
        let of_data = named.iter().filter(|(setting, _)| setting == "path.data");
        of_data.filter_map(|(_, path)| data::facts(path, version, &facts.settings, starts, eyes)).collect()
    });
    (looked, data)
}

/// Looks once more, after the owners could not all be changed: what is closed now stays closed.
pub fn look_again(facts: &mut Facts, world: &dyn World) {
    let Some(machine) = &facts.machine else { return };
    let named = paths::written(&facts.settings, facts.home.as_deref());
    let recursive = facts.request.chown == Ownership::Recursive;
    let eyes = Eyes { user: &machine.user, given: &[], recursive, world };
    let (looked, data) = directories(facts, &named, &machine.machine, &eyes);
    if let Some(machine) = &mut facts.machine {
        machine.machine.host.directories = looked;
        machine.data = data;
        machine.handover = Handover::Refused;
    }
}
