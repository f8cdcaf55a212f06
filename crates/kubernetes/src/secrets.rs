//! What of a manifest must not be shown: the data of Secrets, and the values of variables and keys that are named like one.

use diagnostics::{Secrets, is_secret_name};
use template::Format;
use yaml::Node;

/// Finds them in a text of manifests.
pub(crate) fn find(text: &str) -> Secrets {
    // What a single file of settings hides is hidden in a manifest, too.
    let mut secrets = Format::Yaml.secrets()(text);
    for range in crate::documents::documents(text) {
        let document = text.get(range.clone()).unwrap_or("");
        match yaml::parse(document) {
            Ok(Some(mut node)) => {
                node.shift(range.start);
                look(&node, &mut secrets);
            }
            Ok(None) => {}
            // Nobody can tell what is what.
            Err(_) => secrets.hide(range),
        }
    }
    secrets
}

fn look(node: &Node, secrets: &mut Secrets) {
    if node.get("kind").and_then(Node::text) == Some("Secret") {
        for key in ["data", "stringData"] {
            if let Some(data) = node.get(key) {
                secrets.value(data.range.clone());
            }
        }
        return;
    }
    if let (Some(name), Some(value)) = (node.get("name").and_then(Node::text), node.get("value"))
        && is_secret_name(name)
    {
        secrets.value(value.range.clone());
    }
    for (_, value) in node.entries() {
        look(value, secrets);
    }
    for item in node.items() {
        look(item, secrets);
    }
}
