//! Variables that their author believes in and nobody reads.

use std::collections::BTreeSet;
use std::path::Path;

use super::foreign::{self, Foreign, Instead, LAUNCHERS, Whose};
use super::inputs::LaunchFiles;
use super::official::{self, Official};
use super::scripts;
use super::variables::{Mapping, PREFIX, meant};
use crate::generation::{Election, KubeconfigBy, MemoryVariables, SettingArguments, generation};
use crate::kubeconfig;
use crate::roles::boolean;
use crate::secure_settings;
use crate::settings::catalogue;
use crate::settings::catalogue::first_known as known;
use crate::slip::is_slip;
use crate::variables::{self as own, TEMPLATE_VARIABLES, settings_of};
use crate::version::Version;
use diagnostics::Finding;
use template::{Environment, Setting, Settings};

const CODE: &str = "launch/ignored-variable";

/// What the judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub version: Version,
    pub environment: &'a Environment,
    /// What the server will get.
    pub settings: &'a Settings,
    /// Who makes settings of variables.
    pub mapping: Mapping,
    /// The names that the templates, the other files of the configuration and the arguments refer to.
    pub referenced: &'a BTreeSet<String>,
    /// They are all known. Else only names that are nearly those of the start scripts are surely mistakes.
    pub knows_files: bool,
    /// The scripts that start the server, where it is installed: they may have been taught to read more.
    pub files: Option<&'a LaunchFiles>,
    /// The plugins that are installed, where that is known.
    pub plugins: Option<&'a [String]>,
    /// The data directory holds a state: a first start is over.
    pub bootstrapped: bool,
    /// The directory of the configuration, where it has to be named: in a container that is seen from outside. What would be
    /// an argument takes the place of the whole command there.
    pub config_dir: Option<&'a Path>,
}

/// All of them, in the order of their names.
pub fn check(inputs: &Inputs<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A namespace with many Services makes thousands of variables.
    for (name, value) in inputs.environment.in_process(may_be_meant) {
        // What a file that nobody knows makes of a variable, nobody can say; a slip is one in front of every file.
        if !inputs.knows_files && slip(name).is_none() {
            continue;
        }
        let Some(value) = value.to_str().filter(|value| !value.is_empty()) else { continue };
        if inputs.referenced.contains(name) || template::is_service_link(name, value) {
            continue;
        }
        let found = looks_like_setting(inputs, name, value)
            .or_else(|| documented(inputs, name, value))
            .or_else(|| entry(inputs, name))
            .or_else(|| kubeconfig(inputs, name))
            .or_else(|| of_others(inputs, name, value))
            .or_else(|| value_file(inputs, name, value));
        // Only the few that are left are looked for in the scripts; what these take out they do not read.
        let may_be_read = |files: &LaunchFiles| {
            scripts::mention(files, name) && !scripts::unset(files).contains(&name.as_bytes())
        };
        findings.extend(found.filter(|_| !inputs.files.is_some_and(may_be_read)));
    }
    findings
}

/// Whether a name is any of those that are looked at closely.
pub fn may_be_meant(name: &str) -> bool {
    name.contains('.')
        || name.ends_with("_FILE")
        || name.starts_with(PREFIX)
        || name.starts_with(secure_settings::PREFIX)
        || name == KUBECONFIG
        || settings_of(name).is_some()
        || foreign::find(name).is_some()
        || slip(name).is_some()
}

fn finding(name: &str, message: String, help: String) -> Finding {
    Finding::warning(CODE, message).variable(name).help(help)
}

/// `cluster.name` and `ES_SETTING_CLUSTER_NAME` where nobody makes settings of them.
fn looks_like_setting(inputs: &Inputs<'_>, name: &str, value: &str) -> Option<Finding> {
    let key = meant(name)?;
    // Many programs have dotted names.
    let is_certain = name != key || catalogue::is_namespace(&key);
    if !is_certain || inputs.mapping == Mapping::Unknown || inputs.mapping.setting_of(name).is_some() {
        return None;
    }
    if has_value(inputs, &key, value) {
        return None;
    }
    let message = match inputs.mapping {
        Mapping::Nobody => format!(
            "`{name}` is meant as a setting, but this distribution of {} makes no settings of variables",
            inputs.version.name()
        ),
        _ => format!("`{name}` is meant as a setting, but the start script passes over such a name"),
    };
    let known = TEMPLATE_VARIABLES
        .iter()
        .map(|variable| variable.name)
        .find(|known| settings_of(known).is_some_and(|keys| keys.contains(&key.as_str())));
    let help = match known.filter(|known| inputs.referenced.contains(*known)) {
        Some(known) => format!("set {known} instead, or pass {}", argument(inputs.version, &key)),
        None => by_hand(inputs, &key),
    };
    Some(finding(name, message, help))
}

const MINIMUM_MASTERS: &str = "discovery.zen.minimum_master_nodes";

/// Documented names that many tools and charts set for themselves.
const EVERYDAY: [&str; 3] = [KUBECONFIG, "LOG_LEVEL", "NAMESPACE"];

/// Whether something beside a name of every day shows that it was meant for us.
fn is_meant_for_us(inputs: &Inputs<'_>, name: &str) -> bool {
    let is_set = |name: &str| inputs.environment.set_in_process(name).is_some();
    let has_plugin = || {
        let is_it = |plugin: &String| plugin.contains("kubernetes");
        inputs.plugins.is_some_and(|plugins| plugins.iter().any(is_it))
            || inputs.settings.entries.iter().any(|it| it.key.starts_with("cloud.kubernetes."))
    };
    match name {
        // Where the Service is a host name, its namespace is nobody's business.
        "NAMESPACE" => {
            let is_host = || inputs.referenced.contains("DISCOVERY_SERVICE") && !has_plugin();
            is_set("DISCOVERY_SERVICE") && !is_host()
        }
        KUBECONFIG => {
            generation(inputs.version).kubeconfig != KubeconfigBy::Nothing
                && (is_set("DISCOVERY_SERVICE") || is_set("KUBECONFIG_COPY") || has_plugin())
        }
        _ => !EVERYDAY.contains(&name),
    }
}

const SECURITY: &str = "SECURITY_ENABLED";

/// Whether security is on or off as the variable says, with nothing set. On OpenSearch the plugin decides.
fn is_so_anyway(version: Version, name: &str, value: &str) -> bool {
    name == SECURITY
        && (version.is_opensearch()
            || boolean(value).is_none_or(|is_on| is_on == generation(version).configures_security))
}

/// A documented variable that no template of this start uses.
fn documented(inputs: &Inputs<'_>, name: &str, value: &str) -> Option<Finding> {
    let keys = settings_of(name).filter(|_| is_meant_for_us(inputs, name))?;
    let known = known(inputs.version, keys);
    if known.is_some_and(|key| has_value(inputs, key, value)) || is_so_anyway(inputs.version, name, value) {
        return None;
    }
    let main_file = generation(inputs.version).main_file;
    let is_of_others = || !own::of_templates(inputs.version).any(|used| used == name);
    let others = || own::used_by(name).filter(|_| is_of_others());
    let help = match (known, keys.first()?) {
        (Some(key), _)
            if key == MINIMUM_MASTERS && generation(inputs.version).election != Election::MinimumMasters =>
        {
            help(inputs, Instead::Majority)
        }
        (Some("node.roles"), _) => {
            format!("unset it and list the roles of this node in `{main_file}`, as `node.roles`")
        }
        (Some(key), _) if key.starts_with("xpack.") && name != SECURITY && others().is_some() => {
            format!("unset it: only the built-in templates of {} use it", others()?)
        }
        (Some(key), _) => {
            let file = main(inputs);
            format!("unset it, or write `{key}: ${{{name}}}` into {file}: the server sees only its settings")
        }
        (None, key) => {
            let no_setting = format!("unset it: {} has no `{key}`", inputs.version.name());
            others().map_or(no_setting.clone(), |others| {
                format!("{no_setting}; only the built-in templates of {others} use that variable")
            })
        }
    };
    Some(finding(name, format!("`{name}` is set, but no template of this start uses it"), help))
}

const KUBECONFIG: &str = "KUBECONFIG";

/// A kubeconfig where the discovery plugin that reads it is not in use.
fn kubeconfig(inputs: &Inputs<'_>, name: &str) -> Option<Finding> {
    let may_be_read = || {
        let keys = ["discovery.type", "discovery.zen.hosts_provider"];
        kubeconfig::is_read(Some(inputs.version), inputs.settings)
            || keys.iter().any(|key| inputs.settings.get(key).is_some_and(Setting::is_unknown))
    };
    (name == KUBECONFIG && is_meant_for_us(inputs, name) && !may_be_read()).then(|| {
        let help =
            "unset it, or turn on discovery by the Kubernetes API: only its plugin reads one".to_owned();
        finding(name, format!("`{name}` is set, but nothing reads it"), help)
    })
}

/// A secure setting for a keystore that is not written here.
fn entry(inputs: &Inputs<'_>, name: &str) -> Option<Finding> {
    let base = secure_settings::base(name);
    let key = secure_settings::entry_of(base).filter(|_| !inputs.referenced.contains(base))?;
    // Of a version that is only guessed nothing is said.
    inputs.files.filter(|_| catalogue::is_namespace(&key))?;
    let version = inputs.version.name();
    let help = match generation(inputs.version).keystore {
        Some(keystore) => {
            format!("add it with the distribution's own tool, `bin/{} add {key}`", keystore.replace('.', "-"))
        }
        None => "unset it: a later version has a keystore".to_owned(),
    };
    Some(finding(name, format!("`{name}` is set, but nothing here writes the keystore of {version}"), help))
}

/// A name that is nearly one which a start script reads.
fn slip(name: &str) -> Option<Foreign> {
    let may_be_near =
        (name.starts_with("ES_") || name.starts_with("OPENSEARCH_")) && foreign::find(name).is_none();
    let known = LAUNCHERS.into_iter().filter(|_| may_be_near).find(|known| is_slip(name, known.name));
    known.filter(|known| known.name != name)
}

/// A variable of another image, or a name that is none.
fn of_others(inputs: &Inputs<'_>, name: &str, value: &str) -> Option<Finding> {
    let Foreign { whose, instead, .. } = foreign::find(name).or_else(|| slip(name))?;
    if is_harmless(inputs, name, instead, value) {
        return None;
    }
    if let Some((message, help)) = official::other_yes(name, value) {
        return Some(finding(name, message, help));
    }
    let message = match whose {
        Whose::Pires => format!("`{name}` is a variable of other images, which nothing here reads"),
        Whose::Bitnami => format!("`{name}` is a variable of Bitnami's images, which nothing here reads"),
        Whose::Official => {
            format!("`{name}` is a variable of the official image's entrypoint, which is not used here")
        }
        Whose::Nobody => format!("`{name}` is set, but nothing reads it"),
    };
    Some(finding(name, message, help(inputs, instead)))
}

/// Whether the variables of the JVM's options hold that text: an entrypoint of the user's may have put it there.
fn is_in_options(inputs: &Inputs<'_>, value: &str) -> bool {
    let names = ["ES_HEAP_SIZE", "JAVA_OPTS", generation(inputs.version).java_options];
    if names.iter().any(|name| inputs.environment.is_unknown_in_process(name)) {
        return true;
    }
    let texts = names.iter().filter_map(|name| inputs.environment.text_in_process(name));
    texts.into_iter().any(|text| text.contains(value))
}

/// Whether the server will have what the variable says, or has no use for it.
fn is_harmless(inputs: &Inputs<'_>, name: &str, instead: Instead, value: &str) -> bool {
    let officials = official::is_harmless(
        name,
        value,
        &Official {
            version: inputs.version,
            settings: inputs.settings,
            plugins: inputs.plugins,
            bootstrapped: inputs.bootstrapped,
        },
    );
    if let Some(is_harmless) = officials {
        return is_harmless;
    }
    match instead {
        Instead::Setting(keys) => keys.iter().any(|key| has_value(inputs, key, value)),
        Instead::Variable(variable) => {
            settings_of(variable).unwrap_or_default().iter().any(|key| has_value(inputs, key, value))
        }
        Instead::Heap | Instead::JavaOptions => is_in_options(inputs, value),
        // Whoever changes it later shall know.
        Instead::Majority | Instead::Plugins | Instead::Tell(_) => false,
    }
}

fn help(inputs: &Inputs<'_>, instead: Instead) -> String {
    let version = inputs.version;
    let generation = generation(version);
    let uses = |name: &str| inputs.referenced.contains(name);
    match instead {
        Instead::Variable(variable) if uses(variable) => format!("set {variable} instead"),
        Instead::Variable(variable) => setting(inputs, settings_of(variable).unwrap_or_default()),
        Instead::Setting(keys) => {
            let variables = TEMPLATE_VARIABLES.iter().map(|variable| variable.name);
            let same = |name: &&str| uses(name) && settings_of(name).is_some_and(|other| other == keys);
            match variables.into_iter().find(same) {
                Some(variable) => format!("set {variable} instead"),
                None => setting(inputs, keys),
            }
        }
        Instead::Heap if generation.memory_variables == MemoryVariables::Read => {
            "set ES_HEAP_SIZE instead".to_owned()
        }
        Instead::Heap => format!("set {}=\"-Xms… -Xmx…\" instead", generation.java_options),
        Instead::JavaOptions => format!("set {} instead", generation.java_options),
        Instead::Majority if generation.election != Election::MinimumMasters => {
            format!("unset it: the masters of {} keep their majority themselves", version.name())
        }
        Instead::Majority if uses("MIN_MASTERS") => {
            "set MASTER_COUNT to the number of all master-eligible nodes, from which MIN_MASTERS is derived, or set \
             MIN_MASTERS"
                .to_owned()
        }
        Instead::Majority => setting(inputs, &[crate::quorum::MINIMUM_MASTER_NODES]),
        Instead::Plugins => {
            format!("install plugins in the image: `RUN {} NAME`", generation.plugin_tool)
        }
        Instead::Tell(sentence) => sentence.to_owned(),
    }
}

/// `NAME_FILE` of a name that nobody reads, where it holds a secret or is meant for a template.
fn value_file(inputs: &Inputs<'_>, name: &str, value: &str) -> Option<Finding> {
    let base = name.strip_suffix("_FILE").filter(|base| !base.is_empty())?;
    if inputs.referenced.contains(base) || template::is_source_of_derived(base) || EVERYDAY.contains(&base) {
        return None;
    }
    let message = format!("`{name}` is set, but no template of this start uses `{base}`");
    if let Some(foreign) = foreign::find(base) {
        let known = matches!(foreign.instead, Instead::Tell(_));
        return (!is_harmless(inputs, base, foreign.instead, "")).then(|| {
            finding(name, message, if known { help(inputs, foreign.instead) } else { read_by(base) })
        });
    }
    if settings_of(base).is_some() {
        return Some(finding(name, message, read_by(base)));
    }
    let documented = TEMPLATE_VARIABLES.iter().map(|variable| variable.name);
    let mut names = documented.chain(inputs.referenced.iter().map(String::as_str));
    if let Some(near) = names.find(|known| is_slip(base, known)) {
        return Some(finding(name, message, format!("did you mean {near}_FILE?")));
    }
    let is_secret = SECRETS.iter().any(|directory| Path::new(value).starts_with(directory));
    (is_secret && !is_of_other_program(base, value)).then(|| finding(name, message, read_by(base)))
}

fn read_by(base: &str) -> String {
    format!("write `${{{base}}}` where the content of that file belongs, or unset {base}_FILE")
}

/// Where secrets are mounted.
const SECRETS: [&str; 6] =
    ["/run/secrets", "/var/run/secrets", "/secrets", "/etc/secrets", "/mnt/secrets-store", "/vault/secrets"];

/// Clients of clouds and tools find their own files by such names, and the platform mounts them there.
fn is_of_other_program(base: &str, value: &str) -> bool {
    const PROGRAMS: [&str; 12] = [
        "AWS_",
        "AZURE_",
        "CURL_",
        "DOCKER_",
        "ELASTIC_APM_",
        "GCP_",
        "GIT_",
        "GOOGLE_",
        "KUBERNETES_",
        "SSL_",
        "VAULT_",
        "OTEL_",
    ];
    const ITS_OWN: [&str; 6] = ["CONF", "CONFIG", "ENV", "LOCK", "LOG", "PID"];
    const OF_PLATFORM: [&str; 3] = ["kubernetes.io", "eks.amazonaws.com", "azure"];
    let below = Path::new(value)
        .strip_prefix("/var/run/secrets")
        .or_else(|_| Path::new(value).strip_prefix("/run/secrets"));
    ITS_OWN.contains(&base)
        || PROGRAMS.iter().any(|prefix| base.starts_with(prefix))
        || below.is_ok_and(|below| {
            let first = below.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
            OF_PLATFORM.iter().any(|platform| first.ends_with(platform))
        })
}

/// The server will have that value all the same.
fn has_value(inputs: &Inputs<'_>, key: &str, value: &str) -> bool {
    let is_same = |text: &str| text.trim() == value.trim();
    inputs.settings.get(key).is_some_and(|setting| {
        setting.is_unknown()
            || setting.text().is_some_and(is_same)
            || (setting.is_list() && setting.elements().join(",") == value.replace(", ", ","))
    })
}

fn setting(inputs: &Inputs<'_>, keys: &[&'static str]) -> String {
    let version = inputs.version;
    match (known(version, keys), keys.first()) {
        (Some(key), _) => by_hand(inputs, key),
        (None, Some(key)) => match catalogue::find(key) {
            Some(row) => format!(
                "unset it: {} has no `{key}`: {}",
                version.name(),
                row.help(row.state(version), version)
            ),
            None => format!("unset it: {} has no `{key}`", version.name()),
        },
        (None, None) => "unset it".to_owned(),
    }
}

fn by_hand(inputs: &Inputs<'_>, key: &str) -> String {
    let written = format!("write `{key}` into {}", main(inputs));
    match inputs.config_dir {
        Some(_) => written,
        None => format!("{written}, or pass {}", argument(inputs.version, key)),
    }
}

/// The main file of the configuration, in words.
fn main(inputs: &Inputs<'_>) -> String {
    let file = generation(inputs.version).main_file;
    match inputs.config_dir {
        Some(directory) => format!("`{}`, which a ConfigMap can hold", directory.join(file).display()),
        None => format!("`{file}`"),
    }
}

fn argument(version: Version, key: &str) -> String {
    match generation(version).setting_arguments {
        SettingArguments::Properties => format!("the argument `--{key}=…`"),
        SettingArguments::E => format!("the argument `-E{key}=…`"),
    }
}

#[cfg(test)]
mod tests;
