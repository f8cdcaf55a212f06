//! What the server's user may do once our own steps are done.

use std::path::{Path, PathBuf};

use server::access::Closed;
use server::bootstrap::facts::Owner;

use crate::world::{Access, Answer, Look, Reason, ServerUser, World};

/// The world as the server will see it.
pub(crate) struct Eyes<'a> {
    pub(crate) user: &'a ServerUser,
    /// Paths that will belong to the user before the server starts.
    pub(crate) given: &'a [PathBuf],
    /// So will everything below them.
    pub(crate) recursive: bool,
    pub(crate) world: &'a dyn World,
}

impl Eyes<'_> {
    /// Why the user may not do that; nothing where it may, where nothing is there, and where nobody can say.
    pub(crate) fn closed(&self, path: &Path, access: Access) -> Option<Closed> {
        let Answer::Refused(reason) = self.world.permits(path, self.user, access) else { return None };
        // Where this process may not go either, the path is what it is called.
        let real = self.world.real(path).is().unwrap_or_else(|| path.to_owned());
        let mut parents: Vec<&Path> = real.ancestors().skip(1).collect();
        parents.reverse();
        let bits = |path: &Path| if path == real { access.bits() } else { Access::Search.bits() };
        for path in parents.into_iter().chain([real.as_path()]) {
            let Some(look) = self.world.look(path).is() else { break };
            if self.class(path, &look) & bits(path) != bits(path) {
                let owner = Owner { uid: look.uid, gid: look.gid, mode: look.mode };
                return Some(Closed::Mode { path: path.to_owned(), owner });
            }
        }
        // The permissions that will be would let it pass.
        if self.given.iter().any(|given| real.starts_with(given)) && reason == Reason::PermissionDenied {
            return None;
        }
        let words = match reason {
            Reason::PermissionDenied => "permission denied".to_owned(),
            Reason::System(words) => words,
            other => other.to_string(),
        };
        Some(Closed::System { path: real, words })
    }

    fn is_given(&self, path: &Path) -> bool {
        self.given.iter().any(|given| if self.recursive { path.starts_with(given) } else { path == given })
    }

    /// The permission bits that hold for the user.
    fn class(&self, path: &Path, look: &Look) -> u32 {
        if look.uid == self.user.uid || self.is_given(path) {
            look.mode >> 6
        } else if self.user.groups.contains(&look.gid) {
            look.mode >> 3
        } else {
            look.mode
        }
    }
}
