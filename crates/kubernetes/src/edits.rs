//! What `--fix` changes in objects: mechanical changes, nothing that somebody has to decide.

use diagnostics::Edit;
use yaml::{Content, Node};

use crate::field::Field;
use crate::object::Object;

/// Switches the variables of Services off for a pod, unless something in it uses them.
pub(crate) fn no_service_links(spec: Field<'_>) -> Option<Edit> {
    let node = spec.node()?;
    let written = spec.object().source.text.get(node.range.clone())?;
    let is_used = written.replace("KUBERNETES_SERVICE_", "").contains("_SERVICE_");
    if is_used {
        return None;
    }
    let links = spec.get("enableServiceLinks");
    match links.span() {
        Some(span) => Some(Edit { span, text: "false".to_owned() }),
        None => insert(spec, "enableServiceLinks", "false"),
    }
}

/// Another API version, and what that demands: a selector of the pods that the workload makes. Nothing where more than that
/// would have to change.
pub(crate) fn api_version(object: &Object, version: &str) -> Option<Vec<Edit>> {
    let root = object.root();
    let mut edits = vec![Edit { span: root.get("apiVersion").span()?, text: version.to_owned() }];
    let spec = root.get("spec");
    let is_of_apps = version == "apps/v1";
    if is_of_apps && !spec.get("selector").is_there() {
        let labels = spec.at(&["template", "metadata", "labels"]);
        let all = labels.entries().map(|(name, value)| Some((name, value.text()?)));
        let labels = all.collect::<Option<Vec<_>>>().filter(|labels| !labels.is_empty())?;
        // Flow style, in quotes: the same in YAML and JSON, and no label needs an escape.
        let pairs: Vec<String> =
            labels.iter().map(|(name, value)| format!("\"{name}\": \"{value}\"")).collect();
        edits.push(insert(spec, "selector", &format!("{{\"matchLabels\": {{{}}}}}", pairs.join(", ")))?);
    }
    Some(edits)
}

/// A field before all others of a mapping.
fn insert(mapping: Field<'_>, name: &str, value: &str) -> Option<Edit> {
    let object = mapping.object();
    let node = mapping.node()?;
    let Content::Mapping(entries) = &node.content else { return None };
    let (Node { range: first, .. }, _) = entries.first()?;
    let text = &*object.source.text;
    if text.get(node.range.start..)?.starts_with('{') {
        let span = object.span(first.start..first.start);
        return Some(Edit { span, text: format!("\"{name}\": {value}, ") });
    }
    let line = text.get(..first.start)?.rfind('\n').map_or(0, |end| end + 1);
    let indent = text.get(line..first.start).filter(|indent| indent.bytes().all(|byte| byte == b' '))?;
    let line_end = if text.get(..line)?.ends_with("\r\n") { "\r\n" } else { "\n" };
    // Above the comments that belong to the first field.
    let key = mapping.key_span()?.range.end as usize;
    let at = key + text.get(key..line)?.find('\n')? + 1;
    let span = object.span(at..at);
    Some(Edit { span, text: format!("{indent}{name}: {value}{line_end}") })
}
