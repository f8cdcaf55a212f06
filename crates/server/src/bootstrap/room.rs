//! Whether what the server writes still fits.

use std::collections::HashSet;

use diagnostics::{Finding, Severity};

use super::facts::Volume;
use super::inputs::HostInputs;
use super::watermarks;
use crate::heap::human;

/// A block of most file systems: with less not one file can be written. Tried: 5.6.16 starts with 20 KiB, and 7.17.29, which
/// takes 24, with 68.
const LEAST: u64 = 4 << 10;

/// What does not fit, or soon will not. One finding for each file system.
pub(super) fn check(inputs: &HostInputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut told = HashSet::new();
    // Data first: without them there is no server, without its log files there is.
    let (data, others): (Vec<_>, Vec<_>) =
        inputs.facts.volumes.iter().partition(|volume: &&Volume| volume.setting == "path.data");
    for volume in data.iter().chain(&others) {
        if told.contains(&volume.device) {
            continue;
        }
        let is_data = volume.setting == "path.data";
        let finding =
            full(inputs, volume, is_data).or_else(|| watermarks::check(inputs, volume).filter(|_| is_data));
        if let Some(finding) = finding {
            told.insert(volume.device);
            findings.push(finding);
        }
    }
    findings
}

/// Nothing more can be written there.
fn full(inputs: &HostInputs, volume: &Volume, is_data: bool) -> Option<Finding> {
    let shown = volume.path.display();
    let left = if inputs.server_uid == 0 { volume.free } else { volume.available };
    let what = match (left, volume.files) {
        (Some(left), _) if left < LEAST => {
            let of = volume.total.map_or_else(String::new, |total| format!(" of {}", human(total)));
            let kept = volume
                .free
                .filter(|free| *free > left && *free >= LEAST)
                .map_or_else(String::new, |free| format!(", and {} that only root may use", human(free)));
            format!("{}{of} are free there{kept}", human(left))
        }
        (_, Some(0)) => "all inodes of that file system are in use, so that no file can be made".to_owned(),
        _ => return None,
    };
    let message = format!("`{}` is `{shown}`: {what}", volume.setting);
    let (severity, effect) = match (is_data, inputs.generation().refuses_full_disk) {
        (true, true) => (Severity::Error, "the server would exit with `No space left on device`"),
        (true, false) => (Severity::Warning, "the server could write no state and no index"),
        (false, _) => (Severity::Warning, "the server's log files would stay empty"),
    };
    let finding = Finding::new(severity, "host/no-space", message);
    let help = format!("{effect}: remove what is not needed there, or give it a larger volume");
    Some(finding.help(help).setting(volume.setting.clone()))
}

#[cfg(test)]
mod tests;
