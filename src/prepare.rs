//! The shell around the plan: finds and reads everything that rendering and judging need. Reads only.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::Options;
use crate::derive::{self, Surroundings};
use crate::files::read::{LARGEST_VALUE, regular_file, system_text};
use crate::files::sources::{self, JVM_OPTIONS, SourceKind, Sources};
use crate::host;
use crate::plan::{TemplateFile, as_template};
use diagnostics::Finding;
use server::generation::{Election, JvmOptions};
use server::installation::Installation;
use server::settings::overlay;
use server::templates;
use server::{Version, generation};
use server::{launch, paths};
use template::Settings;
use template::Variables;

/// Installations are looked for here when nothing names one.
const HOMES: [&str; 3] = ["/usr/share/elasticsearch", "/usr/share/opensearch", "/elasticsearch"];
const SERVICE_ACCOUNT_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
/// Where the staged configuration goes unless told otherwise.
pub const RUNTIME_DIR: &str = "/run/es-entrypoint";

/// Where things are.
#[derive(Clone, Debug)]
pub struct Locations {
    /// Where an installation was looked for.
    pub tried: Vec<PathBuf>,
    /// The installation's directory, named or found.
    pub home: Option<PathBuf>,
    /// What is installed there; nothing when there is no server.
    pub installation: Option<Installation>,
    /// The configuration directory, which may not exist.
    pub config_dir: Option<PathBuf>,
    pub runtime_dir: PathBuf,
    /// The user named the runtime directory: no other is tried.
    pub runtime_dir_is_given: bool,
}

/// The version everything is judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionSource {
    Option,
    Installation,
    /// Neither: guessed from the settings in use.
    Guess,
}

/// Everything read.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub locations: Locations,
    /// Named or installed version.
    pub version: Option<Version>,
    pub version_source: VersionSource,
    pub sources: Sources,
    pub variables: Variables,
    pub surroundings: Surroundings,
}

impl Inputs {
    /// What was judged, for the log: where `nothing` was found, which is no report at all, where nobody named what is
    /// judged, and where findings speak of a version that nobody named. Templates of the working directory are not
    /// looked for; who has them there wants to know.
    pub fn judged(&self, version: Version, nothing: bool, findings: &[Finding]) -> Option<String> {
        let server = version.name();
        let named = self.sources.directory.as_ref();
        let is_guess = self.version_source == VersionSource::Guess;
        let from = match named {
            Some(directory) if nothing => format!("`{}`", directory.display()),
            Some(_) => {
                let told = |text: &str| text.contains(&server);
                let speaks = |it: &Finding| told(&it.message) || it.help.as_deref().is_some_and(told);
                return (is_guess && findings.iter().any(speaks)).then(|| {
                    format!("{server} is a guess from the settings: name your version with `--es-version`")
                });
            }
            None if self.sources.templates.is_empty() => {
                return Some(format!(
                    "no template is built in for {server}: name yours with `--templates DIR`"
                ));
            }
            None => "the built-in template".to_owned(),
        };
        let guess = if is_guess { " (a guess)" } else { "" };
        let found = if nothing { ": nothing found" } else { "" };
        let unused = if named.is_none() && Path::new("config-templates").is_dir() {
            "; `config-templates` of this directory is not used without `--templates config-templates`"
        } else {
            ""
        };
        let count = self.sources.templates.len();
        Some(format!("files judged: {count} of {from} for {server}{guess}{found}{unused}"))
    }
}

/// The value of a variable of the process, when it is not empty.
pub fn variable<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsString> {
    environment.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
}

/// Finds the installation and its directories. `arguments` are the server's own, which may name the configuration.
pub fn locate(options: &Options, environment: &[(OsString, OsString)], arguments: &[OsString]) -> Locations {
    let named = options.es_home.clone().or_else(|| variable(environment, "ES_HOME").map(PathBuf::from));
    let homes: Vec<&Path> = match &named {
        Some(home) => vec![home],
        None => HOMES.iter().map(Path::new).collect(),
    };
    let installation = host::find_installation(&homes, environment);
    let home = named.clone().or_else(|| installation.as_ref().map(|it| it.home.clone()));
    let version = version(options, installation.as_ref());
    let config_dir = options
        .config_dir
        .clone()
        .or_else(|| launch::requested_config_dir(version.unwrap_or(GUESSED), arguments))
        .or_else(|| variable(environment, "ES_PATH_CONF").map(PathBuf::from))
        .or_else(|| variable(environment, "CONF_DIR").map(PathBuf::from))
        .or_else(|| home.as_ref().map(|home| home.join("config")));
    Locations {
        tried: homes.iter().map(|home| (*home).to_owned()).collect(),
        home,
        installation,
        config_dir,
        runtime_dir: absolute(options.runtime_dir.as_deref().unwrap_or(Path::new(RUNTIME_DIR))),
        runtime_dir_is_given: options.runtime_dir.is_some(),
    }
}

/// The version that was named, else the installed one.
fn version(options: &Options, installation: Option<&Installation>) -> Option<Version> {
    options.es_version.or(installation.and_then(|it| it.version))
}

/// For what is handed to the server, which may change its directory.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Reads the templates of the locations and the variables they refer to.
pub fn read(options: &Options, environment: &[(OsString, OsString)], arguments: &[OsString]) -> Inputs {
    let mut locations = locate(options, environment, arguments);
    let mut sources = sources::find(
        options.templates.as_deref(),
        locations.home.as_deref(),
        locations.config_dir.as_deref(),
    );
    let version = version(options, locations.installation.as_ref());
    let version_source = if options.es_version.is_some() {
        VersionSource::Option
    } else if version.is_some() {
        VersionSource::Installation
    } else {
        VersionSource::Guess
    };
    if let Some(installation) = &mut locations.installation
        && version.is_none_or(|version| generation(version).jvm_options == JvmOptions::Lines)
    {
        let directory = sources.directory.as_ref().map(|directory| absolute(&directory.join(JVM_OPTIONS)));
        let known = directory.as_deref().zip(sources.jvm_options.as_deref());
        installation.launch.jvm_options = host::jvm_options(&installation.home, environment, known);
    }
    if sources.kind == SourceKind::BuiltIn {
        sources.templates = embedded(version.unwrap_or(GUESSED));
        let embedded = &sources.templates;
        sources.plain.retain(|file| !embedded.iter().any(|it| it.relative == file.relative));
    }
    let (variables, surroundings) =
        variables(options, environment, arguments, version, &sources.templates, &locations);
    Inputs { locations, version, version_source, sources, variables, surroundings }
}

/// The variables for named templates, as `render TEMPLATE...` has them.
pub fn named_variables(
    options: &Options,
    templates: &[TemplateFile],
    environment: &[(OsString, OsString)],
    locations: &Locations,
) -> Variables {
    variables(
        options,
        environment,
        &[],
        locations.installation.as_ref().and_then(|it| it.version),
        templates,
        locations,
    )
    .0
}

/// The generation this program was born from; judged for when nothing says otherwise.
pub const GUESSED: Version = Version::elasticsearch(2, 3, 4);

fn embedded(version: Version) -> Vec<TemplateFile> {
    let Some(files) = templates::templates(version) else { return Vec::new() };
    files
        .iter()
        .map(|(path, text)| TemplateFile {
            name: format!("built-in:{path}"),
            relative: PathBuf::from(path),
            format: template::Format::of_file_name(Some(path)),
            bytes: text.as_bytes().to_vec(),
            mode: 0o644,
        })
        .collect()
}

fn variables(
    options: &Options,
    environment: &[(OsString, OsString)],
    arguments: &[OsString],
    version: Option<Version>,
    templates: &[TemplateFile],
    locations: &Locations,
) -> (Variables, Surroundings) {
    let mut variables = template::variables(environment);
    variables.links_are_values = !options.is_error("env/service-link");
    let mut referenced = BTreeSet::new();
    for file in templates {
        referenced.append(&mut template::referenced_names(&as_template(file)));
    }
    for (name, path) in template::value_files(&mut variables, &referenced) {
        let read = regular_file(Path::new(&path), LARGEST_VALUE);
        template::set_from_file(&mut variables, &name, &path, read);
    }
    let mut surroundings = Surroundings {
        host_name: host::host_name(),
        service_account_namespace: system_text(SERVICE_ACCOUNT_NAMESPACE, 256),
        // Until it is known: nothing is derived from a state that may be there.
        bootstrapped: true,
    };
    derive::derive(&mut variables, &surroundings);
    // Earlier generations have no first start to speak of; finding the data directory takes a look at the settings.
    if referenced.contains("INITIAL_MASTER_NODES")
        || version.is_none_or(|it| generation(it).election != Election::MinimumMasters)
    {
        let main = templates.iter().find(|file| file.is_main());
        let mut settings =
            main.map(|file| template::inspect(&as_template(file), &variables).settings).unwrap_or_default();
        let outside = launch::settings_outside_file(version.unwrap_or(GUESSED), environment, arguments);
        overlay::lay_over(&mut settings, &outside);
        surroundings.bootstrapped = is_bootstrapped(&settings, locations);
        derive::derive(&mut variables, &surroundings);
    }
    (variables, surroundings)
}

/// Whether a data directory holds the state of a node that was in a cluster before. `settings` are what the server
/// would read as far as it is known by now.
fn is_bootstrapped(settings: &Settings, locations: &Locations) -> bool {
    // 7.x, and from 8.0 on.
    let states = ["nodes/0/_state", "_state"];
    paths::written(settings, locations.home.as_deref())
        .iter()
        .filter(|(key, _)| key == "path.data")
        .any(|(_, data)| states.iter().any(|state| data.join(state).is_dir()))
}
