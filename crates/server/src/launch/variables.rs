//! Variables that become settings: `cluster.name=logs`, `ES_SETTING_CLUSTER_NAME=logs`. Whether anybody makes settings of
//! them, and of which, says the distribution's own script; the others are made here.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::inputs::LaunchFiles;
use super::official;
use super::scripts::find;
use crate::generation::{OfficialImage, SettingArguments, SettingVariables, generation};
use crate::settings::catalogue;
use crate::settings::overlay::{Override, References};
use crate::version::{Product, Version};
use template::{Environment, Layer};

/// What an encoded name of a setting begins with.
pub(super) const PREFIX: &str = "ES_SETTING_";

/// Who makes settings of variables here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// Nobody.
    Nobody,
    /// This program, which hands them on as arguments.
    Own,
    /// The script, which hands them on as arguments: one that is set twice refuses the start.
    Script { dotted: Dotted, encoded: bool },
    /// The script, and this program hands on what it passes over.
    Both { dotted: Dotted, encoded: bool },
    /// The server's launcher: they count before arguments.
    Launcher,
    /// Nobody can say.
    Unknown,
}

/// Which dotted names a script takes for settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dotted {
    /// Those that begin with two words of small letters, digits and `_` around a dot, whatever follows.
    Beginning,
    /// Those with nothing else in them.
    Whole,
    /// The same, and `-`.
    WholeWithDashes,
}

/// What becomes of the variables in front of that installation; nothing: there is none to look at.
pub fn mapping(version: Version, files: Option<&LaunchFiles>) -> Mapping {
    let generation = generation(version);
    // Nothing needs to be looked at where no distribution has it, but the product may be one that nobody named.
    let Some(files) = files else {
        let nobody = generation.setting_variables == SettingVariables::Nobody;
        return if nobody { Mapping::Nobody } else { Mapping::Unknown };
    };
    let Some(text) = files.environment_script.as_deref() else {
        return if files.script.is_some() && generation.setting_variables == SettingVariables::Nobody {
            Mapping::Nobody
        } else {
            Mapping::Unknown
        };
    };
    let kind: &[u8] = match version.product {
        Product::Elasticsearch => b"ES_DISTRIBUTION_TYPE=docker",
        Product::OpenSearch => b"OPENSEARCH_DISTRIBUTION_TYPE=docker",
    };
    if !text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == kind) {
        return Mapping::Nobody;
    }
    let has = |pattern: &str| find(text, pattern.as_bytes()).is_some();
    // The patterns of 7.6 to 8.2, and of OpenSearch.
    let dotted = if has(r"^[-a-z0-9_]+(\.[-a-z0-9_]+)+=") {
        Some(Dotted::WholeWithDashes)
    } else if has(r"^[a-z0-9_]+(\.[a-z0-9_]+)+=") {
        Some(Dotted::Whole)
    } else if has(r"^[a-z0-9_]+\.[a-z0-9_]+") {
        Some(Dotted::Beginning)
    } else {
        None
    };
    match (dotted, generation.setting_variables) {
        (Some(dotted), _) => Mapping::Script { dotted, encoded: has(r"^ES_SETTING(_{1,2}[A-Z]+)+=") },
        (None, SettingVariables::Nobody) => Mapping::Nobody,
        (None, SettingVariables::Launcher) => Mapping::Launcher,
        (None, SettingVariables::Script) => Mapping::Unknown,
    }
}

/// What becomes of the variables in the official images of that version: up to 7.5 their own entrypoint makes settings of
/// them, as that of OpenSearch does in all versions. Those of the library up to 5.x know nothing of the kind, unlike
/// Elastic's own.
pub fn mapping_of_image(version: Version, is_elastics: bool) -> Mapping {
    let of_entrypoint = Mapping::Script { dotted: Dotted::Beginning, encoded: false };
    let generation = generation(version);
    match generation.setting_variables {
        _ if generation.script == OPENSEARCH => of_entrypoint,
        SettingVariables::Launcher => Mapping::Launcher,
        SettingVariables::Script => Mapping::Script { dotted: Dotted::WholeWithDashes, encoded: true },
        SettingVariables::Nobody if is_elastics || generation.image != OfficialImage::OwnsData => {
            of_entrypoint
        }
        SettingVariables::Nobody => Mapping::Nobody,
    }
}

/// The script whose images have an entrypoint of another kind.
const OPENSEARCH: &str = "bin/opensearch";

impl Mapping {
    /// The same where this program starts the server.
    #[must_use]
    pub fn with_ours(self) -> Self {
        match self {
            Self::Nobody => Self::Own,
            Self::Script { dotted, encoded } => Self::Both { dotted, encoded },
            other => other,
        }
    }

    /// The setting that this program makes of a variable of that name, as nobody else does.
    pub fn ours(self, name: &str) -> Option<String> {
        match self {
            Self::Own => own(name),
            Self::Both { dotted, encoded } if Self::Script { dotted, encoded }.setting_of(name).is_none() => {
                own(name)
            }
            _ => None,
        }
    }

    /// The setting that a variable of that name becomes; nothing where it becomes none.
    pub fn setting_of(self, name: &str) -> Option<String> {
        let decoded = name.strip_prefix(PREFIX);
        match self {
            Self::Nobody | Self::Unknown => None,
            Self::Own => own(name),
            Self::Both { dotted, encoded } => {
                Self::Script { dotted, encoded }.setting_of(name).or_else(|| own(name))
            }
            Self::Launcher if is_dotted(name, Dotted::WholeWithDashes) => Some(name.to_owned()),
            Self::Launcher => decoded.map(decode),
            Self::Script { dotted, .. } if is_dotted(name, dotted) => Some(name.to_owned()),
            // A name with a digit is passed over.
            Self::Script { encoded, .. } => decoded.filter(|rest| encoded && is_encoded(rest)).map(decode),
        }
    }
}

/// The setting that this program makes of a name. Many programs have dotted names: not every one is the server's.
fn own(name: &str) -> Option<String> {
    let is_certain = |key: &String| name.starts_with(PREFIX) || catalogue::is_namespace(key);
    meant(name).filter(is_certain)
}

/// The setting that a name means which looks like one: `cluster.name` or `ES_SETTING_CLUSTER_NAME`.
pub(super) fn meant(name: &str) -> Option<String> {
    match name.strip_prefix(PREFIX) {
        Some("") => None,
        Some(rest) => Some(decode(rest)),
        // Attributes of nodes have names of the user.
        None => (is_dotted(name, Dotted::WholeWithDashes)
            || (is_dotted(name, Dotted::Beginning) && name.starts_with("node.attr.")))
        .then(|| name.to_owned()),
    }
}

fn is_dotted(name: &str, dotted: Dotted) -> bool {
    let is_of_word = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || byte == b'_'
            || (byte == b'-' && dotted == Dotted::WholeWithDashes)
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_of_word);
    match dotted {
        Dotted::Beginning => name
            .split_once('.')
            .is_some_and(|(first, rest)| is_word(first) && rest.bytes().next().is_some_and(is_of_word)),
        Dotted::Whole | Dotted::WholeWithDashes => name.contains('.') && name.split('.').all(is_word),
    }
}

/// `(_{1,2}[A-Z]+)+` behind `ES_SETTING`, whose first underscore is gone.
fn is_encoded(rest: &str) -> bool {
    let is_fit = rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_fit && !rest.ends_with('_') && !rest.contains("___") && !rest.starts_with("__")
}

/// `HTTP_MAX__HEADER__SIZE` is `http.max_header_size`.
pub(crate) fn decode(rest: &str) -> String {
    rest.replace('_', ".").replace("..", "_").to_ascii_lowercase()
}

/// The arguments with the settings that this program makes of variables. What is an argument already counts, as the server
/// takes none twice.
pub fn arguments(mapping: Mapping, version: Version, given: &[Override]) -> Vec<OsString> {
    let flag = match generation(version).setting_arguments {
        SettingArguments::Properties => "--",
        SettingArguments::E => "-E",
    };
    let (ours, others): (Vec<&Override>, Vec<_>) = given.iter().partition(|it| is_ours(mapping, it));
    let mut seen = BTreeSet::new();
    seen.extend(others.into_iter().filter(|it| it.layer != Layer::JavaProperty).map(|it| &*it.key));
    // Of several the last one counts.
    let mut words: Vec<OsString> = Vec::new();
    for one in ours.into_iter().rev().filter(|it| seen.insert(&*it.key)) {
        words.push(format!("{flag}{}={}", one.key, one.given).into());
    }
    words.reverse();
    words
}

/// Whether this program hands a setting on.
pub(super) fn is_ours(mapping: Mapping, given: &Override) -> bool {
    let of_variable = |name: &str| official::is_setting(name) || mapping.ours(name).is_some();
    given.layer == Layer::Variable && given.variable.as_deref().is_some_and(of_variable)
}

/// Whether any mapping makes a setting of a variable of that name.
fn may_be_setting(name: &str) -> bool {
    name.contains('.') || name.starts_with(PREFIX)
}

/// The settings that variables become, in the order of the environment.
pub(super) fn settings(mapping: Mapping, environment: &Environment) -> Vec<Override> {
    if matches!(mapping, Mapping::Nobody | Mapping::Unknown) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (name, value) in environment.pairs_in_process(may_be_setting) {
        let Some(name) = name.to_str() else { continue };
        let Some(key) = mapping.setting_of(name) else { continue };
        // Of a name that is there twice, the last one counts.
        let is_known = |it: &Override| it.variable.as_deref() == Some(name);
        if environment.process(name) != Some(value.as_os_str()) || found.iter().any(is_known) {
            continue;
        }
        let text = value.to_string_lossy();
        let text = match mapping {
            Mapping::Script { .. } | Mapping::Both { .. } if mapping.ours(name).is_none() => as_read(&text),
            _ => &text,
        };
        // The script passes over what is empty.
        if text.is_empty() && mapping != Mapping::Launcher {
            continue;
        }
        found.push(Override {
            variable: Some(name.to_owned()),
            ..Override::new(key, text, Layer::Variable, environment)
        });
    }
    for name in environment.unknown_in_process(may_be_setting) {
        let Some(key) = mapping.setting_of(&name) else { continue };
        found.push(Override {
            variable: Some(name),
            references: References::Unknown,
            ..Override::new(key, "", Layer::Variable, environment)
        });
    }
    // What the script hands on counts.
    let (mut first, theirs): (Vec<Override>, Vec<_>) = found.into_iter().partition(|it| is_ours(mapping, it));
    first.extend(theirs);
    first
}

/// What `IFS='=' read -r name value` makes of a line: one `=` at its end goes.
fn as_read(value: &str) -> &str {
    let line = value.split('\n').next().unwrap_or_default();
    match line.split_once('=') {
        Some((before, "")) => before,
        _ => line,
    }
}

#[cfg(test)]
mod tests;
