use template::Settings;

use super::*;
use crate::bootstrap::facts::{Handover, HostFacts};
use crate::settings::samples::{list, texts, together, unknown};
use crate::version::Version;

const GIB: u64 = 1 << 30;

fn volume(setting: &str, device: u64, total: u64, available: u64) -> Volume {
    Volume {
        setting: setting.to_owned(),
        path: format!("/v{device}").into(),
        device,
        total: Some(total),
        available: Some(available),
        free: Some(available),
        files: Some(1000),
    }
}

/// A data volume of 100 GiB of which so many are free.
fn data(free: u64) -> Volume {
    volume("path.data", 1, 100 * GIB, free * GIB)
}

/// `severity code setting line:column: message | help`, one a finding.
fn of_user(uid: u32, version: &str, settings: &Settings, volumes: &[Volume]) -> Vec<String> {
    let facts = HostFacts { volumes: volumes.to_vec(), ..HostFacts::default() };
    let findings = check(&HostInputs {
        version: Version::parse(version).unwrap(),
        facts: &facts,
        settings,
        arguments: &[],
        server_uid: uid,
        handover: Handover::NotRoot,
        root_allowed: false,
        enforced: false,
    });
    let line = |finding: &Finding| {
        let place = finding.location().map(|it| format!(" {}:{}", it.line, it.column)).unwrap_or_default();
        let setting = finding.setting.as_deref().unwrap_or_default();
        let help = finding.help.as_deref().unwrap_or_default();
        format!("{} {} {setting}{place}: {} | {help}", finding.severity.word(), finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

fn told(version: &str, settings: &Settings, volumes: &[Volume]) -> Vec<String> {
    of_user(1000, version, settings, volumes)
}

/// The name of the mark that is exceeded.
fn mark(version: &str, settings: &[(&str, &str)], volume: &Volume) -> Option<String> {
    mark_of(version, &texts(settings), volume)
}

fn mark_of(version: &str, settings: &Settings, volume: &Volume) -> Option<String> {
    let told = told(version, settings, std::slice::from_ref(volume));
    let (_, behind) = told.first()?.split_once(" of the ")?;
    Some(behind.split_once(" watermark")?.0.to_owned())
}

const LOW: &str = "cluster.routing.allocation.disk.watermark.low";
const HIGH: &str = "cluster.routing.allocation.disk.watermark.high";
const FLOOD: &str = "cluster.routing.allocation.disk.watermark.flood_stage";
const ENABLED: &str = "cluster.routing.allocation.disk.threshold_enabled";
const HOSTS: (&str, &str) = ("discovery.seed_hosts", "a,b");
const OLD_HOSTS: (&str, &str) = ("discovery.zen.ping.unicast.hosts", "a,b");

#[test]
fn without_room_for_its_state_no_server_starts_from_5_on() {
    let none = Settings::default();
    let exits = ("error", "the server would exit with `No space left on device`");
    let starts = ("warning", "the server could write no state and no index");
    for (version, (severity, effect)) in [
        ("1.7.5", starts),
        ("2.3.4", starts),
        ("5.6.16", exits),
        ("7.17.9", exits),
        ("8.15.0", exits),
        ("os-2.11.0", exits),
    ] {
        let line = |what: &str| {
            format!(
                "{severity} host/no-space path.data: `path.data` is `/v1`: {what} | {effect}: remove what is not needed \
                 there, or give it a larger volume"
            )
        };
        for (available, shown) in [(0, "0 bytes"), (512, "512 bytes")] {
            let told = told(version, &none, &[volume("path.data", 1, GIB, available)]);
            assert_eq!(told, [line(&format!("{shown} of 1 GiB are free there"))], "{version}");
        }
        let no_inode = Volume { files: Some(0), ..data(50) };
        let inodes = "all inodes of that file system are in use, so that no file can be made";
        assert_eq!(told(version, &none, &[no_inode]), [line(inodes)], "{version}");
    }
}

#[test]
fn what_is_kept_for_root_is_for_root() {
    let kept = Volume { available: Some(0), free: Some(5 * GIB), ..data(0) };
    let off = texts(&[(ENABLED, "false")]);
    assert_eq!(
        told("2.3.4", &off, std::slice::from_ref(&kept)),
        [
            "warning host/no-space path.data: `path.data` is `/v1`: 0 bytes of 100 GiB are free there, and 5 GiB that only \
          root may use | the server could write no state and no index: remove what is not needed there, or give it a larger \
          volume"
        ]
    );
    assert_eq!(of_user(0, "2.3.4", &off, &[kept]), [""; 0]);
}

#[test]
fn a_full_log_directory_is_a_warning_and_a_file_system_is_told_once() {
    let none = Settings::default();
    let logs = |device| volume("path.logs", device, GIB, 0);
    assert_eq!(
        told("8.15.0", &none, &[data(50), logs(2)]),
        [
            "warning host/no-space path.logs: `path.logs` is `/v2`: 0 bytes of 1 GiB are free there | the server's log files \
          would stay empty: remove what is not needed there, or give it a larger volume"
        ]
    );
    let full = |device| volume("path.data", device, GIB, 0);
    let told = told("8.15.0", &none, &[logs(1), full(1), full(1), full(3)]);
    let shown: Vec<&str> = told
        .iter()
        .map(|line| &line[.."error host/no-space path.data: `path.data` is `/v1`".len()])
        .collect();
    assert_eq!(
        shown,
        [
            "error host/no-space path.data: `path.data` is `/v1`",
            "error host/no-space path.data: `path.data` is `/v3`"
        ]
    );
}

#[test]
fn what_has_no_limit_or_is_small_but_empty_is_fine() {
    let none = Settings::default();
    let unlimited = Volume { total: None, available: None, free: None, files: None, ..data(0) };
    // A tmpfs of a CI job.
    let small = volume("path.data", 1, 64 << 20, 60 << 20);
    for version in ["1.7.5", "2.3.4", "6.8.23", "7.17.9", "8.15.0", "9.1.0", "os-3.0.0"] {
        for volume in [&unlimited, &small, &data(50)] {
            assert_eq!(told(version, &texts(&[HOSTS, OLD_HOSTS]), std::slice::from_ref(volume)), [""; 0]);
            assert_eq!(told(version, &none, std::slice::from_ref(volume)), [""; 0], "{version}");
        }
    }
}

#[test]
fn the_worst_mark_that_is_exceeded_is_told_with_its_numbers() {
    assert_eq!(
        told("8.4.3", &texts(&[HOSTS]), &[data(3)]),
        [format!(
            "warning host/disk-watermark path.data: `path.data` is `/v1`: 3 GiB of 100 GiB are free there, less than the \
             5 GiB of the flood stage watermark (95% used) | every index with a shard on this node becomes read-only: make \
             room there, or give it a larger volume; the mark is `{FLOOD}`, here and in the settings of the cluster, which \
             win"
        )]
    );
    // Where a setting says it, its place.
    let settings = texts(&[HOSTS, (LOW, "30gb"), (HIGH, "20gb"), (FLOOD, "2gb")]);
    assert_eq!(
        told("7.17.9", &settings, &[data(10)]),
        [format!(
            "warning host/disk-watermark {HIGH} 3:1: `path.data` is `/v1`: 10 GiB of 100 GiB are free there, less than the \
             20 GiB of the high watermark (in bytes) | shards are moved away from this node, and none comes: make room \
             there, or give it a larger volume; the mark is `{HIGH}`, here and in the settings of the cluster, which win"
        )]
    );
}

#[test]
fn marks_of_each_generation() {
    let flood = Some("flood stage".to_owned());
    let (high, low) = (Some("high".to_owned()), Some("low".to_owned()));
    for (version, at_3, at_7, at_12) in [
        ("1.2.4", None, None, None),
        ("1.3.0", high.clone(), high.clone(), low.clone()),
        ("2.3.4", high.clone(), high.clone(), low.clone()),
        ("5.6.16", high.clone(), high.clone(), low.clone()),
        ("6.0.0", flood.clone(), high.clone(), low.clone()),
        ("8.15.0", flood.clone(), high.clone(), low.clone()),
        ("os-2.11.0", flood.clone(), high.clone(), low.clone()),
    ] {
        let hosts = if version.starts_with(['1', '2', '5', '6']) { OLD_HOSTS } else { HOSTS };
        assert_eq!(
            [3, 7, 12, 16].map(|free| mark(version, &[hosts], &data(free))),
            [at_3, at_7, at_12, None]
        );
    }
    // Where there are no other nodes, shards have nowhere to go and come from.
    assert_eq!([3, 7, 12].map(|free| mark("2.3.4", &[], &data(free))), [None, None, None]);
    assert_eq!([3, 7, 12].map(|free| mark("7.17.9", &[], &data(free))), [flood, None, None]);
}

#[test]
fn large_disks_need_no_share_of_theirs_from_8_5_on() {
    let large = |free: u64| volume("path.data", 1, 10_000 * GIB, free * GIB);
    let at = |version, settings: &[(&str, &str)], free| {
        mark(version, &[&[HOSTS], settings].concat(), &large(free)).unwrap_or_default()
    };
    assert_eq!([90, 140, 190, 250].map(|free| at("8.5.0", &[], free)), ["flood stage", "high", "low", ""]);
    assert_eq!([90, 140, 190, 250].map(|free| at("8.4.3", &[], free)), ["flood stage"; 4]);
    assert_eq!(at("os-2.11.0", &[], 250), "flood stage");
    // A mark of one's own has no head room but one's own.
    assert_eq!(at("8.15.0", &[(FLOOD, "95%")], 250), "flood stage");
    let headroom = "cluster.routing.allocation.disk.watermark.flood_stage.max_headroom";
    assert_eq!(at("8.15.0", &[(FLOOD, "95%"), (headroom, "300GB")], 250), "flood stage");
    assert_eq!(at("8.15.0", &[(FLOOD, "95%"), (headroom, "240GB")], 250), "");
    assert_eq!(at("8.15.0", &[(headroom, "-1")], 250), "flood stage");
}

#[test]
fn marks_as_the_settings_have_them() {
    let at = |settings: &[(&str, &str)], free| mark("7.17.9", settings, &data(free));
    let flood = Some("flood stage".to_owned());
    for (text, needed) in [
        ("97%", 3),
        ("97.0%", 3),
        ("0.97", 3),
        (".97", 3),
        ("90%", 10),
        ("100%", 0),
        ("1", 0),
        ("1.0", 0),
        ("10gb", 10),
        ("10 GB", 10),
        ("10g", 10),
        ("10240mb", 10),
        ("1.5gb", 2),
        ("0.029", 98),
    ] {
        let marks: &[(&str, &str)] = &[(FLOOD, text)];
        assert_eq!(at(marks, needed), None, "{text}");
        if needed > 0 {
            assert_eq!(at(marks, needed - 1), flood, "{text}");
        }
    }
    // No mark, or nobody knows which.
    for text in ["", "97", "97 %x", "much", "-5%", "101%", "1.1.1", "NaN", "5xb", "-1"] {
        let expected = if text.is_empty() { flood.clone() } else { None };
        assert_eq!(at(&[(FLOOD, text)], 1), expected, "{text}");
    }
    assert_eq!(at(&[(ENABLED, "false")], 1), None);
    assert_eq!(at(&[(ENABLED, "true")], 1), flood);
    assert_eq!(at(&[(ENABLED, "")], 1), flood);
    for key in [ENABLED, FLOOD, "node.data", "node.roles"] {
        assert_eq!(mark_of("7.17.9", &unknown(&[key]), &data(1)), None, "{key}");
    }
    let hosts_unknown = together([unknown(&["discovery.seed_hosts"]), texts(&[("cluster.name", "x")])]);
    assert_eq!(mark_of("7.17.9", &hosts_unknown, &data(7)), None);
}

#[test]
fn nodes_without_shards_need_no_room_for_them() {
    for (version, settings) in [
        ("2.3.4", &[OLD_HOSTS, ("node.data", "false")][..]),
        ("2.3.4", &[OLD_HOSTS, ("node.client", "true")]),
        ("7.17.9", &[("node.data", "false")]),
        ("8.15.0", &[("node.roles", "master")]),
        ("8.15.0", &[("node.roles", "data_frozen")]),
    ] {
        assert_eq!(mark(version, settings, &data(1)), None, "{version} {settings:?}");
    }
    assert_eq!(mark_of("8.15.0", &list("node.roles", &[]), &data(1)), None);
    for roles in ["data", "data_hot", "master,data_content"] {
        assert_eq!(
            mark("8.15.0", &[("node.roles", roles)], &data(1)),
            Some("flood stage".to_owned()),
            "{roles}"
        );
    }
}
