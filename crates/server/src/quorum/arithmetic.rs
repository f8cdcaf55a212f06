//! Majorities: one number of nodes against one number of demanded nodes.

use std::fmt::Write as _;

use diagnostics::Finding;

/// More than half of `masters`: two such groups always share a node.
pub fn majority(masters: u32) -> u32 {
    masters / 2 + 1
}

/// What the `quorum` command shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub masters: u32,
    pub quorum: u32,
    /// How many of them may be lost while those that are left still elect, with `quorum` demanded.
    pub losses_survived: u32,
    /// The value to judge.
    pub min: Option<u32>,
    /// The table as text, with a final newline.
    pub text: String,
    pub findings: Vec<Finding>,
}

/// The arithmetic for `masters` master-eligible nodes, judging `min` as `minimum_master_nodes` if given.
pub fn table(masters: u32, min: Option<u32>) -> Table {
    let quorum = majority(masters);
    let losses_survived = masters.saturating_sub(quorum);
    let findings = if masters == 0 {
        vec![
            Finding::error("quorum/zero", "0 master-eligible nodes cannot elect a master")
                .help("a cluster needs at least 1; 3 survive the loss of one"),
        ]
    } else {
        match min {
            Some(min) => judge(masters, i64::from(min), &Wording::of_the_command(quorum)),
            None => judge(masters, i64::from(quorum), &Wording::of_the_command(quorum)),
        }
    };
    let mut rows = vec![
        ("master-eligible nodes", masters.to_string()),
        ("quorum", quorum.to_string()),
        ("losses survived", losses_survived.to_string()),
    ];
    let label = min.map(|min| format!("minimum {min}"));
    if let (Some(label), Some(min)) = (&label, min) {
        rows.push((label, verdict(masters, min)));
    }
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (label, value) in &rows {
        let _ = writeln!(text, "{label:width$}  {value}");
    }
    Table { masters, quorum, losses_survived, min, text, findings }
}

fn verdict(masters: u32, min: u32) -> String {
    if masters == 0 {
        "not safe: there is no node to elect".into()
    } else if min == 0 {
        "not safe: every node would elect itself".into()
    } else if is_split(masters, i64::from(min)) {
        let nodes = if min == 1 { "1 node".to_owned() } else { format!("{min} nodes") };
        let others = match masters - min {
            1 => "1 other elects another".to_owned(),
            more => format!("{more} others elect another"),
        };
        format!("not safe: {nodes} can elect a master while {others}")
    } else if min > masters {
        "not safe: no master can ever be elected".into()
    } else {
        let losses = masters - min;
        format!("safe: survives {losses} {}", if losses == 1 { "loss" } else { "losses" })
    }
}

fn is_split(masters: u32, min: i64) -> bool {
    2 * min <= i64::from(masters)
}

/// How findings speak of the demanded number.
pub(super) struct Wording {
    /// What every message starts with: `the minimum is 1`.
    pub(super) demand: &'static str,
    /// The way to the right number, for an error.
    pub(super) fix: String,
    /// The help of a split brain.
    pub(super) split_help: String,
    /// The demanded number came from a secret variable: messages say what is wrong with it, not what it is.
    pub(super) hidden: bool,
    /// The number of masters is that of replicas: no variable says it.
    pub(super) counted: bool,
}

impl Wording {
    fn of_the_command(quorum: u32) -> Self {
        Self {
            demand: "the minimum is",
            fix: format!("use {quorum}"),
            split_help: format!("a split network would have two masters and lose writes; use {quorum}"),
            hidden: false,
            counted: false,
        }
    }

    /// The demanded number for people, or what is wrong with it.
    fn number(&self, min: i64, wrong: &str) -> String {
        if self.hidden { wrong.to_owned() } else { min.to_string() }
    }
}

/// All findings about `min` demanded of `masters` (at least 1) nodes.
pub(super) fn judge(masters: u32, min: i64, words: &Wording) -> Vec<Finding> {
    let Wording { demand, fix, split_help, hidden, counted } = words;
    let quorum = majority(masters);
    let best = masters - quorum;
    if min < 1 {
        return vec![below_one(min, words)];
    }
    let mut findings = Vec::new();
    if is_split(masters, min) {
        let message = format!(
            "{demand} {}, but {masters} master-eligible nodes need {quorum}",
            words.number(min, "too low")
        );
        findings.push(Finding::error("quorum/split-brain", message).help(split_help));
    } else if min > i64::from(masters) {
        let nodes = match masters {
            1 => "is only 1 master-eligible node".to_owned(),
            more => format!("are only {more} master-eligible nodes"),
        };
        let message = format!("{demand} {}, but there {nodes}", words.number(min, "too high"));
        let help = format!("no master can ever be elected; {fix}");
        findings.push(Finding::error("quorum/unreachable", message).help(help));
    } else if min > i64::from(quorum) {
        let survived = match i64::from(masters) - min {
            0 => "no master".to_owned(),
            1 => "1 master".to_owned(),
            more => format!("{more} masters"),
        };
        let message = if *hidden {
            format!("{demand} too high: the cluster could survive the loss of {best}, and survives fewer")
        } else {
            format!(
                "{demand} {min} of {masters}: the cluster survives the loss of {survived}, and could survive {best}"
            )
        };
        findings.push(Finding::warning("quorum/fragile", message).help(fix));
    }
    findings.extend(sizes(masters, *counted));
    findings
}

/// The finding for a number below 1.
pub(super) fn below_one(min: i64, words: &Wording) -> Finding {
    let Wording { demand, fix, .. } = words;
    let help = format!("the minimum must be a majority of all master-eligible nodes: {fix}");
    Finding::error("quorum/zero", format!("{demand} {}", words.number(min, "below 1"))).help(help)
}

/// What holds for that number of nodes whatever is demanded.
fn sizes(masters: u32, counted: bool) -> Option<Finding> {
    if masters == 2 {
        return Some(two_masters(counted));
    }
    if masters < 4 || masters % 2 == 1 {
        return None;
    }
    let fewer = masters - 1;
    let losses = masters - majority(masters);
    let message =
        format!("{masters} master-eligible nodes survive the loss of {losses}, and {fewer} would too");
    let help = match masters.checked_add(1) {
        Some(more) => format!("run {fewer} or {more} of them"),
        None => format!("run {fewer} of them"),
    };
    Some(Finding::warning("quorum/even-masters", message).help(help))
}

/// The finding for a cluster of two master-eligible nodes.
pub(super) fn two_masters(counted: bool) -> Finding {
    let message = "2 master-eligible nodes survive no loss: both are needed to elect a master";
    let help = if counted {
        "run 3 master-eligible nodes; a third one without data is small"
    } else {
        "run 3 master-eligible nodes and set MASTER_COUNT=3; a third one without data (NODE_DATA=false) is small"
    };
    Finding::warning("quorum/fragile", message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::Severity;

    fn codes(table: &Table) -> Vec<(&'static str, Severity)> {
        table.findings.iter().map(|finding| (finding.code, finding.severity)).collect()
    }

    #[test]
    fn majorities_of_all_sizes() {
        for (masters, quorum, losses) in [
            (0, 1, 0),
            (1, 1, 0),
            (2, 2, 0),
            (3, 2, 1),
            (4, 3, 1),
            (5, 3, 2),
            (7, 4, 3),
            (u32::MAX, 2_147_483_648, 2_147_483_647),
        ] {
            let table = table(masters, None);
            assert_eq!((table.quorum, table.losses_survived), (quorum, losses), "{masters}");
        }
    }

    #[test]
    fn two_groups_of_quorum_size_always_share_a_node() {
        for masters in 1..200 {
            assert!(2 * majority(masters) > masters);
            assert!(2 * (majority(masters) - 1) <= masters);
        }
    }

    #[test]
    fn findings_for_every_pair() {
        use Severity::{Error, Warning};
        let split = ("quorum/split-brain", Error);
        let unreachable = ("quorum/unreachable", Error);
        let fragile = ("quorum/fragile", Warning);
        let even = ("quorum/even-masters", Warning);
        let zero = ("quorum/zero", Error);
        for (masters, min, expected) in [
            (1, 1, vec![]),
            (1, 2, vec![unreachable]),
            (2, 1, vec![split, fragile]),
            (2, 2, vec![fragile]),
            (2, 3, vec![unreachable, fragile]),
            (3, 0, vec![zero]),
            (3, 1, vec![split]),
            (3, 2, vec![]),
            (3, 3, vec![fragile]),
            (3, 4, vec![unreachable]),
            (4, 2, vec![split, even]),
            (4, 3, vec![even]),
            (4, 4, vec![fragile, even]),
            (5, 2, vec![split]),
            (5, 3, vec![]),
            (5, 4, vec![fragile]),
            (0, 1, vec![zero]),
            (u32::MAX, u32::MAX, vec![fragile]),
            (u32::MAX, 1, vec![split]),
            (u32::MAX - 1, 2_147_483_648, vec![even]),
        ] {
            assert_eq!(codes(&table(masters, Some(min))), expected, "{min} of {masters}");
        }
        assert_eq!(codes(&table(4, None)), [even]);
        assert_eq!(codes(&table(3, None)), []);
    }

    #[test]
    fn the_table_as_text() {
        assert_eq!(
            table(3, Some(1)).text,
            "master-eligible nodes  3\n\
             quorum                 2\n\
             losses survived        1\n\
             minimum 1              not safe: 1 node can elect a master while 2 others elect another\n"
        );
        assert_eq!(
            table(5, Some(3)).text,
            "master-eligible nodes  5\n\
             quorum                 3\n\
             losses survived        2\n\
             minimum 3              safe: survives 2 losses\n"
        );
        assert_eq!(
            table(3, None).text,
            "master-eligible nodes  3\nquorum                 2\nlosses survived        1\n"
        );
        assert!(
            table(3, Some(4))
                .text
                .ends_with("minimum 4              not safe: no master can ever be elected\n")
        );
        assert!(
            table(0, Some(1)).text.ends_with("minimum 1              not safe: there is no node to elect\n")
        );
        assert!(
            table(4, Some(2))
                .text
                .ends_with("not safe: 2 nodes can elect a master while 2 others elect another\n")
        );
        assert!(
            table(2, Some(1))
                .text
                .ends_with("not safe: 1 node can elect a master while 1 other elects another\n")
        );
    }

    #[test]
    fn whole_messages() {
        let finding = &table(3, Some(1)).findings[0];
        assert_eq!(finding.message, "the minimum is 1, but 3 master-eligible nodes need 2");
        let help = "a split network would have two masters and lose writes; use 2";
        assert_eq!(finding.help.as_deref(), Some(help));
        let finding = &table(3, Some(4)).findings[0];
        assert_eq!(finding.message, "the minimum is 4, but there are only 3 master-eligible nodes");
        assert_eq!(finding.help.as_deref(), Some("no master can ever be elected; use 2"));
        let finding = &table(1, Some(2)).findings[0];
        assert_eq!(finding.message, "the minimum is 2, but there is only 1 master-eligible node");
        let finding = &table(5, Some(4)).findings[0];
        assert_eq!(
            finding.message,
            "the minimum is 4 of 5: the cluster survives the loss of 1 master, and could survive 2"
        );
        assert_eq!(finding.help.as_deref(), Some("use 3"));
        let finding = &table(3, Some(3)).findings[0];
        assert_eq!(
            finding.message,
            "the minimum is 3 of 3: the cluster survives the loss of no master, and could survive 1"
        );
        let finding = &table(4, None).findings[0];
        assert_eq!(finding.message, "4 master-eligible nodes survive the loss of 1, and 3 would too");
        assert_eq!(finding.help.as_deref(), Some("run 3 or 5 of them"));
        let finding = &table(2, None).findings[0];
        assert_eq!(
            finding.message,
            "2 master-eligible nodes survive no loss: both are needed to elect a master"
        );
        let finding = &table(0, None).findings[0];
        assert_eq!(finding.message, "0 master-eligible nodes cannot elect a master");
        let finding = &table(3, Some(0)).findings[0];
        assert_eq!(finding.message, "the minimum is 0");
        assert_eq!(
            finding.help.as_deref(),
            Some("the minimum must be a majority of all master-eligible nodes: use 2")
        );
    }
}
