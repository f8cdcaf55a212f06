use template::Settings;

use super::*;
use crate::launch::variables::Mapping;
use crate::settings::samples::{from_variable, list, null, texts, together, unknown};
use crate::version::{Product, Version};
use diagnostics::{Finding, Secrets, Severity, Source, Span};

const TWO: Version = Version::elasticsearch(2, 3, 4);
const SEVEN: Version = Version::elasticsearch(7, 17, 0);
const EIGHT: Version = Version::elasticsearch(8, 15, 0);
const HOSTS: (&str, &str) = ("discovery.zen.ping.unicast.hosts", "a,b,c");
const SEEDS: (&str, &str) = ("discovery.seed_hosts", "a,b,c");
const IMN: &str = "cluster.initial_master_nodes";

fn check(inputs: &Inputs) -> Vec<Finding> {
    super::check(inputs).findings
}

fn inputs<'a>(settings: &'a Settings, version: Version, master_count: Option<&'a str>) -> Inputs<'a> {
    Inputs {
        mapping: Mapping::Nobody,
        settings,
        version,
        master_count: match master_count {
            Some(text) => MasterCount::Text { text, is_hidden: false },
            None => MasterCount::Unset,
        },
        min_masters_unset: None,
        bootstrapped: Some(false),
        node_name: None,
        host_name: None,
    }
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

fn min(text: &str) -> Settings {
    from_variable(MINIMUM_MASTER_NODES, text, "MIN_MASTERS")
}

#[test]
fn the_table_of_rules() {
    for (text, count, expected) in [
        ("1", Some("3"), vec!["quorum/split-brain"]),
        ("2", Some("3"), vec![]),
        ("+2", Some("3"), vec![]),
        ("2", Some(" 3 "), vec![]),
        ("3", Some("3"), vec!["quorum/fragile"]),
        ("4", Some("3"), vec!["quorum/unreachable"]),
        ("1", Some("1"), vec![]),
        ("2", Some("2"), vec!["quorum/fragile"]),
        ("1", Some("2"), vec!["quorum/split-brain", "quorum/fragile"]),
        ("2", Some("4"), vec!["quorum/split-brain", "quorum/even-masters"]),
        ("3", Some("4"), vec!["quorum/even-masters"]),
        ("2147483647", Some("3"), vec!["quorum/unreachable"]),
        ("2147483648", Some("3"), vec!["quorum/not-a-number"]),
        ("2", None, vec![]),
        ("1", None, vec![]),
        ("0", Some("3"), vec!["quorum/zero"]),
        ("-1", Some("4"), vec!["quorum/zero"]),
        ("0", None, vec!["quorum/zero"]),
        ("two", None, vec!["quorum/not-a-number"]),
        ("2 ", Some("3"), vec!["quorum/not-a-number"]),
        ("2.0", Some("3"), vec!["quorum/not-a-number"]),
        ("0x2", Some("3"), vec!["quorum/not-a-number"]),
        ("2", Some("three"), vec!["quorum/not-a-number"]),
        ("2", Some("0"), vec!["quorum/zero"]),
        ("2", Some("-3"), vec!["quorum/zero"]),
        ("2", Some("99999999999"), vec!["quorum/not-a-number"]),
        ("x", Some("y"), vec!["quorum/not-a-number", "quorum/not-a-number"]),
        ("2", Some(""), vec![]),
        ("", Some("1"), vec![]),
        ("", Some("3"), vec!["quorum/split-brain"]),
        ("", Some("x"), vec!["quorum/not-a-number"]),
        ("", None, vec![]),
    ] {
        for version in [Version::elasticsearch(1, 7, 5), TWO, Version::elasticsearch(6, 8, 23)] {
            let settings = min(text);
            let found = check(&inputs(&settings, version, count));
            assert_eq!(codes(&found), expected, "{text:?} of {count:?} on {version}");
            for finding in &found {
                assert!(finding.help.is_some() && finding.variable.is_some(), "{finding:?}");
                let known = diagnostics::codes::find(finding.code).map(|code| code.severity);
                assert_eq!(known, Some(finding.severity.word()), "{finding:?}");
            }
        }
    }
}

#[test]
fn split_brain_as_the_readme_shows_it() {
    let settings = min("1");
    let found = check(&inputs(&settings, TWO, Some("3")));
    let finding = &found[0];
    assert_eq!(
        finding.message,
        "`discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2"
    );
    assert_eq!(finding.severity, Severity::Error);
    let help = "a split network would have two masters and lose writes; set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)";
    assert_eq!(finding.help.as_deref(), Some(help));
    assert_eq!(finding.variable.as_deref(), Some("MIN_MASTERS"));
    assert_eq!(finding.setting.as_deref(), Some(MINIMUM_MASTER_NODES));
    assert_eq!(finding.span.as_ref().unwrap().label.as_deref(), Some("MIN_MASTERS=1"));
}

#[test]
fn the_fix_names_what_the_user_wrote() {
    let settings = from_variable(MINIMUM_MASTER_NODES, "1", "NUMBER_OF_MASTERS");
    let found = check(&inputs(&settings, TWO, Some("3")));
    let split = "a split network would have two masters and lose writes;";
    let help = |found: &[Finding]| found[0].help.clone().unwrap_or_default();
    assert_eq!(help(&found), format!("{split} set NUMBER_OF_MASTERS=2"));
    assert_eq!(found[0].span.as_ref().unwrap().label.as_deref(), Some("NUMBER_OF_MASTERS=1"));
    let settings = texts(&[(MINIMUM_MASTER_NODES, "1")]);
    let found = check(&inputs(&settings, TWO, Some("3")));
    assert_eq!(help(&found), format!("{split} write 2, or `${{MIN_MASTERS}}` (MASTER_COUNT=3 gives 2)"));
    assert_eq!(found[0].span.as_ref().unwrap().label, None);
}

#[test]
fn other_whole_messages() {
    let help = |finding: &Finding| finding.help.clone().unwrap();
    let settings = min("two");
    let found = check(&inputs(&settings, TWO, None)).remove(0);
    assert_eq!(found.message, "`discovery.zen.minimum_master_nodes` is `two`, not a 32-bit integer");
    assert_eq!(
        help(&found),
        "the node would refuse to start: only digits are accepted; unset MIN_MASTERS and set MASTER_COUNT to the \
         number \
         of master-eligible nodes"
    );
    let settings = min("0");
    let found = check(&inputs(&settings, TWO, Some("3"))).remove(0);
    assert_eq!(found.message, "`discovery.zen.minimum_master_nodes` is 0");
    assert_eq!(
        help(&found),
        "the minimum must be a majority of all master-eligible nodes: set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)"
    );
    let settings = min("4");
    let found = check(&inputs(&settings, TWO, Some("3"))).remove(0);
    assert_eq!(
        found.message,
        "`discovery.zen.minimum_master_nodes` is 4, but there are only 3 master-eligible nodes"
    );
    assert_eq!(
        help(&found),
        "no master can ever be elected; set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)"
    );
    let settings = min("2");
    let found = check(&inputs(&settings, TWO, Some("many"))).remove(0);
    assert_eq!(found.message, "`MASTER_COUNT` is `many`, not a 32-bit integer");
    assert_eq!(
        help(&found),
        "set it to the number of master-eligible nodes of the whole cluster, for instance MASTER_COUNT=3"
    );
    let settings = min("3");
    let found = check(&inputs(&settings, TWO, Some("4"))).remove(0);
    assert_eq!(found.span.clone().unwrap().label.as_deref(), Some("MASTER_COUNT=4"));
    assert_eq!(found.variable.as_deref(), Some("MASTER_COUNT"));
}

#[test]
fn a_missing_setting_acts_as_one() {
    let settings = texts(&[("cluster.name", "x"), HOSTS]);
    let found = check(&inputs(&settings, TWO, Some("3")));
    assert_eq!(codes(&found), ["quorum/split-brain"]);
    assert_eq!(
        found[0].message,
        "`discovery.zen.minimum_master_nodes` is not set and acts as 1, but 3 master-eligible nodes need 2"
    );
    assert_eq!(
        found[0].help.as_deref(),
        Some(
            "a split network would have two masters and lose writes; add `discovery.zen.minimum_master_nodes: ${MIN_MASTERS}` to the template: with MASTER_COUNT=3 that gives 2"
        )
    );
    assert_eq!(found[0].location().unwrap().line, 2);
    // Known, even though no cluster is configured.
    let settings = texts(&[("cluster.name", "x")]);
    assert_eq!(codes(&check(&inputs(&settings, TWO, Some("3")))), ["quorum/split-brain"]);
    assert_eq!(codes(&check(&inputs(&settings, TWO, Some("1")))), [""; 0]);
    assert_eq!(codes(&check(&inputs(&settings, TWO, None))), [""; 0]);
    let settings = null(MINIMUM_MASTER_NODES);
    assert_eq!(codes(&check(&inputs(&settings, TWO, Some("3")))), ["quorum/split-brain"]);
    let settings = list(MINIMUM_MASTER_NODES, &["2"]);
    assert_eq!(codes(&check(&inputs(&settings, TWO, Some("3")))), ["quorum/not-a-number"]);
}

#[test]
fn unknown_only_for_master_eligible_nodes_of_a_cluster() {
    let unknown = vec!["quorum/unknown"];
    for (pairs, expected) in [
        (vec![HOSTS], unknown.clone()),
        (vec![("discovery.zen.ping.unicast.hosts", "")], vec![]),
        (vec![("discovery.seed_hosts", "a")], unknown.clone()),
        (vec![("discovery.type", "kubernetes")], unknown.clone()),
        (vec![("discovery.type", "zen")], vec![]),
        (vec![("discovery.zen.hosts_provider", "file")], unknown.clone()),
        (vec![("cloud.kubernetes.service", "es")], unknown.clone()),
        (vec![("discovery.zen.ping.multicast.enabled", "true")], unknown.clone()),
        (vec![HOSTS, ("node.master", "false")], vec![]),
        (vec![HOSTS, ("node.master", "no")], vec![]),
        // Reads as true on 2.x.
        (vec![HOSTS, ("node.master", "False")], unknown.clone()),
        (vec![HOSTS, (MINIMUM_MASTER_NODES, "")], unknown.clone()),
        (vec![HOSTS, (MINIMUM_MASTER_NODES, "2")], vec![]),
    ] {
        let settings = texts(&pairs);
        assert_eq!(codes(&check(&inputs(&settings, TWO, None))), expected, "{pairs:?}");
    }
    let settings = list("discovery.zen.ping.unicast.hosts", &["a"]);
    assert_eq!(codes(&check(&inputs(&settings, TWO, None))), unknown);
    let settings = list("discovery.zen.ping.unicast.hosts", &[]);
    assert_eq!(codes(&check(&inputs(&settings, TWO, None))), [""; 0]);
}

#[test]
fn unknown_takes_the_place_of_the_unset_variable() {
    let settings = texts(&[HOSTS]);
    let span = Span::new(&Source::new("t", "\n".repeat(40), Secrets::none), 30..31);
    let found = check(&Inputs { min_masters_unset: Some(&span), ..inputs(&settings, TWO, None) }).remove(0);
    assert_eq!(
        found.message,
        "a cluster is configured, but neither `discovery.zen.minimum_master_nodes` nor the number of master-eligible \
         nodes is known"
    );
    assert_eq!(
        found.help.as_deref(),
        Some(
            "the minimum would act as 1, and the parts of a split network would each elect a master and accept \
             writes; \
             set MASTER_COUNT to the number of master-eligible nodes (MIN_MASTERS follows from it), or MIN_MASTERS itself"
        )
    );
    assert_eq!(found.span, Some(span));
    assert_eq!(found.variable.as_deref(), Some("MIN_MASTERS"));
    let place = Span::of_file("t");
    let explained = |settings: &Settings, version, count| {
        let inputs = inputs(settings, version, count);
        super::check(&Inputs { min_masters_unset: Some(&place), ..inputs }).explains_unset
    };
    assert_eq!(explained(&settings, TWO, None), Some("quorum/unknown"));
    for version in [TWO, EIGHT] {
        assert_eq!(explained(&settings, version, Some("three")), Some("quorum/not-a-number"));
        assert_eq!(explained(&settings, version, Some("0")), Some("quorum/zero"));
    }
    // Nothing says it better: the placeholder has no value.
    assert_eq!(explained(&texts(&[("cluster.name", "x")]), TWO, None), None);
    assert_eq!(explained(&settings, EIGHT, None), None);
}

#[test]
fn a_number_that_cannot_be_used_is_no_unknown_number() {
    let settings = texts(&[HOSTS]);
    let not_known = Inputs { master_count: MasterCount::NotKnown, ..inputs(&settings, TWO, None) };
    assert_eq!(check(&not_known), []);
    assert_eq!(codes(&check(&Inputs { master_count: MasterCount::Unset, ..not_known })), ["quorum/unknown"]);
}

#[test]
fn a_minimum_of_one_of_nobody_knows_how_many() {
    let settings = together([texts(&[HOSTS]), min("1")]);
    let found = check(&inputs(&settings, TWO, None)).remove(0);
    assert_eq!((found.code, found.severity), ("quorum/unknown", Severity::Warning));
    assert_eq!(
        found.message,
        "`discovery.zen.minimum_master_nodes` is 1, and the number of master-eligible nodes is not known"
    );
    assert_eq!(
        found.help.as_deref(),
        Some(
            "with two or more of them, the parts of a split network would each elect a master and accept writes; set \
             MASTER_COUNT to the number of master-eligible nodes, 1 if this is the only one"
        )
    );
    assert_eq!(found.variable.as_deref(), Some("MIN_MASTERS"));
    for (pairs, count) in [
        (&[HOSTS][..], Some("1")),
        (&[("cluster.name", "x")], None),
        (&[HOSTS, ("node.master", "false")], None),
    ] {
        let settings = together([texts(pairs), min("1")]);
        assert_eq!(check(&inputs(&settings, TWO, count)), [], "{pairs:?} {count:?}");
    }
    let settings = together([texts(&[HOSTS]), min("2")]);
    assert_eq!(check(&inputs(&settings, TWO, None)), []);
}

#[test]
fn a_secret_is_not_shown() {
    let mut settings = from_variable(MINIMUM_MASTER_NODES, "hunter2", "MIN_SECRET");
    settings.entries[0].secret = true;
    let found = check(&inputs(&settings, TWO, None)).remove(0);
    assert_eq!(found.message, "`discovery.zen.minimum_master_nodes` is not a 32-bit integer");
    assert_eq!(found.span.clone().unwrap().label, None);
}

#[test]
fn the_old_setting_on_later_generations() {
    for (version, code, message) in [
        (
            SEVEN,
            "quorum/ignored",
            "`discovery.zen.minimum_master_nodes` has no effect on Elasticsearch 7.17.0",
        ),
        (
            Version::opensearch(1, 3, 0),
            "quorum/ignored",
            "`discovery.zen.minimum_master_nodes` has no effect on OpenSearch 1.3.0",
        ),
        (
            EIGHT,
            "quorum/removed",
            "`discovery.zen.minimum_master_nodes` is unknown to Elasticsearch 8.15.0, which refuses to start",
        ),
        (
            Version::opensearch(2, 11, 0),
            "quorum/removed",
            "`discovery.zen.minimum_master_nodes` is unknown to OpenSearch 2.11.0, which refuses to start",
        ),
    ] {
        let settings = min("1");
        let found = check(&inputs(&settings, version, Some("3")));
        assert_eq!(codes(&found), [code], "{version}");
        assert_eq!(found[0].message, message);
        let settings = min("");
        assert_eq!(check(&inputs(&settings, version, Some("3"))), []);
        let place = Span::of_file("t");
        let unset = Inputs { min_masters_unset: Some(&place), ..inputs(&settings, version, None) };
        assert_eq!(codes(&check(&unset)), [code], "{version}");
    }
    let settings = min("1");
    assert_eq!(
        check(&inputs(&settings, Version::opensearch(3, 0, 0), None))[0].help.as_deref(),
        Some(
            "remove it; the cluster keeps its quorum itself, only its first start needs \
             `cluster.initial_cluster_manager_nodes`"
        )
    );
}

#[test]
fn initial_masters() {
    let missing = "quorum/initial-masters-missing";
    let minority = "quorum/initial-masters-minority";
    for (parts, count, bootstrapped, expected) in [
        (texts(&[SEEDS]), None, Some(false), vec![missing]),
        (texts(&[SEEDS]), None, Some(true), vec![]),
        (texts(&[SEEDS]), None, None, vec![missing]),
        (texts(&[SEEDS, ("node.roles", "data")]), None, Some(false), vec![]),
        (texts(&[SEEDS, ("discovery.type", "single-node")]), None, Some(false), vec![]),
        (texts(&[("cluster.name", "x")]), None, Some(false), vec![]),
        (texts(&[SEEDS, (IMN, "")]), None, Some(false), vec![missing]),
        (texts(&[SEEDS, (IMN, "a,b,c")]), Some("3"), Some(false), vec![]),
        (texts(&[SEEDS, (IMN, "a,b")]), Some("3"), Some(false), vec![]),
        (texts(&[SEEDS, (IMN, "a")]), Some("3"), Some(false), vec![minority]),
        (
            texts(&[SEEDS, (IMN, "a,a")]),
            Some("3"),
            Some(false),
            vec!["quorum/initial-masters-duplicate", minority],
        ),
        (texts(&[SEEDS, (IMN, "a,b,c")]), Some("3"), Some(true), vec!["quorum/initial-masters-left-over"]),
        (
            texts(&[(IMN, "a"), ("discovery.type", "single-node")]),
            None,
            Some(false),
            vec!["quorum/initial-masters-with-single-node"],
        ),
        (
            texts(&[SEEDS, (IMN, "a,b,c"), ("node.name", "d")]),
            Some("3"),
            Some(false),
            vec!["quorum/initial-masters-without-this-node"],
        ),
        (texts(&[SEEDS, (IMN, "a,b"), ("node.name", "c")]), Some("3"), Some(false), vec![]),
        (texts(&[SEEDS, (IMN, "10.0.0.1:9300"), ("node.name", "a")]), Some("1"), Some(false), vec![]),
        (texts(&[SEEDS, (IMN, "[::1]:9300,::1"), ("node.name", "a")]), None, Some(false), vec![]),
        (
            texts(&[SEEDS, (IMN, "a:9300,b:9300"), ("node.name", "a")]),
            None,
            Some(false),
            vec!["quorum/initial-masters-without-this-node"],
        ),
        (together([texts(&[SEEDS]), list(IMN, &["a", "b", "c"])]), Some("3"), Some(false), vec![]),
        (
            together([texts(&[SEEDS]), list(IMN, &["a", "a"])]),
            None,
            None,
            vec!["quorum/initial-masters-duplicate"],
        ),
        (texts(&[SEEDS, (IMN, "a,b")]), Some("2"), Some(false), vec!["quorum/fragile"]),
        (texts(&[SEEDS, (IMN, "a,b")]), Some("x"), Some(false), vec!["quorum/not-a-number"]),
    ] {
        for version in [SEVEN, EIGHT, Version::opensearch(1, 3, 0), Version::opensearch(2, 11, 0)] {
            let found = check(&Inputs { bootstrapped, ..inputs(&parts, version, count) });
            assert_eq!(codes(&found), expected, "{parts:?} {count:?} {bootstrapped:?} {version}");
            for finding in &found {
                let known = diagnostics::codes::find(finding.code).map_or("", |code| code.severity);
                assert!(known.contains(finding.severity.word()), "{finding:?}");
                // Only where the data directory is known to be empty does the cluster never start.
                let is_warning = finding.severity == Severity::Warning;
                assert!(finding.code != missing || is_warning == bootstrapped.is_none(), "{finding:?}");
            }
        }
    }
    let settings = texts(&[SEEDS, ("cluster.initial_cluster_manager_nodes", "a,b,c")]);
    assert_eq!(check(&inputs(&settings, Version::opensearch(2, 11, 0), Some("3"))), []);
}

#[test]
fn initial_masters_whole_messages() {
    let first = |pairs: &[(&str, &str)], bootstrapped| {
        let settings = texts(pairs);
        let finding = check(&Inputs { bootstrapped, ..inputs(&settings, EIGHT, Some("3")) }).remove(0);
        (finding.message.clone(), finding.help.clone().unwrap())
    };
    assert_eq!(
        first(&[SEEDS], Some(false)),
        (
            "a cluster is configured, but `cluster.initial_master_nodes` is not set and the data directory is empty"
                .into(),
            "without it a new cluster never elects its first master; add `cluster.initial_master_nodes: \
             ${INITIAL_MASTER_NODES:-}` and set INITIAL_MASTER_NODES to the names of all master-eligible nodes, or \
             MASTER_STATEFULSET to the name of their StatefulSet and MASTER_COUNT to their number; if this is a new node of a cluster that runs already: `--allow \
             quorum/initial-masters-missing`"
                .into()
        )
    );
    assert_eq!(
        first(&[SEEDS, (IMN, "")], None),
        (
            "a cluster is configured, but `cluster.initial_master_nodes` is not set".into(),
            "without it a new cluster never elects its first master; set INITIAL_MASTER_NODES to the names of all \
             master-eligible nodes, or MASTER_STATEFULSET to the name of their StatefulSet and MASTER_COUNT to their number; if this is a cluster that runs already: \
             `--allow quorum/initial-masters-missing`"
                .into()
        )
    );
    assert_eq!(
        first(&[(IMN, "a")], Some(false)).0,
        "`cluster.initial_master_nodes` names 1 of 3 master-eligible nodes, fewer than the majority of 2"
    );
    assert_eq!(
        first(&[(IMN, "a,b,a")], Some(false)).0,
        "`cluster.initial_master_nodes` names `a` more than once"
    );
    assert_eq!(
        first(&[(IMN, "a,b,c"), ("node.name", "d")], Some(false)).0,
        "`cluster.initial_master_nodes` does not name this master-eligible node, `d`"
    );
    assert_eq!(
        first(&[(IMN, "a,b,c")], Some(true)).0,
        "`cluster.initial_master_nodes` is still set, but this node has been in a cluster already"
    );
    assert_eq!(
        first(&[(IMN, "a"), ("discovery.type", "single-node")], Some(false)),
        (
            "`cluster.initial_master_nodes` cannot be used with `discovery.type: single-node`".into(),
            "the node would refuse to start; for a single node remove `cluster.initial_master_nodes`, for a cluster \
             `discovery.type`"
                .into()
        )
    );
}

#[test]
fn a_secret_minimum_is_judged_but_not_shown() {
    for (text, expected) in [
        ("1", "`discovery.zen.minimum_master_nodes` is too low, but 5 master-eligible nodes need 3"),
        ("9", "`discovery.zen.minimum_master_nodes` is too high, but there are only 5 master-eligible nodes"),
        (
            "4",
            "`discovery.zen.minimum_master_nodes` is too high: the cluster could survive the loss of 2, and survives fewer",
        ),
        ("0", "`discovery.zen.minimum_master_nodes` is below 1"),
    ] {
        let mut settings = min(text);
        settings.entries[0].secret = true;
        assert_eq!(check(&inputs(&settings, TWO, Some("5")))[0].message, expected);
    }
}

/// What is unknown gives no finding: neither a value that may be right nor an absence that may be none.
#[test]
fn an_unknown_value_answers_no_question() {
    for keys in [
        &[MINIMUM_MASTER_NODES][..],
        &["node.master"],
        &["node.roles"],
        &["discovery.type"],
        &[IMN, "cluster.initial_cluster_manager_nodes"],
        &["discovery.seed_hosts", "discovery.zen.ping.unicast.hosts"],
    ] {
        for version in [TWO, SEVEN, EIGHT, Version::opensearch(2, 11, 0)] {
            let mut parts = vec![("cluster.name", "x")];
            // Two ways to say which other nodes there are, but for the one that is unknown.
            parts.extend([HOSTS, SEEDS].into_iter().filter(|(key, _)| !keys.contains(key)));
            let settings = together([texts(&parts), unknown(keys)]);
            let mut found = codes(&check(&inputs(&settings, version, None)));
            // Known from the others.
            if keys == [MINIMUM_MASTER_NODES] {
                found.retain(|code| *code != "quorum/initial-masters-missing");
            } else if keys.len() == 2 && keys[0] == IMN {
                found.retain(|code| *code != "quorum/unknown");
            }
            // What a version does not read hides nothing there.
            let is_read = !matches!(
                (keys[0], version.major, version.product),
                ("node.roles", 2, Product::Elasticsearch)
            ) && !matches!((keys[0], version.major), ("node.master", 8));
            assert_eq!(found.is_empty(), is_read, "{keys:?} {version:?} {found:?}");
        }
    }
}

/// The server takes an element of a list as it is: this is one name, and three nodes wait for it.
#[test]
fn an_element_of_a_list_is_one_name() {
    let settings = list(IMN, &["es-0,es-1,es-2"]);
    let found = check(&inputs(&settings, SEVEN, Some("3")));
    assert_eq!(codes(&found), ["quorum/initial-masters-minority"]);
    assert_eq!(
        found[0].message,
        "`cluster.initial_master_nodes` names 1 of 3 master-eligible nodes, fewer than the majority of 2"
    );
    for good in [texts(&[(IMN, "es-0, es-1,es-2")]), list(IMN, &["es-0", "es-1", "es-2"])] {
        assert_eq!(codes(&check(&inputs(&good, SEVEN, Some("3")))), [""; 0]);
    }
}
