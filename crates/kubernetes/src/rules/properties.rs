//! What rules ask about a pod of a server.

use diagnostics::{Finding, Span};
use node::SourceKind;
use server::generation::OfficialImage;
use server::{generation, roles};
use template::Question;

use crate::field::Field;
use crate::image::Family;
use crate::pod::Node;

/// Who the processes of a container are at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    Root,
    Other,
    /// The image says it, and nobody here knows the image.
    Unknown,
}

impl<'a> Node<'a> {
    /// All settings are known but for those that are marked: no file that the input lacks gives others.
    pub(super) fn knows_settings(&self) -> bool {
        if self.facts.sources.kind != SourceKind::Unknown {
            return true;
        }
        if self.container.brought.is_unknown {
            return false;
        }
        // The image's own file has no roles and no paths but those that its family is known for.
        let is_configuration = |path: &str| {
            path.split('/').any(|part| part == "config" || part.contains(".yml")) || path.contains("/conf")
        };
        self.pod.image.family != Family::Other
            && !self.container.mounts.iter().any(|mount| is_configuration(&mount.path.to_string_lossy()))
    }

    /// Nothing else than the settings says which roles the node has.
    pub(super) fn knows_roles(&self) -> bool {
        const ROLES: [&str; 4] = ["node.roles", "node.master", "node.data", "node.client"];
        let settings = &self.facts.settings;
        let is_role: Question = |name| {
            let name = name.to_ascii_uppercase().replace('.', "_");
            ["NODE_ROLES", "NODE_MASTER", "NODE_DATA", "NODE_CLIENT", "NODE_TYPE"]
                .iter()
                .any(|role| name.contains(role))
        };
        let is_said_elsewhere = self.facts.sources.kind == SourceKind::Unknown
            && self.variables.any(is_role)
            && ROLES.iter().all(|key| settings.get(key).is_none());
        self.knows_settings() && !is_said_elsewhere
    }

    pub(super) fn may_be_master(&self) -> bool {
        self.knows_roles() && roles::is_master_eligible(&self.facts.settings, self.facts.version)
    }

    pub(super) fn holds_data(&self) -> bool {
        self.knows_roles() && roles::holds_data(&self.facts.settings, self.facts.version)
    }

    /// Pods that nobody makes again are there for a while only.
    pub(super) fn is_lasting(&self) -> bool {
        !matches!(self.pod.workload.kind.as_str(), "Pod" | "Job" | "CronJob")
            && self.pod.replicas() != Some(0)
    }

    /// `securityContext.NAME` of the container or, where it has none, of the pod.
    pub(super) fn security(&self, name: &str) -> Field<'a> {
        let own = self.pod.container.at(&["securityContext", name]);
        if own.is_there() { own } else { self.pod.spec().at(&["securityContext", name]) }
    }

    pub(super) fn is_privileged(&self) -> bool {
        self.pod.container.at(&["securityContext", "privileged"]).boolean() == Some(true)
    }

    pub(super) fn user(&self) -> User {
        if let Some(uid) = self.security("runAsUser").integer() {
            return if uid == 0 { User::Root } else { User::Other };
        }
        if self.security("runAsNonRoot").boolean() == Some(true) {
            return User::Other;
        }
        match self.pod.image.family {
            Family::Own | Family::Pires | Family::Addon => User::Root,
            // This program is the entrypoint of an image that names no user.
            Family::Other if self.pod.starts_this_program => User::Root,
            Family::Bitnami | Family::Other => User::Unknown,
            Family::Official => match self.official_image() {
                Some(OfficialImage::OwnsData | OfficialImage::ChangesUser) => User::Root,
                Some(OfficialImage::Unprivileged) => User::Other,
                None => User::Unknown,
            },
        }
    }

    /// How an official image starts; nothing where its version is not known.
    pub(super) fn official_image(&self) -> Option<OfficialImage> {
        let version = self.facts.known_version()?;
        let is_elastics = self.pod.container.get("image").text()?.starts_with("docker.elastic.co/");
        // Elastic's own images of 5.x, unlike those of the library.
        Some(match generation(version).image {
            OfficialImage::OwnsData if is_elastics => OfficialImage::Unprivileged,
            image => image,
        })
    }

    /// The finding with its place: the first of these that is written, else the container.
    pub(super) fn place(&self, finding: Finding, fields: &[Field<'_>]) -> Finding {
        let container = [self.pod.container.get("name"), self.pod.container];
        let place =
            fields.iter().chain(&container).find_map(|field| field.key_span().filter(|_| field.is_there()));
        match place {
            Some(span) => finding.at(span),
            None => finding,
        }
    }

    /// The finding about a setting, at its place in the manifests.
    pub(super) fn at_setting(&self, finding: Finding, key: &str) -> Finding {
        self.placed(match self.facts.settings.get(key) {
            Some(setting) => setting.finding(finding),
            None => finding.setting(key),
        })
    }

    pub(super) fn title(&self) -> String {
        self.pod.workload.title()
    }

    /// Where the workload has its name, for a second place.
    pub(super) fn name_span(&self) -> Option<Span> {
        self.pod.workload.root().at(&["metadata", "name"]).span()
    }
}

/// The words of a command, with blanks between them.
pub(super) fn command_line(words: Field<'_>) -> String {
    words.items().filter_map(Field::text).flat_map(|word| [word, " "]).collect()
}

/// The first word of a container's command line for which it holds.
pub(super) fn word_of(container: Field<'_>, is_it: impl Fn(&str) -> bool) -> Option<Field<'_>> {
    let lists = [container.get("command"), container.get("args")];
    lists.into_iter().flat_map(Field::items).find(|word| word.text().is_some_and(&is_it))
}

/// The number behind a word of a shell's line, in seconds: `sleep 20`, `sleep 1m`.
pub(super) fn number_after(line: &str, word: &str) -> Option<i64> {
    let (_, rest) = line.split_once(word)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number: i64 = rest.get(..end)?.parse().ok()?;
    Some(if rest.get(end..)?.starts_with('m') { number.saturating_mul(60) } else { number })
}
