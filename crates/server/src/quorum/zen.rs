//! `discovery.zen.minimum_master_nodes`, which rules up to Elasticsearch 6.

use super::arithmetic::majority;
use super::arithmetic::{self, Wording};
use super::inputs::{Inputs, Judgement, MINIMUM_MASTER_NODES, MasterCount, master_count, span_with_value};
use super::number;
use crate::{discovery, roles};
use diagnostics::{Finding, Span};
use template::Setting;

pub(super) fn check(inputs: &Inputs) -> Judgement {
    let setting = inputs.settings.get(MINIMUM_MASTER_NODES);
    let (masters, junk) = match master_count(inputs) {
        Ok(masters) => (masters, None),
        Err(junk) => (None, Some(*junk)),
    };
    // Without a usable number nothing can follow from it.
    let explains_unset = junk.as_ref().map(|junk| junk.code);
    let is_known = !setting.is_some_and(Setting::is_unknown) || inputs.min_masters_unset.is_some();
    let set = setting.filter(|setting| setting.is_set() || setting.is_list());
    match set {
        _ if !is_known => Judgement { findings: junk.into_iter().collect(), explains_unset },
        Some(setting) => Judgement { findings: of_value(inputs, setting, masters, junk), explains_unset },
        None if junk.is_some() => Judgement { findings: junk.into_iter().collect(), explains_unset },
        None => missing(inputs, setting, masters),
    }
}

/// The setting has a value; `junk`: what is wrong with the number of master-eligible nodes.
fn of_value(inputs: &Inputs, setting: &Setting, masters: Option<u32>, junk: Option<Finding>) -> Vec<Finding> {
    let mut junk: Vec<Finding> = junk.into_iter().collect();
    let min = setting.text().and_then(number::parse);
    match min {
        Some(min) if min >= 1 => {
            // A number that is not known cannot be judged, and an unusable one is reported already.
            let Some(masters) = masters else {
                if min == 1 && junk.is_empty() {
                    junk.extend(one_of_many(inputs, setting));
                }
                return junk;
            };
            let words = words(setting, inputs, masters);
            arithmetic::judge(masters, i64::from(min), &words)
                .into_iter()
                .map(|finding| locate(finding, setting, inputs, masters))
                .collect()
        }
        Some(min) => {
            let fix = majority_fix(setting, inputs, masters);
            let finding = arithmetic::below_one(
                i64::from(min),
                &Wording {
                    demand: IS,
                    fix,
                    split_help: String::new(),
                    hidden: setting.is_secret(),
                    counted: false,
                },
            );
            junk.push(setting.finding(finding).at(span_with_value(setting)));
            junk
        }
        None => {
            junk.push(match setting.text() {
                Some(text) if text.contains("${") => reference(setting),
                _ => not_a_number(setting, inputs, masters),
            });
            junk
        }
    }
}

/// The server resolves it, from its own settings and variables: the value is not known before.
fn reference(setting: &Setting) -> Finding {
    let message = "`discovery.zen.minimum_master_nodes` is a reference that only the server resolves: it cannot be \
                   checked";
    let help = "write `${MIN_MASTERS}`, with one `$`, and set MASTER_COUNT to the number of master-eligible nodes; \
                to start unchecked, `--allow quorum/unknown`";
    setting.finding(Finding::error(UNKNOWN, message)).help(help)
}

const UNKNOWN: &str = "quorum/unknown";
const IS: &str = "`discovery.zen.minimum_master_nodes` is";
const ACTS_AS: &str = "`discovery.zen.minimum_master_nodes` is not set and acts as";

fn words(setting: &Setting, inputs: &Inputs, masters: u32) -> Wording {
    let fix = fix(setting, inputs, masters);
    Wording {
        demand: IS,
        split_help: split_help(&fix),
        fix,
        hidden: setting.is_secret(),
        counted: inputs.counts_replicas(),
    }
}

/// What a minimum below the majority leads to, and the way out.
fn split_help(fix: &str) -> String {
    format!("a split network would have two masters and lose writes; {fix}")
}

/// How to come to a majority of `masters`, which is what `MASTER_COUNT` says, or the manifests.
fn fix(setting: &Setting, inputs: &Inputs, masters: u32) -> String {
    let quorum = majority(masters);
    match setting.variable() {
        Some(variable) if inputs.counts_replicas() => format!("set {variable}={quorum}"),
        None if inputs.counts_replicas() => format!("write {quorum}"),
        Some("MIN_MASTERS") => {
            format!("set MIN_MASTERS={quorum}, or unset it (MASTER_COUNT={masters} gives {quorum})")
        }
        Some(variable) => format!("set {variable}={quorum}"),
        None => format!("write {quorum}, or `${{MIN_MASTERS}}` (MASTER_COUNT={masters} gives {quorum})"),
    }
}

fn majority_fix(setting: &Setting, inputs: &Inputs, masters: Option<u32>) -> String {
    match (masters, setting.variable()) {
        (Some(masters), _) => fix(setting, inputs, masters),
        (None, Some("MIN_MASTERS")) => {
            "unset MIN_MASTERS and set MASTER_COUNT to the number of master-eligible nodes".into()
        }
        (None, Some(variable)) => {
            format!("set {variable} to more than half of the number of master-eligible nodes")
        }
        (None, None) => {
            "write `${MIN_MASTERS}` and set MASTER_COUNT to the number of master-eligible nodes".into()
        }
    }
}

fn locate(finding: Finding, setting: &Setting, inputs: &Inputs, masters: u32) -> Finding {
    let about_count = !inputs.counts_replicas()
        && (finding.code == "quorum/even-masters" || (finding.code == "quorum/fragile" && masters == 2));
    if about_count {
        let span = setting.value_span.clone().labelled(format!("MASTER_COUNT={masters}"));
        finding.at(span).setting(MINIMUM_MASTER_NODES).variable("MASTER_COUNT")
    } else {
        setting.finding(finding).at(span_with_value(setting))
    }
}

fn not_a_number(setting: &Setting, inputs: &Inputs, masters: Option<u32>) -> Finding {
    let message = match setting.shown_text() {
        Some(text) => format!("{IS} `{text}`, not a 32-bit integer"),
        None => format!("{IS} not a 32-bit integer"),
    };
    let help = format!(
        "the node would refuse to start: only digits are accepted; {}",
        majority_fix(setting, inputs, masters)
    );
    setting.finding(Finding::error("quorum/not-a-number", message)).at(span_with_value(setting)).help(help)
}

/// A minimum of 1 is safe for a single master only, and nothing says that it is one.
fn one_of_many(inputs: &Inputs, setting: &Setting) -> Option<Finding> {
    discovery::cluster_of_machines(inputs.settings)?;
    if inputs.master_count == MasterCount::NotKnown
        || setting.is_secret()
        || !roles::is_master_eligible(inputs.settings, inputs.version)
    {
        return None;
    }
    let message = format!("{IS} 1, and the number of master-eligible nodes is not known");
    Some(setting.finding(Finding::warning(UNKNOWN, message)).at(span_with_value(setting)).help(
        "with two or more of them, the parts of a split network would each elect a master and accept writes; set \
         MASTER_COUNT to the number of master-eligible nodes, 1 if this is the only one",
    ))
}

/// The setting is not there, or empty, which is the same for the server: it acts as 1.
fn missing(inputs: &Inputs, setting: Option<&Setting>, masters: Option<u32>) -> Judgement {
    let cluster = discovery::cluster_of_machines(inputs.settings);
    if !roles::is_master_eligible(inputs.settings, inputs.version) {
        return Judgement::default();
    }
    let span = inputs
        .min_masters_unset
        .cloned()
        .or_else(|| setting.map(|setting| setting.value_span.clone()))
        .or_else(|| cluster.map(|cluster| cluster.value_span.clone()))
        .or_else(|| inputs.settings.entries.first().map(|first| Span::of_whole(&first.value_span.source)));
    let has_placeholder = inputs.min_masters_unset.is_some()
        || setting.is_some_and(|setting| setting.variable() == Some("MIN_MASTERS"));
    let findings = match masters {
        Some(masters) => {
            let quorum = majority(masters);
            let fix = if has_placeholder {
                format!("set MIN_MASTERS={quorum}")
            } else if inputs.counts_replicas() {
                format!("set `{MINIMUM_MASTER_NODES}` to {quorum}")
            } else {
                format!(
                    "add `{MINIMUM_MASTER_NODES}: ${{MIN_MASTERS}}` to the template: with MASTER_COUNT={masters} \
                     that gives {quorum}"
                )
            };
            let words = Wording {
                demand: ACTS_AS,
                split_help: split_help(&fix),
                fix,
                hidden: false,
                counted: inputs.counts_replicas(),
            };
            arithmetic::judge(masters, 1, &words)
        }
        // The number was given; that it cannot be used is the problem, and where nobody can tell it there is none.
        None if cluster.is_some() && inputs.master_count != MasterCount::NotKnown => {
            vec![unknown(has_placeholder)]
        }
        None => Vec::new(),
    };
    let explains_unset = (masters.is_none() && !findings.is_empty()).then_some(UNKNOWN);
    let variable =
        if masters.is_some() && !inputs.counts_replicas() { "MASTER_COUNT" } else { "MIN_MASTERS" };
    let at_setting = |finding: Finding| {
        let finding = finding.setting(MINIMUM_MASTER_NODES);
        // A variable that nobody reads is not the place.
        let is_read = has_placeholder || !inputs.counts_replicas();
        let finding = if is_read { finding.variable(variable) } else { finding };
        match &span {
            Some(span) => finding.at(span.clone()),
            None => finding,
        }
    };
    Judgement { findings: findings.into_iter().map(at_setting).collect(), explains_unset }
}

fn unknown(has_placeholder: bool) -> Finding {
    // Where no line asks for them, variables change nothing.
    let line = if has_placeholder {
        String::new()
    } else {
        format!("add `{MINIMUM_MASTER_NODES}: ${{MIN_MASTERS}}` to the template, and ")
    };
    Finding::error(
        UNKNOWN,
        format!(
            "a cluster is configured, but neither `{MINIMUM_MASTER_NODES}` nor the number of master-eligible nodes is known"
        ),
    )
    .help(format!(
        "the minimum would act as 1, and the parts of a split network would each elect a master and accept writes; \
         {line}\
         set MASTER_COUNT to the number of master-eligible nodes (MIN_MASTERS follows from it), or MIN_MASTERS itself"
    ))
}
