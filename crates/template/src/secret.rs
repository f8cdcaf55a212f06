//! What of a file must not be shown: the values of everything that is named like a secret, from the name to the end of
//! the value, over all the lines that it takes. Where nobody can tell how far it goes, it goes further.

mod line;
mod lines;
mod loose;
mod properties;
mod yaml;

use crate::format::Format;
use diagnostics::{Secrets, names_secret};
pub use line::has_password;

impl Format {
    /// What finds the secrets of a file of this format.
    pub fn secrets(self) -> fn(&str) -> Secrets {
        match self {
            Self::Elasticsearch | Self::Yaml => of_yaml,
            Self::Text => |text| with_keys(text, |found| loose::find(text, loose::Structure::Text, found)),
            Self::Properties => |text| with_keys(text, |found| properties::find(text, found)),
            Self::JvmOptions => |text| with_keys(text, |found| lines::options(text, found)),
            Self::Policy => |text| with_keys(text, |found| lines::policy(text, found)),
        }
    }
}

fn of_yaml(text: &str) -> Secrets {
    with_keys(text, |found| {
        // Most texts have no address, no name of a secret, and no escape that could be a part of one.
        if !text.contains('@') && !text.contains('\\') && !names_secret(text) {
            return;
        }
        if !yaml::find(text, found) {
            loose::find(text, loose::Structure::BrokenYaml, found);
        }
    })
}

/// What `find` adds, and the private keys that stand in the text in the form of PEM, whatever is around them.
fn with_keys(text: &str, find: impl FnOnce(&mut Secrets)) -> Secrets {
    const BEGIN: &str = "-----BEGIN";
    const END: &str = "-----END";
    let mut found = Secrets::default();
    find(&mut found);
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(BEGIN)) {
        let start = from + at;
        let body = start + BEGIN.len();
        let end = text.get(body..).and_then(|rest| rest.find(END));
        from = end.map_or(text.len(), |end| body + end + END.len());
        found.value(start..from);
    }
    found
}

#[cfg(test)]
mod tests;
