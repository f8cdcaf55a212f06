use diagnostics::{Secrets, Source, Span};
use template::{Item, Setting, Settings};

use super::*;
use crate::access::Owner;
use crate::jvm_arguments::{Argument, Origin};

const SIX: Version = Version::elasticsearch(6, 8, 23);
const SEVEN: Version = Version::elasticsearch(7, 17, 29);
const EIGHT: Version = Version::elasticsearch(8, 19, 4);

fn span() -> Span {
    Span::new(&Source::new("elasticsearch.yml", "key: value\n", Secrets::none), 5..10)
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let setting = |(key, text): &(&str, &str)| Setting::of_text(*key, *text, span());
    Settings { entries: pairs.iter().map(setting).collect(), ..Settings::default() }
}

fn named(version: Version, pairs: &[(&str, &str)]) -> Vec<String> {
    let named = of_settings(version, &settings(pairs));
    named.iter().map(|it| format!("{} {} {:?}", it.severity.word(), it.path.display(), it.used)).collect()
}

#[test]
fn which_settings_count() {
    let transport = "xpack.security.transport.ssl.certificate";
    let on = ("xpack.security.transport.ssl.enabled", "true");
    // Up to 7.x only what is certainly opened.
    assert_eq!(named(SEVEN, &[(transport, "a.crt")]), [""; 0]);
    assert_eq!(named(SEVEN, &[(transport, "a.crt"), on]), ["error a.crt Read"]);
    assert_eq!(named(SEVEN, &[(transport, "a.crt"), on, ("xpack.security.enabled", "false")]), [""; 0]);
    // Later, everything is: tried.
    assert_eq!(
        named(EIGHT, &[(transport, "a.crt"), ("xpack.security.enabled", "false")]),
        ["error a.crt Read"]
    );
    assert_eq!(named(EIGHT, &[(transport, "${env.X}")]), [""; 0]);
    let realm = "xpack.security.authc.realms.ldap.l1";
    let file = format!("{realm}.ssl.truststore.path");
    let enabled = format!("{realm}.enabled");
    assert_eq!(named(SEVEN, &[(&file, "/t.p12")]), ["warning /t.p12 Read"]);
    assert_eq!(named(SEVEN, &[(&file, "/t.p12"), (&enabled, "false")]), [""; 0]);
    assert_eq!(named(EIGHT, &[(&file, "/t.p12"), (&enabled, "false")]), ["error /t.p12 Read"]);
    let metadata = "xpack.security.authc.realms.saml.s.idp.metadata.path";
    assert_eq!(named(EIGHT, &[(metadata, "https://idp/x.xml")]), [""; 0]);
    assert_eq!(named(EIGHT, &[(metadata, "x.xml")]), ["error x.xml Read"]);
    assert_eq!(named(EIGHT, &[(metadata, "x.xml"), ("xpack.security.enabled", "false")]), [""; 0]);
    assert_eq!(
        named(SIX, &[("path.repo", "/a,/b")]),
        ["error /a MakeAndWriteInto", "error /b MakeAndWriteInto"]
    );
    assert_eq!(named(EIGHT, &[("path.repo", "/a")]), ["warning /a MakeAndWriteInto"]);
    let opensearch = Version::opensearch(2, 19, 6);
    let pem = |area: &str| format!("plugins.security.ssl.{area}.pemcert_filepath");
    assert_eq!(
        named(opensearch, &[(&pem("transport"), "a.pem"), (&pem("http"), "b.pem")]),
        ["error a.pem Read"]
    );
    assert_eq!(
        named(opensearch, &[(&pem("http"), "b.pem"), ("plugins.security.ssl.http.enabled", "true")]),
        ["error b.pem Read"]
    );
    assert_eq!(
        named(opensearch, &[(&pem("transport"), "a.pem"), ("plugins.security.disabled", "true")]),
        [""; 0]
    );
    assert_eq!(named(opensearch, &[(transport, "a.crt"), on]), [""; 0]);
}

/// Those of realms were tried on 8.19.
#[test]
fn files_of_realms_profiles_and_plugins() {
    let realm = |key: &str| format!("xpack.security.authc.realms.{key}");
    for (key, severity) in [
        ("kerberos.k.keytab.path", "error"),
        ("jwt.j.pkc_jwkset_path", "error"),
        ("pki.p.truststore.path", "error"),
        ("pki.p.certificate_authorities", "error"),
        ("saml.s.idp.metadata.path", "error"),
        ("saml.s.signing.key", "warning"),
        ("oidc.o.op.jwkset_path", "warning"),
        ("ldap.l.files.role_mapping", "warning"),
    ] {
        let key = realm(key);
        assert_eq!(named(EIGHT, &[(&key, "x")]), [format!("{severity} x Read")], "{key}");
        assert_eq!(named(EIGHT, &[(&key, "https://x/y")]), [""; 0], "{key}");
        assert_eq!(named(EIGHT, &[(&key, "x"), ("xpack.security.enabled", "false")]), [""; 0], "{key}");
        assert_eq!(named(SEVEN, &[(&key, "x")]), ["warning x Read"], "{key}");
    }
    let off = (&*realm("kerberos.k.enabled"), "false");
    assert_eq!(named(EIGHT, &[(&realm("kerberos.k.keytab.path"), "x"), off]), [""; 0]);
    let profile = "transport.profiles.client.xpack.security.ssl.key";
    assert_eq!(named(EIGHT, &[(profile, "c.key")]), ["error c.key Read"]);
    assert_eq!(named(SIX, &[("xpack.ssl.key", "c.key")]), ["warning c.key Read"]);
    // A token has no file.
    let store = "xpack.security.http.ssl.keystore";
    let path = format!("{store}.path");
    assert_eq!(named(EIGHT, &[(&path, "NONE"), (&format!("{store}.type"), "PKCS11")]), [""; 0]);
    let guard = "searchguard.ssl.transport.keystore_filepath";
    assert_eq!(named(SIX, &[(guard, "n.jks")]), ["error n.jks Read"]);
    assert_eq!(named(SIX, &[(guard, "n.jks"), ("searchguard.disabled", "true")]), [""; 0]);
    // Without the plugin nobody reads it.
    assert_eq!(named(Version::elasticsearch(2, 3, 4), &[(guard, "n.jks")]), [""; 0]);
    let keytab = "plugins.security.kerberos.acceptor_keytab_filepath";
    assert_eq!(named(Version::opensearch(2, 19, 6), &[(keytab, "k")]), ["warning k Read"]);
    assert_eq!(named(EIGHT, &[(keytab, "k")]), [""; 0]);
}

#[test]
fn files_of_old_versions() {
    let two = Version::elasticsearch(2, 3, 4);
    let synonyms = ("index.analysis.filter.s.synonyms_path", "analysis/s.txt");
    assert_eq!(named(two, &[synonyms]), ["warning analysis/s.txt Read"]);
    assert_eq!(named(SIX, &[synonyms]), [""; 0]);
    // The server makes its directory.
    assert_eq!(named(SIX, &[("pidfile", "/run/es/es.pid")]), ["error /run/es MakeAndWriteInto"]);
    assert_eq!(named(SEVEN, &[("node.pidfile", "run/es.pid")]), ["error run MakeAndWriteInto"]);
}

fn argument(text: &str) -> Argument {
    Argument::new(text, Origin::Variable("ES_JAVA_OPTS"))
}

#[test]
fn which_options_count() {
    let found = |java, texts: &[&str]| -> Vec<String> {
        let arguments: Vec<Argument> = texts.iter().map(|text| argument(text)).collect();
        let named = of_arguments(&arguments, Some(java));
        named.iter().map(|it| format!("{} {} {:?}", it.severity.word(), it.path.display(), it.used)).collect()
    };
    for (java, option, expected) in [
        (17, "-javaagent:/a.jar=port=1", &["error /a.jar Read"][..]),
        (17, "-agentpath:/a.so", &["error /a.so Read"]),
        (17, "-agentlib:jdwp=transport=dt_socket", &[]),
        (17, "-Xlog:gc*,safepoint:file=/l/gc.log:utctime:filecount=2", &["error /l WriteInto"]),
        (17, "-Xlog:gc:/l/gc.log", &["error /l WriteInto"]),
        (17, "-Xlog:gc:stdout:time", &[]),
        (17, "-Xlog:gc", &[]),
        (17, "-Xlog:disable", &[]),
        (17, "-Xloggc:gc.log", &["error . WriteInto"]),
        (8, "-Xloggc:/l/gc.log", &["warning /l WriteInto"]),
        (17, "-XX:HeapDumpPath=/d/%p.hprof", &["warning /d Write"]),
        (17, "-Djavax.net.ssl.trustStore=/t.jks", &["warning /t.jks Read"]),
        (17, "-Djavax.net.ssl.keyStore=NONE", &[]),
        (17, "-Dany=/path", &[]),
    ] {
        assert_eq!(found(java, &[option]), expected, "{option}");
    }
    // The last one counts; agents add up.
    let twice = ["-XX:HeapDumpPath=/a", "-XX:HeapDumpPath=/b", "-javaagent:/a.jar", "-javaagent:/b.jar"];
    assert_eq!(found(17, &twice), ["warning /b Write", "error /a.jar Read", "error /b.jar Read"]);
}

/// `severity code setting: message | help`.
fn told(version: Version, named: &[Named], state: &State) -> Vec<String> {
    let unusable: Vec<Unusable> = named
        .iter()
        .map(|it| Unusable { named: it.clone(), path: Path::new("/c").join(&it.path), state: state.clone() })
        .collect();
    let findings = check(&Inputs {
        version,
        server_uid: 1000,
        config_dir: Some(Path::new("/c")),
        effective_config_dir: Some(Path::new("/run/es/config")),
        unusable: &unusable,
        agents: &[],
    });
    findings
        .iter()
        .map(|it| format!("{} {}: {} | {}", it.severity.word(), it.code, it.message, it.help_text().unwrap()))
        .collect()
}

const KEY: &str = "xpack.security.transport.ssl.key";

fn of_key(text: &str) -> Vec<Named> {
    of_settings(EIGHT, &settings(&[(KEY, text)]))
}

#[test]
fn what_is_said() {
    let closed =
        |path: &str| Closed::Mode { path: path.into(), owner: Owner { uid: 0, gid: 0, mode: 0o600 } };
    let named = of_key("certs/es.key");
    assert_eq!(
        told(EIGHT, &named, &State::Missing),
        [
            "error files/missing: `/c/certs/es.key`, which `xpack.security.transport.ssl.key` names, is not there | the server does not start without it: mount it, or correct the path; a name without `/` at its start is below the configuration directory `/c`"
        ]
    );
    assert_eq!(
        told(EIGHT, &named, &State::Closed(closed("/c/certs/es.key"))),
        [
            "error files/unreadable: user 1000 cannot read `/c/certs/es.key`, which `xpack.security.transport.ssl.key` names: `/c/certs/es.key` belongs to 0:0 with mode 0600 | the server does not start without it: `chmod a+r /c/certs/es.key` or `chown 1000 /c/certs/es.key`; for a mounted ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`"
        ]
    );
    let repository = of_settings(SEVEN, &settings(&[("path.repo", "/backup")]));
    assert_eq!(
        told(SEVEN, &repository, &State::CannotBeMade(closed("/"))),
        [
            "error files/missing: the directory `/backup`, which `path.repo` names, is not there, and user 1000 cannot make it: `/` belongs to 0:0 with mode 0600 | the server does not start without it: mount it, or make it in the image and give it to that user: `chown 1000`"
        ]
    );
    assert_eq!(
        told(SEVEN, &repository, &State::NotWritable(closed("/backup"))),
        [
            "warning files/unreadable: user 1000 cannot write to `/backup`, which `path.repo` names: `/backup` belongs to 0:0 with mode 0600 | what the server writes to it would fail: `chmod a+rwx /backup` or `chown 1000 /backup`; for a mounted ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`"
        ]
    );
}

#[test]
fn outside_of_what_the_policy_allows() {
    let message = |path: &str, version: &str, help: &str| {
        format!(
            "error files/outside: `{path}`, which `{KEY}` names, is outside of what Elasticsearch {version} may read | the server \
             does not start without it: {help}"
        )
    };
    let on = [(KEY, "/certs/es.key"), ("xpack.security.transport.ssl.enabled", "true")];
    assert_eq!(
        told(SEVEN, &of_settings(SEVEN, &settings(&on)), &State::Outside),
        [message(
            "/certs/es.key",
            "7.17.29",
            "set JAVA_POLICY_READ=/certs, or mount it below the configuration directory"
        )]
    );
    assert_eq!(
        told(EIGHT, &of_key("/certs/es.key"), &State::Outside),
        [message(
            "/certs/es.key",
            "8.19.4",
            "mount it below the configuration directory: no policy file is consulted by this version"
        )]
    );
    // In the directory that is copied.
    assert_eq!(
        told(EIGHT, &of_key("/c/certs/es.key"), &State::Outside),
        [message(
            "/c/certs/es.key",
            "8.19.4",
            "the server gets a copy of the configuration: name the file relative to it, `certs/es.key`"
        )]
    );
}

/// One place, with all that name the file.
#[test]
fn a_file_that_several_settings_name() {
    let item = |text: &str| Item { text: text.to_owned(), span: span(), is_null: false, variable: None };
    let list = Setting::of_list(
        "xpack.security.http.ssl.certificate_authorities",
        vec![item("ca.crt"), item("other.crt")],
        span(),
    );
    let mut settings = settings(&[("xpack.security.transport.ssl.certificate_authorities", "ca.crt")]);
    settings.entries.push(list);
    let found = told(EIGHT, &of_settings(EIGHT, &settings), &State::Missing);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].ends_with("; `xpack.security.http.ssl.certificate_authorities` names it in line 1"),
        "{found:?}"
    );
}

/// A variable may hold anything.
#[test]
fn what_may_be_a_secret_is_not_shown() {
    for setting in [
        Setting::of_text(KEY, "hunter2/x", span()).from_variable("TLS_KEY"),
        Setting::of_text(KEY, "MIIEvQIBADANBgkqhkiG9w0+=", span()),
    ] {
        let settings = Settings { entries: vec![setting], ..Settings::default() };
        for state in [
            State::Missing,
            State::Outside,
            State::Closed(Closed::System { path: "/c/hunter2/x".into(), words: "no".into() }),
        ] {
            let found = told(EIGHT, &of_settings(EIGHT, &settings), &state).concat();
            assert!(found.contains(KEY) && !found.contains("hunter2") && !found.contains("MIIE"), "{found}");
        }
    }
    let arguments = [argument("-javaagent:/nowhere/token=x.jar")];
    assert!(of_arguments(&arguments, Some(17))[0].place.is_hidden);
}

#[test]
fn grants_for_agents() {
    let jar = Path::new("/opt/agents/jmx.jar");
    let all = "{ permission java.security.AllPermission; };";
    for (base, expected) in [
        ("file:/opt/agents/jmx.jar", true),
        ("file:///opt/agents/jmx.jar", true),
        ("file:/opt/agents/-", true),
        ("file:/opt/-", true),
        ("file:/opt/agents/*", true),
        ("file:${agents}/-", true),
        ("file:/opt/*", false),
        ("file:/opt/other/-", false),
        ("http://x/", false),
    ] {
        assert_eq!(covers(format!("grant codeBase \"{base}\" {all}").as_bytes(), jar), expected, "{base}");
    }
    assert!(covers(format!("grant {all}").as_bytes(), jar));
    assert!(!covers(b"grant { permission java.io.FilePermission \"/opt/-\", \"read\"; };", jar));
    assert!(!covers(format!("grant codeBase \"file:/opt/-\" {all} grant {{").as_bytes(), jar));
    let agents = agents(&[argument("-javaagent:/a.jar=1"), argument("-javaagent:relative.jar")]);
    let paths: Vec<&Path> = agents.iter().map(|agent| agent.path.as_path()).collect();
    assert_eq!(paths, [Path::new("/a.jar")]);
}
