//! What becomes of the variables of the keystore: entries, a line for the launcher, an argument.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use keystore::Keystore;
use server::generation;
use server::launch::{Input, KeystoreLine, Secret, Secrets};
use server::secure_settings::{ELASTIC_PASSWORD, KEYSTORE_PASSWORD, PREFIX};
use template::Origin;

use crate::facts::Facts;
use crate::keystore::{Found, KeystoreFacts};
use crate::request::{Depth, Target};

/// A keystore to write.
#[derive(Clone, PartialEq, Eq)]
pub struct KeystoreFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for KeystoreFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeystoreFile({})", self.path.display())
    }
}

/// The file, where it lacks entries, or is to be made in the launcher's place; an error where it cannot be made. Only a start
/// has a use for it.
pub(super) fn file(facts: &Facts, makes_new: bool) -> Result<Option<KeystoreFile>, &'static str> {
    let is_lacking = |keystore: &&KeystoreFacts| {
        !keystore.missing().is_empty() || (makes_new && keystore.found == Found::Nothing)
    };
    let lacking = facts.keystore.as_ref().filter(is_lacking);
    let Some(keystore) = lacking.filter(|_| facts.request.depth == Depth::Start) else { return Ok(None) };
    let bytes = keystore.with_missing(generation(facts.version));
    let bytes = bytes
        .ok_or("the keystore cannot be made: nothing is started without the secrets that it is to hold")?;
    Ok(Some(KeystoreFile { path: keystore.path.clone(), bytes }))
}

/// What the log says of it.
pub(super) fn notes(facts: &Facts) -> Vec<String> {
    if facts.request.depth != Depth::Start {
        return Vec::new();
    }
    let entries = facts.keystore.iter().flat_map(|keystore| {
        let path = keystore.path.display();
        let missing = keystore.missing().into_iter();
        missing.map(move |entry| format!("`{path}` gets `{}` from {}", entry.key, entry.variable))
    });
    let mut notes: Vec<String> = entries.collect();
    if token(facts).is_some() && facts.bootstrapped == Some(true) {
        let used = "ENROLLMENT_TOKEN is not used: the node was in a cluster before";
        notes.push(used.to_owned());
    }
    notes
}

fn token(facts: &Facts) -> Option<String> {
    facts
        .environment
        .text_in_process("ENROLLMENT_TOKEN")
        .filter(|_| generation(facts.version).configures_security)
}

/// The arguments for the server, with the token of a first start as the official entrypoint gives it.
pub(super) fn arguments(facts: &Facts) -> Vec<OsString> {
    let mut arguments = facts.request.target.server_arguments().to_vec();
    if let Some(token) = token(facts).filter(|_| facts.bootstrapped != Some(true)) {
        arguments.extend(["--enrollment-token".into(), token.trim().into()]);
    }
    arguments
}

/// The line that the server's launcher reads on its standard input, where it has a keystore with a password to open.
pub(super) fn input(facts: &Facts) -> Option<Input> {
    let password = facts.keystore.as_ref()?.password.as_ref()?;
    Some(Input { bytes: format!("{password}\n").into_bytes(), stays_open: false })
}

/// What the server's own launcher would hand on, where it is not used.
pub(super) fn line(facts: &Facts) -> KeystoreLine<'_> {
    let Some(keystore) = &facts.keystore else { return KeystoreLine::Unknown };
    let is_protected = match &keystore.found {
        Found::Nothing | Found::Closed { is_protected: false, .. } => false,
        Found::Open(keystore) => keystore.is_protected,
        Found::WrongPassword => true,
        _ => return KeystoreLine::Unknown,
    };
    match &keystore.password {
        Some(password) if is_protected => KeystoreLine::Password(password),
        None if is_protected => KeystoreLine::Unknown,
        _ => KeystoreLine::Empty,
    }
}

/// What the launcher of 8.0 and later would hand on; nothing where it would write the file anew, or that is not known.
pub(super) fn secrets(facts: &Facts) -> Option<Secrets> {
    let generation = generation(facts.version);
    let keystore = facts.keystore.as_ref()?;
    if facts.request.depth != Depth::Start {
        // Nobody needs them; only whether a start would have them is asked.
        let is_ours = match &keystore.found {
            Found::Nothing => true,
            Found::Closed { format, .. } => format.number == generation.keystore_formats.0,
            Found::Open(keystore) => keystore.format.number == generation.keystore_formats.0,
            _ => false,
        };
        let is_known = is_ours && line(facts) != KeystoreLine::Unknown;
        let none = Secrets { format: 0, is_protected: false, payload: Vec::new(), entries: Vec::new() };
        return is_known.then_some(none);
    }
    let Keystore { format, is_protected, entries, payload } = keystore.complete(generation)?;
    let entries = entries.summed().map(|(name, value, digest)| {
        Some(Secret { name: String::from_utf8(name.to_vec()).ok()?, value: value.to_vec(), digest })
    });
    let entries = entries.collect::<Option<_>>()?;
    let secrets = Secrets { format: format.number, is_protected, payload, entries };
    Some(secrets).filter(|it| it.format == generation.keystore_formats.0)
}

/// Whether the server gets a variable: what became an entry is nobody else's. Scripts of the official images read the files
/// once more, refuse modes that were fine here, and export what they hold.
pub(super) fn is_handed_on(facts: &Facts, name: &str) -> bool {
    if !matches!(facts.request.target, Target::Server(_)) || facts.keystore.is_none() {
        return true;
    }
    let is_from_file = |known: &str| {
        name.strip_suffix("_FILE") == Some(known)
            && facts.environment.get(known).is_some_and(|it| matches!(it.origin, Origin::File(_)))
    };
    !name.starts_with(PREFIX) && !is_from_file(ELASTIC_PASSWORD) && !is_from_file(KEYSTORE_PASSWORD)
}
