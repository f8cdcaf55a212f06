//! Whether a policy file lets the server read a path, without a word from us.

use super::grant::{Grant, Kind};
use super::syntax::{Permission, parse};
use diagnostics::Finding;

/// Whether some grant of the file covers reading that path, or may do so: what a property, a signature or a code base
/// decides is not known here.
pub fn covers(bytes: &[u8], path: &str) -> bool {
    let parsed = parse(&String::from_utf8_lossy(bytes));
    // After a mistake the JVM has no grant of the file, which is reported as such.
    parsed.mistake.is_some()
        || (parsed.entries.iter().filter(|entry| !is_for_java_alone(entry.code_base.as_deref())))
            .flat_map(|entry| &entry.permissions)
            .any(|it| permits(it, path))
}

/// Whether a code base has nothing but parts of Java itself: every JRE 8 brings such a grant, with `AllPermission`.
fn is_for_java_alone(code_base: Option<&str>) -> bool {
    code_base.is_some_and(|base| {
        base.starts_with("jrt:") || base.ends_with("${{java.ext.dirs}}/*") || base.ends_with("/lib/ext/*")
    })
}

fn permits(permission: &Permission, path: &str) -> bool {
    if permission.class == "java.security.AllPermission" {
        return true;
    }
    if permission.class != "java.io.FilePermission" {
        return false;
    }
    let Some(name) = &permission.name else { return false };
    let reads = permission.actions.as_ref().is_none_or(|actions| actions.contains("read"));
    // Relative names depend on where the JVM starts.
    let may_match = !name.starts_with('/') || name.contains("${");
    let below = |directory: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
    reads
        && (may_match
            || name == path
            || name.strip_suffix("/-").is_some_and(below)
            || name.strip_suffix("/*").is_some_and(below))
}

/// Paths that the server shall read, while nothing is granted because nobody wants it: `--policy off`.
pub fn not_granted(grants: &[Grant], covered: impl Fn(&str) -> bool) -> Vec<Finding> {
    let is_there =
        |grant: &&Grant| matches!(grant.kind, Kind::File | Kind::Directory | Kind::SecretMount { .. });
    let mut paths: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for grant in grants.iter().filter(is_there) {
        let path = grant.path.as_str();
        if paths.contains(&path) || covered(path) {
            continue;
        }
        paths.push(path);
        let message =
            format!("`{path}` is to be readable, but `--policy off` grants nothing, and no policy file does");
        let consequence = if grant.variable == Some("KUBECONFIG") {
            "the plugin gets `access denied`, finds no other node, and this one may become a cluster of its own"
        } else {
            "the server gets `access denied`"
        };
        let finding = Finding::warning("policy/not-granted", message).help(format!(
            "{consequence}: leave `--policy off` out, or grant read on `{path}` in the policy file of the Java that runs"
        ));
        findings.push(match grant.variable {
            Some(variable) => finding.variable(variable),
            None => finding,
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_covers_a_path() {
        let grant = |permission: &str| format!("grant {{ permission {permission}; }};");
        for (permission, covered) in [
            ("java.io.FilePermission \"/etc/kc/config\", \"read\"", true),
            ("java.io.FilePermission \"/etc/kc/config\", \"read,write\"", true),
            ("java.io.FilePermission \"/etc/kc/config\", \"write\"", false),
            ("java.io.FilePermission \"/etc/kc/-\", \"read\"", true),
            ("java.io.FilePermission \"/etc/kc/*\", \"read\"", true),
            ("java.io.FilePermission \"/etc/-\", \"read\"", true),
            ("java.io.FilePermission \"/etc/k/-\", \"read\"", false),
            ("java.io.FilePermission \"/etc/kc/config2\", \"read\"", false),
            ("java.io.FilePermission \"/-\", \"read\"", true),
            ("java.io.FilePermission \"<<ALL FILES>>\", \"read\"", true),
            ("java.security.AllPermission", true),
            ("java.util.PropertyPermission \"/etc/kc/config\", \"read\"", false),
            // Nobody knows here what it means.
            ("java.io.FilePermission \"${user.home}/x\", \"read\"", true),
            ("java.io.FilePermission \"-\", \"read\"", true),
        ] {
            assert_eq!(covers(grant(permission).as_bytes(), "/etc/kc/config"), covered, "{permission}");
        }
        assert!(!covers(b"", "/etc/kc/config"));
        for (code_base, covered) in [
            // The first is in every JRE 8, and Debian adds one like the second for each architecture.
            ("file:${{java.ext.dirs}}/*", false),
            ("file:/usr/lib/jvm/java-8-openjdk-amd64/jre/lib/ext/*", false),
            ("jrt:/java.compiler", false),
            ("file:/usr/share/elasticsearch/plugins/cloud-kubernetes/-", true),
        ] {
            let text =
                format!("grant codeBase \"{code_base}\" {{ permission java.security.AllPermission; }};");
            assert_eq!(covers(text.as_bytes(), "/etc/kc/config"), covered, "{code_base}");
        }
        assert!(covers(b"grant {", "/x"), "that mistake is another finding");
    }

    #[test]
    fn only_what_is_there_and_not_covered() {
        let grant = |path: &str, kind: Kind, variable| Grant { path: path.to_owned(), kind, variable };
        let grants = [
            grant("/a", Kind::File, Some("KUBECONFIG")),
            grant("/a", Kind::File, Some("JAVA_POLICY_READ")),
            grant("/b", Kind::Directory, None),
            grant("/c", Kind::File, None),
            grant("/d", Kind::Missing, None),
            grant("/e", Kind::Unknown, None),
            grant("/f", Kind::Readable, None),
        ];
        let found = not_granted(&grants, |path| path == "/c");
        let words: Vec<_> = found.iter().map(|it| (it.variable.as_deref(), it.message.as_str())).collect();
        assert_eq!(
            words,
            [
                (
                    Some("KUBECONFIG"),
                    "`/a` is to be readable, but `--policy off` grants nothing, and no policy file does"
                ),
                (None, "`/b` is to be readable, but `--policy off` grants nothing, and no policy file does"),
            ]
        );
    }
}
