//! Whether a policy file is consulted at all, and what to do where it is not.

use crate::generation::{PolicyUse, generation};
use crate::jvm_options::JvmOption;
use crate::version::Version;
use diagnostics::{Finding, Span};

/// The server and the JVM for which a policy is meant; what is not known counts as fitting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    pub version: Option<Version>,
    pub java_major: Option<u16>,
    /// The policy file that the options of the JVM name.
    pub own_policy: Option<&'a OwnPolicy>,
    /// `security.manager.enabled: false`, which only 2.x has.
    pub security_manager_disabled: bool,
}

/// A `-Djava.security.policy=` among the options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPolicy {
    pub path: String,
    /// `==`: the file replaces the one of the JRE instead of adding to it.
    pub replaces: bool,
    /// Where it is said; nothing where that is a variable.
    pub span: Option<Span>,
    /// The path holds a secret, or may.
    pub is_hidden: bool,
}

impl OwnPolicy {
    /// The path as it may be shown.
    pub fn shown(&self) -> &str {
        if self.is_hidden { "…" } else { &self.path }
    }

    /// What a message calls the file.
    pub fn name(&self) -> String {
        if self.is_hidden { "that file".to_owned() } else { format!("`{}`", self.path) }
    }
}

/// The policy file that the options name: those of the files, then those of `variables`. The last one counts, and a line
/// that may be for another Java counts, too: a policy that is named is meant to be used.
pub fn own_policy(lines: &[JvmOption], variables: &str) -> Option<OwnPolicy> {
    let in_lines = lines.iter().flat_map(|line| words(&line.text).map(move |word| (word, Some(line))));
    let named = in_lines.chain(words(variables).map(|word| (word, None)));
    let (value, line) = named
        .filter_map(|(word, line)| Some((word.strip_prefix("-Djava.security.policy=")?, line)))
        .last()?;
    let (path, replaces) = match value.strip_prefix('=') {
        Some(path) => (path, true),
        None => (value, false),
    };
    // Nothing, for the JVM too.
    (!path.is_empty()).then(|| OwnPolicy {
        path: path.to_owned(),
        replaces,
        span: line.map(|line| line.span.clone()),
        is_hidden: line.is_some_and(|line| line.is_secret || line.span.is_secret()),
    })
}

fn words(options: &str) -> impl Iterator<Item = &str> {
    options.split([' ', '\t', '\r', '\n'])
}

/// Why the JRE's policy file would change nothing, with what to do instead; nothing where it is consulted.
pub fn not_consulted(target: &Target) -> Option<Finding> {
    let (message, help) = reason(target)?;
    Some(Finding::warning("policy/pointless", message).help(help))
}

fn reason(target: &Target) -> Option<(String, String)> {
    const FILE_MODE: &str =
        "only the file's own mode and owner decide: make it readable for the server's user";
    const CONFIG: &str = "mount the file below the configuration directory, which the server may always read";
    let policy = target.version.map(|version| (version, generation(version).policy));
    match policy {
        Some((version, PolicyUse::None)) => {
            return Some((format!("{} has no security manager", version.name()), FILE_MODE.to_owned()));
        }
        Some((version, PolicyUse::NotConsulted)) => {
            return Some((
                format!("{} does not consult the JVM's policy files", version.name()),
                format!("{CONFIG}; from 2.1 on policy files are consulted"),
            ));
        }
        Some((version, PolicyUse::Entitlements)) => {
            return Some((
                format!("{} has entitlements instead of the security manager", version.name()),
                format!(
                    "{CONFIG}; or give a plugin more permissions with `-Des.entitlements.policy.PLUGIN=BASE64` in \
                     ES_JAVA_OPTS \
                     (the whole `entitlement-policy.yaml`, base64; `server` instead of PLUGIN for the server)"
                ),
            ));
        }
        Some((version, PolicyUse::Agent)) => {
            return Some((
                format!("{} has a Java agent instead of the security manager", version.name()),
                format!("{CONFIG}; plugins bring their own `plugin-security.policy`"),
            ));
        }
        Some((_, PolicyUse::Switchable)) | None if target.security_manager_disabled => {
            return Some((
                "`security.manager.enabled` is false: no policy is consulted".to_owned(),
                FILE_MODE.to_owned(),
            ));
        }
        Some((_, PolicyUse::Switchable | PolicyUse::Consulted)) | None => {}
    }
    if let Some(major @ 24..) = target.java_major {
        return Some((
            format!("Java {major} has no security manager and no policy file"),
            format!("{CONFIG}; or run the server on the Java it was made for"),
        ));
    }
    let own = target.own_policy?;
    own.replaces.then(|| {
        (
            format!("`-Djava.security.policy=={}` replaces the JRE's policy file", own.shown()),
            format!("write the grant into {}, or use one `=`, which adds to the JRE's file", own.name()),
        )
    })
}

/// The file cannot be patched, which was asked for.
pub fn not_writable(path: &str, reason: &str) -> Finding {
    Finding::error("policy/not-writable", format!("the policy file `{path}` cannot be written: {reason}"))
        .help("use `--policy property`: the grants go to a separate file, named by `-Djava.security.policy=`")
}
