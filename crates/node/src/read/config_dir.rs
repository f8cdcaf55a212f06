//! The configuration directory, and who named it.

use std::path::{Path, PathBuf};

use diagnostics::Finding;
use server::{Version, generation, launch};
use template::Environment;

use super::unusable;
use crate::request::{Depth, Request};
use crate::world::World;

/// Where the configuration is, as far as anybody can say.
pub(crate) struct ConfigDir {
    pub(crate) path: Option<PathBuf>,
    /// Who named it, in the words of a finding; nothing for the directory of the home, and where nobody is held to it.
    named_by: Option<String>,
}

impl ConfigDir {
    /// The option counts most, then the server's arguments, then the variables; else it is `config` in the home.
    /// `is_installed`: the server of that version is here.
    pub(crate) fn find(
        request: &Request,
        home: Option<&Path>,
        version: Version,
        is_installed: bool,
        environment: &Environment,
    ) -> Self {
        if let Some(path) = request.config_dir.clone() {
            // A policy is patched when an image is built: what is mounted later is not there yet.
            let named_by = (request.depth != Depth::Policy).then(|| "`--config-dir`".into());
            return Self { path: Some(path), named_by };
        }
        // Arguments and variables are those of the container: away from its installation they say nothing about this disk.
        // What is relative is looked up by scripts that change directories.
        let is_held = |path: &Path| {
            is_installed && path.is_absolute() && !matches!(request.depth, Depth::Policy | Depth::Templates)
        };
        if let Some(path) = launch::requested_config_dir(version, request.target.server_arguments()) {
            let named_by = is_held(&path).then(|| "`path.conf` in the arguments".into());
            return Self { path: Some(path), named_by };
        }
        // The generation's own variable, else one that another generation would read.
        let own = generation(version).config_dir.variable();
        for name in [own, "ES_PATH_CONF", "CONF_DIR"] {
            if environment.is_unknown_in_process(name) {
                return Self { path: None, named_by: None };
            }
            if let Some(path) = environment.set_in_process(name).map(PathBuf::from) {
                let named_by = (name == own && is_held(&path)).then(|| format!("`{name}`"));
                return Self { path: Some(path), named_by };
            }
        }
        Self { path: home.map(|home| home.join("config")), named_by: None }
    }

    /// A directory that somebody named and that is certainly not there.
    pub(super) fn missing(&self, world: &dyn World) -> Option<Finding> {
        let (path, named_by) = (self.path.as_deref()?, self.named_by.as_deref()?);
        world.look(path).is_absent().then(|| unusable::missing_configuration(path, named_by))
    }
}
