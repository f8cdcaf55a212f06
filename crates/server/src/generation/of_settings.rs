//! Where settings come from and how they are read.

/// How arguments set settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingArguments {
    /// `--name=value`, `--name value`, `-Des.name=value`, and the same property in the JVM's options.
    Properties,
    /// `-Ename=value`. Source: breaking changes of 5.0, command line.
    E,
}

/// Who makes settings of variables like `cluster.name` and `ES_SETTING_CLUSTER_NAME`, in distributions of the type `docker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingVariables {
    /// Nobody: up to 7.5 the entrypoint of the official images did.
    Nobody,
    /// From 7.6 on, and in OpenSearch, the script that `bin/elasticsearch` sources. Source: `bin/elasticsearch-env`.
    Script,
    /// From 8.3 on the server's launcher. Source: elasticsearch#85913.
    Launcher,
}

/// What the server resolves in values besides `${NAME}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// `${env.NAME}` and `${prompt.text}`.
    EnvironmentAndPrompt,
    /// 5.x no longer knows `${env.NAME}`. Source: breaking changes of 5.0, settings.
    Prompt,
    /// Nor, from 6.0 on, `${prompt.text}`. Source: breaking changes of 6.0, settings.
    Plain,
}

/// What of YAML the server's parser does not read. Tried on 1.7.5, 2.3.4, 5.6.16, 6.0.0, 6.1.0, 6.8.23, 7.0.0, 7.6.2, 7.7.0,
/// 7.17.29, 8.19.21 and OpenSearch 2.19.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YamlParser {
    /// No tab at all, and what [`Self::RefusesColons`] says.
    RefusesTabs,
    /// No colon in a text inside of brackets that has no quotes, and what [`Self::Current`] says.
    RefusesColons,
    /// No tab in place of a blank.
    Current,
}

/// What becomes of a setting that is there twice. Tried on 1.7.5, 2.3.4, 5.6.16, 6.0.0, 6.8.23, 7.0.0, 7.17.29 and 8.19.21.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// The last one wins.
    Taken,
    /// The start is refused, however the two are written; mappings with the same name are one.
    SettingsRefused,
    /// From 6.0 on two mappings with the same name refuse it, too.
    Refused,
    /// From 7.0 on only the same name twice in one mapping; of `a: {b: 1}` and `a.b: 2` the last one wins.
    NamesRefused,
}

/// How texts are read as booleans. Source: `Booleans` and breaking changes of 5.0 and 6.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booleans {
    /// Anything but `false`, `0`, `off` and `no` is true.
    Lenient,
    /// These four and their opposites; other texts refuse the start.
    EightSpellings,
    /// Only `true` and `false`.
    Strict,
    /// The same, but what stands without quotes is read as YAML reads it: `yes`, `Off` and `TRUE` are booleans. Tried on
    /// 6.0.0, 6.1.0 and later ones.
    StrictAfterYaml,
}

/// Which settings say what a node is for. Source: "Node" of each generation, release notes of 7.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roles {
    /// `node.master`, `node.data` and `node.client`.
    BooleansAndClient,
    /// `node.master`, `node.data` and `node.ingest`.
    Booleans,
    /// `node.roles`, and where it is not set the booleans.
    ListOrBooleans,
    /// `node.roles` alone.
    List,
}

impl Roles {
    /// Whether `node.roles` is there.
    #[must_use]
    pub const fn has_list(self) -> bool {
        matches!(self, Self::List | Self::ListOrBooleans)
    }
}
