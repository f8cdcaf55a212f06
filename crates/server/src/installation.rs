//! An unpacked distribution, as far as decisions depend on it. Pure: [`the binary`] reads it.

use std::path::{Path, PathBuf};

use crate::launch::LaunchFiles;
use crate::version::{Product, Version};
use diagnostics::Finding;

/// What stands in the home directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// Absolute, with the symbolic links of the start script followed: what the script would take for home.
    pub home: PathBuf,
    pub version: Option<Version>,
    /// The names of the directories in `plugins/`, sorted.
    pub plugins: Vec<String>,
    /// The rest of the distribution is there too: the library that every version of the server is built on.
    pub is_whole: bool,
    /// The major version of the library for native code (`lib/jna-5.5.0.jar`), where it is a file of its own.
    pub jna: Option<u16>,
    pub launch: LaunchFiles,
}

/// The version in the names of the jars in `lib/`: `elasticsearch-2.3.4.jar` or `opensearch-2.11.0.jar`, and
/// not `elasticsearch-core-7.17.9.jar`.
pub fn version_of_jars<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Version> {
    let version = |name: &str| {
        let name = name.strip_suffix(".jar")?;
        let (product, text) = match name.strip_prefix("opensearch-") {
            Some(text) => (Product::OpenSearch, text),
            None => (Product::Elasticsearch, name.strip_prefix("elasticsearch-")?),
        };
        if !text.starts_with(|character: char| character.is_ascii_digit()) {
            return None;
        }
        Version::parse(text).map(|version| Version { product, ..version })
    };
    names.into_iter().filter_map(version).max()
}

/// Whether the names of the jars in `lib/` are those of a whole distribution.
pub fn is_whole<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    names.into_iter().any(|name| name.starts_with("lucene-core-"))
}

/// The major version of JNA in the names of the jars in `lib/`.
pub fn jna_of_jars<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<u16> {
    let version =
        |name: &str| name.strip_prefix("jna-")?.strip_suffix(".jar")?.split('.').next()?.parse().ok();
    names.into_iter().find_map(version)
}

/// Nothing to start; `tried` are the homes that were looked at.
pub fn none_found(tried: &[&Path]) -> Finding {
    let places: Vec<String> = tried.iter().map(|path| format!("`{}`", path.display())).collect();
    Finding::error("host/no-installation", format!("no Elasticsearch or OpenSearch in {}", places.join(", "))).help(
        "es-entrypoint prepares and starts the server of an image: name its directory with `--es-home` or ES_HOME, or give a \
         command to start instead; `es-entrypoint check` and `es-entrypoint render` work without a server, `es-entrypoint --help` \
         shows every command",
    )
}

/// `--es-home` names nothing.
pub fn no_directory(home: &Path) -> Finding {
    let message = format!("`--es-home` names `{}`, which is not there", home.display());
    Finding::error("host/no-installation", message).help(
        "nothing of that server was looked at: name the directory that has its `bin` and `lib`, or leave the option out, and say \
         with `--es-version` what to judge for",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_is_not_there() {
        let finding = no_directory(Path::new("/nowhere"));
        assert_eq!(
            (finding.code, finding.message.as_str(), finding.help.as_deref()),
            (
                "host/no-installation",
                "`--es-home` names `/nowhere`, which is not there",
                Some(
                    "nothing of that server was looked at: name the directory that has its `bin` and `lib`, or leave the option \
                     out, and say with `--es-version` what to judge for"
                )
            )
        );
    }

    #[test]
    fn versions_of_jars() {
        for (names, version) in [
            (
                &["lucene-core-5.5.0.jar", "elasticsearch-2.3.4.jar"][..],
                Some(Version::elasticsearch(2, 3, 4)),
            ),
            (
                &["elasticsearch-core-7.17.9.jar", "elasticsearch-7.17.9.jar"],
                Some(Version::elasticsearch(7, 17, 9)),
            ),
            (&["elasticsearch-8.15.0-SNAPSHOT.jar"], Some(Version::elasticsearch(8, 15, 0))),
            (&["opensearch-core-2.11.0.jar", "opensearch-2.11.0.jar"], Some(Version::opensearch(2, 11, 0))),
            (&["elasticsearch-x-content-7.17.9.jar", "elasticsearch-2.3.4.jar.bak"], None),
            (&["elasticsearch-.jar", "elasticsearch-1..2.jar", "elasticsearch-99999999.jar", ""], None),
            (&[], None),
        ] {
            assert_eq!(version_of_jars(names.iter().copied()), version, "{names:?}");
        }
    }

    #[test]
    fn versions_of_the_library_for_native_code() {
        for (names, major) in [
            (&["lucene-core-5.5.0.jar", "jna-4.1.0.jar"][..], Some(4)),
            (&["jna-4.4.0-1.jar"], Some(4)),
            (&["jna-5.10.0.jar"], Some(5)),
            (&["jna.jar", "jna-x.jar", "jna-platform-5.0.jar"], None),
            (&[], None),
        ] {
            assert_eq!(jna_of_jars(names.iter().copied()), major, "{names:?}");
        }
    }

    #[test]
    fn nothing_found() {
        let finding = none_found(&[Path::new("/usr/share/elasticsearch"), Path::new("/elasticsearch")]);
        assert_eq!(finding.code, "host/no-installation");
        assert_eq!(
            finding.message,
            "no Elasticsearch or OpenSearch in `/usr/share/elasticsearch`, `/elasticsearch`"
        );
        assert_eq!(
            finding.help.as_deref(),
            Some(
                "es-entrypoint prepares and starts the server of an image: name its directory with `--es-home` or ES_HOME, or give a command to start instead; `es-entrypoint check` and `es-entrypoint render` work without a server, `es-entrypoint --help` shows every command"
            )
        );
    }
}
