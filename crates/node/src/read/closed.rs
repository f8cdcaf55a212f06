//! What is said of a file of the configuration that is closed to this process.

use std::path::Path;

use diagnostics::{Finding, Span};

use crate::world::World;

/// With who may read it, as far as that can be seen.
pub(super) fn finding(path: &Path, world: &dyn World) -> Option<Finding> {
    let look = world.look(path).is()?;
    let name = path.display().to_string();
    let message = format!(
        "`{name}` is not readable for this user: mode {:04o}, owner {}:{}",
        look.mode, look.uid, look.gid
    );
    Some(Finding::error("template/unreadable", message).at(Span::of_file(name)).help(
        "give it another mode or owner; for a ConfigMap or Secret leave `defaultMode` out, or set `defaultMode: 0440` and \
         `securityContext.fsGroup`, whose group every process of the pod has",
    ))
}
