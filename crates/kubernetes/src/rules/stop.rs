//! How long a server has to end.

use diagnostics::Finding;

use super::properties::{command_line, number_after};
use crate::pod::Node;

/// What a server with data needs to write down what it has in memory.
const NEEDED: i64 = 60;
const DEFAULT: i64 = 30;

/// Nodes with data that are killed too early.
pub(super) fn check(node: &Node<'_>) -> Option<Finding> {
    if !node.is_lasting() || !node.holds_data() {
        return None;
    }
    let field = node.pod.spec().get("terminationGracePeriodSeconds");
    let grace = if field.is_there() { field.integer()? } else { DEFAULT };
    let hook = node.pod.container.at(&["lifecycle", "preStop"]);
    let slept = hook.at(&["sleep", "seconds"]).integer();
    let command = command_line(hook.at(&["exec", "command"]));
    // How often a loop goes round, nobody knows.
    let has_loop = ["while", "until", "for "].iter().any(|word| command.contains(word));
    let slept = slept.or_else(|| number_after(&command, "sleep").filter(|_| !has_loop));
    let slept = slept.unwrap_or_default();
    let left = grace - slept;
    if left >= NEEDED {
        return None;
    }
    let message = if slept > 0 {
        format!(
            "{} has {} s to stop: its preStop hook takes {slept} s of {grace} s",
            node.title(),
            left.max(0)
        )
    } else if field.is_there() {
        format!("{} has {grace} s to stop", node.title())
    } else {
        format!("{} has the default of {DEFAULT} s to stop", node.title())
    };
    let help = format!(
        "then it is killed while it writes its data, and has to recover them at the next start: set \
         `terminationGracePeriodSeconds: {}` or more",
        slept + 2 * NEEDED
    );
    let finding = Finding::warning("k8s/grace-period", message).help(help);
    Some(node.place(finding, &[field, hook]))
}
