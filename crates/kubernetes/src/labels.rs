//! Selectors of labels with expressions, as everything but Services and `ReplicationControllers` has them.

use crate::field::Field;
use crate::workload::Pod;

/// Whether a selector takes these pods. An empty one takes all, one that is not there takes none. What cannot be read takes
/// nothing.
pub(crate) fn takes(selector: Field<'_>, pod: &Pod<'_>) -> bool {
    let label = |name: &str| pod.labels().find(|(key, _)| *key == name).map(|(_, value)| value);
    selector.is_there()
        && selector.get("matchLabels").entries().all(|(name, value)| {
            let value = value.text();
            value.is_some() && label(name) == value
        })
        && selector.get("matchExpressions").items().all(|expression| {
            let own = expression.get("key").text().map(label);
            let is_listed =
                |own: &str| expression.get("values").items().any(|value| value.text() == Some(own));
            match (own, expression.get("operator").text()) {
                (Some(own), Some("In")) => own.is_some_and(is_listed),
                (Some(own), Some("NotIn")) => !own.is_some_and(is_listed),
                (Some(own), Some("Exists")) => own.is_some(),
                (Some(own), Some("DoesNotExist")) => own.is_none(),
                _ => false,
            }
        })
}
