//! Variables that become entries of the keystore: the password of `elastic`, as the entrypoint of Elasticsearch's images has
//! it, and any secure setting.

use std::collections::BTreeSet;

use crate::base64::base64;
use crate::generation::generation;
use crate::launch::variables::decode;
use crate::settings::catalogue::{self, Kind};
use crate::settings::life::State;
use crate::slip::is_slip;
use crate::version::Version;
use diagnostics::Finding;
use template::{Environment, Settings};

/// What the name of a variable begins with that becomes an entry.
pub const PREFIX: &str = "ES_KEYSTORE_";
/// The password of the user `elastic`, until it is changed.
pub const ELASTIC_PASSWORD: &str = "ELASTIC_PASSWORD";
/// What opens the keystore.
pub const KEYSTORE_PASSWORD: &str = "KEYSTORE_PASSWORD";
/// The entry for the password of `elastic`.
pub const BOOTSTRAP_PASSWORD: &str = "bootstrap.password";
/// What tools of an installation with security are called; the official entrypoint looks for this one.
pub const SECURITY_TOOL: &str = "bin/elasticsearch-users";

/// The entry that a variable of that name becomes.
pub fn entry_of(name: &str) -> Option<String> {
    name.strip_prefix(PREFIX).filter(|rest| !rest.is_empty()).map(decode)
}

/// The variables of the keystore that the version has a use for, without `_FILE`.
pub fn variables(version: Version, environment: &Environment) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if generation(version).keystore_formats.0 == 0 {
        return names;
    }
    names.insert(KEYSTORE_PASSWORD.to_owned());
    if !version.is_opensearch() {
        names.insert(ELASTIC_PASSWORD.to_owned());
    }
    let given = environment.in_process(|name| name.starts_with(PREFIX));
    let given = given
        .into_iter()
        .filter(|(name, value)| !template::is_of_service(name, value.to_str().unwrap_or_default()));
    names.extend(given.map(|(name, _)| base(name).to_owned()).filter(|name| name.len() > PREFIX.len()));
    names
}

/// The name without `_FILE`. Settings may end like that: `…_CREDENTIALS__FILE` is `….credentials_file`.
pub fn base(name: &str) -> &str {
    name.strip_suffix("_FILE").filter(|base| !base.ends_with('_')).unwrap_or(name)
}

/// Whether the password of `elastic` matters: where security is switched off, nothing knows it.
pub fn has_security(settings: &Settings) -> bool {
    settings.text("xpack.security.enabled") != Some("false")
}

/// What is certainly no secure setting of that version: it refuses to start with such an entry. `plugins` are those that are
/// installed, where that is known; each may have secure settings of its own.
pub fn check(variable: &str, version: Version, plugins: Option<&[String]>) -> Option<Finding> {
    let key = entry_of(variable)?;
    let help = problem(&key, version, plugins)?;
    let message = format!(
        "`{variable}` would become `{key}` in the keystore, which is no secure setting: {} refuses to start",
        version.name()
    );
    Some(Finding::error("keystore/unknown-setting", message).variable(variable).help(help))
}

fn problem(key: &str, version: Version, plugins: Option<&[String]>) -> Option<String> {
    if key == "passphrase" {
        return Some(format!("set {KEYSTORE_PASSWORD} to what opens the keystore"));
    }
    let row = catalogue::find(key);
    let is_xpack = key.starts_with("xpack.") && key.contains(".secure_");
    match row {
        Some(row) if row.kind == Kind::Secure => {
            return matches!(row.state(version), State::Removed | State::NotYet)
                .then(|| row.help(row.state(version), version));
        }
        Some(_) if is_xpack && !version.is_opensearch() => return None,
        Some(row) if row.name == key && matches!(row.state(version), State::Present | State::Deprecated) => {
            let file = generation(version).main_file;
            return Some(format!("unset it, and write `{key}` into `{file}`"));
        }
        Some(_) | None => {}
    }
    let near = catalogue::secure_names().find(|known| is_slip(key, known));
    if let Some(near) = near {
        let name = near.replace('_', "__").replace('.', "_").to_ascii_uppercase();
        return Some(format!("did you mean {PREFIX}{name}?"));
    }
    let is_nobodys = row.is_none() && !catalogue::is_namespace(key) && plugins.is_some_and(<[_]>::is_empty);
    (is_nobodys || !key.contains('.')).then(|| {
        "a name has `_` for each dot and `__` for each `_`: `s3.client.default.access_key` is \
         ES_KEYSTORE_S3_CLIENT_DEFAULT_ACCESS__KEY"
            .to_owned()
    })
}

/// The token with which a node enrols itself in a cluster: where it is certainly none, the launcher would refuse it.
pub fn enrollment_token(token: &str) -> Option<Finding> {
    let token = token.trim();
    // The launcher takes both alphabets, and nothing between the letters.
    let letters = token.replace('-', "+").replace('_', "/");
    let text = base64(&letters).filter(|_| !token.contains(char::is_whitespace));
    let names = ["\"ver\"", "\"adr\"", "\"fgr\"", "\"key\""];
    let is_token = text.is_some_and(|text| {
        let text = String::from_utf8_lossy(&text).into_owned();
        text.trim_start().starts_with('{') && names.iter().all(|name| text.contains(name))
    });
    (!is_token).then(|| {
        let message = "`ENROLLMENT_TOKEN` is no enrollment token: the node could not join its cluster";
        Finding::error("env/enrollment-token", message).variable("ENROLLMENT_TOKEN").help(
            "make one on a node of that cluster, `bin/elasticsearch-create-enrollment-token -s node`, and set the whole text",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: Version = Version::elasticsearch(8, 19, 21);

    #[test]
    fn names_of_variables() {
        let environment: Environment = [
            ("ES_KEYSTORE_S3_CLIENT_DEFAULT_ACCESS__KEY_FILE", "/a"),
            ("ES_KEYSTORE_GCS_CLIENT_DEFAULT_CREDENTIALS__FILE", "{}"),
            ("ES_KEYSTORE_SERVICE_HOST", "10.0.0.1"),
            ("ES_KEYSTORE_PORT", "tcp://10.0.0.1:80"),
            ("ES_KEYSTORE_PORT_80_TCP_PROTO", "tcp"),
            ("ES_KEYSTORE_", "x"),
        ]
        .into_iter()
        .collect();
        let names = |version| variables(version, &environment).into_iter().collect::<Vec<_>>();
        let own = [
            "ES_KEYSTORE_GCS_CLIENT_DEFAULT_CREDENTIALS__FILE",
            "ES_KEYSTORE_S3_CLIENT_DEFAULT_ACCESS__KEY",
            "KEYSTORE_PASSWORD",
        ];
        assert_eq!(names(Version::opensearch(2, 19, 6)), own);
        assert_eq!(names(EIGHT), [&["ELASTIC_PASSWORD"], &own[..]].concat());
        assert_eq!(names(Version::elasticsearch(6, 7, 2)), [""; 0]);
        assert_eq!(entry_of(own[0]).as_deref(), Some("gcs.client.default.credentials_file"));
        assert_eq!(entry_of(own[1]).as_deref(), Some("s3.client.default.access_key"));
        assert_eq!((entry_of("ES_KEYSTORE_"), entry_of("ES_KEYSTOREX")), (None, None));
    }

    #[test]
    fn what_is_no_secure_setting() {
        let found = |key: &str, version: Version, plugins: Option<&[String]>| problem(key, version, plugins);
        let none: &[String] = &[];
        for key in [
            "bootstrap.password",
            "s3.client.backup.access_key",
            "xpack.security.http.ssl.keystore.secure_password",
            "xpack.notification.email.account.work.smtp.secure_password",
            "cluster.remote.other.credentials",
            "azure.client.default.unheard_of",
        ] {
            assert_eq!(found(key, EIGHT, Some(none)), None, "{key}");
        }
        for (key, expected) in [
            ("cluster.name", "unset it, and write `cluster.name` into `elasticsearch.yml`"),
            ("bootstrap.pasword", "did you mean ES_KEYSTORE_BOOTSTRAP_PASSWORD?"),
            ("passphrase", "set KEYSTORE_PASSWORD to what opens the keystore"),
        ] {
            assert_eq!(found(key, EIGHT, Some(none)).as_deref(), Some(expected), "{key}");
        }
        assert!(found("nonsense", EIGHT, None).is_some());
        assert!(found("my.plugin.secret", EIGHT, Some(none)).is_some());
        for plugins in [None, Some(&["mine".to_owned()][..])] {
            assert_eq!(found("my.plugin.secret", EIGHT, plugins), None);
        }
    }

    #[test]
    fn tokens() {
        // {"ver":"8.14.0","adr":["172.17.0.2:9200"],"fgr":"ab","key":"x:y"}
        let token =
            "eyJ2ZXIiOiI4LjE0LjAiLCJhZHIiOlsiMTcyLjE3LjAuMjo5MjAwIl0sImZnciI6ImFiIiwia2V5IjoieDp5In0=";
        assert_eq!(enrollment_token(token), None);
        assert_eq!(enrollment_token(&format!(" {token}\n")), None);
        for token in ["abcdef", "", "not base64!", "e30=", &token[..20]] {
            assert!(enrollment_token(token).is_some(), "{token}");
        }
    }
}
