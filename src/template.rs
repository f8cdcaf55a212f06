//! Templates: placeholders, quoting, verification. Pure: texts and variables in, texts and findings out.

use crate::finding::Finding;
use crate::settings::Settings;

/// How a file is read and which placeholders in it are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `elasticsearch.yml` and `opensearch.yml`: YAML whose values the server expands once more.
    Elasticsearch,
    /// Any other YAML.
    Yaml,
    /// Plain text: values are inserted as they are.
    Text,
    /// `log4j2.properties` and other Java properties.
    Properties,
    /// `jvm.options`: one JVM option a line.
    JvmOptions,
    /// `java.policy`.
    Policy,
}

impl Format {
    /// The format that a file name stands for; standard input (no name) is YAML.
    pub fn of_file_name(name: Option<&str>) -> Self {
        let Some(name) = name else { return Self::Yaml };
        let base = name.rsplit('/').next().unwrap_or(name);
        match base {
            "elasticsearch.yml" | "opensearch.yml" => Self::Elasticsearch,
            "jvm.options" => Self::JvmOptions,
            "java.policy" => Self::Policy,
            _ => match base.rsplit_once('.').map(|(_, extension)| extension) {
                Some("yml" | "yaml") => Self::Yaml,
                Some("properties") => Self::Properties,
                Some("policy") => Self::Policy,
                // Fragments in jvm.options.d
                Some("options") => Self::JvmOptions,
                _ => Self::Text,
            },
        }
    }
}

/// One template as read from disk.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// The path as the user knows it, for messages; `<stdin>` for standard input.
    pub name: &'a str,
    pub bytes: &'a [u8],
    pub format: Format,
}

/// How a placeholder got its text, for `explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The variable's own value.
    Variable,
    /// The default (or alternative) written in the placeholder.
    Default,
}

/// One placeholder of a template and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    pub line: usize,
    pub column: usize,
    /// The placeholder as written.
    pub placeholder: String,
    /// The text it was replaced with; to be masked when `secret`.
    pub text: String,
    pub source: Source,
    pub secret: bool,
}

/// What rendering gives.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The rendered file; nothing when a finding is an error.
    pub bytes: Option<Vec<u8>>,
    /// All problems, sorted by place.
    pub findings: Vec<Finding>,
}

/// What reading the settings of a rendered YAML file gives, for `check`, `run` and `explain`.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    pub rendered: Rendered,
    /// The settings of the file, flattened; best effort where findings are errors (values that could not be
    /// evaluated are left out), so that quorum and settings findings still come out in the same run.
    pub settings: Settings,
    pub uses: Vec<Use>,
}
