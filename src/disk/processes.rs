//! The servers that run here, and the sockets on which somebody listens, see `proc(5)`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
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
    let four = listeners_of("/proc/net/tcp", &mut found);
    let six = listeners_of("/proc/net/tcp6", &mut found);
    four.or(six).map(|()| found)
}

fn listeners_of(path: &str, found: &mut Vec<Listener>) -> Option<()> {
    let lines = BufReader::new(File::open(path).ok()?).lines();
    for line in lines.map_while(Result::ok).skip(1) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, local, _, state, _, _, _, uid, _, inode, ..] = words[..] else { continue };
        // These come first, and connections, of which there may be many, behind them.
        if state != LISTENING {
            break;
        }
        let address = address(local);
        found.extend(
            address.zip(uid.parse().ok().zip(inode.parse().ok())).map(|(address, (uid, inode))| Listener {
                address,
                uid,
                inode,
            }),
        );
    }
    Some(())
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
    use super::*;

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
