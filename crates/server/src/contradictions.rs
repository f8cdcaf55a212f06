//! Variables that say different things about the same, or of which one is nothing without the other.

use std::collections::BTreeSet;

use crate::generation::generation;
use crate::launch::official::{SECURITY as OPENSEARCH_PLUGIN, has_plugin};
use crate::roles::{BOOLEANS, boolean, is_known, is_several, lists};
use crate::version::Version;
use diagnostics::Finding;
use template::{Content, Environment, Origin};

const CODE: &str = "env/contradiction";

/// `referenced` are the names that the configuration refers to, and those from which others follow; `plugins` those that are
/// installed, where that is known.
pub fn check(
    version: Version,
    environment: &Environment,
    referenced: &BTreeSet<String>,
    plugins: Option<&[String]>,
) -> Vec<Finding> {
    let given = |name: &str| -> Option<&str> {
        let variable = environment.get(name).filter(|_| referenced.contains(name))?;
        match (&variable.content, &variable.origin) {
            (_, Origin::Derived(_)) => None,
            (Content::Text(text), _) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    };
    let mut findings = Vec::new();
    if let (Some(hosts), Some(older)) = (given("DISCOVERY_HOSTS"), given("UNICAST_HOSTS"))
        && elements(hosts) != elements(older)
    {
        let message = "`DISCOVERY_HOSTS` and `UNICAST_HOSTS` name different hosts".to_owned();
        findings.push(Finding::warning(CODE, message).variable("UNICAST_HOSTS").help(
            "unset UNICAST_HOSTS: it is the older name of DISCOVERY_HOSTS, which counts where both are set",
        ));
    }
    let has_list = generation(version).roles.has_list();
    // The booleans that follow from the list would say of a name that is none that the node is nothing of all this.
    if let Some(roles) = given("NODE_ROLES").filter(|_| !has_list)
        && BOOLEANS.iter().any(|(name, _)| referenced.contains(*name) && given(name).is_none())
        && let Some(wrong) = elements(roles).into_iter().find(|role| !is_known(role))
    {
        let is_shown =
            environment.get("NODE_ROLES").is_some_and(|it| !it.secret) && !wrong.contains(['`', '\n']);
        let shown = if is_shown { format!("`{wrong}`") } else { "a name".to_owned() };
        let message = format!("{shown} in `NODE_ROLES` is no role");
        let help = if is_several(wrong) {
            "only commas divide roles: write one between each two of them"
        } else {
            "there are master, data and ingest, and the roles of later versions, which say nothing here"
        };
        findings.push(Finding::error("settings/invalid-value", message).variable("NODE_ROLES").help(help));
    }
    for (name, role) in BOOLEANS {
        let Some(text) = given(name) else { continue };
        match (boolean(text), given("NODE_ROLES")) {
            (None, None) if has_list => {
                let message = format!("`{name}` is neither true nor false");
                findings.push(Finding::error("settings/boolean", message).variable(name).help(format!(
                    "write {name}=true or {name}=false: the roles of this node follow from it"
                )));
            }
            (Some(has), Some(roles)) if has != lists(roles, role) => {
                let counts = if has_list { "NODE_ROLES" } else { name };
                let message =
                    format!("`NODE_ROLES` and `{name}` say different things about the role `{role}`");
                let help = format!("unset one of them: {counts} counts where both are set");
                findings.push(Finding::warning(CODE, message).variable(name).help(help));
            }
            _ => {}
        }
    }
    if version.is_opensearch()
        && plugins.is_some_and(|plugins| !has_plugin(plugins))
        && given("SECURITY_ENABLED").and_then(boolean) == Some(true)
    {
        let message = "`SECURITY_ENABLED` is true, and the plugin of security is not installed".to_owned();
        findings.push(Finding::error(CODE, message).variable("SECURITY_ENABLED").help(format!(
            "everybody who reaches this node may do everything: use an image with `{OPENSEARCH_PLUGIN}`, or unset \
             SECURITY_ENABLED"
        )));
    }
    for layer in ["TRANSPORT", "HTTP"] {
        let [certificate, key, authorities] =
            ["CERTIFICATE", "KEY", "CA"].map(|part| format!("{layer}_TLS_{part}"));
        let is_read = |name: &String| {
            let is_unset = environment
                .get(name)
                .is_none_or(|it| matches!(&it.content, Content::Text(text) if text.trim().is_empty()));
            is_unset && referenced.contains(name)
        };
        let message = |one: &String, other: &String| format!("`{one}` is set, and `{other}` is not");
        if given(&certificate).is_some() && is_read(&key) {
            let help = format!("set {key} to the file with the private key of that certificate");
            findings
                .push(Finding::error(CODE, message(&certificate, &key)).variable(&certificate).help(help));
        }
        if let Some(other) = [&key, &authorities].into_iter().find(|name| given(name).is_some())
            && is_read(&certificate)
        {
            let help =
                format!("set {certificate} to the file with the certificate: without it TLS stays off");
            findings.push(Finding::error(CODE, message(other, &certificate)).variable(other).help(help));
        }
    }
    findings
}

fn elements(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|host| !host.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `code variable: message | help`.
    fn found(version: Version, pairs: &[(&str, &str)]) -> Vec<String> {
        let environment: Environment = pairs.iter().copied().collect();
        let referenced = pairs.iter().map(|(name, _)| (*name).to_owned());
        let read = ["TRANSPORT_TLS_CERTIFICATE", "TRANSPORT_TLS_KEY", "TRANSPORT_TLS_CA"].map(str::to_owned);
        let findings = check(version, &environment, &referenced.chain(read).collect(), Some(&[]));
        let line = |it: &Finding| {
            let (variable, help) = (it.variable.as_deref().unwrap(), it.help.as_deref().unwrap());
            format!("{} {variable}: {} | {help}", it.code, it.message)
        };
        findings.iter().map(line).collect()
    }

    const TWO: Version = Version::elasticsearch(2, 3, 4);
    const EIGHT: Version = Version::elasticsearch(8, 15, 0);

    #[test]
    fn names_that_are_no_roles() {
        let pairs = |roles| [("NODE_ROLES", roles), ("NODE_MASTER", ""), ("NODE_DATA", "")];
        for (roles, wrong, help) in [
            ("master data", "master data", "only commas divide roles: write one between each two of them"),
            (
                "master, dta",
                "dta",
                "there are master, data and ingest, and the roles of later versions, which say nothing here",
            ),
        ] {
            let expected =
                format!("settings/invalid-value NODE_ROLES: `{wrong}` in `NODE_ROLES` is no role | {help}");
            assert_eq!(found(TWO, &pairs(roles)), [expected]);
            // There the server's own list is judged.
            assert_eq!(found(EIGHT, &pairs(roles)), [""; 0]);
        }
        for roles in ["master,data", "data_hot, ml,,cluster_manager", ""] {
            assert_eq!(found(TWO, &pairs(roles)), [""; 0], "{roles}");
        }
        // Where all three are said, nothing follows from the list.
        let own = [("NODE_ROLES", "web"), ("NODE_MASTER", "false")];
        assert_eq!(found(TWO, &own), [""; 0]);
    }

    #[test]
    fn the_same_said_twice() {
        for pairs in [
            &[("DISCOVERY_HOSTS", "a,b"), ("UNICAST_HOSTS", "a, b")][..],
            &[("DISCOVERY_HOSTS", "a,b"), ("UNICAST_HOSTS", "")],
            &[("NODE_ROLES", "master,ingest"), ("NODE_DATA", "False"), ("NODE_MASTER", "true")],
            &[("NODE_ROLES", "data_hot"), ("NODE_DATA", "true")],
            &[("NODE_DATA", "false")],
        ] {
            assert_eq!(found(EIGHT, pairs), [""; 0], "{pairs:?}");
        }
        assert_eq!(
            found(EIGHT, &[("DISCOVERY_HOSTS", "a,b"), ("UNICAST_HOSTS", "a")]),
            [
                "env/contradiction UNICAST_HOSTS: `DISCOVERY_HOSTS` and `UNICAST_HOSTS` name different hosts | unset \
                 UNICAST_HOSTS: it is the older name of DISCOVERY_HOSTS, which counts where both are set"
            ]
        );
        for (version, counts) in [(TWO, "NODE_DATA"), (EIGHT, "NODE_ROLES")] {
            assert_eq!(
                found(version, &[("NODE_ROLES", "master"), ("NODE_DATA", "true")]),
                [format!(
                    "env/contradiction NODE_DATA: `NODE_ROLES` and `NODE_DATA` say different things about the role `data` | \
                     unset one of them: {counts} counts where both are set"
                )]
            );
        }
    }

    #[test]
    fn what_no_roles_follow_from() {
        assert_eq!(
            found(EIGHT, &[("NODE_DATA", "nope")]),
            ["settings/boolean NODE_DATA: `NODE_DATA` is neither true nor false | write NODE_DATA=true or \
                 NODE_DATA=false: the roles of this node follow from it"]
        );
        // The value itself is judged there.
        assert_eq!(found(TWO, &[("NODE_DATA", "nope")]), [""; 0]);
    }

    #[test]
    fn security_without_its_plugin() {
        let open = Version::opensearch(2, 19, 6);
        assert_eq!(
            found(open, &[("SECURITY_ENABLED", "True")]),
            [
                "env/contradiction SECURITY_ENABLED: `SECURITY_ENABLED` is true, and the plugin of security is not installed | \
              everybody who reaches this node may do everything: use an image with `opensearch-security`, or unset \
              SECURITY_ENABLED"
            ]
        );
        assert_eq!(found(open, &[("SECURITY_ENABLED", "false")]), [""; 0]);
        assert_eq!(found(EIGHT, &[("SECURITY_ENABLED", "true")]), [""; 0]);
        let environment: Environment = [("SECURITY_ENABLED", "true")].into_iter().collect();
        let read = BTreeSet::from(["SECURITY_ENABLED".to_owned()]);
        for plugins in [None, Some(&["opensearch-security".to_owned()][..])] {
            assert_eq!(check(open, &environment, &read, plugins), []);
        }
    }

    #[test]
    fn halves() {
        let certificate = ("TRANSPORT_TLS_CERTIFICATE", "a.crt");
        assert_eq!(found(EIGHT, &[certificate, ("TRANSPORT_TLS_KEY", "a.key")]), [""; 0]);
        assert_eq!(
            found(EIGHT, &[certificate]),
            [
                "env/contradiction TRANSPORT_TLS_CERTIFICATE: `TRANSPORT_TLS_CERTIFICATE` is set, and `TRANSPORT_TLS_KEY` is \
                 not | set TRANSPORT_TLS_KEY to the file with the private key of that certificate"
            ]
        );
        assert_eq!(
            found(EIGHT, &[("TRANSPORT_TLS_CA", "ca.crt")]),
            [
                "env/contradiction TRANSPORT_TLS_CA: `TRANSPORT_TLS_CA` is set, and `TRANSPORT_TLS_CERTIFICATE` is not | set \
                 TRANSPORT_TLS_CERTIFICATE to the file with the certificate: without it TLS stays off"
            ]
        );
    }
}
