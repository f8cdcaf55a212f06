//! What `--fix` changes in objects: mechanical changes, nothing that somebody has to decide.

use std::ops::Range;

use diagnostics::Edit;

use crate::field::Field;
use crate::object::Object;

/// Switches the variables of Services off for a pod, unless something in it uses them.
pub(crate) fn no_service_links(spec: Field<'_>) -> Option<Edit> {
    let node = spec.node()?;
    let written = spec.object().source.text.get(node.range())?;
    let is_used = written.replace("KUBERNETES_SERVICE_", "").contains("_SERVICE_");
    if is_used {
        return None;
    }
    set(spec, "enableServiceLinks", "false")
}

/// Another API version, and what that demands: a selector of the pods that the workload makes. Nothing where more than that
/// would have to change.
pub(crate) fn api_version(object: &Object, version: &str) -> Option<Vec<Edit>> {
    if by_hand(object).is_some() {
        return None;
    }
    // Its quotes stay; where anything else stands around it, it is more than one word.
    let mut span = object.api_version_span();
    let Range { start, end } = span.range.clone();
    let written = object.source.text.get(start as usize..end as usize)?;
    if written != object.api_version {
        let is_quoted = |quote| written.strip_prefix(quote)?.strip_suffix(quote);
        ['"', '\''].into_iter().find_map(is_quoted).filter(|inner| *inner == object.api_version)?;
        span.range = start + 1..end - 1;
    }
    let mut edits = vec![Edit { span, text: version.to_owned() }];
    if version == "apps/v1" && !object.root().at(&["spec", "selector"]).is_there() {
        edits.push(selector(object)?);
    }
    Some(edits)
}

/// The selector of the pods that a workload makes.
pub(crate) fn selector(object: &Object) -> Option<Edit> {
    let spec = object.root().get("spec");
    let labels = spec.at(LABELS);
    let all = labels.entries().map(|(name, value)| Some((name, value.text()?)));
    let labels = all.collect::<Option<Vec<_>>>().filter(|labels| !labels.is_empty())?;
    // Flow style, in quotes: the same in YAML and JSON, and no label needs an escape.
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("\"{name}\": \"{value}\"")).collect();
    set(spec, "selector", &format!("{{\"matchLabels\": {{{}}}}}", pairs.join(", ")))
}

const LABELS: &[&str] = &["template", "metadata", "labels"];

/// What somebody has to decide before the object means the same in a newer version of its API.
pub(crate) fn by_hand(object: &Object) -> Option<&'static str> {
    let spec = object.root().get("spec");
    let selector = spec.get("selector");
    let labels = selector.get("matchLabels");
    let is_empty =
        labels.entries().next().is_none() && selector.get("matchExpressions").items().next().is_none();
    let is_first = matches!(&*object.api_version, "extensions/v1beta1" | "apps/v1beta1");
    match &*object.kind {
        "PodDisruptionBudget" => (selector.is_there() && is_empty)
            .then_some("an empty `selector` takes no pod in this version, and all of the namespace in the new one: write the labels of the pods"),
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" => {
            let is_there = |name: &&str| spec.get(name).is_there();
            let fits = |(name, value): (&str, Field<'_>)| value.text() == spec.at(LABELS).get(name).text();
            if ["rollbackTo", "templateGeneration"].iter().any(is_there) {
                Some("remove `rollbackTo` and `templateGeneration`, which it does not have")
            } else if is_first
                && object.kind.ends_with("Set")
                && object.kind != "ReplicaSet"
                && !spec.at(&["updateStrategy", "type"]).is_there()
            {
                Some(
                    "to keep the default of this version, write `updateStrategy: {type: OnDelete}`: that of the new one is `RollingUpdate`",
                )
            } else {
                (selector.is_there() && (is_empty || !labels.entries().all(fits)))
                    .then_some("write the same labels in `spec.selector` and in `spec.template.metadata`: the new version refuses others")
            }
        }
        _ => None,
    }
}

/// A field of a mapping: another value in the place of the one that is there, `null` too.
fn set(mapping: Field<'_>, name: &str, value: &str) -> Option<Edit> {
    let Some(span) = mapping.get(name).span() else { return insert(mapping, name, value) };
    let (before, written) = mapping.object().source.text.split_at_checked(span.range.start as usize)?;
    let written = written.get(..span.range.len())?;
    // An anchor is somebody else's value, too.
    let is_simple = !written.starts_with('&') && !written.contains('\n');
    let blank = if written.is_empty() { " " } else { "" };
    (is_simple && (!written.is_empty() || before.ends_with(':')))
        .then(|| Edit { span, text: format!("{blank}{value}") })
}

/// A field before all others of a mapping.
fn insert(mapping: Field<'_>, name: &str, value: &str) -> Option<Edit> {
    let object = mapping.object();
    let node = mapping.node()?;
    let first = node.entries().next()?.0.range();
    let text = &*object.source.text;
    if text.get(node.range().start..)?.starts_with('{') {
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
