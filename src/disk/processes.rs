//! The servers that run here, and the sockets on which somebody listens, see `proc(5)`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;

use node::ServerProcess;
use server::network::Listener;

use super::lock::parent;
use super::read::{system_bytes, system_text};

/// A command line can be longer; what is of interest here is not.
const LONGEST: u64 = 1 << 20;
/// A server has a launcher, and that a script and PID 1 above it.
const GENERATIONS: usize = 6;
/// Room for some hundred listeners.
const ENOUGH: u64 = 1 << 17;
/// The state of a socket on which somebody listens.
const LISTENING: &str = "0A";

/// The processes with such a command line; nothing where the kernel does not show them.
pub(super) fn servers(is_server: fn(&[u8]) -> bool) -> Option<Vec<ServerProcess>> {
    let numbers = fs::read_dir("/proc").ok()?.flatten();
    let mut found = Vec::new();
    for pid in numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        let own = command_line(pid);
        if !is_server(&own) {
            continue;
        }
        // Zombies and those that have ended since have no command line.
        let Ok(metadata) = fs::metadata(format!("/proc/{pid}")) else { continue };
        let mut lines = vec![own];
        let mut process = pid;
        while lines.len() < GENERATIONS
            && let Some(above) = parent(process)
        {
            lines.push(command_line(above));
            process = above;
        }
        let words = lines.iter().rev().flat_map(|line| words(line)).collect();
        found.push(ServerProcess { pid, uid: metadata.uid(), is_stopped: is_stopped(pid), words });
    }
    Some(found)
}

fn command_line(pid: i32) -> Vec<u8> {
    system_bytes(&format!("/proc/{pid}/cmdline"), LONGEST)
}

fn words(line: &[u8]) -> Vec<OsString> {
    let line = line.strip_suffix(b"\0").unwrap_or(line);
    line.split(|byte| *byte == 0).map(|word| OsStr::from_bytes(word).to_owned()).collect()
}

fn is_stopped(pid: i32) -> bool {
    let text = system_text(&format!("/proc/{pid}/stat"), 1 << 12);
    // The name, in brackets, may hold anything.
    text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

/// The sockets of this network; nothing where the kernel does not show them.
pub(super) fn listeners() -> Option<Vec<Listener>> {
    let mut found = Vec::new();
    let mut is_shown = false;
    for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = system_text(path, ENOUGH);
        is_shown |= !text.is_empty();
        // Behind the headings; connections, of which there may be many, come last.
        found.extend(text.lines().skip(1).map_while(listener));
    }
    is_shown.then_some(found)
}

fn listener(line: &str) -> Option<Listener> {
    let mut words = line.split_ascii_whitespace();
    let address = address(words.nth(1)?)?;
    if words.nth(1)? != LISTENING {
        return None;
    }
    let uid = words.nth(3)?.parse().ok()?;
    Some(Listener { address, uid, inode: words.nth(1)?.parse().ok()? })
}

/// `0100007F:23F0`: an address in words of 32 bits, each as the machine has it in memory, and a port.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let mut bytes = Vec::with_capacity(16);
    for at in (0..address.len()).step_by(8) {
        let word = u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address: IpAddr = match bytes.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into(),
        _ => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into(),
    };
    Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
}

/// The numbers of the sockets that a process holds.
pub(super) fn sockets(pid: i32) -> std::io::Result<Vec<u64>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))?.flatten();
    let number = |target: std::path::PathBuf| {
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok()
    };
    Ok(entries.filter_map(|entry| number(fs::read_link(entry.path()).ok()?)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn lines_of_the_kernel() {
        let line = "   2: 0000000000000000FFFF00000100007F:2454 00000000000000000000000000000000:0000 0A 00000000:00000000 \
                    00:00000000 00000000  1000        0 32378474 1 00000000aca501f0 100 0 0 10 0";
        let address = "[::ffff:127.0.0.1]:9300".parse().unwrap();
        assert_eq!(listener(line), Some(Listener { address, uid: 1000, inode: 32_378_474 }));
        assert_eq!(listener(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(listener("   2: 0100007F:23F0"), None);
    }

    #[test]
    fn addresses_of_the_kernel() {
        #[cfg(target_endian = "little")]
        for (text, expected) in [
            ("0100007F:23F0", "127.0.0.1:9200"),
            ("00000000:0050", "0.0.0.0:80"),
            ("00000000000000000000000001000000:23F0", "[::1]:9200"),
            ("0000000000000000FFFF00000400000A:2454", "[::ffff:10.0.0.4]:9300"),
        ] {
            assert_eq!(address(text), expected.parse().ok(), "{text}");
        }
        for text in ["", "0100007F", "x100007F:1", "0100007:1"] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
