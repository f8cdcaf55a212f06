//! Every bootstrap check of every generation has a finding, or a reason why it has none.

use std::fs;

use diagnostics::codes::CODES;
use server::Version;
use server::generation::{CallFilter, Generation, Limits, PolicyUse, generation};

use super::{cell, keep_table};

const RECORD: &str = "tests/documents/bootstrap-checks.tsv";

/// A class with the versions that have it.
struct Check {
    class: String,
    name: String,
    finding: String,
    has: Vec<(Version, bool)>,
}

fn checks() -> Vec<Check> {
    let text = fs::read_to_string(RECORD).unwrap();
    let head = text.lines().find(|line| line.contains("\t5.")).unwrap();
    let versions: Vec<Version> = head.split('\t').skip(3).map(|it| Version::parse(it).unwrap()).collect();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('\t').collect();
        let has = versions.iter().copied().zip(cells[3..].iter().map(|cell| *cell == "yes")).collect();
        Check { class: cells[0].into(), name: cells[1].into(), finding: cells[2].into(), has }
    })
    .collect()
}

#[test]
fn the_table_of_bootstrap_checks_is_the_record() {
    let rows: Vec<String> = checks()
        .iter()
        .map(|check| {
            let is_code = CODES.iter().any(|code| code.name == check.finding);
            assert!(is_code || check.finding.contains(' '), "{}: {}", check.class, check.finding);
            let finding = if is_code {
                format!("[`{0}`](findings.md#{1})", check.finding, check.finding.replace('/', ""))
            } else {
                format!("none: {}", cell(&check.finding))
            };
            let marks: String =
                check.has.iter().map(|(_, has)| if *has { " yes |" } else { " – |" }).collect();
            format!("| {} |{marks} {finding} |", check.name)
        })
        .collect();
    let head = "| check | 5.0.2 | 5.6.16 | 6.8.23 | 7.17.29 | 8.19.21 | 9.2.0 | OpenSearch 1.3.20 | 2.19.6 | 3.6.0 | finding |";
    keep_table("docs/bootstrap-checks.md", head, &rows);
}

/// What the rows of generations say of a check; nothing where it is not a property of theirs.
fn property(class: &str, row: &Generation) -> Option<bool> {
    let Limits { call_filter, processes, map_count, .. } = row.limits;
    Some(match class {
        "MaxNumberOfThreadsCheck" => processes.is_some(),
        "MaxSizeVirtualMemoryCheck" => row.limits.address_space,
        "MaxFileSizeCheck" => row.limits.file_size,
        "MaxMapCountCheck" => map_count.is_some(),
        "FileDescriptorCheck" | "HeapSizeCheck" | "UseSerialGCCheck" => row.limits.refuse,
        "SystemCallFilterCheck" => matches!(call_filter, CallFilter::Demanded(_)),
        "MightForkCheck" | "OnErrorCheck" | "OnOutOfMemoryErrorCheck" => call_filter != CallFilter::Nobody,
        "EarlyAccessCheck" => row.limits.refuses_early_access,
        // Java 8 is too old for the others.
        "G1GCCheck" => {
            row.limits.refuses_old_g1 && row.java_versions.0 <= 11 && !row.limits.refuses_old_java_11
        }
        "JavaVersionCheck" => row.limits.refuses_old_java_11,
        "AllPermissionCheck" => row.refuses_all_permission && row.policy != PolicyUse::Entitlements,
        "DiscoveryConfiguredCheck" => row.limits.demands_discovery,
        "MultipleDataPathCheck" => row.limits.single_path_role.is_some(),
        "TransportTLSBootstrapCheck" => row.configures_security,
        _ => return None,
    })
}

#[test]
fn generations_have_the_checks_of_their_servers() {
    let mut count = 0;
    for check in checks() {
        for (version, has) in &check.has {
            if let Some(expected) = property(&check.class, generation(*version)) {
                assert_eq!(expected, *has, "{} of {version}", check.class);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}
