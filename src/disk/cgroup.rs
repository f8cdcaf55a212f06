//! The memory limit of the control groups, version 1 and 2.

use std::path::Path;

use super::read::regular_file;

fn text(path: &Path) -> String {
    regular_file(path, 1 << 12).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The smallest limit on the way up from our group. `groups` is the text of `/proc/self/cgroup`.
pub(super) fn memory_limit(root: &Path, groups: &str) -> Option<u64> {
    let mut limit: Option<u64> = None;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (mount, limit_file) = if controllers.is_empty() {
            // Alone, or beside version 1 controllers.
            let unified = root.join("unified");
            let mount = if unified.is_dir() { unified } else { root.to_owned() };
            (mount, "memory.max")
        } else if controllers.split(',').any(|name| name == "memory") {
            (root.join("memory"), "memory.limit_in_bytes")
        } else {
            continue;
        };
        // Without a namespace of its own a container sees the host's path, but its group is mounted at the root:
        // the way up ends there in either case.
        for ancestor in Path::new(group.trim_start_matches('/')).ancestors().take(64) {
            let directory = mount.join(ancestor);
            if let Ok(bytes) = text(&directory.join(limit_file)).trim().parse::<u64>()
                // Version 1 writes "no limit" as the largest page-aligned number.
                && bytes < 1 << 60
            {
                limit = Some(limit.map_or(bytes, |smallest| smallest.min(bytes)));
            }
        }
    }
    limit
}
