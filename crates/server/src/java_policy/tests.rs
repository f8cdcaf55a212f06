use super::*;
use crate::jvm_options::{self, OptionsFile};
use crate::settings::samples::reported;
use crate::version::Version;
use diagnostics::Severity;

fn grant(path: &str, kind: Kind) -> Grant {
    Grant { path: path.to_owned(), kind, variable: None }
}

fn file(path: &str) -> Grant {
    grant(path, Kind::File)
}

fn secret(path: &str, directory: &str) -> Grant {
    grant(path, Kind::SecretMount { directory: directory.to_owned() })
}

fn lint(text: &str) -> Vec<String> {
    reported(&check("java.policy", text.as_bytes(), &Context::default()))
}

const STOCK: &str =
    "// stock\ngrant {\n    permission java.util.PropertyPermission \"os.name\", \"read\";\n};\n";
const BLOCK: &str = "// es-entrypoint: begin\ngrant {\n    permission java.io.FilePermission \"/kubeconfig\", \
                     \"read\";\n};\n// es-entrypoint: end";

fn patched(existing: &str, grants: &[Grant]) -> String {
    String::from_utf8(patch("java.policy", existing.as_bytes(), grants).unwrap()).unwrap()
}

#[test]
fn the_block_goes_to_the_end_and_leaves_every_other_byte() {
    for (existing, wanted) in [
        (String::new(), format!("{BLOCK}\n")),
        (STOCK.to_owned(), format!("{STOCK}{BLOCK}\n")),
        ("// no line end".to_owned(), format!("// no line end\n{BLOCK}")),
        (STOCK.replace('\n', "\r\n"), format!("{STOCK}{BLOCK}\n").replace('\n', "\r\n")),
        (format!("{BLOCK}\n\n\n{STOCK}\t "), format!("{BLOCK}\n\n\n{STOCK}\t ")),
    ] {
        let once = patched(&existing, &[file("/kubeconfig")]);
        assert_eq!(once, wanted);
        assert_eq!(patched(&once, &[file("/kubeconfig")]), once, "a second time changes nothing");
    }
}

#[test]
fn without_grants_the_block_is_taken_out_and_the_file_is_as_before() {
    for existing in ["", "\n", STOCK, "// no line end", "\r\n// carriage\r\n", "grant {};", "// a\r\n// b"] {
        let with = patched(existing, &[file("/a"), file("/b")]);
        assert_ne!(with, existing);
        assert_eq!(patched(&with, &[]), existing);
        assert_eq!(patched(existing, &[]), existing);
    }
    let behind = format!("{STOCK}{BLOCK}\n// behind\n");
    assert_eq!(patched(&behind, &[]), format!("{STOCK}// behind\n"));
    // Taking out works on a file that the JVM cannot read as well.
    assert_eq!(patched(&format!("nonsense\n{BLOCK}\n"), &[]), "nonsense\n");
}

#[test]
fn the_block_is_replaced_where_it_stands() {
    let existing = format!("{BLOCK}\n// behind\n");
    assert_eq!(
        patched(
            &existing,
            &[file("/other"), secret("/etc/pki/ca.crt", "/etc/pki"), secret("/etc/pki/key", "/etc/pki")]
        ),
        "// es-entrypoint: begin\ngrant {\n    permission java.io.FilePermission \"/other\", \"read\";\n    \
         permission java.io.FilePermission \"/etc/pki/-\", \"read\";\n};\n// es-entrypoint: end\n// behind\n"
    );
}

#[test]
fn bytes_that_are_not_text_stay() {
    let existing = b"// caf\xe9\ngrant {};\n";
    let with = patch("java.policy", existing, &[file("/kubeconfig")]).unwrap();
    assert!(with.starts_with(existing));
    assert_eq!(patch("java.policy", &with, &[]).unwrap(), existing);
}

#[test]
fn a_file_that_would_swallow_the_grants_is_refused() {
    for (existing, message) in [
        ("grant {\n}\n", "error[policy/syntax] 2:2 expected `;`, found the end of the file"),
        (
            "\u{feff}grant {};\n",
            "error[policy/syntax] 1:1 expected `grant` or `keystore`, found a byte order mark",
        ),
        ("/* open\n", "error[policy/syntax] 1:1 this comment is never closed"),
        (
            "/*\n// es-entrypoint: begin\n// es-entrypoint: end\n*/\n",
            "error[policy/syntax] 2:1 the JVM would not see the grants in this block",
        ),
        (
            "// es-entrypoint: begin\n",
            "error[policy/syntax] 1:1 a block without its last line: it is unclear which part of the file \
             es-entrypoint wrote",
        ),
        (
            "// es-entrypoint: end\n",
            "error[policy/syntax] 1:1 a second block, or lines out of order: it is unclear which part of the file \
             es-entrypoint wrote",
        ),
    ] {
        let findings =
            patch("java.policy", existing.as_bytes(), &[file("/kubeconfig")]).unwrap_err().findings();
        assert_eq!(reported(&findings), [message], "{existing:?}");
    }
}

#[test]
fn least_privilege() {
    for (grant, name, told_) in [
        (file("/kubeconfig"), "/kubeconfig", ""),
        (file("//a/./b/"), "/a/b", ""),
        (grant("/certs/", Kind::Directory), "/certs/-", ""),
        (
            grant("/etc", Kind::Directory),
            "/etc/-",
            "warning[policy/too-broad] everything below `/etc` is to become readable",
        ),
        (secret("/s/config", "/s"), "/s/-", ""),
        (secret("/s/config", "/"), "/s/config", ""),
        (
            grant("/gone", Kind::Missing),
            "/gone",
            "warning[policy/missing-path] `/gone` is to become readable, but is not there",
        ),
        (file("/a b$c'd-*e"), "/a b$c'd-*e", ""),
    ] {
        let result = permissions(&[grant]);
        assert_eq!(result.names, [name]);
        assert_eq!(reported(&result.findings).concat(), told_);
        assert!(!result.is_refused());
    }
    assert_eq!(
        permissions(&[secret("/s/config", "/s")]).notes,
        [
            "`/s/config` is in a mounted Secret or ConfigMap: everything below `/s` becomes readable, because an exact \
          path would no longer match after the next update of the mount"
        ]
    );
}

#[test]
fn what_the_server_reads_anyway_is_not_granted() {
    let grants = [grant("/es/config//kubeconfig", Kind::Readable), file("/kubeconfig")];
    let result = permissions(&grants);
    assert_eq!(result.names, ["/kubeconfig"]);
    assert_eq!(
        reported(&result.findings),
        [
            "warning[policy/pointless] `/es/config/kubeconfig` is in a directory that the server may read anyway"
        ]
    );
    assert!(!file_text(&grants).unwrap().contains("/es/"));
    assert_eq!(patched(STOCK, &grants[..1]), STOCK);
}

#[test]
fn where_the_block_is() {
    for (text, wanted) in [
        ("", None),
        (STOCK, None),
        ("// es-entrypoint: begin\n", None),
        (BLOCK, Some(BLOCK)),
        (&*format!("{STOCK}{BLOCK}\n// behind\n"), Some(BLOCK)),
        (&*format!("{STOCK}{BLOCK}\n// behind\n").replace('\n', "\r\n"), Some(&*BLOCK.replace('\n', "\r\n"))),
        (&*format!("// \r{BLOCK}\n"), Some(BLOCK)),
    ] {
        assert_eq!(range(text.as_bytes()).map(|range| &text[range]), wanted, "{text:?}");
    }
    // What is no UTF-8 takes three bytes in the text that findings point into.
    let latin = [b"// caf\xe9\n", BLOCK.as_bytes()].concat();
    let text = String::from_utf8_lossy(&latin);
    assert_eq!(range(&latin).map(|range| &text[range]), Some(BLOCK));
}

#[test]
fn refused_paths() {
    for (path, message) in [
        ("", "error[policy/unsafe-path] an empty path cannot be made readable"),
        ("a", "error[policy/cwd-relative] `a` is not an absolute path"),
        ("-", "error[policy/cwd-relative] `-` is not an absolute path"),
        ("<<ALL FILES>>", "error[policy/cwd-relative] `<<ALL FILES>>` is not an absolute path"),
        ("/", "error[policy/too-broad] `/` would make every file of the container readable"),
        ("//./", "error[policy/too-broad] `/` would make every file of the container readable"),
        ("/-", "error[policy/unsafe-path] `/-` ends with a wildcard of policy files"),
        ("/a/*/", "error[policy/unsafe-path] `/a/*/` ends with a wildcard of policy files"),
        ("/a/../b", "error[policy/unsafe-path] `/a/../b` holds `..`"),
        ("/${HOME}", "error[policy/unsafe-path] `/${HOME}` holds `${`, which the JVM would expand"),
        (
            "/a\n/b",
            "error[policy/unsafe-path] a path with a line break or another control character cannot be made readable",
        ),
    ] {
        for kind in [Kind::File, Kind::Directory, Kind::Missing] {
            let grants = [grant(path, kind)];
            assert_eq!(reported(&permissions(&grants).findings), [message], "{path:?}");
            let refused = patch("java.policy", STOCK.as_bytes(), &grants).unwrap_err();
            assert_eq!(reported(&refused.findings()), [message]);
        }
    }
}

#[test]
fn quotes_and_backslashes_are_escaped_and_read_back() {
    let path = r#"/a"b\c\\"; }; grant { permission java.security.AllPermission; //"#;
    let text = file_text(&[file(path)]).unwrap();
    let parsed = syntax::parse(&text);
    assert_eq!(parsed.mistake, None);
    assert_eq!(parsed.entries.len(), 1);
    assert_eq!(parsed.entries[0].permissions.len(), 1);
    assert_eq!(parsed.entries[0].permissions[0].name.as_deref(), Some(path.trim_end_matches('/')));
}

#[test]
fn requests_are_separated_by_commas_and_lines() {
    let paths = |text| {
        requested(text, Some("JAVA_POLICY_READ")).into_iter().map(|request| request.path).collect::<Vec<_>>()
    };
    for (text, wanted) in [
        ("", &[][..]),
        (" \n\n", &[]),
        ("/a", &["/a"]),
        ("/a, /b c ,\n/d\r\n\n", &["/a", "/b c", "/d"]),
        ("/a,,/b", &["/a", "", "/b"]),
        (",/b", &["", "/b"]),
    ] {
        assert_eq!(paths(text), wanted, "{text:?}");
    }
}

#[test]
fn places_of_the_file() {
    for (major, wanted) in [
        (Some(7), &["/j/jre/lib/security/java.policy", "/j/lib/security/java.policy"][..]),
        (Some(8), &["/j/jre/lib/security/java.policy", "/j/lib/security/java.policy"]),
        (Some(9), &["/j/conf/security/java.policy"]),
        (Some(23), &["/j/conf/security/java.policy"]),
        (Some(24), &[]),
        (
            None,
            &[
                "/j/conf/security/java.policy",
                "/j/jre/lib/security/java.policy",
                "/j/lib/security/java.policy",
            ],
        ),
    ] {
        assert_eq!(candidates("/j/", major), wanted, "{major:?}");
    }
}

#[test]
fn where_no_policy_file_is_consulted() {
    const ES: fn(u16, u16, u16) -> Version = Version::elasticsearch;
    const OS: fn(u16, u16, u16) -> Version = Version::opensearch;
    for (version, java, options, message) in [
        (ES(1, 7, 6), 8, "", "Elasticsearch 1.7.6 has no security manager"),
        (ES(2, 0, 2), 8, "", "Elasticsearch 2.0.2 does not consult the JVM's policy files"),
        (ES(2, 1, 0), 8, "", ""),
        (ES(2, 3, 4), 8, "", ""),
        (ES(6, 8, 23), 17, "-Djava.security.policy=/x", ""),
        (ES(8, 17, 9), 23, "", ""),
        (ES(8, 17, 9), 24, "", "Java 24 has no security manager and no policy file"),
        (ES(8, 18, 0), 17, "", "Elasticsearch 8.18.0 has entitlements instead of the security manager"),
        (ES(9, 0, 0), 24, "", "Elasticsearch 9.0.0 has entitlements instead of the security manager"),
        (OS(1, 3, 0), 11, "", ""),
        (OS(2, 11, 0), 17, "", ""),
        (OS(3, 0, 0), 21, "", "OpenSearch 3.0.0 has a Java agent instead of the security manager"),
        (
            ES(2, 3, 4),
            8,
            "-Djava.security.policy==/x",
            "`-Djava.security.policy==/x` replaces the JRE's policy file",
        ),
        (ES(2, 3, 4), 8, "-Djava.security.policy==/x -Djava.security.policy=/y", ""),
    ] {
        let own = own_policy(&[], options);
        let target = Target {
            version: Some(version),
            java_major: Some(java),
            own_policy: own.as_ref(),
            security_manager_disabled: false,
        };
        let reported = not_consulted(&target).map_or(String::new(), |finding| {
            assert_eq!((finding.code, finding.severity), ("policy/pointless", Severity::Warning));
            assert!(finding.help.is_some());
            finding.message.clone()
        });
        assert_eq!(reported, message, "{version} {java} {options:?}");
    }
    let off = Target { version: Some(ES(2, 3, 4)), security_manager_disabled: true, ..Target::default() };
    assert_eq!(
        not_consulted(&off).map(|finding| finding.message.clone()).as_deref(),
        Some("`security.manager.enabled` is false: no policy is consulted")
    );
    assert_eq!(not_consulted(&Target { version: Some(ES(5, 0, 0)), ..off }), None);
    assert_eq!(not_consulted(&Target::default()), None);
}

#[test]
fn the_policy_that_the_user_named() {
    for (options, wanted) in [
        ("", None),
        ("-Xmx1g -Djava.security.policies=/x", None),
        ("-Djava.security.policy=/x", Some(("/x", false))),
        ("-Djava.security.policy==/x", Some(("/x", true))),
        ("-Djava.security.policy==/x\n-Xmx1g\r\n-Djava.security.policy=/y\t", Some(("/y", false))),
        ("-Dx=-Djava.security.policy=/x", None),
        ("-Djava.security.policy=", None),
        ("-Djava.security.policy==", None),
    ] {
        let found = own_policy(&[], options);
        let found = found.as_ref().map(|own| (own.path.as_str(), own.replaces));
        assert_eq!(found, wanted, "{options}");
    }
}

/// Of the files, the last one counts; the variable comes after them. The place is that of the line.
#[test]
fn the_policy_that_a_file_names() {
    let file = |name: &str, text: &str| OptionsFile {
        name: name.to_owned(),
        text: text.to_owned(),
        is_shown: true,
        ..OptionsFile::default()
    };
    let files = [
        file("jvm.options", "8:-Djava.security.policy=/x\n"),
        file("jvm.options.d/own.options", "-Xmx1g\n  8-13:-Djava.security.policy==/etc/my.policy\n"),
    ];
    let named = |java: Option<u16>, files: &[OptionsFile], variables: &str| {
        let own = own_policy(&jvm_options::parse(Version::elasticsearch(7, 17, 9), java, files), variables)?;
        let place = own.span.map(|span| span.locate());
        let place = place.map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        Some((own.path, own.replaces, place))
    };
    let second = Some(("/etc/my.policy".to_owned(), true, Some("jvm.options.d/own.options:2:8".to_owned())));
    assert_eq!(named(Some(8), &files, ""), second);
    assert_eq!(named(None, &files, "-Xmx2g"), second);
    assert_eq!(named(Some(17), &files, ""), None);
    let first = Some(("/x".to_owned(), false, Some("jvm.options:1:3".to_owned())));
    assert_eq!(named(Some(8), &files[..1], ""), first);
    assert_eq!(named(Some(8), &files, "-Djava.security.policy=/y"), Some(("/y".to_owned(), false, None)));
}

#[test]
fn mistakes_are_found_where_they_are() {
    for (text, wanted) in [
        ("", &[][..]),
        (STOCK, &[]),
        (";;", &[]),
        ("keystore \"a\", \"JKS\", \"SUN\";\nkeystorePasswordURL \"file:/x\";\n", &[]),
        (
            "GRANT CodeBase \"file:/x\" signedby \"a,b\", Principal a.B \"n\", principal * *, principal \"k\" {};",
            &[],
        ),
        ("grant { permission a.B; permission a.B \"n\"; permission a.B , \"x\", signedBy \"q\"; };", &[]),
        (
            "grant {\n permission java.io.FilePermission \"/a\", \"read\"\n};\n",
            &["error[policy/syntax] 2:48 expected `;`, found `}`"],
        ),
        ("grant { permission a.B 'x'; };", &["error[policy/syntax] 1:24 expected `;`, found `'`"]),
        ("# comment\ngrant {};", &["error[policy/syntax] 1:1 expected `grant` or `keystore`, found `#`"]),
        (
            "grant {\n permission a.B \"/a, \"read\";\n};",
            &["error[policy/syntax] 2:23 expected `;`, found `read`; a `\"` is missing on this line"],
        ),
        (
            "grant {\n permission a.B \"/a\", \"read;\n};",
            &["error[policy/syntax] 2:23 the closing `\"` is missing"],
        ),
        ("keystore \"x\n;", &["warning[policy/syntax] 1:10 the closing `\"` is missing"]),
        ("grant { grant {}; };", &["error[policy/syntax] 1:9 expected `permission` or `}`, found `grant`"]),
        ("grant codeBase \"a\", codeBase \"b\" {};", &["error[policy/syntax] 1:21 a second `codeBase`"]),
        ("grant signedBy \"a,,b\" {};", &["error[policy/syntax] 1:7 an empty name in `signedBy`"]),
        (
            "keystorePasswordURL \"x\";",
            &["error[policy/syntax] 1:1 `keystorePasswordURL` without a `keystore`"],
        ),
        (
            "keystore \"a\"; keystore \"b\";",
            &["error[policy/syntax] 1:15 expected `grant` or `keystore`, found `keystore`"],
        ),
        (
            "grant { permission",
            &["error[policy/syntax] 1:19 expected a permission class, found the end of the file"],
        ),
        ("/* a\n", &["error[policy/syntax] 1:1 this comment is never closed"]),
        (
            "grant { permission java.io.FilePermission \"/a\", \"raed\"; };",
            &["error[policy/syntax] 1:43 `raed` is not an action of a file permission"],
        ),
        (
            "grant { permission java.io.FilePermission \"/a\"; };",
            &["error[policy/syntax] 1:43 a file permission without actions"],
        ),
        (
            "grant { permission java.io.FilePermission; };",
            &["error[policy/syntax] 1:20 a file permission without a path"],
        ),
        (
            "grant { permission java.io.FilePermission \"${KUBECONFIG}\", \"read\"; };",
            &["warning[policy/syntax] 1:43 `${KUBECONFIG}` is a system property, not a variable"],
        ),
    ] {
        assert_eq!(lint(text), wanted, "{text}");
    }
}

#[test]
fn dangerous_and_useless_permissions() {
    let one = |name: &str| format!("grant {{ permission java.io.FilePermission \"{name}\", \"read\"; }};");
    for (name, wanted) in [
        ("/kubeconfig", ""),
        ("/certs/-", ""),
        ("${java.home}/x", ""),
        ("${/}kubeconfig", ""),
        (
            "-",
            "warning[policy/cwd-relative] 1:43 `-` means everything below the directory in which the JVM starts",
        ),
        (
            "a/b",
            "warning[policy/cwd-relative] 1:43 `a/b` means relative to the directory in which the JVM starts",
        ),
        ("<<ALL FILES>>", "warning[policy/too-broad] 1:43 `<<ALL FILES>>` is every file of the container"),
        ("/-", "warning[policy/too-broad] 1:43 `/-` is every file of the container"),
        (
            "/certs/*",
            "warning[policy/symlink-star] 1:43 `/certs/*` does not match files behind symbolic links",
        ),
        ("/*", "warning[policy/symlink-star] 1:43 `/*` does not match files behind symbolic links"),
    ] {
        assert_eq!(lint(&one(name)).join("\n"), wanted, "{name}");
    }
    assert_eq!(
        lint("grant { permission java.security.AllPermission; };"),
        ["error[policy/too-broad] 1:20 every class may do everything"]
    );
    for code_base in ["file:${{java.ext.dirs}}/*", "file:/es/plugins/kubernetes/-"] {
        assert!(
            lint(&format!(
                "grant codeBase \"{code_base}\" {{ permission java.security.AllPermission; permission \
                 java.io.FilePermission \"<<ALL FILES>>\", \"read\"; }};"
            ))
            .is_empty()
        );
    }
}

#[test]
fn the_working_directory_says_what_a_relative_path_means() {
    let text = b"grant {\n permission java.io.FilePermission \"-\", \"read\";\n permission java.io.FilePermission \"x\", \"read\";\n};\n";
    for (directory, dash, x) in [
        (
            "/",
            "every file of the container, as long as the JVM starts in `/`",
            "`/x`, because the JVM starts there",
        ),
        ("/es", "everything below `/es`, where the JVM starts", "`/es/x`, because the JVM starts there"),
    ] {
        let context = Context { working_directory: Some(directory), ..Context::default() };
        assert_eq!(
            reported(&check("java.policy", text, &context)),
            [
                format!("warning[policy/cwd-relative] 2:36 `-` means {dash}"),
                format!("warning[policy/cwd-relative] 3:36 `x` means {x}"),
            ]
        );
    }
}

#[test]
fn facts_about_named_paths() {
    let text = b"grant {\n permission java.io.FilePermission \"/gone\", \"read\";\n permission java.io.FilePermission \
                 \"/s/config\", \"read\";\n permission java.io.FilePermission \"/es/config/x\", \"read\";\n permission \
                 java.io.FilePermission \"/dir\", \"read\";\n permission java.io.FilePermission \"/s/-\", \"read\";\n permission java.io.FilePermission \
                 \"/es/config/x\", \"read,write\";\n};\n";
    assert_eq!(named_paths(text), ["/gone", "/s/config", "/es/config/x", "/dir", "/s"]);
    let facts = [
        grant("/gone", Kind::Missing),
        secret("/s/config", "/s"),
        grant("/es/config/x", Kind::Readable),
        grant("/dir", Kind::Directory),
        grant("/s", Kind::SecretMount { directory: "/s".to_owned() }),
    ];
    let context = Context { facts: &facts, ..Context::default() };
    assert_eq!(
        reported(&check("java.policy", text, &context)),
        [
            "warning[policy/missing-path] 2:36 `/gone` is not there",
            "warning[policy/stale-path] 3:36 `/s/config` is in a mounted Secret or ConfigMap",
            "warning[policy/pointless] 4:36 `/es/config/x` is in a directory that the server may read anyway",
            "warning[policy/not-granted] 5:36 `/dir` is a directory: what is in it stays unreadable",
        ]
    );
}

#[test]
fn what_was_patched_has_no_findings() {
    let grants = [file("/kubeconfig"), secret("/s/config", "/s"), grant("/certs", Kind::Directory)];
    let text = patched(STOCK, &grants);
    let context = Context { facts: &grants, ..Context::default() };
    assert_eq!(reported(&check("java.policy", text.as_bytes(), &context)), [""; 0]);
}

#[test]
fn a_lone_carriage_return_before_the_block_is_no_obstacle() {
    for text in ["//\r", "/**/\r", "\r", "// \r \r\n//\r"] {
        let with = patched(text, &[file("/kubeconfig")]);
        assert_eq!(patched(&with, &[file("/kubeconfig")]), with, "{text:?}");
        assert_eq!(patched(&with, &[]), text);
    }
}

#[test]
fn nothing_makes_the_parser_panic() {
    use proptest::prelude::*;
    proptest!(|(text in r#"(grant|permission|codeBase|java\.io\.FilePermission|"|\\|/\*|\*/|//|[{};,#'*-]|\$\{|\}|/a|read|\r|\n| |ü|[0-7]){0,40}"#)| {
        let _ = check("java.policy", text.as_bytes(), &Context::default());
        // Whatever the file holds: the block is either refused or can be taken out again without a trace.
        if let Ok(with) = patch("java.policy", text.as_bytes(), &[file("/kubeconfig")]) {
            prop_assert_eq!(patch("java.policy", &with, &[file("/kubeconfig")]).unwrap(), with.clone());
            prop_assert_eq!(patch("java.policy", &with, &[]).unwrap(), text.as_bytes());
        }
    });
}
