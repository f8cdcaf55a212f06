//! What the draining of nodes may take from a cluster: budgets of disruption for its masters.

use diagnostics::Finding;
use server::quorum::majority;

use super::labels::takes;
use crate::clusters::{self, Cluster};
use crate::field::Field;
use crate::input::Input;
use crate::object::Object;
use crate::pod::Node;

const CODE: &str = "k8s/disruption-budget";

/// The findings.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for cluster in input.clusters {
        for master in cluster.electable(input.nodes) {
            if clusters::is_master(master) == Some(true) {
                findings.extend(of_workload(master, cluster, input));
            }
        }
    }
    findings
}

fn of_workload(master: &Node<'_>, cluster: &Cluster, input: &Input<'_, '_>) -> Option<Finding> {
    let workload = master.pod.workload;
    let count = clusters::replicas(master, input.objects)?.least;
    if count < 2 {
        return None;
    }
    let budgets: Vec<&Object> = budgets(master, input).collect();
    match budgets[..] {
        [] => {
            let message =
                format!("no PodDisruptionBudget covers the {count} masters of {}", workload.title());
            let help = "when nodes are drained, several masters may go at once, and the cluster stands still: add one that \
                        selects their labels, with `maxUnavailable: 1`";
            let place = workload.root().at(&["metadata", "name"]).span()?;
            Some(Finding::warning(CODE, message).at(place).help(help))
        }
        [budget] => of_budget(budget, cluster, input),
        [first, second, ..] => {
            let message =
                format!("{} and {} cover the masters of {}", first.title(), second.title(), workload.title());
            let help = "the API server evicts no pod that two of them cover, so that no node can be drained: remove one, or \
                        select other labels";
            Some(Finding::error(CODE, message).at(second.root().at(&["metadata", "name"]).span()?).help(help))
        }
    }
}

/// Those that cover the pods of this node.
fn budgets<'i>(node: &'i Node<'_>, input: &'i Input<'_, '_>) -> impl Iterator<Item = &'i Object> {
    input.objects.of_kind("PodDisruptionBudget", node.pod.namespace()).filter(|budget| {
        let selector = budget.root().at(&["spec", "selector"]);
        let is_empty = selector.get("matchLabels").entries().next().is_none()
            && selector.get("matchExpressions").items().next().is_none();
        // An empty one took nothing in the first version of this API.
        !(is_empty && budget.api_version.ends_with("v1beta1")) && takes(selector, &node.pod)
    })
}

/// A number of pods of a budget.
enum Amount {
    Pods(u32),
    Percent(u32),
}

fn amount(field: Field<'_>) -> Option<Amount> {
    let text = field.number_or_text()?;
    match text.strip_suffix('%') {
        Some(percent) => percent.parse().ok().map(Amount::Percent),
        None => text.parse().ok().map(Amount::Pods),
    }
}

impl Amount {
    /// Parts of pods count as whole ones.
    fn of(&self, all: u32) -> u32 {
        match self {
            Self::Pods(count) => *count,
            Self::Percent(percent) => all.saturating_mul(*percent).div_ceil(100),
        }
    }
}

fn of_budget(budget: &Object, cluster: &Cluster, input: &Input<'_, '_>) -> Option<Finding> {
    let spec = budget.root().get("spec");
    let (most, least) = (spec.get("maxUnavailable"), spec.get("minAvailable"));
    let (field, amount) = if most.is_there() { (most, amount(most)?) } else { (least, amount(least)?) };
    let title = budget.title();
    let covered = |nodes: &mut dyn Iterator<Item = &Node<'_>>| {
        let covered = nodes.filter(|node| budgets(node, input).any(|other| std::ptr::eq(other, budget)));
        covered
            .map(|node| clusters::replicas(node, input.objects).map(|count| count.least))
            .sum::<Option<u32>>()
    };
    let pods = covered(&mut input.nodes.iter())?;
    let allowed = if most.is_there() { amount.of(pods) } else { pods.saturating_sub(amount.of(pods)) };
    let tell = |message: String, help: &str| Some(Finding::error(CODE, message).at(field.span()?).help(help));
    if allowed == 0 {
        return tell(
            format!("{title} lets none of its {pods} pods go"),
            "no node with one of them can ever be drained: write `maxUnavailable: 1` instead",
        );
    }
    let masters = cluster.count.as_ref()?.least;
    let gone = covered(&mut cluster.electable(input.nodes))?.min(allowed);
    let needed = majority(masters);
    // Two masters survive no loss, whatever is written here.
    if masters > 2 && masters.saturating_sub(gone) < needed {
        return tell(
            format!(
                "{title} lets {gone} of {masters} masters go at once, and {needed} are needed to elect one"
            ),
            "the cluster stands still while nodes are drained: write `maxUnavailable: 1` instead",
        );
    }
    None
}
