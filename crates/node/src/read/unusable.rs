//! What is said of files and directories that cannot be used as templates.

use std::path::Path;

use diagnostics::{Finding, Span};

use super::closed;
use crate::world::{Reason, World};

/// Why something cannot be used as a template.
pub(super) enum Unusable {
    Reason(Reason),
    /// It was there when its directory was listed.
    TakenAway,
    TooMuch,
    TooManyFiles,
    NoTemplate,
    TooDeep,
    Loop,
}

impl Unusable {
    fn words(&self) -> String {
        match self {
            Self::Reason(reason) => reason.to_string(),
            Self::TakenAway => "was taken away while the configuration was read".into(),
            Self::TooMuch => "makes the templates larger than 128 MiB together".into(),
            Self::TooManyFiles => "holds too many files".into(),
            Self::NoTemplate => "holds no template".into(),
            Self::TooDeep => "is nested too deeply".into(),
            Self::Loop => "is a link to a directory above it".into(),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::TooManyFiles => {
                "more than 10,000 files or directories are no configuration: is this the right directory?"
            }
            Self::TooMuch | Self::Reason(Reason::TooLarge(_)) => {
                "a configuration file is small: is this the right file?"
            }
            Self::NoTemplate | Self::Reason(Reason::NotADirectory) => {
                "templates are the files of a directory: name that with `--templates DIR`, or single files with `render FILE`; the keys of a ConfigMap are files where it is mounted"
            }
            Self::TakenAway => {
                "the server needs it; a ConfigMap or Secret that is mounted there was changed just now: its new content has to have \
                 that file, and the next start reads it"
            }
            Self::Reason(_) | Self::TooDeep | Self::Loop => {
                "templates and configuration files are regular files of at most 32 MiB that this user may read; \
                 mount a file there, or name another with `--templates DIR`"
            }
        }
    }
}

pub(super) fn unreadable(name: &str, why: &Unusable) -> Finding {
    refused(name, &why.words(), why.help())
}

/// The same for a file or directory, which may be closed.
pub(super) fn unreadable_path(path: &Path, why: &Unusable, world: &dyn World) -> Finding {
    let is_closed = matches!(why, Unusable::Reason(Reason::PermissionDenied));
    let closed = if is_closed { closed::finding(path, world) } else { None };
    closed.unwrap_or_else(|| unreadable(&path.display().to_string(), why))
}

fn refused(name: &str, words: &str, help: &str) -> Finding {
    Finding::error("template/unreadable", format!("`{name}` {words}")).at(Span::of_file(name)).help(help)
}

/// A configuration directory that is not there, and whose name somebody gave.
pub(super) fn missing_configuration(directory: &Path, named_by: &str) -> Finding {
    refused(
        &directory.display().to_string(),
        &Reason::Missing.to_string(),
        &format!(
            "{named_by} names it as the configuration directory: the server would not get the configuration that is meant for \
             it; mount it there, or name the right directory"
        ),
    )
}

/// The directory that was named with `--templates`, or found, has no configuration of the server and `count` files that
/// are refused: one finding instead of one for each of them.
pub(crate) fn wrong_directory(directory: &Path, count: usize) -> Finding {
    refused(
        &directory.display().to_string(),
        &format!("is not a directory of templates: {count} of its files are refused"),
        "it has no `elasticsearch.yml` and no `opensearch.yml`: is this the right directory? name another with `--templates DIR`, \
         or single files with `render FILE`",
    )
}

/// A directory where a file should be.
pub(super) fn directory_instead(path: &Path) -> Finding {
    refused(
        &path.display().to_string(),
        &Reason::Directory.to_string(),
        "Docker makes a directory where the file that is to be mounted does not exist on the host: correct the source of the \
         mount, and remove the directory that was made there",
    )
}
