//! The command line of a server that runs, as the kernel keeps it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// The classes that a server starts with. Source: the start scripts of 1.7.5 to 9.2.0, and of OpenSearch 1 to 3.
const CLASSES: [&[u8]; 3] = [
    b"org.elasticsearch.bootstrap.Elasticsearch",
    b"org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
    b"org.opensearch.bootstrap.OpenSearch",
];

/// Whether a command line is one of a server: words that each end with a zero byte.
pub fn is_server(command_line: &[u8]) -> bool {
    command_line.split(|byte| *byte == 0).any(|word| CLASSES.contains(&word))
}

/// The home directory that the words name.
pub fn home(words: &[OsString]) -> Option<PathBuf> {
    last(words, &[b"-Des.path.home=", b"-Dopensearch.path.home="])
}

/// The configuration directory that the words name.
pub fn config_dir(words: &[OsString]) -> Option<PathBuf> {
    let options: [&[u8]; 4] =
        [b"-Des.path.conf=", b"-Dopensearch.path.conf=", b"-Epath.conf=", b"--path.conf="];
    last(words, &options)
}

fn last(words: &[OsString], options: &[&[u8]]) -> Option<PathBuf> {
    let value = |word: &OsString| {
        let rest = options.iter().find_map(|option| word.as_bytes().strip_prefix(*option))?;
        Some(PathBuf::from(OsStr::from_bytes(rest)))
    };
    words.iter().rev().find_map(value).filter(|path| !path.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn servers_and_others() {
        for (line, expected) in [
            ("java -Des.path.home=/x -cp y org.elasticsearch.bootstrap.Elasticsearch start", true),
            (
                "java --module-path z -m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
                true,
            ),
            ("java org.opensearch.bootstrap.OpenSearch", true),
            ("java -Dcli.name=server org.elasticsearch.launcher.CliToolLauncher", false),
            ("grep org.elasticsearch.bootstrap.Elasticsearch.java", false),
            ("", false),
        ] {
            assert_eq!(is_server(line.replace(' ', "\0").as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn where_its_files_are() {
        let line = words("java -Des.path.conf=/a -Des.path.home=/h Main --path.conf=/b -Epath.conf=");
        assert_eq!((home(&line), config_dir(&line)), (Some("/h".into()), None));
        let line = words("java -Des.path.conf=/a -Dopensearch.path.home=/o Main -Epath.conf=/c");
        assert_eq!((home(&line), config_dir(&line)), (Some("/o".into()), Some("/c".into())));
        assert_eq!(config_dir(&words("java")), None);
    }
}
