//! Rules of the launch that the differential test cannot see. The scripts here are not real ones: each generation's
//! part is called directly where it needs one.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use template::Environment;

use super::variables::Mapping;
use super::*;

fn files(include: &str) -> LaunchFiles {
    LaunchFiles {
        script: Some(b"#!/bin/sh\n# edited\nexec java\n".to_vec()),
        include: Some(("/es/bin/elasticsearch.in.sh".into(), include.as_bytes().to_vec())),
        jvm_options: Some(("/es/config/jvm.options".into(), b"# comment\n-Xms1g\n8:-Xmx2g\n-Xmx1g".to_vec())),
        ..LaunchFiles::default()
    }
}

fn jar(version: Version) -> LaunchFiles {
    files(&format!("ES_CLASSPATH=\"$ES_HOME/lib/elasticsearch-{version}.jar:$ES_HOME/lib/*\"\n"))
}

struct Case<'a> {
    version: Version,
    config_dir: Option<&'a str>,
    environment: &'a [(&'a str, &'a str)],
    arguments: &'a [&'a str],
    extra: &'a [&'a str],
    java: Option<&'a str>,
}

const PLAIN: Case = Case {
    version: Version::elasticsearch(2, 3, 4),
    config_dir: None,
    environment: &[],
    arguments: &[],
    extra: &[],
    java: Some("/bin/java"),
};

type Outcome = Result<Launch, Vec<Finding>>;

fn with<T>(case: &Case, call: impl FnOnce(&LaunchInputs) -> T) -> T {
    let environment: Environment = case.environment.iter().copied().collect();
    let arguments: Vec<OsString> = case.arguments.iter().map(OsString::from).collect();
    let extra: Vec<String> = case.extra.iter().map(|option| (*option).to_owned()).collect();
    call(&LaunchInputs {
        version: case.version,
        home: Path::new("/es"),
        config_dir: case.config_dir.map(Path::new),
        environment: &environment,
        arguments: &arguments,
        java: case.java.map(Path::new),
        host_name: OsStr::new("node.example.org"),
        extra_java_options: &extra,
        files: &jar(case.version),
        mode: LaunchMode::Auto,
        archive: None,
        java_major: None,
        keystore: KeystoreLine::Empty,
        memory: None,
        page_size: Some(4096),
        heap_share: None,
        random: None,
        record: None,
    })
}

fn words(launch: &Launch) -> String {
    let mut words = vec![launch.command.program.clone()];
    words.extend_from_slice(&launch.command.arguments);
    words.join(OsStr::new(" ")).into_string().unwrap()
}

fn environment(launch: &Launch) -> Vec<String> {
    let text = |text: &OsString| text.clone().into_string().unwrap();
    launch.command.environment.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect()
}

/// One line a finding: `severity code variable: message | help`.
fn reported(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let variable = finding.variable.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let help = finding.help.clone().unwrap_or_default();
        format!("{} {}{variable}: {} | {help}", finding.severity.word(), finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

fn refused(case: &Case) -> Vec<String> {
    reported(&with(case, command).unwrap_err())
}

fn through_script(case: &Case) -> Launch {
    let launch = with(case, command).unwrap();
    assert_eq!(launch.launcher, Launcher::Script);
    launch
}

#[test]
fn an_edited_script_is_executed_itself() {
    let launch = through_script(&Case {
        environment: &[("ES_HEAP_SIZE", "1g"), ("ES_JAVA_OPTS", "-Da=b")],
        arguments: &["--x=y"],
        extra: &["-Djava.security.policy=/run/p"],
        config_dir: Some("/run/config"),
        ..PLAIN
    });
    assert_eq!(words(&launch), "/es/bin/elasticsearch --x=y --path.conf=/run/config");
    assert_eq!(environment(&launch), ["ES_HEAP_SIZE=1g", "ES_JAVA_OPTS=-Da=b -Djava.security.policy=/run/p"]);
}

#[test]
fn how_each_generation_learns_the_configuration_directory() {
    for (version, arguments, expected, variables) in [
        (
            Version::elasticsearch(1, 4, 0),
            &["--path.conf", "/x"][..],
            "/es/bin/elasticsearch --path.conf=/c",
            &[][..],
        ),
        (
            Version::elasticsearch(5, 3, 0),
            &["-E", "path.conf=/x", "-Ea=b"],
            "/es/bin/elasticsearch -Ea=b -Epath.conf=/c",
            &["ES_JVM_OPTIONS=/c/jvm.options"],
        ),
        (Version::elasticsearch(6, 8, 23), &["-Ea=b"], "/es/bin/elasticsearch -Ea=b", &["ES_PATH_CONF=/c"]),
        (Version::elasticsearch(8, 15, 0), &[], "/es/bin/elasticsearch", &["ES_PATH_CONF=/c"]),
        (Version::opensearch(2, 11, 0), &[], "/es/bin/opensearch", &["OPENSEARCH_PATH_CONF=/c"]),
    ] {
        let launch = through_script(&Case { version, arguments, config_dir: Some("/c"), ..PLAIN });
        assert_eq!(words(&launch), expected);
        assert_eq!(environment(&launch), variables, "{version}");
    }
    let direct = |version, call: fn(&LaunchInputs) -> Option<Outcome>, arguments| {
        let case = Case { version, arguments, config_dir: Some("/c"), extra: &["-Dour=a b"], ..PLAIN };
        let launch = with(&case, call).unwrap().unwrap();
        assert_eq!(launch.launcher, Launcher::Direct);
        let words = words(&launch);
        words[words.find("-Dour").unwrap()..].to_owned()
    };
    assert_eq!(
        direct(Version::elasticsearch(1, 7, 5), direct_1::launch, &["--path.conf=/x", "--a=b"]),
        "-Dour=a b -Delasticsearch -Des.foreground=yes -Des.path.home=/es -cp :/es/lib/elasticsearch-1.7.5.jar:/es/lib/*:/es/lib/sigar/* -Des.a=b -Des.path.conf=/c org.elasticsearch.bootstrap.Elasticsearch"
    );
    assert_eq!(
        direct(
            Version::elasticsearch(2, 3, 4),
            direct_2::launch,
            &["-D", "es.path.conf=/x", "--a=b", "-Des.path.conf=/y"]
        ),
        "-Dour=a b -Des.path.conf=/c -Des.path.home=/es -cp /es/lib/elasticsearch-2.3.4.jar:/es/lib/* org.elasticsearch.bootstrap.Elasticsearch start --a=b"
    );
    assert_eq!(
        direct(Version::elasticsearch(5, 2, 2), direct_5::launch, &["-Epath.conf=/x"]),
        "-Dour=a b -Des.path.home=/es -cp /es/lib/elasticsearch-5.2.2.jar:/es/lib/* org.elasticsearch.bootstrap.Elasticsearch -Epath.conf=/c"
    );
}

#[test]
fn configuration_directory_in_arguments() {
    let two = Version::elasticsearch(2, 3, 4);
    let five = Version::elasticsearch(5, 6, 16);
    let seven = Version::elasticsearch(7, 17, 9);
    for (version, arguments, expected) in [
        (two, &["--path.conf=/a"][..], Some("/a")),
        (two, &["--path.conf", "/a", "-Des.path.conf=/b"], Some("/b")),
        (two, &["-D", "es.path.conf=/a"], Some("/a")),
        (two, &["--path.config=/a", "--path.conf"], None),
        (five, &["-Epath.conf=/a"], Some("/a")),
        (five, &["--path.conf=/a"], None),
        (seven, &["-Epath.conf=/a"], None),
    ] {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        assert_eq!(requested_config_dir(version, &arguments), expected.map(PathBuf::from), "{arguments:?}");
    }
}

#[test]
fn nothing_that_leaves_the_foreground() {
    assert_eq!(
        refused(&Case { arguments: &["--a=b", "-d"], ..PLAIN }),
        [
            "error launch/daemonize: `-d` sends the server into the background | remove `-d`: a container ends with its main process, so the server has to stay in the foreground"
        ]
    );
    // The script takes a value that ends so for the option; we do not.
    assert!(with(&Case { arguments: &["--node.name=a-d"], ..PLAIN }, command).is_ok());
}

#[test]
fn all_problems_at_once() {
    assert_eq!(
        refused(&Case {
            version: Version::elasticsearch(5, 6, 16),
            environment: &[("ES_GC_OPTS", "x"), ("JAVA_OPTS", "y")],
            arguments: &["--daemonize"],
            extra: &["-Dp=a b"],
            java: None,
            ..PLAIN
        }),
        [
            "error launch/daemonize: `--daemonize` sends the server into the background | remove `--daemonize`: a container ends with its main process, so the server has to stay in the foreground",
            "error launch/no-java JAVA_HOME: no `java` found, neither in `JAVA_HOME` nor on the `PATH` | install a Java runtime in the image, or set JAVA_HOME to the directory that has `bin/java`",
            "error launch/removed-variable ES_GC_OPTS: Elasticsearch 5.6.16 refuses to start when `ES_GC_OPTS` is set | unset ES_GC_OPTS and put its options into ES_JAVA_OPTS or `jvm.options`",
            "error launch/blank-in-option: the start script would split the value of `-Dp` at its blank | choose a path without blanks",
        ]
    );
}

#[test]
fn class_path_in_the_environment() {
    for call in [direct_2::launch, direct_5::launch] {
        let outcome = with(&Case { environment: &[("ES_CLASSPATH", "/x.jar")], ..PLAIN }, call).unwrap();
        assert_eq!(
            reported(&outcome.unwrap_err()),
            [
                "error launch/class-path ES_CLASSPATH: `ES_CLASSPATH` is set, and Elasticsearch 2.3.4 refuses to \
                 start with it | unset ES_CLASSPATH; add code as a plugin, or as a jar in `lib/`"
            ]
        );
    }
}

#[test]
fn variables_that_do_not_arrive() {
    let case = Case { environment: &[("JAVA_TOOL_OPTIONS", "-javaagent:x")], ..PLAIN };
    let launch = with(&case, direct_2::launch).unwrap().unwrap();
    assert_eq!(environment(&launch), ["HOSTNAME=node"]);
    let set = |name: &str| name != "JDK_JAVA_OPTIONS";
    let files = LaunchFiles {
        script: Some(b"  unset JAVA_TOOL_OPTIONS\n".to_vec()),
        environment_script: Some(b"  unset _JAVA_OPTIONS\n".to_vec()),
        ..LaunchFiles::default()
    };
    assert_eq!(
        reported(&java_variables::dropped(&files, set, "ES_JAVA_OPTS")),
        ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"].map(|name| format!(
            "warning launch/ignored-variable {name}: `{name}` is not passed on to the server | the start script drops \
             this variable: set ES_JAVA_OPTS instead"
        ))
    );
    let launch = through_script(&Case {
        version: Version::opensearch(2, 11, 0),
        environment: &[("ES_JAVA_OPTS", "-Xmx1g"), ("ES_USE_IPV4", "1"), ("ES_GC_LOG_FILE", "")],
        ..PLAIN
    });
    assert_eq!(
        reported(&launch.warnings),
        [
            "warning launch/ignored-variable ES_USE_IPV4: `ES_USE_IPV4` does not reach the server | unset ES_USE_IPV4 and put its options into OPENSEARCH_JAVA_OPTS or `jvm.options`",
            "warning launch/ignored-variable ES_JAVA_OPTS: `ES_JAVA_OPTS` does not reach the server | unset ES_JAVA_OPTS and put its options into OPENSEARCH_JAVA_OPTS or `jvm.options`",
        ]
    );
}

#[test]
fn what_1_x_leaves_to_its_script() {
    for arguments in
        [&["-v"][..], &["-h"], &["--help"], &["--"], &["--a"], &["-D"], &["word"], &[""], &["-é"]]
    {
        let case = Case { version: Version::elasticsearch(1, 7, 5), arguments, ..PLAIN };
        assert!(with(&case, direct_1::launch).is_none(), "{arguments:?}");
    }
    let case =
        Case { version: Version::elasticsearch(1, 7, 5), environment: &[("properties", "-Dx=y")], ..PLAIN };
    assert!(with(&case, direct_1::launch).is_none());
}

#[test]
fn no_java_in_later_generations() {
    for (version, variable) in [
        (Version::elasticsearch(7, 10, 2), "JAVA_HOME"),
        (Version::elasticsearch(8, 15, 0), "ES_JAVA_HOME"),
        (Version::opensearch(2, 11, 0), "OPENSEARCH_JAVA_HOME"),
    ] {
        assert_eq!(
            refused(&Case { version, java: None, ..PLAIN }),
            [format!(
                "error launch/no-java {variable}: no `java` found, neither in `{variable}` nor in the distribution's `jdk` | install a Java runtime in the image, or set {variable} to the directory that has `bin/java`"
            )]
        );
    }
}

#[test]
fn a_named_java_that_is_not_there_hides_the_bundled_one() {
    for (version, variable) in [
        (Version::elasticsearch(7, 17, 9), "JAVA_HOME"),
        (Version::elasticsearch(8, 15, 0), "ES_JAVA_HOME"),
        (Version::opensearch(2, 11, 0), "JAVA_HOME"),
    ] {
        assert_eq!(
            refused(&Case { version, java: None, environment: &[(variable, "/opt/jdk")], ..PLAIN }),
            [format!(
                "error launch/no-java {variable}: no `java` found in `{variable}`; no other is tried while it is \
                 set | set {variable} to the directory that has `bin/java`, or unset it for the distribution's `jdk`"
            )]
        );
    }
}

#[test]
fn settings_beside_the_file() {
    let two = Version::elasticsearch(2, 3, 4);
    let seven = Version::elasticsearch(7, 17, 9);
    let java = java_variables::JavaVariables { before: Vec::new(), after: vec!["_JAVA_OPTIONS"] };
    let read = |version, options: &str, arguments: &[&str]| {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let environment: Environment =
            [("ES_JAVA_OPTS", options), ("_JAVA_OPTIONS", "-Des.z=9")].into_iter().collect();
        let settings = settings_outside_file(version, &environment, &arguments, Mapping::Nobody, &java);
        settings.iter().map(|given| format!("{}={}", given.key, given.text)).collect::<Vec<_>>().join(" ")
    };
    for (version, options, arguments, expected) in [
        (
            two,
            "-Des.a=1 -Db=2 -Xmx1g",
            &["--c=3", "--d", "4", "-Des.e=5", "-D", "es.f=6", "-Dg=7", "-p", "x"][..],
            "a=1 z=9 c=3 d=4 e=5 f=6",
        ),
        (two, "", &["--version", "--network.host=0.0.0.0", "--last"], "z=9 network.host=0.0.0.0"),
        (seven, "-Des.a=1", &["-Ec=3", "-E", "d=4", "--e=5", "-E"], "c=3 d=4"),
    ] {
        assert_eq!(read(version, options, arguments), expected);
    }
    let root = |options: &str, arguments: &[&str]| {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        allows_root(two, &[("ES_JAVA_OPTS", options)].into_iter().collect(), &arguments)
    };
    assert!(root("-Des.insecure.allow.root=true", &[]));
    assert!(root("", &["-Des.insecure.allow.root=true"]));
    assert!(!root("-Des.insecure.allow.root=true", &["-Des.insecure.allow.root=false"]));
}
