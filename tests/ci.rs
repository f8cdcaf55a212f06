//! The ways by which CI and people call `check -f`: the steps of the action, the hooks of pre-commit, the plugin of kubectl.
//! `scripts/provision.sh ci` brings the programs.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A value that is no text, which has one finding, and the same in quotes.
const WRONG: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: logs\nspec:\n  containers:\n    - name: elasticsearch\n      \
                     image: elasticsearch:2.3.4\n      env:\n        - name: MASTER_COUNT\n          value: 3\n";

/// A directory with manifests, removed at the end. Its `bin` is in front of PATH and has this program.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("es-entrypoint-ci-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        for directory in ["bin", "work/k8s", "home"] {
            fs::create_dir_all(path.join(directory)).unwrap();
        }
        let place = Self(fs::canonicalize(path).unwrap());
        place.link("es-entrypoint");
        place.write(WRONG);
        place
    }

    fn link(&self, name: &str) {
        std::os::unix::fs::symlink(common::binary(), self.0.join("bin").join(name)).unwrap();
    }

    fn write(&self, text: &str) {
        fs::write(self.0.join("work/k8s/pod.yml"), text).unwrap();
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.0.join("bin").display());
        command.current_dir(self.0.join("work")).env_clear().stdin(Stdio::null()).envs([
            ("PATH", path.as_str()),
            ("HOME", self.0.join("home").to_str().unwrap()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "t"),
            ("GIT_AUTHOR_EMAIL", "t@example.org"),
            ("GIT_COMMITTER_NAME", "t"),
            ("GIT_COMMITTER_EMAIL", "t@example.org"),
        ]);
        command
    }

    fn git(&self, directory: &str, words: &[&str]) -> String {
        let output = self.command("git").current_dir(self.0.join(directory)).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        text(&output.stdout).trim().to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// A file of YAML as other programs read it.
fn yaml(python: &Path, file: &str) -> Value {
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let output = Command::new(python)
        .args(["-c", program])
        .stdin(fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{file}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_steps_of_the_action() {
    let Some(python) = common::tool("python") else { return };
    let action = yaml(&python, "action.yml");
    let place = Place::new("action");
    let inputs = |name: &str| match name {
        "inputs.files" => "k8s",
        "inputs.args" => "--deny k8s/unused-allow --strict",
        "inputs.sarif" => "found.sarif",
        "github.action_path" => env!("CARGO_MANIFEST_DIR"),
        _ => panic!("{name}"),
    };
    let run = || -> Vec<Output> {
        let steps = action["runs"]["steps"].as_array().unwrap().iter();
        let scripts = steps.filter(|step| step["run"].is_string()).map(|step| {
            assert_eq!(step["shell"], "bash");
            // As a runner does it.
            let file = place.0.join("step.sh");
            fs::File::create(&file).unwrap().write_all(step["run"].as_str().unwrap().as_bytes()).unwrap();
            let mut command = place.command("bash");
            command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(file);
            command.env("GITHUB_PATH", place.0.join("path")).env("RUNNER_TEMP", &place.0);
            for (name, value) in step["env"].as_object().unwrap() {
                let value = value.as_str().unwrap();
                let input = value.strip_prefix("${{ ").and_then(|it| it.strip_suffix(" }}")).unwrap();
                command.env(name, inputs(input));
            }
            command.output().unwrap()
        });
        scripts.collect()
    };
    // The program is there: nothing is built.
    let [built, checked] = &run()[..] else { panic!("two steps have a script") };
    assert_eq!(code(built), Some(0), "{built:?}");
    assert_eq!(code(checked), Some(78), "{checked:?}");
    assert_eq!(
        text(&checked.stdout),
        "::error file=k8s/pod.yml,line=11,col=18,endColumn=19,title=k8s/wrong-type::`value` is a number, not a text%0Ahelp: \
         the API server refuses the whole object: put the value in quotes\n"
    );
    let sarif =
        || -> Value { serde_json::from_slice(&fs::read(place.0.join("work/found.sarif")).unwrap()).unwrap() };
    let results = sarif()["runs"][0]["results"].clone();
    assert_eq!(results.as_array().unwrap().len(), 1, "{results}");
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "k8s/pod.yml");

    place.write(&WRONG.replace("value: 3", "value: \"3\""));
    let [_, checked] = &run()[..] else { panic!() };
    assert_eq!((code(checked), text(&checked.stdout)), (Some(0), String::new()));
    assert_eq!(sarif()["runs"][0]["results"], Value::Array(Vec::new()));

    // The file is uploaded whatever the check said.
    let upload = action["runs"]["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(upload["if"], "always() && inputs.upload == 'true'");
    assert_eq!(upload["with"]["sarif_file"], "${{ inputs.sarif }}");
}

#[test]
fn the_hooks_of_pre_commit() {
    let (Some(pre_commit), Some(python)) = (common::tool("pre-commit"), common::tool("python")) else {
        return;
    };
    // What is built from source is the same but for that.
    let hooks = yaml(&python, ".pre-commit-hooks.yaml");
    let [built, installed] = &hooks.as_array().unwrap()[..] else { panic!("two hooks") };
    for member in ["name", "entry", "args", "types_or", "pass_filenames"] {
        assert_eq!(built[member], installed[member], "{member}");
    }
    assert_eq!((&built["language"], &installed["language"]), (&"rust".into(), &"system".into()));

    let place = Place::new("pre-commit");
    fs::create_dir(place.0.join("hooks")).unwrap();
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    fs::copy(hooks, place.0.join("hooks/.pre-commit-hooks.yaml")).unwrap();
    for directory in ["hooks", "work"] {
        place.git(directory, &["init", "-q"]);
    }
    place.git("hooks", &["add", "."]);
    place.git("hooks", &["commit", "-qm", "hooks"]);
    let revision = place.git("hooks", &["rev-parse", "HEAD"]);
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {revision}\n    hooks:\n      - id: es-entrypoint-system\n        args: [-f, k8s]\n",
        place.0.join("hooks").display()
    );
    fs::write(place.0.join("work/.pre-commit-config.yaml"), config).unwrap();
    fs::write(place.0.join("work/README.md"), "Nothing.\n").unwrap();
    place.git("work", &["add", "."]);
    let run = |words: &[&str]| {
        let mut command = place.command(&pre_commit);
        let output =
            command.arg("run").args(words).env("PRE_COMMIT_HOME", place.0.join("store")).output().unwrap();
        (code(&output), text(&output.stdout))
    };
    let (status, said) = run(&["--all-files"]);
    assert_eq!(status, Some(1), "{said}");
    for part in ["- hook id: es-entrypoint-system", "- exit code: 78", " --> k8s/pod.yml:11:18"] {
        assert!(said.contains(part), "{said}");
    }
    // Nothing that it judges has changed.
    let (status, said) = run(&["--files", "README.md"]);
    assert!(status == Some(0) && said.contains("Skipped"), "{said}");
    place.write(&WRONG.replace("value: 3", "value: \"3\""));
    place.git("work", &["add", "."]);
    let (status, said) = run(&[]);
    assert!(status == Some(0) && said.contains("Passed"), "{said}");
}

#[test]
fn the_plugin_of_kubectl() {
    let Some(kubectl) = common::tool("kubectl") else { return };
    let place = Place::new("kubectl");
    place.link("kubectl-es_entrypoint");
    let run = |words: &[&str]| place.command(&kubectl).args(words).output().unwrap();
    let listed = run(&["plugin", "list", "--name-only"]);
    assert_eq!(text(&listed.stdout).lines().last(), Some("kubectl-es_entrypoint"), "{listed:?}");
    for words in [&["es-entrypoint", "-f", "k8s"][..], &["es-entrypoint", "k8s"]] {
        let found = run(words);
        assert_eq!(code(&found), Some(78), "{found:?}");
        assert!(text(&found.stdout).starts_with("error[k8s/wrong-type]: "), "{found:?}");
    }
    let nothing = run(&["es-entrypoint"]);
    assert_eq!(code(&nothing), Some(64), "{nothing:?}");
    let help = run(&["es-entrypoint", "help", "k8s/wrong-type"]);
    assert!(text(&help.stdout).starts_with("k8s/wrong-type (error)\n"), "{help:?}");
}
