//! Whether a policy file is consulted at all, and what to do where it is not.

use crate::generation::{PolicyUse, generation};
use crate::version::Version;
use diagnostics::Finding;

/// The server and the JVM for which a policy is meant; what is not known counts as fitting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    pub version: Option<Version>,
    pub java_major: Option<u16>,
    /// Every option of the JVM, in order, with blanks or line ends between them.
    pub java_options: &'a str,
    /// `security.manager.enabled: false`, which only 2.x has.
    pub security_manager_disabled: bool,
}

/// A `-Djava.security.policy=` among the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPolicy<'a> {
    pub path: &'a str,
    /// `==`: the file replaces the one of the JRE instead of adding to it.
    pub replaces: bool,
}

/// The policy file that the options name; the last one counts. In `jvm.options` versions of Java may precede it.
pub fn own_policy(java_options: &str) -> Option<OwnPolicy<'_>> {
    let value = java_options.rsplit([' ', '\t', '\r', '\n']).find_map(|word| {
        let (before, value) = word.split_once("-Djava.security.policy=")?;
        before.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b':')).then_some(value)
    })?;
    let (path, replaces) = match value.strip_prefix('=') {
        Some(path) => (path, true),
        None => (value, false),
    };
    // Nothing, for the JVM too.
    (!path.is_empty()).then_some(OwnPolicy { path, replaces })
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
                    "{CONFIG}; or hand a plugin more by `-Des.entitlements.policy.PLUGIN=BASE64` in ES_JAVA_OPTS \
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
    let own = own_policy(target.java_options)?;
    own.replaces.then(|| {
        (
            format!("`-Djava.security.policy=={}` replaces the JRE's policy file", own.path),
            format!("write the grant into `{}`, or use one `=`, which adds to the JRE's file", own.path),
        )
    })
}

/// The file cannot be patched, which was asked for.
pub fn not_writable(path: &str, reason: &str) -> Finding {
    Finding::error("policy/not-writable", format!("the policy file `{path}` cannot be written: {reason}"))
        .help(
            "use `--policy property`: the grants go to a file of our own, named by `-Djava.security.policy=`",
        )
}
