//! The one thing that crosses from thinking to doing: what to write and what to run, or the findings against it.

use std::path::PathBuf;

use diagnostics::{Finding, Levels, Severity};
use server::Version;
use server::discovery;
use server::quorum;
use server::settings::{self as settings_rules, overlay};
use template::Environment;
use template::Settings;
use template::{Format, Inspected, Template};

/// How far ownership is corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Only the directories themselves.
    #[default]
    Top,
    Recursive,
    Off,
}

/// One template, read.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// The path as the user knows it.
    pub name: String,
    /// Below the directory of templates.
    pub relative: PathBuf,
    pub format: Format,
    pub bytes: Vec<u8>,
    /// Permission bits for the rendered file.
    pub mode: u32,
}

/// A file as the renderer wants it.
pub fn as_template(file: &TemplateFile) -> Template<'_> {
    Template { name: &file.name, bytes: &file.bytes, format: file.format }
}

/// One rendered file and where it goes below the configuration directory.
#[derive(Clone, Debug)]
pub struct RenderedFile {
    pub relative: PathBuf,
    pub bytes: Vec<u8>,
    /// Permission bits of a new file; an existing one keeps its own.
    pub mode: u32,
}

/// What is judged, all texts read.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub templates: &'a [TemplateFile],
    pub variables: &'a Environment,
    /// Named or installed; nothing: guessed from the settings in use.
    pub version: Option<Version>,
    /// Names of the installed plugins; nothing where there is no installation.
    pub plugins: Option<&'a [String]>,
    /// The data directory holds a cluster's state already.
    pub bootstrapped: Option<bool>,
    /// What the user made of the severities.
    pub levels: &'a Levels,
    /// Settings given outside the file (arguments, Java properties), which override it.
    pub overrides: &'a [(String, String)],
}

/// The result of judging.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    pub findings: Vec<Finding>,
    /// Every template with what became of it, for `explain`.
    pub inspected: Vec<(String, Inspected)>,
    /// The files to write; those with an error are missing.
    pub files: Vec<RenderedFile>,
    /// What the server will read: the main file with the arguments laid over it.
    pub settings: Settings,
    /// The version that everything was judged for.
    pub version: Option<Version>,
}

/// Renders everything and applies the rules that need no machine.
pub fn judge(inputs: &Inputs<'_>) -> Judged {
    let mut judged = Judged::default();
    for file in inputs.templates {
        let mut inspected = template::inspect(&as_template(file), inputs.variables, inputs.levels);
        judged.findings.append(&mut inspected.rendered.findings);
        if let Some(bytes) = inspected.rendered.bytes.take() {
            let secret = inspected.uses.iter().any(|used| used.secret);
            // A secret must not become readable for all only because a built-in template is.
            let mode = if secret && file.is_builtin() { 0o640 } else { file.mode };
            judged.files.push(RenderedFile { relative: file.relative.clone(), bytes, mode });
        }
        if file.is_main() {
            judged.settings = inspected.settings.clone();
        }
        judged.inspected.push((file.name.clone(), inspected));
    }
    let version = inputs.version.unwrap_or_else(|| guess(&judged.settings));
    judged.version = Some(version);
    overlay::lay_over(&mut judged.settings, inputs.overrides);
    let unset = take_unset_minimum(&mut judged.findings);
    // Without any `elasticsearch.yml` there is nothing to judge; `check` of a lone log4j2.properties, say.
    if inputs.templates.iter().any(TemplateFile::is_main) || !inputs.overrides.is_empty() {
        judge_settings(inputs, version, unset.as_ref(), &mut judged);
    }
    if let Some(unset) = unset
        && !(UNKNOWN_COUNT.iter().all(|code| inputs.levels.refuses(code))
            && judged.findings.iter().any(says_more))
    {
        judged.findings.push(unset);
    }
    judged
}

/// What is told instead of an unset `MIN_MASTERS`, where it refuses the start.
pub const UNKNOWN_COUNT: [&str; 3] = ["quorum/unknown", "quorum/not-a-number", "quorum/zero"];

fn says_more(finding: &Finding) -> bool {
    // A warning refuses nothing: where the arguments say 1, the placeholder is as unset as before.
    finding.severity == Severity::Error
        && UNKNOWN_COUNT.contains(&finding.code)
        && (finding.code == "quorum/unknown" || finding.variable.as_deref() == Some("MASTER_COUNT"))
}

fn judge_settings(inputs: &Inputs<'_>, version: Version, unset: Option<&Finding>, judged: &mut Judged) {
    let mut found = settings_rules::check(&judged.settings, version);
    // The table of generations is of no use for a generation that nobody named; the rest holds for all of them.
    if inputs.version.is_none() {
        const BY_GENERATION: [&str; 3] = ["settings/removed", "settings/deprecated", "settings/not-yet"];
        found.retain(|finding| !BY_GENERATION.contains(&finding.code));
    }
    judged.findings.append(&mut found);
    let mut found = discovery::check(&judged.settings, version, inputs.plugins);
    // A setting whose placeholder has no value stands in the file all the same: to call it missing would be wrong.
    found.retain(|finding| {
        let setting = finding.setting.as_deref().unwrap_or("");
        judged.settings.get(setting).is_some()
            || !judged.findings.iter().any(|other| other.setting.as_deref() == Some(setting))
    });
    judged.findings.append(&mut found);
    let count = inputs.variables.get("MASTER_COUNT");
    let unusable = count.and_then(|count| template::unusable("MASTER_COUNT", count));
    let mut majorities = quorum::check(&quorum::Inputs {
        settings: &judged.settings,
        version,
        master_count: inputs.variables.text("MASTER_COUNT"),
        master_count_hidden: count.is_some_and(|count| count.secret),
        min_masters_unset: unset.and_then(|finding| finding.place.clone()),
        bootstrapped: inputs.bootstrapped,
        node_name: judged.settings.text("node.name"),
    });
    if let Some(unusable) = unusable {
        majorities.retain(|finding| finding.code != "quorum/unknown");
        // Where `${MIN_MASTERS}` is derived from it, that place was told.
        if !judged.findings.iter().any(|finding| finding.message == unusable.message) {
            majorities.push(unusable);
        }
    }
    judged.findings.append(&mut majorities);
}

/// Takes out the finding that `MIN_MASTERS` is unset: where a cluster is configured, `quorum/unknown` says it better.
fn take_unset_minimum(findings: &mut Vec<Finding>) -> Option<Finding> {
    let position = findings.iter().position(|finding| {
        finding.code == "template/unset" && finding.variable.as_deref() == Some("MIN_MASTERS")
    })?;
    Some(findings.remove(position))
}

/// The generation that the settings speak of, where nobody named one: the one this program was born from, or 7.x for
/// settings that came with it.
fn guess(settings: &Settings) -> Version {
    const MODERN: [&str; 5] = [
        "cluster.initial_master_nodes",
        "cluster.initial_cluster_manager_nodes",
        "discovery.seed_hosts",
        "discovery.seed_providers",
        "node.roles",
    ];
    if MODERN.iter().any(|key| settings.get(key).is_some()) {
        Version::elasticsearch(7, 17, 0)
    } else {
        Version::elasticsearch(2, 3, 4)
    }
}

impl TemplateFile {
    /// Whether this is the server's own configuration file.
    pub fn is_main(&self) -> bool {
        self.format == Format::Elasticsearch && self.relative.components().count() == 1
    }

    fn is_builtin(&self) -> bool {
        self.name.starts_with("built-in:")
    }
}
