//! How a file is read, by its name.

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
    /// Whether it is YAML.
    pub(crate) fn is_yaml(self) -> bool {
        matches!(self, Self::Elasticsearch | Self::Yaml)
    }

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
