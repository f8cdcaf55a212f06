//! What the launcher of 8.0 and later appends to the main file where security is not set: a block of settings that name
//! the certificates it made. The server never makes it again for data that it has, so that it must not get lost.

use std::ops::Range;
use std::path::Path;

use template::{Setting, Settings};

use crate::generation::generation;
use crate::version::Version;

/// How the block begins and ends; the lines go on with dashes.
const BEGIN: &str = "#----------------------- BEGIN SECURITY AUTO CONFIGURATION";
const END: &str = "#----------------------- END SECURITY AUTO CONFIGURATION";

/// Where the block stands, its marking lines included; the last one where there are several.
pub fn block(text: &str) -> Option<Range<usize>> {
    let start = line(text, BEGIN)?;
    let end = start + line(text.get(start..)?, END)?;
    let rest = text.get(end..)?;
    Some(start..end + rest.find('\n').map_or(rest.len(), |at| at + 1))
}

/// The place of the last line that begins so.
fn line(text: &str, begin: &str) -> Option<usize> {
    text.rmatch_indices(begin)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))
}

/// Whether the launcher wrote that setting, and not the user.
pub fn wrote(setting: &Setting) -> bool {
    let span = &setting.value_span;
    block(&span.source.text).is_some_and(|block| block.contains(&(span.range.start as usize)))
}

/// A copy of the configuration that is made anew without the block, for data that is in use: the launcher makes no block any
/// more, and the node answers without TLS. A line for the log: data that never had a block looks the same.
pub fn lost(
    version: Version,
    settings: &Settings,
    bootstrapped: Option<bool>,
    copy: &Path,
) -> Option<String> {
    let is_set = settings.entries.iter().any(|setting| setting.key.starts_with("xpack.security."));
    if !generation(version).configures_security || bootstrapped != Some(true) || is_set {
        return None;
    }
    Some(format!(
        "security is on and TLS is not: the data is in use, so that {} makes no certificates any more, and {} holds none of an \
         earlier start; keep that directory with the data (ES_ENTRYPOINT_RUNTIME_DIR on a volume), or configure \
         xpack.security yourself",
        version.name(),
        copy.display()
    ))
}

#[cfg(test)]
mod tests {
    use diagnostics::Span;

    use super::*;

    const WRITTEN: &str = "cluster.name: x\n\
        \n\
        #----------------------- BEGIN SECURITY AUTO CONFIGURATION -----------------------\n\
        xpack.security.enabled: true\n\
        #----------------------- END SECURITY AUTO CONFIGURATION -------------------------\n\
        node.name: y\n";

    #[test]
    fn the_block_is_whole_lines() {
        let block = block(WRITTEN).map(|range| &WRITTEN[range]);
        let lines: Vec<&str> = block.unwrap_or_default().split_inclusive('\n').collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[1], "xpack.security.enabled: true\n");
        assert!(lines[2].starts_with(END) && lines[2].ends_with("---\n"), "{lines:?}");
    }

    #[test]
    fn tls_that_an_earlier_start_had() {
        let found = |version, settings: &Settings, bootstrapped| {
            lost(version, settings, bootstrapped, Path::new("/run/config"))
        };
        let (none, eight) = (Settings::default(), Version::elasticsearch(8, 19, 21));
        assert_eq!(
            found(eight, &none, Some(true)).as_deref(),
            Some(
                "security is on and TLS is not: the data is in use, so that Elasticsearch 8.19.21 makes no certificates any \
                 more, and /run/config holds none of an earlier start; keep that directory with the data \
                 (ES_ENTRYPOINT_RUNTIME_DIR on a volume), or configure xpack.security yourself"
            )
        );
        for bootstrapped in [None, Some(false)] {
            assert_eq!(found(eight, &none, bootstrapped), None);
        }
        for version in [Version::elasticsearch(7, 17, 29), Version::opensearch(3, 2, 0)] {
            assert_eq!(found(version, &none, Some(true)), None);
        }
        let mut settings = Settings::default();
        settings.entries.push(Setting::of_text("xpack.security.enabled", "false", Span::of_file("x")));
        assert_eq!(found(eight, &settings, Some(true)), None);
    }

    #[test]
    fn what_is_no_block() {
        let without_end = WRITTEN.split(END).next().unwrap_or_default();
        let in_a_text = WRITTEN.replace("\n#", "\na: #");
        for text in ["", "cluster.name: x\n", without_end, &in_a_text] {
            assert_eq!(block(text), None, "{text}");
        }
        // Its end may be the end of the file.
        let whole = WRITTEN.trim_end_matches("node.name: y\n").trim_end();
        assert_eq!(block(whole).map(|range| range.end), Some(whole.len()));
    }
}
