//! What the launcher of 8.0 and later appends to the main file where security is not set: a block of settings that name
//! the certificates it made. The server never makes it again for data that it has, so that it must not get lost.

use std::ops::Range;
use std::path::Path;

use diagnostics::{Finding, Span};
use template::{Setting, Settings};

use crate::generation::generation;
use crate::roles;
use crate::version::Version;

/// Switched off, it is not made.
pub const SWITCH: &str = "xpack.security.autoconfiguration.enabled";

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

/// Whether a block begins there, with or without an end.
pub fn begins(text: &str) -> bool {
    line(text, BEGIN).is_some()
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

/// The block with another first master, where it names one that is not this node. What the launcher wrote is the name that the
/// node had then; with new data a node of another name would wait for that one for ever.
pub fn with_first_master(block: &str, name: &str) -> Option<String> {
    const SETTING: &str = "\ncluster.initial_master_nodes: [\"";
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let start = block.find(SETTING)? + SETTING.len();
    let rest = block.get(start..)?;
    let (old, after) = rest.split_once("\"]").filter(|(old, _)| !old.contains(['"', '\n', ',']))?;
    (old != name && is_plain && !name.is_empty()).then(|| format!("{}{name}\"]{after}", &block[..start]))
}

/// Whether nothing says that this node has others: it begins a cluster of its own, by the name that it is given.
pub fn is_alone(settings: &Settings) -> bool {
    let keys = [
        "cluster.initial_master_nodes",
        "discovery.seed_hosts",
        "discovery.seed_providers",
        "discovery.type",
    ];
    let is_name_known = settings.get("node.name").is_none_or(|name| !name.is_unknown());
    is_name_known && !keys.into_iter().any(|key| settings.get(key).is_some_and(Setting::is_set_or_unknown))
}

/// Whether the settings say something of security or TLS themselves; what is empty is not there.
pub fn is_chosen(settings: &Settings) -> bool {
    const TLS: [&str; 2] = ["xpack.security.http.ssl.", "xpack.security.transport.ssl."];
    let is_chosen = |setting: &Setting| {
        setting.is_set_or_unknown()
            && (setting.key == "xpack.security.enabled"
                || setting.key == SWITCH && setting.text() != Some("true")
                || TLS.iter().any(|prefix| setting.key.starts_with(prefix)))
    };
    settings.entries.iter().any(is_chosen)
}

/// Whether the launcher makes certificates and its block at a first start with these settings, as far as is known: not where
/// security or TLS are the user's business, nor on a node that is to join others. Source: `AutoConfigureNode` of 8.x, and
/// tried on 8.19.21.
pub fn is_due(version: Version, settings: &Settings, host_name: &str) -> bool {
    let is_given = |key: &str| settings.get(key).is_some_and(Setting::is_set_or_unknown);
    let masters = settings.get("cluster.initial_master_nodes").map(Setting::elements).unwrap_or_default();
    let is_alone = settings.text("discovery.type") == Some("single-node")
        || masters == [settings.text("node.name").unwrap_or(host_name)]
        || !["cluster.initial_master_nodes", "discovery.seed_hosts", "discovery.seed_providers"]
            .into_iter()
            .any(is_given);
    let is_voting_only =
        settings.get("node.roles").is_some_and(|roles| roles.elements().contains(&"voting_only"));
    generation(version).configures_security
        && !is_chosen(settings)
        && is_alone
        && roles::is_master_eligible(settings, version)
        && roles::holds_data(settings, version)
        && !is_voting_only
}

/// A configuration, the server's own or a copy that is made anew, without the block, for data that is in use: the launcher makes no
/// block any more, and the node answers without TLS. A line for the log: data that never had a block looks the same.
pub fn lost(
    version: Version,
    settings: &Settings,
    bootstrapped: Option<bool>,
    configuration: &Path,
    is_copy: bool,
) -> Option<String> {
    let is_set = settings.entries.iter().any(|setting| setting.key.starts_with("xpack.security."));
    if !generation(version).configures_security || bootstrapped != Some(true) || is_set {
        return None;
    }
    let keep = if is_copy { " (ES_ENTRYPOINT_RUNTIME_DIR on a volume)" } else { ", on a volume" };
    Some(format!(
        "security is on and TLS is not: the data is in use, so that {} makes no certificates any more, and {} holds none of an \
         earlier start; keep that directory with the data{keep}, or configure xpack.security yourself",
        version.name(),
        configuration.display()
    ))
}

/// A line for the log: where the certificates are, and that they must not get lost.
pub fn in_a_copy(version: Version, mount: &Path, copy: &Path) -> String {
    format!(
        "{} is a mount, which the launcher of {} cannot replace: it makes certificates and a keystore in a copy of the \
         configuration, {}; keep that directory with the data (ES_ENTRYPOINT_RUNTIME_DIR on a volume)",
        mount.display(),
        version.name(),
        copy.display()
    )
}

/// The copy of an earlier start has a block without an end: what is left of it would be gone with this start, and TLS with it.
/// Where there is no data, the launcher makes another one.
pub fn torn(
    version: Version,
    settings: &Settings,
    bootstrapped: Option<bool>,
    copy: &Path,
) -> Option<Finding> {
    let is_set = settings.entries.iter().any(|setting| setting.key.starts_with("xpack.security."));
    if bootstrapped != Some(true) || is_set {
        return None;
    }
    let shown = copy.display().to_string();
    let (begin, end) = (BEGIN.trim_start_matches(['#', '-', ' ']), END.trim_start_matches(['#', '-', ' ']));
    let message = format!(
        "`{shown}` has `{begin}` without `{end}`: the settings that {} made for its security cannot be taken over, and it \
         would start without TLS",
        version.name()
    );
    Some(Finding::error("files/torn-block", message).at(Span::of_file(shown)).help(format!(
        "put the line `{END} -------------------------` below the last of these settings, or configure xpack.security yourself"
    )))
}

#[cfg(test)]
mod tests {
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
    fn the_first_master_of_new_data() {
        let block = |name: &str| {
            format!("# BEGIN\n# x\ncluster.initial_master_nodes: [\"{name}\"]\n\nhttp.host: 0.0.0.0\n")
        };
        assert_eq!(with_first_master(&block("old-1"), "new.2").as_deref(), Some(&*block("new.2")));
        for (block, name) in [
            (block("same"), "same"),
            (block("old"), ""),
            (block("old"), "a\"]\nx: y"),
            (block("a\", \"b"), "c"),
            (block("old").replace('[', ""), "new"),
            ("# BEGIN\n".to_owned(), "new"),
        ] {
            assert_eq!(with_first_master(&block, name), None, "{block} {name}");
        }
    }

    #[test]
    fn tls_that_an_earlier_start_had() {
        let found = |version, settings: &Settings, bootstrapped| {
            lost(version, settings, bootstrapped, Path::new("/run/config"), true)
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
        let own = lost(eight, &none, Some(true), Path::new("/es/config"), false).unwrap();
        assert!(own.ends_with(
            "/es/config holds none of an earlier start; keep that directory with the data, on a volume, or configure \
             xpack.security yourself"
        ));
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
    fn when_the_launcher_makes_one() {
        use crate::settings::samples::{list, texts, together, unknown};
        let (eight, none) = (Version::elasticsearch(8, 19, 21), Settings::default());
        assert!(is_due(eight, &none, "host"));
        for version in [Version::elasticsearch(7, 17, 29), Version::opensearch(3, 2, 0)] {
            assert!(!is_due(version, &none, "host"), "{version}");
        }
        for (expected, settings) in [
            (false, texts(&[("xpack.security.enabled", "true")])),
            (false, unknown(&["xpack.security.enabled"])),
            (true, texts(&[("xpack.security.autoconfiguration.enabled", "true")])),
            (false, texts(&[("xpack.security.autoconfiguration.enabled", "false")])),
            (false, texts(&[("xpack.security.transport.ssl.enabled", "true")])),
            (true, texts(&[("xpack.security.authc.token.enabled", "true")])),
            (true, texts(&[("discovery.type", "single-node")])),
            (false, list("discovery.seed_hosts", &["a"])),
            (true, list("discovery.seed_hosts", &[])),
            (false, unknown(&["discovery.seed_hosts"])),
            (
                true,
                together([texts(&[("discovery.type", "single-node")]), unknown(&["discovery.seed_hosts"])]),
            ),
            (true, list("cluster.initial_master_nodes", &["host"])),
            (false, list("cluster.initial_master_nodes", &["host", "b"])),
            (false, texts(&[("cluster.initial_master_nodes", "host"), ("node.name", "a")])),
            (true, texts(&[("cluster.initial_master_nodes", "a"), ("node.name", "a")])),
            (false, texts(&[("node.roles", "data")])),
            (false, texts(&[("node.roles", "master")])),
            (false, texts(&[("node.roles", "master,data,voting_only")])),
            (false, unknown(&["node.roles"])),
            (true, texts(&[("node.roles", "master,data_hot")])),
        ] {
            assert_eq!(is_due(eight, &settings, "host"), expected, "{settings:?}");
        }
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
