//! Discovery that needs a plugin.

use super::keys::{PROVIDERS, TYPE};
use crate::generation::{PluginNames, generation};
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

/// A way of discovery that the server does not have itself.
struct Plugin {
    /// The value of `discovery.type` or of a hosts provider.
    value: &'static str,
    /// Names that the plugin may have: of its descriptor, of its directory.
    names: &'static [&'static str],
    /// What to install on 1.x and 2.x, without the version for the server's own plugins.
    old: &'static str,
    /// What to install from 5.0 on.
    new: &'static str,
}

const PLUGINS: &[Plugin] = &[
    Plugin {
        value: "kubernetes",
        names: &["cloud-kubernetes", "elasticsearch-cloud-kubernetes", "discovery-kubernetes"],
        old: "io.fabric8/elasticsearch-cloud-kubernetes",
        new: "io.fabric8:elasticsearch-cloud-kubernetes",
    },
    Plugin {
        value: "ec2",
        names: &["cloud-aws", "discovery-ec2", "elasticsearch-cloud-aws"],
        old: "cloud-aws",
        new: "discovery-ec2",
    },
    Plugin {
        value: "gce",
        names: &["cloud-gce", "discovery-gce", "elasticsearch-cloud-gce"],
        old: "cloud-gce",
        new: "discovery-gce",
    },
    Plugin {
        value: "azure",
        names: &["cloud-azure", "discovery-azure", "discovery-azure-classic", "elasticsearch-cloud-azure"],
        old: "cloud-azure",
        new: "discovery-azure-classic",
    },
    Plugin { value: "file", names: &["discovery-file"], old: "discovery-file", new: "discovery-file" },
];

/// The settings by which nodes are found in other ways than by their hosts.
fn providers(settings: &Settings) -> impl Iterator<Item = &Setting> {
    [TYPE].iter().chain(PROVIDERS.iter()).filter_map(|key| settings.get(key))
}

/// The setting that asks for the Kubernetes plugin.
pub(super) fn kubernetes_setting(settings: &Settings) -> Option<&Setting> {
    providers(settings).find(|setting| setting.elements().contains(&"kubernetes"))
}

/// Plugins that are asked for and not installed. Nothing when it is not known what is installed.
pub(super) fn check(settings: &Settings, version: Version, installed: Option<&[String]>) -> Vec<Finding> {
    let Some(installed) = installed else { return Vec::new() };
    let mut findings = Vec::new();
    for setting in providers(settings) {
        for value in setting.elements() {
            if is_built_in(value, &setting.key, version) {
                continue;
            }
            let Some(plugin) = PLUGINS.iter().find(|plugin| plugin.value == value) else { continue };
            // Later generations have no such plugin at all: `settings/removed` says what to do.
            if value == "kubernetes" && !generation(version).has_kubernetes_plugin {
                continue;
            }
            if !plugin.names.iter().any(|name| installed.iter().any(|found| found == name)) {
                findings.push(missing(setting, plugin, version));
            }
        }
    }
    findings
}

fn is_built_in(value: &str, key: &str, version: Version) -> bool {
    (value == "file" && generation(version).has_file_provider && key != TYPE)
        || matches!(value, "settings" | "unicast")
}

fn missing(setting: &Setting, plugin: &Plugin, version: Version) -> Finding {
    let generation = generation(version);
    let coordinates = match generation.plugin_names {
        PluginNames::Repository | PluginNames::Cloud if plugin.value == "kubernetes" => {
            format!("{}/{version}", plugin.old)
        }
        PluginNames::Repository => format!("elasticsearch/elasticsearch-{}", plugin.old),
        PluginNames::Cloud => plugin.old.to_owned(),
        PluginNames::Discovery if plugin.value == "kubernetes" => format!("{}:{version}", plugin.new),
        PluginNames::Discovery => plugin.new.to_owned(),
    };
    let message = format!("`{}` is `{}`, but its plugin is not installed", setting.key, plugin.value);
    let command = format!("{} {coordinates}", generation.plugin_tool);
    let help = format!(
        "the node would not start, or not find others; build the image with `--build-arg PLUGINS={coordinates}`, or run \
         `{command}` in its Dockerfile{}",
        other_way(plugin)
    );
    setting.finding(Finding::error("discovery/plugin-missing", message)).help(help)
}

fn other_way(plugin: &Plugin) -> &'static str {
    if plugin.value == "kubernetes" {
        "; without the plugin: unset DISCOVERY_SERVICE and set UNICAST_HOSTS to a headless Service"
    } else {
        ""
    }
}
