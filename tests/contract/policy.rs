//! java.policy from outside: which paths are granted, whose files are written, what is said.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use crate::{Place, call};

/// What depends on the machine that runs the tests.
const OF_THE_MACHINE: &str = "host/no-address,host/several-addresses,host/nofile,host/nproc,host/memlock,host/max-map-count,host/memory,host/disk-watermark,host/root,\
                              host/data-not-writable,host/address-space,host/file-size,host/system-call-filter,heap/over-limit";
const STOCK: &str = "// as it was shipped\n";
const POLICY: &str = "java/lib/security/java.policy";

/// A server whose start script only shows what it was given, and a Java 8 beside it.
struct Lab {
    place: Place,
    /// The directory without symbolic links.
    root: PathBuf,
}

impl Lab {
    fn new(name: &str) -> Self {
        let place = Place::new(&format!("policy-{name}"));
        place.write("es/lib/elasticsearch-2.3.4.jar", "");
        place.write("es/config/elasticsearch.yml", "cluster.name: x\n");
        place.write("java/lib/rt.jar", "");
        place.write(POLICY, STOCK);
        for (name, text) in [
            ("java/bin/java", "#!/bin/sh\n"),
            ("es/bin/elasticsearch", "#!/bin/sh\necho \"options: $ES_JAVA_OPTS\"\n"),
        ] {
            place.write(name, text);
            std::fs::set_permissions(place.0.join(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
        for name in ["es/data", "es/logs", "es/plugins"] {
            std::fs::create_dir(place.0.join(name)).unwrap();
        }
        let root = place.0.canonicalize().unwrap();
        Self { place, root }
    }

    fn path(&self, name: &str) -> String {
        self.root.join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.root.join(name)).unwrap()
    }

    /// Exit code, standard output and standard error, with the server and its Java.
    fn call(&self, environment: &[(&str, &str)], words: &[&str]) -> (i32, String, String) {
        let (home, java, runtime) = (self.path("es"), self.path("java"), self.path("run"));
        let mut all = vec![
            ("ES_HOME", &*home),
            ("JAVA_HOME", &*java),
            ("PATH", "/usr/bin:/bin"),
            ("ES_ENTRYPOINT_ALLOW", OF_THE_MACHINE),
            ("ES_ENTRYPOINT_USER", "0:0"),
            ("ES_ENTRYPOINT_RUNTIME_DIR", &*runtime),
        ];
        all.retain(|(name, _)| !environment.iter().any(|(other, _)| other == name));
        all.extend_from_slice(environment);
        call(&self.root, &all, words)
    }
}

fn block(paths: &[&str]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("// es-entrypoint: begin\ngrant {\n");
    for path in paths {
        let _ = writeln!(text, "    permission java.io.FilePermission \"{path}\", \"read\";");
    }
    text + "};\n// es-entrypoint: end\n"
}

const HEADER: &str = "// Written by es-entrypoint at every start.\n";

#[test]
fn what_the_server_may_read_already_is_not_granted() {
    let lab = Lab::new("pointless");
    for name in ["es/config/kubeconfig", "es/data/x", "es/logs/x", "es/plugins/p/x", "es/modules/x"] {
        lab.place.write(name, "");
        let path = lab.path(name);
        let reported = format!(
            "warning[policy/pointless]: `{path}` is in a directory that the server may read anyway\n  = help: nothing is \
             granted: remove the path from the request\n1 warning\n"
        );
        let asked = [("JAVA_POLICY_READ", &*path)];
        assert_eq!(lab.call(&asked, &["check"]), (0, reported.clone(), String::new()), "{name}");
        assert_eq!(lab.call(&asked, &["policy", "check"]), (0, reported.clone(), String::new()));
        assert_eq!(lab.call(&asked, &["policy", "print"]), (0, HEADER.to_owned(), reported.clone()));
        assert_eq!(lab.call(&asked, &["policy", "patch"]), (0, String::new(), reported.clone()));
        let (code, output, errors) = lab.call(&asked, &[]);
        assert_eq!((code, &*output), (0, "options: \n"), "{errors}");
        assert!(errors.starts_with(&reported), "{errors}");
        assert_eq!(lab.read(POLICY), STOCK);
    }
    // A second path is granted, and only that.
    lab.place.write("kubeconfig", "");
    let (kubeconfig, inside) = (lab.path("kubeconfig"), lab.path("es/config/kubeconfig"));
    let both = format!("{kubeconfig},{inside}");
    assert_eq!(lab.call(&[("JAVA_POLICY_READ", &both)], &["policy", "patch"]).0, 0);
    assert_eq!(lab.read(POLICY), format!("{STOCK}{}", block(&[&kubeconfig])));
    // The file itself is judged by the same rule.
    lab.place.write(POLICY, &block(&[&inside]).replace("// es-entrypoint:", "// mine:"));
    let (code, output, _) = lab.call(&[], &["policy", "check"]);
    assert!(output.starts_with("warning[policy/pointless]: `") && code == 0, "{output}");
}

/// Tried on 2.3.4: a link out of the configuration is denied, and so is the configuration that the server was not
/// pointed at.
#[test]
fn what_only_seems_to_be_in_the_configuration_is_granted() {
    let lab = Lab::new("link");
    lab.place.write("outside", "");
    lab.place.write("es/config/kubeconfig", "");
    symlink(lab.path("outside"), lab.root.join("es/config/link")).unwrap();
    symlink(lab.path("es/config/kubeconfig"), lab.root.join("into")).unwrap();
    let print = |name: &str| {
        let path = lab.path(name);
        let (code, output, errors) = lab.call(&[], &["policy", "print", "--read", &path]);
        assert_eq!((code, &*output, &*errors), (0, &*format!("{HEADER}{}", block(&[&path])), ""), "{name}");
    };
    print("es/config/link");
    print("into");
    // With a placeholder the server gets a staged copy as its configuration.
    lab.place.write("es/config/elasticsearch.yml", "cluster.name: ${X:-x}\n");
    print("es/config/kubeconfig");
    // Another directory of plugins is named: the usual one is like any other.
    lab.place.write("es/config/elasticsearch.yml", "path.plugins: /elsewhere\n");
    lab.place.write("es/plugins/p/x", "");
    print("es/plugins/p/x");
}

#[test]
fn a_link_into_a_mounted_secret_needs_both_grants() {
    let lab = Lab::new("secret");
    lab.place.write("secret/..one/config", "");
    lab.place.write("secret/..one/sub/key", "");
    for (target, link) in [
        ("..one", "secret/..data"),
        ("..data/config", "secret/config"),
        ("..data/sub", "secret/sub"),
        ("secret/config", "link"),
    ] {
        symlink(target, lab.root.join(link)).unwrap();
    }
    let all = format!("{}/-", lab.path("secret"));
    for (name, granted) in [
        ("link", &[&*lab.path("link"), &*all][..]),
        ("secret/config", &[&*all]),
        ("secret/sub", &[&*all]),
        ("secret/sub/key", &[&*all]),
        ("secret", &[&*all]),
    ] {
        let (code, output, errors) = lab.call(&[], &["policy", "print", "--read", &lab.path(name)]);
        assert_eq!((code, output), (0, format!("{HEADER}{}", block(granted))), "{name}");
        let said = errors.matches("everything below").count();
        assert_eq!(said, usize::from(name != "secret"), "{name}: {errors}");
    }
}

#[test]
fn a_java_that_is_nobodys_is_patched_only_by_name() {
    let lab = Lab::new("unnamed");
    let path = format!("{}:/usr/bin:/bin", lab.path("java/bin"));
    let file = lab.path(POLICY);
    let alone = [("ES_HOME", "/nowhere"), ("PATH", &*path), ("JAVA_POLICY_READ", &*file)];
    for words in [&["policy", "patch"][..], &["policy", "patch", "--remove"]] {
        assert_eq!(
            lab.call(&alone, words),
            (
                64,
                String::new(),
                "error: no server is installed here, so it is not known which Java to patch\n  \
                 = help: name the Java that is to be patched: `--java-home DIR`\n"
                    .to_owned()
            )
        );
    }
    let (_, _, errors) = lab.call(&alone, &["policy", "patch", "--message-format", "json"]);
    assert!(errors.starts_with("{\"level\":\"error\","), "{errors}");
    let (code, _, errors) = lab.call(&alone, &["run", "--", "true"]);
    assert_eq!((code, &*lab.read(POLICY)), (0, STOCK), "{errors}");
    assert_eq!(lab.call(&alone, &["policy", "patch", "--java-home", "java"]).0, 0);
    assert!(lab.read(POLICY).contains(&block(&[&file])));
}

#[test]
fn a_patch_that_nothing_would_read_is_not_written_and_that_is_said() {
    let lab = Lab::new("nine");
    let help = "mount the file below the configuration directory, which the server may always read; or give a \
                plugin more permissions with `-Des.entitlements.policy.PLUGIN=BASE64` in ES_JAVA_OPTS (the whole `entitlement-policy.yaml`, \
                base64; `server` instead of PLUGIN for the server)";
    let finding = |severity: &str| {
        format!(
            "{severity}[policy/pointless]: Elasticsearch 9.0.0 has entitlements instead of the security manager\n  \
             = help: {help}\n1 {severity}\n"
        )
    };
    for read in [&["--read", "/etc/passwd"][..], &[]] {
        let words = [&["policy", "patch", "--es-version", "9.0.0"], read].concat();
        let said = format!(
            "{}es-entrypoint: info: nothing is written: no policy file is consulted here\n",
            finding("warning")
        );
        assert_eq!(lab.call(&[], &words), (0, String::new(), said));
        let strict = [&words[..], &["--strict"]].concat();
        assert_eq!(lab.call(&[], &strict), (78, String::new(), finding("error")));
    }
    assert_eq!(lab.read(POLICY), STOCK);
}

#[test]
fn a_missing_path_is_told_once_and_taken_out_without_a_word() {
    let lab = Lab::new("missing");
    let patch = ["policy", "patch", "--read", "/nowhere/at/all"];
    let reported = "warning[policy/missing-path]: `/nowhere/at/all` is to become readable, but is not there\n  \
                    = help: mount it, or remove the path; the grant is for exactly `/nowhere/at/all`, which is not \
                    enough for a directory or a mounted Secret\n1 warning\n";
    let patched = format!("es-entrypoint: info: patched {}\n", lab.path(POLICY));
    assert_eq!(lab.call(&[], &patch), (0, String::new(), format!("{reported}{patched}")));
    assert_eq!(lab.call(&[], &patch), (0, String::new(), reported.to_owned()));
    let asked = [("JAVA_POLICY_READ", "/nowhere/at/all")];
    assert_eq!(lab.call(&asked, &["policy", "check"]), (0, reported.to_owned(), String::new()));
    // Another path takes its place: what stood there does not matter any more.
    assert_eq!(
        lab.call(&[], &["policy", "patch", "--read", "/etc/passwd"]),
        (0, String::new(), patched.clone())
    );
    assert_eq!(lab.call(&[], &patch).0, 0);
    assert_eq!(lab.call(&[], &["policy", "patch", "--remove"]), (0, String::new(), patched));
    assert_eq!(lab.read(POLICY), STOCK);
    // Where the user wrote it, it is reported.
    lab.place.write(POLICY, &block(&["/nowhere/at/all"]).replace("// es-entrypoint:", "// mine:"));
    let (_, output, _) = lab.call(&[], &["policy", "check"]);
    assert!(output.starts_with("warning[policy/missing-path]: `/nowhere/at/all` is not there\n"), "{output}");
    assert_eq!(lab.call(&[], &["policy", "patch", "--remove"]), (0, String::new(), String::new()));
}

/// As Debian's Java 8 has it: the file is a link to one in /etc.
#[test]
fn the_file_behind_a_link_changes_and_every_other_byte_stays() {
    let lab = Lab::new("symlink");
    for text in ["", "// a\r\ngrant {\r\n};", "// caf\u{e9}\n\n// end", "/* \n*/\r\n\r\n"] {
        lab.place.write("etc/java.policy", text);
        let (file, real) = (lab.root.join(POLICY), lab.root.join("etc/java.policy"));
        let _ = std::fs::remove_file(&file);
        symlink("../../../etc/java.policy", &file).unwrap();
        std::fs::set_permissions(&real, PermissionsExt::from_mode(0o664)).unwrap();
        let patch = |words: &[&str]| {
            let line = [&["policy", "patch", "--read", "/etc/passwd", "--read", "/etc/\u{fc} \"x\\"], words]
                .concat();
            let (code, output, errors) = lab.call(&[], &line);
            assert_eq!((code, &*output), (0, ""), "{errors}");
            lab.read("etc/java.policy")
        };
        let with = patch(&[]);
        assert!(with.starts_with(text) && with.contains("\"/etc/\u{fc} \\\"x\\\\\", \"read\";"), "{with}");
        assert_eq!(with.contains('\r'), text.contains('\r'));
        assert_eq!(patch(&[]), with);
        assert_eq!(patch(&["--remove"]), text);
        assert!(file.is_symlink());
        assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o664);
    }
    // A byte order mark would cost every grant.
    lab.place.write("etc/java.policy", "\u{feff}grant {};\n");
    let (code, _, errors) = lab.call(&[], &["policy", "patch", "--read", "/etc/passwd"]);
    assert!(code == 78 && errors.contains("save the file without a byte order mark"), "{errors}");
    assert_eq!(lab.read("etc/java.policy"), "\u{feff}grant {};\n");
}

#[test]
fn a_block_that_cannot_be_told_is_not_taken_out_in_silence() {
    let lab = Lab::new("marker");
    let text = format!("{STOCK}// es-entrypoint: begin\ngrant {{}};\n");
    lab.place.write(POLICY, &text);
    let (code, _, errors) = lab.call(&[], &["policy", "patch", "--remove"]);
    assert_eq!(
        (code, errors),
        (
            78,
            format!(
                "error[policy/syntax]: a block without its last line: it is unclear which part of the file \
                 es-entrypoint wrote\n --> \
                 {}:2:1\n  |\n2 | // es-entrypoint: begin\n  | ^^^^^^^^^^^^^^^^^^^^^^^\n  = help: remove the lines between \
                 and including `// es-entrypoint: begin` and `// es-entrypoint: end`; they are written again\n1 \
                 error\n",
                lab.path(POLICY)
            )
        )
    );
    assert_eq!(lab.read(POLICY), text);
}

#[test]
fn the_kubeconfig_is_one_path_whatever_it_holds() {
    let lab = Lab::new("comma");
    lab.place.write(
        "es/config/elasticsearch.yml",
        "discovery.type: kubernetes\ncloud.kubernetes.service: x\ncloud.kubernetes.namespace: x\n",
    );
    let kubeconfig = "clusters: [{name: a, cluster: {}}]\ncontexts: [{name: c, context: {cluster: a}}]\ncurrent-context: c\n";
    lab.place.write("kube, config", kubeconfig);
    let path = lab.path("kube, config");
    let (code, output, errors) = lab.call(&[("KUBECONFIG", &path)], &["policy", "print"]);
    assert_eq!((code, output), (0, format!("{HEADER}{}", block(&[&path]))), "{errors}");
}

/// Every word for no that 2.x knows.
#[test]
fn without_a_security_manager_nothing_is_written() {
    let lab = Lab::new("manager");
    for (word, consulted) in
        [("false", false), ("no", false), ("off", false), ("False", true), ("true", true)]
    {
        lab.place.write("es/config/elasticsearch.yml", &format!("security.manager.enabled: {word}\n"));
        let (_, output, _) = lab.call(&[("JAVA_POLICY_READ", "/etc/passwd")], &["policy", "check"]);
        assert_eq!(!output.contains("no policy is consulted"), consulted, "{word}: {output}");
    }
}

#[test]
fn the_policy_that_the_user_named_is_merged() {
    let lab = Lab::new("own");
    let theirs = "grant {\r\n  permission java.util.PropertyPermission \"theirs\", \"read\";\r\n};";
    lab.place.write("user.policy", theirs);
    let option = format!("-Djava.security.policy={}", lab.path("user.policy"));
    let options = format!("-Dx=y {option}");
    let run = |options: &str| {
        let environment = [("ES_JAVA_OPTS", options), ("JAVA_POLICY_READ", "/etc/passwd")];
        lab.call(&environment, &["run", "--policy", "property"])
    };
    let ours = lab.path("run/java.policy");
    for _ in 0..2 {
        let (code, output, errors) = run(&options);
        assert_eq!(
            (code, output),
            (0, format!("options: {options} -Djava.security.policy={ours}\n")),
            "{errors}"
        );
        let block = format!("\n{}", block(&["/etc/passwd"]).trim_end()).replace('\n', "\r\n");
        assert_eq!(lab.read("run/java.policy"), format!("{theirs}{block}"));
        assert!(errors.contains("are copied into our policy file"), "{errors}");
    }
    assert_eq!(lab.read("user.policy"), theirs);
    // With the JRE's file patched, theirs stays in effect by itself.
    let both = [("ES_JAVA_OPTS", &*options), ("JAVA_POLICY_READ", "/etc/passwd")];
    let (code, output, errors) = lab.call(&both, &[]);
    assert_eq!((code, output), (0, format!("options: {options}\n")), "{errors}");
    // One that replaces the JRE's makes ours pointless: nothing is displaced.
    let replacing = option.replace("policy=", "policy==");
    let (code, output, errors) = run(&replacing);
    assert_eq!((code, output), (0, format!("options: {replacing}\n")), "{errors}");
    assert!(errors.starts_with("warning[policy/pointless]: `-Djava.security.policy=="), "{errors}");
}

#[test]
fn a_policy_of_the_user_that_cannot_be_merged_is_an_error() {
    let lab = Lab::new("refused");
    lab.place.write("keys.policy", "keystore \"keys.jks\";\n");
    lab.place.write("broken.policy", "grant {\n");
    let keys = lab.path("keys.policy");
    for (path, reason) in [
        ("/nowhere/x.policy", "does not exist"),
        ("file:/etc/passwd", "is not an absolute path"),
        ("${java.home}/x", "is not an absolute path"),
        (&*keys, "has a keystore, so that it cannot be copied"),
    ] {
        let option = format!("-Djava.security.policy={path}");
        let environment = [("ES_JAVA_OPTS", &*option), ("JAVA_POLICY_READ", "/etc/passwd")];
        let (code, output, errors) = lab.call(&environment, &["run", "--policy", "property"]);
        assert_eq!((code, &*output), (78, ""));
        assert_eq!(
            errors,
            format!(
                "error[policy/not-writable]: `-Djava.security.policy={path}` is set, and one from es-entrypoint \
                 would replace it: `{path}` {reason}\n  = help: grant read on `/etc/passwd` in that file yourself \
                 and use `--policy off`, or remove the option\n1 error\n"
            )
        );
    }
    let broken = format!("-Djava.security.policy={}", lab.path("broken.policy"));
    let environment = [("ES_JAVA_OPTS", &*broken), ("JAVA_POLICY_READ", "/etc/passwd")];
    let (code, _, errors) = lab.call(&environment, &["run", "--policy", "property"]);
    assert!(code == 78 && errors.contains("broken.policy:2:1"), "{errors}");
    // Nothing is asked for: nothing is displaced.
    assert_eq!(lab.call(&environment[..1], &["run", "--policy", "property"]).0, 0);
}

/// `bin/elasticsearch` 2.3.4 with `JAVA_HOME=/no/where` starts, on the Java of the `PATH`, silently.
#[test]
fn a_java_home_that_is_none_is_told() {
    let lab = Lab::new("java-home");
    let path = format!("{}:/usr/bin:/bin", lab.path("java/bin"));
    let environment = [("JAVA_HOME", "/no/where"), ("PATH", &*path)];
    let (code, output, _) = lab.call(&environment, &["check"]);
    assert_eq!(
        (code, output),
        (
            0,
            format!(
                "warning[launch/ignored-variable]: `JAVA_HOME` is `/no/where`, where no `bin/java` can be run: the \
                 server gets `{}`\n  = help: set JAVA_HOME to the directory that has `bin/java`, or unset it\n1 warning\n",
                lab.path("java/bin/java")
            )
        )
    );
    let (code, output, _) = lab.call(&environment[1..], &["check"]);
    assert_eq!((code, output.as_str()), (0, ""));
    let unset = [("JAVA_HOME", ""), environment[1]];
    let (code, output, _) = lab.call(&unset, &["check", "--allow", "host/java-version"]);
    assert_eq!((code, output.as_str()), (0, ""));
}
