//! What a pod says of its variables: references that the kubelet leaves as they are, dollar signs that it takes out, and
//! secrets that anybody can read.

use diagnostics::{Finding, Span, is_secret_name};

use crate::expand::Expanded;
use crate::field::Field;
use crate::input::Input;
use crate::pod::Node;

/// The findings of all pods.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in input.nodes {
        for (name, span, expanded) in &node.variables.expanded {
            let Some(span) = span.clone().map(|span| span.hide(is_secret_name(name))) else { continue };
            findings.extend(left(node, name, &span, expanded));
            findings.extend(expanded.lost_dollar.then(|| lost_dollar(name, span)));
        }
        findings.extend(arguments(node));
        let env = node.pod.container.get("env");
        findings.extend(env.items().filter_map(in_plain));
    }
    findings
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// `$(NAME)` in a value.
fn left(node: &Node<'_>, name: &str, span: &Span, expanded: &Expanded) -> Vec<Finding> {
    let mut names: Vec<&String> = expanded.left.iter().filter(|left| is_name(left)).collect();
    names.dedup();
    // In the midst of a secret these may be characters like others.
    let is_whole = |left: &str| expanded.text.as_deref() == Some(&*format!("$({left})"));
    names.retain(|left| !is_secret_name(name) || is_whole(left));
    let finding = |left: &String| {
        let is_later = node.variables.get(left).is_some();
        let (why, help) = if left == name {
            (
                "nothing before it declares that name".to_owned(),
                format!("a variable cannot refer to itself: write the value into {name}"),
            )
        } else if is_later {
            (
                format!("{left} is declared below it"),
                format!(
                    "Kubernetes expands only what stands above in the list: move the entry of {left} above {name}"
                ),
            )
        } else {
            (
                format!("nothing declares {left}"),
                format!(
                    "declare {left} above {name} in the same list, or write the value itself; nobody executes commands there"
                ),
            )
        };
        let message = format!("Kubernetes leaves `$({left})` in `{name}` as it is: {why}");
        Finding::warning("env/later-reference", message).at(span.clone()).variable(name).help(help)
    };
    names.into_iter().map(finding).collect()
}

/// `$(NAME)` in a word of the command. In a script for a shell it may be a command.
fn arguments(node: &Node<'_>) -> Vec<Finding> {
    let lists = ["command", "args"].into_iter().flat_map(|list| node.pod.container.get(list).items());
    let words: Vec<(Field<'_>, &str)> = lists.filter_map(|word| Some((word, word.text()?))).collect();
    if words.iter().any(|(_, word)| *word == "-c") {
        return Vec::new();
    }
    let finding = |(field, word): (Field<'_>, &str)| {
        let left = node.variables.expand(word).left.into_iter().find(|left| is_name(left))?;
        let message =
            format!("Kubernetes leaves `$({left})` in an argument as it is: nothing declares {left}");
        let help = format!("the program gets that text: declare {left} in `env`, or write the value itself");
        Some(Finding::warning("env/later-reference", message).at(field.span()?).help(help))
    };
    words.into_iter().filter_map(finding).collect()
}

fn lost_dollar(name: &str, span: Span) -> Finding {
    let message = format!("`{name}` has `$$` in its value, of which Kubernetes makes one `$`");
    // It may be a password under any name.
    Finding::warning("env/dollar", message).at(span.hide(true)).variable(name).help(
        "write `$$$$` where two are meant, and `$` where one is: only `$(NAME)` needs a second one; what comes from a Secret or a \
         ConfigMap stays as it is",
    )
}

/// A secret as a text of the manifest.
fn in_plain(entry: Field<'_>) -> Option<Finding> {
    let name = entry.get("name").text().filter(|name| is_secret_name(name) && !name.ends_with("_FILE"))?;
    let value = entry.get("value");
    let text = value.text()?;
    // Switches, references, and where a key lies rather than the key.
    let is_none = ["", "true", "false", "yes", "no", "changeit"].contains(&text)
        || text.contains("$(")
        || text.starts_with('/')
        || text.contains("${")
        || [".key", ".pem", ".crt", ".p12", ".jks", ".keystore", ".yml"]
            .iter()
            .any(|end| text.ends_with(end))
        || text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 4;
    if is_none {
        return None;
    }
    let message =
        format!("the value of `{name}` stands in the manifest, for everybody who may read it or the pod");
    Some(
        Finding::warning("k8s/secret-in-plain", message)
            .at(value.span()?.hide(true))
            .variable(name)
            .help("put it into a Secret and write `valueFrom: {secretKeyRef: {name: …, key: …}}`, or mount it as a file"),
    )
}
