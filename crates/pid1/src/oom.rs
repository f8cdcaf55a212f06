//! The counter of processes that the kernel killed because the memory limit of this container was reached.

use std::ffi::CString;

use crate::system;

/// How many were killed since the container was made, where that can be read.
pub(crate) fn kills() -> Option<u64> {
    let cgroups = system::read_small(c"/proc/self/cgroup")?;
    counter_files(&cgroups)
        .into_iter()
        .find_map(|file| counter(&system::read_small(&CString::new(file).ok()?)?))
}

/// Where the counter of this cgroup may be, likeliest first, from the text of `/proc/self/cgroup`, see cgroups(7).
///
/// In a container with its own cgroup namespace the mount shows the own group at its top; without one the text has the
/// host's path, which the mount may or may not show.
fn counter_files(cgroups: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in cgroups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let path = path.trim_end_matches('/');
        let (mount, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.events"),
            list if list.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.oom_control")
            }
            _ => continue,
        };
        files.push(format!("{mount}{path}/{name}"));
        if !path.is_empty() {
            files.push(format!("{mount}/{name}"));
        }
    }
    files
}

/// The counter in the text of `memory.events` (version 2) or `memory.oom_control` (version 1), see the kernel's
/// admin-guide/cgroup-v2 and admin-guide/cgroup-v1/memory.
fn counter(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_both_versions() {
        assert_eq!(counter("low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 0\n"), Some(2));
        assert_eq!(counter("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"), Some(5));
        assert_eq!(counter("oom_kill_disable 0\nunder_oom 0\n"), None);
        assert_eq!(counter_files("0::/\n"), ["/sys/fs/cgroup/memory.events"]);
        assert_eq!(
            counter_files("9:name=systemd:/a\n4:cpu,memory:/docker/x\n0::/docker/x:y\nnonsense\n"),
            [
                "/sys/fs/cgroup/memory/docker/x/memory.oom_control",
                "/sys/fs/cgroup/memory/memory.oom_control",
                "/sys/fs/cgroup/docker/x:y/memory.events",
                "/sys/fs/cgroup/memory.events",
            ]
        );
    }
}
