use super::*;
use crate::bootstrap::facts::{Handover, HostFacts, Java};
use crate::jvm_arguments::Origin;
use crate::settings::samples::texts;
use crate::version::Version;

const FIVE: Version = Version::elasticsearch(5, 6, 16);
const SEVEN: Version = Version::elasticsearch(7, 17, 29);
const EIGHT: Version = Version::elasticsearch(8, 15, 0);

struct Case<'a> {
    version: Version,
    java: &'a str,
    options: &'a [&'a str],
    settings: &'a [(&'a str, &'a str)],
    call_filter: Option<bool>,
    enforced: bool,
}

const PLAIN: Case = Case {
    version: SEVEN,
    java: "17.0.15",
    options: &[],
    settings: &[],
    call_filter: Some(true),
    enforced: true,
};

impl Case<'_> {
    fn findings(&self) -> Vec<String> {
        let java = Java {
            path: "/bin/java".into(),
            version: Some(self.java.trim_end_matches("-ea").to_owned()),
            is_early_access: self.java.ends_with("-ea"),
            ..Java::default()
        };
        let facts = HostFacts { java: Some(java), call_filter: self.call_filter, ..HostFacts::default() };
        let option = |text: &&str| Argument::new(text, Origin::Variable("ES_JAVA_OPTS"));
        let arguments: Vec<Argument> = self.options.iter().map(option).collect();
        let settings = texts(self.settings);
        let inputs = HostInputs {
            version: self.version,
            facts: &facts,
            settings: &settings,
            arguments: &arguments,
            server_uid: 1000,
            handover: Handover::Given,
            root_allowed: false,
            enforced: self.enforced,
        };
        let findings = check(&inputs);
        findings
            .iter()
            .map(|it| {
                format!(
                    "{} {}: {} | {}",
                    it.severity.word(),
                    it.code,
                    it.message,
                    it.help.as_deref().unwrap()
                )
            })
            .collect()
    }
}

#[test]
fn programs_that_the_jvm_would_start() {
    let options = &["-XX:OnOutOfMemoryError=kill"];
    let found = "error launch/starts-program: `-XX:OnOutOfMemoryError` in `ES_JAVA_OPTS` would start a program, which Elasticsearch 7.17.29 forbids its JVM | the server refuses to start: take it out; `-XX:+ExitOnOutOfMemoryError` ends the JVM without a program, and the container is started again";
    assert_eq!(Case { options, ..PLAIN }.findings(), [found]);
    assert_eq!(Case { options, enforced: false, ..PLAIN }.findings(), [found]);
    let off = &[("bootstrap.system_call_filter", "false")];
    for case in [
        Case { options: &["-XX:OnError="], ..PLAIN },
        Case { options: &["-XX:+ExitOnOutOfMemoryError"], ..PLAIN },
        Case { options, settings: off, ..PLAIN },
        Case { options, version: Version::elasticsearch(2, 3, 4), ..PLAIN },
        Case { options, enforced: false, call_filter: Some(false), ..PLAIN },
    ] {
        assert_eq!(case.findings(), [""; 0]);
    }
    // 8.0 does not have that setting, which is another finding.
    assert_eq!(Case { options, settings: off, version: EIGHT, ..PLAIN }.findings().len(), 1);
    let seccomp = &[("bootstrap.seccomp", "false")];
    let early = Version::elasticsearch(5, 0, 2);
    assert_eq!(Case { options, settings: seccomp, version: early, ..PLAIN }.findings(), [""; 0]);
    assert_eq!(Case { options, version: early, ..PLAIN }.findings().len(), 1);
}

#[test]
fn the_serial_collector() {
    let options = &["-XX:+UseSerialGC"];
    let found = "error launch/serial-collector: `-XX:+UseSerialGC` in `ES_JAVA_OPTS` chooses the serial collector | the server refuses to start with it where other nodes are to reach it: take it out, or choose `-XX:+UseG1GC`";
    assert_eq!(Case { options, ..PLAIN }.findings(), [found]);
    for case in [
        Case { options, enforced: false, ..PLAIN },
        Case { options, version: Version::elasticsearch(2, 3, 4), ..PLAIN },
        Case { options: &["-XX:+UseSerialGC", "-XX:-UseSerialGC"], ..PLAIN },
        Case { options: &["-XX:+UseG1GC"], ..PLAIN },
    ] {
        assert_eq!(case.findings(), [""; 0]);
    }
}

#[test]
fn builds_of_java() {
    let (one, two) = (Version::opensearch(1, 3, 20), Version::opensearch(2, 19, 6));
    let g1: &[&str] = &["-XX:+UseG1GC"];
    for (version, java, options, expected) in [
        (
            EIGHT,
            "23-ea",
            &[][..],
            Some(
                "Java 23 is an early-access build, with which Elasticsearch 8.15.0 refuses to start | use an image with a release of it",
            ),
        ),
        (Version::elasticsearch(5, 2, 0), "9-ea", &[], None),
        (
            FIVE,
            "1.8.0_31",
            g1,
            Some(
                "the collector G1 of Java 1.8.0_31 loses data, with which Elasticsearch 5.6.16 refuses to start | use an image with Java 8u40 or later",
            ),
        ),
        (FIVE, "1.8.0_31", &[], None),
        (FIVE, "1.8.0_40", g1, None),
        (FIVE, "1.8.0_402-b06", g1, None),
        (
            two,
            "11.0.13",
            &[],
            Some(
                "Java 11.0.13 has a fault in its compiler, with which OpenSearch 2.19.6 refuses to start | use an image with Java 11.0.14 or later",
            ),
        ),
        (
            two,
            "11.0.2",
            &[],
            Some(
                "Java 11.0.2 has a fault in its compiler, with which OpenSearch 2.19.6 refuses to start | use an image with Java 11.0.14 or later",
            ),
        ),
        (
            two,
            "11.0.13.1",
            &[],
            Some(
                "Java 11.0.13.1 has a fault in its compiler, with which OpenSearch 2.19.6 refuses to start | use an image with Java 11.0.14 or later",
            ),
        ),
        (two, "11.0.14", &[], None),
        (two, "11.0.1", &[], None),
        (two, "17.0.2", &[], None),
        (two, "weird", &[], None),
        (one, "11.0.13", &[], None),
        (SEVEN, "11.0.13", &[], None),
    ] {
        let expected: Vec<String> =
            expected.iter().map(|it| format!("error host/java-build: `/bin/java`: {it}")).collect();
        assert_eq!(Case { version, java, options, ..PLAIN }.findings(), expected, "{version} {java}");
        assert_eq!(Case { version, java, options, enforced: false, ..PLAIN }.findings(), [""; 0]);
    }
}

#[test]
fn a_kernel_without_the_filter() {
    let none = Some(false);
    let with = |version, call_filter, enforced, settings| {
        Case { version, settings, call_filter, enforced, ..PLAIN }.findings()
    };
    let help = "an image of another processor is emulated without it: use one of this machine's kind (`docker run --platform linux/arm64`, in Kubernetes a `nodeSelector` for `kubernetes.io/arch`); else the kernel has to be built with CONFIG_SECCOMP_FILTER";
    assert_eq!(
        with(EIGHT, none, true, &[]),
        [format!(
            "error host/system-call-filter: the kernel has no filter for system calls (seccomp) here, which Elasticsearch 8.15.0 demands | {help}"
        )]
    );
    let off = "; where that cannot be, set `bootstrap.system_call_filter: false`";
    assert_eq!(
        with(SEVEN, none, true, &[]),
        [format!(
            "error host/system-call-filter: the kernel has no filter for system calls (seccomp) here, which Elasticsearch 7.17.29 demands | {help}{off}"
        )]
    );
    for (version, call_filter, enforced, settings) in [
        (SEVEN, Some(true), true, &[][..]),
        (SEVEN, None, true, &[]),
        (SEVEN, none, false, &[]),
        (SEVEN, none, true, &[("bootstrap.system_call_filter", "false")]),
        (Version::elasticsearch(5, 1, 2), none, true, &[]),
        (Version::elasticsearch(2, 3, 4), none, true, &[]),
    ] {
        assert_eq!(with(version, call_filter, enforced, settings), [""; 0], "{version}");
    }
}
