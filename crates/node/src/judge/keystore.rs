//! Whether the variables of the keystore are of use, and the keystore itself.

use diagnostics::Finding;
use keystore::Unreadable;
use server::secure_settings::{self, KEYSTORE_PASSWORD};
use server::{Version, generation};
use template::Environment;

use crate::facts::Facts;
use crate::keystore::{Found, KeystoreFacts};

/// The keystore, and the variables for it.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    if !facts.request.is_about_a_start() {
        return Vec::new();
    }
    let is_first_start = facts.bootstrapped != Some(true);
    let is_known = facts.known_version().is_some();
    let mut findings =
        variables(facts.version, is_known, &facts.environment, facts.plugins(), is_first_start);
    findings.extend(facts.keystore.as_ref().and_then(|it| check(facts.version, it)));
    findings
}

/// The variables. `plugins` are those that are installed, where that is known.
fn variables(
    version: Version,
    is_version_known: bool,
    environment: &Environment,
    plugins: Option<&[String]>,
    is_first_start: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in secure_settings::variables(version, environment) {
        let Some(variable) = environment.get(&name) else { continue };
        findings.extend(template::unusable(&name, variable));
        let is_empty = environment.text(&name).is_some_and(str::is_empty);
        if is_version_known && !is_empty {
            findings.extend(secure_settings::check(&name, version, plugins));
        }
    }
    let token = environment.text("ENROLLMENT_TOKEN").filter(|token| !token.is_empty());
    if let Some(token) = token.filter(|_| is_first_start && generation(version).configures_security) {
        findings.extend(secure_settings::enrollment_token(token));
    }
    findings
}

/// What keeps this start, or the server, from using the keystore.
fn check(version: Version, keystore: &KeystoreFacts) -> Option<Finding> {
    let name = version.name();
    let path = keystore.source.display();
    let corrupt = |what: &str| {
        let message = format!("`{path}` {what}: {name} refuses to start");
        let help = "restore it from a backup, or remove it: the server makes a new one, without the secrets of this one";
        Some(Finding::error("keystore/corrupt", message).help(help))
    };
    // They all are for the same reason.
    let asked = keystore.entries.first().map(|entry| entry.variable.as_str());
    match &keystore.found {
        Found::Unreadable(Unreadable::Other) => corrupt("is no keystore"),
        Found::Unreadable(Unreadable::Damaged) => corrupt("is damaged, cut off or changed"),
        Found::Other(other) => corrupt(&format!("is another product's `{other}`")),
        Found::Closed { format, .. } if format.number > generation(version).keystore_formats.1 => {
            Some(newer(version, &path.to_string(), format.number))
        }
        Found::Unreadable(Unreadable::Format(number)) => {
            let newest = generation(version).keystore_formats.1;
            if *number > newest {
                return Some(newer(version, &path.to_string(), *number));
            }
            let variable = asked?;
            let message = format!(
                "`{path}` has format {number}, which cannot be written here: `{variable}` cannot become an entry"
            );
            let tool = generation(version).keystore.unwrap_or_default().replace('.', "-");
            let help = format!(
                "put the secret there with the distribution's own tool, `bin/{tool} add`, and unset {variable}"
            );
            Some(Finding::error("keystore/unknown-format", message).variable(variable).help(help))
        }
        Found::WrongPassword => {
            let message = format!("`{KEYSTORE_PASSWORD}` does not open `{path}`");
            Some(Finding::error("keystore/wrong-password", message).variable(KEYSTORE_PASSWORD).help(format!(
                "set {KEYSTORE_PASSWORD} to the password that the keystore was given, or restore the keystore of that password"
            )))
        }
        Found::Closed { is_protected: true, .. } => {
            let (why, or) = match asked {
                Some(variable) => (format!("`{variable}` cannot become an entry"), ""),
                None if keystore.has_no_input => (
                    format!("{name} asks for it on its standard input, which is `/dev/null`, and ends"),
                    "; `docker run -it` asks whoever starts it",
                ),
                None => return None,
            };
            let message = format!("`{path}` has a password, and `{KEYSTORE_PASSWORD}` is not set: {why}");
            let help = format!(
                "set {KEYSTORE_PASSWORD}, or {KEYSTORE_PASSWORD}_FILE to a file with the password{or}"
            );
            Some(Finding::error("keystore/wrong-password", message).variable(KEYSTORE_PASSWORD).help(help))
        }
        Found::Nothing | Found::Unknown | Found::Closed { .. } | Found::Open(_) => None,
    }
}

fn newer(version: Version, path: &str, number: u32) -> Finding {
    let message = format!(
        "`{path}` has format {number}, which a later version wrote: {} cannot read it and refuses to start",
        version.name()
    );
    let help = "start the version that wrote it, or restore the keystore of this one from a backup";
    Finding::error("keystore/unknown-format", message).help(help)
}
