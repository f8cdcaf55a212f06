//! The machine and the container: limits, memory, capabilities, who we are.

use std::path::Path;

use nix::sched::{CpuSet, sched_getaffinity};
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{Gid, Pid, SysconfVar, geteuid, getgid, getgroups, getuid, sysconf};
use node::{Machine, User, UserNamespace};
use server::bootstrap::facts::{Capabilities, HostFacts, Limit};

use super::cgroup;
use super::read::system_text;

/// No file of the kernel that is read here has a reason to be larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// Everything but directories and Java, which depend on settings.
pub(super) fn machine() -> Machine {
    let text = |path: &str| system_text(path, LARGEST);
    let status = text("/proc/self/status");
    let supplementary: Vec<u32> = getgroups().unwrap_or_default().into_iter().map(Gid::as_raw).collect();
    let mut groups = supplementary.clone();
    groups.push(getgid().as_raw());
    let map = |path: &str| id_map(&text(path));
    let maps = map("/proc/self/uid_map").zip(map("/proc/self/gid_map"));
    Machine {
        user: User { uid: getuid().as_raw(), groups, effective_uid: geteuid().as_raw() },
        namespace: maps.map(|(users, groups)| UserNamespace {
            users,
            groups,
            keeps_groups: text("/proc/self/setgroups").trim() == "deny",
            supplementary,
        }),
        host: HostFacts {
            uid: getuid().as_raw(),
            gid: getgid().as_raw(),
            capabilities: status.contains("\nCapEff:").then(|| Capabilities {
                bounding: status_bits(&status, "CapBnd:"),
                permitted: status_bits(&status, "CapPrm:"),
                effective: status_bits(&status, "CapEff:"),
            }),
            max_map_count: text("/proc/sys/vm/max_map_count").trim().parse().ok(),
            unprivileged_port_start: text("/proc/sys/net/ipv4/ip_unprivileged_port_start")
                .trim()
                .parse()
                .ok(),
            open_files: limit(Resource::RLIMIT_NOFILE),
            processes: limit(Resource::RLIMIT_NPROC),
            locked_memory: limit(Resource::RLIMIT_MEMLOCK),
            address_space: limit(Resource::RLIMIT_AS),
            file_size: limit(Resource::RLIMIT_FSIZE),
            call_filter: pid1::filters_system_calls(),
            memory_limit: cgroup::memory_limit(Path::new("/sys/fs/cgroup"), &text("/proc/self/cgroup")),
            total_memory: total_memory(&text("/proc/meminfo")),
            page_size: sysconf(SysconfVar::PAGE_SIZE)
                .ok()
                .flatten()
                .and_then(|size| u64::try_from(size).ok()),
            processors: processors(&text("/proc/self/cgroup")),
            directories: Vec::new(),
            volumes: Vec::new(),
            java: None,
        },
    }
}

/// How many threads are of use to this process, where there is much to do. More of them wait for each other where memory is
/// taken.
pub(crate) fn threads() -> usize {
    const MOST: u64 = 8;
    let processors = processors(&system_text("/proc/self/cgroup", LARGEST)).unwrap_or(1);
    usize::try_from(processors.min(MOST)).unwrap_or(1)
}

fn processors(groups: &str) -> Option<u64> {
    let own = sched_getaffinity(Pid::from_raw(0)).ok()?;
    let count = (0..CpuSet::count()).filter(|cpu| own.is_set(*cpu) == Ok(true)).count() as u64;
    let quota = cgroup::processors(Path::new("/sys/fs/cgroup"), groups);
    Some(quota.map_or(count, |quota| quota.min(count)))
}

/// The lines of `uid_map` and `gid_map`: first id here, first id outside, count; see `user_namespaces(7)`.
pub(super) fn id_map(text: &str) -> Option<Vec<(u32, u32)>> {
    let mut ranges = Vec::new();
    for line in text.lines() {
        let mut numbers = line.split_ascii_whitespace().map(str::parse);
        let (Some(Ok(first)), Some(Ok(_)), Some(Ok(count))) =
            (numbers.next(), numbers.next(), numbers.next())
        else {
            return None;
        };
        ranges.push((first, count));
    }
    (!ranges.is_empty()).then_some(ranges)
}

pub(super) fn status_bits(status: &str, key: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|value| u64::from_str_radix(value.trim(), 16).ok()).unwrap_or(0)
}

fn limit(resource: Resource) -> Option<Limit> {
    let (soft, hard) = getrlimit(resource).ok()?;
    let finite = |value: u64| (value != nix::libc::RLIM_INFINITY).then_some(value);
    Some(Limit { soft: finite(soft), hard: finite(hard) })
}

pub(super) fn total_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
