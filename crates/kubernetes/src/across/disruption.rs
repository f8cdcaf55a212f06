//! What the draining of nodes may take from a cluster: budgets of disruption for its masters.

use std::collections::{HashMap, HashSet};

use diagnostics::Finding;
use server::quorum::majority;

use crate::clusters::{self, Cluster};
use crate::field::Field;
use crate::input::Input;
use crate::labels::takes;
use crate::object::Object;
use crate::pod::Node;

const CODE: &str = "k8s/disruption-budget";

/// The budgets by the nodes that they cover, and the other way round: those with one selector are alike.
struct Covered<'i, 'a> {
    selectors: Vec<(Vec<&'i Object>, Vec<&'i Node<'a>>)>,
    /// Places in the list.
    of_node: HashMap<*const Object, Vec<usize>>,
    of_budget: HashMap<*const Object, usize>,
}

impl<'i, 'a> Covered<'i, 'a> {
    fn of(input: &'i Input<'i, 'a>) -> Self {
        let mut covered = Self { selectors: Vec::new(), of_node: HashMap::new(), of_budget: HashMap::new() };
        let mut places: HashMap<_, usize> = HashMap::new();
        // By labels that they ask for, so that not each is held against each.
        let mut by_label: HashMap<_, Vec<usize>> = HashMap::new();
        let namespaces: HashSet<&str> = input.nodes.iter().map(|node| node.pod.namespace()).collect();
        let budgets = |namespace| input.objects.of_kind("PodDisruptionBudget", namespace);
        for budget in namespaces.into_iter().flat_map(budgets) {
            let selector = budget.root().at(&["spec", "selector"]);
            // What is written alike is alike, where it is all there.
            let written = selector.node().and_then(|node| budget.source.text.get(node.range()));
            let written = written.filter(|text| !text.contains(['*', '&']));
            let key = written.map_or(Err(std::ptr::from_ref(budget)), |text| Ok((text, is_of_beta(budget))));
            let place = *places.entry((budget.namespace.as_str(), key)).or_insert(covered.selectors.len());
            covered.of_budget.insert(std::ptr::from_ref(budget), place);
            if let Some((alike, _)) = covered.selectors.get_mut(place) {
                alike.push(budget);
                continue;
            }
            covered.selectors.push((vec![budget], Vec::new()));
            for label in labels(selector) {
                by_label.entry((budget.namespace.as_str(), label)).or_default().push(place);
            }
        }
        for node in input.nodes {
            let keys = node.pod.labels().map(Some).chain([None]);
            let candidates = keys.filter_map(|label| by_label.get(&(node.pod.namespace(), label))).flatten();
            for place in candidates {
                let Some((budgets, nodes)) = covered.selectors.get_mut(*place) else { continue };
                if budgets.first().is_some_and(|budget| covers(budget, node)) {
                    nodes.push(node);
                    covered.of_node.entry(std::ptr::from_ref(node.pod.workload)).or_default().push(*place);
                }
            }
        }
        covered
    }

    /// The first budgets that cover a workload.
    fn budgets(&self, workload: &Object) -> Vec<&'i Object> {
        let places = self.of_node.get(&std::ptr::from_ref(workload)).into_iter().flatten();
        let selectors = places.filter_map(|place| self.selectors.get(*place));
        selectors.flat_map(|(budgets, _)| budgets.iter().copied()).take(2).collect()
    }

    fn nodes(&self, budget: &Object) -> Option<&[&'i Node<'a>]> {
        let place = self.of_budget.get(&std::ptr::from_ref(budget))?;
        self.selectors.get(*place).map(|(_, nodes)| nodes.as_slice())
    }
}

/// Labels of which a pod has one, and one only, where a selector takes it; nothing is any.
fn labels(selector: Field<'_>) -> Vec<Option<(&str, &str)>> {
    let equal = selector.get("matchLabels").entries().next();
    if let Some((name, value)) = equal {
        return vec![value.text().map(|value| (name, value))];
    }
    let one_of = selector.get("matchExpressions").items().find(|it| it.get("operator").text() == Some("In"));
    let Some((key, one_of)) = one_of.and_then(|it| Some((it.get("key").text()?, it))) else {
        return vec![None];
    };
    let mut labels: Vec<_> =
        one_of.get("values").items().map(|value| value.text().map(|value| (key, value))).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// The findings.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let covered = Covered::of(input);
    let mut findings = Vec::new();
    for cluster in input.clusters {
        for master in cluster.electable(input.nodes) {
            if clusters::is_master(master) == Some(true) {
                findings.extend(of_workload(master, cluster, &covered, input));
            }
        }
    }
    findings
}

fn of_workload(
    master: &Node<'_>,
    cluster: &Cluster,
    covered: &Covered<'_, '_>,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    let workload = master.pod.workload;
    let count = clusters::replicas(master, input.objects)?.least;
    if count < 2 {
        return None;
    }
    match *covered.budgets(workload) {
        [] => {
            let message =
                format!("no PodDisruptionBudget covers the {count} masters of {}", workload.title());
            let help = "when nodes are drained, several masters may go at once, and the cluster stands still: add one that \
                        selects their labels, with `maxUnavailable: 1`";
            let place = workload.root().at(&["metadata", "name"]).span()?;
            Some(Finding::warning(CODE, message).at(place).help(help))
        }
        [budget] => of_budget(budget, cluster, covered, input),
        [first, second, ..] => {
            let message =
                format!("{} and {} cover the masters of {}", first.title(), second.title(), workload.title());
            let help = "the API server evicts no pod that two of them cover, so that no node can be drained: remove one, or \
                        select other labels";
            Some(Finding::error(CODE, message).at(second.root().at(&["metadata", "name"]).span()?).help(help))
        }
    }
}

/// Whether a budget is about the pods of this node.
fn covers(budget: &Object, node: &Node<'_>) -> bool {
    let selector = budget.root().at(&["spec", "selector"]);
    let is_empty = selector.get("matchLabels").entries().next().is_none()
        && selector.get("matchExpressions").items().next().is_none();
    // An empty one took nothing in the first version of this API.
    !(is_empty && is_of_beta(budget)) && takes(selector, &node.pod)
}

fn is_of_beta(budget: &Object) -> bool {
    budget.api_version.ends_with("v1beta1")
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

fn of_budget(
    budget: &Object,
    cluster: &Cluster,
    covered: &Covered<'_, '_>,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    let spec = budget.root().get("spec");
    let (most, least) = (spec.get("maxUnavailable"), spec.get("minAvailable"));
    let (field, amount) = if most.is_there() { (most, amount(most)?) } else { (least, amount(least)?) };
    let title = budget.title();
    let nodes = covered.nodes(budget)?;
    let sum = |is_counted: &dyn Fn(&Node<'_>) -> bool| {
        let counted = nodes.iter().filter(|node| is_counted(node));
        counted
            .map(|node| clusters::replicas(node, input.objects).map(|count| count.least))
            .sum::<Option<u32>>()
    };
    let pods = sum(&|_| true)?;
    let allowed = if most.is_there() { amount.of(pods) } else { pods.saturating_sub(amount.of(pods)) };
    let tell = |message: String, help: &str| Some(Finding::error(CODE, message).at(field.span()?).help(help));
    if allowed == 0 {
        return tell(
            format!("{title} lets none of its {pods} pods go"),
            "no node with one of them can ever be drained: write `maxUnavailable: 1` instead",
        );
    }
    let masters = cluster.count.as_ref()?.least;
    let name = clusters::name(cluster.electable(input.nodes).next()?);
    let is_of_cluster =
        |node: &Node<'_>| clusters::is_master(node) != Some(false) && clusters::name(node) == name;
    let gone = sum(&is_of_cluster)?.min(allowed);
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
