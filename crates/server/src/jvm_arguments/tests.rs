use super::*;
use crate::jvm_options::{self, OptionsFile};

const TWO: Version = Version::elasticsearch(2, 3, 4);
const SIX: Version = Version::elasticsearch(6, 8, 23);
const SEVEN: Version = Version::elasticsearch(7, 17, 29);
const EIGHT: Version = Version::elasticsearch(8, 15, 0);
const OPENSEARCH: Version = Version::opensearch(2, 19, 6);

fn arguments(version: Version, java: u16, lines: &str, variables: &[(&str, &str)]) -> Vec<Argument> {
    let file = OptionsFile {
        name: "jvm.options".to_owned(),
        text: lines.to_owned(),
        is_shown: true,
        ..OptionsFile::default()
    };
    list(&Inputs {
        version,
        environment: &variables.iter().copied().collect(),
        java_variables: &JavaVariables { before: vec!["JDK_JAVA_OPTIONS"], after: vec!["_JAVA_OPTIONS"] },
        jvm_options: &jvm_options::parse(version, Some(java), &[file]),
        files: None,
    })
}

/// `severity code place: message | help`, one a finding.
fn found(version: Version, java: u16, lines: &str, variables: &[(&str, &str)]) -> Vec<String> {
    of_list(version, java, &arguments(version, java, lines, variables))
}

fn of_list(version: Version, java: u16, arguments: &[Argument]) -> Vec<String> {
    let line = |it: &Finding| {
        let place = it.location().map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        let place = it.variable.clone().or(place).unwrap_or_default();
        format!("{} {} {place}: {} | {}", it.severity.word(), it.code, it.message, it.help.clone().unwrap())
    };
    check(version, Some(java), arguments).iter().map(line).collect()
}

#[test]
fn the_list_is_in_the_order_of_the_command_line() {
    let texts = |version, lines, variables: &[(&str, &str)]| -> Vec<String> {
        let arguments = arguments(version, 17, lines, variables);
        arguments.iter().map(|it| format!("{} {}", it.text, it.origin.words())).collect()
    };
    let variables =
        [("JDK_JAVA_OPTIONS", "'-Da=b'"), ("ES_JAVA_OPTS", " -Dc=d  -De=f"), ("_JAVA_OPTIONS", "-Dg=h")];
    assert_eq!(
        texts(SEVEN, "# no\n-Xms1g -Xmx1g\n8:-Dold\n17-:-Dnew\n", &variables),
        [
            "-Da=b `JDK_JAVA_OPTIONS`",
            "-Xms1g line 2 of `jvm.options`",
            "-Xmx1g line 2 of `jvm.options`",
            "-Dnew line 4 of `jvm.options`",
            "-Dc=d `ES_JAVA_OPTS`",
            "-De=f `ES_JAVA_OPTS`",
            "-Dg=h `_JAVA_OPTIONS`",
        ]
    );
    assert_eq!(texts(EIGHT, "-Xms1g -Xmx1g\n", &[]), ["-Xms1g -Xmx1g line 1 of `jvm.options`"]);
    assert_eq!(
        texts(
            TWO,
            "-Dnever",
            &[("ES_HEAP_SIZE", "2g -Xss1m"), ("ES_HEAP_NEWSIZE", "1g"), ("JAVA_OPTS", "-Dj")]
        ),
        [
            "-Dj `JAVA_OPTS`",
            "-Xms2g `ES_HEAP_SIZE`",
            "-Xss1m `ES_HEAP_SIZE`",
            "-Xmx2g `ES_HEAP_SIZE`",
            "-Xss1m `ES_HEAP_SIZE`",
            "-Xmn1g `ES_HEAP_NEWSIZE`",
        ]
    );
}

const CMS: &str = "-Xms1g\n-Xmx1g\n-XX:+UseConcMarkSweepGC\n-XX:CMSInitiatingOccupancyFraction=75\n";

#[test]
fn two_collectors() {
    assert_eq!(
        found(SIX, 8, CMS, &[("ES_JAVA_OPTS", "-XX:+UseG1GC")]),
        [
            "error launch/conflicting-options ES_JAVA_OPTS: two garbage collectors: `-XX:+UseConcMarkSweepGC` of line 3 of `jvm.options` and `-XX:+UseG1GC` of `ES_JAVA_OPTS` | the JVM does not start (`Conflicting collector combinations`): take the options of the other one out of `jvm.options`, with all that belong to it, or `-XX:+UseG1GC` out of ES_JAVA_OPTS"
        ]
    );
    assert_eq!(
        found(SEVEN, 17, "14-:-XX:+UseG1GC\n", &[("ES_JAVA_OPTS", "-XX:+UseParallelGC")]),
        [
            "error launch/conflicting-options ES_JAVA_OPTS: two garbage collectors: `-XX:+UseG1GC` of line 1 of `jvm.options` and `-XX:+UseParallelGC` of `ES_JAVA_OPTS` | the JVM does not start (`Multiple garbage collectors selected`): take the options of the other one out of `jvm.options`, with all that belong to it, or `-XX:+UseParallelGC` out of ES_JAVA_OPTS"
        ]
    );
    assert_eq!(
        found(EIGHT, 21, "-XX:+UseG1GC\n-XX:+UseZGC\n", &[]),
        [
            "error launch/conflicting-options jvm.options:2:1: two garbage collectors: `-XX:+UseG1GC` of line 1 of `jvm.options` and `-XX:+UseZGC` of line 2 of `jvm.options` | the JVM does not start (`Multiple garbage collectors selected`): keep one of them, with the options that belong to it"
        ]
    );
}

/// What the scripts of 1.x and 2.x add counts, too.
#[test]
fn the_collector_of_the_script() {
    let argument =
        |text: &str, origin| Argument { text: text.to_owned(), origin, written: None, is_hidden: false };
    let mut arguments: Vec<Argument> =
        scripts::COLLECTOR.iter().map(|text| argument(text, Origin::Script)).collect();
    assert_eq!(of_list(TWO, 8, &arguments), [""; 0]);
    arguments.push(argument("-XX:+UseG1GC", Origin::Variable("ES_JAVA_OPTS")));
    let message = "error launch/conflicting-options ES_JAVA_OPTS: two garbage collectors: `-XX:+UseParNewGC` of the start \
                   script and `-XX:+UseG1GC` of `ES_JAVA_OPTS` | the JVM does not start (`Conflicting collector \
                   combinations`)";
    assert_eq!(
        of_list(TWO, 8, &arguments),
        [format!(
            "{message}: set ES_GC_OPTS=-XX:+UseG1GC, which takes the place of the script's choice, and take it out of ES_JAVA_OPTS"
        )]
    );
    assert_eq!(
        of_list(Version::elasticsearch(1, 7, 5), 8, &arguments),
        [format!(
            "{message}: the script always chooses: take `-XX:+UseG1GC` out of ES_JAVA_OPTS, or switch the other one off there, too: -XX:-UseConcMarkSweepGC -XX:-UseParNewGC"
        )]
    );
    for off in ["-XX:-UseConcMarkSweepGC", "-XX:-UseParNewGC"] {
        arguments.push(argument(off, Origin::Variable("ES_JAVA_OPTS")));
    }
    assert_eq!(of_list(TWO, 8, &arguments), [""; 0]);
}

#[test]
fn collectors_that_go_together() {
    for (java, lines, variable) in [
        (8, "-XX:+UseConcMarkSweepGC\n-XX:+UseParNewGC\n", ""),
        (8, "-XX:+UseParallelGC\n-XX:+UseParallelOldGC\n", ""),
        (8, "8-13:-XX:+UseConcMarkSweepGC\n14-:-XX:+UseG1GC\n", ""),
        (17, "8-13:-XX:+UseConcMarkSweepGC\n14-:-XX:+UseG1GC\n", ""),
        (17, "-XX:+UseG1GC\n", "-XX:+UseG1GC"),
        (17, "-XX:+UseG1GC\n", "-XX:-UseG1GC -XX:+UseParallelGC"),
        // It is passed over there.
        (14, "-XX:+UseConcMarkSweepGC\n-XX:+UseG1GC\n", ""),
    ] {
        assert_eq!(found(SEVEN, java, lines, &[("ES_JAVA_OPTS", variable)]), [""; 0], "{lines}");
    }
}

#[test]
fn options_that_this_java_refuses() {
    assert_eq!(
        found(SEVEN, 17, "-XX:+UseConcMarkSweepGC\n", &[]),
        [
            "error launch/refused-option jvm.options:1:1: Java 17 refuses `-XX:+UseConcMarkSweepGC` | the JVM does not start: take it out, or in `jvm.options` let only earlier ones read it: `8-14:-XX:+UseConcMarkSweepGC`; that collector was removed in Java 14: use `-XX:+UseG1GC`"
        ]
    );
    assert_eq!(
        found(SIX, 8, "-Xlog:gc:file=gc.log\n", &[("ES_JAVA_OPTS", "-XX:MaxRAMPercentage=75")]).len(),
        2
    );
    assert_eq!(
        found(SIX, 8, "", &[("ES_JAVA_OPTS", "-XX:MaxRAMPercentage=75")]),
        [
            "error launch/refused-option ES_JAVA_OPTS: Java 8 refuses `-XX:MaxRAMPercentage=75` | the JVM does not start: take it out, or in `jvm.options` let only later ones read it: `9-:-XX:MaxRAMPercentage=75`; Java 8 wants a fraction there: `75.0` instead of `75`"
        ]
    );
    for (java, option, is_refused) in [
        (8, "-XX:+UseConcMarkSweepGC", false),
        (14, "-XX:+UseConcMarkSweepGC", false),
        (15, "-XX:CMSInitiatingOccupancyFraction=75", true),
        (17, "-XX:+UseCMSInitiatingOccupancyOnly", true),
        (17, "-XX:+PrintGCDetails", false),
        (9, "-XX:+PrintGCDateStamps", true),
        (8, "-XX:+UseGCLogFileRotation", false),
        (17, "-XX:-UseGCLogFileRotation", true),
        (17, "-Xloggc:gc.log", false),
        (17, "-d64", true),
        (8, "-d64", false),
        (16, "-XX:MaxPermSize=256m", false),
        (17, "-XX:MaxPermSize=256m", true),
        (17, "-XX:-UseBiasedLocking", false),
        (21, "-XX:-UseBiasedLocking", true),
        (17, "-Djava.ext.dirs=/x", true),
        (25, "-Djava.security.manager=allow", true),
        (21, "-Djava.security.manager=allow", false),
        (25, "-Djava.security.manager=disallow", false),
        (8, "-XX:MaxRAMPercentage=75.0", false),
        (11, "-XX:MaxRAMPercentage=75", false),
        (21, "-XX:MaxRAMFraction=2", false),
        (25, "-XX:MaxRAMFraction=2", true),
        (17, "-XX:+AggressiveOpts", true),
        (8, "--add-opens=java.base/java.lang=ALL-UNNAMED", true),
        (17, "-XX:+IgnoreUnrecognizedVMOptions -XX:+AggressiveOpts", false),
        (17, "-XX:+AggressiveOpts -XX:+IgnoreUnrecognizedVMOptions", false),
    ] {
        let found = found(SEVEN, java, "", &[("ES_JAVA_OPTS", option)]);
        let count = found.iter().filter(|it| it.contains("launch/refused-option")).count();
        assert_eq!(count, usize::from(is_refused), "{java} {option}: {found:?}");
    }
}

#[test]
fn shares_of_the_memory_that_do_nothing() {
    let automatic = "warning launch/void-option ES_JAVA_OPTS: `-XX:MaxRAMPercentage=25.0` in `ES_JAVA_OPTS` does nothing | \
                     Elasticsearch 7.17.29 chooses the heap itself where no size is given, half of the memory for most \
                     nodes, and puts it behind all options: take the share out, or set the size with \
                     ES_JAVA_OPTS=\"-Xms… -Xmx…\"";
    assert_eq!(found(SEVEN, 17, "", &[("ES_JAVA_OPTS", "-XX:MaxRAMPercentage=25.0")]), [automatic]);
    assert_eq!(
        found(SIX, 17, "-Xms1g\n-Xmx1g\n", &[("ES_JAVA_OPTS", "-XX:MaxRAMPercentage=75.0")]),
        [
            "warning launch/void-option ES_JAVA_OPTS: `-XX:MaxRAMPercentage=75.0` in `ES_JAVA_OPTS` does nothing | `-Xmx1g` of line 2 of `jvm.options` sets that size: take it out, or the share of the memory"
        ]
    );
    assert_eq!(
        found(OPENSEARCH, 17, "-Xms1g\n-Xmx1g\n", &[("OPENSEARCH_JAVA_OPTS", "-XX:InitialRAMPercentage=75")]),
        [
            "warning launch/void-option OPENSEARCH_JAVA_OPTS: `-XX:InitialRAMPercentage=75` in `OPENSEARCH_JAVA_OPTS` does nothing | `-Xms1g` of line 1 of `jvm.options` sets that size: take it out, or the share of the memory"
        ]
    );
    assert_eq!(
        found(TWO, 8, "", &[("ES_JAVA_OPTS", "-XX:MaxRAMFraction=2")]),
        [
            "warning launch/void-option ES_JAVA_OPTS: `-XX:MaxRAMFraction=2` in `ES_JAVA_OPTS` does nothing | `-Xmx1g` of the start script sets that size: set the heap with ES_HEAP_SIZE, and take the share out"
        ]
    );
    // Nothing else sets a size.
    for version in [SIX, OPENSEARCH] {
        assert_eq!(found(version, 17, "-XX:MaxRAMPercentage=50.0\n", &[]), [""; 0]);
    }
    // Only the initial size is given, and the launcher keeps out of it.
    assert_eq!(found(SEVEN, 17, "-Xms1g\n-XX:MaxRAMPercentage=50.0\n", &[]), [""; 0]);
}

#[test]
fn other_options_that_do_nothing() {
    assert_eq!(
        found(SEVEN, 17, "-XX:+DisableExplicitGC\n-XX:+ExplicitGCInvokesConcurrent\n", &[]),
        [
            "warning launch/void-option jvm.options:2:1: `-XX:+ExplicitGCInvokesConcurrent` does nothing | `-XX:+DisableExplicitGC` of line 1 of `jvm.options` switches off what it is about: keep one of the two"
        ]
    );
    assert_eq!(
        found(SEVEN, 17, "-Xms1g\n-Xmx1g\n", &[("JDK_JAVA_OPTIONS", "-Xms1g -Xmx4g")]),
        [
            "warning launch/void-option JDK_JAVA_OPTIONS: `-Xmx4g` in `JDK_JAVA_OPTIONS` does nothing | the JVM reads JDK_JAVA_OPTIONS before its command line, where `-Xmx1g` of line 2 of `jvm.options` sets that size: change it there"
        ]
    );
    // The documented way: what the variable says replaces what the file says.
    assert_eq!(found(SEVEN, 17, "-Xms1g\n-Xmx1g\n", &[("ES_JAVA_OPTS", "-Xms4g -Xmx4g")]), [""; 0]);
    assert_eq!(found(SEVEN, 17, "", &[("JDK_JAVA_OPTIONS", "-Xms4g -Xmx4g")]), [""; 0]);
}

/// What ships with the distributions, and what charts add.
#[test]
fn ordinary_options() {
    const SHIPPED: &str = "## G1GC\n8-13:-XX:+UseConcMarkSweepGC\n8-13:-XX:CMSInitiatingOccupancyFraction=75\n\
                           8-13:-XX:+UseCMSInitiatingOccupancyOnly\n14-:-XX:+UseG1GC\n-Djava.io.tmpdir=${ES_TMPDIR}\n\
                           -XX:+HeapDumpOnOutOfMemoryError\n-XX:HeapDumpPath=data\n-XX:ErrorFile=logs/hs_err_pid%p.log\n\
                           8:-XX:+PrintGCDetails\n8:-XX:+PrintGCDateStamps\n8:-Xloggc:logs/gc.log\n\
                           8:-XX:+UseGCLogFileRotation\n8:-XX:NumberOfGCLogFiles=32\n8:-XX:GCLogFileSize=64m\n\
                           9-:-Xlog:gc*,gc+age=trace,safepoint:file=logs/gc.log:utctime,pid,tags:filecount=32,filesize=64m\n";
    for version in [SIX, SEVEN, EIGHT, OPENSEARCH] {
        for java in [8, 11, 14, 17, 21, 25] {
            let variables = [
                ("ES_JAVA_OPTS", "-Xms2g -Xmx2g"),
                ("OPENSEARCH_JAVA_OPTS", "-Xms2g -Xmx2g -XX:+AlwaysPreTouch"),
            ];
            assert_eq!(found(version, java, SHIPPED, &variables), [""; 0], "{version} {java}");
        }
    }
}

#[test]
fn who_wins() {
    let list = [
        "-Xmx1g",
        "-XX:MaxHeapSize=2g",
        "-Da=1",
        "-Db=1",
        "-Da=2",
        "-XX:-UseG1GC",
        "-XX:+UseG1GC",
        "-Xlog:gc",
        "-Xlog:gc",
        "-XX:CompileCommand=a",
        "-XX:CompileCommand=b",
        "-Xss1m",
    ]
    .map(|text| Argument::new(text, Origin::Script));
    let beaten: Vec<(&str, &str)> =
        list.iter().filter_map(|it| Some((&*it.text, &*winner(it, &list)?.text))).collect();
    assert_eq!(
        beaten,
        [("-Xmx1g", "-XX:MaxHeapSize=2g"), ("-Da=1", "-Da=2"), ("-XX:-UseG1GC", "-XX:+UseG1GC")]
    );
}
