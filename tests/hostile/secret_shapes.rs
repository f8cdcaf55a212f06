//! Secrets that are written into files, in every form that a file has for them: no line with one is ever shown, and the
//! lines beside them still are.

use std::collections::BTreeSet;

use crate::lab::{Lab, ended};

/// Stands in every secret; nothing that is printed may hold it.
const MARK: &str = "SEKRIT";

/// The line with this is to be shown.
const SHOWN: &str = "neighbour: ${UNSET}";
const SHOWN_PROPERTY: &str = "neighbour = ${UNSET}";
const SHOWN_OPTION: &str = "-Dneighbour=${UNSET}";

const YAML: &[&str] = &[
    // On its own line.
    "password: SEKRIT\nneighbour: ${UNSET}\n",
    "auth.token: 'SEKRIT'\nneighbour: ${UNSET}\n",
    "api:\n  key: SEKRIT # ours\n  neighbour: ${UNSET}\n",
    "? password\n: SEKRIT\nneighbour: ${UNSET}\n",
    "\"pass\\u0077ord\": SEKRIT\nneighbour: ${UNSET}\n",
    "password: !!str SEKRIT\nneighbour: ${UNSET}\n",
    "password: ${PREFIX:-}SEKRIT\nneighbour: ${UNSET}\n",
    "password: ab${SEKRIT!x}\nneighbour: ${UNSET}\n",
    // Of several lines.
    "password: \"aaa\n  SEKRIT\"\nneighbour: ${UNSET}\n",
    "password: 'aaa\n  SEKRIT'\nneighbour: ${UNSET}\n",
    "password: \"aaa \\\n  SEKRIT\"\nneighbour: ${UNSET}\n",
    "password: 'it''s\n\n  SEKRIT'\nneighbour: ${UNSET}\n",
    "password: aaa\n  SEKRIT\n  bbb\nneighbour: ${UNSET}\n",
    "password:\n  aaa\n  SEKRIT\nneighbour: ${UNSET}\n",
    "password:\n\n  # ours\n  SEKRIT\nneighbour: ${UNSET}\n",
    "password: |\n  aaa\n  SEKRIT\nneighbour: ${UNSET}\n",
    "password: |2-\n\n    SEKRIT\n  aaa\nneighbour: ${UNSET}\n",
    "password: >-\n  aaa\n\n  SEKRIT\nneighbour: ${UNSET}\n",
    "a:\n  password: |\n    aaa\n    SEKRIT\n  neighbour: ${UNSET}\n",
    "password: ${PREFIX:-}\n  SEKRIT\nneighbour: ${UNSET}\n",
    // In braces.
    "a: {password: \"aaa\n  SEKRIT\", x: 1}\nneighbour: ${UNSET}\n",
    "a: {password: \"aaa\n  SEKRIT\", x: \"${UNSET}\"}\nneighbour: ${UNSET}\n",
    "a: {x: 1, password: aaa\n  SEKRIT, y: 2}\nneighbour: ${UNSET}\n",
    "a: {password:\n  SEKRIT}\nneighbour: ${UNSET}\n",
    "a: {\n  \"password\":\n  \"SEKRIT\",\n  \"x\": 2}\nneighbour: ${UNSET}\n",
    "password: [aaa,\n  SEKRIT]\nneighbour: ${UNSET}\n",
    // Lists and mappings.
    "passwords:\n- aaa\n- SEKRIT\nneighbour: ${UNSET}\n",
    "passwords:\n  - name: aaa\n    text: SEKRIT\nneighbour: ${UNSET}\n",
    "auth:\n  secret:\n    one: SEKRIT\n    two:\n      three: SEKRIT\nneighbour: ${UNSET}\n",
    "xpack.security.authc.realms:\n  ldap:\n    ldap1:\n      bind_password:\n        SEKRIT\nneighbour: ${UNSET}\n",
    "env:\n- name: DB_PASSWORD\n  value: SEKRIT\nneighbour: ${UNSET}\n",
    "env:\n- value: |\n    aaa\n    SEKRIT\n  name: DB_PASSWORD\nneighbour: ${UNSET}\n",
    "args: [--password, SEKRIT]\nneighbour: ${UNSET}\n",
    "args:\n- --api.token\n- SEKRIT\nneighbour: ${UNSET}\n",
    // Named elsewhere.
    "base: &it SEKRIT\npassword: *it\nneighbour: ${UNSET}\n",
    "base: &it\n  a: SEKRIT\nsecret:\n  <<: *it\nneighbour: ${UNSET}\n",
    "base: &it |\n  SEKRIT\npasswords: [*it]\nneighbour: ${UNSET}\n",
    "password: &it SEKRIT\nbase: *it\nneighbour: ${UNSET}\n",
    // Inside of other texts.
    "opts: -Dx.trustStorePassword=SEKRIT\nneighbour: ${UNSET}\n",
    "opts: -Dx.trustStorePassword SEKRIT\nneighbour: ${UNSET}\n",
    "opts: >\n  -Dx.trustStorePassword\n  SEKRIT\nneighbour: ${UNSET}\n",
    "script: |\n  export PASSWORD=\"aaa\n  SEKRIT\"\nneighbour: ${UNSET}\n",
    "script: \"a\\npassword=SEKRIT\"\nneighbour: ${UNSET}\n",
    "json: '{\"password\": \"SEKRIT\"}'\nneighbour: ${UNSET}\n",
    "pem: |\n  -----BEGIN PRIVATE KEY-----\n  SEKRIT\n  -----END PRIVATE KEY-----\nneighbour: ${UNSET}\n",
    "hosts: https://elastic:SEKRIT@host:9200\nneighbour: ${UNSET}\n",
    "a: b # the password is SEKRIT\nneighbour: ${UNSET}\n",
    "# password: aaa\n# SEKRIT\nneighbour: ${UNSET}\n",
    "a: 1 # password: >\n     #  SEKRIT\nneighbour: ${UNSET}\n",
];

/// No YAML: what a value is can only be guessed.
const NO_YAML: &[&str] = &[
    "password: \"aaa\n  SEKRIT\nneighbour: 1\n",
    "password: 'aaa\nSEKRIT\nneighbour: 1\n",
    "password: aaa\nSEKRIT\nneighbour: 1\n",
    "password: aaa\n SEKRIT: bbb: ccc\nneighbour: 1\n",
    "password: \"aaa\"\n  SEKRIT\nneighbour: 1\n",
    "password: |\nSEKRIT\nneighbour: 1\n",
    "ssl.key: -----BEGIN PRIVATE KEY-----\nSEKRIT\n-----END PRIVATE KEY-----\nneighbour: 1\n",
    "a: {password: \"aaa\n SEKRIT\", x: ]\nneighbour: 1\n",
    "a: {password: aaa,\nSEKRIT\nneighbour: 1\n",
    "passwords:\n- aaa\n- SEKRIT: [\n",
    "passwords:\n  - aaa\n- SEKRIT\nneighbour: 1\n",
    "secret:\n  a:\n    \"b\" SEKRIT\nneighbour: 1\n",
    "password:\n\tSEKRIT\nneighbour: 1\n",
    "password: @SEKRIT\nneighbour: 1\n",
    "password: %SEKRIT\nneighbour: 1\n",
    "password: \"aaa\" SEKRIT\nneighbour: 1\n",
    "password: *SEKRIT bbb\nneighbour: 1\n",
    "password: \"\\SEKRIT\"\nneighbour: 1\n",
    "password: aaa\n  SEKRIT\n---\nneighbour: 1\n---\npassword:\n  SEKRIT\n",
    "? password\n: SEKRIT: [\n",
    "# password:\n# SEKRIT\u{1}\nneighbour: 1\n",
    "password: |\n  SEKRIT\u{1}\nneighbour: 1\n",
];

const PROPERTIES: &[&str] = &[
    "db.password = SEKRIT\nneighbour = ${UNSET}\n",
    "db.password SEKRIT\nneighbour = ${UNSET}\n",
    "db.password = aaa\\\n  SEKRIT\nneighbour = ${UNSET}\n",
    "db.password = aaa\\\n\n  bbb\nneighbour = ${UNSET}\n# SEKRIT\n",
    "db.pass\\\n  word = aaa\\\n  SEKRIT\nneighbour = ${UNSET}\n",
    "db.pass\\u0077ord = SEKRIT\nneighbour = ${UNSET}\n",
    "appender.a.url = http://a/?token=aaa\\\n  SEKRIT\nneighbour = ${UNSET}\n",
    "appender.a.auth.name = X-Api-Key\nappender.a.auth.value = SEKRIT\nneighbour = ${UNSET}\n",
    "appender.a.auth.value = SEKRIT\nappender.a.auth.name = X-Api-Key\nneighbour = ${UNSET}\n",
    "property.secret = ${env:A:-SEKRIT}\nneighbour = ${UNSET}\n",
];

const OPTIONS: &[&str] = &[
    "-Djavax.net.ssl.trustStorePassword=SEKRIT\n-Dneighbour=${UNSET}\n",
    "-Djavax.net.ssl.trustStorePassword SEKRIT\n-Dneighbour=${UNSET}\n",
    "-Djavax.net.ssl.trustStorePassword\nSEKRIT\n-Dneighbour=${UNSET}\n",
    "8:-Da=b -Djavax.net.ssl.trustStorePassword SEKRIT -Xmx9z\n-Dneighbour=${UNSET}\n",
    "-Xmx9z -Dstore.password=SEKRIT\n-Dneighbour=${UNSET}\n",
    "-Dproxy=http://a:SEKRIT@b\n-Dneighbour=${UNSET}\n",
];

const TEXTS: &[&str] = &[
    "password = \"aaa\nSEKRIT\"\nneighbour: ${UNSET}\n",
    "export TOKEN=aaa\\\nSEKRIT\nneighbour: ${UNSET}\n",
    "<password>SEKRIT</password>\nneighbour: ${UNSET}\n",
    "<password>\nSEKRIT\n</password>\nneighbour: ${UNSET}\n",
    "[auth.token]\nvalue = SEKRIT\n[other]\nneighbour: ${UNSET}\n",
    "{\"password\":\n\"SEKRIT\"}\nneighbour: ${UNSET}\n",
    "-----BEGIN RSA PRIVATE KEY-----\nSEKRIT\n-----END RSA PRIVATE KEY-----\nneighbour: ${UNSET}\n",
];

const POLICIES: &[&str] = &[
    "// password: aaa\n// SEKRIT\ngrant { permission java.io.FilePermission \"$<UNSET>\", \"read\"; };\n",
    "/* password:\n SEKRIT */ grant { permission java.io.FilePermission \"$<UNSET>\", \"read\"; };\n",
    "keystorePasswordURL\n \"SEKRIT\"; grant { permission java.io.FilePermission \"$<UNSET>\", \"read\"; };\n",
    "grant { permission java.io.FilePermission \"x?password=SEKRIT\", \"write,raed\"; };\n",
];

/// Every command that reads the files, in every form that it has.
const COMMANDS: &[&[&str]] = &[
    &["check", "--log-level", "trace"],
    &["check", "--host", "--es-version", "7.17.0"],
    &["check", "--message-format", "json"],
    &["check", "--message-format", "github"],
    &["check", "--message-format", "sarif"],
    &["explain", "--log-level", "trace", "--log-format", "json"],
    &["explain", "--host", "--message-format", "json"],
    &["policy", "check", "--log-level", "trace"],
    &["policy", "check", "--message-format", "json"],
    &["policy", "check", "--message-format", "github"],
    &["policy", "check", "--message-format", "sarif"],
];

/// The text as it is, and with something wrong beside each mark: the finding is then where the secret is.
fn attacks(text: &str) -> Vec<String> {
    let mut attacks = vec![text.to_owned()];
    for (at, _) in text.match_indices(MARK) {
        for (before, after) in [("${UNSET} ", ""), ("", " ${UNSET}"), ("", "${UNSET")] {
            let (start, end) = (text.get(..at).unwrap(), text.get(at + MARK.len()..).unwrap());
            attacks.push(format!("{start}{before}{MARK}{after}{end}"));
        }
    }
    attacks
}

/// What showed a secret.
#[derive(Default)]
struct Leaks(BTreeSet<String>);

impl Leaks {
    fn look(&mut self, case: &str, words: &[&str], said: &str) {
        if said.contains(MARK) {
            self.0.insert(format!("{case} {}: {said}", words.join(" ")));
        }
    }

    /// All of them in one message.
    fn assert_none(&self) {
        assert!(self.0.is_empty(), "{} leaks: {:#?}", self.0.len(), self.0);
    }
}

/// Runs every command on it; gives what `check` said about the text as it is.
fn attack(lab: &Lab, name: &str, text: &str, leaks: &mut Leaks) -> String {
    let _ = std::fs::remove_dir_all(lab.path("templates"));
    let mut first = None;
    for attack in attacks(text) {
        lab.write(format!("templates/{name}"), &attack);
        for words in COMMANDS {
            let mut command = lab.command(*words);
            command.env("ES_ENTRYPOINT_TEMPLATES", "templates").env("RUST_BACKTRACE", "1");
            let found = ended(command);
            leaks.look(&format!("{name} {text:?}"), words, &found.everything());
            assert!([0, 73, 78].contains(&found.code), "{words:?} {name} {attack:?}: {found:?}");
            first.get_or_insert(found.everything());
        }
        // Its product has the secret: what it says besides must not.
        for words in [&["render", "--log-level", "trace"][..], &["render", "--message-format", "json"]] {
            let mut command = lab.command(words);
            command.arg(lab.path("templates").join(name));
            let found = ended(command);
            leaks.look(&format!("{name} {text:?}"), words, &found.errors);
        }
    }
    first.unwrap()
}

/// All texts for all of these files; where a line is named, it has to be shown.
fn attack_all(name: &str, files: &[(&str, &[&str])], shown: Option<&str>) {
    let lab = Lab::new(name);
    let mut leaks = Leaks::default();
    let mut not_shown = Vec::new();
    for (file, texts) in files {
        for text in *texts {
            let found = attack(&lab, file, text, &mut leaks);
            // The other way to have no leak is to show nothing.
            if shown.is_some_and(|shown| !found.contains(shown)) {
                not_shown.push(format!("{file} {text:?}: {found}"));
            }
        }
    }
    leaks.assert_none();
    assert!(not_shown.is_empty(), "{not_shown:#?}");
}

#[test]
fn of_yaml() {
    attack_all("yaml-secrets", &[("elasticsearch.yml", YAML), ("other.yaml", YAML)], Some(SHOWN));
}

#[test]
fn of_what_is_no_yaml() {
    attack_all("no-yaml-secrets", &[("elasticsearch.yml", NO_YAML)], None);
}

#[test]
fn a_line_of_what_is_no_yaml_is_shown() {
    let lab = Lab::new("no-yaml-shown");
    let mut leaks = Leaks::default();
    for text in [
        "a: b\npassword: SEKRIT\nneighbour: b: c\n",
        "neighbour: b: c\npassword: \"SEKRIT\n",
        "auth:\n  password: |\n    aaa\n    SEKRIT\nneighbour: b: c\n",
        "passwords:\n- SEKRIT\n- 'aaa\n  SEKRIT'\nneighbour: b: c\n",
        "password: \"aaa\n  SEKRIT\"\nneighbour: b: c\n",
    ] {
        let found = attack(&lab, "elasticsearch.yml", text, &mut leaks);
        assert!(found.contains(" | neighbour: b: c"), "{text:?}: {found}");
    }
    leaks.assert_none();
}

#[test]
fn of_properties() {
    attack_all("property-secrets", &[("log4j2.properties", PROPERTIES)], Some(SHOWN_PROPERTY));
}

#[test]
fn of_options() {
    attack_all(
        "option-secrets",
        &[("jvm.options", OPTIONS), ("jvm.options.d/a.options", OPTIONS)],
        Some(SHOWN_OPTION),
    );
}

#[test]
fn of_texts() {
    attack_all("text-secrets", &[("a.txt", TEXTS)], Some(SHOWN));
}

#[test]
fn of_policies() {
    attack_all("policy-secrets", &[("java.policy", POLICIES), ("es.policy", POLICIES)], None);
}

/// Under a name of a secret, what a variable holds is one, whatever the variable is called.
#[test]
fn of_variables() {
    let lab = Lab::new("variable-secrets");
    let mut leaks = Leaks::default();
    for (name, text) in [
        ("elasticsearch.yml", "password: ${PLAIN}\nneighbour: ${UNSET}\n"),
        ("elasticsearch.yml", "passwords: [\"${PLAIN}\", x]\nneighbour: ${UNSET}\n"),
        ("elasticsearch.yml", "auth:\n  secret:\n    a: \"a ${PLAIN}\"\nneighbour: ${UNSET}\n"),
        ("elasticsearch.yml", "base: &it ${PLAIN}\npassword: *it\nneighbour: ${UNSET}\n"),
        ("elasticsearch.yml", "opts: -Dstore.password=${PLAIN}\nneighbour: ${UNSET}\n"),
        ("elasticsearch.yml", "opts: http://a:${PLAIN}@b\nneighbour: ${UNSET}\n"),
        ("log4j2.properties", "password = a \\\n ${PLAIN}\nNEIGHBOUR = ${UNSET}\n"),
        ("jvm.options", "-Dstore.password=${PLAIN}\n-Dx=${UNSET}\n"),
        ("a.txt", "password:\n  ${PLAIN}\nneighbour: ${UNSET}\n"),
    ] {
        let _ = std::fs::remove_dir_all(lab.path("templates"));
        lab.write(format!("templates/{name}"), text);
        for words in COMMANDS {
            let mut command = lab.command(*words);
            command.env("ES_ENTRYPOINT_TEMPLATES", "templates").env("PLAIN", MARK);
            let found = ended(command);
            leaks.look(&format!("{name} {text:?}"), words, &found.everything());
            assert!(words[0] == "policy" || found.everything().contains("UNSET"), "{found:?}");
        }
    }
    leaks.assert_none();
}

/// Variables that hold options for the JVM.
#[test]
fn of_options_in_variables() {
    let lab = Lab::new("java-options");
    let mut leaks = Leaks::default();
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${UNSET}\n");
    for version in ["2.3.4", "5.6.16", "6.8.23", "7.17.0", "8.15.0"] {
        for name in ["ES_JAVA_OPTS", "JAVA_OPTS", "ES_HEAP_SIZE", "ES_GC_OPTS", "ES_USE_GC_LOGGING"] {
            for value in [
                "-Xmx9z -Djavax.net.ssl.trustStorePassword SEKRIT",
                "-Djavax.net.ssl.trustStorePassword SEKRIT -Xmx1g -Xms2g",
                "-Djavax.net.ssl.trustStorePassword=\"SEKRIT -Xmx1g",
                "-Xmx1g$(SEKRIT) -Dstore.password='SEKRIT",
                "-Djava.security.policy=/nowhere -Dstore.password=SEKRIT",
                "-XX:OnError=SEKRIT password",
            ] {
                for words in COMMANDS {
                    let mut command = lab.command(*words);
                    command.args(["--es-version", version]).env(name, value);
                    let found = ended(command);
                    leaks.look(&format!("{version} {name}={value:?}"), words, &found.everything());
                }
            }
        }
    }
    leaks.assert_none();
}

/// A secret that a variable puts into the options of the JVM, under whatever name.
#[test]
fn of_variables_in_options() {
    let lab = Lab::new("secret-options");
    let mut leaks = Leaks::default();
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${UNSET}\n");
    lab.write("home/jdk/bin/java", "#!/bin/sh\n");
    lab.mode("home/jdk/bin/java", 0o755);
    for (name, relative) in [("jvm.options", false), ("jvm.options.d/own.options", true)] {
        for value in ["/nowhere/SEKRIT", "a SEKRIT", "-Dx=SEKRIT"] {
            for option in [
                "-Dfoo=${DB_PASSWORD}",
                "-Dfoo=${A:-${DB_PASSWORD}}",
                "17-:-Dfoo=${DB_PASSWORD}",
                "# ours\n\n-Dfoo=1\n  -Dfoo=${DB_PASSWORD}",
                "-javaagent:${DB_PASSWORD}",
                "-javaagent:/nowhere=${DB_PASSWORD}",
                "-XX:HeapDumpPath=${DB_PASSWORD}",
                "-XX:${DB_PASSWORD}",
                "-Xmx${DB_PASSWORD}",
                "-Xlog:gc*:file=${DB_PASSWORD}",
                "-Djavax.net.ssl.trustStore=${DB_PASSWORD}",
                "-Djava.io.tmpdir=${DB_PASSWORD}",
                "-Djava.security.policy=${DB_PASSWORD}",
                "-Djna.tmpdir=${DB_PASSWORD}",
                "${DB_PASSWORD}",
            ] {
                let _ = std::fs::remove_dir_all(lab.path("home/config/jvm.options.d"));
                lab.write("home/config/jvm.options", "-Xms64m\n");
                lab.write(format!("home/config/{name}"), format!("{option}\n"));
                for version in ["5.6.16", "8.19.21"].iter().filter(|it| !relative || **it != "5.6.16") {
                    for words in COMMANDS {
                        let mut command = lab.command(*words);
                        command.args(["--es-version", *version]).env("DB_PASSWORD", value);
                        command.env("JAVA_HOME", lab.path("home/jdk"));
                        let found = ended(command);
                        let what = format!("{version} {option:?} {value:?}");
                        leaks.look(&what, words, &found.everything());
                    }
                }
            }
        }
    }
    leaks.assert_none();
}

/// A kubeconfig is full of them.
#[test]
fn of_kubeconfigs() {
    let lab = Lab::new("kubeconfig-secrets");
    let mut leaks = Leaks::default();
    lab.write("home/config/elasticsearch.yml", "discovery.type: kubernetes\n");
    let head = "current-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nclusters: [{name: a, cluster: \
                {server: https://a}}]\n";
    for (user, is_found) in [
        ("token: SEKRIT\n    tokenFile: /x\n", true),
        ("token: \"aaa\n      SEKRIT\"\n    tokenFile: /x\n", true),
        ("{tokenFile: /x, token: SEKRIT}\n", true),
        ("{token: \"aaa\n    SEKRIT\", client-certificate: x, tokenFile: /x}\n", true),
        ("client-key-data: SEKRIT\n    client-certificate: x\n", true),
        ("client-key: LS0tLS1SEKRIT\n    client-certificate: /x\n", true),
        (
            "client-key: |\n      -----BEGIN PRIVATE KEY-----\n      SEKRIT\n    client-certificate: /x\n",
            true,
        ),
        ("client-key: aaa=/SEKRIT==\n    client-certificate: /x\n", true),
        ("username: a\n    password: SEKRIT\n    exec: {command: a}\n", true),
        ("exec:\n      command: a\n      args: [--token, SEKRIT]\n", true),
        ("exec: {command: a, env: [{name: SECRET, value: SEKRIT}]}\n", true),
        ("auth-provider:\n      config: {access-token: SEKRIT}\n", true),
        ("token: \"SEKRIT\n  - [\n", true),
        ("token: @SEKRIT\n", true),
    ] {
        let separator = if user.starts_with('{') { " " } else { "\n    " };
        lab.write("kubeconfig", format!("{head}users:\n- name: a\n  user:{separator}{user}"));
        for words in COMMANDS {
            let mut command = lab.command(*words);
            command.env("KUBECONFIG", lab.path("kubeconfig"));
            let found = ended(command);
            leaks.look(&format!("{user:?}"), words, &found.everything());
            if words[0] == "check" && !words.contains(&"--es-version") {
                assert_eq!(
                    found.everything().contains("kubeconfig/"),
                    is_found,
                    "{words:?} {user:?}: {found:?}"
                );
            }
        }
    }
    leaks.assert_none();
}
