use super::*;
use crate::settings::samples::reported;
use template::{Item, Scalar, Setting};

fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nclusters:\n- name: local\n  cluster:\n    server: https://10.0.0.1\n{cluster}users:\n\
         - name: kubelet\n  user:\n{user}contexts:\n- name: main\n  context:\n    cluster: local\n    user: kubelet\n\
         current-context: main\n"
    )
}

const TOKEN: &str = "    token: s3cr3t-t0ken\n";

fn judged(text: &str, facts: &[(&str, Access)]) -> Vec<Finding> {
    let facts: Vec<FileFact> = facts
        .iter()
        .map(|(path, access)| FileFact { path: (*path).to_owned(), access: access.clone() })
        .collect();
    let context = Context {
        facts: &facts,
        working_directory: "/es",
        user: Some(Reader { uid: 1000, gid: 7, may_get_copy: false }),
    };
    let findings = check("/kubeconfig", Content::Bytes(text.as_bytes()), &context);
    for finding in &findings {
        assert!(!format!("{finding:?}").contains("s3cr3t"), "a secret is shown: {finding:?}");
        assert!(finding.help.is_some());
    }
    findings
}

#[test]
fn only_the_fabric8_plugin_reads_it() {
    let span = Span::of_file("es.yml");
    let scalar = |key: &str, text: &str| Setting::of_text(key, text, span.clone());
    let list = |key: &str, items: [&str; 2]| {
        let item =
            |text: &str| Item { text: text.to_owned(), span: span.clone(), is_null: false, variable: None };
        Setting::of_list(key, items.map(item).into(), span.clone())
    };
    let es = |major, minor| Some(Version::elasticsearch(major, minor, 0));
    for (version, setting, wanted) in [
        (es(2, 3), scalar("discovery.type", "kubernetes"), true),
        (es(2, 3), scalar("discovery.type", "zen"), false),
        (es(5, 6), scalar("discovery.zen.hosts_provider", "kubernetes"), true),
        (es(5, 6), list("discovery.zen.hosts_provider", ["file", "kubernetes"]), true),
        (es(2, 0), scalar("discovery.type", "kubernetes"), true),
        (es(2, 3), Setting::new("discovery.type", Scalar::Null, span.clone()), false),
        (es(2, 3), scalar("discovery.zen.hosts_provider", "kubernetes"), false),
        (es(5, 0), scalar("discovery.zen.hosts_provider", "kubernetes"), false),
        (es(5, 1), scalar("discovery.zen.hosts_provider", "kubernetes"), true),
        (es(6, 2), scalar("discovery.zen.hosts_provider", "file, kubernetes"), true),
        // Neither wakes the plugin by itself: seen in its source, 2.3.4 and 5.1.1.
        (es(2, 3), scalar("cloud.kubernetes.service", "es"), false),
        (es(5, 6), scalar("cloud.kubernetes.namespace", "default"), false),
        (es(2, 3), scalar("cluster.name", "kubernetes"), false),
        (None, scalar("discovery.type", "kubernetes"), true),
        (es(1, 7), scalar("discovery.type", "kubernetes"), false),
        (es(6, 3), scalar("discovery.type", "kubernetes"), false),
        (Some(Version::opensearch(2, 11, 0)), scalar("discovery.type", "kubernetes"), false),
    ] {
        let settings = Settings { entries: vec![setting], ..Settings::default() };
        assert_eq!(is_read(version, &settings), wanted, "{version:?} {settings:?}");
    }
}

#[test]
fn a_sound_file_has_no_findings() {
    assert_eq!(reported(&judged(&kubeconfig("", TOKEN), &[])), [""; 0]);
    // The short form is YAML as well.
    let json = r#"{"clusters":[{"name":"a","cluster":{}}],"users":[],"contexts":[{"name":"c","context":{"cluster":"a"}}],"current-context":"c"}"#;
    assert_eq!(reported(&judged(json, &[])), [""; 0]);
}

#[test]
fn the_file_itself() {
    let context = Context {
        working_directory: "/es",
        user: Some(Reader { uid: 1000, gid: 7, may_get_copy: false }),
        ..Context::default()
    };
    for (path, content, wanted) in [
        ("/k", Content::Missing, &["error[kubeconfig/missing] `/k` is not there"][..]),
        ("/a:/b", Content::Missing, &["error[kubeconfig/missing] `/a:/b` is not there"]),
        (
            "/k",
            Content::Unreadable("mode 0600, owner 0"),
            &["error[kubeconfig/unreadable] `/k` cannot be read by uid 1000: mode 0600, owner 0"],
        ),
        ("/k", Content::Bytes(b""), &["error[kubeconfig/unreadable] `/k` is not a kubeconfig"]),
        ("/k", Content::Bytes(b"- s3cr3t"), &["error[kubeconfig/unreadable] `/k` is not a kubeconfig"]),
        ("/k", Content::Bytes(b"a: [s3cr3t\n"), &["error[kubeconfig/unreadable] 2:1 `/k` is not valid YAML"]),
        ("/k", Content::Bytes(b"\xff\xfe\x00"), &["error[kubeconfig/unreadable] 1:1 `/k` is not valid YAML"]),
        (
            "k",
            Content::Missing,
            &[
                "warning[kubeconfig/relative-path] `KUBECONFIG=k` is not an absolute path",
                "error[kubeconfig/missing] `k` is not there",
            ],
        ),
    ] {
        let findings = check(path, content, &context);
        assert_eq!(reported(&findings), wanted, "{content:?}");
        assert!(!format!("{findings:?}").contains("s3cr3t"));
        assert!(findings.iter().all(|finding| finding.variable.as_deref() == Some("KUBECONFIG")));
    }
}

#[test]
fn the_current_context_has_to_lead_somewhere() {
    let sound = kubeconfig("", TOKEN);
    for (text, wanted) in [
        (sound.replace("current-context: main\n", ""), "1:1 no `current-context`"),
        (sound.replace("current-context: main", "current-context: \"\""), "15:1 no `current-context`"),
        (
            sound.replace("current-context: main", "current-context: other"),
            "15:1 `current-context` is `other`, but there is no such context",
        ),
        (
            sound.replace("    cluster: local", "    cluster: gone"),
            "15:1 the context `main` is for the cluster `gone`, but there is no such cluster",
        ),
    ] {
        assert_eq!(
            reported(&judged(&text, &[])),
            [format!("warning[kubeconfig/no-current-context] {wanted}")]
        );
    }
}

/// A key that was put where its file is to be named is no more shown than elsewhere.
#[test]
fn data_where_a_path_is_wanted() {
    for data in ["LS0tLS1CRUdJTg", "/s3cr3t==", "|\n      -----BEGIN KEY-----\n      s3cr3t\n"] {
        let text = kubeconfig("", &format!("    client-certificate: /c\n    client-key: {data}\n"));
        let path = named_files(text.as_bytes())[1].path.clone();
        for (access, is_found) in
            [(Access::Missing, true), (Access::Readable, false), (Access::Unknown, false)]
        {
            let findings = judged(&text, &[("/c", Access::Readable), (&path, access)]);
            let message =
                "error[kubeconfig/missing-file] 10:17 `client-key` has to name a file, and holds data";
            assert_eq!(reported(&findings), &[message][..usize::from(is_found)], "{data}");
            let is_shown =
                |finding: &Finding| finding.location().is_some_and(|place| place.excerpt.is_some());
            assert!(!findings.iter().any(is_shown), "{data}");
        }
    }
}

#[test]
fn named_files_are_looked_at() {
    let text = kubeconfig(
        "    certificate-authority: /pki/ca.crt\n",
        "    client-certificate: \"kubelet.crt\"\n    client-key: /pki/kubelet.key\n",
    );
    let named: Vec<(&str, String)> =
        named_files(text.as_bytes()).into_iter().map(|file| (file.key, file.path)).collect();
    assert_eq!(
        named,
        [
            ("certificate-authority", "/pki/ca.crt".to_owned()),
            ("client-certificate", "kubelet.crt".to_owned()),
            ("client-key", "/pki/kubelet.key".to_owned()),
        ]
    );
    let unreadable = Access::Unreadable("mode 0600, owner 0".to_owned());
    for (certificate, severity) in [(Access::Missing, "error"), (Access::Readable, "warning")] {
        let findings = judged(
            &text,
            &[
                ("/pki/ca.crt", Access::Missing),
                ("kubelet.crt", certificate),
                ("/pki/kubelet.key", unreadable.clone()),
            ],
        );
        assert_eq!(reported(&findings), [
            "error[kubeconfig/missing-file] 6:28 `certificate-authority` names `/pki/ca.crt`, which is not there"
                .to_owned(),
            format!(
                "{severity}[kubeconfig/relative-path] 10:26 `client-certificate` is the relative path `kubelet.crt`"
            ),
            "error[kubeconfig/unreadable] 11:17 `/pki/kubelet.key`, named by `client-key`, cannot be read by uid \
             1000: mode 0600, owner 0"
                .to_owned(),
        ]);
        let excerpt = findings[0].location().and_then(|place| place.excerpt);
        assert_eq!(excerpt.as_deref(), Some("    certificate-authority: /pki/ca.crt"));
    }
    let data =
        kubeconfig("    certificate-authority: /pki/ca.crt\n    certificate-authority-data: s3cr3t\n", TOKEN);
    assert_eq!(named_files(data.as_bytes()), [], "data in the file goes first");
    for broken in [&b""[..], b"[", b"\xff", b"a: b"] {
        assert_eq!(named_files(broken), []);
    }
}

#[test]
fn unknown_ways_to_authenticate() {
    for (user, wanted) in [
        (
            "    tokenFile: /t\n",
            "error[kubeconfig/unsupported-auth] 9:5 the plugin's client does not support `tokenFile`",
        ),
        (
            "    exec:\n      command: aws\n",
            "error[kubeconfig/unsupported-auth] 9:5 the plugin's client does not support `exec`",
        ),
        (
            "    auth-provider:\n      name: gcp\n",
            "error[kubeconfig/unsupported-auth] 9:5 the plugin's client does not support `auth-provider`",
        ),
        (
            "    token: s3cr3t\n    tokenFile: /t\n",
            "warning[kubeconfig/unsupported-auth] 10:5 the plugin's client does not support `tokenFile`",
        ),
        (
            "    username: admin\n    password: s3cr3t\n    exec: {}\n",
            "warning[kubeconfig/unsupported-auth] 11:5 the plugin's client does not support `exec`",
        ),
    ] {
        assert_eq!(reported(&judged(&kubeconfig("", user), &[])), [wanted]);
    }
}

/// Two users with the same keys: the place is that of the one who counts, however the file is written.
#[test]
fn the_place_is_that_of_the_current_user() {
    let two = |users: &str| {
        format!(
            "apiVersion: v1\nclusters:\n- name: local\n  cluster:\n    server: https://10.0.0.1\n{users}contexts:\n\
             - name: main\n  context:\n    cluster: local\n    user: b\ncurrent-context: main\n"
        )
    };
    for (users, wanted) in [
        (
            "users:\n- name: a\n  user:\n    exec: {command: x}\n- name: b\n  user:\n    exec: {command: y}\n",
            "12:5 the plugin's client does not support `exec`",
        ),
        (
            "users: [{name: a, user: {exec: {}}}, {user: {\"exec\": {command: y}}, name: b}]\n",
            "6:47 the plugin's client does not support `exec`",
        ),
        (
            "users:\n- {name: a, user: &a {exec: {}}}\n- name: b\n  user: *a\n",
            "7:23 the plugin's client does not support `exec`",
        ),
        (
            "users:\n- {name: b, user: {}}\n- {name: b, user: {exec: {}}}\nusers:\n- name: b\n  user:\n    exec:\n      command: y\n",
            "12:5 the plugin's client does not support `exec`",
        ),
    ] {
        let findings = judged(&two(users), &[]);
        assert_eq!(reported(&findings), [format!("error[kubeconfig/unsupported-auth] {wanted}")], "{users}");
    }
    // Of two certificates with the same path it is the current user's, and a comment beside it is not shown.
    let users = "users:\n- name: a\n  user:\n    token: t\n    client-key: /k\n- name: b\n  user:\n    token: t\n    \
                 client-key: \"/k\" # s3cr3t\n";
    let findings = judged(&two(users), &[("/k", Access::Missing)]);
    assert_eq!(
        reported(&findings),
        ["error[kubeconfig/missing-file] 14:18 `client-key` names `/k`, which is not there"]
    );
    assert_eq!(findings[0].location().unwrap().excerpt, None);
}

#[test]
fn the_flag_that_does_not_do_what_it_seems_to() {
    for (value, kubeconfig, wanted) in [
        (None, true, ""),
        (Some("true"), true, "`KUBERNETES_AUTH_TRYKUBECONFIG=true` changes nothing"),
        (Some("True"), false, "`KUBERNETES_AUTH_TRYKUBECONFIG=true` changes nothing"),
        (Some("false"), true, "`KUBERNETES_AUTH_TRYKUBECONFIG` is not `true`: KUBECONFIG is ignored"),
        (Some("1"), true, "`KUBERNETES_AUTH_TRYKUBECONFIG` is not `true`: KUBECONFIG is ignored"),
        (Some("false"), false, ""),
    ] {
        let finding = check_flag(value, kubeconfig);
        assert_eq!(finding.map_or(String::new(), |finding| finding.message.clone()), wanted, "{value:?}");
    }
}
