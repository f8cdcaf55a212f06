//! The limits of memory and processors of the control groups, version 1 and 2.

use std::path::Path;

use super::read::regular_file;

fn text(path: &Path) -> String {
    regular_file(path, 1 << 12).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The smallest limit on the way up from our group. `groups` is the text of `/proc/self/cgroup`.
pub(super) fn memory_limit(root: &Path, groups: &str) -> Option<u64> {
    // Version 1 writes "no limit" as the largest page-aligned number.
    let number = |text: &str| text.trim().parse().ok().filter(|bytes| *bytes < 1 << 60);
    smallest(root, groups, "memory", |directory, is_unified| {
        let name = if is_unified { "memory.max" } else { "memory.limit_in_bytes" };
        number(&text(&directory.join(name)))
    })
}

/// How many processors the smallest quota is worth, a part of one as a whole one: as the JVM counts.
pub(super) fn processors(root: &Path, groups: &str) -> Option<u64> {
    smallest(root, groups, "cpu", |directory, is_unified| {
        let file = |name| text(&directory.join(name));
        let both = if is_unified {
            file("cpu.max")
        } else {
            format!("{} {}", file("cpu.cfs_quota_us"), file("cpu.cfs_period_us"))
        };
        let mut numbers = both.split_whitespace().map(|number| number.parse::<u64>().ok());
        let (quota, period) = (numbers.next()??, numbers.next()??);
        (quota > 0 && period > 0).then(|| quota.div_ceil(period))
    })
}

fn smallest(
    root: &Path,
    groups: &str,
    controller: &str,
    limit: impl Fn(&Path, bool) -> Option<u64>,
) -> Option<u64> {
    let mut found: Option<u64> = None;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let is_unified = controllers.is_empty();
        let mount = if is_unified {
            // Alone, or beside version 1 controllers.
            let unified = root.join("unified");
            if unified.is_dir() { unified } else { root.to_owned() }
        } else if controllers.split(',').any(|name| name == controller) {
            root.join(controller)
        } else {
            continue;
        };
        // Without a namespace of its own a container sees the host's path, but its group is mounted at the root:
        // the way up ends there in either case.
        for ancestor in Path::new(group.trim_start_matches('/')).ancestors().take(64) {
            if let Some(here) = limit(&mount.join(ancestor), is_unified) {
                found = Some(found.map_or(here, |smallest| smallest.min(here)));
            }
        }
    }
    found
}
