//! The kubeconfig of the fabric8 discovery plugin (Elasticsearch 2.x to 6.2), judged before the JVM starts.
//!
//! That client (kubernetes-client 1.3.83) reads less than `kubectl` does and falls back to the service account without
//! a word. Pure: [`named_files`] says which files the shell has to look at, [`check`] judges. No token, password or
//! key is ever shown: of the file's content only names of contexts, users and files appear.

mod document;
mod places;

use std::sync::Arc;

use crate::generation::{KubeconfigBy, generation};
use crate::version::Version;
use diagnostics::{Finding, Secrets, Source, Span};
use document::Node;
use places::{Part, Places};
use template::Settings;

/// What the user of the JVM finds at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// A regular file that this user can read.
    Readable,
    Missing,
    /// There, but not readable; the reason reads like `mode 0600, owner 0`.
    Unreadable(String),
    /// Nobody can say.
    Unknown,
}

/// A file that the current context needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// `certificate-authority`, `client-certificate` or `client-key`.
    pub key: &'static str,
    /// As written; a relative one is below the JVM's working directory.
    pub path: String,
}

/// A named file with what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFact {
    pub path: String,
    pub access: Access,
}

/// The kubeconfig itself.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    Bytes(&'a [u8]),
    Missing,
    /// A directory stands there.
    Directory,
    /// Not readable for the user of the JVM (or for us), with the reason.
    Unreadable(&'a str),
}

/// What the check needs besides the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    pub facts: &'a [FileFact],
    /// The JVM's working directory.
    pub working_directory: &'a str,
    pub user: Option<Reader>,
}

/// The user that the JVM will have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    pub uid: u32,
    pub gid: u32,
    /// The start is one as root, which can give this user a copy.
    pub may_get_copy: bool,
}

/// The files of the current context, for the shell to look at.
pub fn named_files(bytes: &[u8]) -> Vec<NamedFile> {
    let Ok(Some(root)) = serde_yaml::from_slice::<Option<Node>>(bytes) else { return Vec::new() };
    match Current::of(&root) {
        Ok(current) => current.files(),
        Err(_) => Vec::new(),
    }
}

/// Whether the server reads a kubeconfig at all: the fabric8 plugin (for 2.0 to 6.2) finds the other nodes. It starts
/// for `discovery.type`, from 5.1 on for the hosts provider too; its own `cloud.kubernetes.*` alone wake nothing. An
/// unknown version counts as fitting.
pub fn is_read(version: Option<Version>, settings: &Settings) -> bool {
    let says = |key: &str| settings.get(key).is_some_and(|it| it.elements().contains(&"kubernetes"));
    let by = version.map_or(KubeconfigBy::DiscoveryTypeOrProvider, |version| generation(version).kubeconfig);
    match by {
        KubeconfigBy::Nothing => false,
        KubeconfigBy::DiscoveryType => says("discovery.type"),
        KubeconfigBy::DiscoveryTypeOrProvider => {
            says("discovery.type") || says("discovery.zen.hosts_provider")
        }
    }
}

/// `KUBERNETES_AUTH_TRYKUBECONFIG` with or without `KUBECONFIG`: the value is what the variable holds.
pub fn check_flag(try_kubeconfig: Option<&str>, kubeconfig_is_set: bool) -> Option<Finding> {
    const NAME: &str = "KUBERNETES_AUTH_TRYKUBECONFIG";
    let value = try_kubeconfig?;
    let on = value.trim().eq_ignore_ascii_case("true");
    let (message, help) = if on {
        (
            format!("`{NAME}=true` changes nothing"),
            "the plugin's client looks for a kubeconfig anyway: remove the variable; KUBECONFIG names the file",
        )
    } else if kubeconfig_is_set {
        (
            format!("`{NAME}` is not `true`: KUBECONFIG is ignored"),
            "the service account is used instead: remove one of the two variables",
        )
    } else {
        return None;
    };
    Some(Finding::warning("kubeconfig/try-flag", message).variable(NAME).help(help))
}

/// All problems of the kubeconfig at `path`, which `KUBECONFIG` names.
pub fn check(path: &str, file: Content, context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !path.starts_with('/') {
        findings.push(variable(
            Finding::warning(
                "kubeconfig/relative-path",
                format!("`KUBECONFIG={path}` is not an absolute path"),
            )
            .help(format!(
                "the plugin's client resolves it against the JVM's working directory, `{}`: write the absolute path",
                context.working_directory
            )),
        ));
    }
    let bytes = match file {
        Content::Bytes(bytes) => bytes,
        Content::Missing => {
            let help = if path.contains(':') {
                "the plugin's client takes one path, not a list separated by `:`".to_owned()
            } else {
                "the plugin's client would silently fall back to the service account: mount the file there, or unset \
                 KUBECONFIG"
                    .to_owned()
            };
            findings.push(variable(
                Finding::error("kubeconfig/missing", format!("`{path}` is not there")).help(help),
            ));
            return findings;
        }
        Content::Unreadable(reason) => {
            findings.push(variable(
                Finding::error(
                    "kubeconfig/unreadable",
                    format!("`{path}` cannot be read{}: {reason}", for_uid(context)),
                )
                .help(help_for_closed(context)),
            ));
            return findings;
        }
        Content::Directory => {
            let message = format!("`{path}` is a directory, not a kubeconfig");
            findings.push(variable(Finding::error("kubeconfig/unreadable", message)).help(format!(
                "name the file in it, like `KUBECONFIG={}/config`; an empty one was made by the container runtime because the \
                 file of a hostPath volume is not there: put it on that node, and say `type: File` in the volume",
                path.trim_end_matches('/')
            )));
            return findings;
        }
    };
    // Every place of it says for itself whether its line can be shown.
    let source = Source::new(path, &*String::from_utf8_lossy(bytes), Secrets::none);
    let root = match serde_yaml::from_slice::<Option<Node>>(bytes) {
        Ok(Some(root @ Node::Mapping(_))) => root,
        Ok(_) => {
            findings.push(variable(
                Finding::error("kubeconfig/unreadable", format!("`{path}` is not a kubeconfig")).help(
                    "it has to be a YAML mapping with `clusters`, `users`, `contexts` and `current-context`",
                ),
            ));
            return findings;
        }
        // The library's own message could show a part of the file.
        Err(error) => {
            let mut finding = variable(Finding::error(
                "kubeconfig/unreadable",
                format!("`{path}` is not valid YAML"),
            ))
            .help(
                "the plugin's client logs an error and falls back to the service account: correct the \
                 file",
            );
            if let Some(location) = error.location() {
                let at = source.offset(location.line(), location.column());
                finding = finding.at(Span::new(&source, at..at + 1).hide(true));
            }
            findings.push(finding);
            return findings;
        }
    };
    let places = Places::new(Arc::clone(&source));
    match Current::of(&root) {
        Err(message) => findings.push(
            Finding::warning("kubeconfig/no-current-context", message)
                .at(places.key(places.root(), "current-context"))
                .variable("KUBECONFIG")
                .help(
                    "the plugin's client silently falls back to the service account: set `current-context` to a \
                     context whose cluster is in the file",
                ),
        ),
        Ok(current) => {
            current.judge_files(&places, context, &mut findings);
            current.judge_authentication(&places, &mut findings);
        }
    }
    diagnostics::sort(&mut findings);
    findings
}

fn variable(finding: Finding) -> Finding {
    finding.variable("KUBECONFIG")
}

fn for_uid(context: &Context) -> String {
    context.user.map_or_else(String::new, |user| format!(" by uid {}", user.uid))
}

/// A node's own kubeconfig is closed for good reason: whoever has it can do what the node may.
fn help_for_closed(context: &Context) -> String {
    let (group, may_get_copy) =
        context.user.map_or((String::new(), false), |it| (format!(": {}", it.gid), it.may_get_copy));
    let copy = if may_get_copy {
        "; with KUBECONFIG_COPY=true the server gets a copy, and with it all that the owner of this one may do"
    } else {
        ""
    };
    format!(
        "a grant to the JVM does not help here: mount a kubeconfig for Elasticsearch alone from a Secret with \
         `defaultMode: 0440` and `securityContext.fsGroup{group}`, which does nothing for a file of the node (hostPath), or unset \
         KUBECONFIG to use the pod's service account{copy}"
    )
}

/// The cluster and the user that the current context leads to.
struct Current<'a> {
    cluster: Part<'a>,
    /// Nothing when the context has no user: requests go out without credentials.
    user: Option<Part<'a>>,
}

impl<'a> Current<'a> {
    fn of(root: &'a Node) -> Result<Self, String> {
        let name = root.text("current-context").filter(|name| !name.is_empty());
        let Some(name) = name else { return Err("no `current-context`".to_owned()) };
        let context = named(root, "contexts", name, "context")
            .ok_or_else(|| format!("`current-context` is `{name}`, but there is no such context"))?;
        let cluster_name = context.node.text("cluster").unwrap_or_default();
        let cluster = named(root, "clusters", cluster_name, "cluster").ok_or_else(|| {
            format!("the context `{name}` is for the cluster `{cluster_name}`, but there is no such cluster")
        })?;
        let user = context.node.text("user").and_then(|user| named(root, "users", user, "user"));
        Ok(Self { cluster, user })
    }

    fn files(&self) -> Vec<NamedFile> {
        self.files_with_parts().map(|(_, file)| file).collect()
    }

    fn files_with_parts(&self) -> impl Iterator<Item = (Part<'a>, NamedFile)> {
        const KEYS: [(bool, &str, &str); 3] = [
            (true, "certificate-authority", "certificate-authority-data"),
            (false, "client-certificate", "client-certificate-data"),
            (false, "client-key", "client-key-data"),
        ];
        KEYS.into_iter().filter_map(|(of_cluster, key, data)| {
            let part = if of_cluster { Some(self.cluster) } else { self.user }?;
            // Data in the file itself goes before a path.
            if part.node.get(data).is_some_and(|value| *value != Node::Null) {
                return None;
            }
            let path = part.node.text(key).filter(|path| !path.is_empty())?;
            Some((part, NamedFile { key, path: path.to_owned() }))
        })
    }

    fn judge_files(&self, places: &Places, context: &Context, findings: &mut Vec<Finding>) {
        for (part, NamedFile { key, path }) in self.files_with_parts() {
            let span = places.value(part, key);
            let access = context.facts.iter().find(|fact| fact.path == path).map(|fact| &fact.access);
            if is_data(&path) {
                if matches!(access, Some(Access::Missing | Access::Unreadable(_))) {
                    let message = format!("`{key}` has to name a file, and holds data");
                    let finding = Finding::error("kubeconfig/missing-file", message).help(format!(
                        "the plugin's client would look for a file of that name: put the data (base64) into \
                         `{key}-data`"
                    ));
                    findings.push(finding.at(span.hide(true)).variable("KUBECONFIG"));
                }
                continue;
            }
            if !path.starts_with('/') {
                let help = format!(
                    "the plugin's client resolves it against the JVM's working directory, `{}`, not against the \
                     kubeconfig's: \
                     write the absolute path",
                    context.working_directory
                );
                let message = format!("`{key}` is the relative path `{path}`");
                let finding = match access {
                    Some(Access::Readable | Access::Unknown) => {
                        Finding::warning("kubeconfig/relative-path", message)
                    }
                    _ => Finding::error("kubeconfig/relative-path", message),
                };
                findings.push(finding.at(span).variable("KUBECONFIG").help(help));
                continue;
            }
            let finding = match access {
                Some(Access::Missing) => Finding::error(
                    "kubeconfig/missing-file",
                    format!("`{key}` names `{path}`, which is not there"),
                )
                .help(format!(
                    "mount it as well, or put its content into the kubeconfig as `{key}-data` (base64)"
                )),
                Some(Access::Unreadable(reason)) => Finding::error(
                    "kubeconfig/unreadable",
                    format!("`{path}`, named by `{key}`, cannot be read{}: {reason}", for_uid(context)),
                )
                .help(format!(
                    "put its content into the kubeconfig as `{key}-data` (base64), or give the file another owner or mode; a \
                     grant to the JVM does not help here"
                )),
                Some(Access::Readable | Access::Unknown) | None => continue,
            };
            findings.push(finding.at(span).variable("KUBECONFIG"));
        }
    }

    fn judge_authentication(&self, places: &Places, findings: &mut Vec<Finding>) {
        let Some(user) = self.user else { return };
        let set = |key: &str| user.node.is_set(key);
        let certificate = (set("client-certificate") || set("client-certificate-data"))
            && (set("client-key") || set("client-key-data"));
        let other = set("token") || certificate || (set("username") && set("password"));
        for (key, instead) in [
            ("exec", "put a `token` of a service account into the kubeconfig"),
            ("auth-provider", "put a `token` of a service account into the kubeconfig"),
            (
                "tokenFile",
                "put the token itself as `token` into the kubeconfig, or unset KUBECONFIG to use the pod's \
                           own service account",
            ),
        ] {
            if !set(key) {
                continue;
            }
            let message = format!("the plugin's client does not support `{key}`");
            let finding = if other {
                Finding::warning("kubeconfig/unsupported-auth", message)
                    .help("it is ignored, and the user's other credentials are used: remove it")
            } else {
                Finding::error("kubeconfig/unsupported-auth", message)
                    .help(format!("requests would be sent without credentials: {instead}"))
            };
            findings.push(finding.at(places.key(places.part(user), key)).variable("KUBECONFIG"));
        }
    }
}

/// Whether something that should be a path looks like a certificate or a key, as it is or in base64.
fn is_data(path: &str) -> bool {
    /// `---` in base64.
    const DASHES: &str = "LS0t";
    path.starts_with(DASHES)
        || path.starts_with("---")
        || path.ends_with('=')
        || path.contains(char::is_control)
}

/// That part of the entry with that name.
fn named<'a>(root: &'a Node, list: &'static str, wanted: &str, name: &'static str) -> Option<Part<'a>> {
    let entries = root.list(list).iter().enumerate();
    let (index, entry) = entries.into_iter().find(|(_, entry)| entry.text("name") == Some(wanted))?;
    Some(Part { list, index, name, node: entry.get(name)? })
}

#[cfg(test)]
mod tests;
