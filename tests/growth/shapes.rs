//! Inputs of every kind that somebody may write, or may have written by a program, in any size.

use std::fmt::Write as _;

/// Its name, the first size, the largest one of which four times may be asked for, and how it is made.
pub(crate) type Shape = (&'static str, usize, usize, fn(usize) -> Input);

/// What the program gets.
#[derive(Default)]
pub(crate) struct Input {
    pub(crate) words: Vec<String>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) environment: Vec<(String, String)>,
}

const ANY: usize = 1 << 20;
/// Some files are read up to 1 MiB only: their sizes stay below. These are the kernel's bounds on what arguments and variables may take
/// together, and on each of them.
const VARIABLES: usize = 12_000;
const IN_ONE_VARIABLE: usize = 30_000;

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn input(line: &str, file: &str, text: String) -> Input {
    Input { words: words(line), files: vec![(file.to_owned(), text)], ..Input::default() }
}

/// `check` of that `elasticsearch.yml`.
fn checked(text: String) -> Input {
    input("check --templates t --es-version 7.17.29", "t/elasticsearch.yml", text)
}

/// `render` of a file with that name.
fn rendered(name: &str, text: String) -> Input {
    input(&format!("render t/{name}"), &format!("t/{name}"), text)
}

/// `explain` of that `elasticsearch.yml`.
fn explained(text: String) -> Input {
    input("explain --templates t --es-version 7.17.29", "t/elasticsearch.yml", text)
}

/// `check` of that policy file of the JRE.
fn judged(policy: String) -> Input {
    let line = "policy check --es-version 2.3.4 --es-home h --java-home j";
    let mut input = input(line, "j/lib/security/java.policy", policy);
    input.files.push(("h/lib/elasticsearch-2.3.4.jar".into(), String::new()));
    input
}

/// `check` of an installation and of this machine.
fn installed(file: &str, text: String) -> Input {
    let mut input = input("check --host --es-home h --java-home j", file, text);
    input.files.push(("h/lib/elasticsearch-7.17.29.jar".into(), String::new()));
    input
}

/// `check` of manifests.
fn applied(text: String) -> Input {
    input("check -f all.yml", "all.yml", text)
}

/// A workload with a finding, and the Service by which it is reached.
fn server(index: usize, namespace: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: es\n          \
         image: elasticsearch:2.3.4\n          securityContext: {{privileged: true}}\nmetadata:\n  name: es-{index}\n  \
         namespace: {namespace}\n---\napiVersion: v1\nkind: Service\nspec: {{ports: [{{port: 9200}}]}}\nmetadata:\n  \
         name: es-{index}\n  namespace: {namespace}\n---\n"
    )
}

/// An installation whose configuration is copied at a start, with that many certificates, before the first start or
/// after it.
fn copied(command: &str, count: usize, is_first: bool) -> Input {
    let mut input = input(
        &format!("{command} --es-home h --java-home j --runtime-dir rt"),
        "h/config/elasticsearch.yml",
        "cluster.name: ${NAME:-x}\nxpack.security.enabled: false\ndiscovery.type: single-node\n".to_owned(),
    );
    let mut file = |path: String, text: &str| input.files.push((path, text.to_owned()));
    file("h/lib/elasticsearch-8.19.21.jar".to_owned(), "");
    file("h/bin/elasticsearch".to_owned(), "#!/bin/sh\n");
    file("h/config/log4j2.properties".to_owned(), "");
    file("h/config/jvm.options".to_owned(), "-Xms64m\n-Xmx64m\n");
    for number in 0..count {
        for directory in ["h", "rt"].iter().take(if is_first { 1 } else { 2 }) {
            file(format!("{directory}/config/certs/{number}.crt"), "x");
        }
    }
    if !is_first {
        file("rt/given".to_owned(), &each(count, |it| format!("af63f54c86021707 certs/{it}.crt\n")));
    }
    input
}

/// One text for each number.
fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

/// `begin`, that many times `text`, `end`.
fn around(begin: &str, text: &str, count: usize, end: &str) -> String {
    format!("{begin}{}{end}", text.repeat(count))
}

/// With that many variables.
fn with_variables(mut input: Input, count: usize, variable: fn(usize) -> (String, String)) -> Input {
    input.environment = (0..count).map(variable).collect();
    input
}

fn with_variable(mut input: Input, name: &str, value: String) -> Input {
    input.environment.push((name.to_owned(), value));
    input
}

pub(crate) const SHAPES: &[Shape] = &[
    // Placeholders that are none, each of which could send the reader to the end of its line.
    ("open defaults, each in the one before", 500, ANY, |n| checked(around("a: ", "${A:-", n, "\n"))),
    ("the same on lines of their own", 20, ANY, |n| checked(around("a: ", "${A:-", 20, "\n").repeat(n))),
    ("open placeholders beside each other", 500, ANY, |n| checked(around("a: ", "${A ", n, "\n"))),
    ("brackets without names", 500, ANY, |n| checked(around("a: ", "${", n, "\n"))),
    ("open escapes", 500, ANY, |n| checked(around("a: ", "$${", n, "\n"))),
    ("open references", 500, ANY, |n| checked(around("a: ", "${a.b:", n, "\n"))),
    ("open messages", 500, ANY, |n| rendered("a.txt", "${A:?".repeat(n))),
    ("defaults deeper than they may be", 500, ANY, |n| {
        checked(format!("a: {}x{}\n", "${A:-".repeat(n), "}".repeat(n)))
    }),
    ("names made of placeholders", 500, ANY, |n| {
        checked(format!("a: {}{}\n", "${A${".repeat(n), "}}".repeat(n)))
    }),
    ("closing brackets inside of other ones", 500, ANY, |n| {
        checked(format!("a: {}{}{}\n", "${A:-".repeat(n), "$<}>".repeat(n), "x".repeat(n)))
    }),
    ("open lookups in properties", 500, ANY, |n| {
        rendered("a.properties", around("a=", "${sys:a:-", n, "\n"))
    }),
    ("closed lookups in properties", 500, ANY, |n| {
        rendered("a.properties", format!("a={}{}\n", "${sys:a:-".repeat(n), "}".repeat(n)))
    }),
    // Many placeholders in one place.
    ("different placeholders in one value", 500, ANY, |n| {
        checked(format!("a: \"{}\"\n", each(n, |index| format!("${{A{index}:-x}}"))))
    }),
    ("values beside references", 500, ANY, |n| {
        with_variable(checked(around("a: x", "${A}$${a.b}", n, "\n")), "A", "x".into())
    }),
    ("unset variables on one line", 100, ANY, |n| {
        checked(format!("a: [{}]\n", each(n, |index| format!("${{A{index}}},"))))
    }),
    ("placeholders in one comment", 500, ANY, |n| checked(around("# ", "${A} ", n, "\na: 1\n"))),
    ("tags made of placeholders", 100, ANY, |n| checked(around("a: [", "!${A} y,", n, "]\n"))),
    ("parts of a secret in one list", 500, ANY, |n| {
        with_variable(explained(around("a: [", "x${A_PASSWORD},", n, "]\n")), "A_PASSWORD", "x".into())
    }),
    ("options on one line", 500, ANY, |n| rendered("jvm.options", around("-Dx=", "${A:-x}", n, "\n"))),
    ("values to escape in one property", 500, ANY, |n| {
        with_variable(rendered("a.properties", around("a=", "${A}", n, "\n")), "A", "a b".into())
    }),
    ("one property of many lines", 500, ANY, |n| {
        rendered("a.properties", around("a=", "${A:-x}\\\n", n, "\n"))
    }),
    ("permissions to render", 500, ANY, |n| {
        rendered("java.policy", "grant { permission a \"$<A:-x>\"; };\n".repeat(n))
    }),
    // YAML: wide, deep, long.
    ("maps in a list", 200, ANY, |n| {
        checked(format!("a:\n{}", each(n, |index| format!("  - b{index}: 1\n    c: 2\n"))))
    }),
    ("lists in a list", 200, ANY, |n| checked(around("a:\n", "  - [1, 2]\n", n, ""))),
    ("deep lists", 5, ANY, |n| {
        checked(each(n, |index| format!("a{index}: {}{}\n", "[".repeat(150), "]".repeat(150))))
    }),
    ("long keys around many", 100, 20_000, |n| {
        let inside = each(n, |index| format!("a{index}: 1,"));
        checked(format!("? {}\n: {{{inside}}}\n", "k".repeat(10 * n)))
    }),
    ("a long list", 500, ANY, |n| {
        checked(format!("discovery.seed_hosts: [{}]\n", each(n, |index| format!("es-{index},"))))
    }),
    ("one key again and again", 100, ANY, |n| checked("cluster.name: a\r\n".repeat(n))),
    ("findings on one line", 50, ANY, |n| {
        checked(around("{", "discovery.zen.minimum_master_nodes: 1,", n, "}\n"))
    }),
    ("names that are nearly known", 200, ANY, |n| {
        checked(each(n, |index| format!("discovery.zen.minimum_master_node{index}: 1\n")))
    }),
    ("secrets of every kind", 50, ANY, |n| {
        checked(each(n, |index| format!("a{index}.password: [x, ${{B:-y}}]\n# token: |\n#   z\n")))
    }),
    ("addresses on one line", 500, ANY, |n| checked(format!("# {}\n", "a://b:c ".repeat(n)))),
    ("names of secrets on one line", 500, ANY, |n| {
        checked(format!("# {}: [${{A}}\n", "password ${B} ".repeat(n)))
    }),
    ("secrets in what is no YAML", 200, ANY, |n| {
        checked(each(n, |index| format!("password: \"[{index}\n  token x\n")) + "]")
    }),
    ("secrets of properties", 200, ANY, |n| {
        rendered(
            "a.properties",
            each(n, |index| format!("a{index}.name = Authorization\na{index}.value = ${{A}}\\\n  x\n")),
        )
    }),
    ("aliases", 100, ANY, |n| checked(around("a: &x 1\n", "b: [*x, *y]\n", n, ""))),
    ("documents", 500, ANY, |n| checked("---\na: 1\n".repeat(n))),
    ("comments and empty lines", 2000, ANY, |n| checked("# c\n\n".repeat(n))),
    ("escapes in one text", 2000, ANY, |n| checked(around("a: \"", "\\x41\\\"", n, "\"\n"))),
    ("a long text over lines", 500, ANY, |n| checked(around("a: >\n", "  b ${A:-x}\n", n, ""))),
    ("settings to explain", 200, ANY, |n| explained(each(n, |index| format!("a{index}: ${{A:-x}}\n")))),
    // The environment, arguments and files beside.
    ("variables that nobody asks for", 3000, 6000, |n| {
        with_variables(checked("a: ${A:-x}\n".into()), n, |index| (format!("V_{index}"), "x".into()))
    }),
    ("variables that are asked for", 200, VARIABLES, |n| {
        let text = each(n, |index| format!("a{index}: ${{V_{index}}}\n"));
        with_variables(checked(text), n, |index| (format!("V_{index}"), "x".into()))
    }),
    ("variables near to others that are missing", 200, VARIABLES, |n| {
        let text = each(n, |index| format!("${{NAME_{index}_X}}\n"));
        with_variables(rendered("a.txt", text), n, |index| (format!("NAME_{index}"), "x".into()))
    }),
    ("variables that become settings", 500, VARIABLES, |n| {
        let mut input = installed("h/bin/elasticsearch-env", "ES_DISTRIBUTION_TYPE=docker\n".into());
        input.files.push(("h/config/elasticsearch.yml".into(), "cluster.name: a\n".into()));
        with_variables(input, n, |index| (format!("node.attr.v{index}"), "x".into()))
    }),
    ("variables that nobody reads", 500, VARIABLES, |n| {
        let input = installed("h/config/elasticsearch.yml", "cluster.name: a\n".into());
        with_variables(input, n, |index| (format!("discovery.zen.v{index}"), "${CLUSTER_NAME}".into()))
    }),
    ("damaged values", 200, VARIABLES, |n| {
        let text = each(n, |index| format!("a{index}: ${{V_{index}}}\n"));
        with_variables(checked(text), n, |index| (format!("V_{index}"), "\"x\"".into()))
    }),
    ("files with values", 100, VARIABLES, |n| {
        let text = each(n, |index| format!("a{index}: ${{V_{index}}}\n"));
        with_variables(checked(text), n, |index| (format!("V_{index}_FILE"), "nowhere".into()))
    }),
    ("one long variable", 1000, IN_ONE_VARIABLE, |n| {
        with_variable(checked("a: ${A} ${A}\n".into()), "A", "$".repeat(n))
    }),
    ("options in a variable", 100, IN_ONE_VARIABLE / 8, |n| {
        with_variable(installed("h/config/a.yml", String::new()), "ES_JAVA_OPTS", "-Xmx1q ".repeat(n))
    }),
    ("lines of options", 1000, 20_000, |n| installed("h/config/jvm.options", "8-13:-Xmx1g\n".repeat(n))),
    ("lines of wrong options", 200, 30_000, |n| installed("h/config/jvm.options", "-Xmx1q\n".repeat(n))),
    ("files of templates", 50, 2000, |n| {
        let mut input = checked("a: 1\n".into());
        input.files.extend((0..n).map(|index| (format!("t/f{index}.yml"), "a: ${A:-x}\n".into())));
        input
    }),
    ("files that are refused", 50, 2000, |n| {
        let mut input = checked("a: 1\n".into());
        input.files.extend((0..n).map(|index| (format!("t/f{index}.yml"), "a: ${A}\n".into())));
        input
    }),
    ("settings as arguments", 200, 20_000, |n| {
        let mut input = installed("h/config/elasticsearch.yml", each(n, |index| format!("a{index}: 1\n")));
        input.words = words("run --strict --es-home h --java-home j --");
        input.words.extend((0..n).map(|index| format!("-Ea{index}=1")));
        input
    }),
    ("permissions to judge", 200, 4000, |n| {
        judged("grant { permission java.io.FilePermission \"/x\", \"read\"; };\n".repeat(n))
    }),
    ("permissions for different paths", 100, 2000, |n| {
        let permission =
            |index| format!("permission java.io.FilePermission \"/nowhere/{index}\", \"read\";\n");
        let paths: Vec<String> = (0..n).map(|index| format!("/nowhere/{index}")).collect();
        let mut input = judged(format!("grant {{\n{}}};\n", each(n, permission)));
        input.environment.push(("JAVA_POLICY_READ".into(), paths.join(",")));
        input
    }),
    ("a policy that never ends", 500, 9000, |n| judged("grant { permission /* ${a \"\n".repeat(n))),
    ("contexts of a kubeconfig", 20, 2500, |n| {
        let mut text = String::from("apiVersion: v1\ncurrent-context: c1\n");
        for (list, item) in [("contexts", "context: {cluster: a, user: b}"), ("users", "user: {token: x}")] {
            let _ = writeln!(text, "{list}:\n{}", each(n, |index| format!("- name: c{index}\n  {item}\n")));
        }
        let mut input = input("check --host --es-home h --java-home j", "kubeconfig", text);
        let settings = "discovery.type: kubernetes\ncloud.kubernetes: {service: a, namespace: b}\n";
        input.files.push(("h/lib/elasticsearch-2.3.4.jar".into(), String::new()));
        input.files.push(("h/config/elasticsearch.yml".into(), settings.into()));
        input.environment.push(("KUBECONFIG".into(), "kubeconfig".into()));
        input
    }),
    // Manifests.
    ("servers in namespaces of their own", 20, ANY, |n| {
        applied(each(n, |i| server(i, &format!("logs-{i}"))))
    }),
    ("servers of one namespace with links to each other", 20, ANY, |n| {
        applied(each(n, |i| server(i, "default")))
    }),
    ("servers with budgets and autoscalers", 20, ANY, |n| {
        let more = |i| {
            format!(
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: es-{i}}}\nspec: {{maxUnavailable: 1, selector: \
                 {{matchLabels: {{app: es}}}}}}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: \
                 es-{i}}}\nspec: {{maxReplicas: 4, scaleTargetRef: {{kind: Deployment, name: es-{i}}}}}\n---\n"
            )
        };
        let labelled = |i| {
            server(i, "default").replace("  template:\n", "  template:\n    metadata: {labels: {app: es}}\n")
        };
        applied(each(n, |i| labelled(i) + &more(i)))
    }),
    ("one server beside other objects", 200, ANY, |n| {
        let maps = each(n, |i| {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{i}}}\ndata: {{k: v}}\n---\n")
        });
        applied(format!("{}{maps}", server(0, "default")))
    }),
    ("documents with nothing in them", 5000, ANY, |n| applied("---\n# kind, apiVersion\n".repeat(n))),
    ("names that stand twice", 1000, ANY, |n| {
        applied(format!(
            "{}  annotations:\n{}",
            server(0, "default").trim_end_matches("---\n"),
            each(n, |i| format!("    a{i}: 1\n    a{i}: 2\n"))
        ))
    }),
    ("one name that stands very often", 1000, ANY, |n| {
        let names = "  a: b\n".repeat(n);
        applied(format!("{}apiVersion: v1\nkind: ConfigMap\ndata:\n{names}", server(0, "default")))
    }),
    ("comments that allow something", 1000, ANY, |n| {
        applied(format!("a: 1\n{}", "# es-entrypoint: allow k8s/spread\n".repeat(n)))
    }),
    ("documents that each allow something", 100, ANY, |n| {
        let document = |i| format!("# es-entrypoint: allow k8s/privileged\n{}", server(i, "default"));
        applied(each(n, document))
    }),
    ("aliases of one text", 1000, 20_000, |n| {
        applied(format!(
            "apiVersion: v1\nkind: ConfigMap\nx: &x y\ndata:\n{}",
            each(n, |i| format!("  a{i}: *x\n"))
        ))
    }),
    ("files of the user, before they are copied", 100, 1000, |n| copied("run", n, true)),
    ("files of the user, copied at the last start", 100, 1000, |n| copied("run", n, false)),
    ("the same before a start", 100, 1000, |n| copied("check", n, false)),
    ("files that are missing", 100, 4000, |n| {
        installed(
            "h/config/elasticsearch.yml",
            each(n, |index| format!("xpack.s{index}.certificate: /nowhere/{index}\n")),
        )
    }),
];
