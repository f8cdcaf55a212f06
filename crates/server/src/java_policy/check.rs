//! A linter for policy files as people write them.

use super::grant::{Grant, Kind};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::syntax::{Entry, Parsed, Permission, line_around, parse};
use diagnostics::{Finding, Severity, Source, Span};

/// What is known about the surroundings; everything may be left out.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    /// The JVM's working directory.
    pub working_directory: Option<&'a str>,
    /// What stands at the paths of [`named_paths`].
    pub facts: &'a [Grant],
    /// What is about to be written anew, as a range of the file's text: what is wrong there is of no interest.
    pub replaced: Option<Range<usize>>,
    /// The server starts with a policy that grants everything, as it did before 6.2.
    pub all_permission_is_taken: bool,
}

const FILE_PERMISSION: &str = "java.io.FilePermission";

/// The absolute paths that the file's permissions name, without wildcards: the shell looks what is there.
pub fn named_paths(bytes: &[u8]) -> Vec<String> {
    let mut paths = Vec::new();
    let mut known = HashSet::new();
    for permission in
        parse(&String::from_utf8_lossy(bytes)).entries.iter().flat_map(|entry| &entry.permissions)
    {
        if let Some(path) = exact_path(permission)
            && known.insert(path.clone())
        {
            paths.push(path);
        }
    }
    paths
}

fn exact_path(permission: &Permission) -> Option<String> {
    if permission.class != FILE_PERMISSION {
        return None;
    }
    let name = expanded(permission.name.as_deref()?);
    let path = name.strip_suffix("/-").or_else(|| name.strip_suffix("/*")).unwrap_or(&name);
    (path.starts_with('/') && path.len() > 1 && !path.contains("${")).then(|| path.to_owned())
}

/// `${/}` and its long form are always a slash here; other properties are unknown.
fn expanded(name: &str) -> String {
    name.replace("${/}", "/").replace("${file.separator}", "/")
}

/// All problems of one policy file, in the order of the file.
pub fn check(name: &str, bytes: &[u8], context: &Context) -> Vec<Finding> {
    let source = source(name, bytes);
    let parsed = parse(&source.text);
    let mut findings = syntax_findings(&source, &parsed);
    let linter = Linter {
        source: &source,
        working_directory: context.working_directory,
        all_permission_is_taken: context.all_permission_is_taken,
        facts: context.facts.iter().map(|fact| (fact.path.as_str(), &fact.kind)).collect(),
    };
    for entry in &parsed.entries {
        for permission in &entry.permissions {
            linter.permission(entry, permission, &mut findings);
        }
    }
    if let Some(replaced) = &context.replaced {
        let stays = |span: &Span| !replaced.contains(&(span.range.start as usize));
        findings.retain(|finding| finding.span.as_ref().is_none_or(stays));
    }
    diagnostics::sort(&mut findings);
    findings
}

/// A policy file as a text that places point into; a comment may hold a secret.
pub(super) fn source(name: &str, bytes: &[u8]) -> Arc<Source> {
    Source::new(name, &*String::from_utf8_lossy(bytes), template::Format::Policy.secrets())
}

/// Mistakes that cost more than the one permission they are in.
pub(super) fn losing_everything(source: &Arc<Source>, parsed: &Parsed) -> Vec<Finding> {
    let at = |range: &Range<usize>| Span::new(source, range.clone());
    let mut findings = Vec::new();
    if let Some(mistake) = &parsed.mistake {
        let line = source.text.get(line_around(&source.text, mistake.range.start)).unwrap_or("").trim_start();
        let what = if line.starts_with('\u{feff}') {
            "save the file without a byte order mark; "
        } else if line.starts_with('#') {
            "a comment starts with `//`, not with `#`; "
        } else {
            ""
        };
        findings.push(
            Finding::error("policy/syntax", mistake.message.clone()).at(at(&mistake.range)).help(
                format!(
                    "{what}the JVM drops every grant of this file, also those before this place, prints one message \
                     and still starts"
                ),
            ),
        );
    }
    if let Some(range) = &parsed.unclosed_comment {
        findings.push(
            Finding::error("policy/syntax", "this comment is never closed")
                .at(at(range))
                .help("the JVM silently ignores everything behind it: add `*/`"),
        );
    }
    findings
}

/// What the JVM says in two lines on standard error at most, and then goes on.
fn syntax_findings(source: &Arc<Source>, parsed: &Parsed) -> Vec<Finding> {
    let at = |range: &Range<usize>| Span::new(source, range.clone());
    let mut findings = losing_everything(source, parsed);
    if parsed.mistake.is_none() {
        for range in &parsed.unclosed_strings {
            findings.push(
                Finding::warning("policy/syntax", "the closing `\"` is missing")
                    .at(at(range))
                    .help("the JVM ends the string at the line end: add the quote where it belongs"),
            );
        }
    }
    for permission in parsed.entries.iter().flat_map(|entry| &entry.permissions) {
        if let Some((message, help)) = dropped(permission) {
            findings.push(Finding::error("policy/syntax", message).at(at(&permission.range)).help(help));
        } else if let Some(property) = permission.name.as_deref().and_then(environment_name) {
            findings.push(
                Finding::warning(
                    "policy/syntax",
                    format!("`${{{property}}}` is a system property, not a variable"),
                )
                .at(at(&permission.range))
                .help(format!(
                    "the JVM silently drops this permission unless it runs with `-D{property}=…`: \
                         write the value, or `$<{property}>` in a template"
                )),
            );
        }
    }
    findings
}

/// A file permission that the JVM refuses to create; the others of the file stay.
fn dropped(permission: &Permission) -> Option<(String, &'static str)> {
    const HELP: &str = "the JVM drops this permission and still starts: write for instance \
                        `permission java.io.FilePermission \"/path\", \"read\";`";
    if permission.class != FILE_PERMISSION {
        return None;
    }
    if permission.name.is_none() {
        return Some(("a file permission without a path".to_owned(), HELP));
    }
    let Some(actions) = &permission.actions else {
        return Some(("a file permission without actions".to_owned(), HELP));
    };
    let wrong = actions.split(',').map(str::trim).find(|action| {
        !["read", "write", "execute", "delete", "readlink"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(action))
    })?;
    Some((format!("`{wrong}` is not an action of a file permission"), HELP))
}

/// The name of a property that looks like an environment variable.
fn environment_name(name: &str) -> Option<&str> {
    let start = name.find("${")? + 2;
    let property = name.get(start..start + name[start..].find('}')?)?;
    let capital =
        property.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (capital && !property.is_empty()).then_some(property)
}

/// Nothing but what the server may do in all of its directories.
fn only_reads(permission: &Permission) -> bool {
    let actions = permission.actions.as_deref().unwrap_or_default();
    actions.split(',').all(|action| matches!(action.trim(), "read" | "readlink"))
}

struct Linter<'a> {
    source: &'a Arc<Source>,
    working_directory: Option<&'a str>,
    all_permission_is_taken: bool,
    /// What stands at each path.
    facts: HashMap<&'a str, &'a Kind>,
}

impl Linter<'_> {
    fn found(
        &self,
        code: &'static str,
        range: &Range<usize>,
        severity: Severity,
        message: String,
        help: String,
    ) -> Finding {
        let finding = match severity {
            Severity::Error => Finding::error(code, message),
            Severity::Warning => Finding::warning(code, message),
        };
        finding.at(Span::new(self.source, range.clone())).help(help)
    }

    fn permission(&self, entry: &Entry, permission: &Permission, findings: &mut Vec<Finding>) {
        let range = &permission.range;
        let everyone = entry.is_for_everyone();
        let mut warn = |code, message: String, help: String| {
            findings.push(self.found(code, range, Severity::Warning, message, help));
        };
        if permission.class == "java.security.AllPermission" && everyone {
            let message = "every class may do everything".to_owned();
            let (severity, effect) = if self.all_permission_is_taken {
                (Severity::Warning, "")
            } else {
                (Severity::Error, ", and Elasticsearch from 6.2 on refuses to start with it")
            };
            let help = format!(
                "this disables the security manager{effect}: grant the one permission that is missing"
            );
            findings.push(self.found("policy/too-broad", range, severity, message, help));
            return;
        }
        let (FILE_PERMISSION, Some(name)) = (permission.class.as_str(), permission.name.as_deref()) else {
            return;
        };
        let name = &*expanded(name);
        if name == "<<ALL FILES>>" || name == "/-" {
            if everyone {
                let help = "name the files, or the one directory, that the server has to read";
                warn("policy/too-broad", format!("`{name}` is every file of the container"), help.to_owned());
            }
            return;
        }
        if !name.starts_with('/') && !name.starts_with("${") {
            let below = match (name, self.working_directory) {
                ("-", Some("/")) => {
                    "every file of the container, as long as the JVM starts in `/`".to_owned()
                }
                ("-", Some(directory)) => format!("everything below `{directory}`, where the JVM starts"),
                ("-", None) => "everything below the directory in which the JVM starts".to_owned(),
                (_, Some(directory)) => {
                    format!("`{}/{name}`, because the JVM starts there", directory.trim_end_matches('/'))
                }
                (_, None) => "relative to the directory in which the JVM starts".to_owned(),
            };
            let help = "another WORKDIR or start script changes what it grants: write the absolute path of what has \
                        to be read";
            warn("policy/cwd-relative", format!("`{name}` means {below}"), help.to_owned());
        }
        if name == "*" || name.ends_with("/*") {
            let directory = name.strip_suffix("/*").unwrap_or(".");
            let directory = if directory.is_empty() { "/" } else { directory };
            let help = format!(
                "in a mounted Secret or ConfigMap every file is such a link, and Java 8 (later ones with \
                 `-Djdk.io.permissionsUseCanonicalPath=true`) checks the target of the link: write `{}/-`",
                directory.trim_end_matches('/')
            );
            let message = format!("`{name}` does not match files behind symbolic links");
            warn("policy/symlink-star", message, help);
        }
        let Some(path) = exact_path(permission) else { return };
        match self.facts.get(path.as_str()).copied() {
            Some(Kind::Readable) if only_reads(permission) => warn(
                "policy/pointless",
                format!("`{path}` is in a directory that the server may read anyway"),
                "remove the permission".to_owned(),
            ),
            Some(Kind::Missing) => warn(
                "policy/missing-path",
                format!("`{path}` is not there"),
                "correct the path, or mount what is missing".to_owned(),
            ),
            Some(Kind::SecretMount { directory }) if path == name => {
                warn(
                    "policy/stale-path",
                    format!("`{path}` is in a mounted Secret or ConfigMap"),
                    stale(directory),
                );
            }
            Some(Kind::Directory) if path == name => warn(
                "policy/not-granted",
                format!("`{path}` is a directory: what is in it stays unreadable"),
                format!("write `{path}/-`"),
            ),
            _ => {}
        }
    }
}

fn stale(directory: &str) -> String {
    format!(
        "Java 8 (later ones with `-Djdk.io.permissionsUseCanonicalPath=true`) resolves an exact path once, at the start: \
         after the next update of the mount it no longer matches; write `{}/-`",
        directory.trim_end_matches('/')
    )
}
