//! API versions that clusters no longer serve. Source: the deprecated API migration guide of Kubernetes, and the changelogs of
//! 1.5, 1.16, 1.21, 1.22, 1.23 and 1.25.

use diagnostics::Finding;

use crate::edits;
use crate::object::Object;

/// An API version that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Removed {
    /// The first minor version of Kubernetes 1 without it.
    pub(crate) minor: u32,
    /// What to write instead.
    pub(crate) instead: &'static str,
}

/// Kinds with blanks between them, versions likewise, the minor version that serves them no longer, and what to write.
const ROWS: [(&str, &str, u32, &str); 14] = [
    (
        "Deployment DaemonSet ReplicaSet StatefulSet",
        "extensions/v1beta1 apps/v1beta1 apps/v1beta2",
        16,
        "apps/v1",
    ),
    ("PetSet", "apps/v1alpha1", 5, "apps/v1"),
    ("NetworkPolicy", "extensions/v1beta1", 16, "networking.k8s.io/v1"),
    ("Ingress", "extensions/v1beta1 networking.k8s.io/v1beta1", 22, "networking.k8s.io/v1"),
    ("IngressClass", "networking.k8s.io/v1beta1", 22, "networking.k8s.io/v1"),
    ("Role RoleBinding ClusterRole ClusterRoleBinding", "rbac.authorization.k8s.io/v1beta1", 22, RBAC),
    ("Role RoleBinding ClusterRole ClusterRoleBinding", "rbac.authorization.k8s.io/v1alpha1", 23, RBAC),
    ("PodDisruptionBudget", "policy/v1alpha1 policy/v1beta1", 25, concat!("policy", "/v1")),
    ("PodSecurityPolicy", "extensions/v1beta1 policy/v1beta1", 25, ""),
    ("CronJob", "batch/v2alpha1", 21, "batch/v1"),
    ("CronJob", "batch/v1beta1", 25, "batch/v1"),
    ("HorizontalPodAutoscaler", "autoscaling/v2beta1", 25, "autoscaling/v2"),
    ("HorizontalPodAutoscaler", "autoscaling/v2beta2", 26, "autoscaling/v2"),
    ("StorageClass CSIDriver", "storage.k8s.io/v1beta1", 22, "storage.k8s.io/v1"),
];
const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// What a cluster of Kubernetes 1 with that minor version no longer serves of that kind; nothing said is the newest.
pub(crate) fn find(kind: &str, api_version: &str, minor: Option<u32>) -> Option<Removed> {
    // What is neither alpha nor beta stays, and most objects are of such a version.
    if !["alpha", "beta"].iter().any(|stage| api_version.contains(stage)) {
        return None;
    }
    let has = |words: &str, word: &str| words.split(' ').any(|known| known == word);
    let mut rows = ROWS.iter().filter(|(kinds, versions, ..)| has(kinds, kind) && has(versions, api_version));
    let (_, _, gone, instead) = rows.find(|(.., gone, _)| minor.is_none_or(|minor| minor >= *gone))?;
    Some(Removed { minor: *gone, instead })
}

/// The finding about an object.
pub(crate) fn check(object: &Object, minor: Option<u32>) -> Option<Finding> {
    let Removed { minor, instead } = find(&object.kind, &object.api_version, minor)?;
    let message = format!(
        "Kubernetes has served no {} of `{}` since 1.{minor}: {} is not made",
        object.kind,
        object.api_version,
        object.title()
    );
    let mut help = match (instead, object.kind.as_str()) {
        ("", _) => "remove it: Pod Security Standards, labels of the namespace, are in its place".to_owned(),
        (_, "PetSet") => format!("write `kind: StatefulSet` and `apiVersion: {instead}`, and a `selector`"),
        (_, "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet") => {
            format!(
                "write `apiVersion: {instead}`, which demands `spec.selector` with the labels of the pods"
            )
        }
        (_, "Ingress") => {
            format!("write `apiVersion: {instead}`, with `pathType` and the new form of `backend`")
        }
        _ => format!("write `apiVersion: {instead}`"),
    };
    // Of these more than the version changes, and somebody has to decide how.
    let needs_thought = ["PodSecurityPolicy", "PetSet", "Ingress", "HorizontalPodAutoscaler"];
    let needs_thought =
        needs_thought.contains(&object.kind.as_str()) || object.api_version.ends_with("io/v1alpha1");
    let edits = (!needs_thought).then(|| edits::api_version(object, instead)).flatten();
    if let Some(more) = edits::by_hand(object).or(edits.as_ref().map(|_| "`--fix` does")) {
        help.extend(["; ", more]);
    }
    let mut finding = Finding::error("k8s/removed-api", message).at(object.api_version_span()).help(help);
    finding.edits = edits.unwrap_or_default();
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found() {
        for (kinds, versions, gone, instead) in ROWS {
            for (kind, version) in
                kinds.split(' ').flat_map(|kind| versions.split(' ').map(move |it| (kind, it)))
            {
                let found = find(kind, version, Some(gone)).map(|it| (it.minor, it.instead));
                assert_eq!(found, Some((gone, instead)), "{kind} {version}");
            }
        }
        assert!(find("Deployment", "apps/v1", None).is_none());
    }
}
