//! The marks of disk use at which the server keeps shards away from a node, and at which it locks indices.
//!
//! Sources: "Disk-based shard allocation" of each generation; elasticsearch#88639 for the head room of 8.5.

use diagnostics::Finding;
use template::Settings;

use super::facts::Volume;
use super::inputs::HostInputs;
use crate::discovery;
use crate::generation::DiskWatermarks;
use crate::heap::human;
use crate::roles::holds_data;
use crate::settings::kinds::{self, Reading};

const ENABLED: &str = "cluster.routing.allocation.disk.threshold_enabled";

/// One of the marks.
struct Watermark {
    name: &'static str,
    key: &'static str,
    /// The default, in per cent of the disk.
    default: f64,
    /// The setting of the head room, and its default where the mark itself is not set.
    headroom: (&'static str, u64),
    /// What happens above it.
    effect: &'static str,
    /// It means nothing to a node that is alone.
    needs_others: bool,
}

/// The one that hurts most first.
const WATERMARKS: [Watermark; 3] = [
    Watermark {
        name: "flood stage",
        key: "cluster.routing.allocation.disk.watermark.flood_stage",
        default: 95.0,
        headroom: ("cluster.routing.allocation.disk.watermark.flood_stage.max_headroom", 100 << 30),
        effect: "every index with a shard on this node becomes read-only",
        needs_others: false,
    },
    Watermark {
        name: "high",
        key: "cluster.routing.allocation.disk.watermark.high",
        default: 90.0,
        headroom: ("cluster.routing.allocation.disk.watermark.high.max_headroom", 150 << 30),
        effect: "shards are moved away from this node, and none comes",
        needs_others: true,
    },
    Watermark {
        name: "low",
        key: "cluster.routing.allocation.disk.watermark.low",
        default: 85.0,
        headroom: ("cluster.routing.allocation.disk.watermark.low.max_headroom", 200 << 30),
        effect: "this node gets no replica and no shard of another node",
        needs_others: true,
    },
];

/// What the settings make of a mark.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    /// So much of the disk may be used, in per cent.
    Used(f64),
    /// So many bytes have to be free.
    Free(u64),
}

/// The worst mark that is exceeded.
pub(super) fn check(inputs: &HostInputs, volume: &Volume) -> Option<Finding> {
    let marks = inputs.generation().disk_watermarks;
    let settings = inputs.settings;
    let (total, available) = (volume.total?, volume.available?);
    if marks == DiskWatermarks::Off || is_off(inputs) || !holds_data(settings, inputs.version) {
        return None;
    }
    let has_others = discovery::cluster_setting(settings).is_some();
    WATERMARKS.iter().find_map(|watermark| {
        let is_known = watermark.name != "flood stage" || marks.has_flood_stage();
        if !is_known || (watermark.needs_others && !has_others) {
            return None;
        }
        let mark = mark(settings, watermark)?;
        let needed = needed(settings, watermark, mark, total, marks == DiskWatermarks::Headroom)?;
        (available < needed).then(|| exceeded(settings, volume, watermark, mark, needed))
    })
}

/// Whether the marks are switched off; where that is not known, they may be.
fn is_off(inputs: &HostInputs) -> bool {
    let settings = inputs.settings;
    !settings.is_unset(ENABLED)
        && settings.text(ENABLED).is_none_or(|text| kinds::read(text, inputs.version) != Reading::True)
}

/// The mark as the settings have it; nothing where that is not known, or no mark.
fn mark(settings: &Settings, watermark: &Watermark) -> Option<Mark> {
    if settings.is_unset(watermark.key) {
        return Some(Mark::Used(watermark.default));
    }
    let text = settings.text(watermark.key)?;
    if let Some(percent) = text.strip_suffix('%') {
        return number(percent).filter(|percent| *percent <= 100.0).map(Mark::Used);
    }
    match number(text) {
        Some(ratio) => (ratio <= 1.0).then_some(Mark::Used(ratio * 100.0)),
        None => bytes(text).map(Mark::Free),
    }
}

/// The bytes that have to be free; nothing where that is not known.
fn needed(
    settings: &Settings,
    watermark: &Watermark,
    mark: Mark,
    total: u64,
    has_headroom: bool,
) -> Option<u64> {
    let used = match mark {
        Mark::Free(bytes) => return Some(bytes),
        Mark::Used(percent) => percent,
    };
    // Tenths of a per mille are as exact as anybody writes them.
    let share = hundredths(100.0 - used)?;
    let needed = u64::try_from(u128::from(total) * u128::from(share) / 10_000).ok()?;
    let (key, default) = watermark.headroom;
    if !has_headroom {
        return Some(needed);
    }
    match settings.text(key) {
        None if !settings.is_unset(key) => None,
        // It is the default's head room alone.
        None if settings.is_unset(watermark.key) => Some(needed.min(default)),
        None | Some("-1") => Some(needed),
        Some(text) => bytes(text).map(|most| needed.min(most)),
    }
}

fn exceeded(settings: &Settings, volume: &Volume, watermark: &Watermark, mark: Mark, needed: u64) -> Finding {
    let Watermark { name, key, effect, .. } = watermark;
    let mark = match mark {
        // A ratio is seldom exact.
        Mark::Used(percent) => format!("{}% used", (percent * 100.0).round() / 100.0),
        Mark::Free(_) => "in bytes".to_owned(),
    };
    let message = format!(
        "`{}` is `{}`: {} of {} are free there, less than the {} of the {name} watermark ({mark})",
        volume.setting,
        volume.path.display(),
        volume.available.map(human).unwrap_or_default(),
        volume.total.map(human).unwrap_or_default(),
        human(needed),
    );
    let finding = Finding::warning("host/disk-watermark", message).help(format!(
        "{effect}: make room there, or give it a larger volume; the mark is `{key}`, here and in the settings of the \
         cluster, which win"
    ));
    match settings.get(key) {
        Some(setting) => setting.finding(finding),
        None => finding.setting(volume.setting.clone()),
    }
}

/// A plain decimal number.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| is_plain)
}

/// Hundredths of a number from 0 to 100.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 10000")]
fn hundredths(number: f64) -> Option<u64> {
    (0.0..=100.0).contains(&number).then(|| (number * 100.0).round() as u64)
}

/// `500mb`, `1.5GB`: bytes as the server reads them.
fn bytes(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let end = lower.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (digits, unit) = lower.split_at(end);
    let shift = match unit.trim() {
        "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        "t" | "tb" => 40,
        "p" | "pb" => 50,
        _ => return None,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let number = u128::from(whole.parse::<u64>().ok()?) * 1000 + u128::from(thousandths);
    u64::try_from((number << shift) / 1000).ok()
}
