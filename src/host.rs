//! Reads the facts of the machine, the container and the installation. Never writes, never waits, never fails: what
//! cannot be found out is left out.

mod cgroup;
mod installation;
mod java;

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{getgid, getuid};

use crate::files::read::{lossy, regular_file};
pub use installation::{find_installation, jvm_options, plugin_names, read_installation};
pub use java::{find_java, java_facts};
use server::bootstrap::facts::{Capabilities, Directory, HostFacts, Limit, Owner};

/// No file that is read here has a reason to be larger.
const LARGEST: u64 = 1 << 20;

/// The facts. `directories` are the setting and the path of each directory that the server writes to, `java` is what
/// [`find_java`] found.
pub fn gather(directories: &[(String, PathBuf)], java: Option<&Path>) -> HostFacts {
    let status = text("/proc/self/status");
    let memory_limit = cgroup::memory_limit(Path::new("/sys/fs/cgroup"), &text("/proc/self/cgroup"));
    HostFacts {
        uid: getuid().as_raw(),
        gid: getgid().as_raw(),
        capabilities: Capabilities {
            bounding: status_bits(&status, "CapBnd:"),
            permitted: status_bits(&status, "CapPrm:"),
            effective: status_bits(&status, "CapEff:"),
        },
        max_map_count: text("/proc/sys/vm/max_map_count").trim().parse().ok(),
        open_files: limit(Resource::RLIMIT_NOFILE),
        processes: limit(Resource::RLIMIT_NPROC),
        locked_memory: limit(Resource::RLIMIT_MEMLOCK),
        address_space: limit(Resource::RLIMIT_AS),
        file_size: limit(Resource::RLIMIT_FSIZE),
        memory_limit,
        total_memory: total_memory(&text("/proc/meminfo")),
        directories: directories.iter().map(|(setting, path)| directory(setting, path)).collect(),
        java: java.map(java_facts),
        passwd: text("/etc/passwd"),
        group: text("/etc/group"),
    }
}

/// What `hostname` prints.
pub fn host_name() -> String {
    text("/proc/sys/kernel/hostname").trim_end_matches('\n').to_owned()
}

/// The content of a regular file (or of one in `/proc`) of at most 1 MiB. Neither a FIFO nor a device is waited for.
fn bytes(path: &Path) -> Option<Vec<u8>> {
    regular_file(path, LARGEST).ok()
}

/// The same as text, empty when there is nothing to read.
fn text(path: impl AsRef<Path>) -> String {
    bytes(path.as_ref()).map(lossy).unwrap_or_default()
}

fn status_bits(status: &str, key: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|value| u64::from_str_radix(value.trim(), 16).ok()).unwrap_or(0)
}

fn limit(resource: Resource) -> Option<Limit> {
    let (soft, hard) = getrlimit(resource).ok()?;
    let finite = |value: u64| (value != nix::libc::RLIM_INFINITY).then_some(value);
    Some(Limit { soft: finite(soft), hard: finite(hard) })
}

fn total_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The facts of a directory or of its nearest ancestor.
fn directory(setting: &str, path: &Path) -> Directory {
    let found: Option<(&Path, Metadata)> =
        path.ancestors().find_map(|ancestor| ancestor.metadata().ok().map(|metadata| (ancestor, metadata)));
    let Some((nearest, metadata)) = found else {
        return Directory { setting: setting.to_owned(), path: path.to_owned(), ..Directory::default() };
    };
    Directory {
        setting: setting.to_owned(),
        path: path.to_owned(),
        nearest: nearest.to_owned(),
        is_directory: metadata.is_dir(),
        owner: Owner { uid: metadata.uid(), gid: metadata.gid(), mode: metadata.mode() },
        read_only: is_read_only(nearest),
    }
}

fn is_read_only(path: &Path) -> bool {
    statvfs(path).is_ok_and(|facts| facts.flags().contains(FsFlags::ST_RDONLY))
}

#[cfg(test)]
mod tests;
