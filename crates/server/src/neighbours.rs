//! The files beside the main one, without which the server does not start, and those in the place of a rendered one.

use std::path::Path;

use diagnostics::{Finding, Span};

use crate::generation::generation;
use crate::version::Version;

/// Files that the server needs in its configuration directory and does not find there.
pub fn missing(version: Version, directory: &Path, names: &[&str]) -> Option<Finding> {
    if names.is_empty() {
        return None;
    }
    let (shown, main) = (directory.display(), generation(version).main_file);
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(" and no ");
    let message = format!("`{shown}` has no {names}, without which {} does not start", version.name());
    Some(
        Finding::error("files/missing", message).at(Span::of_file(directory.display().to_string())).help(format!(
            "a directory that is mounted there hides the files of the image: mount `{main}` alone, \
             `-v ./{main}:{shown}/{main}` or a `subPath`, or put the files of the distribution into the directory"
        )),
    )
}

/// A file that is mounted where a template is rendered to: of the two only one can be the configuration. `is_kept` says that
/// the template goes elsewhere.
pub fn mounted_target(path: &Path, template: &str, is_kept: bool) -> Finding {
    let shown = path.display().to_string();
    let message = if is_kept {
        format!(
            "`{shown}` is mounted and is not read: the server gets a copy of its directory, with `{template}` in its place"
        )
    } else {
        format!("`{shown}` is mounted, and `{template}` is rendered over it: what is in the file gets lost")
    };
    Finding::warning("files/mounted-target", message).at(Span::of_file(shown)).help(format!(
        "there are two configurations: mount yours as `{template}`, or remove the template and no template is rendered there"
    ))
}

/// A file that the user changed or removed (`is_removed`) since the last start, and tools of the server in its copy, too.
/// `aside` is where the copy's content is kept; where it is not, the copy's stays in use.
pub fn changed_twice(source: &Path, is_removed: bool, copy: &Path, aside: Option<&Path>) -> Finding {
    let (shown, copied) = (source.display().to_string(), copy.display());
    let users = if is_removed { "removed" } else { "changed" };
    let message = format!(
        "`{shown}` was {users} since the last start, and the server's copy, `{copied}`, changed, too"
    );
    let (message, help) = match aside {
        Some(aside) => (
            format!("{message}: {}", if is_removed { "the copy goes, too" } else { "yours is taken" }),
            format!(
                "what the server had is kept as `{}`: put into `{shown}` what you miss of it, and start again",
                aside.display()
            ),
        ),
        None => (
            format!("{message}: the server's is used"),
            format!(
                "it may hold passwords that the server made for itself: add yours to it with the server's own tool, or remove \
                 `{copied}` {}",
                if is_removed { "to begin with a new one" } else { "for yours to be used" }
            ),
        ),
    };
    Finding::warning("files/changed-twice", message).at(Span::of_file(shown)).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_one_finding() {
        let directory = Path::new("/es/config");
        let version = Version::elasticsearch(7, 17, 29);
        assert_eq!(missing(version, directory, &[]), None);
        let message =
            |names: &[&str]| missing(version, directory, names).map(|finding| finding.message.clone());
        assert_eq!(
            message(&["jvm.options"]).as_deref(),
            Some("`/es/config` has no `jvm.options`, without which Elasticsearch 7.17.29 does not start")
        );
        assert_eq!(
            message(&["log4j2.properties", "jvm.options"]).as_deref(),
            Some(
                "`/es/config` has no `log4j2.properties` and no `jvm.options`, without which Elasticsearch 7.17.29 does not \
                 start"
            )
        );
    }
}
