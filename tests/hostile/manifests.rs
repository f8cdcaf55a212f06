//! Manifests that nobody would apply, and those that somebody made to hang a pipeline: what is broken is told, and what stands
//! beside it is judged all the same.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::lab::{Ended, Lab, codes, ended};

/// A pod with one finding, `k8s/privileged`.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: logs}\nspec:\n  containers:\n    - name: es\n      \
                   image: elasticsearch:2.3.4\n      securityContext: {privileged: true}\n";
const NOT_YAML: &str = "error k8s/not-yaml";
const FOUND: &str = "warning k8s/privileged";
/// Nothing takes longer, whatever the machine does beside it.
const BOUND: Duration = Duration::from_secs(5);

fn check(lab: &Lab, path: &str) -> Ended {
    let begin = Instant::now();
    let found = ended(lab.command(["check", "--message-format", "json", "-f", path]));
    assert!(begin.elapsed() < BOUND, "{path}: {:?}", begin.elapsed());
    found
}

/// What is found of a file with these bytes.
fn found(name: &str, bytes: impl AsRef<[u8]>) -> Vec<String> {
    let lab = Lab::new("manifests");
    lab.write(name, bytes);
    let found = check(&lab, name);
    assert!([0, 78].contains(&found.code), "{found:?}");
    codes(&found.output)
}

#[test]
fn a_broken_document_does_not_hide_the_next() {
    let header = "apiVersion: v1\nkind: ConfigMap\n";
    let deep = format!("{header}data: {}{}", "[".repeat(1000), "]".repeat(1000));
    let nested: String = (0..1000).flat_map(|depth| [" ".repeat(depth), "a:\n".to_owned()]).collect();
    let mut laughs = format!("{header}a0: &a0 [x]\n");
    for level in 1..40 {
        let one = format!("*a{}, ", level - 1);
        let _ = writeln!(laughs, "a{level}: &a{level} [{}]", one.repeat(9));
    }
    let mut many = format!("{header}a: &a [{}]\nb:\n", "x, ".repeat(1000));
    many.push_str(&"- *a\n".repeat(100_000));
    for (case, broken) in [
        ("deep", deep),
        ("deep in blocks", format!("{header}data:\n{nested}")),
        ("laughs", laughs),
        ("aliases of much", many),
        ("not closed", format!("{header}data: [\n")),
        ("a tab", format!("{header}data:\n\tx: 1\n")),
        ("two in one", format!("{header}...\n{header}")),
        ("a control character", format!("{header}data: \u{1}\n")),
    ] {
        assert_eq!(found("all.yml", format!("{broken}\n---\n{POD}")), [NOT_YAML, FOUND], "{case}");
        assert_eq!(found("all.yml", format!("{POD}---\n{broken}")), [FOUND, NOT_YAML], "{case}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let latin = [b"apiVersion: v1\nkind: ConfigMap\ndata: {x: \xE9}\n---\n", POD.as_bytes()].concat();
    let lab = Lab::new("manifests-bytes");
    lab.write("latin.yml", &latin);
    let found = check(&lab, "latin.yml");
    assert_eq!(codes(&found.output), [NOT_YAML, FOUND], "{found:?}");
    assert!(found.output.contains("`latin.yml` has bytes in line 3 that are not UTF-8 text"), "{found:?}");
}

#[test]
fn what_kubectl_takes_is_judged() {
    let json = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "logs"}, "spec": {"containers": [
		{"name": "es", "image": "elasticsearch:2.3.4", "securityContext": {"privileged": true}}]}}"#;
    for (case, name, text) in [
        ("JSON with tabs", "pod.json", json.to_owned()),
        ("JSON in a line", "pod.json", json.replace(['\n', '\t'], "")),
        ("a byte order mark", "pod.yml", format!("\u{FEFF}{POD}")),
        ("a mark first", "pod.yml", format!("---\n{POD}")),
        ("line ends of Windows", "pod.yml", format!("---\n{POD}").replace('\n', "\r\n")),
        (
            "comments alone",
            "pod.yml",
            format!("# kind: apiVersion:\n---\n# more\n---\n{POD}---\n# apiVersion: kind:"),
        ),
        ("a list in a list", "list.yml", {
            let inner: String = POD.lines().flat_map(|line| ["      ", line, "\n"]).collect();
            let items = format!("  - apiVersion: v1\n    kind: List\n    items:\n    -\n{inner}");
            format!("apiVersion: v1\nkind: List\nitems:\n{items}")
        }),
        ("an alias", "pod.yml", {
            POD.replace("securityContext: {privileged: true}", "securityContext: *s")
                .replace("spec:", "x: &s {privileged: true}\nspec:")
        }),
    ] {
        assert_eq!(found(name, &text), [FOUND], "{case}: {text}");
    }
    let comment = format!("// by hand\n{json}");
    assert_eq!(found("pod.json", comment), [NOT_YAML]);
}

#[test]
fn nothing_to_judge() {
    let lab = Lab::new("manifests-none");
    lab.write("empty/README.md", "no manifest");
    lab.write("comments.yml", "# apiVersion: v1\n# kind: Pod\n");
    lab.write("nothing.yml", "");
    for path in ["empty", "comments.yml", "nothing.yml"] {
        let found = check(&lab, path);
        assert_eq!((found.code, codes(&found.output)), (0, Vec::new()), "{path}: {found:?}");
        assert!(found.errors.contains("0 objects, 0 pods"), "{path}: {found:?}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    let lab = Lab::new("manifests-closed");
    lab.write("set/pod.yml", POD);
    std::os::unix::fs::symlink("/nowhere/at/all", lab.path("set/gone.yml")).unwrap();
    std::os::unix::fs::symlink(lab.path("set"), lab.path("set/again")).unwrap();
    nix::unistd::mkfifo(&lab.path("set/fifo.yml"), nix::sys::stat::Mode::from_bits_truncate(0o644)).unwrap();
    let found = check(&lab, "set");
    assert_eq!(codes(&found.output), [NOT_YAML, NOT_YAML, FOUND], "{found:?}");
    let found = check(&lab, "not-there.yml");
    assert_eq!((found.code, codes(&found.output)), (78, vec![NOT_YAML.to_owned()]), "{found:?}");
}

/// 8 MB of manifests, a third of them servers, within 60 MB of addresses.
#[test]
fn many_manifests_take_little_memory() {
    let lab = Lab::new("manifests-many");
    let padding = "  # a line of a manifest that says something\n".repeat(40);
    for index in 0..800 {
        let pod =
            POD.replace("logs", &format!("logs-{index}")).replace("spec:", &format!("spec:\n{padding}"));
        let other = pod.replace("elasticsearch", "nginx").replace("logs", "web");
        let text: String = (0..4000).map(|line| if line % 20 == 0 { "\n    k: v" } else { "x" }).collect();
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m-{index}}}\ndata:\n  text: |\n    {text}\n"
        );
        lab.write(format!("set/{index}.yml"), format!("{pod}---\n{other}---\n{map}"));
    }
    let line = format!("ulimit -v 60000; exec {} check -f set", crate::common::binary().display());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line]).current_dir(lab.path(""));
    let found = ended(command);
    assert!(found.errors.contains("2400 objects, 800 pods"), "{}", found.errors);
}

/// 14 MB of one name again and again, within 200 MB of addresses.
#[test]
fn names_that_stand_twice_take_little_memory() {
    let lab = Lab::new("manifests-twice");
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n";
    lab.write("set/pod.yml", POD);
    lab.write("set/map.yml", format!("{map}{}", "  a: 1\n".repeat(2_000_000)));
    // The program itself, which is large where it is not optimized, does not count.
    let program = crate::common::binary();
    let own = std::fs::metadata(program).unwrap().len() / 1000;
    let line = format!("ulimit -v {}; exec {} check -f set", 200_000 + own, program.display());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line]).current_dir(lab.path(""));
    let found = ended(command);
    assert!(found.errors.contains("2 objects, 1 pods"), "{}", found.errors);
}
