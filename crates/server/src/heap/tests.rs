use template::Environment;

use super::size::GIBIBYTE;
use super::*;
use crate::jvm_arguments;
use crate::jvm_options::{self, OptionsFile};
use crate::launch::java_variables::JavaVariables;
use crate::version::Version;

const NODE_2: Version = Version::elasticsearch(2, 3, 4);
const NODE_7: Version = Version::elasticsearch(7, 17, 9);

struct Case<'a> {
    version: Version,
    environment: &'a [(&'a str, &'a str)],
    jvm_options: &'a str,
    /// A file of `jvm.options.d`.
    further: Option<&'a str>,
    limit: Option<u64>,
    enforced: bool,
}

/// One line a finding: `severity code variable-or-place: message | help`.
fn messages(case: &Case) -> Vec<String> {
    let environment: Environment = case.environment.iter().copied().collect();
    let file = |name: &str, text: &str| OptionsFile {
        name: name.to_owned(),
        text: text.to_owned(),
        is_shown: true,
        ..OptionsFile::default()
    };
    let mut files = vec![file("config/jvm.options", case.jvm_options)];
    files.extend(case.further.map(|text| file("config/jvm.options.d/heap.options", text)));
    let jvm_options = jvm_options::parse(case.version, Some(17), &files);
    let java_variables = JavaVariables { before: vec!["JDK_JAVA_OPTIONS"], after: vec!["_JAVA_OPTIONS"] };
    let arguments = jvm_arguments::list(&jvm_arguments::Inputs {
        version: case.version,
        environment: &environment,
        java_variables: &java_variables,
        jvm_options: &jvm_options,
        files: None,
    });
    let findings = judge(&HeapInputs {
        version: case.version,
        environment: &environment,
        java_variables: &java_variables,
        arguments: &arguments,
        java_major: Some(17),
        memory_limit: case.limit,
        total_memory: Some(64 * GIBIBYTE),
        enforced: case.enforced,
    });
    let line = |finding: &Finding| {
        let place = finding
            .location()
            .map(|place| format!("{}:{}:{}-{}", place.file, place.line, place.column, place.end_column));
        let whose = finding.variable.clone().or(place).unwrap_or_default();
        let help = finding.help.clone().unwrap_or_default();
        format!("{} {} {whose}: {} | {help}", finding.severity.word(), finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

fn with_environment(environment: &[(&str, &str)]) -> Vec<String> {
    messages(&Case {
        version: NODE_2,
        environment,
        jvm_options: "",
        further: None,
        limit: None,
        enforced: false,
    })
}

#[test]
fn nothing_set_is_nothing_wrong() {
    assert_eq!(with_environment(&[]), [""; 0]);
    assert_eq!(with_environment(&[("ES_HEAP_SIZE", "512m")]), [""; 0]);
    assert_eq!(with_environment(&[("ES_HEAP_SIZE", "31g"), ("ES_JAVA_OPTS", "-Dx=-Xmx9 -Xss1m")]), [""; 0]);
}

#[test]
fn refused_by_the_jvm() {
    assert_eq!(
        with_environment(&[("ES_HEAP_SIZE", "2gb")]),
        [
            "error heap/invalid ES_HEAP_SIZE: `ES_HEAP_SIZE` is `2gb`, which is not a size that the JVM reads | the JVM does not start: a size is a whole number and one letter, `k`, `m` or `g`: write `2g`"
        ]
    );
    assert_eq!(
        with_environment(&[("ES_HEAP_SIZE", "512")]),
        [
            "error heap/invalid ES_HEAP_SIZE: `ES_HEAP_SIZE` is 512 bytes | the server does not start with so small a heap: a number without a letter counts bytes, `m` makes it mebibytes"
        ]
    );
    assert_eq!(
        with_environment(&[("ES_JAVA_OPTS", "-Xms2g -Xmx1.5g")]),
        [
            "error heap/invalid ES_JAVA_OPTS: `-Xmx1.5g` in `ES_JAVA_OPTS` has no size that the JVM reads | the JVM does not start: a size is a whole number and one letter, `k`, `m` or `g`: write `1536m`"
        ]
    );
    assert_eq!(
        with_environment(&[("ES_MIN_MEM", "2g")]),
        [
            "error heap/invalid ES_MIN_MEM: the initial heap of 2 GiB is larger than the maximum of 1 GiB | set \
             ES_HEAP_SIZE=1g alone, it sets both"
        ]
    );
    assert_eq!(
        with_environment(&[("ES_MAX_MEM", "128m")]),
        [
            "error heap/invalid ES_MAX_MEM: the initial heap of 256 MiB is larger than the maximum of 128 MiB | set \
             ES_HEAP_SIZE=128m alone, it sets both"
        ]
    );
}

/// The message shows what was seen.
#[test]
fn quotes_and_blanks() {
    let invalid = |name: &str, message: &str, write: &str| {
        format!(
            "error heap/invalid {name}: {message} | the JVM does not start: a size is a whole number and one letter, \
             `k`, `m` or `g`{write}"
        )
    };
    let quotes =
        ", and quotes are no part of it; `docker run --env-file` and the list form of compose keep them";
    let is = |text: &str| format!("`ES_HEAP_SIZE` is `{text}`, which is not a size that the JVM reads");
    for (text, write) in [
        ("\"1g\"", format!("{quotes}: write `1g`")),
        ("'512m'", format!("{quotes}: write `512m`")),
        ("1 g", ": write `1g`".to_owned()),
        (" 1g", ": write `1g`".to_owned()),
    ] {
        let found = with_environment(&[("ES_HEAP_SIZE", text)]);
        assert_eq!(found, [invalid("ES_HEAP_SIZE", &is(text), &write)], "{text}");
    }
    assert_eq!(with_environment(&[("ES_HEAP_SIZE", "1g ")]), [""; 0]);
    // The script makes options of the rest.
    assert_eq!(with_environment(&[("ES_HEAP_SIZE", "1g -Xss1m")]), [""; 0]);
    assert_eq!(
        with_environment(&[("ES_JAVA_OPTS", "\"-Xms512m -Xmx512m\"")]),
        [invalid(
            "ES_JAVA_OPTS",
            "`-Xmx512m\"` in `ES_JAVA_OPTS` has no size that the JVM reads",
            &format!("{quotes}: write `512m`")
        )]
    );
    // What must not be shown.
    let found = with_environment(&[("ES_HEAP_SIZE", "1\u{1b}g")]);
    assert_eq!(found, [invalid("ES_HEAP_SIZE", "`ES_HEAP_SIZE` is not a size that the JVM reads", "")]);
}

#[test]
fn zero() {
    assert_eq!(
        with_environment(&[("ES_JAVA_OPTS", "-Xms0 -Xmx0")]),
        [
            "error heap/invalid ES_JAVA_OPTS: `-Xmx0` in `ES_JAVA_OPTS` has no size that the JVM reads | the JVM does not start: a size is a whole number and one letter, `k`, `m` or `g`"
        ]
    );
    assert_eq!(
        with_environment(&[("ES_JAVA_OPTS", "-Xms0 -Xmx1g")]),
        [
            "warning heap/xms-xmx ES_JAVA_OPTS: `-Xmx` is set, but `-Xms` is not | the heap would be resized while the server works: add `-Xms1g`"
        ]
    );
}

#[test]
fn unequal_sizes() {
    assert_eq!(
        with_environment(&[("ES_MAX_MEM", "2g")]),
        ["warning heap/xms-xmx ES_MAX_MEM: the initial heap of 256 MiB and the maximum of 2 GiB differ | \
          resizing pauses the server and undoes memory locking: set ES_HEAP_SIZE=2g alone, it sets both"]
    );
    for (enforced, word) in [(true, "error"), (false, "warning")] {
        let case = Case {
            version: NODE_7,
            environment: &[],
            jvm_options: "# heap\n-Xms1g\n  17-:-Xmx2g\r\n8:-Xmx3g\n18-:-Xmx4g\n",
            further: None,
            limit: None,
            enforced,
        };
        assert_eq!(
            messages(&case),
            [format!(
                "{word} heap/xms-xmx config/jvm.options:3:7-13: the initial heap of 1 GiB and the maximum of 2 GiB \
                 differ | resizing pauses the server and undoes memory locking: set both: ES_JAVA_OPTS=\"-Xms2g \
                 -Xmx2g\""
            )]
        );
    }
    let case = Case {
        version: NODE_7,
        environment: &[("ES_JAVA_OPTS", "-Xmx2g")],
        jvm_options: "",
        further: None,
        limit: None,
        enforced: true,
    };
    assert_eq!(
        messages(&case),
        [
            "error heap/xms-xmx ES_JAVA_OPTS: `-Xmx` is set, but `-Xms` is not | the heap would be resized while the server works: add `-Xms2g`"
        ]
    );
}

/// Each help is right beside the others: all advise the size that fits.
#[test]
fn one_size_for_all_findings() {
    let advised = |options: &str, limit: u64| {
        let found = messages(&Case {
            version: NODE_7,
            environment: &[("ES_JAVA_OPTS", options)],
            jvm_options: "",
            further: None,
            limit: Some(limit),
            enforced: true,
        });
        let advice = |line: &String| {
            let (code, help) = (line.split(' ').nth(1)?, line.split(" | ").nth(1)?);
            let from = help.rfind("set ").or_else(|| help.rfind("add "))?;
            Some(format!("{code}: {}", help[from..].split(", half").next()?))
        };
        found.iter().filter_map(advice).collect::<Vec<String>>()
    };
    let fits = "ES_JAVA_OPTS=\"-Xms512m -Xmx512m\"";
    assert_eq!(
        advised("-Xms512m -Xmx2g", GIBIBYTE),
        [format!("heap/xms-xmx: set both: {fits}"), format!("heap/over-limit: set {fits}")]
    );
    assert_eq!(
        advised("-Xmx2g", GIBIBYTE),
        [format!("heap/xms-xmx: set both: {fits}"), format!("heap/over-limit: set {fits}")]
    );
    assert_eq!(
        advised("-Xms4g -Xmx2g", GIBIBYTE),
        [format!("heap/invalid: set both: {fits}"), format!("heap/over-limit: set {fits}")]
    );
    assert_eq!(advised("-Xmx2g", 4 * GIBIBYTE), ["heap/xms-xmx: add `-Xms2g`"]);
    assert_eq!(
        advised("-Xms40g -Xmx40g", 42 * GIBIBYTE),
        ["heap/over-limit: set ES_JAVA_OPTS=\"-Xms21g -Xmx21g\"", "heap/over-32g: set 31g or less"]
    );
    assert_eq!(
        advised("-Xms40g -Xmx40g", 60 * GIBIBYTE),
        ["heap/over-32g: set 31g or less, or more than 48g"]
    );
}

#[test]
fn against_the_limit() {
    let messages = |heap: &str, limit: u64| {
        messages(&Case {
            version: NODE_2,
            environment: &[("ES_HEAP_SIZE", heap)],
            jvm_options: "",
            further: None,
            limit: Some(limit),
            enforced: false,
        })
    };
    assert_eq!(
        messages("2g", GIBIBYTE),
        [
            "error heap/over-limit ES_HEAP_SIZE: the heap of 2 GiB does not fit into the container's memory limit \
             of 1 GiB | the kernel would kill the server once it uses its heap: set ES_HEAP_SIZE=512m, half of that \
             memory, or give more memory (`docker run --memory`, in Kubernetes `resources.limits.memory`)"
        ]
    );
    assert_eq!(
        messages("900m", GIBIBYTE),
        [
            "warning heap/over-limit ES_HEAP_SIZE: the heap of 900 MiB leaves little of the container's memory \
             limit of 1 GiB | the JVM needs memory besides its heap, and Lucene needs the page cache: set \
             ES_HEAP_SIZE=512m, half of that memory, or give more memory (`docker run --memory`, in Kubernetes \
             `resources.limits.memory`)"
        ]
    );
    assert_eq!(messages("768m", GIBIBYTE), [""; 0]);
    // Nothing set is 1 GiB up to 2.x.
    assert_eq!(
        messages("", 512 * MEBIBYTE),
        [
            "error heap/over-limit : the heap of 1 GiB does not fit into the container's memory limit of 512 MiB | \
             the kernel would kill the server once it uses its heap: set ES_HEAP_SIZE=256m, half of that memory, or \
             give more memory (`docker run --memory`, in Kubernetes `resources.limits.memory`)"
        ]
    );
    assert_eq!(
        messages("65g", 1 << 40),
        [
            "error heap/over-limit ES_HEAP_SIZE: the heap of 65 GiB does not fit into the machine's memory of 64 \
             GiB | the kernel would kill the server once it uses its heap: set ES_HEAP_SIZE=31g, the most with \
             compressed object pointers, or give more memory (`docker run --memory`, in Kubernetes `resources.limits.memory`)",
            "warning heap/over-32g ES_HEAP_SIZE: the heap of 65 GiB is too large for compressed object pointers | from 32 GiB on every pointer takes twice the space, and the heap holds less than one of 31 GiB does: set 31g or less",
        ]
    );
}

#[test]
fn variables_of_older_generations() {
    let messages = |version| {
        messages(&Case {
            version,
            environment: &[("ES_HEAP_SIZE", "1g")],
            jvm_options: "",
            further: None,
            limit: None,
            enforced: false,
        })
    };
    assert_eq!(
        messages(Version::elasticsearch(5, 6, 16)),
        [
            "error heap/ignored ES_HEAP_SIZE: Elasticsearch 5.6.16 refuses to start when `ES_HEAP_SIZE` is set | unset ES_HEAP_SIZE and set the heap with ES_JAVA_OPTS=\"-Xms… -Xmx…\" or in `jvm.options`"
        ]
    );
    assert_eq!(
        messages(Version::opensearch(2, 11, 0)),
        [
            "warning heap/ignored ES_HEAP_SIZE: OpenSearch 2.11.0 does not read `ES_HEAP_SIZE` | unset ES_HEAP_SIZE and set the heap with OPENSEARCH_JAVA_OPTS=\"-Xms… -Xmx…\" or in `jvm.options`"
        ]
    );
}

/// The documented place of the heap from 7.7 on.
#[test]
fn a_file_of_the_directory_counts() {
    let messages = |further: &str, environment: &[(&str, &str)]| {
        messages(&Case {
            version: Version::elasticsearch(8, 15, 0),
            environment,
            jvm_options: "-Xlog:gc\n",
            further: Some(further),
            limit: None,
            enforced: true,
        })
    };
    assert_eq!(messages("-Xms2g\n", &[("ES_JAVA_OPTS", "-Xmx2g")]), [""; 0]);
    assert_eq!(
        messages("-Xms2g\n-Xmx3g\n", &[]),
        [
            "error heap/xms-xmx config/jvm.options.d/heap.options:2:1-7: the initial heap of 2 GiB and the maximum \
             of 3 GiB differ | resizing pauses the server and undoes memory locking: set both: \
             ES_JAVA_OPTS=\"-Xms3g -Xmx3g\""
        ]
    );
}

#[test]
fn the_container_s_memory_decides_where_nobody_does() {
    const BANNER: &str = "## IMPORTANT: JVM heap size\n";
    let one = &*format!("{BANNER}-Xms1g\n-Xmx1g\n");
    let two = &*format!("{BANNER}-Xms2g\n-Xmx2g\n");
    let chosen = |version: &str, text: &str, variables: &[(&str, &str)], limit: u64| -> Vec<String> {
        let version = Version::parse(version).unwrap();
        let environment: Environment = variables.iter().copied().collect();
        let files =
            [OptionsFile { name: "config/jvm.options".into(), text: text.into(), ..OptionsFile::default() }];
        let options = jvm_options::parse(version, Some(17), &files);
        let java_variables = JavaVariables { before: vec!["JDK_JAVA_OPTIONS"], after: Vec::new() };
        let arguments = jvm_arguments::list(&jvm_arguments::Inputs {
            version,
            environment: &environment,
            java_variables: &java_variables,
            jvm_options: &options,
            files: None,
        });
        let inputs = HeapInputs {
            version,
            environment: &environment,
            java_variables: &java_variables,
            arguments: &arguments,
            java_major: Some(17),
            memory_limit: Some(limit),
            total_memory: Some(256 << 30),
            enforced: true,
        };
        super::chosen(&inputs, &files).into_iter().map(|it| it.text).collect()
    };
    let none: [&str; 0] = [];
    for (version, text) in [
        ("1.7.5", ""),
        ("2.3.4", ""),
        ("5.6.16", two),
        ("6.8.23", one),
        ("7.10.2", one),
        ("os-1.3.20", one),
        ("os-3.6.0", one),
    ] {
        assert_eq!(chosen(version, text, &[], 4 * GIBIBYTE), ["-Xms2g", "-Xmx2g"], "{version}");
        assert_eq!(chosen(version, text, &[], 128 * GIBIBYTE), ["-Xms31g", "-Xmx31g"], "{version}");
        assert_eq!(chosen(version, text, &[], 200 << 20), none, "{version}");
        assert_eq!(chosen(version, text, &[], 256 * GIBIBYTE), none, "{version} without a limit");
        let java_options = generation(Version::parse(version).unwrap()).java_options;
        for given in ["-Xmx1g", "-Xms1g", "-XX:MaxHeapSize=1g", "-XX:MaxRAMPercentage=50.0"] {
            assert_eq!(
                chosen(version, text, &[(java_options, given)], 4 * GIBIBYTE),
                none,
                "{version} {given}"
            );
        }
    }
    assert_eq!(chosen("os-2.19.6", one, &[], 1 << 30), ["-Xms512m", "-Xmx512m"]);
    // It sizes itself.
    assert_eq!(chosen("7.17.9", one, &[], 4 * GIBIBYTE), none);
    // Somebody's own file, also one of another generation.
    assert_eq!(chosen("6.8.23", "-Xms1g\n-Xmx1g\n", &[], 4 * GIBIBYTE), none);
    assert_eq!(chosen("6.8.23", two, &[], 4 * GIBIBYTE), none);
    assert_eq!(chosen("6.8.23", BANNER, &[], 4 * GIBIBYTE), none);
    assert_eq!(chosen("2.3.4", "", &[("ES_HEAP_SIZE", "1g")], 4 * GIBIBYTE), none);
    assert_eq!(chosen("6.8.23", one, &[("JDK_JAVA_OPTIONS", "-Xmx1g")], 4 * GIBIBYTE), none);
}
