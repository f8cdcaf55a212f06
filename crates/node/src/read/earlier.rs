//! What the server itself wrote into the configuration of an earlier start: making that anew must not lose it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use server::{Generation, auto_configuration};
use template::{Environment, Format, Settings, Template};

use super::sources::{PlainFile, Sources};
use crate::facts::{ConfigFile, Configuration, Earlier, GivenFile};
use crate::world::{Answer, World};

/// No file that is read here has a reason to be larger, in bytes.
const LARGEST: u64 = 4 << 20;
/// What was copied for the server, with the fingerprint of what it got: in the runtime directory, where the server's user
/// does not write.
const LEDGER: &str = "given";

/// Puts the block that the launcher appended to the main file of an earlier start at the end of the new one. Gives its
/// settings. Where the main file is no template, the copy of it stays as the launcher left it.
pub(super) fn carry(
    main: Option<&mut ConfigFile>,
    generation: &Generation,
    configuration: &Configuration,
    world: &dyn World,
) -> Settings {
    let Some(directory) = configuration.directory().filter(|_| generation.configures_security) else {
        return Settings::default();
    };
    let relative = main.as_ref().map_or(Path::new(generation.main_file), |main| &main.template.relative);
    let path = directory.join(relative);
    let Some(earlier) = own_file(&path, world).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Settings::default();
    };
    let Some(range) = auto_configuration::block(&earlier) else { return Settings::default() };
    let (before, block) = (earlier.get(..range.start).unwrap_or(""), earlier.get(range).unwrap_or(""));
    if let Some(main) = main {
        let Some(bytes) = &mut main.inspected.rendered.bytes else { return Settings::default() };
        if auto_configuration::block(&String::from_utf8_lossy(bytes)).is_some() {
            return Settings::default();
        }
        if !bytes.is_empty() && !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        // As the launcher leaves it, the block stands apart.
        bytes.extend_from_slice(if bytes.is_empty() { b"" } else { b"\n" });
        bytes.extend_from_slice(block.as_bytes());
    }
    // Its settings have their places in the file where it stands.
    let lines = "\n".repeat(before.matches('\n').count());
    let (name, text) = (path.display().to_string(), lines + block);
    let template = Template { name: &name, bytes: text.as_bytes(), format: Format::Elasticsearch };
    template::inspect(&template, &Environment::default(), &diagnostics::Levels::default()).settings
}

/// What of the server's own stays in a staged copy, and what the copy gets of the user's.
pub(super) fn earlier(
    generation: &Generation,
    sources: &Sources,
    configuration: &Configuration,
    runtime_dir: &Path,
    world: &dyn World,
) -> Option<Earlier> {
    let Configuration::Staged(directory) = configuration else { return None };
    let ledger = runtime_dir.join(LEDGER);
    let known = own_file(&ledger, world).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let known = known.unwrap_or_default();
    let is_own = |file: &&PlainFile| {
        let name = file.relative.as_os_str();
        file.relative.components().count() == 1
            && (name == generation.main_file || generation.own_files.iter().any(|own| name == *own))
    };
    let mut earlier = Earlier {
        own: generation.own_files.iter().map(PathBuf::from).collect(),
        changed: Vec::new(),
        ledger,
        given: Vec::new(),
    };
    for file in sources.plain.iter().filter(is_own) {
        let Answer::Is(given) = world.read(&file.path, LARGEST) else { continue };
        let fingerprint = fingerprint(&given);
        let before = recorded(&known, &file.relative);
        let is_changed = own_file(&directory.join(&file.relative), world).is_some_and(|found| found != given);
        // A file that we never brought is the server's own. What the user changed since is the user's.
        if is_changed && before.is_none_or(|before| before == fingerprint) {
            earlier.changed.push(file.relative.clone());
            if before.is_none() {
                continue;
            }
        }
        earlier.given.push(GivenFile { relative: file.relative.clone(), fingerprint });
    }
    Some(earlier)
}

impl Earlier {
    /// The text of the ledger.
    pub fn text(&self) -> String {
        self.given.iter().fold(String::new(), |mut text, file| {
            let _ = writeln!(text, "{:016x} {}", file.fingerprint, file.relative.display());
            text
        })
    }
}

/// The fingerprint of what was copied there.
fn recorded(ledger: &str, relative: &Path) -> Option<u64> {
    let line = ledger.lines().find_map(|line| {
        let (fingerprint, name) = line.split_once(' ')?;
        (Path::new(name) == relative).then_some(fingerprint)
    })?;
    u64::from_str_radix(line, 16).ok()
}

/// The content of a file in a directory that the server may write to: what a link leads to is not the server's.
fn own_file(path: &Path, world: &dyn World) -> Option<Vec<u8>> {
    if !world.link(path).is_absent() {
        return None;
    }
    world.read(path, LARGEST).is()
}

/// FNV-1a: it only distinguishes what was given from what was changed.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_says_what_was_given() {
        let given = [("users", 7), ("roles.yml", u64::MAX)]
            .map(|(name, fingerprint)| GivenFile { relative: name.into(), fingerprint });
        let earlier = Earlier { given: given.to_vec(), ..Earlier::default() };
        let text = earlier.text();
        assert_eq!(text, "0000000000000007 users\nffffffffffffffff roles.yml\n");
        for file in given {
            assert_eq!(recorded(&text, &file.relative), Some(file.fingerprint));
        }
        for text in ["", "7", "x users\n", "0000000000000007 users2\n"] {
            assert_eq!(recorded(text, Path::new("users")), None, "{text}");
        }
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
    }
}
