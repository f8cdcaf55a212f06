//! What a pod gives the Kubernetes plugin to ask with: a token, a kubeconfig of the node.

use std::os::unix::fs::{MetadataExt as _, chown};

use crate::lab::{Ended, Lab, ended, root};

const SETTINGS: &str = "discovery.type: kubernetes\ncloud.kubernetes:\n  service: es\n  namespace: search\nnetwork.host: _site_\n\
                        discovery.zen.minimum_master_nodes: 2\n";
const KUBECONFIG: &str = "apiVersion: v1\nclusters:\n- name: c\n  cluster: {server: https://10.0.0.1:6443}\nusers:\n- name: u\n  \
                          user: {token: s3cr3t}\ncontexts:\n- name: x\n  context: {cluster: c, user: u}\ncurrent-context: x\n";
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

fn lab(name: &str) -> Lab {
    let lab = Lab::new(&format!("pod-{name}"));
    lab.write("home/config/elasticsearch.yml", SETTINGS);
    lab.write("home/plugins/cloud-kubernetes/plugin-descriptor.properties", "name=cloud-kubernetes\n");
    lab.write("java/release", "JAVA_VERSION=\"1.8.0_392\"\n");
    lab
}

/// Runs in a mount namespace of its own, where a directory of the test is `/run`.
fn run(lab: &Lab, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let run = lab.text("run");
    let prefix = ["unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /var/run && exec \"$@\"", &run];
    let mut command = lab.prefixed(&prefix, words);
    command.envs(variables.iter().copied());
    ended(command)
}

#[test]
fn a_token_that_only_root_can_read() {
    if !root("a mount namespace whose root is root") {
        return;
    }
    let lab = lab("token");
    // As the kubelet writes it: a link into a directory that is replaced as a whole.
    let account = "run/secrets/kubernetes.io/serviceaccount";
    lab.write(format!("{account}/..1/token"), "s3cr3t");
    std::os::unix::fs::symlink("..1", lab.path(&format!("{account}/..data"))).unwrap();
    std::os::unix::fs::symlink("..data/token", lab.path(&format!("{account}/token"))).unwrap();
    let token = format!("{account}/..1/token");
    lab.mode(&token, 0o600);
    let words = ["run", "--user", "1000:1000"];
    let found = run(&lab, &words, &[]);
    assert_eq!(found.code, 78, "{found:?}");
    let expected = format!(
        "error[discovery/no-token]: the service account's token `{TOKEN}` cannot be read by uid 1000: mode 0600, owner 0\n --> \
         {}:1:17\n  |\n1 | discovery.type: kubernetes\n  |                 ^^^^^^^^^^\n  = help: the plugin asks the API server as \
         nobody (`system:anonymous`), is refused, and finds no other node: in the pod's `securityContext` set `fsGroup: 1000` \
         (Kubernetes then lets that group read the token), or `runAsUser: 1000`, or leave `runAsUser: 0` out\n1 error\n",
        lab.text("home/config/elasticsearch.yml")
    );
    assert_eq!(found.everything(), expected);
    // As with that `fsGroup`; without `runAsUser`; as that user.
    for (mode, owner, group) in [(0o640, 0, 1000), (0o644, 0, 0), (0o600, 1000, 0)] {
        lab.mode(&token, mode);
        chown(lab.path(&token), Some(owner), Some(group)).unwrap();
        let found = run(&lab, &words, &[]);
        assert!(found.started() && found.code == 0, "{mode:o}: {found:?}");
    }
    // A kubeconfig is used instead.
    lab.mode(&token, 0o600);
    chown(lab.path(&token), Some(0), Some(0)).unwrap();
    lab.write("kubeconfig", KUBECONFIG);
    let kubeconfig = lab.text("kubeconfig");
    let found = run(&lab, &words, &[("KUBECONFIG", &kubeconfig)]);
    assert!(found.started(), "{found:?}");
    lab.write("root/.kube/config", KUBECONFIG);
    let home = lab.text("root");
    let found = run(&lab, &words, &[("HOME", &home)]);
    assert!(found.started(), "{found:?}");
}

#[test]
fn a_copy_of_the_nodes_kubeconfig_where_it_is_asked_for() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = lab("copy");
    lab.write("kubeconfig", KUBECONFIG);
    lab.mode("kubeconfig", 0o600);
    let java = lab.read("java/bin/java");
    lab.write("java/bin/java", format!("{java}echo \"KUBECONFIG $KUBECONFIG\"\ncat \"$KUBECONFIG\"\n"));
    let path = lab.text("kubeconfig");
    let start = |words: &[&str], copy: Option<&str>| {
        let mut command = lab.command(words);
        command.env("KUBECONFIG", &path);
        if let Some(copy) = copy {
            command.env("KUBECONFIG_COPY", copy);
        }
        ended(command)
    };
    let refused = format!(
        "error[kubeconfig/unreadable]: `{path}` cannot be read by uid 1000: mode 0600, owner 0\n  = help: a grant to the JVM does \
         not help here: mount a kubeconfig for Elasticsearch alone from a Secret with `defaultMode: 0440` and \
         `securityContext.fsGroup: 0`, which does nothing for a file of the node (hostPath), or unset KUBECONFIG to use the pod's \
         service account; with KUBECONFIG_COPY=true the server gets a copy, and with it all that the owner of this one may \
         do\n1 error\n"
    );
    for copy in [None, Some(""), Some("false"), Some("1")] {
        let found = start(&["run"], copy);
        assert_eq!((found.code, found.everything()), (78, refused.clone()), "{copy:?}");
    }
    assert_eq!(lab.names("runtime"), [""; 0]);
    let copied = lab.text("runtime/kubeconfig");
    let note = format!(
        "es-entrypoint: info: user 1000 gets a copy of the kubeconfig, `{copied}`, and with it all that its owner may do\n"
    );
    // Also over the copy of an earlier start, whoever owns it and whatever stands there.
    for round in 0..3 {
        if round == 1 {
            lab.write("runtime/kubeconfig", "of another start");
            lab.mode("runtime/kubeconfig", 0o644);
        } else if round == 2 {
            std::fs::remove_file(lab.path("runtime/kubeconfig")).unwrap();
            std::os::unix::fs::symlink(lab.path("kubeconfig"), lab.path("runtime/kubeconfig")).unwrap();
        }
        let found = start(&["run"], Some("true"));
        assert_eq!(found.code, 0, "{found:?}");
        assert!(found.errors.contains(&note), "{found:?}");
        assert!(found.output.contains("STARTED uid=1000"), "{found:?}");
        assert!(found.output.contains(&format!("KUBECONFIG {copied}\n{KUBECONFIG}")), "{found:?}");
        let copy = std::fs::symlink_metadata(&copied).unwrap();
        assert_eq!((copy.mode() & 0o7777, copy.uid(), copy.is_file()), (0o400, 1000, true));
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert!(!found.errors.contains("s3cr3t"), "{found:?}");
        // What is granted is the copy.
        let policy = lab.read("runtime/java.policy");
        let permission = format!("permission java.io.FilePermission \"{copied}\", \"read\";");
        assert!(policy.contains(&permission) && !policy.contains(&format!("\"{path}\"")), "{policy}");
    }
    // Who is not root can copy nothing, and is not told to.
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut command = lab.prefixed(&nobody, ["run"]);
    command.env("KUBECONFIG", &path).env("KUBECONFIG_COPY", "true");
    let found = ended(command);
    assert_eq!(found.code, 78, "{found:?}");
    assert!(found.errors.contains(" cannot be read by uid 65534: mode 0600, owner 0"), "{found:?}");
    assert!(found.errors.contains("`securityContext.fsGroup: 65534`"), "{found:?}");
    assert!(!found.errors.contains("KUBECONFIG_COPY"), "{found:?}");
    // A copy that cannot be given away would be of no use.
    let mut command = lab.prefixed(&["setpriv", "--bounding-set=-chown"], ["run"]);
    command.env("KUBECONFIG", &path).env("KUBECONFIG_COPY", "true");
    let found = ended(command);
    assert!(found.code == 78 && !found.errors.contains("KUBECONFIG_COPY"), "{found:?}");
    // The server is still the user of the command line, and other commands get it too.
    std::fs::remove_dir_all(lab.path("runtime")).unwrap();
    let found = start(&["run", "--user", "7:8", "--", "sh", "-c", "cat $KUBECONFIG"], Some("true"));
    assert_eq!((found.code, found.output.as_str()), (0, KUBECONFIG), "{found:?}");
}

#[test]
fn a_config_map_that_is_closed_to_the_user() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = Lab::new("pod-map");
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: x\n");
    lab.mode("home/config-templates/elasticsearch.yml", 0o400);
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let found = ended(lab.prefixed(&nobody, ["run"]));
    let said = |path: &str, mode: &str| {
        format!(
            "error[template/unreadable]: `{path}` is not readable for this user: mode {mode}, owner 0:0\n --> {path}:1:1\n  = help: give it \
             another mode or owner; for a ConfigMap or Secret leave `defaultMode` out, or set `defaultMode: 0440` and \
             `securityContext.fsGroup`, whose group every process of the pod has\n1 error\n"
        )
    };
    let path = lab.text("home/config-templates/elasticsearch.yml");
    assert_eq!((found.code, found.everything()), (78, said(&path, "0400")));
    lab.mode("home/config-templates", 0o700);
    let found = ended(lab.prefixed(&nobody, ["run"]));
    assert_eq!((found.code, found.everything()), (78, said(&lab.text("home/config-templates"), "0700")));
    // Who may not even look does not know.
    lab.mode("home", 0o700);
    let found = ended(lab.prefixed(&nobody, ["run", "--templates", "home/config-templates"]));
    assert!(found.errors.contains("`home/config-templates` is not readable: permission denied"), "{found:?}");
}
