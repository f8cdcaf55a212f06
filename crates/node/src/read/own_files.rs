//! The places of the files that go to the runtime directory beside the configuration.

use std::path::Path;

use super::eyes::Eyes;
use super::making::{cannot_create, file, name as name_of, words};
use super::room::Room;
use crate::facts::{KUBECONFIG, OwnFile, OwnFiles, POLICY};
use crate::world::{Access, Answer, FileKind, Machine};

/// No file of our own is larger, in bytes.
const LARGEST: u64 = 4 << 20;

pub(super) fn own_files(
    directory: &Path,
    machine: &Machine,
    room: &mut Room<'_>,
    eyes: &Eyes<'_>,
) -> OwnFiles {
    let world = eyes.world;
    let place = |name: &str, is_removed: bool| {
        let path = directory.join(name);
        let look = world.look(&path);
        // One that another user left becomes this one's, where that is not root.
        let stays = !is_removed && !look.is_absent() && machine.user.effective_uid == 0;
        // What is removed first may be anything but a directory.
        let is_gone = is_removed
            && (world.link(&path).is_there()
                || matches!(&look, Answer::Is(look) if look.kind != FileKind::Directory));
        let why = if is_gone {
            match world.allows(directory, Access::MakeFiles) {
                Answer::Refused(reason) => Some(words(&reason)),
                Answer::Is(()) | Answer::Absent | Answer::Unknown => name_of(&path, machine, world).err(),
            }
        } else {
            file(&path, machine, world).err()
        };
        let mut above = directory.ancestors();
        let closed = if stays {
            eyes.closed(&path, Access::Read)
        } else {
            above.find(|it| !world.look(it).is_absent()).and_then(|it| eyes.closed(it, Access::Search))
        };
        let old = world.read(&path, LARGEST).is();
        OwnFile { obstacle: why.map(|why| cannot_create(&path, &why)), closed, old, path }
    };
    OwnFiles { policy: place(POLICY, false), kubeconfig: place(KUBECONFIG, true), left: room.left(directory) }
}
